//! [`Checked`]: what came of running a notebook again.

use std::path::PathBuf;
use std::time::Duration;

use super::outcome::Status;
use crate::record::{CellComparison, Comparison, Record, Run, Saved, Verdict};
use crate::session::Session;
use crate::source::CellError;

/// A notebook that was run again, and how its results compare.
pub struct Checked {
    /// The notebook's file.
    pub file: PathBuf,
    /// The session in which it ran.
    pub session: Session,
    /// When its cells ran, and how they ended.
    pub run: Run,
    /// The record there was.
    pub recorded: Record,
    /// The record of this run.
    pub now: Record,
    /// How the two compare.
    pub comparison: Comparison,
    /// The result of writing the results to the record, where they were accepted.
    pub accepted: Option<Saved>,
}

impl Checked {
    /// Returns how long it took.
    pub fn time(&self) -> Duration {
        self.run
            .ended
            .duration_since(self.run.started)
            .unwrap_or_default()
    }

    /// Returns what the comparison came to.
    pub fn verdict(&self) -> Status {
        let mut cells = self.comparison.cells.iter();
        match self.comparison.first_failed().map(|cell| cell.verdict) {
            Some(Verdict::Interrupted) => Status::Interrupted,
            Some(_) => Status::Failed,
            None if cells.any(CellComparison::has_drifted) => Status::Drifted,
            None => Status::Ok,
        }
    }

    /// Returns what the whole job came to: with results that were accepted, all is well.
    pub fn status(&self) -> Status {
        match self.verdict() {
            Status::Drifted if self.accepted.is_some() => Status::Ok,
            status => status,
        }
    }

    /// Returns why a cell failed, where one did.
    pub fn failure(&self) -> Option<&CellError> {
        self.run.cells.values().find_map(|ended| ended.error.as_ref())
    }
}
