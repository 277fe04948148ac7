//! [`Shelf`]: the folder of all blocks, and what is removed from it so that it stays within its bound.

use std::fs;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use super::block::Contents;

/// How much of the bound is written before it is looked again what other processes have kept.
const LOOKS: u64 = 8;

/// The folder of the blocks.
#[derive(Debug)]
pub(super) struct Shelf {
    folder: PathBuf,
    /// The most bytes that are kept.
    bound: u64,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// How many bytes may be kept before it is looked what there is; 0 at first.
    until_look: u64,
    /// Whether nothing can be kept in this process any more: no space is left, or the folder cannot be written to.
    is_closed: bool,
}

/// A file in the folder: a block, or several.
struct KeptBlock {
    used: SystemTime,
    size: u64,
    path: PathBuf,
}

impl Shelf {
    pub(super) fn new(folder: PathBuf, bound: u64) -> Self {
        Self {
            folder,
            bound,
            state: Mutex::default(),
        }
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Returns the most that is written at a time, in bytes, so that little is removed for it.
    pub(super) fn most_at_once(&self) -> u64 {
        self.bound / LOOKS / LOOKS
    }

    /// Keeps a part of a file, one block or more, if that can be.
    pub(super) fn keep(&self, contents: &Contents, part: &Range<u64>, bytes: &[u8]) {
        if self.bound < bytes.len() as u64 || !self.has_room(bytes.len() as u64) {
            return;
        }
        // A folder that was removed just now by another process costs one part.
        if let Err(error) = contents.keep(part, bytes)
            && error.kind() != io::ErrorKind::NotFound
        {
            self.state().is_closed = true;
        }
    }

    /// Makes room where it may be needed; returns whether anything can be kept at all.
    fn has_room(&self, size: u64) -> bool {
        let mut state = self.state();
        if state.is_closed {
            return false;
        }
        if state.until_look < size {
            let step = (self.bound / LOOKS).max(size);
            let left = self.tidy(self.bound.saturating_sub(step));
            state.until_look = self.bound.saturating_sub(left).min(step).max(size);
        }
        state.until_look -= size;
        true
    }

    /// Removes what was not used for longest until at most `most` bytes are left; returns how many are.
    fn tidy(&self, most: u64) -> u64 {
        let mut blocks = kept(&self.folder);
        let mut total: u64 = blocks.iter().map(|block| block.size).sum();
        if total <= most {
            return total;
        }
        blocks.sort_by_key(|block| block.used);
        for block in blocks {
            if total <= most {
                break;
            }
            if fs::remove_file(&block.path).is_ok() {
                total -= block.size;
            }
            // Refused as long as anything is in it.
            if let Some(folder) = block.path.parent() {
                let _ = fs::remove_dir(folder);
            }
        }
        total
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Finds all blocks; what is removed meanwhile is not there.
fn kept(folder: &Path) -> Vec<KeptBlock> {
    let mut all = Vec::new();
    for contents in fs::read_dir(folder).into_iter().flatten().flatten() {
        for entry in fs::read_dir(contents.path()).into_iter().flatten().flatten() {
            if let Ok(metadata) = entry.metadata()
                && metadata.is_file()
            {
                all.push(KeptBlock {
                    used: metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH),
                    size: metadata.len(),
                    path: entry.path(),
                });
            }
        }
    }
    all
}
