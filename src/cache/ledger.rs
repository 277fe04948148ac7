//! [`Ledger`]: what a cell read and did outside its values while it ran.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::reads::Reads;
use crate::parameters::WidgetChange;
use crate::secret::Reference;
use crate::storage::Location;

/// What a cell did that running it again would do again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Act {
    /// It wrote, moved or removed files.
    Wrote,
    /// It changed what is in a database.
    Stored,
    /// It changed the mounts of the session.
    Mounted,
    /// It changed the widgets of the session.
    Declared,
    /// It ran shell commands.
    Shell,
    /// It looked at something that can change without notice: a folder's listing, the table of mounts.
    Looked,
    /// It ran another notebook in a session of its own.
    Called,
    /// It ended the notebook.
    Exited,
}

impl Act {
    /// Returns whether the act is over with the session, so that another session needs it done again.
    pub fn is_of_session(self) -> bool {
        match self {
            Self::Mounted | Self::Declared | Self::Exited => true,
            Self::Wrote | Self::Stored | Self::Shell | Self::Looked | Self::Called => false,
        }
    }

    /// Returns whether what the cell saw then is in no digest.
    pub fn sees_unrecorded(self) -> bool {
        match self {
            Self::Shell | Self::Looked | Self::Called => true,
            Self::Wrote | Self::Stored | Self::Mounted | Self::Declared | Self::Exited => false,
        }
    }
}

/// What a cell read and did outside its values.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ledger {
    /// What it read.
    pub(crate) read: Reads,
    /// The files it wrote, by name.
    pub(crate) wrote: BTreeMap<String, Location>,
    /// What it did to the widgets.
    pub(crate) widget_changes: Vec<WidgetChange>,
    /// What it did.
    pub(crate) acts: BTreeSet<Act>,
    /// The secrets that the session may use from then on: those that the cell itself got, and not a notebook that it ran.
    pub(crate) grants: BTreeSet<Reference>,
}

impl Ledger {
    /// Returns whether the cell did nothing, and read only files of which `is_known`.
    pub(crate) fn read_only_files(&self, is_known: impl Fn(&str) -> bool) -> bool {
        let Self {
            read,
            wrote,
            widget_changes,
            acts,
            grants,
        } = self;
        let mut read = read.iter();
        read.all(|(resource, _)| resource.file().is_some_and(&is_known))
            && wrote.is_empty()
            && widget_changes.is_empty()
            && acts.is_empty()
            && grants.is_empty()
    }

    /// Adds what something has read and done that runs within.
    pub(crate) fn extend(&mut self, within: Self) {
        self.read.extend(within.read);
        self.wrote.extend(within.wrote);
        self.widget_changes.extend(within.widget_changes);
        self.acts.extend(within.acts);
        self.grants.extend(within.grants);
    }
}
