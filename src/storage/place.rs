//! A name that has found its store.

use std::path::Path;
use std::sync::Arc;

use super::error::{StorageError, parent_name};
use super::location::Location;
use super::store::{Entry, Store};

/// One file or folder, there or not: the user's name for it and its name inside its store.
#[derive(Debug, Clone)]
pub(super) struct Place {
    /// The name as the user wrote it, or as it would be written under a mount.
    pub(super) name: String,
    /// The mount it is under, unless it is a path of this machine.
    pub(super) mount_point: Option<String>,
    /// Its name inside the store.
    pub(super) inner: String,
    pub(super) store: Arc<dyn Store>,
}

impl Place {
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
        let inner = match self.inner.trim_end_matches('/') {
            "" if self.inner.is_empty() => part.to_owned(),
            inner => format!("{inner}/{part}"),
        };
        let name = format!("{}/{part}", self.name.trim_end_matches('/'));
        Self {
            name,
            inner,
            ..self.clone()
        }
        .confine()
    }

    /// Returns the folder this is in; nothing for the top of a store.
    pub(super) fn parent(&self) -> Option<Self> {
        let inner = Path::new(&self.inner).parent()?.to_string_lossy().into_owned();
        Some(Self {
            name: parent_name(&self.name),
            inner,
            ..self.clone()
        })
    }

    /// Tells whether this is a mount point, and not something under it.
    pub(super) fn is_mount_root(&self) -> bool {
        self.mount_point.is_some() && self.inner.is_empty()
    }

    /// Describes what is here; a failure says what there is instead.
    pub(super) fn head(&self) -> Result<Entry, StorageError> {
        self.store.head(&self.inner).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => self.missing(),
            _ => StorageError::from_io(&self.name, "read", error),
        })
    }

    pub(super) fn exists(&self) -> bool {
        self.store.head(&self.inner).is_ok()
    }

    /// Tells whether this is a folder; a mount point is one even before it exists.
    pub(super) fn is_folder(&self) -> bool {
        self.is_mount_root() || self.store.head(&self.inner).is_ok_and(|entry| entry.is_folder)
    }

    /// Makes sure that a file can be written here, as far as its folder is concerned.
    pub(super) fn has_parent(&self) -> Result<(), StorageError> {
        match self.parent() {
            Some(folder) if self.mount_point.is_none() && !folder.exists() => {
                Err(StorageError::ParentMissing {
                    name: self.name.clone(),
                    folder: folder.name,
                })
            }
            _ => Ok(()),
        }
    }

    /// Says that nothing is here, and what is nearby.
    pub(super) fn missing(&self) -> StorageError {
        let mut at = self.clone();
        let mut absent = None;
        while let Some(folder) = at.parent() {
            if let Ok(there) = folder.names() {
                return StorageError::Missing {
                    name: self.name.clone(),
                    folder: folder.name,
                    absent,
                    there,
                };
            }
            // The top of a mount comes to be with the first file.
            if !folder.is_mount_root() {
                absent = Some(folder.name.clone());
            }
            at = folder;
        }
        StorageError::Missing {
            name: self.name.clone(),
            folder: at.name,
            absent: None,
            there: Vec::new(),
        }
    }

    /// Lists the names in this folder, folders with a slash behind them.
    pub(super) fn names(&self) -> std::io::Result<Vec<String>> {
        let entries = self.store.list(&self.inner)?;
        Ok(entries
            .into_iter()
            .map(|entry| {
                if entry.is_folder {
                    entry.name + "/"
                } else {
                    entry.name
                }
            })
            .collect())
    }

    /// Returns where this is on this machine.
    pub(super) fn location(&self) -> Result<Location, StorageError> {
        match self.store.local_path(&self.inner) {
            Some(path) => Ok(Location {
                name: self.name.clone(),
                path,
            }),
            None => Err(StorageError::NotLocal {
                name: self.name.clone(),
                source_text: self.store.source().to_owned(),
            }),
        }
    }
}
