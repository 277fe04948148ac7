//! [`Owner`]: the process that runs a run, as others can tell whether it still lives.

use std::fs::{self, File, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::error::ScheduleError;

/// The process that runs a run.
///
/// It holds the lock of a file of its own, which the system takes from it when it ends, however it ends: a number of a process
/// could be another's by now.
#[derive(Debug)]
pub struct Owner {
    name: String,
    path: PathBuf,
    _lock: File,
}

impl Owner {
    /// Makes this process known in `folder`, which is made where it is missing.
    ///
    /// # Errors
    ///
    /// The file cannot be made or locked.
    pub fn new(folder: &Path) -> Result<Self, ScheduleError> {
        let mut number = [0_u8; 8];
        let name = format!("{}-{:x}", std::process::id(), {
            // Without chance, the time tells processes of the same number apart.
            if getrandom::fill(&mut number).is_err() {
                number = std::time::UNIX_EPOCH
                    .elapsed()
                    .map_or(0, |since| since.as_nanos() as u64)
                    .to_le_bytes();
            }
            u64::from_le_bytes(number)
        });
        let path = folder.join(&name);
        let lock = |error: std::io::Error| ScheduleError::Lock {
            path: path.clone(),
            reason: error.to_string(),
        };
        fs::create_dir_all(folder).map_err(lock)?;
        let file = File::create_new(&path).map_err(lock)?;
        file.lock().map_err(lock)?;
        Ok(Self {
            name,
            path,
            _lock: file,
        })
    }

    /// Returns the name that runs keep of it.
    pub fn name(&self) -> &str {
        &self.name
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

impl Drop for Owner {
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
