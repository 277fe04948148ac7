//! [`Scheduler`]: looks at what is due, over and over.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::alerting::tell;
use super::clock::{Clock, Wake};
use super::launcher::Launcher;
use super::looks::Looks;
use super::plan::Plan;
use super::starting::Room;
use super::task::{Running, Task};
use super::windowing::earliest;
use crate::error::{Error, Kind};
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
        let owner = Arc::new(Owner::new(&runs.owners())?);
        let looks = Looks::new(runs.clone(), mounts);
        Ok(Self {
            runs,
            owner,
            launcher,
            clock,
            retention: None,
            running: Running::default(),
            wake: Wake::default(),
            looks,
            recovered: None,
            cleaned: None,
        })
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
        let mut told = String::new();
        while !stop.is_set() {
            match self.tick() {
                Ok(next) => {
                    told.clear();
                    let far = || self.clock.now() + TimeDelta::hours(1);
                    self.clock.wait(next.unwrap_or_else(far), &self.wake);
                }
                Err(error) if error.kind() == Kind::Unreadable && Runs::open(self.runs.path()).is_err() => {
                    self.end();
                    return Err(error);
                }
                Err(error) => {
                    let text = error.to_string();
                    if text != told {
                        tracing::error!(error = %text, hint = error.hint(), "what is due cannot be looked at");
                        told = text;
                    }
                    self.wake.wait(PAUSE);
                }
            }
        }
        self.end();
        Ok(())
    }

    /// Runs one run that waits, whatever limits there are, and nothing else; a stop cancels it.
    ///
    /// # Errors
    ///
    /// It does not wait any more, or the store cannot be used.
    pub fn run_one(&self, run: &RunId, stop: &Interrupt) -> Result<(), Error> {
        let queue = self.runs.queue()?;
        let current = self.launcher.current()?;
        let waiting = queue
            .iter()
            .find(|waiting| waiting.id == *run && !waiting.is_taken);
        if let Some(waiting) = waiting {
            self.begin(vec![(waiting, self.plan_of(waiting, current.as_ref()))])?;
        }
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
        Ok(())
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
        Ok(earliest(next, tell(&self.runs, &*self.launcher, &plan, now)?))
    }

    fn recover(&mut self, now: DateTime<Utc>) -> Result<(), Error> {
        let is_due = |last: Option<DateTime<Utc>>, interval| {
            // A clock that was put back makes no one wait.
            last.is_none_or(|last| now < last || now - last >= interval)
        };
        if is_due(self.recovered, RECOVERY) {
            let (folder, running) = (self.runs.owners(), self.running());
            // A run of this process that it knows nothing of is lost as well: its end could not be kept.
            let is_lost = |run: &RunId, owner: &str| {
                if owner == self.owner.name() {
                    !running.contains(run)
                } else {
                    !Owner::lives(&folder, owner)
                }
            };
            for run in self.runs.recover_lost(now, is_lost)? {
                tracing::warn!(%run, "the process of a run has ended in the middle of it");
            }
            self.recovered = Some(now);
        }
        if let Some(retention) = self.retention
            && is_due(self.cleaned, CLEANING)
        {
            if let Some(time) = now.checked_sub_signed(retention) {
                self.runs.remove_ended_before(time)?;
            }
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
        let mut room = Room::of(&queue);
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
                    tracing::info!(run = %waiting.id, pipeline = waiting.pipeline, "begins");
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
        let plan = plan.map_err(|error| format!("what is published cannot be read: {error}"))?;
        let Some(pipeline) = plan.pipelines.get(&waiting.pipeline).cloned() else {
            let among = plan.version.map_or("among the drafts".to_owned(), |version| {
                format!("in version {version}")
            });
            return Err(format!("there is no pipeline {:?} {among}", waiting.pipeline));
        };
        let told = |error: ScheduleError| error.to_string();
        let run = self.runs.run(id).map_err(told)?.ok_or("it is gone")?;
        let prior = self.runs.activities(id).map_err(told)?;
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
