//! [`Scheduler`]: looks at what is due, over and over.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::alerting::tell;
use super::clock::{Clock, Wake};
use super::guard::Guard;
use super::launcher::Launcher;
use super::looks::Looks;
use super::plan::Plan;
use super::starting::Room;
use super::task::{Running, Task};
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
/// How often a single run is looked at.
const LOOK_AT_ONE: Duration = Duration::from_millis(100);
/// How long to wait after a failure of what may work the next time.
const PAUSE: Duration = Duration::from_secs(1);

/// Looks at what is due, over and over.
pub struct Scheduler {
    runs: Runs,
    owner: Arc<Owner>,
    launcher: Arc<dyn Launcher>,
    clock: Arc<dyn Clock>,
    retention: Option<TimeDelta>,
    running: Running,
    wake: Wake,
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
        Self {
            runs,
            owner: Arc::new(owner),
            launcher,
            clock,
            retention: None,
            running: Running::default(),
            wake,
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
        self.wake.clone()
    }

    /// Works until a stop is asked for, and then until the runs have ended that this interrupts.
    ///
    /// # Errors
    ///
    /// The store cannot be used any more.
    pub fn run(&mut self, stop: &Interrupt) -> Result<(), Error> {
        let guard = Guard::begin(&self.owner, &self.running, &self.wake);
        let mut told = String::new();
        while !stop.is_set() && !self.owner.is_over() {
            match self.tick() {
                Ok(next) => {
                    told.clear();
                    let far = || self.clock.now() + TimeDelta::hours(1);
                    self.clock.wait(next.unwrap_or_else(far), &self.wake);
                }
                Err(error) if error.kind() == Kind::Unreadable && self.runs.is_lost() => {
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
                    self.wake.wait(PAUSE);
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
        let queue = self.runs.queue()?;
        let current = self.launcher.current()?;
        let waiting = queue
            .iter()
            .find(|waiting| waiting.id == *run && !waiting.is_taken);
        if let Some(waiting) = waiting {
            let plan = self.plan_of(waiting, current.as_ref());
            let pipeline = plan
                .as_ref()
                .ok()
                .and_then(|plan| plan.pipelines.get(&waiting.pipeline));
            if let Some(most) = pipeline.and_then(|pipeline| pipeline.concurrency)
                && !self.wait_in_line(waiting, most, stop, waits)?
            {
                return Ok(());
            }
            self.begin(vec![(waiting, plan)])?;
        }
        let guard = Guard::begin(&self.owner, &self.running, &self.wake);
        while !self.running().is_empty() {
            if stop.is_set() && !self.runs.is_cancel_asked(run)? {
                match self.runs.ask_cancel(run, self.clock.now()) {
                    // It has just ended by itself.
                    Ok(()) | Err(ScheduleError::Ended { .. }) => {}
                    Err(error) => return Err(error.into()),
                }
            }
            self.cancel()?;
            self.wake.wait(LOOK_AT_ONE);
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
                match self.runs.ask_cancel(&waiting.id, self.clock.now()) {
                    Ok(()) | Err(ScheduleError::Ended { .. }) => return Ok(false),
                    Err(error) => return Err(error.into()),
                }
            }
            let limit = (waiting.pipeline.as_str(), most);
            match self.runs.take_place(&waiting.id, "", limit, self.clock.now())? {
                Admission::Admitted => return Ok(true),
                Admission::Waiting { running } if told != Some(running) => {
                    waits(running);
                    told = Some(running);
                }
                Admission::Waiting { .. } => {}
            }
            let run = self.runs.run(&waiting.id)?;
            if run.is_none_or(|run| run.status.is_final()) {
                return Ok(false);
            }
            self.wake.wait(LOOK_AT_ONE);
        }
    }

    /// Returns the version that a run is of.
    fn plan_of(&self, waiting: &Waiting, current: Option<&Arc<Plan>>) -> Result<Arc<Plan>, Error> {
        match (waiting.version, current) {
            (Some(version), _) => self.launcher.version(version),
            (None, Some(current)) => Ok(Arc::clone(current)),
            (None, None) => self.launcher.drafts(),
        }
    }

    /// Interrupts the runs of this process, and waits for them.
    fn end(&self) {
        loop {
            let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
            if running.is_empty() {
                return;
            }
            running.values().for_each(Interrupt::trigger);
            drop(running);
            self.wake.wait(PAUSE);
        }
    }

    /// Looks once at all that is due, and returns when there is something to do next, as far as that is known.
    ///
    /// # Errors
    ///
    /// The store or what is published cannot be read, or the store not be written.
    pub fn tick(&mut self) -> Result<Option<DateTime<Utc>>, Error> {
        let now = self.clock.now();
        self.recover(now)?;
        self.cancel()?;
        let current = self.launcher.current()?;
        let mut next = None;
        let plan = current.clone().unwrap_or_default();
        self.looks.begin()?;
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
        self.looks.make_due(now)?;
        self.start(current.as_ref())?;
        Ok(earliest(
            next,
            tell(&self.runs, &*self.launcher, &plan, self.owner.name(), now)?,
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
                if owner == self.owner.name() {
                    !running.contains(run)
                } else {
                    !self.runs.lives(owner)
                }
            };
            for run in self.runs.recover_lost(now, is_lost)? {
                tracing::warn!(%run, "the process of a run died before the run had ended");
            }
            self.runs
                .lose_alerts(|owner| owner != self.owner.name() && !self.runs.lives(owner))?;
            self.recovered = Some(now);
        }
        if is_due(self.cleaned, CLEANING) {
            if let Some(time) = self.retention.and_then(|kept| now.checked_sub_signed(kept)) {
                self.runs.remove_ended_before(time)?;
            }
            self.runs.forget_killed()?;
            self.cleaned = Some(now);
        }
        Ok(())
    }

    fn cancel(&self) -> Result<(), Error> {
        let asked = self.runs.to_cancel()?;
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        for run in asked {
            if let Some(interrupt) = running.get(&run) {
                interrupt.trigger();
            }
        }
        Ok(())
    }

    /// Starts the runs that wait, as far as they may begin.
    fn start(&self, current: Option<&Arc<Plan>>) -> Result<(), Error> {
        let queue = self.runs.queue()?;
        let mut room = Room::of(&queue, self.runs.places()?);
        let mut free = Vec::new();
        for waiting in queue.iter().filter(|run| !run.is_taken) {
            let plan = self.plan_of(waiting, current);
            let has_place = plan
                .as_ref()
                .map_or(true, |plan| room.has_place_for(waiting, plan));
            if has_place {
                room.take(waiting);
                free.push((waiting, plan));
            }
        }
        self.begin(free)
    }

    /// Takes runs and starts them.
    fn begin(&self, runs: Vec<(&Waiting, Result<Arc<Plan>, Error>)>) -> Result<(), Error> {
        let wanted = runs.iter().map(|(waiting, plan)| {
            let version = plan.as_ref().ok().and_then(|plan| plan.version);
            (&waiting.id, version)
        });
        let claimed = self.runs.claim_all(&wanted.collect::<Vec<_>>(), &self.owner)?;
        for (waiting, plan) in runs
            .into_iter()
            .filter(|(waiting, _)| claimed.contains(&waiting.id))
        {
            match self.task(waiting, plan) {
                Ok(task) => {
                    tracing::info!(run = %waiting.id, pipeline = waiting.pipeline, "run started");
                    self.launcher.start(task);
                }
                Err(reason) => self
                    .runs
                    .give_up(&waiting.id, &self.owner, &reason, self.clock.now())?,
            }
        }
        Ok(())
    }

    /// Returns all that a run needs which is this process's, or why it cannot be run.
    fn task(&self, waiting: &Waiting, plan: Result<Arc<Plan>, Error>) -> Result<Task, String> {
        let id = &waiting.id;
        let plan = plan.map_err(|error| format!("the published version cannot be read: {error}"))?;
        let Some(pipeline) = plan.pipelines.get(&waiting.pipeline).cloned() else {
            let among = plan.version.map_or("among the drafts".to_owned(), |version| {
                format!("in version {version}")
            });
            return Err(format!("there is no pipeline {:?} {among}", waiting.pipeline));
        };
        let told = |error: ScheduleError| error.to_string();
        let run = self
            .runs
            .run(id)
            .map_err(told)?
            .ok_or("the run is no longer in the store")?;
        let prior = self.runs.activities(id).map_err(told)?;
        let carried = self.runs.carried(id).map_err(told)?;
        let broken_off = self.runs.broken_off(id).map_err(told)?;
        let interrupt = Interrupt::default();
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.insert(id.clone(), interrupt.clone());
        drop(running);
        Ok(Task {
            run,
            pipeline,
            plan,
            prior,
            carried,
            broken_off,
            interrupt,
            runs: self.runs.clone(),
            owner: Arc::clone(&self.owner),
            clock: Arc::clone(&self.clock),
            running: Arc::clone(&self.running),
            wake: self.wake.clone(),
            failure: None,
        })
    }

    /// Returns the runs of this process that have not ended.
    pub fn running(&self) -> Vec<RunId> {
        let running: &Mutex<_> = &self.running;
        let running = running.lock().unwrap_or_else(PoisonError::into_inner);
        running.keys().cloned().collect()
    }
}
