//! What a session's cells have bound, how long they took, and what they read.

use std::collections::BTreeMap;
use std::time::Duration;

use polars::prelude::DataFrame;
use starlark::values::OwnedFrozenValue;

use super::Session;
use crate::cache::{Ledger, Packed};
use crate::digest::Digest;
use crate::source::CellId;
use crate::storage::Location;

impl Session {
    /// Returns the value that `name` has below the last cell.
    pub fn value(&self, name: &str) -> Option<OwnedFrozenValue> {
        let ran = self.definer(name, self.count())?.last_run.as_ref()?;
        ran.bindings.get(name)?.value(self.language()).cloned()
    }

    /// Returns what a cell bound in its last successful run.
    pub fn bound(&self, id: CellId) -> impl Iterator<Item = (&str, &OwnedFrozenValue)> {
        let entry = self.cells.find(id);
        let ran = entry.and_then(|entry| entry.last_run.as_ref());
        ran.into_iter()
            .flat_map(|ran| &ran.bindings)
            .filter_map(|(name, bound)| Some((name.as_str(), bound.value(self.language())?)))
    }

    /// Returns a value that a cell bound in its last successful run, as data.
    pub fn packed(&self, id: CellId, name: &str) -> Option<&Packed> {
        let entry = self.cells.find(id)?;
        entry.last_run.as_ref()?.bindings.get(name)?.told()
    }

    /// Returns the table of this digest, if a cell has bound it or the cache has it.
    pub fn table(&self, digest: &Digest) -> Option<DataFrame> {
        let entry = self.cells.with_table(digest);
        let holds = |packed: &Packed| packed.tables().iter().any(|table| table.id.digest == *digest);
        let bound = entry
            .iter()
            .flat_map(|entry| &entry.last_run)
            .flat_map(|ran| ran.bindings.values())
            .find(|bound| bound.packed().is_some_and(holds));
        bound
            .and_then(|bound| bound.value(self.language()))
            .and_then(|value| {
                let mut tables = self.language().tables(value.value()).into_iter();
                tables
                    .find(|(found, _)| found.digest == *digest)
                    .map(|(_, table)| table)
            })
            .or_else(|| self.cache()?.equal_table(digest))
    }

    /// Returns the names that have a value above `position`, each with the kind of that.
    pub(in crate::session) fn kinds_above(&self, position: usize) -> BTreeMap<String, String> {
        let names = self.cells.names_above(position);
        let kinds = names.filter_map(|name| {
            let ran = self.definer(name, position)?.last_run.as_ref()?;
            Some((name.clone(), ran.bindings.get(name)?.kind().to_owned()))
        });
        kinds.collect()
    }

    /// Returns the names that a cell below the last one would see, each with the cell that binds it and its value.
    pub fn bindings(&self) -> Vec<(&str, CellId, OwnedFrozenValue)> {
        let mut names = BTreeMap::new();
        for entry in self.cells.iter().rev() {
            for (name, value) in entry.last_run.iter().flat_map(|ran| &ran.bindings) {
                names.entry(name.as_str()).or_insert((entry.id, value));
            }
        }
        // What a cell that did not run would bind hides what is above it.
        names
            .into_iter()
            .filter(|(name, (id, _))| {
                self.definer(name, self.count())
                    .is_some_and(|entry| entry.id == *id)
            })
            .filter_map(|(name, (id, bound))| Some((name, id, bound.value(self.language())?.clone())))
            .collect()
    }

    /// Returns how long a cell's last successful run took.
    pub fn time(&self, id: CellId) -> Option<Duration> {
        let entry = self.cells.find(id)?;
        entry.last_run.as_ref().map(|ran| ran.time)
    }

    /// Returns what a cell gave `dbutils.notebook.exit` in its last successful run, where it ended the notebook.
    pub fn exit(&self, id: CellId) -> Option<&str> {
        let entry = self.cells.find(id)?;
        entry.last_run.as_ref()?.exit.as_deref()
    }

    /// Returns the files that a cell wrote in its last successful run.
    pub fn writes(&self, id: CellId) -> impl Iterator<Item = &Location> {
        let entry = self.cells.find(id);
        let ran = entry.and_then(|entry| entry.last_run.as_ref());
        ran.into_iter().flat_map(|ran| ran.ledger.wrote.values())
    }

    /// Returns what a cell read and did outside in its last successful run.
    pub(crate) fn ledger(&self, id: CellId) -> Option<&Ledger> {
        let entry = self.cells.find(id)?;
        entry.last_run.as_ref().map(|ran| &ran.ledger)
    }

    /// Returns whether a cell's values came from a cache.
    pub fn is_cached(&self, id: CellId) -> bool {
        let entry = self.cells.find(id);
        entry
            .and_then(|entry| entry.last_run.as_ref())
            .is_some_and(|ran| ran.cached)
    }

    /// Returns the names of the files that a cell read in its last successful run.
    pub fn files(&self, id: CellId) -> impl Iterator<Item = &str> {
        let entry = self.cells.find(id);
        let ran = entry.and_then(|entry| entry.last_run.as_ref());
        let files = ran.into_iter().flat_map(|ran| ran.ledger.read.files());
        files.map(|(name, _)| name)
    }
}
