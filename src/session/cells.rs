//! [`Cells`]: the cells of a session in document order, found by identity, by place, and by what they bind.
//!
//! Every change of a cell or of its result goes through here, so that the indexes always say what the cells say.
//! What is asked for each cell of a run costs no walk over the others; a change in the middle may.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, OnceLock};

use super::around::Names;
use super::binding::Binding;
use super::by_name::ByName;
use super::entry::{CellRun, Entry};
use super::sequence::Sequence;
use crate::digest::Digest;
use crate::source::{Analysis, CellError, CellId};

/// The cells of a session in document order.
#[derive(Default)]
pub(super) struct Cells {
    entries: Sequence<Arc<Entry>>,
    positions: HashMap<CellId, usize>,
    /// The positions of the cells that bind a name.
    binders: ByName,
    /// The positions of the cells that say that they declare a widget.
    widgets: ByName,
    /// What binds it by its source, for messages; shared with cells that run.
    names: Arc<Names>,
    /// The positions of the cells that did something to the widgets.
    declarers: BTreeSet<usize>,
    /// The positions of the cells whose values depend on more than the cells above.
    outward: BTreeSet<usize>,
    /// By digest, the position of the first cell that bound a table; made when it is asked for.
    tables: OnceLock<HashMap<Digest, usize>>,
}

impl Cells {
    /// Takes the cells of a copy.
    pub(super) fn of(entries: Sequence<Arc<Entry>>) -> Self {
        let mut cells = Self {
            entries,
            ..Self::default()
        };
        for position in 0..cells.len() {
            cells.list(position);
        }
        cells
    }

