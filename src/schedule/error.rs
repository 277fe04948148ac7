//! [`ScheduleError`]: what can go wrong with runs that are kept, triggers and the scheduler.

use std::path::PathBuf;

use super::run::RunId;
use crate::error::{Kind, Problem};

/// What can go wrong with runs that are kept, triggers and the scheduler.
#[derive(Debug, thiserror::Error)]
pub enum ScheduleError {
    /// The store's file cannot be opened, read or written.
    #[error("the store of runs {path} cannot be {done}: {reason}", path = path.display())]
    Store {
        /// The file.
        path: PathBuf,
        /// What was to be done: `opened`, `read`, `written`.
        done: &'static str,
        /// Why not.
        reason: String,
    },
    /// A newer Sheaf has written the store.
    #[error(
        "the store of runs {path} has version {found}, and this Sheaf knows versions up to {known}",
        path = path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: i64,
        /// The latest version that is known here.
        known: i64,
    },
    /// The store's file is not one, or its contents are damaged.
    #[error("the store of runs {path} is damaged: {reason}", path = path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// There is no run of this id.
    #[error("there is no run {id:?}")]
    UnknownRun {
        /// What was asked for.
        id: String,
        /// The id most like it.
        near: Option<RunId>,
    },
    /// A shortened id is that of several runs.
    #[error("{id:?} begins or ends the ids of {count} runs: {}", shown(.some))]
    AmbiguousRun {
        /// What was asked for.
        id: String,
        /// How many runs it can be.
        count: usize,
        /// Some of them.
        some: Vec<RunId>,
    },
    /// A run that has not ended, where only one that has can be meant.
    #[error("the run {id} has not ended: it is {status}")]
    NotEnded {
        /// The run.
        id: RunId,
        /// How far it is.
        status: &'static str,
    },
    /// A debug run, of which nothing lasts that could be repeated or gone on with.
    #[error("the run {id} was a debug run: nothing of it was kept")]
    Debugged {
        /// The run.
        id: RunId,
    },
    /// A run that has ended, where only one that has not can be meant.
    #[error("the run {id} has ended already: it is {status}")]
    Ended {
        /// The run.
        id: RunId,
        /// How it ended.
        status: &'static str,
    },
    /// A run that another process has begun, or that was cancelled before it began.
    #[error("the run {id} does not wait any more: it is {status}")]
    NotWaiting {
        /// The run.
        id: RunId,
        /// How far it is.
        status: &'static str,
    },
    /// A run has no such activity.
    #[error("the run {run} has no activity {path:?}")]
    UnknownActivity {
        /// The run.
        run: RunId,
        /// What was asked for.
        path: String,
        /// The activity most like it.
        near: Option<String>,
    },
    /// A text that is no time.
    #[error("{text:?} is not a time")]
    Moment {
        /// The text.
        text: String,
    },
    /// A time zone that there is not.
    #[error("there is no time zone {name:?}")]
    Zone {
        /// Its name.
        name: String,
        /// The zone most like it.
        near: Option<String>,
    },
    /// A line that says no times.
    #[error("{line:?} is not a cron line: {reason}")]
    Cron {
        /// The line.
        line: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A length of time that cannot be meant.
    #[error("{text:?} is no length of time for this: {reason}")]
    Length {
        /// The length.
        text: String,
        /// Why not.
        reason: &'static str,
    },
    /// A file that an event trigger watches cannot be read.
    #[error("cannot read {path}: {reason}")]
    File {
        /// The file.
        path: String,
        /// Why not.
        reason: String,
    },
    /// Another process serves the workspace.
    #[error("this workspace is served already: by {holder}")]
    Served {
        /// Which, in its own words.
        holder: String,
    },
    /// There is no trigger of this name.
    #[error("there is no trigger {name:?}")]
    UnknownTrigger {
        /// What was asked for.
        name: String,
        /// The trigger most like it.
        near: Option<String>,
    },
    /// Several pipelines have a trigger of this name.
    #[error("several pipelines have a trigger {name:?}: {}", .all.join(", "))]
    AmbiguousTrigger {
        /// What was asked for.
        name: String,
        /// All of them, with their pipelines.
        all: Vec<String>,
    },
    /// No version is published, whose triggers could run.
    #[error("nothing is published: triggers run what is")]
    NothingPublished,
    /// Times between which there is nothing.
    #[error("{from} is not before {until}")]
    NoTimeBetween {
        /// The first time.
        from: String,
        /// The last time.
        until: String,
    },
    /// More runs at once than anyone can mean.
    #[error("this asks for more than {most} runs")]
    TooManyRuns {
        /// How many there may be.
        most: usize,
    },
    /// A file that says who runs here cannot be made or locked.
    #[error("cannot keep {path}: {reason}", path = path.display())]
    Lock {
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
}

/// Writes some ids, one after the other.
fn shown(ids: &[RunId]) -> String {
    let ids: Vec<&str> = ids.iter().map(|id| id.0.as_str()).collect();
    ids.join(", ")
}

impl Problem for ScheduleError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Store { .. } | Self::File { .. } => None,
            Self::Served { .. } => Some("stop that one first: it answers to SIGTERM".to_owned()),
            Self::UnknownTrigger { near: None, .. } => Some("`sheaf trigger list` lists the triggers".to_owned()),
            Self::AmbiguousTrigger { .. } => Some("write it with its pipeline: PIPELINE/TRIGGER".to_owned()),
            Self::NothingPublished => Some("`sheaf pipeline publish` publishes the pipelines as they are".to_owned()),
            Self::NoTimeBetween { .. } => Some("give --from the earlier time".to_owned()),
            Self::TooManyRuns { .. } => Some("take a shorter time, one after the other".to_owned()),
            Self::Newer { .. } => Some("use the newer Sheaf; nothing was changed".to_owned()),
            Self::Damaged { path, .. } => Some(format!(
                "nothing was changed; move {path} away with its -wal and -shm files, and a new one is made, without \
                 the runs so far",
                path = path.display()
            )),
            Self::UnknownTrigger { near: Some(near), .. }
            | Self::UnknownActivity { near: Some(near), .. }
            | Self::Zone { near: Some(near), .. } => Some(format!("did you mean {near:?}?")),
            Self::UnknownRun { near: Some(near), .. } => Some(format!("did you mean {near}?")),
            Self::UnknownRun { near: None, .. } => Some("`sheaf runs` lists the runs".to_owned()),
            Self::AmbiguousRun { .. } => Some("write more of the id".to_owned()),
            Self::NotEnded { id, .. } => {
                Some(format!("wait for it, or stop it with `sheaf runs cancel {id}`"))
            }
            Self::Debugged { .. } => Some("`sheaf pipeline run NAME` runs it for real".to_owned()),
            Self::Ended { id, .. } => Some(format!("`sheaf runs rerun {id}` runs it again")),
            Self::NotWaiting { id, .. } => Some(format!("`sheaf runs show {id}` shows how far it is")),
            Self::UnknownActivity { run, near: None, .. } => {
                Some(format!("`sheaf runs show {run}` lists its activities"))
            }
            Self::Moment { .. } => {
                Some("write 2026-01-31, 2026-01-31T02:00:00, or 2026-01-31T02:00:00+01:00".to_owned())
            }
            Self::Zone { near: None, .. } => Some("write one of the tz database, such as \"Europe/Berlin\"".to_owned()),
            Self::Cron { .. } => Some(
                "its fields are minute, hour, day of month, month, day of week: \"0 2 * * *\" is each night at two"
                    .to_owned(),
            ),
            Self::Length { .. } => Some("write a length such as \"15m\", \"1h\" or \"1day\"".to_owned()),
            Self::Lock { .. } => {
                Some("look at the permissions of the folder, and at the space on its disk".to_owned())
            }
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Newer { .. } | Self::Damaged { .. } => Kind::Unreadable,
            Self::UnknownRun { .. }
            | Self::AmbiguousRun { .. }
            | Self::UnknownActivity { .. }
            | Self::UnknownTrigger { .. }
            | Self::AmbiguousTrigger { .. }
            | Self::NothingPublished
            | Self::NoTimeBetween { .. }
            | Self::TooManyRuns { .. }
            | Self::Moment { .. }
            | Self::Zone { .. }
            | Self::Cron { .. }
            | Self::Length { .. }
            | Self::NotEnded { .. }
            | Self::Debugged { .. }
            | Self::Ended { .. } => Kind::Usage,
            Self::Store { .. }
            | Self::File { .. }
            | Self::Served { .. }
            | Self::NotWaiting { .. }
            | Self::Lock { .. } => Kind::Failure,
        }
    }
}
