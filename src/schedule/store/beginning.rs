//! Beginning runs: those that schedules ask for at this moment, and those that have waited, all in one transaction.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::asked::{Asked, Taker, make};
use super::runs::{Runs, stored, time};
use super::states::take;
use super::triggers::{TriggerName, reach};
use crate::pipeline::RunStatus;
use crate::schedule::error::ScheduleError;
use crate::schedule::owner::Owner;
use crate::schedule::run::{RunId, RunRow};

/// What a trigger asks for, and how far it is then.
#[derive(Debug, Clone)]
pub(in crate::schedule) struct Advance {
    /// Which.
    pub(in crate::schedule) trigger: TriggerName,
    /// No time up to this one is looked at again; none where that stays as it is.
    pub(in crate::schedule) through: Option<DateTime<Utc>>,
    /// The runs that it asks for.
    pub(in crate::schedule) asked: Vec<DueRun>,
}

/// A run that a trigger asks for.
#[derive(Debug, Clone)]
pub(in crate::schedule) struct DueRun {
    /// The run.
    pub(in crate::schedule) asked: Asked,
    /// Whether it begins at once; otherwise it waits.
    pub(in crate::schedule) begins: bool,
}

/// What was begun, and what was made to wait.
#[derive(Debug, Default)]
pub(in crate::schedule) struct Begun {
    /// The runs that were made and begin at once, each as the store has it.
    pub(in crate::schedule) made: Vec<RunRow>,
    /// The runs that were made and wait, or have failed already.
    pub(in crate::schedule) queued: Vec<RunId>,
    /// Those that have waited and begin now: others have been cancelled, or begun, meanwhile.
    pub(in crate::schedule) claimed: BTreeSet<RunId>,
}

impl Runs {
    /// Makes the runs that triggers ask for, those apart that are there already, and notes how far each is; takes those that begin
    /// at once, and some that have waited, for this process: all or nothing.
    ///
    /// It outlasts this process when this returns, and a loss of power when the first attempt of one of the runs does: before that
    /// nothing is done outside, and what is due is due once more. `version` is what runs that are made run.
    pub(in crate::schedule) fn begin(
        &self,
        steps: &[Advance],
        waiting: &[(&RunId, Option<u32>)],
        (owner, version): (&Owner, Option<u32>),
        now: DateTime<Utc>,
    ) -> Result<Begun, ScheduleError> {
        if steps.is_empty() && waiting.is_empty() {
            return Ok(Begun::default());
        }
        let taker = Taker {
            owner: owner.name(),
            version,
        };
        self.write_first(false, |transaction| {
            let mut begun = Begun::default();
            // As it is stored: without what is less than a millisecond.
            let queued_at = time(stored(now))?;
            for (run, version) in waiting {
                if take(transaction, run, owner, *version)? {
                    begun.claimed.insert((*run).clone());
                }
            }
            for step in steps {
                for wanted in &step.asked {
                    let taker = (wanted.begins && wanted.asked.parameters.is_ok()).then_some(taker);
                    match (make(transaction, &wanted.asked, taker, now)?, taker) {
                        (Some(id), Some(_)) => begun.made.push(row(id, &wanted.asked, version, queued_at)),
                        (Some(id), None) => begun.queued.push(id),
                        (None, _) => {}
                    }
                }
                if let Some(through) = step.through {
                    reach(transaction, &step.trigger, through)?;
                }
            }
            Ok(begun)
        })
    }
}

/// Returns a run that was just made.
fn row(id: RunId, asked: &Asked, version: Option<u32>, queued_at: DateTime<Utc>) -> RunRow {
    RunRow {
        id,
        pipeline: asked.pipeline.clone(),
        version,
        origin: asked.origin,
        trigger: asked.facts.clone(),
        parameters: asked.parameters.clone().unwrap_or_default(),
        status: RunStatus::Queued,
        queued_at,
        started_at: None,
        ended_at: None,
        error: None,
        rerun_of: None,
        parent: None,
        continued: 0,
        is_cancel_asked: false,
    }
}