    /// Returns a copy of the cells, which shares the values.
    pub(super) fn entries(&self) -> Sequence<Arc<Entry>> {
        self.entries.clone()
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn get(&self, position: usize) -> Option<&Entry> {
        self.entries.get(position).map(|entry| &**entry)
    }

    pub(super) fn find(&self, id: CellId) -> Option<&Entry> {
        self.get(self.position(id)?)
    }

    pub(super) fn position(&self, id: CellId) -> Option<usize> {
        self.positions.get(&id).copied()
    }

    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &Entry> + Clone {
        self.entries.iter().map(|entry| &**entry)
    }

    /// Returns what cells bind by their sources.
    pub(super) fn names(&self) -> Arc<Names> {
        Arc::clone(&self.names)
    }

    /// Finds the nearest cell above `position` that binds `name`.
    ///
    /// A cell that ran counts by what it bound, any other by what its source would bind.
    pub(super) fn definer(&self, name: &str, position: usize) -> Option<usize> {
        self.binders.above(name, position)
    }

    /// Returns the names of cells above `position`, sorted.
    pub(super) fn names_above(&self, position: usize) -> impl Iterator<Item = &String> {
        self.binders.names_above(position)
    }

    /// Finds the nearest cell above `position` whose source declares the widget `name`.
    pub(super) fn declarer(&self, name: &str, position: usize) -> Option<usize> {
        self.widgets.above(name, position)
    }

    /// Returns the positions of the cells that the one at `position` reads from, whose inputs are these; one may come more
    /// than once.
    pub(super) fn sources<'c>(
        &'c self,
        position: usize,
        inputs: Cow<'c, BTreeSet<String>>,
    ) -> impl Iterator<Item = usize> + 'c {
        let names: Vec<usize> = inputs
            .iter()
            .filter_map(|name| self.definer(name, position))
            .collect();
        let analysis = self.get(position).and_then(|entry| entry.analysis.as_ref().ok());
        let widgets = analysis.into_iter().flat_map(move |analysis| {
            let widgets = analysis.widgets_read.iter();
            widgets.filter_map(move |name| self.declarer(name, position))
        });
        names.into_iter().chain(widgets)
    }

    /// Returns the positions of the cells above `position` that did something to the widgets.
    pub(super) fn declarers(&self, position: usize) -> impl Iterator<Item = usize> {
        self.declarers.range(..position).copied()
    }

    /// Returns the positions of the first `count` cells whose values depend on more than the cells above.
    pub(super) fn outward(&self, count: usize) -> impl Iterator<Item = usize> {
        self.outward.range(..count).copied()
    }

    /// Finds the first cell that bound the table of this digest.
    pub(super) fn with_table(&self, digest: &Digest) -> Option<&Entry> {
        let tables = self.tables.get_or_init(|| {
            let mut first = HashMap::new();
            for (position, entry) in self.iter().enumerate() {
                let bound = entry.last_run.iter().flat_map(|ran| ran.bindings.values());
                for packed in bound.filter_map(Binding::packed) {
                    for table in packed.tables() {
                        first.entry(table.id.digest).or_insert(position);
                    }
                }
            }
            first
        });
        self.get(*tables.get(digest)?)
    }

    /// Adds a cell so that it is at `position`, at most at the end.
    pub(super) fn insert(&mut self, position: usize, entry: Entry) {
        if position >= self.len() {
            self.entries.push(Arc::new(entry));
            self.list(self.len() - 1);
        } else {
            self.rearrange(|entries| entries.insert(position, Arc::new(entry)));
        }
    }

    /// Removes the cell at `position`.
    pub(super) fn remove(&mut self, position: usize) {
        if position + 1 == self.len() {
            self.unlist(position);
            self.entries.pop();
        } else if position < self.len() {
            self.rearrange(|entries| drop(entries.remove(position)));
        }
    }

    /// Removes the cells for which `keep` says no.
    pub(super) fn retain(&mut self, mut keep: impl FnMut(CellId) -> bool) {
        self.rearrange(|entries| entries.retain(|entry| keep(entry.id)));
    }

    /// Moves the cell at `from` so that it is at `to` among the others, at most at the end.
    pub(super) fn move_to(&mut self, from: usize, to: usize) {
        if from < self.len() {
            self.rearrange(|entries| {
                let entry = entries.remove(from);
                entries.insert(to.min(entries.len()), entry);
            });
        }
    }

    /// Replaces the cell at `position`.
    pub(super) fn replace(&mut self, position: usize, entry: Entry) {
        self.change(position, |old| *old = entry);
    }

    /// Sets what came of running the cell at `position`.
    pub(super) fn set_ran(&mut self, position: usize, ran: Option<Arc<CellRun>>, failed: bool) {
        let Some(entry) = self.entries.get(position).cloned() else {
            return;
        };
        self.unlist_run(position, &entry);
        drop(entry);
        if let Some(entry) = self.entries.get_mut(position) {
            let entry = Arc::make_mut(entry);
            entry.last_run = ran;
            entry.failed = failed;
        }
        if let Some(entry) = self.entries.get(position).cloned() {
            self.list_run(position, &entry);
        }
    }

    /// Sets what the cell at `position` reads and binds.
    pub(super) fn set_analysis(&mut self, position: usize, analysis: Result<Analysis, CellError>) {
        self.change(position, |entry| entry.analysis = analysis);
    }

    fn change(&mut self, position: usize, change: impl FnOnce(&mut Entry)) {
        self.unlist(position);
        if let Some(entry) = self.entries.get_mut(position) {
            change(Arc::make_mut(entry));
        }
        self.list(position);
    }

    fn rearrange(&mut self, change: impl FnOnce(&mut Vec<Arc<Entry>>)) {
        let mut entries: Vec<Arc<Entry>> = self.entries.iter().cloned().collect();
        change(&mut entries);
        *self = Self::of(entries.into_iter().collect());
    }

    /// Adds a cell to the indexes.
    fn list(&mut self, position: usize) {
        let Some(entry) = self.entries.get(position).cloned() else {
            return;
        };
        self.positions.insert(entry.id, position);
        let outputs = entry.analysis.iter().flat_map(|analysis| &analysis.outputs);
        Arc::make_mut(&mut self.names).add(position, outputs, entry.cell.title());
        self.list_run(position, &entry);
    }

    /// Takes a cell out of the indexes.
    fn unlist(&mut self, position: usize) {
        let Some(entry) = self.entries.get(position).cloned() else {
            return;
        };
        self.positions.remove(&entry.id);
        let outputs = entry.analysis.iter().flat_map(|analysis| &analysis.outputs);
        Arc::make_mut(&mut self.names).remove(position, outputs);
        self.unlist_run(position, &entry);
    }

    fn list_run(&mut self, position: usize, entry: &Entry) {
        for name in binds(entry) {
            self.binders.insert(name, position);
        }
        for name in widgets(entry) {
            self.widgets.insert(name, position);
        }
        if declares(entry) {
            self.declarers.insert(position);
        }
        if is_outward(entry) {
            self.outward.insert(position);
        }
        self.tables = OnceLock::new();
    }

    fn unlist_run(&mut self, position: usize, entry: &Entry) {
        for name in binds(entry) {
            self.binders.remove(name, position);
        }
        for name in widgets(entry) {
            self.widgets.remove(name, position);
        }
        self.declarers.remove(&position);
        self.outward.remove(&position);
        self.tables = OnceLock::new();
    }
}

/// Returns the names that a cell binds: one that ran those that it bound, any other those that its source says.
pub(super) fn binds(entry: &Entry) -> impl Iterator<Item = &String> {
    let outputs = entry.analysis.iter().flat_map(|analysis| &analysis.outputs);
    outputs.filter(|name| {
        let ran = entry.last_run.as_ref();
        ran.is_none_or(|ran| ran.bindings.contains_key(*name))
    })
}

