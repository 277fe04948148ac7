//! The table of mounts, and what a name means by it.
//!
//! Names under `/mnt` (and `dbfs:/mnt`) go through the table and cannot leave their mount. Every other name is
//! a path of this machine, relative ones from the workspace. Nothing here is written to `sheaf.ron`: a mount
//! made while a session runs ends with it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::SCHEMES;
use super::error::StorageError;
use super::files::Files;
use super::folder::{self, Folder};
use super::location::Location;
use super::place::Place;
use super::store::{Source, Store};
use crate::error::Result;

type Table = BTreeMap<String, Arc<dyn Store>>;

/// One line of the table of mounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MountInfo {
    /// The name that stands for the place: `/mnt/data`.
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
    table: Arc<Mutex<Table>>,
}

impl Mounts {
    /// Makes an empty table, for the workspace whose folder is `root`.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        let root = root.into();
        Self {
            local: Arc::new(Folder::anywhere(root.clone())),
            root,
            table: Arc::default(),
        }
    }

    /// Mounts `source` as `mount_point`; the place has to be there.
    ///
    /// A mount point that is taken is an error, as on Databricks.
    pub fn mount(&self, source: &str, mount_point: &str) -> Result<()> {
        let (mount_point, store) = self.open(source, mount_point)?;
        self.refuse_taken(&mount_point)?;
        store.check(&mount_point)?;
        self.insert(mount_point, store)
    }

    /// Mounts `source` as `mount_point` without looking whether the place is there.
    ///
    /// So a workspace can name a disk that is not plugged in; the first use of the mount says so.
    pub fn declare(&self, source: &str, mount_point: &str) -> Result<()> {
        let (mount_point, store) = self.open(source, mount_point)?;
        self.insert(mount_point, store)
    }

    /// Gives an existing mount point another source.
    pub fn update_mount(&self, source: &str, mount_point: &str) -> Result<()> {
        let (mount_point, store) = self.open(source, mount_point)?;
        store.check(&mount_point)?;
        let mut table = self.lock();
        if !table.contains_key(&mount_point) {
            return Err(not_mounted(mount_point, &table).into());
        }
        table.insert(mount_point, store);
        Ok(())
    }

    /// Forgets a mount; the files stay where they are.
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
        Ok(self.place(name)?.location()?)
    }

    /// Returns where `name` is, and fails where nothing is there, saying what else there is.
    pub fn resolve_existing(&self, name: &str) -> Result<Location> {
        let place = self.place(name)?;
        place.head()?;
        Ok(place.location()?)
    }

    /// Returns the file commands of `dbutils.fs` on these mounts.
    pub fn files(&self) -> Files<'_> {
        Files::new(self)
    }

    /// Returns the folder that relative names start from.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Finds the store that `name` is in, and its name there.
    pub(super) fn place(&self, name: &str) -> Result<Place, StorageError> {
        if name.is_empty() {
            return Err(StorageError::EmptyName);
        }
        if let Some(parts) = mounted_parts(name) {
            return self.mounted_place(name, &parts)?.confine();
        }
        let inner = local_path(name)?.to_owned();
        Ok(Place {
            name: name.to_owned(),
            mount_point: None,
            inner,
            store: Arc::clone(&self.local),
        })
    }

    fn mounted_place(&self, name: &str, parts: &[&str]) -> Result<Place, StorageError> {
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
        Ok(Place {
            name,
            mount_point: Some(mount_point),
            inner,
            store,
        })
    }

    fn open(&self, source: &str, mount_point: &str) -> Result<(String, Arc<dyn Store>), StorageError> {
        let mount_point = checked_mount_point(mount_point)?;
        let known = || SCHEMES.iter().map(|scheme| scheme.name).collect();
        let Some((scheme, place)) = source.split_once(':') else {
            return Err(StorageError::NoScheme {
                source_text: source.to_owned(),
                known: known(),
            });
        };
        match SCHEMES.iter().find(|known| known.name == scheme) {
            Some(scheme) => Ok((
                mount_point,
                (scheme.open)(&Source {
                    text: source,
                    place,
                    root: &self.root,
                })?,
            )),
            None => Err(StorageError::UnknownScheme {
                source_text: source.to_owned(),
                scheme: scheme.to_owned(),
                known: known(),
            }),
        }
    }

    fn insert(&self, mount_point: String, store: Arc<dyn Store>) -> Result<()> {
        self.refuse_taken(&mount_point)?;
        self.lock().insert(mount_point, store);
        Ok(())
    }

    fn refuse_taken(&self, mount_point: &str) -> Result<(), StorageError> {
        match self.lock().get(mount_point) {
            None => Ok(()),
            Some(store) => Err(StorageError::AlreadyMounted {
                mount_point: mount_point.to_owned(),
                source_text: store.source().to_owned(),
            }),
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

/// Returns the path that a name outside the mounts stands for.
fn local_path(name: &str) -> Result<&str, StorageError> {
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
            known: SCHEMES.iter().map(|scheme| scheme.name).collect(),
        })
    } else {
        Ok(name)
    }
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
mod tests {
    use std::fs;

