//! [`Task`]: a run that is to be run, with all that it needs.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};

use super::clock::{Clock, Wake};
use super::plan::Plan;
use crate::error::Error;
use crate::pipeline::definition::Pipeline;
use crate::schedule::owner::Owner;
use crate::schedule::run::{ActivityRow, RunId, RunRow};
use crate::schedule::store::{CarriedRow, RunJournal, Runs, SeriesRow};
use crate::work::Interrupt;

/// The runs of this process that have not ended, with what stops each.
pub(super) type Running = Arc<Mutex<BTreeMap<RunId, Interrupt>>>;

/// What was done of a run before: nothing, where it is new.
#[derive(Debug, Default)]
pub struct Before {
    /// What of it is done already.
    pub prior: Vec<ActivityRow>,
    /// What the run that it repeats had begun.
    pub carried: Vec<CarriedRow>,
    /// How many attempts of which activity were broken off because a process was asked to end.
    pub broken_off: BTreeMap<String, u32>,
    /// Since when activities are at their work that go on.
    pub series: Vec<SeriesRow>,
}

/// A run that is to be run, with all that it needs; when it is dropped, the run is over, however it went.
pub struct Task {
    /// The run.
    pub run: RunRow,
    /// Its pipeline.
    pub pipeline: Pipeline,
    /// The version that it is of, with all other pipelines.
    pub plan: Arc<Plan>,
    /// What was done of it before.
    pub before: Before,
    /// Stops it.
    pub interrupt: Interrupt,
    pub(super) runs: Runs,
    /// None once it is over.
    pub(super) owner: Option<Arc<Owner>>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) running: Running,
    pub(super) wake: Wake,
    /// Why it has no end of its own.
    pub(super) failure: Option<String>,
}

impl Task {
    /// Returns where what happens in the run is written to.
    pub fn journal(&self) -> RunJournal {
        let clock = Arc::clone(&self.clock);
        self.runs.journal(&self.run.id).with_clock(move || clock.now())
    }

    /// Returns when the run began; of one that goes on, when it began first.
    pub fn started(&self) -> DateTime<Utc> {
        self.run.started_at.unwrap_or_else(|| self.clock.now())
    }

    /// Says that the run could not be run to an end of its own.
    pub fn fail(&mut self, error: &Error) {
        let hint = error.hint().map_or_else(String::new, |hint| format!("\n{hint}"));
        self.failure = Some(format!("{error}{hint}"));
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        // One that has ended, or waits again, is no longer this process's, and stays as it is.
        let failure = self.failure.take();
        let error = failure.as_deref().unwrap_or("it ended without a result");
        if let Some(owner) = self.owner.take() {
            let now = self.clock.now();
            if let Err(error) = self.runs.give_up(&self.run.id, &owner, error, now) {
                // Whoever looks after the runs of processes that have ended finds it.
                tracing::error!(run = %self.run.id, %error, "the end of a run could not be stored");
            }
            // Whoever waits for the last run of a process has the last hold of its name then, and gives it up before it says that
            // it has ended: otherwise this thread would, some time later or, where the process is gone by then, never.
            drop(owner);
        }
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.remove(&self.run.id);
        drop(running);
        self.wake.wake();
    }
}