/// Returns the widgets that a cell declares, as its source says.
fn widgets(entry: &Entry) -> impl Iterator<Item = &String> {
    let analysis = entry.analysis.iter();
    analysis.flat_map(|analysis| &analysis.widgets_declared)
}

fn declares(entry: &Entry) -> bool {
    let ran = entry.last_run.as_ref();
    ran.is_some_and(|ran| !ran.ledger.widget_changes.is_empty())
}

/// Returns whether anything but the cells above can make a cell's values others than they are.
fn is_outward(entry: &Entry) -> bool {
    entry
        .last_run
        .as_ref()
        .is_some_and(|ran| !ran.ledger.read.is_empty())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;
    use crate::cache::{Cache, Ledger, StoredValue};
    use crate::notebook::Cell;
    use crate::session::analyze_source;

    const SOURCES: [&str; 6] = [
        "x = 1",
        "y = x",
        "x = x + y",
        "if x:\n    y = 2",
        "x, z = y, y",
        "dbutils.widgets.text('x', '1')",
    ];

    fn entry(id: u64, source: usize) -> Entry {
        let source = SOURCES[source % SOURCES.len()];
        Entry {
            id: CellId(id),
            cell: Cell::from_prompt(source),
            runner: None,
            analysis: analyze_source(source),
            canonical: OnceLock::new(),
            last_run: None,
            failed: false,
        }
    }

    /// The result of a run that has bound the names of which `binds` has the bit.
    fn ran(binds: usize) -> CellRun {
        let cache = Arc::new(Cache::new("", 0));
        let bindings = ["x", "y", "z"].into_iter().enumerate();
        let bindings = bindings
            .filter(|(bit, _)| binds >> bit & 1 == 1)
            .map(|(_, name)| {
                let value = StoredValue::Made {
                    digest: Digest::of_bytes(name.as_bytes()),
                    nonce: None,
                    packed: None,
                };
                let bound = Binding::stored("int".to_owned(), String::new(), value, &cache);
                (name.to_owned(), bound)
            });
        CellRun {
            key: Digest::of_bytes(b""),
            time: Duration::ZERO,
            bindings: bindings.collect::<BTreeMap<_, _>>(),
            ledger: Ledger::default(),
            outputs: Vec::new(),
            cached: false,
            exit: None,
        }
    }

    /// Looks at one cell after the other.
    fn nearest(cells: &Cells, name: &str, position: usize) -> Option<usize> {
        (0..position).rev().find(|at| {
            let entry = cells.get(*at).unwrap();
            let says = entry
                .analysis
                .as_ref()
                .is_ok_and(|analysis| analysis.outputs.contains(name));
            let ran = entry.last_run.as_ref();
            says && ran.is_none_or(|ran| ran.bindings.contains_key(name))
        })
    }

    /// Looks at one cell after the other for who declares the widget `x`.
    fn nearest_declarer(cells: &Cells, position: usize) -> Option<usize> {
        (0..position)
            .rev()
            .find(|at| cells.get(*at).unwrap().cell.source() == SOURCES[5])
    }

    proptest! {
        #[test]
        fn a_name_is_of_the_nearest_cell_above_that_binds_it_whatever_was_changed(
            changes in prop::collection::vec((0..7, 0_usize..200, 0_usize..200), 1..120)
        ) {
            let mut cells = Cells::default();
            let mut copy = cells.entries();
            for (id, (change, one, other)) in (1..).zip(changes) {
                let place = one % cells.len().max(1);
                match change {
                    0 => cells.insert(cells.len(), entry(id, other)),
                    1 => cells.insert(one % (cells.len() + 1), entry(id, other)),
                    2 if place < cells.len() => cells.set_ran(place, Some(Arc::new(ran(other))), false),
                    3 if place < cells.len() => cells.set_ran(place, None, true),
                    4 if place < cells.len() => cells.replace(place, entry(id, other)),
                    5 => cells.move_to(place, other % cells.len().max(1)),
                    6 if other % 3 == 0 => cells.remove(place),
                    6 if other % 3 == 1 => copy = cells.entries(),
                    6 => cells = Cells::of(copy.clone()),
                    _ => {}
                }
                for position in 0..=cells.len() {
                    for name in ["x", "y", "z"] {
                        prop_assert_eq!(cells.definer(name, position), nearest(&cells, name, position));
                    }
                    prop_assert_eq!(cells.declarer("x", position), nearest_declarer(&cells, position));
                }
                for (position, entry) in cells.iter().enumerate() {
                    prop_assert_eq!(cells.position(entry.id), Some(position));
                }
            }
        }
    }
}
