//! [`Asked`]: a run that a trigger asks for.

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::creating::{NewRun, Terms, insert, is_taken};
use super::engine::Dialogue;
use super::runs::changed;
use super::states::finish;
use super::trouble::Trouble;
use crate::pipeline::{RunStatus, TriggerFacts};
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

/// Makes the run, unless there is one of its occasion.
pub(super) fn ask(
    session: &Dialogue<'_>,
    asked: &Asked,
    now: DateTime<Utc>,
) -> Result<Option<RunId>, Trouble> {
    if let Some(occasion) = &asked.occasion
        && is_taken(session, occasion)?
    {
        return Ok(None);
    }
    let run = NewRun {
        pipeline: &asked.pipeline,
        version: None,
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
    };
    let id = insert(session, &run, &terms, now)?;
    if let Err(error) = &asked.parameters {
        finish(session, &id.0, RunStatus::Failed, Some(error), now)?;
        changed(session, &id.0)?;
    }
    Ok(Some(id))
}
