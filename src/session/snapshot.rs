//! [`Snapshot`]: the cells of a session and their values at one moment.
//!
//! Something to go back to, and to ask while the session is busy: it shares everything with the session and waits for
//! nothing, because no cell can change a value. What a name means at a place is what it means when a cell runs there.

use std::sync::{Arc, OnceLock};

use starlark::values::OwnedFrozenValue;

use super::by_name::ByName;
use super::cells::binds;
use super::connections::Connections;
use super::entry::Entry;
use super::runner::Language;
use super::sequence::Sequence;
use crate::notebook::Cell;
use crate::parameters::{Parameters, Widgets};
use crate::secret::Secrets;
use crate::source::CellId;
use crate::storage::Mounts;

/// The cells of a session and their values at one moment.
pub struct Snapshot {
    pub(super) entries: Sequence<Arc<Entry>>,
    pub(super) parameters: Parameters,
    language: Arc<dyn Language>,
    mounts: Arc<Mounts>,
    secrets: Arc<Secrets>,
    connections: Connections,
    /// The cells that bind a name; made when it is asked for.
    binders: OnceLock<ByName>,
}

impl Snapshot {
    pub(super) fn new(
        entries: Sequence<Arc<Entry>>,
        parameters: Parameters,
        language: Arc<dyn Language>,
        mounts: Arc<Mounts>,
        secrets: Arc<Secrets>,
        connections: Connections,
    ) -> Self {
        Self {
            entries,
            parameters,
            language,
            mounts,
            secrets,
            connections,
            binders: OnceLock::new(),
        }
    }

    /// Returns how many cells there are.
    pub fn count(&self) -> usize {
        self.entries.len()
    }

    /// Returns the cells in document order.
    pub fn cells(&self) -> impl Iterator<Item = &Cell> {
        self.entries.iter().map(|entry| &entry.cell)
    }

    /// Returns a cell's position, from 0.
    pub fn position(&self, id: CellId) -> Option<usize> {
        self.entries.iter().position(|entry| entry.id == id)
    }

    /// Returns the language of the cells.
    pub fn language(&self) -> &Arc<dyn Language> {
        &self.language
    }

    /// Returns the mounts.
    pub fn mounts(&self) -> &Arc<Mounts> {
        &self.mounts
    }

    /// Returns the secrets that cells can get.
    pub fn secrets(&self) -> &Arc<Secrets> {
        &self.secrets
    }

    /// Returns the named connections that cells can open.
    pub fn connections(&self) -> &Connections {
        &self.connections
    }

    /// Returns the names that a cell at `position` sees, sorted, whether or not they have a value yet.
    pub fn names_above(&self, position: usize) -> Vec<&str> {
        let names = self.binders().names_above(position);
        names.map(String::as_str).collect()
    }

    /// Returns the value that `name` has for a cell at `position`.
    pub fn value_above(&self, position: usize, name: &str) -> Option<OwnedFrozenValue> {
        let nearest = self.entries.get(self.binders().above(name, position)?)?;
        let bound = nearest.last_run.as_ref()?.bindings.get(name)?;
        bound.value(&*self.language).cloned()
    }

    /// Returns the position of the nearest cell above `position` that binds `name`.
    pub(super) fn binder(&self, position: usize, name: &str) -> Option<usize> {
        self.binders().above(name, position)
    }

    /// Returns the widgets as a cell at `position` sees them.
    pub fn widgets_above(&self, position: usize) -> Widgets {
        let entries = self.entries.iter().take(position);
        widgets(&self.parameters, entries.map(|entry| &**entry))
    }

    fn binders(&self) -> &ByName {
        self.binders.get_or_init(|| {
            let mut binders = ByName::default();
            for (position, entry) in self.entries.iter().enumerate() {
                for name in binds(entry) {
                    binders.insert(name, position);
                }
            }
            binders
        })
    }
}

/// Returns the widgets as `cells` have left them, of which the later ones come last.
pub(super) fn widgets<'a>(parameters: &Parameters, cells: impl Iterator<Item = &'a Entry>) -> Widgets {
    let mut widgets = Widgets::with_parameters(parameters.clone());
    for change in cells
        .filter_map(|entry| entry.last_run.as_ref())
        .flat_map(|ran| &ran.ledger.widget_changes)
    {
        widgets.apply(change);
    }
    widgets
}
