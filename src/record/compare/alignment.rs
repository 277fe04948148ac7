//! Which recorded cell belongs to which cell of the new run.

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
    for op in capture_diff_slices(Algorithm::Myers, &sources(recorded), &sources(now)) {
        match op {
            DiffOp::Equal {
                old_index,
                new_index,
                len,
            } => pairs.extend((0..len).map(|at| (Some(old_index + at), Some(new_index + at)))),
            DiffOp::Delete {
                old_index, old_len, ..
            } => {
                pairs.extend((old_index..old_index + old_len).map(|at| (Some(at), None)));
            }
            DiffOp::Insert {
                new_index, new_len, ..
            } => {
                pairs.extend((new_index..new_index + new_len).map(|at| (None, Some(at))));
            }
            DiffOp::Replace {
                old_index,
                old_len,
                new_index,
                new_len,
            } => pairs.extend(replaced(
                recorded,
                now,
                old_index..old_index + old_len,
                new_index..new_index + new_len,
            )),
        }
    }
    pairs
}

/// Tells whether a cell of one run may be that of another.
type Rule<'a> = dyn Fn(&RecordedCell, &RecordedCell) -> bool + 'a;

impl Record {
    /// Finds for each cell of a notebook, by the digests of their sources, the recorded cell that belongs to it: its
    /// position, and whether the source is the same.
    pub fn belonging(&self, sources: impl Iterator<Item = Digest>) -> Vec<Option<(usize, bool)>> {
        let now: Vec<Digest> = sources.collect();
        let recorded: Vec<Digest> = self.cells.iter().map(|cell| cell.source).collect();
        let mut found = vec![None; now.len()];
        for op in capture_diff_slices(Algorithm::Myers, &recorded, &now) {
            let (_, old, new) = op.as_tag_tuple();
            let is_same = matches!(op, DiffOp::Equal { .. });
            if is_same || old.len() == new.len() {
                for (old, new) in old.zip(new) {
                    if let Some(place) = found.get_mut(new) {
                        *place = Some((old, is_same));
                    }
                }
            }
        }
        found
    }
}

/// Finds which of some cells are edited ones of others.
fn replaced(
    recorded: &Record,
    now: &Record,
    old: std::ops::Range<usize>,
    new: std::ops::Range<usize>,
) -> Vec<Pair> {
    let mut found: Vec<(usize, usize)> = Vec::new();
    let same_title =
        |one: &RecordedCell, other: &RecordedCell| one.title.is_some() && one.title == other.title;
    let same_names = |one: &RecordedCell, other: &RecordedCell| {
        !one.bindings.is_empty() && one.bindings.keys().eq(other.bindings.keys())
    };
    let same_kind = |one: &RecordedCell, other: &RecordedCell| {
        one.kind == other.kind && (one.title.is_none() || other.title.is_none())
    };
    let rules: [&Rule<'_>; 3] = [&same_title, &same_names, &same_kind];
    for rule in rules {
        for before in old.clone() {
            for after in new.clone() {
                // No pair crosses another, so that the order stays.
                let fits = found.iter().all(|(one, other)| {
                    (before < *one && after < *other) || (before > *one && after > *other)
                });
                if fits
                    && let (Some(one), Some(other)) = (recorded.cells.get(before), now.cells.get(after))
                    && rule(one, other)
                {
                    found.push((before, after));
                }
            }
        }
    }
    found.sort_unstable();
    let (mut pairs, mut at, mut at_now) = (Vec::new(), old.start, new.start);
    for (before, after) in found.into_iter().chain([(old.end, new.end)]) {
        pairs.extend((at..before).map(|at| (Some(at), None)));
        pairs.extend((at_now..after).map(|at| (None, Some(at))));
        if before < old.end {
            pairs.push((Some(before), Some(after)));
        }
        (at, at_now) = (before + 1, after + 1);
    }
    pairs
}
