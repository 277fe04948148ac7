//! Published versions: definitions, notebooks and libraries as they were, so that an edit at noon cannot break the night.
//!
//! Kept in `.sheaf/published/`, files by their digests. A version is there when its own file is, which appears as a whole and
//! after all that it names; the newest one is current, and going back makes a new one.

mod change;
mod error;
mod snapshot;
mod version;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use ron::extensions::Extensions;

use super::definition::Definitions;
use super::sources::Sources;
use super::validation::validate_with;
use crate::digest::Digest;
use crate::error::Error;
use crate::file::{self, AtomicFile};
use crate::ron_text;
use crate::storage::create_folders;
use crate::workspace::Workspace;
pub use change::FileChange;
pub use error::PublishError;
pub use snapshot::Snapshot;
pub use version::Version;

/// The folder of published versions, in the workspace's private one.
const FOLDER: &str = "published";
/// What the name of a version's file ends with.
const ENDING: &str = ".ron";

/// The published versions of a workspace.
#[derive(Debug, Clone)]
pub struct Published {
    folder: PathBuf,
}

/// Who publishes, when, and what for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publication {
    /// Who.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
    /// What for.
    pub message: String,
}

impl Published {
    /// Finds the published versions of a workspace; there may be none.
    pub fn open(workspace: &Workspace) -> Self {
        Self {
            folder: workspace.private_dir().join(FOLDER),
        }
    }

    /// Returns the version that triggers run; none where nothing was published.
    ///
    /// # Errors
    ///
    /// It cannot be read.
    pub fn current(&self) -> Result<Option<Version>, PublishError> {
        self.newest()?.map(|number| self.version(number)).transpose()
    }

    /// Returns the number of the version that triggers run; none where nothing was published.
    ///
    /// # Errors
    ///
    /// The folder cannot be read.
    pub fn newest(&self) -> Result<Option<u32>, PublishError> {
        Ok(self.numbers()?.into_iter().max())
    }

    /// Returns all versions, the newest first.
    ///
    /// # Errors
    ///
    /// One cannot be read.
    pub fn versions(&self) -> Result<Vec<Version>, PublishError> {
        let mut numbers = self.numbers()?;
        numbers.sort_unstable_by(|left, right| right.cmp(left));
        numbers.into_iter().map(|number| self.version(number)).collect()
    }

