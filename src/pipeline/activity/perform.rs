//! [`Perform`]: what an activity that has no others within does, and what it needs for that.

use serde_json::Value;

use super::context::PerformContext;
use super::error::ActivityError;
use super::uses::Uses;

/// What an activity does that has no others within: one file for each.
///
/// What happens around it (expressions of the input for the store of runs, attempts, time, the journal) is the run's; an
/// activity only does its work once, and gives its output or says why it failed.
pub trait Perform: Sync {
    /// Returns what it is, as definitions write it: `Notebook`.
    fn kind(&self) -> &'static str;

    /// Returns what it names, to be checked before any run.
    fn uses(&self) -> Uses<'_>;

    /// Does it, once.
    ///
    /// # Errors
    ///
    /// Whatever keeps it from its end; when the interrupt of the context is set, [`ActivityError::Interrupted`].
    fn perform(&self, context: &PerformContext<'_>) -> Result<Value, ActivityError>;

    /// Returns what cannot be undone when a debug run ends; `None` where all of it can be, or nothing is changed.
    fn lasting(&self) -> Option<&'static str> {
        None
    }
}
