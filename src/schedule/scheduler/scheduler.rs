//! [`Scheduler`]: looks at what is due, over and over.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::alerting::tell;
use super::clock::{Clock, Wake};
use super::guard::Guard;
use super::launcher::Launcher;
use super::looks::Looks;
use super::starter::Starter;
use super::task::Running;
use super::windowing::earliest;
use crate::error::{Error, Kind};
use crate::pipeline::Admission;
use crate::schedule::error::ScheduleError;
use crate::schedule::owner::Owner;
use crate::schedule::run::RunId;
use crate::schedule::store::{Runs, TriggerName, Waiting};
use crate::storage::Mounts;
use crate::work::Interrupt;

/// How often it is looked whether the process of a run has ended.
const RECOVERY: TimeDelta = TimeDelta::seconds(10);
/// How often runs are removed that are kept long enough.
const CLEANING: TimeDelta = TimeDelta::hours(1);
/// How long nothing is due when the store is put in order.
const MOMENT: TimeDelta = TimeDelta::milliseconds(200);
/// How often a single run is looked at.
const LOOK_AT_ONE: Duration = Duration::from_millis(100);
/// How long to wait after a failure of what may work the next time.
const PAUSE: Duration = Duration::from_secs(1);

/// Looks at what is due, over and over.
pub struct Scheduler {
    starter: Starter,
    retention: Option<TimeDelta>,
    looks: Looks,
    recovered: Option<DateTime<Utc>>,
    cleaned: Option<DateTime<Utc>>,
}

impl Scheduler {
    /// Makes the scheduler of a store; no other may be at work on it.
    ///
    /// # Errors
    ///
    /// This process cannot be made known as one that runs runs.
    pub fn new(
        runs: Runs,
        launcher: Arc<dyn Launcher>,
        clock: Arc<dyn Clock>,
        mounts: Arc<Mounts>,
    ) -> Result<Self, Error> {
        let owner = runs.make_known()?;
        Ok(Self::of(&runs, owner, launcher, clock, mounts))
    }

    /// Makes the scheduler of a store for a process that is known as one that runs runs.
    pub(in crate::schedule) fn of(
        runs: &Runs,
        owner: Owner,
        launcher: Arc<dyn Launcher>,
        clock: Arc<dyn Clock>,
        mounts: Arc<Mounts>,
    ) -> Self {
        let runs = runs.acting_as(&owner);
        let wake = Wake::default();
        let looks = Looks::new(runs.clone(), mounts, wake.clone());
        let starter = Starter {
            runs,
            owner: Arc::new(owner),
            launcher,
            clock,
            running: Running::default(),
            wake,
        };
        Self {
            starter,
            retention: None,
            looks,
            recovered: None,
            cleaned: None,
        }
    }

    /// Returns the scheduler that removes runs so long after their end.
    #[must_use]
    pub fn with_retention(self, retention: TimeDelta) -> Self {
        Self {
            retention: Some(retention),
            ..self
        }
    }

    /// Returns what makes it look at once.
    pub fn wake(&self) -> Wake {
        self.starter.wake.clone()
    }

    /// Works until a stop is asked for, and then until the runs have ended that this interrupts.
    ///
    /// # Errors
    ///
    /// The store cannot be used any more.
    pub fn run(&mut self, stop: &Interrupt) -> Result<(), Error> {
        let guard = Guard::begin(&self.starter.owner, &self.starter.running, &self.starter.wake);
        let mut told = String::new();
        while !stop.is_set() && !self.starter.owner.is_over() {
            match self.tick() {
                Ok(next) => {
                    told.clear();
                    self.tidy(next);
                    let far = || self.starter.clock.now() + TimeDelta::hours(1);
                    self.starter
                        .clock
                        .wait(next.unwrap_or_else(far), &self.starter.wake);
                }
                Err(error) if error.kind() == Kind::Unreadable && self.starter.runs.is_lost() => {
                    self.end();
                    drop(guard);
                    return Err(error);
                }
                Err(error) => {
                    let text = error.to_string();
                    if text != told {
                        tracing::error!(error = %text, hint = error.hint(), "checking what is due failed");
                        told = text;
                    }
                    self.starter.wake.wait(PAUSE);
                }
            }
        }
        self.end();
        drop(guard);
        Ok(())
    }

    /// Runs one run that waits, and nothing else, when as many others of its pipeline run as may; a stop cancels it. `waits` is told
    /// for how many it waits, whenever that has changed.
    ///
    /// # Errors
    ///
    /// It does not wait any more, or the store cannot be used.
    pub fn run_one(&self, run: &RunId, stop: &Interrupt, waits: &mut dyn FnMut(u64)) -> Result<(), Error> {
        let queue = self.starter.runs.queue()?;
        let current = self.starter.launcher.current()?;
        let waiting = queue
            .iter()
            .find(|waiting| waiting.id == *run && !waiting.is_taken);
        if let Some(waiting) = waiting {
            let plan = self.starter.plan_of(waiting, current.as_ref());
            let pipeline = plan
                .as_ref()
                .ok()
                .and_then(|plan| plan.pipelines.get(&waiting.pipeline));
            if let Some(most) = pipeline.and_then(|pipeline| pipeline.concurrency)
                && !self.wait_in_line(waiting, most, stop, waits)?
            {
                return Ok(());
            }
            self.starter
                .begin(vec![(waiting, plan)], &[], None, self.starter.clock.now())?;
        }
        let guard = Guard::begin(&self.starter.owner, &self.starter.running, &self.starter.wake);
        while !self.running().is_empty() {
            if stop.is_set() && !self.starter.runs.is_cancel_asked(run)? {
                match self.starter.runs.ask_cancel(run, self.starter.clock.now()) {
                    // It has just ended by itself.
                    Ok(()) | Err(ScheduleError::Ended { .. }) => {}
                    Err(error) => return Err(error.into()),
                }
            }
            self.cancel()?;
            self.starter.wake.wait(LOOK_AT_ONE);
        }
        drop(guard);
        Ok(())
    }