    /// Returns a version.
    ///
    /// # Errors
    ///
    /// There is none of this number, or it cannot be read.
    pub fn version(&self, number: u32) -> Result<Version, PublishError> {
        let path = self.version_file(number);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let mut known = self.numbers()?;
                known.sort_unstable();
                return Err(PublishError::NoVersion { number, known });
            }
            Err(source) => return Err(PublishError::Unreadable { path, source }),
        };
        let version: Version = ron_text::read(&text, Extensions::empty())
            .map_err(|_| PublishError::Damaged { path: path.clone() })?;
        if version.number == number && version.files.keys().all(|path| is_inside(path)) {
            Ok(version)
        } else {
            Err(PublishError::Damaged { path })
        }
    }

    /// Returns the pipelines of a version.
    ///
    /// # Errors
    ///
    /// There is no such version, or a file of it cannot be read.
    pub fn definitions(&self, number: u32) -> Result<Definitions, Error> {
        Ok(Definitions::read_in(&self.folder(number)?)?)
    }

    /// Returns a folder with the files of a version exactly as they were, and no others.
    ///
    /// What is missing there, or was changed, is written anew, and what is not of the version is removed. The folder is that of
    /// its list: a number that was lost, and is given again, has another one.
    ///
    /// # Errors
    ///
    /// There is no such version, or a file of it cannot be read or written.
    pub fn folder(&self, number: u32) -> Result<PathBuf, PublishError> {
        let version = self.version(number)?;
        let name = format!("{number}-{}", version.digest());
        let folder = self.folder.join("folders").join(name);
        for (path, digest) in &version.files {
            let target = folder.join(path);
            let is_there = fs::read(&target).is_ok_and(|bytes| Digest::of_bytes(&bytes) == *digest);
            if is_there {
                continue;
            }
            let unwritable = |source| PublishError::Unwritable {
                path: target.clone(),
                source,
            };
            let bytes = self.bytes(*digest)?;
            create_folders(target.parent().unwrap_or(&folder)).map_err(unwritable)?;
            file::write_unsynced(&target, &bytes).map_err(unwritable)?;
        }
        remove_others(&folder, &folder, &version)?;
        Ok(folder)
    }

    /// Returns the files of a version.
    ///
    /// # Errors
    ///
    /// There is no such version, or a file of it cannot be read.
    pub fn snapshot(&self, number: u32) -> Result<Snapshot, PublishError> {
        let files = self.version(number)?.files.into_iter();
        let files = files.map(|(path, digest)| Ok((path, self.bytes(digest)?)));
        files.collect::<Result<_, _>>().map(Snapshot::of_files)
    }

    /// Validates the pipelines of a workspace, and makes a version of them; none where nothing has changed since the last one.
    ///
    /// # Errors
    ///
    /// There are findings, or a file cannot be read or written.
    pub fn publish(
        &self,
        workspace: &Workspace,
        publication: Publication,
    ) -> Result<Option<Version>, PublishError> {
        let definitions = Definitions::read(workspace)?;
        // What is validated is what is kept: each notebook is read once.
        let sources = Sources::new(workspace.root());
        let (snapshot, loose) = Snapshot::of(&definitions, &sources);
        let mut findings = validate_with(&definitions, workspace, &sources);
        findings.extend(loose);
        if !findings.is_empty() {
            return Err(PublishError::Findings(findings));
        }
        if definitions.names().next().is_none() {
            return Err(PublishError::Nothing);
        }
        self.keep(&snapshot, publication)
    }

    /// Makes the files of an earlier version the current ones, as a new version; none where they are that already.
    ///
    /// # Errors
    ///
    /// There is no such version, or a file cannot be read or written.
    pub fn rollback(&self, number: u32, publication: Publication) -> Result<Option<Version>, PublishError> {
        self.keep(&self.snapshot(number)?, publication)
    }

    /// Writes the files of a snapshot, and then the version that names them.
    fn keep(&self, snapshot: &Snapshot, publication: Publication) -> Result<Option<Version>, PublishError> {
        let files = snapshot.digests();
        loop {
            let current = self.current()?;
            if current.as_ref().is_some_and(|current| current.files == files) {
                return Ok(None);
            }
            for bytes in snapshot.files().values() {
                self.keep_bytes(bytes)?;
            }
            let version = Version {
                number: current.map_or(1, |current| current.number + 1),
                at: publication.at,
                by: publication.by.clone(),
                message: publication.message.clone(),
                files: files.clone(),
            };
            let path = self.version_file(version.number);
            match write_new(&path, version.to_text().as_bytes()) {
                Ok(()) => return Ok(Some(version)),
                // Somebody else was faster: theirs comes before.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(source) => return Err(PublishError::Unwritable { path, source }),
            }
        }
    }

    fn keep_bytes(&self, bytes: &[u8]) -> Result<(), PublishError> {
        let digest = Digest::of_bytes(bytes);
        let path = self.bytes_file(digest);
        match write_new(&path, bytes) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                Err(PublishError::Unwritable { path, source: error })
            }
            _ => self.bytes(digest).map(drop),
        }
    }

    /// Reads the file that has a digest.
    fn bytes(&self, digest: Digest) -> Result<Vec<u8>, PublishError> {
        let path = self.bytes_file(digest);
        let bytes = fs::read(&path).map_err(|source| PublishError::Unreadable {
            path: path.clone(),
            source,
        })?;
        if Digest::of_bytes(&bytes) == digest {
            Ok(bytes)
        } else {
            Err(PublishError::Damaged { path })
        }
    }

    fn bytes_file(&self, digest: Digest) -> PathBuf {
        self.folder.join("files").join(digest.to_string())
    }

    fn version_file(&self, number: u32) -> PathBuf {
        self.folder.join("versions").join(format!("{number}{ENDING}"))
    }

    fn numbers(&self) -> Result<Vec<u32>, PublishError> {
        let path = self.folder.join("versions");
        let entries = match fs::read_dir(&path) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(source) => return Err(PublishError::Unreadable { path, source }),
        };
        let mut numbers = Vec::new();
        for entry in entries {
            let name = entry.map_err(|source| PublishError::Unreadable {
                path: path.clone(),
                source,
            })?;
            let name = name.file_name();
            let number = name.to_str().and_then(|name| name.strip_suffix(ENDING));
            numbers.extend(number.and_then(|number| number.parse::<u32>().ok()));
        }
        Ok(numbers)
    }
}

/// Returns whether a path stays in the folder that it starts from.
fn is_inside(path: &str) -> bool {
    let mut parts = Path::new(path).components();
    !path.is_empty() && parts.all(|part| matches!(part, std::path::Component::Normal(_)))
}

/// Removes what is in a version's folder, or in one within, and not of the version: it would hide files of today.
fn remove_others(root: &Path, folder: &Path, version: &Version) -> Result<(), PublishError> {
    let unreadable = |source| PublishError::Unreadable {
        path: folder.to_owned(),
        source,
    };
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries.map_err(unreadable)?,
    };
    for entry in entries {
        let entry = entry.map_err(unreadable)?;
        let path = entry.path();
        if entry.file_type().map_err(unreadable)?.is_dir() {
            remove_others(root, &path, version)?;
            continue;
        }
        let parts = path.strip_prefix(root).map(|inner| {
            let parts = inner.iter().map(|part| part.to_string_lossy());
            parts.collect::<Vec<_>>().join("/")
        });
        let is_of_version = parts.is_ok_and(|name| version.files.contains_key(&name));
        // One that is not finished is being written, for the version.
        if is_of_version || file::is_unfinished(&path) {
            continue;
        }
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(PublishError::Unwritable { path, source: error });
            }
            _ => {}
        }
    }
    Ok(())
}

/// Writes a new file that lasts, and the folder that it is in.
fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if path.exists() {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    if let Some(folder) = path.parent() {
        create_folders(folder)?;
    }
    let mut file = AtomicFile::create(path, false)?;
    io::Write::write_all(&mut file, bytes)?;
    file.commit()
}

#[cfg(test)]
mod tests;
