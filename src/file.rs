//! [`AtomicFile`]: a file that is written atomically, and the removal of what a killed process left of one.
//!
//! What is written goes to a file without a name, which takes the target's name in one step, so that a reader, a crash
//! or an interrupted cell never meets half a file, and a killed process leaves none. Where there are no files without a
//! name (not on Linux, or not on this file system), and for the moment in which a file that is there is replaced, it has
//! a name of its own, `.sheaf-….partial`, and is locked by its writer: one whose lock no one holds is removed by whoever
//! writes into its folder next. Knows nothing of mounts, notebooks and caches.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use tempfile::TempPath;

/// The prefix and suffix of an unfinished file's name.
const UNFINISHED: (&str, &str) = (".sheaf-", ".partial");

/// How many names are tried.
const TRIES: usize = 16;

/// A file being written, which takes its name only when it is complete.
///
/// Dropped before, it leaves nothing behind.
#[derive(Debug)]
pub(crate) struct AtomicFile {
    target: PathBuf,
    overwrite: bool,
    file: BufWriter<File>,
    place: Unfinished,
}

/// Where an unfinished file is.
#[derive(Debug)]
enum Unfinished {
    /// Nowhere: it has no name; by this path it can be opened and be given one.
    #[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "Linux has them"))]
    Nameless(PathBuf),
    /// Under a name of its own.
    Named(TempPath),
}

impl AtomicFile {
    /// Starts the file `path`, in a folder that is there.
    ///
    /// A file that is there already is an error unless `overwrite` is set; it stays as it is until the commit, and the
    /// new one has its permissions. A link is written through: the file it leads to is replaced.
    pub(crate) fn create(path: &Path, overwrite: bool) -> io::Result<Self> {
        // A link is replaced by renaming over it, and would be lost.
        let target = if path.is_symlink() && path.exists() {
            fs::canonicalize(path)?
        } else {
            path.to_owned()
        };
        let existing = fs::metadata(&target).ok();
        if existing.as_ref().is_some_and(fs::Metadata::is_dir) {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        if existing.is_some() && !overwrite {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let folder = folder_of(&target);
        sweep(folder);
        let (file, place) = match nameless(folder) {
            Some((file, path)) => (file, Unfinished::Nameless(path)),
            None => named(folder).map(|(file, path)| (file, Unfinished::Named(path)))?,
        };
        if let Some(existing) = existing {
            file.set_permissions(existing.permissions())?;
        }
        Ok(Self {
            target,
            overwrite,
            file: BufWriter::new(file),
            place,
        })
    }

    /// Returns the path of the unfinished file, for writers that open their file by path.
    pub(crate) fn path(&self) -> &Path {
        match &self.place {
            Unfinished::Nameless(path) => path,
            Unfinished::Named(path) => path,
        }
    }

    /// Syncs the file to disk and gives it its name.
    pub(crate) fn commit(self) -> io::Result<()> {
        let target = self.target.clone();
        self.finish(true)?;
        // The new name is on the disk only when its folder is; not every file system can be asked.
        if let Ok(folder) = File::open(folder_of(&target)) {
            let _ = folder.sync_all();
        }
        Ok(())
    }

    /// Gives the file its name without syncing it: for what may be lost in a power failure.
    pub(crate) fn commit_unsynced(self) -> io::Result<()> {
        self.finish(false)
    }

    fn finish(self, sync: bool) -> io::Result<()> {
        let file = self.file.into_inner().map_err(io::IntoInnerError::into_error)?;
        if sync {
            file.sync_all()?;
        }
        match self.place {
            Unfinished::Nameless(path) => name(&file, &path, &self.target, self.overwrite),
            Unfinished::Named(path) => rename(path, &self.target, self.overwrite),
        }
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

/// Writes a file atomically without syncing it, replacing an existing one.
pub(crate) fn write_unsynced(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = AtomicFile::create(path, true)?;
    file.write_all(bytes)?;
    file.commit_unsynced()
}

/// Writes a new file that only its owner can read and write; one that is there already is an error.
pub(crate) fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    private(path, bytes, false)
}

/// Writes a file that only its owner can read and write, replacing an existing one.
pub(crate) fn replace_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    private(path, bytes, true)
}

fn private(path: &Path, bytes: &[u8], overwrite: bool) -> io::Result<()> {
    let mut file = AtomicFile::create(path, overwrite)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(file.path(), fs::Permissions::from_mode(0o600))?;
    }
    file.write_all(bytes)?;
    file.commit()
}

/// Returns whether a path is that of an unfinished file.
pub(crate) fn is_unfinished(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with(UNFINISHED.0) && name.ends_with(UNFINISHED.1)
}

/// Removes an unfinished file that no process writes any more.
pub(crate) fn remove_abandoned(path: &Path) {
    // Whoever writes it holds its lock; where nothing can be locked, no one knows.
    if path.symlink_metadata().is_ok_and(|metadata| metadata.is_file())
        && let Ok(file) = File::open(path)
        && file.try_lock().is_ok()
    {
        let _ = fs::remove_file(path);
    }
}

/// Removes what killed processes have left in a folder, once per process.
fn sweep(folder: &Path) {
    static SWEPT: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());
    let mut swept = SWEPT.lock().unwrap_or_else(PoisonError::into_inner);
    if !swept.insert(folder.to_owned()) {
        return;
    }
    drop(swept);
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    for path in entries
        .map(|entry| entry.path())
        .filter(|path| is_unfinished(path))
    {
        remove_abandoned(&path);
    }
}

