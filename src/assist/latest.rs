//! [`Latest`]: the latest snapshot of a session, for those who ask while its cells run.

use std::sync::{Arc, Mutex, PoisonError};

use crate::session::Snapshot;

/// The latest snapshot of a session, and the cell that is being written.
///
/// Who runs the cells sets it; others ask, and wait for no run.
#[derive(Clone)]
pub struct Latest(Arc<Mutex<(Arc<Snapshot>, usize)>>);

impl Latest {
    /// Starts with `snapshot`; the cell at position `cell`, from 0, is being written.
    pub fn new(snapshot: Snapshot, cell: usize) -> Self {
        Self(Arc::new(Mutex::new((Arc::new(snapshot), cell))))
    }

    /// Sets the snapshot, and which cell is being written.
    pub fn set(&self, snapshot: Snapshot, cell: usize) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = (Arc::new(snapshot), cell);
    }

    /// Returns the snapshot, and which cell is being written.
    pub fn get(&self) -> (Arc<Snapshot>, usize) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
