//! [`Engine`]: what runs the activities of one run, and the words in which its parts speak of them.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use serde_json::{Map, Value};

use super::permits::Permits;
use super::prior::{Ground, Prior};
use crate::pipeline::activity::ActivityError;
use crate::pipeline::definition::{Action, Activity, Dataset, Pipeline};
use crate::pipeline::expression::Scope;
use crate::pipeline::journal::Admission;
use crate::pipeline::scribe::Scribe;
use crate::pipeline::status::ActivityStatus;
use crate::work::Interrupt;

/// What runs the activities of one run: lists of them (`level.rs`), the attempts of each (`attempts.rs`), and those that have
/// others within (`control.rs`).
pub(super) struct Engine<'a> {
    pub(super) worker: &'a dyn Worker,
    pub(super) scribe: &'a Scribe<'a>,
    pub(super) prior: &'a Prior,
    pub(super) permits: Permits,
    /// The number of the last attempt of each activity.
    attempts: Mutex<BTreeMap<String, u32>>,
}

/// Does what activities do that have no others within, and knows other pipelines.
pub(super) trait Worker: Sync {
    /// Does it, once.
    fn perform(&self, task: &Task<'_>) -> Result<Value, ActivityError>;

    /// Returns another pipeline.
    fn pipeline(&self, name: &str) -> Result<&Pipeline, ActivityError>;

    /// Asks whether an activity may run another pipeline now, of which only `most` may run at a time.
    fn enter(&self, path: &str, pipeline: &str, most: u32) -> Result<Admission, ActivityError>;

    /// Says that it does not run it any more.
    fn leave(&self, path: &str);
}

/// Runs lists of activities: what those that have others within are given.
pub(super) trait Lists: Sync {
    /// Runs activities until none of them goes on.
    fn run(&self, activities: &[Activity], setting: &Setting<'_>) -> Ending;
}

/// One attempt of an activity.
pub(super) struct Task<'a> {
    pub(super) action: &'a Action,
    pub(super) datasets: &'a BTreeMap<String, Dataset>,
    pub(super) scope: &'a Scope,
    pub(super) interrupt: &'a Interrupt,
    pub(super) path: &'a str,
    pub(super) attempt: u32,
    /// What names its loads, where it goes on with an attempt of an earlier run.
    pub(super) load: Option<&'a str>,
    /// Whether what it is given, or gives, is kept out of the store of runs.
    pub(super) is_secure: bool,
}

/// What is around a list of activities.
#[derive(Clone)]
pub(super) struct Setting<'a> {
    /// What the paths of its activities begin with: empty, or `each[3]/`.
    pub(super) prefix: String,
    /// What these paths began with before: items may have had other places.
    pub(super) before: String,
    /// What expressions know before any of them has run.
    pub(super) scope: Scope,
    pub(super) datasets: &'a BTreeMap<String, Dataset>,
    pub(super) interrupt: Interrupt,
    /// What of that which was done before may be taken as done.
    pub(super) ground: Ground,
    /// The pipelines that run each other down to here, outermost first.
    pub(super) pipelines: Vec<String>,
}

/// How an activity ended.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct End {
    pub(super) status: ActivityStatus,
    pub(super) output: Output,
    /// Why it failed, as a person reads it.
    pub(super) error: Option<String>,
    /// On what those stand that come after it.
    pub(super) ground: Ground,
}

/// What an activity gave.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Output {
    /// For expressions; `None` where there is none. What was kept out of the store of runs is concealed in it.
    pub(super) value: Option<Value>,
    /// For the store of runs.
    pub(super) shown: Value,
}

/// How a list of activities ended.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Ending {
    pub(super) verdict: Verdict,
    /// What its activities gave, by name.
    pub(super) outputs: BTreeMap<String, Output>,
    /// What expressions know of its activities.
    pub(super) known: BTreeMap<String, Value>,
}

/// How a list of activities ended, in a word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Each failure in it was handled.
    Succeeded,
    /// It failed, for this reason.
    Failed(String),
    /// It was stopped.
    Cancelled,
}

impl<'a> Engine<'a> {
    /// Creates what runs the activities of a run.
    pub(super) fn new(
        worker: &'a dyn Worker,
        scribe: &'a Scribe<'a>,
        prior: &'a Prior,
        permits: Permits,
    ) -> Self {
        Self {
            worker,
            scribe,
            prior,
            permits,
            attempts: Mutex::default(),
        }
    }

    /// Returns the number of the next attempt of an activity: none has one that another had, also of those before.
    pub(super) fn next_attempt(&self, path: &str) -> u32 {
        let mut attempts = self.attempts.lock().unwrap_or_else(PoisonError::into_inner);
        let last = attempts
            .entry(path.to_owned())
            .or_insert_with(|| self.prior.attempts(path));
        *last += 1;
        *last
    }
}

impl Output {
    /// Takes an output that is no secret.
    pub(super) fn open(value: Value) -> Self {
        Self {
            value: Some(value.clone()),
            shown: value,
        }
    }

    /// Puts outputs into one, field by field.
    pub(super) fn of_fields(fields: impl IntoIterator<Item = (String, Self)>) -> Self {
        let (mut values, mut shown) = (Map::new(), Map::new());
        for (name, output) in fields {
            if let Some(value) = output.value {
                values.insert(name.clone(), value);
            }
            shown.insert(name, output.shown);
        }
        Self {
            value: Some(Value::Object(values)),
            shown: Value::Object(shown),
        }
    }

    /// Adds a field to an output that has some.
    pub(super) fn with(mut self, name: &str, field: Value) -> Self {
        for output in self.value.iter_mut().chain([&mut self.shown]) {
            if let Value::Object(fields) = output {
                fields.insert(name.to_owned(), field.clone());
            }
        }
        self
    }

    /// Puts outputs into one list.
    pub(super) fn of_items(items: impl IntoIterator<Item = Self>) -> Self {
        let items = items
            .into_iter()
            .map(|item| (item.value.unwrap_or_default(), item.shown));
        let (values, shown): (Vec<Value>, Vec<Value>) = items.unzip();
        Self {
            value: Some(Value::Array(values)),
            shown: Value::Array(shown),
        }
    }
}

impl End {
    /// Returns what expressions know of an activity that has ended so.
    pub(super) fn known(&self) -> Value {
        let mut known = Map::new();
        if let Some(output) = &self.output.value {
            known.insert("output".to_owned(), output.clone());
        }
        known.insert("status".to_owned(), Value::from(self.status.name()));
        let error = self.error.as_deref().and_then(|error| error.lines().next());
        known.insert("error".to_owned(), error.map_or(Value::Null, Value::from));
        Value::Object(known)
    }
}
