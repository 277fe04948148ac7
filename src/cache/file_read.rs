//! [`FileRead`]: a file as the system described it when a cell read it.

use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::digest::{Digest, Digester};
use crate::storage::Location;

/// A file that a cell read, as it was then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileRead {
    /// Which file.
    pub location: Location,
    /// Its size in bytes.
    pub size: u64,
    /// When it was last written; none for one that is not there.
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

    /// Returns when the file was last written, in nanoseconds since 1970.
    pub(super) fn modified_nanoseconds(&self) -> Option<u128> {
        Some(self.modified?.duration_since(UNIX_EPOCH).ok()?.as_nanos())
    }

    /// Tells whether the file was there.
    pub fn exists(&self) -> bool {
        self.modified.is_some()
    }

    /// Tells whether both are the same file, unchanged, wherever its name led to it.
    pub fn is_same(&self, other: &Self) -> bool {
        (self.size, self.modified, self.identity) == (other.size, other.modified, other.identity)
    }

    /// Tells whether the file is no longer as it was.
    pub fn changed(&self) -> bool {
        !Self::of(&self.location).is_same(self)
    }

    /// Adds where the file is and how the system describes it to a digest.
    pub(super) fn write(&self, digester: &mut Digester) {
        let Self {
            location,
            size,
            modified: _,
            identity,
        } = self;
        digester
            .text("path", &location.path.to_string_lossy())
            .number("size", *size)
            .field(
                "modified",
                &self.modified_nanoseconds().unwrap_or_default().to_le_bytes(),
            );
        if let Some(Identity { place, touched }) = identity {
            digester
                .number("device", place.0)
                .number("number", place.1)
                .field("seconds", &touched.0.to_le_bytes())
                .field("nanoseconds", &touched.1.to_le_bytes());
        }
    }

    /// Digests the source of a library without what makes no difference to it; `None` when the file has changed since.
    pub(crate) fn digest_of_source(&self, canonical: impl Fn(&str) -> String) -> Option<Digest> {
        let source = std::fs::read_to_string(&self.location.path).ok()?;
        (!self.changed()).then(|| Digest::of_bytes(canonical(&source).as_bytes()))
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
