//! `file:` sources: a folder of this machine as a store.

use std::fs::{self, File, Metadata};
use std::io::{self, Read, Seek as _, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::error::StorageError;
use super::store::{Draft, Entry, EntryKind, Scheme, Source, Store};
use super::version::{FileVersion, Tag};
use crate::file::AtomicFile;

/// The name of the folder in a workspace for what Sheaf keeps to itself.
pub const PRIVATE_FOLDER: &str = ".sheaf";

pub(super) const SCHEME: Scheme = Scheme {
    name: "file",
    summary: "a local folder; a relative path starts at the workspace",
    example: "file:datasets",
    has_configs: false,
    open: |source| Ok(Arc::new(Folder::open(source))),
};

/// How many links after another are followed before they are taken for a circle, as Linux does.
const LINKS: usize = 40;

/// A folder of this machine.
#[derive(Debug)]
pub(super) struct Folder {
    source: String,
    root: PathBuf,
    /// Whether names may lead anywhere: the case of paths that no mount is concerned with.
    is_anywhere: bool,
    /// Whether it is Sheaf's own and comes to be when something is written into it.
    is_private: bool,
}

impl Folder {
    fn open(source: &Source<'_>) -> Self {
        // `file:///data` and `file:/data` are the same folder.
        let place = source
            .place
            .strip_prefix("//")
            .filter(|rest| rest.starts_with('/'))
            .unwrap_or(source.place);
        let root = source.root.join(place);
        let is_private = root.starts_with(source.root.join(PRIVATE_FOLDER));
        Self {
            source: source.text.to_owned(),
            root,
            is_anywhere: false,
            is_private,
        }
    }

    /// Opens the whole machine, with relative names starting at `root`.
    pub(super) fn anywhere(root: PathBuf) -> Self {
        Self {
            source: "file:/".to_owned(),
            root,
            is_anywhere: true,
            is_private: false,
        }
    }

    /// Opens a folder that comes to be when something is written into it.
    pub(super) fn scratch(root: PathBuf) -> Self {
        Self {
            source: "file:scratch".to_owned(),
            root,
            is_anywhere: false,
            is_private: true,
        }
    }

    fn path(&self, inner: &str) -> PathBuf {
        if inner.is_empty() {
            self.root.clone()
        } else {
            self.root.join(inner)
        }
    }
}

impl Store for Folder {
    fn source(&self) -> &str {
        &self.source
    }

    fn address(&self, inner: &str) -> String {
        self.path(inner).to_string_lossy().into_owned()
    }

    fn identity(&self, inner: &str) -> String {
        let path = self.path(inner);
        let real = fs::canonicalize(&path).unwrap_or(path);
        real.to_string_lossy().into_owned()
    }

    fn check(&self, mount_point: &str) -> Result<(), StorageError> {
        let (mount_point, folder) = (mount_point.to_owned(), self.root.clone());
        match fs::metadata(&self.root) {
            Ok(metadata) if metadata.is_dir() => Ok(()),
            Ok(_) => Err(StorageError::SourceNotFolder { mount_point, folder }),
            Err(error) if error.kind() == io::ErrorKind::NotFound && self.is_private => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Err(StorageError::SourceMissing { mount_point, folder })
            }
            Err(error) => Err(StorageError::from_io(&mount_point, "opened", error)),
        }
    }

    fn outside(&self, inner: &str) -> io::Result<Option<PathBuf>> {
        if self.is_anywhere {
            return Ok(None);
        }
        let real = real_path(&self.path(inner))?;
        Ok((!real.starts_with(real_path(&self.root)?)).then_some(real))
    }

    fn head(&self, inner: &str) -> io::Result<Entry> {
        let path = self.path(inner);
        entry(
            &path,
            path.file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned(),
        )
    }

    fn list(&self, inner: &str) -> io::Result<Vec<Entry>> {
        let mut entries = fs::read_dir(self.path(inner))?
            .map(|found| {
                found.and_then(|found| entry(&found.path(), found.file_name().to_string_lossy().into_owned()))
            })
            // A file that is removed meanwhile is not there to be listed.
            .filter(|entry| !matches!(entry, Err(error) if error.kind() == io::ErrorKind::NotFound))
            .collect::<io::Result<Vec<_>>>()?;
        entries.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(entries)
    }

    fn read(
        &self,
        inner: &str,
        range: Range<u64>,
        _version: Option<&FileVersion>,
    ) -> io::Result<Box<dyn Read + Send>> {
        let path = self.path(inner);
        if path.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        let mut file = File::open(path)?;
        // A pipe cannot be wound forward.
        if range.start > 0 {
            file.seek(SeekFrom::Start(range.start))?;
        }
        Ok(Box::new(file.take(range.end.saturating_sub(range.start))))
    }

    fn create(&self, inner: &str, overwrite: bool) -> io::Result<Box<dyn Draft>> {
        let path = self.path(inner);
        if path.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        if let Some(folder) = path.parent().filter(|_| !self.is_anywhere) {
            create_folders(folder).map_err(|error| match error.kind() {
                io::ErrorKind::AlreadyExists => io::ErrorKind::NotADirectory.into(),
                _ => error,
            })?;
        }
        Ok(Box::new(AtomicFile::create(&path, overwrite)?))
    }

    fn make_folder(&self, inner: &str) -> io::Result<()> {
        create_folders(&self.path(inner))
    }

    fn delete(&self, inner: &str) -> io::Result<()> {
        let path = self.path(inner);
        if fs::symlink_metadata(&path)?.is_dir() {
            fs::remove_dir_all(path)
        } else {
            fs::remove_file(path)
        }
    }

    fn local_path(&self, inner: &str) -> Option<PathBuf> {
        Some(self.path(inner))
    }
}

