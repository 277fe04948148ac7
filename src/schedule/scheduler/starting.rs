//! Which of the runs that wait may begin: pipelines, triggers and batches say how many run at a time.

use std::collections::BTreeMap;

use crate::pipeline::definition::Trigger;
use crate::schedule::scheduler::Plan;
use crate::schedule::store::{Asked, Waiting};

/// How many runs a process runs at a time; how many activities work at a time is each run's to say.
const MOST: u32 = 128;

/// How many runs there are at a time of what limits them.
#[derive(Debug, Default)]
pub(super) struct Room {
    counts: BTreeMap<Limit, u32>,
}

/// What limits know of a run.
#[derive(Debug, Clone, Copy)]
pub(super) struct Candidate<'a> {
    pipeline: &'a str,
    trigger: Option<&'a str>,
    batch: Option<(&'a str, u32)>,
}

impl<'a> Candidate<'a> {
    /// Returns what limits know of a run that waits, or runs.
    pub(super) fn waiting(run: &'a Waiting) -> Self {
        Self {
            pipeline: &run.pipeline,
            trigger: run.trigger.as_deref(),
            batch: run.batch.as_ref().map(|(batch, most)| (batch.as_str(), *most)),
        }
    }

    /// Returns what limits know of a run that is to be made.
    pub(super) fn asked(run: &'a Asked) -> Self {
        Self {
            pipeline: &run.pipeline,
            trigger: run.facts.name.as_deref(),
            batch: run.batch.as_ref().map(|(batch, most)| (batch.as_str(), *most)),
        }
    }
}

/// What limits how many runs there are at a time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Limit {
    All,
    Pipeline(String),
    Trigger(String, String),
    Batch(String),
}

impl Room {
    /// Counts the runs that run, and the places of pipelines beside them: activities that run one, and who waits in its own process
    /// comes before those that the scheduler begins.
    pub(super) fn of(queue: &[Waiting], places: BTreeMap<String, u32>) -> Self {
        let mut room = Self::default();
        for run in queue.iter().filter(|run| run.is_taken && !run.is_in_line) {
            room.take(Candidate::waiting(run));
        }
        for (pipeline, places) in places {
            *room.counts.entry(Limit::Pipeline(pipeline)).or_default() += places;
        }
        room
    }

    /// Counts a run as one that runs.
    pub(super) fn take(&mut self, run: Candidate<'_>) {
        let trigger = run.trigger.map(str::to_owned);
        let trigger = trigger.map(|trigger| Limit::Trigger(run.pipeline.to_owned(), trigger));
        let batch = run.batch.map(|(batch, _)| Limit::Batch(batch.to_owned()));
        let limits = [
            Some(Limit::All),
            Some(Limit::Pipeline(run.pipeline.to_owned())),
            trigger,
            batch,
        ];
        for limit in limits.into_iter().flatten() {
            *self.counts.entry(limit).or_default() += 1;
        }
    }

    /// Returns whether another run may begin.
    pub(super) fn has_place_for(&self, run: Candidate<'_>, plan: &Plan) -> bool {
        let pipeline = plan.pipelines.get(run.pipeline);
        let concurrency = pipeline.and_then(|pipeline| pipeline.concurrency);
        let windows = run.trigger.and_then(|name| {
            let trigger = pipeline?.triggers.get(name)?;
            let Trigger::Window(window) = trigger else {
                return None;
            };
            // A batch says itself how many of it run at a time.
            let most = window.max_concurrency.unwrap_or(1);
            let key = Limit::Trigger(run.pipeline.to_owned(), name.to_owned());
            run.batch.is_none().then_some((key, most))
        });
        let batch = run
            .batch
            .map(|(batch, most)| (Limit::Batch(batch.to_owned()), most));
        let limits = [
            Some((Limit::All, MOST)),
            concurrency.map(|most| (Limit::Pipeline(run.pipeline.to_owned()), most)),
            windows,
            batch,
        ];
        let mut limits = limits.into_iter().flatten();
        limits.all(|(limit, most)| self.counts.get(&limit).copied().unwrap_or(0) < most.max(1))
    }
}
