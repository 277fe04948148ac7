//! Making runs: new ones, and those that repeat others.

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::carried::carry;
use super::engine::Dialogue;
use super::id;
use super::runs::{Runs, next_change, status_of, stored, unreadable};
use super::trouble::Trouble;
use super::value::values;
use crate::pipeline::{RunStatus, TriggerFacts};
use crate::schedule::error::ScheduleError;
use crate::schedule::owner::Owner;
use crate::schedule::run::{Origin, RunId};

/// A run that is asked for.
#[derive(Debug, Clone)]
pub struct NewRun<'a> {
    /// The pipeline.
    pub pipeline: &'a str,
    /// The published version that runs; where there is none, it is decided when the run begins.
    pub version: Option<u32>,
    /// Who asks for it.
    pub origin: Origin,
    /// What it knows of its trigger.
    pub trigger: TriggerFacts,
    /// The values of its parameters.
    pub parameters: Value,
    /// The run that it is a part of.
    pub parent: Option<&'a RunId>,
    /// The process that runs it; where there is none, it waits for the scheduler.
    pub owner: Option<&'a Owner>,
}

/// Where a run begins that repeats another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RerunFrom<'a> {
    /// At its start.
    Start,
    /// With what did not end well; the rest is taken as it was.
    Failed,
    /// With this activity and what comes after it; the rest is taken as it was, where it ended well.
    Activity(&'a str),
}

/// What a run has beside what a person asks for.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Terms<'a> {
    /// What no two runs have.
    pub(super) occasion: Option<&'a str>,
    /// The runs that were asked for together, and how many of them run at a time.
    pub(super) batch: Option<(&'a str, u32)>,
    /// The run that it repeats.
    pub(super) rerun_of: Option<&'a str>,
    /// The scheduler's process, where it begins the run as it makes it.
    pub(super) taken_by: Option<&'a str>,
}

impl Runs {
    /// Makes a run, which waits.
    ///
    /// # Errors
    ///
    /// The store cannot be written.
    pub fn create(&self, run: &NewRun<'_>, now: DateTime<Utc>) -> Result<RunId, ScheduleError> {
        self.write(|transaction| insert(transaction, run, &Terms::default(), now))
    }

    /// Makes a run that repeats one which has ended, with its parameters and its trigger's facts.
    ///
    /// What it takes as done is copied from that one: its values are there also when that one is removed.
    ///
    /// # Errors
    ///
    /// There is no such run, it has not ended, it has no such activity, or the store cannot be written.
    pub fn rerun(&self, of: &RunId, from: RerunFrom<'_>, now: DateTime<Utc>) -> Result<RunId, ScheduleError> {
        let old = self.run(of)?.ok_or_else(|| ScheduleError::UnknownRun {
            id: of.0.clone(),
            near: None,
        })?;
        if !old.status.is_final() {
            return Err(ScheduleError::NotEnded {
                id: of.clone(),
                status: old.status.name(),
            });
        }
        if old.origin == Origin::Debug {
            return Err(ScheduleError::Debugged { id: of.clone() });
        }
        let activity = match from {
            RerunFrom::Activity(name) => Some(self.top(of, name)?),
            RerunFrom::Start | RerunFrom::Failed => None,
        };
        let new = NewRun {
            pipeline: &old.pipeline,
            version: None,
            origin: Origin::Rerun,
            trigger: old.trigger,
            parameters: old.parameters,
            parent: old.parent.as_ref(),
            owner: None,
        };
        let terms = Terms {
            rerun_of: Some(&of.0),
            ..Terms::default()
        };
        self.write(|transaction| {
            let id = insert(transaction, &new, &terms, now)?;
            if from != RerunFrom::Start {
                take_over(transaction, &of.0, &id.0, activity.as_deref())?;
                carry(transaction, &of.0, &id.0, activity.as_deref())?;
            }
            // The window that it is for ends well when this run does; it is not tried again beside it.
            transaction.execute(
                "UPDATE windows SET run = ?4, status = CASE WHEN status = 'Succeeded' THEN status ELSE 'Queued' END \
                 WHERE pipeline = ?1 AND name = ?2 AND begins = ?3",
                values![
                    new.pipeline,
                    new.trigger.name,
                    new.trigger.window_start.map(stored),
                    id.0,
                ],
            )?;
            Ok(id)
        })
    }

