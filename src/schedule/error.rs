//! [`ScheduleError`]: what can go wrong with runs that are kept, triggers and the scheduler.

use std::path::PathBuf;

use super::run::RunId;
use super::store_name::StoreName;
use crate::error::{Kind, Problem};

/// What can go wrong with runs that are kept, triggers and the scheduler.
#[derive(Debug, thiserror::Error)]
pub enum ScheduleError {
    /// The store cannot be opened, read or written.
    #[error("the store of runs {store} cannot be {done}: {reason}")]
    Store {
        /// Which.
        store: StoreName,
        /// What was to be done: `opened`, `read`, `written`.
        done: &'static str,
        /// Why not.
        reason: String,
        /// What to do.
        hint: Option<String>,
    },
    /// The database with the store cannot be reached; what was asked was not done.
    #[error("the store of runs {store} cannot be reached: {reason}")]
    Away {
        /// Which.
        store: StoreName,
        /// Why not.
        reason: String,
        /// What to do.
        hint: Option<String>,
        /// Whether it does not answer, and may later; otherwise it answers, and lets no one in so.
        may_pass: bool,
    },
    /// The database did not answer whether what was written lasts.
    #[error("the store of runs {store} has not answered whether what was written lasts: {reason}")]
    Unanswered {
        /// Which.
        store: StoreName,
        /// What has happened.
        reason: String,
    },
    /// Others have taken this process for dead, and gone on with what it did.
    #[error("this process was not heard of in time, and its runs are others' by now")]
    Deposed,
    /// The store has the runs of another workspace.
    #[error("the store of runs {store} is another workspace's: {place}")]
    OtherWorkspace {
        /// Which.
        store: StoreName,
        /// What that workspace is known by.
        id: String,
        /// Where it is.
        place: String,
        /// The file of this workspace that says what it is known by.
        file: PathBuf,
    },
    /// What the workspace is known by cannot be read or written.
    #[error("cannot keep what this workspace is known by, {path}: {reason}", path = path.display())]
    Identity {
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// A newer Sheaf has written the store.
    #[error("the store of runs {store} has version {found}, and this Sheaf can read versions up to {known}")]
    Newer {
        /// Which.
        store: StoreName,
        /// Its version.
        found: i64,
        /// The latest version that is known here.
        known: i64,
    },
    /// What is there is no store, or its contents are damaged.
    #[error("the store of runs {store} is damaged: {reason}")]
    Damaged {
        /// Which.
        store: StoreName,
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
    #[error("{id:?} matches the ids of {count} runs: {}", shown(.some))]
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
    #[error("the run {id} has already ended: it is {status}")]
    Ended {
        /// The run.
        id: RunId,
        /// How it ended.
        status: &'static str,
    },
    /// A run that another process has begun, or that was cancelled before it began.
    #[error("the run {id} is no longer queued: it is {status}")]
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
    #[error("{text:?} is not a length of time that can be used here: {reason}")]
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
    #[error("this workspace is already served by {holder}")]
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
    #[error("nothing is published, and triggers run only what is")]
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
            Self::Store { hint, .. } | Self::Away { hint, .. } => hint.clone(),
            Self::File { .. } => None,
            Self::Unanswered { .. } => Some("look whether it is there: `sheaf runs` lists the runs".to_owned()),
            Self::Deposed => Some("another process goes on with them; `sheaf runs` lists the runs".to_owned()),
            Self::OtherWorkspace { store, id, file, .. } => Some(format!(
                "name a schema of its own in sheaf.ron, `runs: (store: {connection:?}, schema: \"sheaf_2\")`; where this is the \
                 same workspace, moved or restored, write {id} into {file}",
                connection = match store {
                    StoreName::Database { connection, .. } => connection.as_str(),
                    StoreName::File(_) => "",
                },
                file = file.display()
            )),
            Self::Served { .. } => Some("stop that process first: SIGTERM ends it".to_owned()),
            Self::UnknownTrigger { near: None, .. } => Some("`sheaf trigger list` lists the triggers".to_owned()),
            Self::AmbiguousTrigger { .. } => Some("name its pipeline too: PIPELINE/TRIGGER".to_owned()),
            Self::NothingPublished => Some("`sheaf pipeline publish` publishes the pipelines as they are".to_owned()),
            Self::NoTimeBetween { .. } => Some("give --from the earlier time".to_owned()),
            Self::TooManyRuns { .. } => Some("ask for shorter times, one after the other".to_owned()),
            Self::Newer { .. } => Some("use the newer Sheaf; nothing was changed".to_owned()),
            Self::Damaged {
                store: StoreName::Database { schema, .. },
                ..
            } => Some(format!(
                "nothing was changed; rename the schema {schema:?}, or name another one in sheaf.ron, and a new one is made, \
                 without the runs so far"
            )),
            Self::Damaged {
                store: StoreName::File(path),
                ..
            } => Some(format!(
                "nothing was changed; move {path} away with its -wal and -shm files, and a new one is made, without \
                 the runs so far",
                path = path.display()
            )),
            Self::UnknownTrigger { near: Some(near), .. }
            | Self::UnknownActivity { near: Some(near), .. }
            | Self::Zone { near: Some(near), .. } => Some(format!("did you mean {near:?}?")),
            Self::UnknownRun { near: Some(near), .. } => Some(format!("did you mean {near}?")),
            Self::UnknownRun { near: None, .. } => Some("`sheaf runs` lists the runs".to_owned()),
            Self::AmbiguousRun { .. } => Some("give more of the id".to_owned()),
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
            Self::Zone { near: None, .. } => Some("use a name of the tz database, such as \"Europe/Berlin\"".to_owned()),
            Self::Cron { .. } => Some(
                "its fields are minute, hour, day of month, month, day of week: \"0 2 * * *\" is each night at two"
                    .to_owned(),
            ),
            Self::Length { .. } => Some("write a length such as \"15m\", \"1h\" or \"1day\"".to_owned()),
            Self::Lock { .. } | Self::Identity { .. } => {
                Some("check the permissions of the folder and the space on its disk".to_owned())
            }
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Newer { .. } | Self::Damaged { .. } | Self::OtherWorkspace { .. } => Kind::Unreadable,
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
            | Self::Away { .. }
            | Self::Unanswered { .. }
            | Self::Deposed
            | Self::Identity { .. }
            | Self::File { .. }
            | Self::Served { .. }
            | Self::NotWaiting { .. }
            | Self::Lock { .. } => Kind::Failure,
        }
    }
}
