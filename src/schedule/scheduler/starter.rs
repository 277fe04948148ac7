//! [`Starter`]: takes runs for this process, and starts them.

use std::sync::{Arc, PoisonError};

use chrono::{DateTime, Utc};

use super::clock::{Clock, Wake};
use super::launcher::Launcher;
use super::plan::Plan;
use super::starting::{Candidate, Room};
use super::task::{Before, Running, Task};
use crate::error::Error;
use crate::schedule::error::ScheduleError;
use crate::schedule::owner::Owner;
use crate::schedule::run::{RunId, RunRow};
use crate::schedule::store::{Advance, Runs, Waiting};
use crate::work::Interrupt;

/// Takes runs for this process, and starts them.
pub(super) struct Starter {
    pub(super) runs: Runs,
    pub(super) owner: Arc<Owner>,
    pub(super) launcher: Arc<dyn Launcher>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) running: Running,
    pub(super) wake: Wake,
}

impl Starter {
    /// Returns the version that a run is of.
    pub(super) fn plan_of(&self, waiting: &Waiting, current: Option<&Arc<Plan>>) -> Result<Arc<Plan>, Error> {
        match (waiting.version, current) {
            (Some(version), _) => self.launcher.version(version),
            (None, Some(current)) => Ok(Arc::clone(current)),
            (None, None) => self.launcher.drafts(),
        }
    }

    /// Starts the runs that wait, and then those that are due, as far as they may begin.
    pub(super) fn start(
        &self,
        queue: &[Waiting],
        mut due: Vec<Advance>,
        current: Option<&Arc<Plan>>,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        if due.is_empty() && queue.iter().all(|run| run.is_taken) {
            return Ok(());
        }
        let mut room = Room::of(queue, self.runs.places()?);
        let mut free = Vec::new();
        for waiting in queue.iter().filter(|run| !run.is_taken) {
            let plan = self.plan_of(waiting, current);
            let run = Candidate::waiting(waiting);
            let has_place = plan.as_ref().map_or(true, |plan| room.has_place_for(run, plan));
            if has_place {
                room.take(run);
                free.push((waiting, plan));
            }
        }
        for wanted in due.iter_mut().flat_map(|step| &mut step.asked) {
            let run = Candidate::asked(&wanted.asked);
            // One whose parameters have no values fails as it is made.
            wanted.begins =
                wanted.asked.parameters.is_ok() && current.is_some_and(|plan| room.has_place_for(run, plan));
            if wanted.begins {
                room.take(run);
            }
        }
        self.begin(free, &due, current, now)
    }

    /// Takes runs that wait, makes those that are due, and starts those of them that are to begin.
    pub(super) fn begin(
        &self,
        waiting: Vec<(&Waiting, Result<Arc<Plan>, Error>)>,
        due: &[Advance],
        current: Option<&Arc<Plan>>,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        let wanted = waiting.iter().map(|(waiting, plan)| {
            let version = plan.as_ref().ok().and_then(|plan| plan.version);
            (&waiting.id, version)
        });
        let version = current.and_then(|plan| plan.version);
        let wanted: Vec<_> = wanted.collect();
        let begun = self.runs.begin(due, &wanted, (&self.owner, version), now)?;
        for run in &begun.queued {
            tracing::info!(%run, "run queued");
        }
        let claimed = waiting
            .into_iter()
            .filter(|(waiting, _)| begun.claimed.contains(&waiting.id));
        for (waiting, plan) in claimed {
            self.launch(&waiting.id, self.read_task(waiting, plan))?;
        }
        for run in begun.made {
            let id = run.id.clone();
            let plan = current.cloned().unwrap_or_default();
            self.launch(&id, self.task(run, plan, Before::default()))?;
        }
        Ok(())
    }

    /// Starts a run which is this process's, or says why it cannot be run.
    fn launch(&self, run: &RunId, task: Result<Task, String>) -> Result<(), Error> {
        match task {
            Ok(task) => {
                tracing::info!(%run, pipeline = task.run.pipeline, "run started");
                self.launcher.start(task);
            }
            Err(reason) => self.runs.give_up(run, &self.owner, &reason, self.clock.now())?,
        }
        Ok(())
    }

    /// Reads all that a run needs which has waited and is this process's, or why it cannot be run.
    fn read_task(&self, waiting: &Waiting, plan: Result<Arc<Plan>, Error>) -> Result<Task, String> {
        let id = &waiting.id;
        let plan = plan.map_err(|error| format!("the published version cannot be read: {error}"))?;
        let told = |error: ScheduleError| error.to_string();
        let run = self
            .runs
            .run(id)
            .map_err(told)?
            .ok_or("the run is no longer in the store")?;
        let before = Before {
            prior: self.runs.activities(id).map_err(told)?,
            carried: self.runs.carried(id).map_err(told)?,
            broken_off: self.runs.broken_off(id).map_err(told)?,
            series: self.runs.series(id).map_err(told)?,
        };
        self.task(run, plan, before)
    }

    /// Returns all that a run needs which is this process's, or why it cannot be run.
    fn task(&self, run: RunRow, plan: Arc<Plan>, before: Before) -> Result<Task, String> {
        let Some(pipeline) = plan.pipelines.get(&run.pipeline).cloned() else {
            let among = plan.version.map_or("among the drafts".to_owned(), |version| {
                format!("in version {version}")
            });
            return Err(format!("there is no pipeline {:?} {among}", run.pipeline));
        };
        let interrupt = Interrupt::default();
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.insert(run.id.clone(), interrupt.clone());
        drop(running);
        Ok(Task {
            run,
            pipeline,
            plan,
            before,
            interrupt,
            runs: self.runs.clone(),
            owner: Some(Arc::clone(&self.owner)),
            clock: Arc::clone(&self.clock),
            running: Arc::clone(&self.running),
            wake: self.wake.clone(),
            failure: None,
        })
    }
}
