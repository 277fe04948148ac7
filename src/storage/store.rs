//! What a place that can be mounted has to be able to do.

use std::fmt;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::error::StorageError;

/// A kind of place that can be mounted, by the scheme that its sources begin with.
pub struct Scheme {
    /// What stands before the colon of a source: `file`.
    pub name: &'static str,
    /// What it is, in a few words.
    pub summary: &'static str,
    /// A source as one would write it.
    pub example: &'static str,
    pub(super) open: fn(&Source<'_>) -> Result<Arc<dyn Store>, StorageError>,
}

impl fmt::Debug for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scheme")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// A mount's source, taken apart.
#[derive(Debug, Clone, Copy)]
pub(super) struct Source<'a> {
    /// The source as it was written.
    pub(super) text: &'a str,
    /// What follows the scheme's colon.
    pub(super) place: &'a str,
    /// The workspace's folder, which relative places start from.
    pub(super) root: &'a Path,
}

/// What a store knows about one file or folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// The last part of its name.
    pub(super) name: String,
    /// Whether it is a folder, or a link to one.
    pub(super) is_folder: bool,
    /// Whether it is a link.
    pub(super) is_link: bool,
    /// Its length in bytes; 0 for a folder.
    pub(super) size: u64,
    /// When it was last written, in milliseconds since 1970 UTC; 0 where the store does not know.
    pub(super) modified: i64,
}

/// A place that can be mounted: a folder, a container of an object store.
///
/// Names inside a store (`inner`) are parts joined by `/`, without `..`; the empty name is the store itself.
/// Failures are plain [`io::Error`]s, whose kind matters: the caller knows the user's name and says what
/// could not be done. A new kind of place is one file that implements this and one line in
/// [`SCHEMES`](super::SCHEMES).
pub(super) trait Store: fmt::Debug + Send + Sync {
    /// Returns the source as it was written.
    fn source(&self) -> &str;

    /// Tells whether the place is there, so that names under `mount_point` have a meaning.
    fn check(&self, mount_point: &str) -> Result<(), StorageError>;

    /// Returns where `inner` leads if that is outside this store, as a link in a folder can.
    fn outside(&self, _inner: &str) -> io::Result<Option<PathBuf>> {
        Ok(None)
    }

    /// Describes one file or folder.
    fn head(&self, inner: &str) -> io::Result<Entry>;

    /// Describes what is directly in a folder, sorted by name.
    fn list(&self, inner: &str) -> io::Result<Vec<Entry>>;

    /// Opens a file.
    fn read(&self, inner: &str) -> io::Result<Box<dyn Read>>;

    /// Writes a whole file, replacing what was there; it appears complete or not at all.
    fn write(&self, inner: &str, contents: &mut dyn Read, overwrite: bool) -> io::Result<()>;

    /// Makes a folder and those above it.
    fn make_folder(&self, inner: &str) -> io::Result<()>;

    /// Removes a file, or a folder with all that is in it; a link is removed, not followed.
    fn delete(&self, inner: &str) -> io::Result<()>;

    /// Copies a file inside this store, replacing what was there.
    fn copy(&self, from: &str, to: &str) -> io::Result<()> {
        self.write(to, &mut *self.read(from)?, true)
    }

    /// Returns where `inner` is on this machine, if the store is a folder of this machine.
    fn local_path(&self, inner: &str) -> Option<PathBuf>;
}