/// Creates a file without a name; `None` where that cannot be.
#[cfg(target_os = "linux")]
fn nameless(folder: &Path) -> Option<(File, PathBuf)> {
    use rustix::fs::{Mode, OFlags, open};
    use std::os::fd::AsRawFd as _;
    let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
    let file = File::from(open(folder, flags, Mode::from_raw_mode(0o666)).ok()?);
    let path = PathBuf::from(format!("/proc/self/fd/{}", file.as_raw_fd()));
    // Only by this path can it be given a name.
    path.exists().then_some((file, path))
}

#[cfg(not(target_os = "linux"))]
fn nameless(_folder: &Path) -> Option<(File, PathBuf)> {
    None
}

/// Gives a file without a name its name.
#[cfg(target_os = "linux")]
fn name(file: &File, path: &Path, target: &Path, overwrite: bool) -> io::Result<()> {
    use rustix::io::Errno;
    match link(path, target) {
        Ok(()) => Ok(()),
        Err(Errno::EXIST) if overwrite => {
            let mut taken = Errno::EXIST;
            // So that no one takes it for abandoned.
            let _ = file.try_lock();
            for _ in 0..TRIES {
                let beside = folder_of(target).join(unfinished_name());
                match link(path, &beside) {
                    Ok(()) => return rename(TempPath::try_from_path(beside)?, target, true),
                    Err(error) => taken = error,
                }
            }
            Err(taken.into())
        }
        Err(Errno::EXIST) => Err(Errno::EXIST.into()),
        // Some file systems have such files and yet give them no name.
        Err(_) => {
            let (mut copy, beside) = named(folder_of(target))?;
            io::copy(&mut File::open(path)?, &mut copy)?;
            copy.set_permissions(file.metadata()?.permissions())?;
            copy.sync_all()?;
            rename(beside, target, overwrite)
        }
    }
}

#[cfg(target_os = "linux")]
fn link(path: &Path, target: &Path) -> rustix::io::Result<()> {
    use rustix::fs::{AtFlags, CWD, linkat};
    linkat(CWD, path, CWD, target, AtFlags::SYMLINK_FOLLOW)
}

#[cfg(not(target_os = "linux"))]
fn name(_file: &File, path: &Path, target: &Path, overwrite: bool) -> io::Result<()> {
    rename(TempPath::try_from_path(path)?, target, overwrite)
}

