//! [`Recent`]: what was last listed of remote folders, for completion alone.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use super::store::Entry;

/// The most folders that are remembered, and the most names of one.
const FOLDERS: usize = 32;
const NAMES: usize = 2_000;

/// Names, and whether each is a folder's.
type Names = Vec<(String, bool)>;

/// The names in remote folders as they were last listed, by the folders' addresses.
#[derive(Debug, Default)]
pub(super) struct Recent(Mutex<VecDeque<(String, Names)>>);

impl Recent {
    /// Remembers what a folder has.
    pub(super) fn note(&self, address: String, entries: &[Entry]) {
        let entries = entries.iter().take(NAMES);
        let names = entries.map(|entry| (entry.name.clone(), entry.is_folder()));
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|(folder, _)| *folder != address);
        known.push_back((address, names.collect()));
        if known.len() > FOLDERS {
            known.pop_front();
        }
    }

    /// Returns the names of what was in a folder, with whether each is a folder.
    pub(super) fn get(&self, address: &str) -> Names {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = known.iter().find(|(folder, _)| folder == address);
        found.map(|(_, names)| names.clone()).unwrap_or_default()
    }
}
