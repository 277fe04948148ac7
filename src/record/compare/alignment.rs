//! Which recorded cell belongs to which cell of the new run.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::ops::Range;

use similar::{Algorithm, DiffOp, capture_diff_slices};

use crate::digest::Digest;
use crate::record::record::{Record, RecordedCell};

/// A recorded cell, by its position, and the cell of the new run that belongs to it; one of the two may be missing.
pub(super) type Pair = (Option<usize>, Option<usize>);

/// Aligns the cells of two runs, in document order of the new one.
///
/// Cells with the same source belong together, in the same order. Among those between them, so do cells with the same
/// title, then cells that bind the same names, then those in the same place.
pub(super) fn align(recorded: &Record, now: &Record) -> Vec<Pair> {
    let sources = |record: &Record| -> Vec<Digest> { record.cells.iter().map(|cell| cell.source).collect() };
    let mut pairs = Vec::new();
    let (mut old, mut new) = (0, 0);
    for (before, after) in same_sources(&sources(recorded), &sources(now)) {
        pairs.extend(replaced(recorded, now, old..before, new..after));
        if before < recorded.cells.len() {
            pairs.push((Some(before), Some(after)));
        }
        (old, new) = (before + 1, after + 1);
    }
    pairs
}

/// Finds pairs of positions with the same source, as many as keep their order; last comes the end of both.
///
/// A source that only one of the two has is left out before they are compared, because what takes long is what differs.
fn same_sources(old: &[Digest], new: &[Digest]) -> Vec<(usize, usize)> {
    let common = |sources: &[Digest], others: &[Digest]| -> Vec<(usize, Digest)> {
        let others: HashSet<&Digest> = others.iter().collect();
        let sources = sources.iter().copied().enumerate();
        sources.filter(|(_, source)| others.contains(source)).collect()
    };
    let (here, there) = (common(old, new), common(new, old));
    let digests =
        |common: &[(usize, Digest)]| -> Vec<Digest> { common.iter().map(|(_, source)| *source).collect() };
    let mut pairs = Vec::new();
    for op in capture_diff_slices(Algorithm::Myers, &digests(&here), &digests(&there)) {
        let (_, before, after) = op.as_tag_tuple();
        if matches!(op, DiffOp::Equal { .. })
            && let (Some(before), Some(after)) = (here.get(before), there.get(after))
        {
            let before = before.iter().map(|(position, _)| *position);
            pairs.extend(before.zip(after.iter().map(|(position, _)| *position)));
        }
    }
    pairs.push((old.len(), new.len()));
    pairs
}

impl Record {
    /// Finds for each cell of a notebook, by the digests of their sources, the recorded cell that belongs to it: its
    /// position, and whether the source is the same.
    pub fn belonging(&self, sources: impl Iterator<Item = Digest>) -> Vec<Option<(usize, bool)>> {
        let now: Vec<Digest> = sources.collect();
        let recorded: Vec<Digest> = self.cells.iter().map(|cell| cell.source).collect();
        let mut found = Vec::new();
        let (mut old, mut new) = (0, 0);
        for (before, after) in same_sources(&recorded, &now) {
            let are_edited = before - old == after - new;
            found.extend((new..after).map(|at| are_edited.then(|| (old + at - new, false))));
            if after < now.len() {
                found.push(Some((before, true)));
            }
            (old, new) = (before + 1, after + 1);
        }
        found
    }
}

/// Finds which of some cells are edited ones of others.
fn replaced(recorded: &Record, now: &Record, old: Range<usize>, new: Range<usize>) -> Vec<Pair> {
    let mut found = Found::default();
    let cells = (recorded, now, &old, &new);
    found.add(cells, |cell| cell.title.as_ref());
    found.add(cells, |cell| {
        let names: Vec<&String> = cell.bindings.keys().collect();
        (!names.is_empty()).then_some(names)
    });
    found.add_by_kind(cells);
    let mut pairs = Vec::new();
    let (mut at, mut at_now) = (old.start, new.start);
    for (before, after) in found.0.into_iter().chain([(old.end, new.end)]) {
        pairs.extend((at..before).map(|at| (Some(at), None)));
        pairs.extend((at_now..after).map(|at| (None, Some(at))));
        if before < old.end {
            pairs.push((Some(before), Some(after)));
        }
        (at, at_now) = (before + 1, after + 1);
    }
    pairs
}

/// Two runs, and which of their cells may belong together.
type Between<'a> = (&'a Record, &'a Record, &'a Range<usize>, &'a Range<usize>);

/// Pairs of cells that belong together, none of which crosses another, so that the order stays.
#[derive(Default)]
struct Found(BTreeMap<usize, usize>);

impl Found {
    /// Adds pairs of cells with the same key, each cell of the recorded run with the first that fits.
    fn add<'a, K: Ord>(&mut self, between: Between<'a>, key: impl Fn(&'a RecordedCell) -> Option<K>) {
        let (recorded, now, old, new) = between;
        let there = by_key(now, new, &key);
        for before in old.clone() {
            let wanted = recorded.cells.get(before).and_then(&key);
            let places = wanted.and_then(|wanted| there.get(&wanted));
            self.add_first(before, new, places);
        }
    }

    /// Adds pairs of cells of the same kind, of which at most one has a title.
    fn add_by_kind(&mut self, between: Between<'_>) {
        let (recorded, now, old, new) = between;
        let all = by_key(now, new, &|cell| Some(&cell.kind));
        let untitled = by_key(now, new, &|cell| cell.title.is_none().then_some(&cell.kind));
        for before in old.clone() {
            let places = recorded.cells.get(before).and_then(|cell| {
                let there = if cell.title.is_none() { &all } else { &untitled };
                there.get(&cell.kind)
            });
            self.add_first(before, new, places);
        }
    }

    /// Pairs the cell at `before` with the first of `places` at which the pair crosses none.
    fn add_first(&mut self, before: usize, new: &Range<usize>, places: Option<&BTreeSet<usize>>) {
        if self.0.contains_key(&before) {
            return;
        }
        let above = self.0.range(..before).next_back();
        let below = self.0.range(before..).next();
        let from = above.map_or(new.start, |(_, after)| after + 1);
        let to = below.map_or(new.end, |(_, after)| *after);
        if from < to
            && let Some(after) = places.and_then(|places| places.range(from..to).next())
        {
            self.0.insert(before, *after);
        }
    }
}

/// Returns the places of cells by their keys.
fn by_key<'a, K: Ord>(
    record: &'a Record,
    places: &Range<usize>,
    key: &impl Fn(&'a RecordedCell) -> Option<K>,
) -> BTreeMap<K, BTreeSet<usize>> {
    let mut found: BTreeMap<K, BTreeSet<usize>> = BTreeMap::new();
    for at in places.clone() {
        if let Some(key) = record.cells.get(at).and_then(key) {
            found.entry(key).or_default().insert(at);
        }
    }
    found
}
