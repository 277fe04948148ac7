//! Which cell reads which, as running resolves it: a name means the nearest cell above that binds it.

use std::collections::{BTreeMap, BTreeSet};

use super::Session;
use crate::source::{Analysis, CellId};

impl Session {
    /// Returns the cell that binds each name which a cell reads; names that no cell above binds are left out.
    ///
    /// A cell that ran counts by what it bound, any other by what its source would bind.
    pub fn sources(&self, id: CellId) -> BTreeMap<&str, CellId> {
        let Some(position) = self.position(id) else {
            return BTreeMap::new();
        };
        let names = self.analysis(id).into_iter();
        let names = names.flat_map(|analysis| &analysis.inputs);
        names
            .filter_map(|name| Some((name.as_str(), self.definer(name, position)?.id)))
            .collect()
    }

    /// Returns the cells that read, directly or not, what a cell binds: what is stale when it changes.
    pub fn dependents(&self, id: CellId) -> Vec<CellId> {
        let mut found = BTreeSet::from([id]);
        let below = self.cells.iter().map(|entry| entry.id);
        let below = below.skip_while(|other| *other != id).skip(1);
        below
            .filter(|later| {
                let depends = self.sources(*later).values().any(|source| found.contains(source));
                depends && found.insert(*later)
            })
            .collect()
    }

    /// Returns the names that a cell has bound, or would bind where it did not run; widgets are left out.
    pub fn binds(&self, id: CellId) -> BTreeSet<&str> {
        let entry = self.cells.find(id);
        match entry.and_then(|entry| entry.ran.as_ref()) {
            Some(ran) => ran.bindings.keys().map(String::as_str).collect(),
            None => self.analysis(id).into_iter().flat_map(Analysis::bound).collect(),
        }
    }
}