    /// Waits until a run may begin, of whose pipeline only `most` may run at a time; returns whether it is still wanted then.
    fn wait_in_line(
        &self,
        waiting: &Waiting,
        most: u32,
        stop: &Interrupt,
        waits: &mut dyn FnMut(u64),
    ) -> Result<bool, Error> {
        let mut told = None;
        loop {
            if stop.is_set() {
                match self
                    .starter
                    .runs
                    .ask_cancel(&waiting.id, self.starter.clock.now())
                {
                    Ok(()) | Err(ScheduleError::Ended { .. }) => return Ok(false),
                    Err(error) => return Err(error.into()),
                }
            }
            let limit = (waiting.pipeline.as_str(), most);
            match self
                .starter
                .runs
                .take_place(&waiting.id, "", limit, self.starter.clock.now())?
            {
                Admission::Admitted => return Ok(true),
                Admission::Waiting { running } if told != Some(running) => {
                    waits(running);
                    told = Some(running);
                }
                Admission::Waiting { .. } => {}
            }
            let run = self.starter.runs.run(&waiting.id)?;
            if run.is_none_or(|run| run.status.is_final()) {
                return Ok(false);
            }
            self.starter.wake.wait(LOOK_AT_ONE);
        }
    }

    /// Puts the store in order where nothing runs, and nothing is due for a moment: later it would keep runs waiting.
    fn tidy(&self, next: Option<DateTime<Utc>>) {
        let soon = self.starter.clock.now() + MOMENT;
        if self.running().is_empty()
            && next.is_none_or(|next| next > soon)
            && let Err(error) = self.starter.runs.tidy()
        {
            tracing::warn!(%error, "the store of runs cannot be put in order");
        }
    }

    /// Interrupts the runs of this process, and waits for them.
    fn end(&self) {
        loop {
            let running = self
                .starter
                .running
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            if running.is_empty() {
                return;
            }
            running.values().for_each(Interrupt::trigger);
            drop(running);
            self.starter.wake.wait(PAUSE);
        }
    }

    /// Looks once at all that is due, and returns when there is something to do next, as far as that is known.
    ///
    /// # Errors
    ///
    /// The store or what is published cannot be read, or the store not be written.
    pub fn tick(&mut self) -> Result<Option<DateTime<Utc>>, Error> {
        let now = self.starter.clock.now();
        self.recover(now)?;
        self.cancel()?;
        let current = self.starter.launcher.current()?;
        let mut next = None;
        let plan = current.clone().unwrap_or_default();
        let mut queue = self.starter.runs.queue()?;
        self.looks.begin(&plan, &queue)?;
        for (name, pipeline) in &plan.pipelines {
            for (trigger, definition) in &pipeline.triggers {
                let trigger = TriggerName {
                    pipeline: name.clone(),
                    name: trigger.clone(),
                };
                next = earliest(
                    next,
                    self.looks.look(&plan, &trigger, (pipeline, definition), now)?,
                );
            }
        }
        let (due, has_made) = self.looks.end();
        if has_made {
            queue = self.starter.runs.queue()?;
        }
        self.starter.start(&queue, due, current.as_ref(), now)?;
        Ok(earliest(
            next,
            tell(
                &self.starter.runs,
                &*self.starter.launcher,
                &plan,
                self.starter.owner.name(),
                now,
            )?,
        ))
    }

    /// Waits until looks at files have ended; returns whether there were any.
    #[cfg(test)]
    pub(super) fn wait_for_looks(&mut self) -> bool {
        self.looks.wait()
    }

    fn recover(&mut self, now: DateTime<Utc>) -> Result<(), Error> {
        let is_due = |last: Option<DateTime<Utc>>, interval| {
            // A clock that was put back makes no one wait.
            last.is_none_or(|last| now < last || now - last >= interval)
        };
        if is_due(self.recovered, RECOVERY) {
            let running = self.running();
            // A run of this process that it knows nothing of is lost as well: its end could not be kept.
            let is_lost = |run: &RunId, owner: &str| {
                if owner == self.starter.owner.name() {
                    !running.contains(run)
                } else {
                    !self.starter.runs.lives(owner)
                }
            };
            for run in self.starter.runs.recover_lost(now, is_lost)? {
                tracing::warn!(%run, "the process of a run died before the run had ended");
            }
            self.starter
                .runs
                .lose_alerts(|owner| owner != self.starter.owner.name() && !self.starter.runs.lives(owner))?;
            self.recovered = Some(now);
        }
        if is_due(self.cleaned, CLEANING) {
            if let Some(time) = self.retention.and_then(|kept| now.checked_sub_signed(kept)) {
                self.starter.runs.remove_ended_before(time)?;
            }
            self.starter.runs.forget_killed()?;
            self.cleaned = Some(now);
        }
        Ok(())
    }

    fn cancel(&self) -> Result<(), Error> {
        let asked = self.starter.runs.to_cancel()?;
        let running = self
            .starter
            .running
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        for run in asked {
            if let Some(interrupt) = running.get(&run) {
                interrupt.trigger();
            }
        }
        Ok(())
    }

    /// Returns the runs of this process that have not ended.
    pub fn running(&self) -> Vec<RunId> {
        let running: &Mutex<_> = &self.starter.running;
        let running = running.lock().unwrap_or_else(PoisonError::into_inner);
        running.keys().cloned().collect()
    }
}