    use super::*;

    /// A workspace with `datasets/a.csv` as `/mnt/data`, and `/mnt/out`, whose private folder does not exist.
    fn workspace() -> (tempfile::TempDir, Mounts) {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("datasets")).unwrap();
        fs::write(folder.path().join("datasets/a.csv"), "x\n1\n").unwrap();
        let mounts = Mounts::new(folder.path());
        mounts.mount("file:datasets", "/mnt/data").unwrap();
        mounts.declare("file:.sheaf/out", "/mnt/out").unwrap();
        (folder, mounts)
    }

    fn refusal(error: crate::error::Error) -> String {
        match error.hint() {
            Some(hint) => format!("{error} | {hint}"),
            None => error.to_string(),
        }
    }

    #[test]
    fn a_name_is_looked_up_in_the_mounts_or_is_a_path() {
        let (folder, mounts) = workspace();
        let root = folder.path();
        for (name, shown, path) in [
            ("/mnt/data/a.csv", "/mnt/data/a.csv", root.join("datasets/a.csv")),
            (
                "dbfs:/mnt/data/a.csv",
                "/mnt/data/a.csv",
                root.join("datasets/a.csv"),
            ),
            (
                "/mnt/data//sub/./b.csv",
                "/mnt/data/sub/b.csv",
                root.join("datasets/sub/b.csv"),
            ),
            (
                "/mnt/data/sub/../a.csv",
                "/mnt/data/a.csv",
                root.join("datasets/a.csv"),
            ),
            ("/mnt/data/", "/mnt/data", root.join("datasets")),
            (
                "/mnt/out/deep/b.csv",
                "/mnt/out/deep/b.csv",
                root.join(".sheaf/out/deep/b.csv"),
            ),
            ("datasets/a.csv", "datasets/a.csv", root.join("datasets/a.csv")),
            ("../b.csv", "../b.csv", root.join("../b.csv")),
            ("/tmp/b.csv", "/tmp/b.csv", PathBuf::from("/tmp/b.csv")),
            ("/mntx/b.csv", "/mntx/b.csv", PathBuf::from("/mntx/b.csv")),
            ("file:/tmp/b.csv", "file:/tmp/b.csv", PathBuf::from("/tmp/b.csv")),
            (
                "file:///tmp/b.csv",
                "file:///tmp/b.csv",
                PathBuf::from("/tmp/b.csv"),
            ),
            ("file:b.csv", "file:b.csv", root.join("b.csv")),
            ("12:30.csv", "12:30.csv", root.join("12:30.csv")),
        ] {
            let location = mounts.resolve(name).unwrap();
            assert_eq!((location.name.as_str(), &location.path), (shown, &path), "{name}");
        }
    }

    #[test]
    fn names_without_a_meaning_are_refused() {
        let (_folder, mounts) = workspace();
        for (name, expected) in [
            (
                "",
                "a file needs a name, and an empty one was given | give a name such as /mnt/data/titanic.csv",
            ),
            (
                "/mnt",
                "/mnt is the list of mounts, not a file or folder | name a file under one of the mounts, such as /mnt/data/titanic.csv",
            ),
            (
                "/mnt/dta/a.csv",
                "directory not mounted: /mnt/dta | did you mean /mnt/data?",
            ),
            (
                "/mnt/lake/a.csv",
                "directory not mounted: /mnt/lake | the mounts there are: /mnt/data, /mnt/out",
            ),
            (
                "/mnt/data/../../etc/passwd",
                "/mnt/data/../../etc/passwd leads out of its mount /mnt/data | leave out the `..`",
            ),
            (
                "/mnt/data/../out/x",
                "/mnt/data/../out/x leads out of its mount /mnt/data | leave out the `..`",
            ),
            (
                "/mnt/../etc/passwd",
                "/mnt/../etc/passwd leads out of its mount /mnt | leave out the `..`",
            ),
            (
                "dbfs:/FileStore/x",
                "dbfs:/FileStore/x is not under a mount | use a name under /mnt, or a path without dbfs: for a file of this machine",
            ),
            (
                "s3://bucket/x",
                "no store answers to `s3:` in s3://bucket/x | the stores there are: file:",
            ),
        ] {
            assert_eq!(refusal(mounts.resolve(name).unwrap_err()), expected, "{name}");
        }
    }

    #[test]
    fn the_longest_mount_point_wins() {
        let (folder, mounts) = workspace();
        fs::create_dir(folder.path().join("other")).unwrap();
        mounts.mount("file:other", "/mnt/data/deep").unwrap();
        assert_eq!(
            mounts.resolve("/mnt/data/deep/x").unwrap().path,
            folder.path().join("other/x")
        );
        assert_eq!(
            mounts.resolve("/mnt/data/deeper/x").unwrap().path,
            folder.path().join("datasets/deeper/x")
        );
    }

    #[test]
    fn mounting_follows_databricks() {
        let (folder, mounts) = workspace();
        fs::write(folder.path().join("file"), "").unwrap();
        let root = folder.path().display();
        for (source, mount_point, expected) in [
            (
                "file:datasets",
                "/mnt/data",
                "directory already mounted: /mnt/data is file:datasets | unmount it first with \
                 dbutils.fs.unmount(\"/mnt/data\"), or change its source with \
                 dbutils.fs.updateMount(source, \"/mnt/data\")"
                    .to_owned(),
            ),
            ("file:datasets", "/data", "a mount point is a name under /mnt, and \"/data\" is not | write \"/mnt/data\"".to_owned()),
            ("file:datasets", "/mnt/", "a mount point is a name under /mnt, and \"/mnt/\" is not | write \"/mnt/mnt\"".to_owned()),
            ("file:datasets", "/mnt/../x", "a mount point is a name under /mnt, and \"/mnt/../x\" is not | write \"/mnt/x\"".to_owned()),
            ("datasets", "/mnt/x", "the source \"datasets\" has no scheme | to mount a folder of this machine, write \"file:datasets\"".to_owned()),
            ("flie:datasets", "/mnt/x", "no store answers to `flie:` in flie:datasets | did you mean `file:`?".to_owned()),
            (
                "file:nowhere",
                "/mnt/x",
                format!("the folder of /mnt/x does not exist: {root}/nowhere | make the folder, or change the mount's source in sheaf.ron"),
            ),
            (
                "file:file",
                "/mnt/x",
                format!("the source of /mnt/x is not a folder: {root}/file | mount the folder that the file is in"),
            ),
        ] {
            assert_eq!(refusal(mounts.mount(source, mount_point).unwrap_err()), expected, "{source} {mount_point}");
        }
        assert_eq!(
            refusal(mounts.unmount("/mnt/dat").unwrap_err()),
            "directory not mounted: /mnt/dat | did you mean /mnt/data?"
        );
        assert_eq!(
            mounts
                .update_mount("file:datasets", "/mnt/x")
                .unwrap_err()
                .to_string(),
            "directory not mounted: /mnt/x"
        );
        mounts.update_mount("file:.", "dbfs:/mnt/data/").unwrap();
        mounts.unmount("/mnt/out").unwrap();
        let expected = MountInfo {
            mount_point: "/mnt/data".to_owned(),
            source: "file:.".to_owned(),
        };
        assert_eq!(mounts.mounts(), [expected]);
    }

    #[test]
    fn a_declared_folder_that_is_missing_is_named_when_it_is_used() {
        let (folder, mounts) = workspace();
        mounts.declare("file:/nowhere/usb", "/mnt/usb").unwrap();
        let error = mounts.resolve("/mnt/usb/x.csv").unwrap_err();
        assert_eq!(
            error.to_string(),
            "the folder of /mnt/usb does not exist: /nowhere/usb"
        );
        // Sheaf's own folders come to be with the first file.
        let location = mounts.resolve("/mnt/out/x.csv").unwrap();
        super::super::AtomicFile::create(&location, false)
            .unwrap()
            .commit()
            .unwrap();
        assert!(folder.path().join(".sheaf/out/x.csv").is_file());
        assert!(folder.path().join(".sheaf/.gitignore").is_file());
    }

    #[test]
    fn clones_share_a_table_and_a_poisoned_lock_is_no_end() {
        let (_folder, mounts) = workspace();
        let other = mounts.clone();
        let _ = std::thread::spawn(move || {
            let _lock = other.table.lock();
            panic!("in a cell");
        })
        .join();
        mounts.unmount("/mnt/out").unwrap();
        assert_eq!(mounts.mounts().len(), 1);
    }

    #[test]
    fn a_missing_file_is_told_with_its_neighbours() {
        let (_folder, mounts) = workspace();
        for (name, expected) in [
            (
                "/mnt/data/b.csv",
                "/mnt/data/b.csv does not exist | did you mean /mnt/data/a.csv?",
            ),
            (
                "/mnt/data/passengers.csv",
                "/mnt/data/passengers.csv does not exist | in /mnt/data there is only a.csv",
            ),
            (
                "/mnt/data/a.csv/b",
                "/mnt/data/a.csv is a file, and a folder is needed | name the folder it is in, or choose another name",
            ),
            (
                "datasets/a.csv/b",
                "datasets/a.csv is a file, and a folder is needed | name the folder it is in, or choose another name",
            ),
            (
                "/mnt/data/new/b.csv",
                "/mnt/data/new/b.csv does not exist | the folder /mnt/data/new does not exist either; in /mnt/data there is only a.csv",
            ),
            (
                "/mnt/out/x.csv",
                "/mnt/out/x.csv does not exist | /mnt/out is empty or does not exist",
            ),
            (
                "dataset/a.csv",
                "dataset/a.csv does not exist | did you mean datasets?",
            ),
            (
                "datasets/a.cvs",
                "datasets/a.cvs does not exist | did you mean datasets/a.csv?",
            ),
        ] {
            assert_eq!(
                refusal(mounts.resolve_existing(name).unwrap_err()),
                expected,
                "{name}"
            );
        }
        assert!(mounts.resolve_existing("/mnt/data/a.csv").is_ok());
    }

    #[cfg(unix)]
    #[test]
    fn a_link_that_leads_out_of_its_mount_is_refused() {
        use std::os::unix::fs::symlink;
        let (folder, mounts) = workspace();
        let (inside, outside) = (folder.path().join("datasets"), folder.path().join("private"));
        fs::create_dir(&outside).unwrap();
        fs::write(outside.join("secret"), "").unwrap();
        symlink(outside.join("secret"), inside.join("file")).unwrap();
        symlink(&outside, inside.join("dir")).unwrap();
        symlink("../private/new", inside.join("dangling")).unwrap();
        symlink("circle", inside.join("circle")).unwrap();
        symlink("a.csv", inside.join("fine")).unwrap();
        let real = fs::canonicalize(&outside).unwrap();
        for (name, target) in [
            ("file", "secret"),
            ("dir/secret", "secret"),
            ("dir/not/yet", "not/yet"),
            ("dangling", "new"),
        ] {
            let name = format!("/mnt/data/{name}");
            let expected = format!(
                "{name} leads out of its mount /mnt/data, to {}",
                real.join(target).display()
            );
            assert_eq!(mounts.resolve(&name).unwrap_err().to_string(), expected);
        }
        assert!(mounts.resolve("/mnt/data/circle").is_err());
        assert!(mounts.resolve("/mnt/data/fine").is_ok());
    }
}
