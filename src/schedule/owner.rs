//! [`Owner`]: the process that runs a run, as others can tell whether it still lives.

use std::fmt;
use std::fs::{self, File, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::error::ScheduleError;

/// The process that runs a run.
///
/// Beside a store that is a file, it holds the lock of a file of its own, which the system takes from it when it ends, however it
/// ends: a number of a process could be another's by now. In a database it is heard of every few seconds.
#[derive(Debug)]
pub struct Owner {
    name: String,
    /// Which leader it is, counted from the first; none where it does not lead.
    fence: Option<i64>,
    life: Box<dyn Life>,
}

/// What tells others that a process lives, as long as it is held.
pub(super) trait Life: fmt::Debug + Send + Sync {
    /// Returns whether others may take it for dead by now: what it does is no longer its own to do.
    fn is_over(&self) -> bool;
}

/// A file of this process, and its lock.
#[derive(Debug)]
struct Lock {
    path: PathBuf,
    _lock: File,
}

impl Life for Lock {
    fn is_over(&self) -> bool {
        false
    }
}

impl Owner {
    /// Makes this process known in `folder`, which is made where it is missing.
    ///
    /// # Errors
    ///
    /// The file cannot be made or locked.
    pub fn new(folder: &Path) -> Result<Self, ScheduleError> {
        let name = Self::unique_name();
        let path = folder.join(&name);
        let lock = |error: std::io::Error| ScheduleError::Lock {
            path: path.clone(),
            reason: error.to_string(),
        };
        fs::create_dir_all(folder).map_err(lock)?;
        let file = File::create_new(&path).map_err(lock)?;
        file.lock().map_err(lock)?;
        let life = Box::new(Lock { path, _lock: file });
        Ok(Self::of(name, None, life))
    }

    /// Takes what others tell by that this process lives.
    pub(super) fn of(name: String, fence: Option<i64>, life: Box<dyn Life>) -> Self {
        Self { name, fence, life }
    }

    /// Returns a name that no other process has, here or elsewhere.
    pub(super) fn unique_name() -> String {
        let mut number = [0_u8; 8];
        // Without chance, the time tells processes of the same number apart.
        if getrandom::fill(&mut number).is_err() {
            number = std::time::UNIX_EPOCH
                .elapsed()
                .map_or(0, |since| since.as_nanos() as u64)
                .to_le_bytes();
        }
        format!("{}-{:x}", std::process::id(), u64::from_le_bytes(number))
    }

    /// Returns the name that runs keep of it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns which leader it is, where it leads.
    pub fn fence(&self) -> Option<i64> {
        self.fence
    }

    /// Returns whether others may take it for dead by now: it has to end what it does.
    pub fn is_over(&self) -> bool {
        self.life.is_over()
    }

    /// Returns whether the process of this name, known in `folder`, still lives.
    ///
    /// The file of one that does not is removed.
    pub fn lives(folder: &Path, name: &str) -> bool {
        let path = folder.join(name);
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return false,
            // Who cannot look does not know.
            Err(_) => return true,
        };
        match file.try_lock() {
            // Where nothing can be locked, no one knows: a run is rather left alone than run twice.
            Err(TryLockError::WouldBlock | TryLockError::Error(_)) => true,
            Ok(()) => {
                let _ = fs::remove_file(&path);
                false
            }
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_owner_lives_as_long_as_its_lock() {
        let folder = tempfile::tempdir().unwrap();
        let owner = Owner::new(folder.path()).unwrap();
        let name = owner.name().to_owned();
        assert!(Owner::lives(folder.path(), &name));
        drop(owner);
        assert!(!Owner::lives(folder.path(), &name));
        // What a killed process leaves: a file that no one has locked.
        fs::write(folder.path().join("7-1f"), "").unwrap();
        assert!(!Owner::lives(folder.path(), "7-1f"));
        assert!(!folder.path().join("7-1f").exists());
    }
}
