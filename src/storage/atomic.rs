//! Files at locations that appear whole or not at all: [`WholeFile`]s with the names that users know.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use super::error::{StorageError, parent_name};
use super::location::Location;
use crate::error::Result;
use crate::file::WholeFile;

/// The name of the folder in a workspace for what Sheaf keeps to itself.
pub const PRIVATE_FOLDER: &str = ".sheaf";

/// A file being written, which takes its name only when it is complete.
///
/// Dropped without [`commit`](Self::commit), it leaves nothing behind.
#[derive(Debug)]
pub struct AtomicFile {
    name: String,
    file: WholeFile,
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
        match WholeFile::create(&location.path, overwrite) {
            Ok(file) => Ok(Self { name, file }),
            Err(error) => Err(StorageError::from_io(&name, "written", error).into()),
        }
    }

    /// Returns where the unfinished file is, for writers that open their file by its path.
    pub fn path(&self) -> &Path {
        self.file.path()
    }

    /// Writes bytes.
    pub fn put(&mut self, bytes: &[u8]) -> Result<()> {
        self.file
            .write_all(bytes)
            .map_err(|error| StorageError::from_io(&self.name, "written", error).into())
    }

    /// Puts the file on the disk and gives it its name.
    pub fn commit(self) -> Result<()> {
        let Self { name, file } = self;
        file.commit()
            .map_err(|error| StorageError::from_io(&name, "written", error).into())
    }
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
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
