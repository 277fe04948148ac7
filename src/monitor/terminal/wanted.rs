//! What a place of the board asks the store for, what it asks for to be done, and what it is told.

use crate::notebook::Notebook;
use crate::pipeline::{ActivityStatus, RunStatus};
use crate::record::Record;
use crate::schedule::{ActivityRow, AttemptRow, RunFilter, RunId, RunRow, TriggerName};

use crate::monitor::view::TriggerState;

/// What a place shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wanted {
    /// Runs.
    Runs(RunQuery),
    /// A run with its activities.
    Run(RunId),
    /// An activity with its attempts.
    Activity { run: RunId, path: String },
    /// The notebook that ran in an attempt.
    Notebook { run: RunId, path: String, attempt: u32 },
    /// The triggers.
    Triggers,
}

/// Which runs are listed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct RunQuery {
    /// What the store chooses by.
    pub(super) filter: RunFilter,
    /// What is in a run's line, in any case; all where it is empty.
    pub(super) text: String,
}

/// What the store has of what a place shows.
#[derive(Debug)]
#[allow(clippy::large_enum_variant, reason = "there are few at a time")]
pub(super) enum Seen {
    Runs {
        rows: Vec<RunRow>,
        /// How many there are in all, but for the text.
        count: u64,
    },
    Run {
        run: RunRow,
        rows: Vec<ActivityRow>,
        /// The attempts of those activities that have several.
        attempts: Vec<(String, Vec<AttemptRow>)>,
    },
    Activity {
        run: RunRow,
        row: ActivityRow,
        attempts: Vec<AttemptRow>,
    },
    Notebook(Executed),
    Triggers(Vec<TriggerState>),
}

/// A notebook as it ran.
#[derive(Debug)]
pub(super) struct Executed {
    /// Its file, as the definition names it.
    pub(super) file: String,
    pub(super) notebook: Notebook,
    /// What it did, or why that is not known.
    pub(super) record: Result<Record, String>,
    /// How the attempt has come out.
    pub(super) status: ActivityStatus,
    /// How many attempts there were.
    pub(super) attempts: u32,
}

/// With what a run begins again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Again {
    /// With everything.
    Start,
    /// With what did not end well.
    Failed,
    /// With an activity and what comes after it.
    Activity(String),
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Errand {
    Rerun {
        run: RunId,
        from: Again,
    },
    Cancel(RunId),
    SetStarted {
        trigger: TriggerName,
        is_started: bool,
    },
    /// To tell the names of the pipelines.
    Names,
}

/// What the board is told.
#[derive(Debug)]
pub struct Told(pub(super) News);

#[derive(Debug)]
#[allow(clippy::large_enum_variant, reason = "there are few at a time")]
pub(super) enum News {
    /// What the store has of what is shown, or why it has nothing.
    Seen { of: Wanted, seen: Result<Seen, String> },
    /// The names of the pipelines.
    Names(Vec<String>),
    /// A run began that repeats another.
    Began { of: RunId, run: RunId },
    /// Something was done.
    Done(String),
    /// Something could not be done.
    Failed(String),
}

/// Returns whether a run has what is asked for by text: in its id, pipeline, status, trigger or error.
pub(super) fn matches(run: &RunRow, lower: &str) -> bool {
    let has = |text: &str| text.to_lowercase().contains(lower);
    let of = |status: RunStatus| has(status.name());
    lower.is_empty()
        || has(&run.pipeline)
        || has(&run.id.0)
        || of(run.status)
        || run.trigger.name.as_deref().is_some_and(has)
        || run.error.as_deref().is_some_and(has)
}
