//! [`Trace`]: what a cell read and did outside its values while it ran.

use std::collections::{BTreeMap, BTreeSet};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use crate::parameters::WidgetChange;
use crate::storage::{Location, Mounts};

/// A file that a cell read, as it was then.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileRead {
    /// Which file.
    pub location: Location,
    /// Its size in bytes.
    pub size: u64,
    /// When it was last written.
    pub modified: Option<SystemTime>,
    /// What else tells it from another, where the system says so.
    pub identity: Option<Identity>,
}

/// What a system knows of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Identity {
    /// Its device and its number there: a link may lead to another file.
    pub place: (u64, u64),
    /// When anything of it last changed, be it the time of writing (`ctime`): seconds since 1970 and nanoseconds. Nobody
    /// can set this one.
    pub touched: (i64, i64),
}

impl FileRead {
    /// Looks at a file now; a missing file has size 0 and no time.
    pub fn of(location: &Location) -> Self {
        let metadata = std::fs::metadata(&location.path).ok();
        Self {
            location: location.clone(),
            size: metadata.as_ref().map_or(0, std::fs::Metadata::len),
            modified: metadata.as_ref().and_then(|metadata| metadata.modified().ok()),
            identity: metadata.as_ref().and_then(identity),
        }
    }

    /// Returns what else tells the file from another, as bytes for a digest; none where the system does not say.
    pub(crate) fn identity_bytes(&self) -> Vec<u8> {
        let Some(Identity { place, touched }) = self.identity else {
            return Vec::new();
        };
        [
            place.0.to_le_bytes(),
            place.1.to_le_bytes(),
            touched.0.to_le_bytes(),
            touched.1.to_le_bytes(),
        ]
        .concat()
    }

    /// Tells whether the file is no longer as it was.
    pub fn changed(&self) -> bool {
        Self::of(&self.location) != *self
    }
}

#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "other systems do not tell")]
fn identity(metadata: &std::fs::Metadata) -> Option<Identity> {
    use std::os::unix::fs::MetadataExt as _;
    Some(Identity {
        place: (metadata.dev(), metadata.ino()),
        touched: (metadata.ctime(), metadata.ctime_nsec()),
    })
}

#[cfg(not(unix))]
fn identity(_metadata: &std::fs::Metadata) -> Option<Identity> {
    None
}

/// What a cell did that running it again would do again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Act {
    /// It wrote, moved or removed files.
    Wrote,
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
    /// Tells whether the act is over with the session, so that another session needs it done again.
    pub fn is_of_session(self) -> bool {
        match self {
            Self::Mounted | Self::Declared | Self::Exited => true,
            Self::Wrote | Self::Shell | Self::Looked | Self::Called => false,
        }
    }
}

/// What a cell read and did outside its values.
#[derive(Debug, Clone, Default)]
pub(crate) struct Trace {
    /// The files it read, by name.
    pub(crate) files: BTreeMap<String, FileRead>,
    /// Those of them that are libraries of functions, by name.
    pub(crate) libraries: BTreeSet<String>,
    /// The patterns it looked for, and the names that it found.
    pub(crate) globs: BTreeMap<String, Vec<String>>,
    /// The widgets it asked for, and their values; none for one that was not declared.
    pub(crate) widgets: BTreeMap<String, Option<String>>,
    /// The names of the widgets there were, where it asked for all.
    pub(crate) widget_names: Option<Vec<String>>,
    /// What it did to the widgets.
    pub(crate) widget_changes: Vec<WidgetChange>,
    /// The files that cells above had read, by name, where it made something that names them: a model.
    pub(crate) origin: Option<BTreeMap<String, FileRead>>,
    /// The files it wrote, by name.
    pub(crate) writes: BTreeMap<String, Location>,
    /// What it did.
    pub(crate) acts: BTreeSet<Act>,
}

impl Trace {
    /// Tells whether all that was read are files of which `is_known`, and nothing was done.
    pub(crate) fn read_only_files(&self, is_known: impl Fn(&String) -> bool) -> bool {
        let Self {
            files,
            libraries: _,
            globs,
            widgets,
            widget_names,
            widget_changes,
            origin,
            writes,
            acts,
        } = self;
        files.keys().all(is_known)
            && globs.is_empty()
            && widgets.is_empty()
            && widget_names.is_none()
            && widget_changes.is_empty()
            && origin.is_none()
            && writes.is_empty()
            && acts.is_empty()
    }

    /// Adds what something has read and done that runs within.
    pub(crate) fn extend(&mut self, other: Self) {
        self.files.extend(other.files);
        self.libraries.extend(other.libraries);
        self.globs.extend(other.globs);
        self.widgets.extend(other.widgets);
        self.widget_names = self.widget_names.take().or(other.widget_names);
        self.widget_changes.extend(other.widget_changes);
        self.origin = self.origin.take().or(other.origin);
        self.writes.extend(other.writes);
        self.acts.extend(other.acts);
    }
}

/// Finds the names that match a pattern now.
pub(crate) fn matches(pattern: &str, mounts: &Mounts) -> Vec<String> {
    let found = mounts.resolve_glob(pattern).unwrap_or_default();
    found.into_iter().map(|location| location.name).collect()
}
