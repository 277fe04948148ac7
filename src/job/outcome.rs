//! [`Outcome`]: what came of a job.

use std::time::{Duration, SystemTime};

use crate::source::CellId;

/// What a job came to; why, its observer has been told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// All went well.
    Ok,
    /// A cell failed, or a notebook could not be run.
    Failed,
    /// Results are not the recorded ones.
    Drifted,
    /// Someone asked for a stop.
    Interrupted,
}

impl Status {
    /// Returns its name, as machines read it: `ok`, `failed`, `drifted` or `interrupted`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Failed => "failed",
            Self::Drifted => "drifted",
            Self::Interrupted => "interrupted",
        }
    }
}

/// The result of a run.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// What it came to.
    pub status: Status,
    /// The cell that failed, or that was interrupted.
    pub failed: Option<CellId>,
    /// How many cells ran, with the one that failed or ended the notebook.
    pub ran: usize,
    /// The cells that were to be run after those.
    pub not_run: Vec<CellId>,
    /// The value that the notebook was ended with, where a cell ended it.
    pub exit: Option<String>,
    /// When it began.
    pub started: SystemTime,
    /// How long it took.
    pub time: Duration,
}
