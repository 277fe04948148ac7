//! [`Writer`]: a file being written to a store, with the name that users know.

use std::fmt;
use std::io::{self, Write};
use std::path::Path;

use super::error::StorageError;
use super::store::Draft;

/// A file being written, which takes its name only when it is complete.
///
/// Dropped without [`commit`](Self::commit), it leaves nothing behind.
pub struct Writer {
    name: String,
    draft: Box<dyn Draft>,
    /// The first failure to write, for whoever is told only that there was one.
    failure: Option<io::Error>,
}

impl Writer {
    pub(super) fn new(name: String, draft: Box<dyn Draft>) -> Self {
        Self {
            name,
            draft,
            failure: None,
        }
    }

    /// Returns why writing has failed, where a library that writes to this says less.
    pub fn failure(&mut self) -> Option<StorageError> {
        let failure = self.failure.take()?;
        Some(StorageError::from_io(&self.name, "written", failure))
    }

    /// Keeps the first failure, and returns one that says the same.
    fn kept<T>(&mut self, written: io::Result<T>) -> io::Result<T> {
        written.map_err(|error| {
            if error.kind() == io::ErrorKind::Interrupted || self.failure.is_some() {
                return error;
            }
            let shown = io::Error::new(error.kind(), error.to_string());
            self.failure = Some(error);
            shown
        })
    }

    /// Returns where the unfinished file is on this machine, if it is, for libraries that write a file by its path.
    pub fn local_path(&self) -> Option<&Path> {
        self.draft.local_path()
    }

    /// Writes bytes.
    pub fn put(&mut self, bytes: &[u8]) -> Result<(), StorageError> {
        let written = self.draft.write_all(bytes);
        written.map_err(|error| StorageError::from_io(&self.name, "written", error))
    }

    /// Gives the file its name, when all of it is where it cannot be lost.
    pub fn commit(self) -> Result<(), StorageError> {
        let Self { name, draft, .. } = self;
        draft
            .commit()
            .map_err(|error| StorageError::from_io(&name, "written", error))
    }
}

impl Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.draft.write(bytes);
        self.kept(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        let flushed = self.draft.flush();
        self.kept(flushed)
    }
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::error::Problem as _;
    use crate::storage::{Location, Mounts};

    /// A name under a mount of `folder`.
    fn location(folder: &Path, name: &str) -> Location {
        let mounts = Mounts::new(folder);
        mounts.declare("file:.", "/mnt/out").unwrap();
        mounts.resolve(&format!("/mnt/out/{name}")).unwrap()
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
        let mut file = target.create(false).unwrap();
        file.write_all(b"id,score\n").unwrap();
        assert!(!target.exists().unwrap());
        file.commit().unwrap();
        assert_eq!(target.text().unwrap(), "id,score\n");
        assert_eq!(names(&folder.path().join("a/b")), ["scores.csv"]);
    }

    #[test]
    fn an_abandoned_file_leaves_nothing_and_keeps_the_old_one() {
        let folder = tempfile::tempdir().unwrap();
        let target = location(folder.path(), "scores.csv");
        fs::write(target.local().unwrap(), "old").unwrap();
        let mut file = target.create(true).unwrap();
        file.write_all(b"new").unwrap();
        drop(file);
        assert_eq!(target.text().unwrap(), "old");
        assert_eq!(names(folder.path()), ["scores.csv"]);
    }

    #[test]
    fn an_existing_file_is_replaced_only_when_asked() {
        let folder = tempfile::tempdir().unwrap();
        let target = location(folder.path(), "scores.csv");
        fs::write(target.local().unwrap(), "old").unwrap();
        let error = target.create(false).unwrap_err();
        assert_eq!(error.to_string(), "/mnt/out/scores.csv exists already");
        let mut file = target.create(true).unwrap();
        file.write_all(b"new").unwrap();
        file.commit().unwrap();
        assert_eq!(target.text().unwrap(), "new");
    }

    #[test]
    fn a_file_that_appears_meanwhile_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let target = location(folder.path(), "scores.csv");
        let file = target.create(false).unwrap();
        fs::write(target.local().unwrap(), "another program's").unwrap();
        assert_eq!(
            file.commit().unwrap_err().to_string(),
            "/mnt/out/scores.csv exists already"
        );
        assert_eq!(target.text().unwrap(), "another program's");
        assert_eq!(names(folder.path()), ["scores.csv"]);
    }

    #[test]
    fn a_missing_folder_outside_a_mount_is_an_error_that_names_it() {
        let folder = tempfile::tempdir().unwrap();
        let target = Mounts::new(folder.path()).resolve("out/scores.csv").unwrap();
        let error = target.create(false).unwrap_err();
        assert_eq!(
            error.to_string(),
            "out/scores.csv cannot be written: the folder out does not exist"
        );
        assert_eq!(error.hint().unwrap(), "create it with dbutils.fs.mkdirs(\"out\")");
    }

    #[test]
    fn a_folder_or_a_file_in_the_way_is_named() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("file"), "").unwrap();
        let mounts = Mounts::new(folder.path());
        mounts.declare("file:.", "/mnt/out").unwrap();
        let error = mounts.resolve("/mnt/out/file/x.csv").unwrap_err();
        assert_eq!(
            error.to_string(),
            "/mnt/out/file is a file, and a folder is needed"
        );
        let mounts = Mounts::new(folder.path());
        mounts.declare("file:.sheaf/out", "/mnt/out").unwrap();
        let mount = mounts.resolve("/mnt/out").unwrap();
        let error = mount.create(false).unwrap_err();
        assert_eq!(error.to_string(), "/mnt/out is a folder, and a file is needed");
        fs::create_dir(folder.path().join("sub")).unwrap();
        let error = location(folder.path(), "sub").create(true).unwrap_err();
        assert_eq!(
            error.to_string(),
            "/mnt/out/sub is a folder, and a file is needed"
        );
    }

    #[test]
    fn a_private_folder_keeps_itself_out_of_version_control() {
        let folder = tempfile::tempdir().unwrap();
        let target = location(folder.path(), ".sheaf/out/scores.csv");
        target.create(false).unwrap().commit().unwrap();
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
        let mut file = location(folder.path(), "link.csv").create(true).unwrap();
        file.write_all(b"new").unwrap();
        file.commit().unwrap();
        assert!(folder.path().join("link.csv").is_symlink());
        assert_eq!(fs::read_to_string(&real).unwrap(), "new");
        assert_eq!(fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o640);
    }
}
