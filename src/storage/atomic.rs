//! Files that appear whole or not at all.
//!
//! What is written goes to a nameless neighbour of the target and takes the target's name in one step, so that
//! a reader, a crash or an interrupted cell never meets half a file.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::error::{StorageError, parent_name};
use super::location::Location;
use crate::error::Result;

/// The name of the folder in a workspace for what Sheaf keeps to itself.
pub const PRIVATE_FOLDER: &str = ".sheaf";

/// A file being written, which takes its name only when it is complete.
///
/// Dropped without [`commit`](Self::commit), it leaves nothing behind.
#[derive(Debug)]
pub struct AtomicFile {
    name: String,
    pending: Pending,
}

impl AtomicFile {
    /// Begins the file at `location`.
    ///
    /// Folders that are missing on the way are made under a mount and are an error elsewhere. A file that is
    /// there already is an error unless `overwrite` is set; it stays as it is until the commit. A link is
    /// written through: the file it leads to is replaced.
    pub fn create(location: &Location, overwrite: bool) -> Result<Self> {
        let name = location.name.clone();
        if location.is_mount_point() || location.path.is_dir() {
            return Err(StorageError::IsFolder { name }.into());
        }
        if let Some(folder) = folder_of(&location.path) {
            if location.is_mounted() {
                create_folders(folder).map_err(|error| folder_problem(&name, error))?;
            } else if !folder.exists() {
                return Err(StorageError::ParentMissing {
                    folder: parent_name(&name),
                    name,
                }
                .into());
            }
        }
        match Pending::create(&location.path, overwrite) {
            Ok(pending) => Ok(Self { name, pending }),
            Err(error) => Err(StorageError::from_io(&name, "written", error).into()),
        }
    }

    /// Returns where the unfinished file is, for writers that open their file by its path.
    pub fn path(&self) -> &Path {
        self.pending.file.get_ref().path()
    }

    /// Puts the file on the disk and gives it its name.
    pub fn commit(self) -> Result<()> {
        let Self { name, pending } = self;
        pending
            .commit()
            .map_err(|error| StorageError::from_io(&name, "written", error).into())
    }
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.pending.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.pending.file.flush()
    }
}

/// The same by bare path, for stores, which do not know the user's names.
#[derive(Debug)]
pub(super) struct Pending {
    target: PathBuf,
    overwrite: bool,
    file: BufWriter<NamedTempFile>,
}

