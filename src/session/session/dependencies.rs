//! Which cell reads which, as running resolves it: a name means the nearest cell above that binds it.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::Session;
use crate::session::cells::binds;
use crate::source::CellId;

impl Session {
    /// Returns the cell that binds each name which a cell reads; names that no cell above binds are left out.
    ///
    /// A cell that ran counts by what it bound, any other by what its source would bind.
    pub fn sources(&self, id: CellId) -> BTreeMap<Cow<'_, str>, CellId> {
        let (Some(position), Some(analysis)) = (self.position(id), self.analysis(id)) else {
            return BTreeMap::new();
        };
        let names = self.inputs_of(position).into_owned().into_iter();
        let names = names.map(|name| {
            let definer = self.cells.definer(&name, position);
            (Cow::from(name), definer)
        });
        let widgets = analysis.widgets_read.iter();
        let widgets = widgets.map(|name| {
            let name_told = Cow::from(format!("widget {name}"));
            (name_told, self.cells.declarer(name, position))
        });
        let all = names.chain(widgets);
        all.filter_map(|(name, source)| Some((name, self.id(source?)?)))
            .collect()
    }

    /// Returns the names that the cell at `position` reads, those too that are the texts of widgets as they are now.
    pub(super) fn inputs_of(&self, position: usize) -> Cow<'_, BTreeSet<String>> {
        let Some(Ok(analysis)) = self.cells.get(position).map(|entry| &entry.analysis) else {
            return Cow::default();
        };
        if analysis.inputs_by_widgets.is_empty() {
            return Cow::Borrowed(&analysis.inputs);
        }
        let widgets = self.widgets_above(position);
        Cow::Owned(analysis.all_inputs(|name| widgets.get(name).ok()))
    }

    /// Returns the positions of the cells that the one at `position` reads from; one may come more than once.
    pub(super) fn sources_of(&self, position: usize) -> impl Iterator<Item = usize> {
        self.cells.sources(position, self.inputs_of(position))
    }

    /// Returns the cells that read, directly or not, what a cell binds: what is stale when it changes.
    pub fn dependents(&self, id: CellId) -> Vec<CellId> {
        let mut found = BTreeSet::from([id]);
        let first = self.position(id).unwrap_or(self.count());
        let below = self.cells.iter().enumerate().skip(first + 1);
        below
            .filter(|(position, entry)| {
                let mut sources = self.sources_of(*position);
                let depends = sources.any(|source| self.id(source).is_some_and(|id| found.contains(&id)));
                depends && found.insert(entry.id)
            })
            .map(|(_, entry)| entry.id)
            .collect()
    }

    /// Returns the names that a cell has bound, or would bind where it did not run; widgets are left out.
    pub fn binds(&self, id: CellId) -> BTreeSet<&str> {
        let entry = self.cells.find(id).into_iter();
        entry.flat_map(binds).map(String::as_str).collect()
    }
}