impl Draft for AtomicFile {
    fn commit(self: Box<Self>) -> io::Result<()> {
        AtomicFile::commit(*self)
    }

    fn local_path(&self) -> Option<&Path> {
        Some(self.path())
    }
}

/// Creates a folder and those above it; a private folder that it makes is kept out of version control.
pub(crate) fn create_folders(folder: &Path) -> io::Result<()> {
    let private = folder.ancestors().find(|ancestor| {
        ancestor.file_name().is_some_and(|name| name == PRIVATE_FOLDER) && !ancestor.exists()
    });
    fs::create_dir_all(folder)?;
    match private {
        Some(private) => fs::write(private.join(".gitignore"), "*\n"),
        None => Ok(()),
    }
}

fn entry(path: &Path, name: String) -> io::Result<Entry> {
    let own = fs::symlink_metadata(path)?;
    let is_link = own.is_symlink();
    // A link that leads nowhere is listed as itself.
    let metadata = if is_link {
        fs::metadata(path).ok()
    } else {
        Some(own)
    };
    Ok(Entry {
        name,
        kind: match &metadata {
            Some(metadata) if metadata.is_dir() => EntryKind::Folder,
            Some(metadata) if metadata.is_file() => EntryKind::File,
            _ => EntryKind::Other,
        },
        is_link,
        version: metadata.as_ref().map(version),
    })
}

fn version(metadata: &Metadata) -> FileVersion {
    FileVersion {
        size: metadata.len(),
        modified: metadata.modified().ok(),
        tag: tag(metadata),
    }
}

#[cfg(unix)]
fn tag(metadata: &Metadata) -> Tag {
    use std::os::unix::fs::MetadataExt as _;
    Tag::Inode {
        place: (metadata.dev(), metadata.ino()),
        touched: (metadata.ctime(), metadata.ctime_nsec()),
    }
}

#[cfg(not(unix))]
fn tag(_metadata: &Metadata) -> Tag {
    Tag::None
}

/// Resolves every link on the way to `path`, which does not have to exist.
///
/// A link to a file that does not exist yet counts as the place it would make.
pub(super) fn real_path(path: &Path) -> io::Result<PathBuf> {
    follow(path, LINKS)
}

fn follow(path: &Path, links: usize) -> io::Result<PathBuf> {
    match fs::canonicalize(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        known => return known,
    }
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
        return Ok(path.to_owned());
    };
    match fs::read_link(path) {
        Ok(_) if links == 0 => Err(io::Error::other("too many links")),
        Ok(target) => follow(&folder.join(target), links - 1),
        Err(_) => Ok(follow(folder, links)?.join(name)),
    }
}
