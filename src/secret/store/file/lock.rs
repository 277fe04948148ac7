//! [`Lock`]: one writer of a file at a time, also between processes.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use crate::work::Interrupt;

/// How long another writer is waited for: several may stand before this one, and encrypting takes up to a second.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often it is tried.
const POLL: Duration = Duration::from_millis(10);

/// The right to replace a file, until it is dropped.
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    /// Waits until nobody else replaces the file `path`, which must be there.
    pub(super) fn take(path: &Path) -> io::Result<Self> {
        let begun = Instant::now();
        let interrupt = Interrupt::of_thread();
        loop {
            let file = OpenOptions::new().read(true).write(true).open(path)?;
            match file.try_lock() {
                // Whoever had it may have replaced the file: then this is the lock of one that is no longer there.
                Ok(()) if is_at(&file, path)? => return Ok(Self { _file: file }),
                Ok(()) => continue,
                Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(error)) => return Err(error),
            }
            if interrupt.is_set() || begun.elapsed() > PATIENCE {
                let reason = "another process is writing it";
                return Err(io::Error::new(io::ErrorKind::WouldBlock, reason));
            }
            thread::sleep(POLL);
        }
    }
}

/// Returns whether a path still leads to an open file.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt as _;
    let (open, there) = (file.metadata()?, fs::metadata(path)?);
    Ok((open.dev(), open.ino()) == (there.dev(), there.ino()))
}

#[cfg(not(unix))]
fn is_at(_file: &File, path: &Path) -> io::Result<bool> {
    fs::metadata(path).map(|_| true)
}
