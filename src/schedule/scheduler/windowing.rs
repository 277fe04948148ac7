//! What a window trigger asks for: windows that have ended, after those that they depend on.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};

use super::due::{asked, occasion};
use super::plan::Plan;
use crate::pipeline::definition::{CatchUp, Dependency, Pipeline, Trigger, Window};
use crate::pipeline::{RunStatus, TriggerFacts};
use crate::schedule::error::ScheduleError;
use crate::schedule::run::Origin;
use crate::schedule::store::{Asked, BackfillRow, Open, Runs, TriggerName, TriggerRow, WindowRow};
use crate::schedule::windows::{Windows, length};

/// How late the run of a window may be and is still on time.
const GRACE: TimeDelta = TimeDelta::minutes(1);
/// How many windows of a trigger are taken into account that have not ended; the next follow when some have.
const PLANNED: u64 = 256;
/// How many windows of a backfill wait at a time.
const FILLED: u64 = 64;
/// How many windows that wait are looked at.
const LOOKED_AT: u32 = 1024;
/// How many runs are made that wait for others of the same trigger, whatever its limit is.
const AHEAD: u32 = 16;
/// How many more windows are asked for than the one that is depended on.
const ASKED_AHEAD: i32 = 512;

/// A window trigger, as it is looked at.
pub(super) struct Look<'a> {
    pub(super) runs: &'a Runs,
    pub(super) plan: &'a Plan,
    pub(super) trigger: &'a TriggerName,
    pub(super) pipeline: &'a Pipeline,
    pub(super) window: &'a Window,
    /// What was asked for of it and has not been made.
    pub(super) backfills: &'a [BackfillRow],
    pub(super) now: DateTime<Utc>,
}

/// What is to be known of a look.
#[derive(Debug, Default)]
pub(super) struct Looked {
    /// When there is something to do next.
    pub(super) next: Option<DateTime<Utc>>,
    /// What is wrong with the trigger, or that nothing is; none where that stays as it was.
    #[allow(
        clippy::option_option,
        reason = "that nothing is wrong is not that nothing is known"
    )]
    pub(super) trouble: Option<Option<String>>,
    /// Whether there may be runs that wait which were not there before.
    pub(super) has_made: bool,
}

impl Looked {
    /// Says when there is something to do next, and that nothing is wrong.
    pub(super) const fn at(next: Option<DateTime<Utc>>) -> Self {
        Self {
            next,
            trouble: Some(None),
            has_made: false,
        }
    }
}

impl Look<'_> {
    /// Takes windows into account that are due, and makes the runs of those that depend on nothing that has not ended well.
    ///
    /// However many windows there are, only so many are taken into account, and get a run, as can be run soon.
    pub(super) fn look(&self, row: &TriggerRow) -> Result<Looked, ScheduleError> {
        let windows = Windows::of(self.window)?;
        let interval = self.window.retry_interval.map_or(Ok(TimeDelta::zero()), length)?;
        self.runs
            .retry_windows(self.trigger, self.window.retry, interval)?;
        let mut open = self.runs.open_windows(self.trigger)?;
        let mut next = None;
        if row.is_started {
            let open = open.entry(None).or_default();
            next = self.plan_windows(&windows, row, open)?;
        }
        for backfill in self.backfills {
            let open = open.entry(Some(backfill.batch.clone())).or_default();
            self.fill(&windows, backfill, open)?;
        }
        let (ready, trouble) = if open.values().any(|open| open.waiting > 0) {
            self.ready(&windows, row, &mut open, &mut next)?
        } else {
            (Vec::new(), None)
        };
        if !ready.is_empty() {
            let made = self.runs.run_windows(self.trigger, &ready, self.now)?;
            tracing::info!(trigger = %self.trigger, runs = made.len(), "windows");
        }
        Ok(Looked {
            next,
            trouble: Some(trouble),
            has_made: !ready.is_empty(),
        })
    }

    /// Returns the runs of those windows that wait for nothing else, and what one waits for that will not come by itself.
    fn ready(
        &self,
        windows: &Windows,
        row: &TriggerRow,
        open: &mut BTreeMap<Option<String>, Open>,
        next: &mut Option<DateTime<Utc>>,
    ) -> Result<Ready, ScheduleError> {
        let (mut ready, mut trouble) = (Vec::new(), None);
        let mut depended = Depended::new(self, windows);
        for waiting in self.runs.waiting_windows(self.trigger, LOOKED_AT)? {
            // A person has asked for those of a batch, whether the trigger is started or not.
            if !row.is_started && waiting.batch.is_none() {
                continue;
            }
            if waiting.not_before > self.now {
                *next = earliest(*next, Some(waiting.not_before));
                continue;
            }
            let (batch, limit) = match &waiting.batch {
                Some((batch, limit)) => (Some(batch.clone()), *limit),
                None => (None, self.window.max_concurrency.unwrap_or(1)),
            };
            let open = open.entry(batch).or_default();
            // The others get their runs when some of these have ended, which wakes the scheduler.
            if open.running >= u64::from(limit.max(AHEAD)) {
                continue;
            }
            match depended.of(waiting.begins, waiting.ends)? {
                Dependencies::Fulfilled => {}
                Dependencies::Coming => continue,
                Dependencies::Stuck(reason) => {
                    trouble.get_or_insert(reason);
                    continue;
                }
            }
            open.running += 1;
            ready.push((waiting.begins, self.asked(windows, waiting)));
        }
        Ok((ready, trouble))
    }

    /// Returns the run of a window.
    fn asked(&self, windows: &Windows, waiting: WindowRow) -> Asked {
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
        asked
    }

    /// Takes the windows into account that are due, as far as there is room for them, and returns when the next one is.
    fn plan_windows(
        &self,
        windows: &Windows,
        row: &TriggerRow,
        open: &mut Open,
    ) -> Result<Option<DateTime<Utc>>, ScheduleError> {
        let since = row.through + TimeDelta::milliseconds(1);
        let Some(last) = windows.last_due(self.now).filter(|last| *last >= since) else {
            return Ok(windows.at_or_after(since).map(|begins| windows.due(begins)));
        };
        let on_time = windows.due_at(self.now - GRACE);
        // What was missed and is not run is passed over, however much it is.
        let first = match self.window.catch_up {
            CatchUp::All => since,
            CatchUp::Latest => since.max(last.min(on_time)),
            CatchUp::None => since.max(on_time),
        };
        let room = usize::try_from(PLANNED.saturating_sub(open.waiting + open.running)).unwrap_or(0);
        let begins = std::iter::successors(windows.at_or_after(first), |begins| windows.after(*begins));
        let due: Vec<_> = begins
            .take_while(|begins| *begins <= last)
            .take(room)
            .map(|begins| (begins, windows.ends(begins)))
            .collect();
        let reached = due.last().map_or(row.through, |(begins, _)| *begins);
        let is_more = windows
            .at_or_after(first.max(reached + TimeDelta::milliseconds(1)))
            .is_some_and(|more| more <= last);
        let through = if is_more { reached } else { last };
        if through > row.through {
            self.runs.plan_windows(self.trigger, &due, Some(through))?;
            open.waiting += due.len() as u64;
        }
        Ok(if is_more {
            None
        } else {
            windows.after(last).map(|begins| windows.due(begins))
        })
    }

    /// Takes further windows of a backfill into account, as far as there is room for them.
    fn fill(&self, windows: &Windows, backfill: &BackfillRow, open: &mut Open) -> Result<(), ScheduleError> {
        let room = usize::try_from(FILLED.saturating_sub(open.waiting)).unwrap_or(0);
        if room == 0 {
            return Ok(());
        }
        let begins = std::iter::successors(windows.at_or_after(backfill.next), |begins| {
            windows.after(*begins)
        });
        let mut begins = begins.take_while(|begins| *begins < backfill.until);
        let due: Vec<_> = begins
            .by_ref()
            .take(room)
            .map(|begins| (begins, windows.ends(begins)))
            .collect();
        let next = begins.next();
        self.runs.fill_windows(self.trigger, &due, backfill, next)?;
        open.waiting += due.len() as u64;
        Ok(())
    }
}

