//! [`Checkpoint`]: which cells of a run have ended, so that a run that broke off can be gone on with.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::cache::write_whole;
use crate::digest::Digest;

/// Which cells of a run have ended.
#[derive(Debug)]
pub struct Checkpoint {
    path: PathBuf,
    /// The cells that ended in the run that is gone on with.
    before: Done,
    /// Those that have ended in this one, or need not run again.
    now: Done,
}

/// How far a run came.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Done {
    /// The values that were given for parameters, by name.
    parameters: BTreeMap<String, String>,
    /// The keys of the cells that ended, by position from 0.
    cells: BTreeMap<usize, Digest>,
}

impl Checkpoint {
    /// Starts a run anew, and keeps what ends in the file `path`.
    pub fn start(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            before: Done::default(),
            now: Done::default(),
        }
    }

    /// Goes on with the run whose checkpoint is in the file `path`; `None` when there is none.
    pub fn resume(path: impl Into<PathBuf>) -> Option<Self> {
        let path = path.into();
        let text = std::fs::read_to_string(&path).ok()?;
        Some(Self {
            before: ron::from_str(&text).ok()?,
            now: Done::default(),
            path,
        })
    }

    /// Returns how many cells had ended in the run that is gone on with.
    pub fn cells_before(&self) -> usize {
        self.before.cells.len()
    }

    /// Returns the values that parameters were given in the run that is gone on with.
    pub fn parameters_before(&self) -> &BTreeMap<String, String> {
        &self.before.parameters
    }

    /// Notes the values that are given for parameters now.
    pub(super) fn note_parameters(&mut self, parameters: BTreeMap<String, String>) {
        self.now.parameters = parameters;
    }

    /// Tells whether the cell at `position` had ended, with the same source and inputs.
    pub(super) fn has_ended(&self, position: usize, key: &Digest) -> bool {
        self.before.cells.get(&position) == Some(key)
    }

    /// Notes that the cell at `position` has ended.
    pub(super) fn note(&mut self, position: usize, key: Digest) {
        self.now.cells.insert(position, key);
        // What cannot be noted is run again.
        let _ = self.write();
    }

    /// Forgets that the cell at `position` has ended, because one above it has failed.
    pub(super) fn forget(&mut self, position: usize) {
        if self.now.cells.remove(&position).is_some() {
            // It is pure, and known to the cache.
            let _ = self.write();
        }
    }

    fn write(&self) -> Option<()> {
        let text = ron::to_string(&self.now).ok()?;
        write_whole(&self.path, text.as_bytes()).then_some(())
    }

    /// Forgets the run: nothing is left to be done.
    pub fn finish(self) {
        let _ = std::fs::remove_file(&self.path);
    }
}
