//! [`Location`]: a file or folder as the user names it, in the store where it is.

mod order;

use std::io::{self, Read};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::error::{StorageError, parent_name};
use super::folder::{Folder, create_folders};
use super::reader::Reader;
use super::store::{Entry, EntryKind, Store};
use super::version::FileVersion;
use super::writer::Writer;

/// One file or folder, there or not: the user's name for it (`/mnt/data/titanic.csv`) and its place in a store.
///
/// Messages show the name. What is there is read and written through the store; whether that is a folder of this
/// machine is asked only where a library has to be given a path.
#[derive(Clone)]
pub struct Location {
    name: String,
    /// The mount it is under, unless it is a path of this machine.
    mount_point: Option<String>,
    /// Its name inside the store.
    inner: String,
    store: Arc<dyn Store>,
    /// The version that is read by this name, where it was asked for once and for all.
    pinned: Option<FileVersion>,
}

impl Location {
    /// Names what is called `inner` in a store, under a mount or, without one, at a path of this machine.
    pub(super) fn new(
        name: String,
        mount_point: Option<String>,
        inner: String,
        store: Arc<dyn Store>,
    ) -> Self {
        Self {
            name,
            mount_point,
            inner,
            store,
            pinned: None,
        }
    }

    /// Names a path of this machine that no mount is concerned with: a file of the workspace, or one that the command
    /// line names.
    pub fn at(name: impl Into<String>, path: &Path) -> Self {
        let (folder, inner) = match (path.parent(), path.file_name()) {
            (Some(folder), Some(file)) => (folder, file.to_string_lossy().into_owned()),
            _ => (path, String::new()),
        };
        // The current folder has an empty name only to people.
        let folder = if folder.as_os_str().is_empty() {
            Path::new(".")
        } else {
            folder
        };
        let store = Arc::new(Folder::anywhere(folder.to_owned()));
        Self::new(name.into(), None, inner, store)
    }

    /// Names a folder of this machine that no mount is concerned with.
    pub fn folder(name: impl Into<String>, path: &Path) -> Self {
        Self::new(
            name.into(),
            None,
            String::new(),
            Arc::new(Folder::anywhere(path.to_owned())),
        )
    }

