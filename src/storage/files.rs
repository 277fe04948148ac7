//! The file commands of `dbutils.fs`, with Databricks' meaning.
//!
//! They work on any store through its trait, and return data; showing it is for others.

use std::fs;
use std::io;

use super::error::StorageError;
use super::location::Location;
use super::mount_point::mounted_parts;
use super::mounts::Mounts;
use super::store::Entry;
use super::transfer;
use crate::error::{Error, Result};

/// One line of [`Files::ls`], with Databricks' fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileInfo {
    /// The whole name, as it would be given to another command: `/mnt/data/titanic.csv`. A folder's ends with `/`.
    pub path: String,
    /// Its last part. A folder's ends with `/`.
    pub name: String,
    /// The length in bytes; 0 for a folder.
    pub size: u64,
    /// When it was last written, in milliseconds since 1970 UTC.
    pub modification_time: i64,
}

impl FileInfo {
    fn new(path: String, name: String, entry: &Entry) -> Self {
        let slash = if entry.is_folder() { "/" } else { "" };
        Self {
            path: format!("{}{slash}", path.trim_end_matches('/')),
            name: format!("{}{slash}", name.trim_end_matches('/')),
            size: entry.size(),
            modification_time: entry.modified(),
        }
    }
}

/// The file commands on a table of mounts.
#[derive(Debug, Clone, Copy)]
pub struct Files<'a> {
    mounts: &'a Mounts,
}

impl<'a> Files<'a> {
    /// Returns the commands on `mounts`.
    pub fn new(mounts: &'a Mounts) -> Self {
        Self { mounts }
    }

    /// Lists a folder, sorted by name; a file lists itself, `/` and `/mnt` list the mounts.
    pub fn ls(&self, path: &str) -> Result<Vec<FileInfo>> {
        let is_top = path
            .strip_prefix("dbfs:")
            .unwrap_or(path)
            .trim_matches('/')
            .is_empty()
            && path.contains('/');
        if is_top || mounted_parts(path).is_some_and(|parts| parts.is_empty()) {
            return Ok(self.mounted());
        }
        let place = self.mounts.locate(path)?;
        let entries = match place.store().list(place.inner()) {
            Ok(entries) => entries,
            // A private folder that nothing has been written to yet.
            Err(error) if error.kind() == io::ErrorKind::NotFound && place.is_mount_point() => Vec::new(),
            Err(error) => {
                let is_other = matches!(
                    error.kind(),
                    io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
                );
                let own = if is_other { Some(place.head()?) } else { None };
                return match own.filter(|own| !own.is_folder()) {
                    Some(own) => Ok(vec![FileInfo::new(
                        place.name().to_owned(),
                        own.name.clone(),
                        &own,
                    )]),
                    None => Err(StorageError::from_io(place.name(), "listed", error).into()),
                };
            }
        };
        if place.is_remote() {
            self.mounts.recent.note(place.address(), &entries);
        }
        let folder = place.name().trim_end_matches('/');
        let info =
            |entry: &Entry| FileInfo::new(format!("{folder}/{}", entry.name), entry.name.clone(), entry);
        Ok(entries.iter().map(info).collect())
    }

    /// Returns the beginning of a text file: at most `max_bytes` bytes, and whole characters only.
    pub fn head(&self, file: &str, max_bytes: usize) -> Result<String> {
        let place = self.mounts.locate(file)?;
        if place.head()?.is_folder() {
            return Err(is_folder(&place));
        }
        let unreadable = |error| StorageError::from_io(place.name(), "read", error);
        let bytes = place.range(0..max_bytes as u64).map_err(unreadable)?;
        let is_cut = bytes.len() == max_bytes;
        String::from_utf8(bytes).or_else(|error| {
            let position = error.utf8_error().valid_up_to();
            if is_cut && error.utf8_error().error_len().is_none() {
                let mut bytes = error.into_bytes();
                bytes.truncate(position);
                return Ok(String::from_utf8_lossy(&bytes).into_owned());
            }
            Err(StorageError::NotText {
                name: place.name().to_owned(),
                position,
            }
            .into())
        })
    }

    /// Writes `contents` to a file; one that is there already is replaced only with `overwrite`.
    pub fn put(&self, file: &str, contents: &str, overwrite: bool) -> Result<bool> {
        let mut writer = self.mounts.locate(file)?.create(overwrite)?;
        writer.put(contents.as_bytes())?;
        writer.commit()?;
        Ok(true)
    }

    /// Copies a file, or with `recurse` what is in a folder; files that are there already are replaced.
    ///
    /// A file copied to a folder keeps its name. Each file appears whole or not at all.
    pub fn cp(&self, from: &str, to: &str, recurse: bool) -> Result<bool> {
        let (source, target, own) = self.pair("cp", from, to, recurse)?;
        transfer::copy(&source, &target, &own)?;
        Ok(true)
    }

