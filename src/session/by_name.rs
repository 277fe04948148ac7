//! [`ByName`]: the positions of the cells that have to do with a name.

use std::collections::{BTreeMap, BTreeSet};

/// By name, the positions of cells.
#[derive(Debug, Clone, Default)]
pub(super) struct ByName(BTreeMap<String, BTreeSet<usize>>);

impl ByName {
    pub(super) fn insert(&mut self, name: &str, position: usize) {
        match self.0.get_mut(name) {
            Some(positions) => {
                positions.insert(position);
            }
            None => {
                self.0.insert(name.to_owned(), BTreeSet::from([position]));
            }
        }
    }

    pub(super) fn remove(&mut self, name: &str, position: usize) {
        if let Some(positions) = self.0.get_mut(name) {
            positions.remove(&position);
            if positions.is_empty() {
                self.0.remove(name);
            }
        }
    }

    /// Finds the nearest cell above `position`.
    pub(super) fn above(&self, name: &str, position: usize) -> Option<usize> {
        self.0.get(name)?.range(..position).copied().next_back()
    }

    /// Finds the nearest cell below `position`.
    pub(super) fn below(&self, name: &str, position: usize) -> Option<usize> {
        self.0.get(name)?.range(position + 1..).copied().next()
    }

    /// Returns the names of cells above `position`, sorted.
    pub(super) fn names_above(&self, position: usize) -> impl Iterator<Item = &String> {
        let is_above = move |positions: &BTreeSet<usize>| positions.first().is_some_and(|at| *at < position);
        self.0
            .iter()
            .filter(move |(_, positions)| is_above(positions))
            .map(|(name, _)| name)
    }
}
