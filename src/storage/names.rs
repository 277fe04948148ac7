//! What a name means: by the table of mounts, as a URL, or as a path of this machine.
//!
//! Names under `/mnt` (also `dbfs:/mnt` and `/dbfs/mnt`) go through the table, and so does a URL of something that is
//! mounted; none of them can leave its mount. A URL of something else is opened as [`urls`](super::urls) says. Every other
//! name is a path of this machine, relative ones from the workspace.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::error::StorageError;
use super::folder;
use super::location::Location;
use super::mount_point::{below, climbs_out, mounted_parts};
use super::mounts::{Mounts, not_mounted};
use crate::error::Result;

impl Mounts {
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
            nearest.store.local_path("")?;
        }
        Some(self.root.join(self.locate(name).ok()?.local()?))
    }

    /// Returns what is directly in a remote folder, as it was last listed in this session, with whether each is a folder; no
    /// store is asked, so that completion can look at it while someone types.
    pub fn listed_before(&self, name: &str) -> Vec<(String, bool)> {
        match self.locate_quietly(name) {
            Some(location) => self.recent.get(&location.address()),
            None => Vec::new(),
        }
    }

    /// Finds a remote folder without asking its store.
    fn locate_quietly(&self, name: &str) -> Option<Location> {
        let found = match mounted_parts(name) {
            Some(parts) => self.under_mount(name, &parts).ok()?,
            None => self.at_url(name).ok()??,
        };
        found.is_remote().then_some(found)
    }

    /// Finds the store that `name` is in, and its name there.
    pub(super) fn locate(&self, name: &str) -> Result<Location, StorageError> {
        if name.is_empty() {
            return Err(StorageError::EmptyName);
        }
        if let Some(parts) = mounted_parts(name) {
            return self.under_mount(name, &parts)?.confine();
        }
        if let Some(location) = self.at_url(name)? {
            return Ok(location);
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
            let store = Arc::clone(&table.get(&mount_point)?.store);
            Some((mount_point, store, inner))
        });
        let Some((mount_point, store, inner)) = found else {
            return Err(match *first {
                ".." => climbs_out("/mnt", name),
                first => not_mounted(format!("/mnt/{first}"), &table),
            });
        };
        drop(table);
        below(name, mount_point, store, inner)
    }
}