    /// Moves a file, or with `recurse` a folder; files that are there already are replaced.
    pub fn mv(&self, from: &str, to: &str, recurse: bool) -> Result<bool> {
        let (source, target, own) = self.pair("mv", from, to, recurse)?;
        self.refuse_to_remove("mv", &source)?;
        if !transfer::rename(&source, &target, own.is_folder())? {
            transfer::move_over(&source, &target, &own)?;
        }
        Ok(true)
    }

    /// Removes a file or an empty folder, or with `recurse` a folder and all that is in it.
    ///
    /// Returns `false` where nothing was there, as Databricks does; a link is removed, not what it leads to.
    pub fn rm(&self, path: &str, recurse: bool) -> Result<bool> {
        let place = self.mounts.locate(path)?;
        self.refuse_to_remove("rm", &place)?;
        let entry = match place.store().head(place.inner()) {
            Ok(entry) => entry,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(StorageError::from_io(place.name(), "removed", error).into()),
        };
        if entry.is_folder() && !entry.is_link && !recurse {
            let first = place.store().walk(place.inner()).next().transpose();
            let first = first.map_err(|error| StorageError::from_io(place.name(), "listed", error))?;
            if first.is_some() {
                return Err(StorageError::NeedsRecurse {
                    command: "rm",
                    name: place.name().to_owned(),
                    filled: true,
                }
                .into());
            }
        }
        let deleted = place.store().delete(place.inner());
        deleted.map_err(|error| StorageError::from_io(place.name(), "removed", error))?;
        Ok(true)
    }

    /// Creates a folder and those above it; one that is there already is fine.
    pub fn mkdirs(&self, path: &str) -> Result<bool> {
        let place = self.mounts.locate(path)?;
        match place.store().make_folder(place.inner()) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(StorageError::IsFile {
                name: place.name().to_owned(),
            }
            .into()),
            Err(error) => Err(StorageError::from_io(place.name(), "made", error).into()),
        }
    }

    fn mounted(self) -> Vec<FileInfo> {
        let info = |mount_point: String| {
            let modified = self
                .mounts
                .locate(&mount_point)
                .ok()
                .and_then(|place| place.head().ok());
            let name = mount_point.trim_start_matches("/mnt/").to_owned();
            FileInfo {
                path: format!("{mount_point}/"),
                name: format!("{name}/"),
                size: 0,
                modification_time: modified.map(|entry| entry.modified()).unwrap_or_default(),
            }
        };
        self.mounts
            .mounts()
            .into_iter()
            .map(|mount| info(mount.mount_point))
            .collect()
    }

    /// Checks what `cp` and `mv` have in common, and returns where from, where to, and what goes.
    fn pair(
        self,
        command: &'static str,
        from: &str,
        to: &str,
        recurse: bool,
    ) -> Result<(Location, Location, Entry), StorageError> {
        let source = self.mounts.locate(from)?;
        let mut target = self.mounts.locate(to)?;
        let entry = source.head()?;
        let is_folder = entry.is_folder();
        if is_folder && !recurse {
            return Err(StorageError::NeedsRecurse {
                command,
                name: source.name().to_owned(),
                filled: false,
            });
        }
        if !is_folder && (to.ends_with('/') || target.is_visible_folder("written")?) {
            target = target.child(&entry.name)?;
        }
        let name = || target.name().to_owned();
        if is_folder && target.exists().or_else(unseen)? && !target.is_folder()? {
            return Err(StorageError::IsFile { name: name() });
        }
        if !is_folder && target.is_visible_folder("written")? {
            return Err(StorageError::IsFolder { name: name() });
        }
        if transfer::is_within(&target, &source)? {
            return Err(StorageError::IntoItself {
                from: source.name().to_owned(),
                to: name(),
            });
        }
        target.has_parent()?;
        Ok((source, target, entry))
    }

    fn refuse_to_remove(self, command: &'static str, place: &Location) -> Result<(), StorageError> {
        if place.is_mount_point() {
            return Err(StorageError::MountRoot {
                command,
                mount_point: place.name().to_owned(),
            });
        }
        let path = place.local().and_then(|path| fs::canonicalize(path).ok());
        let root = fs::canonicalize(self.mounts.root()).ok();
        match (path, root) {
            (Some(path), Some(root)) if root.starts_with(&path) => Err(StorageError::HoldsWorkspace {
                command,
                name: place.name().to_owned(),
            }),
            _ => Ok(()),
        }
    }
}

/// Takes what these credentials may not see for what is not there.
fn unseen(error: StorageError) -> Result<bool, StorageError> {
    if error.is_refusal() { Ok(false) } else { Err(error) }
}

fn is_folder(place: &Location) -> Error {
    let name = place.name().to_owned();
    StorageError::IsFolder { name }.into()
}

#[cfg(test)]
mod tests;