    /// Returns the same place by another name.
    #[must_use]
    pub fn named(self, name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            ..self
        }
    }

    /// Returns the name as the user wrote it, or as it would be written under a mount.
    pub fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn inner(&self) -> &str {
        &self.inner
    }

    pub(super) fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }

    /// Returns whether it is under a mount, where missing folders are made as a file is written.
    pub fn is_mounted(&self) -> bool {
        self.mount_point.is_some()
    }

    /// Returns whether this is a mount point, and not something under it: a folder, whether it exists yet or not.
    pub fn is_mount_point(&self) -> bool {
        self.is_mounted() && self.inner.is_empty()
    }

    /// Returns where it is, the same whatever it is mounted as: a path of this machine, a URL.
    pub fn address(&self) -> String {
        self.store.address(&self.inner)
    }

    /// Returns its address with every link on the way followed, so that one file is known by all of its names.
    pub fn identity(&self) -> String {
        self.store.identity(&self.inner)
    }

    /// Returns whether every question about it is a request over a network.
    pub fn is_remote(&self) -> bool {
        self.store.is_remote()
    }

    /// Returns the same file fixed at the version that it has now, which is not asked for again: all that is read by
    /// this name is of that version, and contents that were replaced since are an error where the store can tell.
    pub fn pinned(&self) -> io::Result<Self> {
        if self.pinned.is_some() {
            return Ok(self.clone());
        }
        let entry = self.store.head(&self.inner)?;
        if entry.is_folder() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        Ok(Self {
            pinned: entry.version,
            ..self.clone()
        })
    }

    /// Returns the same file fixed at a version that is known.
    #[must_use]
    pub fn at_version(&self, version: FileVersion) -> Self {
        let pinned = Some(version);
        Self {
            pinned,
            ..self.clone()
        }
    }

    /// Returns the same file, whatever its version is.
    #[must_use]
    pub fn unpinned(&self) -> Self {
        let pinned = None;
        Self {
            pinned,
            ..self.clone()
        }
    }

    /// Opens a range of the bytes of the file as it was at this version; contents that were replaced since are an error.
    pub fn open_version(&self, range: Range<u64>, version: &FileVersion) -> io::Result<Reader> {
        let size = version.size.min(range.end).saturating_sub(range.start);
        let bytes = self.store.read(&self.inner, range, Some(version))?;
        Ok(Reader::new(bytes, size))
    }

    /// Returns its path if it is on this machine, for libraries that take nothing else.
    pub fn local(&self) -> Option<PathBuf> {
        self.store.local_path(&self.inner)
    }

    /// Returns its path on this machine, for what makes the file by itself; its folder is there then.
    pub fn prepare_local(&self) -> Result<PathBuf, StorageError> {
        let path = self.require_local()?;
        if let Some(folder) = path.parent().filter(|folder| !folder.exists()) {
            create_folders(folder).map_err(|error| StorageError::from_io(&self.name, "written", error))?;
        }
        Ok(path)
    }

    /// Returns its path on this machine, or says that it has none.
    pub fn require_local(&self) -> Result<PathBuf, StorageError> {
        self.local().ok_or_else(|| StorageError::NotLocal {
            name: self.name.clone(),
            source_text: self.store.source().to_owned(),
        })
    }

    /// Makes sure that no link leads out of the mount.
    pub(super) fn confine(self) -> Result<Self, StorageError> {
        let Some(mount_point) = &self.mount_point else {
            return Ok(self);
        };
        match self.store.outside(&self.inner) {
            Ok(None) => Ok(self),
            Ok(target) => Err(StorageError::ClimbsOut {
                mount_point: mount_point.clone(),
                name: self.name,
                target,
            }),
            Err(error) => Err(StorageError::from_io(&self.name, "opened", error)),
        }
    }

    /// Returns what is called `part` in this folder.
    pub(super) fn child(&self, part: &str) -> Result<Self, StorageError> {
        self.below(part).confine()
    }

    /// Returns what the path `relative` leads to from this folder, under the name `name`.
    ///
    /// Nothing keeps it within a mount: that is for [`Mounts::resolve`](super::Mounts::resolve).
    #[must_use]
    pub fn join(&self, name: impl Into<String>, relative: &str) -> Self {
        let inner = match self.inner.trim_end_matches('/') {
            "" if self.inner.is_empty() => relative.to_owned(),
            inner => format!("{inner}/{relative}"),
        };
        Self {
            name: name.into(),
            inner,
            pinned: None,
            ..self.clone()
        }
    }

    /// Returns what is called `part` in this folder, wherever a link may lead.
    pub(super) fn below(&self, part: &str) -> Self {
        let folder = self.name.trim_end_matches('/');
        // `file:` is the folder where relative names start, too.
        let is_start = self.inner.is_empty() && (folder.ends_with(':') || self.name.is_empty());
        let slash = if is_start { "" } else { "/" };
        self.join(format!("{folder}{slash}{part}"), part)
    }

    /// Returns a folder from which what is in this store can be searched.
    pub(super) fn top(&self, name: String, inner: &str) -> Self {
        Self {
            name,
            inner: inner.to_owned(),
            pinned: None,
            ..self.clone()
        }
    }

    /// Returns the folder this is in; nothing for the top of a store.
    pub fn parent(&self) -> Option<Self> {
        let inner = Path::new(&self.inner).parent()?.to_string_lossy().into_owned();
        Some(Self {
            name: parent_name(&self.name),
            inner,
            pinned: None,
            ..self.clone()
        })
    }

    /// Returns the version that identifies its contents as they are now; `None` where nothing is there.
    pub fn version(&self) -> Option<FileVersion> {
        match &self.pinned {
            Some(version) => Some(version.clone()),
            None => self.store.head(&self.inner).ok()?.version,
        }
    }

    /// Returns the version as [`version`](Self::version) does, and fails where it cannot be asked for: a store that is far
    /// away may not answer.
    pub fn ask_version(&self) -> io::Result<Option<FileVersion>> {
        if self.pinned.is_some() || !self.is_remote() {
            return Ok(self.version());
        }
        Ok(self.look()?.and_then(|entry| entry.version))
    }

    /// Describes what is here; a failure says what there is instead.
    pub(super) fn head(&self) -> Result<Entry, StorageError> {
        self.store.head(&self.inner).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => self.missing(),
            _ => StorageError::from_io(&self.name, "read", error),
        })
    }

    /// Describes what is here; `None` where nothing is. A store that does not say so is an error, and no `None`.
    fn look(&self) -> io::Result<Option<Entry>> {
        match self.store.head(&self.inner) {
            Ok(entry) => Ok(Some(entry)),
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
                ) =>
            {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Returns of what kind it is; `None` where nothing is.
    fn kind(&self, doing: &'static str) -> Result<Option<EntryKind>, StorageError> {
        match self.look() {
            Ok(entry) => Ok(entry.map(|entry| entry.kind)),
            Err(error) => Err(StorageError::from_io(&self.name, doing, error)),
        }
    }

    /// Returns whether there is anything here, be it a link that leads nowhere.
    ///
    /// # Errors
    ///
    /// A store that does not answer, or does not tell.
    pub fn exists(&self) -> Result<bool, StorageError> {
        Ok(self.kind("read")?.is_some())
    }

    /// Returns whether this is a file.
    ///
    /// # Errors
    ///
    /// A store that does not answer, or does not tell.
    pub fn is_file(&self) -> Result<bool, StorageError> {
        Ok(self.kind("read")? == Some(EntryKind::File))
    }

    /// Returns whether this is a folder; a mount point is one even before it exists.
    ///
    /// # Errors
    ///
    /// A store that does not answer, or does not tell.
    pub fn is_folder(&self) -> Result<bool, StorageError> {
        Ok(self.is_mount_point() || self.kind("read")? == Some(EntryKind::Folder))
    }

    /// Returns whether this is a folder, as far as these credentials may see: some may write, and not list.
    pub(super) fn is_visible_folder(&self, doing: &'static str) -> Result<bool, StorageError> {
        match self.kind(doing) {
            Ok(kind) => Ok(self.is_mount_point() || kind == Some(EntryKind::Folder)),
            Err(error) if error.is_refusal() => Ok(self.is_mount_point()),
            Err(error) => Err(error),
        }
    }

    /// Lists the names of what is in this folder, sorted.
    pub fn names(&self) -> io::Result<Vec<String>> {
        Ok(self
            .store
            .list(&self.inner)?
            .into_iter()
            .map(|entry| entry.name)
            .collect())
    }

    /// Opens the file to be read from its beginning.
    pub fn open(&self) -> io::Result<Reader> {
        self.open_range(0..u64::MAX)
    }

    /// Opens a range of the bytes of the file; what lies behind its end is left out.
    pub fn open_range(&self, range: Range<u64>) -> io::Result<Reader> {
        if let Some(version) = &self.pinned {
            return self.open_version(range, version);
        }
        let whole = self.store.head(&self.inner)?;
        if whole.is_folder() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        let size = whole.size().min(range.end).saturating_sub(range.start);
        let bytes = self.store.read(&self.inner, range, whole.version.as_ref())?;
        Ok(Reader::new(bytes, size))
    }

    /// Opens the file to be read as a whole: of one that is far away all of it is asked for at once.
    pub fn open_whole(&self) -> io::Result<Reader> {
        if !self.is_remote() {
            return self.open();
        }
        let pinned = self.pinned()?;
        match &pinned.pinned {
            Some(version) => pinned.open_version(0..version.size, version),
            None => self.open(),
        }
    }

    /// Reads the whole file.
    pub fn bytes(&self) -> io::Result<Vec<u8>> {
        self.open_whole()?.whole()
    }

    /// Reads a range of the bytes of the file; what lies behind its end is left out.
    pub fn range(&self, range: Range<u64>) -> io::Result<Vec<u8>> {
        self.open_range(range)?.whole()
    }

    /// Reads the whole file as text.
    pub fn text(&self) -> io::Result<String> {
        let mut text = String::new();
        self.open()?.read_to_string(&mut text)?;
        Ok(text)
    }

    /// Starts to write the file, which appears when it is committed.
    ///
    /// Folders that are missing on the way are made under a mount and are an error elsewhere. A file that is
    /// there already is an error unless `overwrite` is set; it stays as it is until the commit. A link is
    /// written through: the file it leads to is replaced.
    pub fn create(&self, overwrite: bool) -> Result<Writer, StorageError> {
        if self.is_visible_folder("written")? {
            return Err(StorageError::IsFolder {
                name: self.name.clone(),
            });
        }
        self.has_parent()?;
        match self.store.create(&self.inner, overwrite) {
            Ok(draft) => Ok(Writer::new(self.name.clone(), draft)),
            Err(error) => Err(StorageError::from_io(&self.name, "written", error)),
        }
    }

    /// Makes sure that a file can be written here, as far as its folder is concerned.
    pub(super) fn has_parent(&self) -> Result<(), StorageError> {
        match self.parent() {
            Some(folder) if self.mount_point.is_none() && !folder.exists()? => {
                Err(StorageError::ParentMissing {
                    name: self.name.clone(),
                    folder: folder.name,
                })
            }
            _ => Ok(()),
        }
    }

    /// Reports that nothing is here, and what is nearby.
    pub(super) fn missing(&self) -> StorageError {
        let mut at = self.clone();
        let mut absent = None;
        while let Some(folder) = at.parent() {
            if let Ok(there) = folder.listed() {
                return StorageError::Missing {
                    name: self.name.clone(),
                    folder: folder.name,
                    absent,
                    there,
                };
            }
            // The top of a mount comes to be with the first file.
            if !folder.is_mount_point() {
                absent = Some(folder.name.clone());
            }
            at = folder;
        }
        // A store far away that does not say what it has, such as a web server, has more than nothing.
        let folder = if self.is_remote() { String::new() } else { at.name };
        StorageError::Missing {
            name: self.name.clone(),
            folder,
            absent: None,
            there: Vec::new(),
        }
    }

    /// Lists the names in this folder, folders with a slash behind them.
    pub(super) fn listed(&self) -> io::Result<Vec<String>> {
        let with_slash = |entry: Entry| {
            let slash = if entry.is_folder() { "/" } else { "" };
            entry.name + slash
        };
        Ok(self
            .store
            .list_some(&self.inner)?
            .into_iter()
            .map(with_slash)
            .collect())
    }
}
