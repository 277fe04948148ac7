//! What a window trigger asks for: windows that have ended, after those that they depend on.

use std::collections::BTreeSet;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};

use super::due::{asked, occasion};
use super::plan::Plan;
use crate::pipeline::definition::{CatchUp, Dependency, Pipeline, Trigger, Window};
use crate::pipeline::{RunStatus, TriggerFacts};
use crate::schedule::error::ScheduleError;
use crate::schedule::run::Origin;
use crate::schedule::store::{Runs, TriggerName, TriggerRow};
use crate::schedule::windows::{Windows, length};

/// How late the run of a window may be and is still on time.
const GRACE: TimeDelta = TimeDelta::minutes(1);
/// How many windows are taken into account at once; the next follow at once.
const MOST: usize = 500;

/// A window trigger, as it is looked at.
pub(super) struct Look<'a> {
    pub(super) runs: &'a Runs,
    pub(super) plan: &'a Plan,
    pub(super) trigger: &'a TriggerName,
    pub(super) pipeline: &'a Pipeline,
    pub(super) window: &'a Window,
    pub(super) now: DateTime<Utc>,
}

/// What is to be known of a look.
#[derive(Debug, Default)]
pub(super) struct Looked {
    /// When there is something to do next.
    pub(super) next: Option<DateTime<Utc>>,
    /// What a window waits for that will not come by itself.
    pub(super) trouble: Option<String>,
}

