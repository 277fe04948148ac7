//! [`Asked`]: a run that a trigger asks for.

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::creating::{NewRun, Terms, insert, is_taken};
use super::engine::Dialogue;
use super::runs::{Runs, changed};
use super::states::finish;
use super::trouble::Trouble;
use crate::pipeline::{RunStatus, TriggerFacts};
use crate::schedule::error::ScheduleError;
use crate::schedule::run::{Origin, RunId};

/// A run that a trigger asks for.
#[derive(Debug, Clone)]
pub(in crate::schedule) struct Asked {
    /// The pipeline.
    pub(in crate::schedule) pipeline: String,
    /// The trigger itself, or a person for it.
    pub(in crate::schedule) origin: Origin,
    /// What the run knows of the trigger.
    pub(in crate::schedule) facts: TriggerFacts,
    /// The values of its parameters; or why there are none, with which it fails at once.
    pub(in crate::schedule) parameters: Result<Value, String>,
    /// What no two runs have: the trigger and its time.
    pub(in crate::schedule) occasion: Option<String>,
    /// The runs that were asked for together, and how many of them run at a time.
    pub(in crate::schedule) batch: Option<(String, u32)>,
}

impl Runs {
    /// Makes a run that waits, unless there is one of its occasion.
    pub(in crate::schedule) fn ask(
        &self,
        asked: &Asked,
        now: DateTime<Utc>,
    ) -> Result<Option<RunId>, ScheduleError> {
        self.write(|transaction| ask(transaction, asked, now))
    }
}

/// The process that begins a run, and the version that it runs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Taker<'a> {
    pub(super) owner: &'a str,
    pub(super) version: Option<u32>,
}

/// Makes the run, unless there is one of its occasion; it waits.
pub(super) fn ask(
    session: &Dialogue<'_>,
    asked: &Asked,
    now: DateTime<Utc>,
) -> Result<Option<RunId>, Trouble> {
    make(session, asked, None, now)
}

/// Makes the run, unless there is one of its occasion; it is `taker`'s, or waits.
pub(super) fn make(
    session: &Dialogue<'_>,
    asked: &Asked,
    taker: Option<Taker<'_>>,
    now: DateTime<Utc>,
) -> Result<Option<RunId>, Trouble> {
    if let Some(occasion) = &asked.occasion
        && is_taken(session, occasion)?
    {
        return Ok(None);
    }
    let run = NewRun {
        pipeline: &asked.pipeline,
        version: taker.and_then(|taker| taker.version),
        origin: asked.origin,
        trigger: asked.facts.clone(),
        parameters: asked.parameters.clone().unwrap_or(Value::Null),
        parent: None,
        owner: None,
    };
    let terms = Terms {
        occasion: asked.occasion.as_deref(),
        batch: asked.batch.as_ref().map(|(name, limit)| (name.as_str(), *limit)),
        rerun_of: None,
        taken_by: taker.map(|taker| taker.owner),
    };
    let id = insert(session, &run, &terms, now)?;
    if let Err(error) = &asked.parameters {
        finish(session, &id.0, RunStatus::Failed, Some(error), now)?;
        changed(session, &id.0)?;
    }
    Ok(Some(id))
}