fn rename(path: TempPath, target: &Path, overwrite: bool) -> io::Result<()> {
    let renamed = if overwrite {
        path.persist(target)
    } else {
        path.persist_noclobber(target)
    };
    renamed.map_err(|error| error.error)
}

/// Creates an unfinished file under a name of its own, and locks it.
fn named(folder: &Path) -> io::Result<(File, TempPath)> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    let mut failed = io::Error::from(io::ErrorKind::AlreadyExists);
    for _ in 0..TRIES {
        let path = folder.join(unfinished_name());
        match options.open(&path) {
            Ok(file) => {
                let path = TempPath::try_from_path(path)?;
                // Whoever sweeps may have been here between the two.
                let _ = file.try_lock();
                if path.exists() {
                    return Ok((file, path));
                }
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => failed = error,
            Err(error) => return Err(error),
        }
    }
    Err(failed)
}

fn unfinished_name() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let (begin, end) = UNFINISHED;
    format!(
        "{begin}{}-{:x}-{count}{end}",
        std::process::id(),
        since.as_nanos()
    )
}

fn folder_of(path: &Path) -> &Path {
    path.parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    fn write(path: &Path, text: &str, overwrite: bool) -> io::Result<()> {
        let mut file = AtomicFile::create(path, overwrite)?;
        file.write_all(text.as_bytes())?;
        file.commit()
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn an_unfinished_file_has_no_name() {
        let folder = tempfile::tempdir().unwrap();
        let mut file = AtomicFile::create(&folder.path().join("a.csv"), false).unwrap();
        file.write_all(b"half").unwrap();
        file.flush().unwrap();
        assert!(names(folder.path()).is_empty());
        // Writers that open their file by its path write the same file.
        fs::write(file.path(), "whole").unwrap();
        file.commit().unwrap();
        assert_eq!(fs::read_to_string(folder.path().join("a.csv")).unwrap(), "whole");
        assert_eq!(names(folder.path()), ["a.csv"]);
    }

    #[test]
    fn a_file_is_replaced_as_a_whole_or_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        write(&path, "old", false).unwrap();
        let refused = write(&path, "new", false).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::AlreadyExists);
        let late = AtomicFile::create(&folder.path().join("b.csv"), false).unwrap();
        write(&folder.path().join("b.csv"), "another's", false).unwrap();
        assert_eq!(late.commit().unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        write(&path, "new", true).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(names(folder.path()), ["a.csv", "b.csv"]);
        let folder_there = write(folder.path(), "x", true).unwrap_err();
        assert_eq!(folder_there.kind(), io::ErrorKind::IsADirectory);
    }

    #[test]
    fn a_named_one_is_as_good() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("a.csv");
        for (text, overwrite) in [("one", false), ("two", true)] {
            let (mut file, path) = named(folder.path()).unwrap();
            file.write_all(text.as_bytes()).unwrap();
            assert!(is_unfinished(&path));
            rename(path, &target, overwrite).unwrap();
            assert_eq!(fs::read_to_string(&target).unwrap(), text);
        }
        let (_file, path) = named(folder.path()).unwrap();
        assert!(rename(path, &target, false).is_err());
        assert_eq!(names(folder.path()), ["a.csv"]);
    }

    #[test]
    fn what_a_killed_process_left_is_removed_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        for name in [".sheaf-1-2-3.partial", ".sheaf-notes", "x.partial"] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        fs::create_dir(folder.path().join(".sheaf-folder.partial")).unwrap();
        let (_file, running) = named(folder.path()).unwrap();
        write(&folder.path().join("a.csv"), "", false).unwrap();
        let running = running.file_name().unwrap().to_str().unwrap();
        let mut expected = vec![
            running,
            ".sheaf-folder.partial",
            ".sheaf-notes",
            "a.csv",
            "x.partial",
        ];
        expected.sort_unstable();
        assert_eq!(names(folder.path()), expected);
    }
}
