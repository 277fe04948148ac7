//! [`Trigger`]: when a pipeline runs by itself.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::pipeline::span::Span;

/// When a pipeline runs by itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Trigger {
    /// At the times that a cron line names.
    Schedule(Schedule),
    /// Once for each window of time, which follow each other without gap.
    Window(Window),
    /// When files come or change.
    Event(Event),
}

/// At the times that a cron line names.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// Five fields, or six with seconds first: `0 2 * * *`.
    pub cron: String,
    /// The time zone of its hours: `Europe/Berlin`; UTC where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// No time before this one counts: `2026-01-01`, `2026-01-01T02:00:00`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<String>,
    /// No time after this one counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<String>,
    /// What happens to times that passed while nothing ran.
    #[serde(default)]
    pub catch_up: CatchUp,
    /// Values of the pipeline's parameters; expressions have `trigger`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, Value>,
}

/// Once for each window of time, which follow each other without gap.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// How long a window is: `1h`, `1day` (24 hours).
    pub size: Span,
    /// When the first window begins; UTC unless it says its offset.
    pub start: String,
    /// When the last window has ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<String>,
    /// How long after a window's end its run begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delay: Option<Span>,
    /// How many windows may run at a time; 1 where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_concurrency: Option<u32>,
    /// How many further runs there are for a window whose run fails.
    #[serde(default)]
    pub retry: u32,
    /// How long to wait before such a run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_interval: Option<Span>,
    /// The windows that have to have ended well before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub depends_on: Vec<Dependency>,
    /// What happens to windows that passed while nothing ran; all of them run where nothing is said, so that none is missed.
    #[serde(default = "all")]
    pub catch_up: CatchUp,
    /// Values of the pipeline's parameters; expressions have `trigger`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, Value>,
}

/// Windows of a trigger that have to have ended well before those of another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dependency {
    /// The trigger; the window's own for the windows before.
    pub trigger: String,
    /// How far before this window the other begins: `1day` for yesterday's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Span>,
}

/// When files come or change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// Which: `/mnt/data/new/*.csv`.
    pub path: String,
    /// What has to happen to them.
    #[serde(default = "appears")]
    pub on: Vec<Change>,
    /// How often to look; every 30 seconds where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every: Option<Span>,
    /// Values of the pipeline's parameters; expressions have `trigger`, with `trigger.files`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, Value>,
}

/// What happens to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Change {
    /// It is there, and was not.
    Appears,
    /// It has other contents.
    Changes,
}

fn all() -> CatchUp {
    CatchUp::All
}

fn appears() -> Vec<Change> {
    vec![Change::Appears]
}

/// What happens to times that passed while nothing ran.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum CatchUp {
    /// Each is run, the oldest first.
    All,
    /// The latest is run.
    #[default]
    Latest,
    /// None is run.
    None,
}
