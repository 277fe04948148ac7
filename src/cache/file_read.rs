//! [`FileRead`]: a file as its store described it when a cell read it.

use crate::digest::{Digest, Digester};
use crate::storage::{FileVersion, Location};

/// A file that a cell read, as it was then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileRead {
    /// Which file.
    pub location: Location,
    /// What its store said of it; none for one that is not there, and where the store said nothing.
    pub version: Option<FileVersion>,
    /// Why the store said nothing: then it is not known whether the file is there.
    pub unknown: Option<String>,
}

impl FileRead {
    /// Looks at a file now; one that is fixed at a version is not asked for it.
    pub fn of(location: &Location) -> Self {
        let (version, unknown) = match location.ask_version() {
            Ok(version) => (version, None),
            Err(error) => (None, Some(error.to_string())),
        };
        Self {
            location: location.unpinned(),
            version,
            unknown,
        }
    }

    /// Returns its size in bytes; 0 for one that is not there.
    pub fn size(&self) -> u64 {
        self.version.as_ref().map_or(0, |version| version.size)
    }

    /// Returns whether the file was there.
    pub fn exists(&self) -> bool {
        self.version.is_some()
    }

    /// Returns whether both are the same file, unchanged, wherever its name led to it, as far as that is known.
    pub fn is_same(&self, other: &Self) -> bool {
        self.version == other.version && self.unknown.is_none() && other.unknown.is_none()
    }

    /// Returns whether the file is no longer as it was.
    pub fn changed(&self) -> bool {
        !Self::of(&self.location).is_same(self)
    }

    /// Adds where the file is and how its store describes it to a digest.
    pub(super) fn write(&self, digester: &mut Digester) {
        digester.text("address", &self.location.address());
        match &self.version {
            Some(version) => version.write(digester),
            None if self.unknown.is_some() => _ = digester.number("unknown", 0),
            None => _ = digester.number("absent", 0),
        }
    }

    /// Digests the source of a library without what makes no difference to it; `None` when the file has changed since.
    pub(crate) fn digest_of_source(&self, canonical: impl Fn(&str) -> String) -> Option<Digest> {
        let source = self.location.text().ok()?;
        (!self.changed()).then(|| Digest::of_bytes(canonical(&source).as_bytes()))
    }
}