impl Look<'_> {
    /// Takes windows into account that are due, and makes the runs of those that depend on nothing that has not ended well.
    pub(super) fn look(&self, row: &TriggerRow) -> Result<Looked, ScheduleError> {
        let windows = Windows::of(self.window)?;
        let mut looked = Looked::default();
        if row.is_started {
            looked.next = self.plan_windows(&windows, row)?;
        }
        let interval = self.window.retry_interval.map_or(Ok(TimeDelta::zero()), length)?;
        self.runs
            .retry_windows(self.trigger, self.window.retry, interval)?;
        let mut ready = Vec::new();
        for waiting in self.runs.waiting_windows(self.trigger)? {
            // A person has asked for those of a batch, whether the trigger is started or not.
            if !row.is_started && waiting.batch.is_none() {
                continue;
            }
            if waiting.not_before > self.now {
                looked.next = earliest(looked.next, Some(waiting.not_before));
                continue;
            }
            match self.open(&windows, waiting.begins, waiting.ends)? {
                Dependencies::Fulfilled => {}
                Dependencies::Coming => continue,
                Dependencies::Stuck(trouble) => {
                    looked.trouble.get_or_insert(trouble);
                    continue;
                }
            }
            let facts = TriggerFacts {
                name: Some(self.trigger.name.clone()),
                scheduled_time: Some(windows.due(waiting.begins)),
                window_start: Some(waiting.begins),
                window_end: Some(waiting.ends),
                files: Vec::new(),
            };
            let origin = if waiting.batch.is_some() {
                Origin::Backfill
            } else {
                Origin::Trigger
            };
            let pipeline = (self.trigger.pipeline.as_str(), self.pipeline);
            let mut asked = asked(pipeline, self.window.parameters.clone(), facts, origin, self.now);
            let window = occasion(self.trigger, waiting.begins);
            asked.occasion = Some(format!("{window}#{}", waiting.attempts + 1));
            asked.batch = waiting.batch;
            ready.push((waiting.begins, asked));
        }
        if !ready.is_empty() {
            let made = self.runs.run_windows(self.trigger, &ready, self.now)?;
            tracing::info!(trigger = %self.trigger, runs = made.len(), "windows");
        }
        Ok(looked)
    }

    /// Takes the windows into account that are due, and returns when the next one is.
    fn plan_windows(
        &self,
        windows: &Windows,
        row: &TriggerRow,
    ) -> Result<Option<DateTime<Utc>>, ScheduleError> {
        let first = windows.at_or_after(row.through + TimeDelta::milliseconds(1));
        let mut all = std::iter::successors(first, |begins| windows.after(*begins));
        let mut due = Vec::new();
        let mut next = None;
        for begins in all.by_ref() {
            if windows.due(begins) > self.now {
                next = Some(windows.due(begins));
                break;
            }
            due.push(begins);
            if due.len() == MOST {
                next = Some(self.now);
                break;
            }
        }
        let Some(last) = due.last().copied() else {
            return Ok(next);
        };
        let is_on_time = |begins: &DateTime<Utc>| windows.due(*begins) >= self.now - GRACE;
        match self.window.catch_up {
            CatchUp::All => {}
            CatchUp::None => due.retain(is_on_time),
            // Those that more follow at once are not the latest.
            CatchUp::Latest if next == Some(self.now) => due.clear(),
            CatchUp::Latest => due.retain(|begins| *begins == last || is_on_time(begins)),
        }
        let due: Vec<_> = due
            .into_iter()
            .map(|begins| (begins, windows.ends(begins)))
            .collect();
        self.runs.plan_windows(self.trigger, &due, Some(last), None)?;
        Ok(next)
    }

    /// Tells whether all windows have ended well that one depends on.
    fn open(
        &self,
        own: &Windows,
        begins: DateTime<Utc>,
        ends: DateTime<Utc>,
    ) -> Result<Dependencies, ScheduleError> {
        let mut found = Dependencies::Fulfilled;
        for dependency in &self.window.depends_on {
            match self.dependency(dependency, own, begins, ends)? {
                Dependencies::Fulfilled => {}
                Dependencies::Coming => found = Dependencies::Coming,
                stuck @ Dependencies::Stuck(_) => return Ok(stuck),
            }
        }
        Ok(found)
    }

    fn dependency(
        &self,
        dependency: &Dependency,
        own: &Windows,
        begins: DateTime<Utc>,
        ends: DateTime<Utc>,
    ) -> Result<Dependencies, ScheduleError> {
        let stuck = |reason: &str| {
            let name = &dependency.trigger;
            Ok(Dependencies::Stuck(format!(
                "it depends on the trigger {name:?}, {reason}"
            )))
        };
        let Some((other, window)) = find(self.plan, self.trigger, &dependency.trigger) else {
            return stuck("which there is not");
        };
        let Trigger::Window(window) = window else {
            return stuck("which has no windows");
        };
        let is_own = other == *self.trigger;
        let windows = if is_own { *own } else { Windows::of(window)? };
        let mut before = dependency.before.map_or(Ok(TimeDelta::zero()), length)?;
        if is_own && before.is_zero() {
            // Its own window cannot be meant: the one before is.
            before = ends - begins;
        }
        let (from, until) = (begins - before, ends - before);
        if is_own && until > begins {
            return stuck("itself, by less than its size");
        }
        let wanted: BTreeSet<_> = windows.overlapping(from, until).collect();
        let (Some(first), Some(last)) = (wanted.first(), wanted.last()) else {
            // There is no window before the first.
            return Ok(Dependencies::Fulfilled);
        };
        let statuses = self.runs.window_statuses(&other, *first, *last)?;
        let through = self.runs.trigger_through(&other)?;
        for begins in &wanted {
            let shown = begins.to_rfc3339_opts(SecondsFormat::AutoSi, true);
            match statuses.get(begins) {
                Some(Some(RunStatus::Succeeded)) => {}
                Some(Some(RunStatus::Queued | RunStatus::InProgress) | None) => {
                    return Ok(Dependencies::Coming);
                }
                Some(Some(status)) => {
                    return stuck(&format!("whose window {shown} is {status}; rerun it"));
                }
                None if through.is_some_and(|through| through >= *begins) => {
                    return stuck(&format!("whose window {shown} was left out; backfill it"));
                }
                None => return Ok(Dependencies::Coming),
            }
        }
        Ok(Dependencies::Fulfilled)
    }
}

/// How far the windows are that one depends on.
enum Dependencies {
    /// All have ended well.
    Fulfilled,
    /// They will.
    Coming,
    /// One will not by itself.
    Stuck(String),
}

/// Finds a trigger by its name: one of the same pipeline, `pipeline/name`, or the only one of this name.
fn find<'p>(plan: &'p Plan, from: &TriggerName, name: &str) -> Option<(TriggerName, &'p Trigger)> {
    let get = |pipeline: &str, name: &str| {
        let trigger = plan.pipelines.get(pipeline)?.triggers.get(name)?;
        let of = TriggerName {
            pipeline: pipeline.to_owned(),
            name: name.to_owned(),
        };
        Some((of, trigger))
    };
    let elsewhere = || {
        let (pipeline, name) = name.split_once('/')?;
        get(pipeline, name)
    };
    let only = || {
        let mut all = plan.pipelines.keys().filter_map(|pipeline| get(pipeline, name));
        let first = all.next()?;
        all.next().is_none().then_some(first)
    };
    get(&from.pipeline, name).or_else(elsewhere).or_else(only)
}

/// Returns the earlier of two times that may be missing.
pub(super) fn earliest(one: Option<DateTime<Utc>>, other: Option<DateTime<Utc>>) -> Option<DateTime<Utc>> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}
