//! The table of mounts, and what a name means by it.
//!
//! Names under `/mnt` (and `dbfs:/mnt`) go through the table and cannot leave their mount. Every other name is
//! a path of this machine, relative ones from the workspace. Nothing here is written to `sheaf.ron`: a mount
//! made while a session runs ends with it.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::SCHEMES;
use super::access::Access;
use super::error::StorageError;
use super::folder::{self, Folder};
use super::location::Location;
use super::store::{Configs, Scheme, Source, Store};
use crate::error::Result;

type Table = BTreeMap<String, Arc<dyn Store>>;

/// One line of the table of mounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MountInfo {
    /// The mount point: `/mnt/data`.
    pub mount_point: String,
    /// The place, as it was written: `file:datasets`.
    pub source: String,
}

/// The mounts of a session.
///
/// Clones share one table, so that a mount made in a running cell is there for everything that follows.
#[derive(Debug, Clone)]
pub struct Mounts {
    root: PathBuf,
    local: Arc<dyn Store>,
    schemes: Vec<&'static Scheme>,
    access: Access,
    table: Arc<Mutex<Table>>,
}

impl Mounts {
    /// Creates an empty table, for the workspace whose folder is `root`.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        let root = root.into();
        Self {
            local: Arc::new(Folder::anywhere(root.clone())),
            root,
            schemes: SCHEMES.iter().collect(),
            access: Access::default(),
            table: Arc::default(),
        }
    }

    /// Returns the same mounts, of which those that are made from now on work with `access`.
    #[must_use]
    pub fn with_access(mut self, access: Access) -> Self {
        self.access = access;
        self
    }

    /// Adds a kind of place that can be mounted.
    #[must_use]
    pub fn with_scheme(mut self, scheme: &'static Scheme) -> Self {
        self.schemes.push(scheme);
        self
    }

    /// Returns whether a mount of `source` has use for settings.
    pub fn has_configs(&self, source: &str) -> bool {
        let scheme = source.split_once(':').map(|(scheme, _)| scheme);
        let known = self.schemes.iter().find(|known| Some(known.name) == scheme);
        known.is_some_and(|scheme| scheme.has_configs)
    }

    /// Mounts `source` as `mount_point`; the place has to be there.
    ///
    /// A mount point that is taken is an error, as on Databricks.
    pub fn mount(&self, source: &str, mount_point: &str) -> Result<()> {
        self.mount_with(source, mount_point, &Configs::new())
    }

    /// Mounts `source` as `mount_point` with settings.
    pub fn mount_with(&self, source: &str, mount_point: &str, configs: &Configs) -> Result<()> {
        let (mount_point, store) = self.open(source, mount_point, configs)?;
        store.check(&mount_point)?;
        self.insert(mount_point, store)
    }

    /// Mounts `source` as `mount_point` without looking whether the place is there.
    ///
    /// So a workspace can name a disk that is not plugged in; the first use of the mount says so.
    pub fn declare(&self, source: &str, mount_point: &str) -> Result<()> {
        let (mount_point, store) = self.open(source, mount_point, &Configs::new())?;
        self.insert(mount_point, store)
    }

    /// Gives an existing mount point another source.
    pub fn update_mount(&self, source: &str, mount_point: &str, configs: &Configs) -> Result<()> {
        let (mount_point, store) = self.open(source, mount_point, configs)?;
        store.check(&mount_point)?;
        let mut table = self.lock();
        if !table.contains_key(&mount_point) {
            return Err(not_mounted(mount_point, &table).into());
        }
        table.insert(mount_point, store);
        Ok(())
    }

    /// Removes a mount; the files stay where they are.
    pub fn unmount(&self, mount_point: &str) -> Result<()> {
        let mount_point = checked_mount_point(mount_point)?;
        let mut table = self.lock();
        if table.remove(&mount_point).is_none() {
            return Err(not_mounted(mount_point, &table).into());
        }
        Ok(())
    }

    /// Lists the mounts, sorted by mount point.
    pub fn mounts(&self) -> Vec<MountInfo> {
        let info = |(mount_point, store): (&String, &Arc<dyn Store>)| MountInfo {
            mount_point: mount_point.clone(),
            source: store.source().to_owned(),
        };
        self.lock().iter().map(info).collect()
    }

    /// Returns where `name` is; nothing has to be there yet.
    ///
    /// `/mnt/data/x.csv` and `dbfs:/mnt/data/x.csv` are looked up in the mounts, the longest mount point first;
    /// `out/x.csv` starts at the workspace; `/home/me/x.csv` and `file:/home/me/x.csv` are what they say.
    pub fn resolve(&self, name: &str) -> Result<Location> {
        Ok(self.locate(name)?)
    }

    /// Returns where `name` is, and fails where nothing is there, saying what else there is.
    pub fn resolve_existing(&self, name: &str) -> Result<Location> {
        let location = self.locate(name)?;
        location.head()?;
        Ok(location)
    }

    /// Returns the folder that relative names start from.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Returns the name of a file or folder by its path without links: as it would be written from the workspace, so
    /// that it is the same in a copy of the workspace; empty for the workspace itself.
    pub fn name_of(&self, path: &Path) -> String {
        let shared = self.root.components().zip(path.components());
        let shared = shared.take_while(|(one, other)| one == other).count();
        // On another drive, or where one of them is relative.
        if shared == 0 {
            return path.to_string_lossy().replace('\\', "/");
        }
        let up = self.root.components().skip(shared).map(|_| "..".into());
        let down = path.components().skip(shared);
        let parts: Vec<_> = up
            .chain(down.map(|part| part.as_os_str().to_string_lossy()))
            .collect();
        parts.join("/")
    }

    /// Returns where the folder `name` is, if that is on this machine; the empty name is the workspace.
    ///
    /// Asks no store that may be far away, so that completion can look at it while someone types.
    pub fn local_folder(&self, name: &str) -> Option<PathBuf> {
        if name.is_empty() {
            return Some(self.root.clone());
        }
        if let Some(parts) = mounted_parts(name) {
            let name = format!("/mnt/{}", parts.join("/"));
            let holds = |point: &str| {
                let rest = name.strip_prefix(point);
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            };
            let table = self.lock();
            let mounts = table.iter().filter(|(point, _)| holds(point));
            let (_, nearest) = mounts.max_by_key(|(point, _)| point.len())?;
            nearest.local_path("")?;
        }
        Some(self.root.join(self.locate(name).ok()?.local()?))
    }

    /// Finds the store that `name` is in, and its name there.
    pub(super) fn locate(&self, name: &str) -> Result<Location, StorageError> {
        if name.is_empty() {
            return Err(StorageError::EmptyName);
        }
        if let Some(parts) = mounted_parts(name) {
            return self.under_mount(name, &parts)?.confine();
        }
        let inner = self.path_of(name)?.to_owned();
        Ok(Location::new(
            name.to_owned(),
            None,
            inner,
            Arc::clone(&self.local),
        ))
    }

    /// Returns the path of a name outside the mounts.
    fn path_of<'a>(&self, name: &'a str) -> Result<&'a str, StorageError> {
        let Some((scheme, path)) = name.split_once(':') else {
            return Ok(name);
        };
        if scheme == folder::SCHEME.name {
            // `file:///data` and `file:/data` are the same path.
            Ok(path
                .strip_prefix("//")
                .filter(|rest| rest.starts_with('/'))
                .unwrap_or(path))
        } else if scheme == "dbfs" {
            Err(StorageError::DbfsRoot {
                name: name.to_owned(),
            })
        } else if path.starts_with("//") {
            Err(StorageError::UnknownScheme {
                source_text: name.to_owned(),
                scheme: scheme.to_owned(),
                known: self.known(),
            })
        } else {
            Ok(name)
        }
    }

    fn under_mount(&self, name: &str, parts: &[&str]) -> Result<Location, StorageError> {
        let Some(first) = parts.first() else {
            return Err(StorageError::MountList {
                name: name.to_owned(),
            });
        };
        let table = self.lock();
        let found = (1..=parts.len()).rev().find_map(|count| {
            let (point, inner) = parts.split_at(count);
            let mount_point = format!("/mnt/{}", point.join("/"));
            table
                .get(&mount_point)
                .map(|store| (mount_point, Arc::clone(store), inner))
        });
        let Some((mount_point, store, inner)) = found else {
            return Err(match *first {
                ".." => climbs_out("/mnt", name),
                first => not_mounted(format!("/mnt/{first}"), &table),
            });
        };
        drop(table);
        let mut kept = Vec::new();
        for part in inner {
            if *part != ".." {
                kept.push(*part);
            } else if kept.pop().is_none() {
                return Err(climbs_out(&mount_point, name));
            }
        }
        store.check(&mount_point)?;
        let inner = kept.join("/");
        let name = if inner.is_empty() {
            mount_point.clone()
        } else {
            format!("{mount_point}/{inner}")
        };
        Ok(Location::new(name, Some(mount_point), inner, store))
    }

    fn known(&self) -> Vec<&'static str> {
        self.schemes.iter().map(|scheme| scheme.name).collect()
    }

    fn open(
        &self,
        source: &str,
        mount_point: &str,
        configs: &Configs,
    ) -> Result<(String, Arc<dyn Store>), StorageError> {
        let mount_point = checked_mount_point(mount_point)?;
        let Some((scheme, place)) = source.split_once(':') else {
            return Err(StorageError::NoScheme {
                source_text: source.to_owned(),
                known: self.known(),
            });
        };
        match self.schemes.iter().find(|known| known.name == scheme) {
            Some(scheme) => Ok((
                mount_point,
                (scheme.open)(&Source {
                    text: source,
                    place,
                    root: &self.root,
                    configs,
                    access: &self.access,
                })?,
            )),
            None => Err(StorageError::UnknownScheme {
                source_text: source.to_owned(),
                scheme: scheme.to_owned(),
                known: self.known(),
            }),
        }
    }

    fn insert(&self, mount_point: String, store: Arc<dyn Store>) -> Result<()> {
        match self.lock().entry(mount_point) {
            Entry::Vacant(free) => {
                free.insert(store);
                Ok(())
            }
            Entry::Occupied(taken) => Err(StorageError::AlreadyMounted {
                mount_point: taken.key().clone(),
                source_text: taken.get().source().to_owned(),
            }
            .into()),
        }
    }

    /// Locks the table; a panic elsewhere cannot have left it half changed.
    fn lock(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the parts of a name behind `/mnt`, if it is one.
pub(super) fn mounted_parts(name: &str) -> Option<Vec<&str>> {
    let path = name.strip_prefix("dbfs:").unwrap_or(name);
    let mut parts = path.split('/').filter(|part| !matches!(*part, "" | "."));
    (path.starts_with('/') && parts.next() == Some("mnt")).then(|| parts.collect())
}

fn checked_mount_point(mount_point: &str) -> Result<String, StorageError> {
    let is_plain =
        |part: &&str| *part != ".." && !part.contains(|c: char| c.is_control() || "*?[]".contains(c));
    match mounted_parts(mount_point) {
        Some(parts) if !parts.is_empty() && parts.iter().all(is_plain) => {
            Ok(format!("/mnt/{}", parts.join("/")))
        }
        _ => Err(StorageError::BadMountPoint {
            mount_point: mount_point.to_owned(),
        }),
    }
}

fn not_mounted(mount_point: String, table: &Table) -> StorageError {
    StorageError::NotMounted {
        mount_point,
        mounts: table.keys().cloned().collect(),
    }
}

fn climbs_out(mount_point: &str, name: &str) -> StorageError {
    StorageError::ClimbsOut {
        mount_point: mount_point.to_owned(),
        name: name.to_owned(),
        target: None,
    }
}

#[cfg(test)]
mod tests;
