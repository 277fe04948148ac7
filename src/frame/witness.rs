//! [`Witness`]: what takes note of the rows of a plan while they stream past.
//!
//! A step that looks at values (a model that scores) cannot stop a stream with the right message, for it sees the rows in
//! parts and in any order. It counts, and when the plan has run its witness says what was seen, before the result is used.

use std::sync::{Arc, MutexGuard};

use super::read::Scanned;
use crate::error::Error;

/// What takes note of the rows of a plan while they stream past, and tells when all have.
pub trait Witness: Send + Sync {
    /// Waits until no other run is being watched, and forgets what that one has seen.
    fn begin(&self) -> MutexGuard<'_, ()>;

    /// Forgets what a run has seen that is run once more.
    fn forget(&self);

    /// Returns what a person should know of the rows that the run has seen, or why its result may not be used.
    fn end(&self) -> Result<Vec<String>, Error>;
}

/// What has to be asked around a run of a plan.
#[derive(Default)]
pub(super) struct Watchers {
    /// The files that it reads.
    pub(super) checks: Vec<Arc<dyn Scanned>>,
    /// What looks at its rows.
    pub(super) witnesses: Vec<Arc<dyn Witness>>,
}

impl Watchers {
    /// Takes the files that a plan reads; nothing looks at its rows.
    pub(super) fn of(checks: Vec<Arc<dyn Scanned>>) -> Self {
        Self {
            checks,
            ..Self::default()
        }
    }

    /// Adds those of another input, each once.
    pub(super) fn extend(&mut self, other: Self) {
        self.checks.extend(other.checks);
        for witness in other.witnesses {
            if !self.witnesses.iter().any(|known| Arc::ptr_eq(known, &witness)) {
                self.witnesses.push(witness);
            }
        }
    }
}