/// The runs that windows get, each by when it begins; and what one waits for that will not come by itself.
type Ready = (Vec<(DateTime<Utc>, Asked)>, Option<String>);

/// How far the windows are that others depend on; what was asked for one is known for the next.
struct Depended<'a> {
    look: &'a Look<'a>,
    own: &'a Windows,
    known: BTreeMap<TriggerName, Statuses>,
}

/// How far windows of a trigger are.
#[derive(Debug, Default)]
struct Statuses {
    /// No window up to this one is looked at again.
    through: Option<DateTime<Utc>>,
    /// The stretch of time of which all windows are known.
    known: Option<(DateTime<Utc>, DateTime<Utc>)>,
    each: BTreeMap<DateTime<Utc>, Option<RunStatus>>,
}

impl<'a> Depended<'a> {
    fn new(look: &'a Look<'a>, own: &'a Windows) -> Self {
        Self {
            look,
            own,
            known: BTreeMap::new(),
        }
    }

    /// Returns how far the windows of a trigger are, of which all are known between two.
    fn statuses(
        &mut self,
        trigger: &TriggerName,
        windows: &Windows,
        (first, last): (DateTime<Utc>, DateTime<Utc>),
    ) -> Result<&Statuses, ScheduleError> {
        let runs = self.look.runs;
        let is_first = !self.known.contains_key(trigger);
        let known = self.known.entry(trigger.clone()).or_default();
        if is_first {
            known.through = runs.trigger_through(trigger)?;
        }
        let is_known = known
            .known
            .is_some_and(|(from, until)| from <= first && last <= until);
        if !is_known {
            // Those of the windows that follow are asked for at once.
            let until = windows.ends(last) + (windows.ends(last) - last) * ASKED_AHEAD;
            known.each = runs.window_statuses(trigger, first, until)?;
            known.known = Some((first, until));
        }
        Ok(known)
    }

    /// Tells whether all windows have ended well that one depends on.
    fn of(&mut self, begins: DateTime<Utc>, ends: DateTime<Utc>) -> Result<Dependencies, ScheduleError> {
        let mut found = Dependencies::Fulfilled;
        let look = self.look;
        for dependency in &look.window.depends_on {
            match self.dependency(dependency, begins, ends)? {
                Dependencies::Fulfilled => {}
                Dependencies::Coming => found = Dependencies::Coming,
                stuck @ Dependencies::Stuck(_) => return Ok(stuck),
            }
        }
        Ok(found)
    }

    fn dependency(
        &mut self,
        dependency: &Dependency,
        begins: DateTime<Utc>,
        ends: DateTime<Utc>,
    ) -> Result<Dependencies, ScheduleError> {
        let stuck = |reason: &str| {
            let name = &dependency.trigger;
            Ok(Dependencies::Stuck(format!(
                "it depends on the trigger {name:?}, {reason}"
            )))
        };
        let Some((other, window)) = find(self.look.plan, self.look.trigger, &dependency.trigger) else {
            return stuck("which does not exist");
        };
        let Trigger::Window(window) = window else {
            return stuck("which has no windows");
        };
        let is_own = other == *self.look.trigger;
        let windows = if is_own { *self.own } else { Windows::of(window)? };
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
        let Statuses {
            through,
            each: statuses,
            ..
        } = self.statuses(&other, &windows, (*first, *last))?;
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
