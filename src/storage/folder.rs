//! `file:` sources: a folder of this machine as a store.

use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use super::atomic::{PRIVATE_FOLDER, create_folders};
use super::error::StorageError;
use super::store::{Entry, Scheme, Source, Store};
use crate::file::WholeFile;

pub(super) const SCHEME: Scheme = Scheme {
    name: "file",
    summary: "a folder of this machine; a relative one starts at the workspace",
    example: "file:datasets",
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

    fn read(&self, inner: &str) -> io::Result<Box<dyn Read>> {
        let path = self.path(inner);
        if path.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        Ok(Box::new(File::open(path)?))
    }

    fn write(&self, inner: &str, contents: &mut dyn Read, overwrite: bool) -> io::Result<()> {
        let path = self.path(inner);
        if path.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        if let Some(folder) = path.parent().filter(|_| !self.is_anywhere) {
            create_folders(folder)?;
        }
        let mut file = WholeFile::create(&path, overwrite)?;
        io::copy(contents, &mut file)?;
        file.commit()
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

fn entry(path: &Path, name: String) -> io::Result<Entry> {
    let own = fs::symlink_metadata(path)?;
    let is_link = own.is_symlink();
    // A link that leads nowhere is listed as itself.
    let metadata = if is_link {
        fs::metadata(path).unwrap_or(own)
    } else {
        own
    };
    let is_folder = metadata.is_dir();
    let size = if is_folder { 0 } else { metadata.len() };
    Ok(Entry {
        name,
        is_folder,
        is_link,
        size,
        modified: modified(&metadata),
    })
}

fn modified(metadata: &Metadata) -> i64 {
    let since = metadata
        .modified()
        .ok()
        .and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    since
        .and_then(|since| i64::try_from(since.as_millis()).ok())
        .unwrap_or_default()
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
