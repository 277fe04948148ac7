//! Which files the values that a cell reads come from: those that the cells above have read, on which it depends.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use super::Session;
use crate::cache::FileRead;

/// Files by name, each with the position of the cell that has read it: of two the nearer one counts.
type Files = BTreeMap<String, (usize, FileRead)>;

/// The files that cells inherit, by the cells' positions, as far as they were asked for.
///
/// A cell that inherits what the one above it does shares its list.
#[derive(Default)]
pub(super) struct Lineages(BTreeMap<usize, Arc<Files>>);

impl Lineages {
    /// Discards those of the cells from `position` on.
    pub(super) fn forget_from(&mut self, position: usize) {
        self.0.split_off(&position);
    }
}

/// Returns what is known, for its owner.
pub(super) fn of(lineages: &mut Mutex<Lineages>) -> &mut Lineages {
    lineages.get_mut().unwrap_or_else(PoisonError::into_inner)
}

impl Session {
    /// Returns the files that the cells above, on which this one depends, have read.
    pub(super) fn inherited(&self, position: usize) -> Vec<FileRead> {
        let files = self.lineage(position);
        files.values().map(|(_, file)| file.clone()).collect()
    }

    fn lineage(&self, position: usize) -> Arc<Files> {
        let mut known = self.lineages.lock().unwrap_or_else(PoisonError::into_inner);
        let mut open = vec![position];
        while let Some(at) = open.last().copied() {
            let parents = self.sources_of(at).collect::<BTreeSet<usize>>();
            let unknown = parents.iter().filter(|parent| !known.0.contains_key(*parent));
            let before = open.len();
            open.extend(unknown);
            if open.len() == before {
                open.pop();
                let files = self.gathered(&parents, &known);
                known.0.insert(at, files);
            }
        }
        known.0.get(&position).cloned().unwrap_or_default()
    }

    /// Combines what cells inherit and what they have read.
    fn gathered(&self, cells: &BTreeSet<usize>, known: &Lineages) -> Arc<Files> {
        let mut all: Arc<Files> = Arc::default();
        for position in cells {
            if let Some(inherited) = known.0.get(position) {
                join(&mut all, inherited);
            }
            let ran = self
                .cells
                .get(*position)
                .and_then(|entry| entry.last_run.as_ref());
            for (name, file) in ran.iter().flat_map(|ran| ran.ledger.read.files()) {
                // Positions rise, so that no nearer cell has read it.
                Arc::make_mut(&mut all).insert(name.to_owned(), (*position, file.clone()));
            }
        }
        all
    }
}

fn join(all: &mut Arc<Files>, more: &Arc<Files>) {
    if all.is_empty() {
        *all = Arc::clone(more);
        return;
    }
    if Arc::ptr_eq(all, more) {
        return;
    }
    for (name, file) in more.iter() {
        let is_nearer = all.get(name).is_none_or(|(position, _)| *position < file.0);
        if is_nearer {
            Arc::make_mut(all).insert(name.clone(), file.clone());
        }
    }
}