impl Pending {
    pub(super) fn create(path: &Path, overwrite: bool) -> io::Result<Self> {
        // A link is replaced by renaming over it, and would be lost.
        let target = if path.is_symlink() && path.exists() {
            fs::canonicalize(path)?
        } else {
            path.to_owned()
        };
        let existing = fs::metadata(&target).ok();
        if existing.is_some() && !overwrite {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let mut builder = tempfile::Builder::new();
        builder.prefix(".sheaf-").suffix(".partial");
        // Ordinary files obey the user's umask; temporary ones would be private.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let file = builder.tempfile_in(folder_of(&target).unwrap_or(Path::new(".")))?;
        if let Some(existing) = existing {
            file.as_file().set_permissions(existing.permissions())?;
        }
        Ok(Self {
            target,
            overwrite,
            file: BufWriter::new(file),
        })
    }

    pub(super) fn write(&mut self) -> &mut impl Write {
        &mut self.file
    }

    pub(super) fn commit(self) -> io::Result<()> {
        let file = self.file.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.as_file().sync_all()?;
        let renamed = if self.overwrite {
            file.persist(&self.target)
        } else {
            file.persist_noclobber(&self.target)
        };
        renamed.map_err(|error| error.error)?;
        // The new name is on the disk only when its folder is; not every file system can be asked.
        if let Some(folder) = folder_of(&self.target)
            && let Ok(folder) = File::open(folder)
        {
            let _ = folder.sync_all();
        }
        Ok(())
    }
}

/// Makes a folder and those above it; a private folder that it makes is kept out of version control.
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

fn folder_of(path: &Path) -> Option<&Path> {
    path.parent().filter(|folder| !folder.as_os_str().is_empty())
}

fn folder_problem(name: &str, error: io::Error) -> StorageError {
    match error.kind() {
        io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory => StorageError::IsFile {
            name: parent_name(name),
        },
        _ => StorageError::from_io(name, "written", error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn location(folder: &Path, name: &str) -> Location {
        Location {
            name: format!("/mnt/out/{name}"),
            path: folder.join(name),
        }
    }

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_appears_whole_on_commit_and_not_before() {
        let folder = tempfile::tempdir().unwrap();
        let target = location(folder.path(), "a/b/scores.csv");
        let mut file = AtomicFile::create(&target, false).unwrap();
        file.write_all(b"id,score\n").unwrap();
        assert!(!target.path.exists());
        file.commit().unwrap();
        assert_eq!(fs::read_to_string(&target.path).unwrap(), "id,score\n");
        assert_eq!(names(&folder.path().join("a/b")), ["scores.csv"]);
    }

    #[test]
    fn an_abandoned_file_leaves_nothing_and_keeps_the_old_one() {
        let folder = tempfile::tempdir().unwrap();
        let target = location(folder.path(), "scores.csv");
        fs::write(&target.path, "old").unwrap();
        let mut file = AtomicFile::create(&target, true).unwrap();
        file.write_all(b"new").unwrap();
        drop(file);
        assert_eq!(fs::read_to_string(&target.path).unwrap(), "old");
        assert_eq!(names(folder.path()), ["scores.csv"]);
    }

    #[test]
    fn an_existing_file_is_replaced_only_when_asked() {
        let folder = tempfile::tempdir().unwrap();
        let target = location(folder.path(), "scores.csv");
        fs::write(&target.path, "old").unwrap();
        let error = AtomicFile::create(&target, false).unwrap_err();
        assert_eq!(error.to_string(), "/mnt/out/scores.csv exists already");
        let mut file = AtomicFile::create(&target, true).unwrap();
        file.write_all(b"new").unwrap();
        file.commit().unwrap();
        assert_eq!(fs::read_to_string(&target.path).unwrap(), "new");
    }

    #[test]
    fn a_file_that_appears_meanwhile_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let target = location(folder.path(), "scores.csv");
        let file = AtomicFile::create(&target, false).unwrap();
        fs::write(&target.path, "another program's").unwrap();
        assert_eq!(
            file.commit().unwrap_err().to_string(),
            "/mnt/out/scores.csv exists already"
        );
        assert_eq!(fs::read_to_string(&target.path).unwrap(), "another program's");
        assert_eq!(names(folder.path()), ["scores.csv"]);
    }

    #[test]
    fn a_missing_folder_outside_a_mount_is_an_error_that_names_it() {
        let folder = tempfile::tempdir().unwrap();
        let target = Location {
            name: "out/scores.csv".to_owned(),
            path: folder.path().join("out/scores.csv"),
        };
        let error = AtomicFile::create(&target, false).unwrap_err();
        assert_eq!(
            error.to_string(),
            "out/scores.csv cannot be written: the folder out does not exist"
        );
        assert_eq!(error.hint().unwrap(), "make it with dbutils.fs.mkdirs(\"out\")");
    }

    #[test]
    fn a_folder_or_a_file_in_the_way_is_named() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("file"), "").unwrap();
        let error = AtomicFile::create(&location(folder.path(), "file/x.csv"), false).unwrap_err();
        assert_eq!(
            error.to_string(),
            "/mnt/out/file is a file, and a folder is needed"
        );
        let mount = Location {
            name: "/mnt/out".to_owned(),
            path: folder.path().join("out"),
        };
        let error = AtomicFile::create(&mount, false).unwrap_err();
        assert_eq!(error.to_string(), "/mnt/out is a folder, and a file is needed");
        fs::create_dir(folder.path().join("sub")).unwrap();
        let error = AtomicFile::create(&location(folder.path(), "sub"), true).unwrap_err();
        assert_eq!(
            error.to_string(),
            "/mnt/out/sub is a folder, and a file is needed"
        );
    }

    #[test]
    fn a_private_folder_keeps_itself_out_of_version_control() {
        let folder = tempfile::tempdir().unwrap();
        let target = location(folder.path(), ".sheaf/out/scores.csv");
        AtomicFile::create(&target, false).unwrap().commit().unwrap();
        assert_eq!(
            fs::read_to_string(folder.path().join(".sheaf/.gitignore")).unwrap(),
            "*\n"
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_written_through_and_permissions_stay() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = tempfile::tempdir().unwrap();
        let real = folder.path().join("real.csv");
        fs::write(&real, "old").unwrap();
        fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
        symlink(&real, folder.path().join("link.csv")).unwrap();
        let mut file = AtomicFile::create(&location(folder.path(), "link.csv"), true).unwrap();
        file.write_all(b"new").unwrap();
        file.commit().unwrap();
        assert!(folder.path().join("link.csv").is_symlink());
        assert_eq!(fs::read_to_string(&real).unwrap(), "new");
        assert_eq!(fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o640);
    }
}
