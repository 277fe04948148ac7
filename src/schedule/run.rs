//! [`RunRow`] and what is kept with it: a run, its activities, their attempts.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::pipeline::{ActivityStatus, RunStatus, TriggerFacts};

/// What a run is known by: its time and some letters of chance, `20261130-020000-k3f9`, so that ids sort as runs began.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RunId(pub String);

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Who or what started a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Origin {
    /// A person, by hand.
    Manual,
    /// A trigger.
    Trigger,
    /// A person, for times that have passed.
    Backfill,
    /// A person or a policy, again.
    Rerun,
    /// Another run, of whose activities it is one.
    Parent,
    /// A person, to see what would happen.
    Debug,
}

impl Origin {
    /// Every origin.
    pub const ALL: [Self; 6] = [
        Self::Manual,
        Self::Trigger,
        Self::Backfill,
        Self::Rerun,
        Self::Parent,
        Self::Debug,
    ];

    /// Returns its name, as it is written and stored.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Manual => "Manual",
            Self::Trigger => "Trigger",
            Self::Backfill => "Backfill",
            Self::Rerun => "Rerun",
            Self::Parent => "Parent",
            Self::Debug => "Debug",
        }
    }

    /// Returns the origin of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|origin| origin.name() == name)
    }
}

/// A run of a pipeline.
#[derive(Debug, Clone, PartialEq)]
pub struct RunRow {
    /// Its id.
    pub id: RunId,
    /// The pipeline.
    pub pipeline: String,
    /// The published version that ran; none for a draft.
    pub version: Option<u32>,
    /// Who started it.
    pub origin: Origin,
    /// What it knows of its trigger.
    pub trigger: TriggerFacts,
    /// The values of its parameters.
    pub parameters: Value,
    /// How far it has come.
    pub status: RunStatus,
    /// When it was asked for.
    pub queued_at: DateTime<Utc>,
    /// When it began.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
    /// Why it failed.
    pub error: Option<String>,
    /// The run that it repeats.
    pub rerun_of: Option<RunId>,
    /// The run that it is a part of.
    pub parent: Option<RunId>,
    /// How often it went on after the process that ran it had ended in the middle of it.
    pub continued: u32,
    /// Whether someone has asked for it to be stopped.
    pub is_cancel_asked: bool,
}

/// An activity of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct ActivityRow {
    /// Its path in the run: `score`, `each[3]/copy`.
    pub path: String,
    /// What it is: `Notebook`.
    pub kind: String,
    /// How far it has come.
    pub status: ActivityStatus,
    /// How many attempts there were.
    pub attempts: u32,
    /// When its first attempt began.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
    /// What its last attempt was given.
    pub input: Value,
    /// What it gave.
    pub output: Value,
    /// Why it failed or was skipped.
    pub error: Option<String>,
    /// How far it has come, of how many: rows or steps.
    pub progress: Option<(u64, Option<u64>)>,
    /// Whether an executed notebook is kept of its last attempt.
    pub has_notebook: bool,
}

/// An attempt of an activity.
#[derive(Debug, Clone, PartialEq)]
pub struct AttemptRow {
    /// Which, counted from 1.
    pub attempt: u32,
    /// How far it has come.
    pub status: ActivityStatus,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
    /// What it was given.
    pub input: Value,
    /// What it gave.
    pub output: Value,
    /// Why it failed.
    pub error: Option<String>,
    /// Whether an executed notebook is kept.
    pub has_notebook: bool,
}

/// A notebook as it ran in an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotebookRow {
    /// Its file, as the definition names it.
    pub file: String,
    /// Its text.
    pub source: String,
    /// The text of the record of what it did.
    pub record: String,
}

/// Which runs are asked for; the newest come first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunFilter {
    /// Of these statuses; all where none are named.
    pub statuses: Vec<RunStatus>,
    /// Of this pipeline.
    pub pipeline: Option<String>,
    /// Of this trigger.
    pub trigger: Option<String>,
    /// Asked for at or after this time.
    pub since: Option<DateTime<Utc>>,
    /// Asked for before this time.
    pub until: Option<DateTime<Utc>>,
    /// Only runs older than this one: the next page.
    pub before: Option<RunId>,
    /// At most so many.
    pub limit: Option<u32>,
}