    /// Returns the activity of a run that has this name and is within no other.
    fn top(&self, run: &RunId, name: &str) -> Result<String, ScheduleError> {
        let activities = self.activities(run)?;
        let names: Vec<&str> = activities.iter().map(|one| one.path.as_str()).collect();
        if names.contains(&name) && !name.contains('/') {
            return Ok(name.to_owned());
        }
        let top = names.into_iter().filter(|path| !path.contains('/'));
        Err(ScheduleError::UnknownActivity {
            run: run.clone(),
            path: name.to_owned(),
            near: crate::error::nearest(name, top).map(str::to_owned),
        })
    }
}

/// Copies what ended well in one run, as done, into another, but for an activity with all that is within it.
///
/// What comes after that one is done again as well: the run takes nothing as done whose ground it does not take.
fn take_over(session: &Dialogue<'_>, from: &str, to: &str, but: Option<&str>) -> Result<(), Trouble> {
    session.execute(
        "INSERT INTO activities SELECT CAST(?2 AS TEXT), path, place, kind, status, 0, started_at, ended_at, input, output, NULL, \
             done, total FROM activities WHERE run = ?1 AND status = 'Succeeded' AND NOT coalesce(path = ?3 OR \
             substr(path, 1, length(?3)) = ?3 AND substr(path, length(?3) + 1, 1) IN ('/', '[', ':'), FALSE)",
        values![from, to, but],
    )?;
    Ok(())
}

/// Writes a run down.
pub(super) fn insert(
    session: &Dialogue<'_>,
    run: &NewRun<'_>,
    terms: &Terms<'_>,
    now: DateTime<Utc>,
) -> Result<RunId, Trouble> {
    let id = id::next(session, now)?;
    let text = |value: serde_json::Result<String>| value.map_err(|error| unreadable(error.to_string()));
    let continues = run.owner.is_none();
    session.execute(
        "INSERT INTO runs (id, pipeline, version, origin, trigger_name, trigger, parameters, status, queued_at, \
             parent, rerun_of, occasion, batch, batch_limit, owner, continues, changed) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)",
        values![
            id.0,
            run.pipeline,
            run.version,
            run.origin.name(),
            run.trigger.name,
            text(serde_json::to_string(&run.trigger))?,
            text(serde_json::to_string(&run.parameters))?,
            RunStatus::Queued.name(),
            stored(now),
            run.parent.map(|parent| &parent.0),
            terms.rerun_of,
            terms.occasion,
            terms.batch.map(|(name, _)| name),
            terms.batch.map(|(_, limit)| limit),
            run.owner.map(Owner::name).or(terms.taken_by),
            continues,
            next_change(session)?,
        ],
    )?;
    Ok(id)
}

/// Returns whether a run of this occasion is there.
pub(super) fn is_taken(session: &Dialogue<'_>, occasion: &str) -> Result<bool, Trouble> {
    session.one(
        "SELECT EXISTS (SELECT 1 FROM runs WHERE occasion = ?1)",
        values![occasion],
    )
}

/// Returns the status of a run that has to be there.
pub(super) fn status(
    session: &Dialogue<'_>,
    run: &RunId,
) -> Result<Result<RunStatus, ScheduleError>, Trouble> {
    let Some(name) = status_of(session, &run.0)? else {
        return Ok(Err(ScheduleError::UnknownRun {
            id: run.0.clone(),
            near: None,
        }));
    };
    RunStatus::named(&name)
        .map(Ok)
        .ok_or_else(|| unreadable(format!("{name:?} is no status of a run")))
}
