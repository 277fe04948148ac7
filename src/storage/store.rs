//! What a place that can be mounted has to be able to do.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Read, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::access::Access;
pub use super::entry::{Entry, EntryKind};
use super::error::StorageError;
use super::version::FileVersion;
use super::walk::Walk;
use crate::secret::Sendings;
use crate::work::Tally;

/// A kind of place that can be mounted, by the scheme that its sources begin with.
pub struct Scheme {
    /// What is before the colon of a source: `file`.
    pub name: &'static str,
    /// What it is, in a few words.
    pub summary: &'static str,
    /// A source as one would write it.
    pub example: &'static str,
    /// Whether a mount of it has use for `extra_configs`.
    pub has_configs: bool,
    /// Opens a source. Nothing has to be there yet: [`Store::check`] looks.
    pub open: fn(&Source<'_>) -> Result<Arc<dyn Store>, StorageError>,
}

impl fmt::Debug for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scheme")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// The settings of a mount by name, as `extra_configs` gives them.
pub type Configs = BTreeMap<String, String>;

/// A mount's source, taken apart.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// The source as it was written.
    pub text: &'a str,
    /// What follows the scheme's colon.
    pub place: &'a str,
    /// The workspace's folder, which relative places start from.
    pub root: &'a Path,
    /// The settings of the mount; those that are credentials are references to secrets, and never values.
    pub configs: &'a Configs,
    /// What a store that is not on this machine works with.
    pub access: &'a Access,
}

/// Entries of a folder or of all that is below one, found while they are asked for.
pub type Listing<'a> = Box<dyn Iterator<Item = io::Result<Entry>> + Send + 'a>;

/// A place that can be mounted: a folder, a container of an object store.
///
/// Names inside a store (`inner`) are parts joined by `/`, without `..`; the empty name is the store itself.
/// Failures are plain [`io::Error`]s, whose kind matters: the caller knows the user's name and says what
/// could not be done. A new kind of place is one file that implements this and one line in
/// [`SCHEMES`](super::SCHEMES).
pub trait Store: fmt::Debug + Send + Sync {
    /// Returns the source as it was written.
    fn source(&self) -> &str;

    /// Returns where `inner` is, the same for everyone who can reach it, whatever it is mounted as: a path, a URL.
    fn address(&self, inner: &str) -> String;

    /// Returns the address of `inner` with every link on the way followed.
    fn identity(&self, inner: &str) -> String {
        self.address(inner)
    }

    /// Returns whether the place is there, so that names under `mount_point` have a meaning.
    fn check(&self, _mount_point: &str) -> Result<(), StorageError> {
        Ok(())
    }

    /// Returns where `inner` leads if that is outside this store, as a link in a folder can.
    fn outside(&self, _inner: &str) -> io::Result<Option<PathBuf>> {
        Ok(None)
    }

    /// Describes one file or folder.
    fn head(&self, inner: &str) -> io::Result<Entry>;

    /// Describes what is directly in a folder, sorted by name.
    fn list(&self, inner: &str) -> io::Result<Vec<Entry>>;

    /// Describes the first of what is directly in a folder, where all of it would take long.
    fn list_some(&self, inner: &str) -> io::Result<Vec<Entry>> {
        self.list(inner)
    }

    /// Describes what is directly in a folder and has a name that begins so, in any order, where all of it may be too much.
    fn list_beginning<'a>(&'a self, inner: &str, beginning: &str) -> Listing<'a> {
        let beginning = beginning.to_owned();
        match self.list(inner) {
            Ok(entries) => Box::new(
                entries
                    .into_iter()
                    .filter(move |entry| entry.name.starts_with(&beginning))
                    .map(Ok),
            ),
            Err(error) => Box::new(std::iter::once(Err(error))),
        }
    }

    /// Describes all files below a folder, in any order; each entry's name is the path from the folder.
    ///
    /// Folders are left out, but for empty ones. A link to a folder is an entry by itself and not followed.
    fn walk<'a>(&'a self, inner: &str) -> Listing<'a> {
        Box::new(Walk::new(inner, |folder: &str| self.list(folder)))
    }

    /// Opens a range of the bytes of a file; what lies behind its end is left out.
    ///
    /// With a version, only of that one: contents that were replaced meanwhile are an error where the store can tell.
    fn read(
        &self,
        inner: &str,
        range: Range<u64>,
        version: Option<&FileVersion>,
    ) -> io::Result<Box<dyn Read + Send>>;

    /// Starts a file, which takes its name only when it is committed; folders that are missing on the way are made.
    ///
    /// A file that is there is an error of the kind `AlreadyExists` unless `overwrite` is set, also when it appears before the commit.
    fn create(&self, inner: &str, overwrite: bool) -> io::Result<Box<dyn Draft>>;

    /// Creates a folder and those above it.
    fn make_folder(&self, inner: &str) -> io::Result<()>;

    /// Removes a file, or a folder with all that is in it; a link is removed, not followed.
    fn delete(&self, inner: &str) -> io::Result<()>;

    /// Removes a file if it still has this version, where the store can tell; contents that were replaced meanwhile stay,
    /// and are an error.
    fn delete_version(&self, inner: &str, version: &FileVersion) -> io::Result<()> {
        if self.head(inner)?.version.as_ref() != Some(version) {
            return Err(io::Error::other("it was replaced meanwhile, and is kept"));
        }
        self.delete(inner)
    }

    /// Copies what is at an address of the same kind of store, in this version, to a file of this one, replacing what was
    /// there, without its bytes passing through here; returns `false` where that cannot be.
    ///
    /// A copy that takes long tells on its way how many bytes are there.
    fn copy(
        &self,
        _from: &str,
        _version: Option<&FileVersion>,
        _to: &str,
        _told: &Tally,
    ) -> io::Result<bool> {
        Ok(false)
    }

    /// Returns which secrets are sent where to prove who one is, and where the identity of the machine is, as far as source
    /// and settings tell: what a person approves, and all that the resolver of [`Access`] gives.
    fn sends(&self) -> Sendings {
        Sendings::new()
    }

    /// Returns whether every question is a request over a network, so that it is worth to ask fewer.
    fn is_remote(&self) -> bool {
        false
    }

    /// Returns where `inner` is on this machine, if the store is a folder of this machine.
    fn local_path(&self, _inner: &str) -> Option<PathBuf> {
        None
    }
}

/// A file that is being written to a store. Dropped without [`commit`](Self::commit), it leaves nothing behind.
pub trait Draft: Write + Send {
    /// Gives the file its name, when all of it is in the store.
    fn commit(self: Box<Self>) -> io::Result<()>;

    /// Returns where the unfinished file is on this machine, if it is, for libraries that write a file by its path.
    fn local_path(&self) -> Option<&Path> {
        None
    }
}
