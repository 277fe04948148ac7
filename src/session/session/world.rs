//! [`CellWorld`]: what a cell would find outside if it ran now.

use std::cell::OnceCell;

use super::Session;
use crate::cache::{FileRead, Ledger, Resource, Version, World};
use crate::digest::Digest;
use crate::frame::read::DeltaTable;
use crate::parameters::{WidgetChange, Widgets};
use crate::storage::{Location, Mounts};

/// What the cell at one position would find outside if it ran now.
pub(super) struct CellWorld<'a> {
    session: &'a Session,
    position: usize,
    /// What the cell itself does to the widgets.
    changes: &'a [WidgetChange],
    widgets: OnceCell<Widgets>,
}

impl Session {
    /// Returns what a cell that does what `ledger` says would find outside now.
    pub(super) fn world<'a>(&'a self, position: usize, ledger: &'a Ledger) -> CellWorld<'a> {
        self.world_of(position, &ledger.widget_changes)
    }

    /// Returns what a cell that does this to the widgets would find outside now.
    pub(super) fn world_of<'a>(&'a self, position: usize, changes: &'a [WidgetChange]) -> CellWorld<'a> {
        CellWorld {
            session: self,
            position,
            changes,
            widgets: OnceCell::new(),
        }
    }
}

impl CellWorld<'_> {
    fn widgets(&self) -> &Widgets {
        self.widgets.get_or_init(|| {
            let mut widgets = self.session.widgets_above(self.position);
            for change in self.changes {
                widgets.apply(change);
            }
            widgets
        })
    }

    /// Finds a file: another folder may be mounted by now; one that is no longer mounted is where it was.
    fn locate(&self, name: &str, then: Option<&FileRead>) -> Option<Location> {
        let then = then.map(|file| &file.location);
        match then.filter(|then| !then.is_mounted()) {
            Some(then) => Some(then.clone()),
            None => self.session.mounts.resolve(name).ok().or_else(|| then.cloned()),
        }
    }
}

impl World for CellWorld<'_> {
    fn version(&self, resource: &Resource, then: &Version) -> Option<Version> {
        Some(match resource {
            Resource::File(name) | Resource::Library(name) => {
                Version::of_file(&self.locate(name, then.seen())?)
            }
            Resource::Glob(pattern) => Version::Names(matches(pattern, &self.session.mounts)),
            Resource::Newest(name) => newest(name, &self.session.mounts),
            Resource::Widget(name) => {
                let value = self.widgets().get(name);
                value.map_or(Version::Absent, Version::Text)
            }
            Resource::WidgetNames => Version::Names(self.widgets().names()),
            Resource::NamesOf(kind) => {
                let kinds = self.session.kinds_above(self.position);
                let named = kinds.into_iter().filter(|(_, other)| other == kind);
                Version::Names(named.map(|(name, _)| name).collect())
            }
            Resource::Folder => Version::Text(self.session.surroundings.known_folder().into_owned()),
            Resource::Secret(reference) => {
                let now = self.session.secrets.current(reference);
                now.map_or(Version::Absent, Version::Keyed)
            }
            Resource::Connection(name) => {
                let definition = self.session.connections.definition(name).ok();
                definition.map_or(Version::Absent, |definition| {
                    Version::Text(definition.described())
                })
            }
            // Only asking would tell; a person who wants that runs the cell again.
            Resource::Query { .. } => then.clone(),
            Resource::Lineage => Version::of_files(&self.session.inherited(self.position)),
        })
    }

    fn digest(&self, file: &FileRead) -> Option<Digest> {
        self.session.file_digest(file)
    }
}

/// Finds which version of a table is the newest now.
fn newest(table: &str, mounts: &Mounts) -> Version {
    let folder = mounts.resolve(table).ok();
    let newest = folder.and_then(|folder| DeltaTable::newest(&folder).ok().flatten());
    newest.map_or(Version::Absent, |version| Version::Text(version.to_string()))
}

/// Finds the names that match a pattern now.
fn matches(pattern: &str, mounts: &Mounts) -> Vec<String> {
    let found = mounts.resolve_glob(pattern).unwrap_or_default();
    found
        .into_iter()
        .map(|location| location.name().to_owned())
        .collect()
}
