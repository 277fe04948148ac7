//! [`Disk`]: makes what was committed to a file of SQLite last, for all who wait for that at the same time.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// Makes what was committed to a file of SQLite last.
///
/// A commit itself only adds to the log beside the file: it is there for everyone, also when this process is killed. Whoever needs
/// it to outlast a loss of power waits here, without the lock of the store. One of them waits for the disk, and what all others
/// have committed before that lasts as well: however many runs there are, they wait about as long as one.
pub(super) struct Disk {
    log: PathBuf,
    marks: Mutex<Marks>,
    changed: Condvar,
}

/// How far the log is.
#[derive(Debug, Default)]
struct Marks {
    /// The number of the latest commit.
    committed: u64,
    /// The number of the latest commit that lasts.
    lasting: u64,
    /// Whether someone waits for the disk.
    is_busy: bool,
}

/// A commit, which may not last yet.
pub(super) struct Pending {
    disk: Arc<Disk>,
    number: u64,
}

impl Pending {
    /// Waits until it lasts.
    pub(super) fn wait(&self) -> io::Result<()> {
        self.disk.wait(self.number)
    }
}

impl Disk {
    /// Creates it for a file that is open.
    pub(super) fn of(file: &Path) -> Self {
        let mut log = file.as_os_str().to_owned();
        log.push("-wal");
        Self {
            log: log.into(),
            marks: Mutex::default(),
            changed: Condvar::new(),
        }
    }

    /// Notes a commit; who has the store calls it, before anyone else commits.
    pub(super) fn committed(self: &Arc<Self>) -> Pending {
        let mut marks = self.marks();
        marks.committed += 1;
        Pending {
            disk: Arc::clone(self),
            number: marks.committed,
        }
    }

    fn wait(&self, number: u64) -> io::Result<()> {
        let mut marks = self.marks();
        while marks.lasting < number {
            if marks.is_busy {
                marks = self.changed.wait(marks).unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            let (reached, is_first) = (marks.committed, marks.lasting == 0);
            marks.is_busy = true;
            drop(marks);
            let done = self.sync(is_first);
            marks = self.marks();
            marks.is_busy = false;
            if done.is_ok() {
                marks.lasting = reached;
            }
            self.changed.notify_all();
            done?;
        }
        Ok(())
    }

    fn sync(&self, is_first: bool) -> io::Result<()> {
        match OpenOptions::new().write(true).open(&self.log) {
            Ok(log) => log.sync_data()?,
            // All of it is in the file itself, where SQLite has made it last.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error),
        }
        // The log may be new, and then its name has to last, too.
        if is_first && let Some(folder) = self.log.parent() {
            let folder = if folder.as_os_str().is_empty() {
                Path::new(".")
            } else {
                folder
            };
            // Not every system lets folders be opened.
            if let Ok(folder) = File::open(folder) {
                folder.sync_all()?;
            }
        }
        Ok(())
    }

    fn marks(&self) -> MutexGuard<'_, Marks> {
        self.marks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn whoever_waits_takes_all_commits_before_along() {
        let folder = tempfile::tempdir().unwrap();
        let disk = Arc::new(Disk::of(&folder.path().join("runs.db")));
        crate::file::write_unsynced(&folder.path().join("runs.db-wal"), b"frames").unwrap();
        let pending: Vec<Pending> = (0..64).map(|_| disk.committed()).collect();
        pending[40].wait().unwrap();
        assert_eq!(disk.marks().lasting, 64);
        let later: Vec<Pending> = (0..16).map(|_| disk.committed()).collect();
        thread::scope(|scope| {
            for one in later.iter().chain(&pending) {
                scope.spawn(|| one.wait().unwrap());
            }
        });
        let marks = disk.marks();
        assert_eq!((marks.lasting, marks.is_busy), (80, false));
    }

    #[test]
    fn a_log_that_cannot_be_made_to_last_is_an_error_for_everyone_who_waits() {
        let folder = tempfile::tempdir().unwrap();
        // A folder cannot be written to.
        std::fs::create_dir(folder.path().join("runs.db-wal")).unwrap();
        let disk = Arc::new(Disk::of(&folder.path().join("runs.db")));
        let pending: Vec<Pending> = (0..4).map(|_| disk.committed()).collect();
        thread::scope(|scope| {
            for one in &pending {
                scope.spawn(|| assert!(one.wait().is_err()));
            }
        });
        let marks = disk.marks();
        assert_eq!((marks.lasting, marks.is_busy), (0, false));
    }
}
