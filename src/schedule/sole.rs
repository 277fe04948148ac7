//! [`Sole`]: the one process that serves a workspace.

use std::fs::{self, File, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::Path;

use super::error::ScheduleError;

/// The file, in the workspace's private folder.
const FILE: &str = "serve.lock";

/// The one process that serves a workspace, as long as this is held.
///
/// The system takes the lock from it when it ends, however it ends; the file stays, and says who had it last.
#[derive(Debug)]
pub struct Sole {
    _lock: File,
}

impl Sole {
    /// Makes this process the one that serves the workspace with this private folder; `who` is what others are told.
    ///
    /// # Errors
    ///
    /// Another one is, or the lock cannot be asked for.
    pub fn become_it(private: &Path, who: &str) -> Result<Self, ScheduleError> {
        let path = private.join(FILE);
        let failed = |error: std::io::Error| ScheduleError::Lock {
            path: path.clone(),
            reason: error.to_string(),
        };
        let mut file = open(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                // What it has not written yet is not known.
                let _ = file.read_to_string(&mut holder);
                return Err(ScheduleError::Served {
                    holder: holder.trim().to_owned(),
                });
            }
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        let noted = file.set_len(0).and_then(|()| file.rewind());
        noted
            .and_then(|()| file.write_all(format!("{who}\n").as_bytes()))
            .and_then(|()| file.sync_data())
            .map_err(failed)?;
        Ok(Self { _lock: file })
    }

    /// Returns who serves the workspace now, in its own words; none where no one does.
    pub fn holder(private: &Path) -> Option<String> {
        let path = private.join(FILE);
        let file = File::open(&path).ok()?;
        match file.try_lock_shared() {
            Err(TryLockError::WouldBlock) => fs::read_to_string(path).ok().map(|who| who.trim().to_owned()),
            Ok(()) | Err(TryLockError::Error(_)) => None,
        }
    }
}

fn open(path: &Path) -> std::io::Result<File> {
    let mut options = File::options();
    // Who has it must be readable for those who do not get it.
    options
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Problem as _;

    #[test]
    fn a_workspace_is_served_by_one() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Sole::holder(folder.path()), None);
        let first = Sole::become_it(folder.path(), "process 7 on a, a long name").unwrap();
        assert_eq!(
            Sole::holder(folder.path()).unwrap(),
            "process 7 on a, a long name"
        );
        let error = Sole::become_it(folder.path(), "process 8 on a").unwrap_err();
        assert_eq!(
            error.to_string(),
            "this workspace is already served by process 7 on a, a long name"
        );
        assert!(error.hint().is_some());
        drop(first);
        assert_eq!(Sole::holder(folder.path()), None);
        let _second = Sole::become_it(folder.path(), "process 8 on a").unwrap();
        assert_eq!(Sole::holder(folder.path()).unwrap(), "process 8 on a");
    }
}
