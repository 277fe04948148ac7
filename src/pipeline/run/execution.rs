//! [`Execution`]: the run of one pipeline, from its beginning to its end.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Instant, SystemTime};

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Map, Value, json};

use super::engine::{Ending, Engine, Lists as _, Setting, Verdict, Worker};
use super::error::RunError;
use super::graph::Graph;
use super::parameters::parameters;
use super::performer::Performer;
use super::permits::Permits;
use super::prior::{Ground, Prior};
use crate::database::Pool;
use crate::error::Error;
use crate::job;
use crate::pipeline::activity::{Changes, Desk};
use crate::pipeline::definition::{Activity, Pipeline};
use crate::pipeline::expression::Scope;
use crate::pipeline::facts::TriggerFacts;
use crate::pipeline::journal::{Entry, Journal};
use crate::pipeline::scribe::Scribe;
use crate::pipeline::status::RunStatus;
use crate::secret::redaction::redacted;
use crate::work::Interrupt;
use crate::workspace::Workspace;

/// The run of one pipeline.
pub struct Execution<'a> {
    /// The pipeline's name.
    pub name: &'a str,
    /// The pipeline.
    pub pipeline: &'a Pipeline,
    /// The folder that notebooks are read from: the workspace's, or that of a published version.
    pub root: &'a Path,
    /// What the run is known by.
    pub id: &'a str,
    /// The parameters that are given.
    pub parameters: Map<String, Value>,
    /// What the run knows of what started it.
    pub trigger: TriggerFacts,
    /// What was done before.
    pub prior: Prior,
    /// Whether it is for real.
    pub mode: Mode,
    /// What is around it.
    pub surroundings: Surroundings<'a>,
    /// When it began; of one that goes on, when it began first.
    pub started: DateTime<Utc>,
    /// What stops it.
    pub interrupt: Interrupt,
}

/// Whether a run is for real.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Mode {
    /// It is.
    #[default]
    Normal,
    /// It is not: nothing that it does lasts.
    Debug {
        /// The activity that it ends with, with all that it comes after; all of them where none is named.
        until: Option<String>,
    },
}

impl Mode {
    /// Returns the place of the activity that a run ends with, where it is not the whole pipeline.
    ///
    /// # Errors
    ///
    /// The pipeline has no such activity.
    pub fn end(&self, pipeline: &Pipeline) -> Result<Option<usize>, RunError> {
        let Self::Debug { until: Some(until) } = self else {
            return Ok(None);
        };
        let names = || pipeline.activities.iter().map(|activity| &activity.name);
        match names().position(|name| name == until) {
            Some(place) => Ok(Some(place)),
            None => Err(RunError::UnknownActivity {
                name: until.clone(),
                known: names().cloned().collect(),
            }),
        }
    }
}

/// What is around a run.
#[derive(Debug, Clone, Copy)]
pub struct Surroundings<'a> {
    /// The workspace: mounts, connections, secrets.
    pub workspace: &'a Workspace,
    /// What the environment of the process says.
    pub environment: &'a job::Environment,
    /// All pipelines, by name, for those that run another.
    pub pipelines: &'a BTreeMap<String, Pipeline>,
    /// Where sessions of databases wait for the next activity, of whichever run.
    pub pool: &'a Pool,
}

/// How a run has ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Ended {
    /// `Succeeded`, `Failed` or `Cancelled`.
    pub status: RunStatus,
    /// Why it failed.
    pub error: Option<String>,
    /// What its activities gave, by name, as it is kept.
    pub outputs: BTreeMap<String, Value>,
    /// What a debug run would have changed.
    pub changes: Option<Changes>,
}

impl Execution<'_> {
    /// Runs the pipeline to its end, and tells the journal of every change before it is acted on.
    ///
    /// # Errors
    ///
    /// The parameters are not those of the pipeline, or a change cannot be kept. That an activity fails is no error.
    pub fn run(&self, journal: &dyn Journal) -> Result<Ended, Error> {
        let stop = self.interrupt.nested();
        let scribe = Scribe::new(journal, stop.clone());
        let root = (self.name, self.id, self.root);
        let is_debug = self.mode != Mode::Normal;
        let Surroundings {
            workspace,
            environment,
            pipelines,
            pool,
        } = self.surroundings;
        let performer = Performer {
            desk: Desk::new(workspace, environment, Some(pool), root, is_debug)?,
            scribe: &scribe,
            pipelines,
        };
        let mut ended = self.run_by(&performer, &scribe, &stop);
        if let (Ok(ended), Some(rehearsal)) = (&mut ended, &performer.desk.rehearsal) {
            ended.changes = Some(rehearsal.changes()?);
        }
        drop(performer);
        match scribe.into_fault() {
            Some(fault) => Err(fault),
            None => ended,
        }
    }

    /// Runs the pipeline, whoever does what its activities do.
    pub(super) fn run_by(
        &self,
        worker: &dyn Worker,
        scribe: &Scribe<'_>,
        stop: &Interrupt,
    ) -> Result<Ended, Error> {
        let parameters = parameters(self.pipeline, self.parameters.clone())?;
        let activities = self.activities()?;
        let deadline = self.pipeline.timeout.and_then(|timeout| {
            let passed = SystemTime::now()
                .duration_since(self.started.into())
                .unwrap_or_default();
            Instant::now().checked_add(timeout.0.saturating_sub(passed))
        });
        let setting = Setting {
            prefix: String::new(),
            before: String::new(),
            scope: self.scope(parameters),
            datasets: &self.pipeline.datasets,
            interrupt: deadline.map_or_else(|| stop.clone(), |deadline| stop.until(deadline)),
            ground: Ground::Earlier,
            pipelines: vec![self.name.to_owned()],
        };
        // A change that is not kept is the caller's to tell.
        let _ = scribe.write(&Entry::Began);
        let engine = Engine::new(worker, scribe, &self.prior, Permits::of_machine());
        let ending = engine.run(&activities, &setting);
        let (status, error) = self.judged(&ending, stop);
        let _ = scribe.write(&Entry::Finished {
            status,
            error: error.as_deref(),
        });
        Ok(Ended {
            status,
            error,
            outputs: ending
                .outputs
                .into_iter()
                .map(|(name, output)| (name, output.shown))
                .collect(),
            changes: None,
        })
    }

    fn judged(&self, ending: &Ending, stop: &Interrupt) -> (RunStatus, Option<String>) {
        match (&ending.verdict, self.pipeline.timeout) {
            (Verdict::Succeeded, _) => (RunStatus::Succeeded, None),
            (Verdict::Failed(reason), _) => (RunStatus::Failed, Some(redacted(reason.clone()))),
            (Verdict::Cancelled, Some(timeout)) if !stop.is_set() => (
                RunStatus::Failed,
                Some(format!("the run did not end within {timeout}")),
            ),
            (Verdict::Cancelled, _) => (RunStatus::Cancelled, None),
        }
    }

    /// Returns what expressions know before anything has run.
    fn scope(&self, parameters: Map<String, Value>) -> Scope {
        Scope {
            parameters,
            trigger: self.trigger.clone(),
            run: json!({
                "id": self.id,
                "pipeline": self.name,
                "started": self.started.to_rfc3339_opts(SecondsFormat::AutoSi, true),
                "trigger": self.trigger.name,
            }),
            ..Scope::default()
        }
    }

    /// Returns the activities that are run.
    fn activities(&self) -> Result<Vec<Activity>, Error> {
        let all = &self.pipeline.activities;
        let Some(place) = self.mode.end(self.pipeline)? else {
            return Ok(all.clone());
        };
        let wanted = Graph::of(all).map(|graph| graph.ancestors(place));
        // What is wrong with the graph is told when it is run.
        let Ok(wanted) = wanted else {
            return Ok(all.clone());
        };
        let chosen = all
            .iter()
            .enumerate()
            .filter(|(at, _)| *at == place || wanted.contains(at));
        Ok(chosen.map(|(_, activity)| activity.clone()).collect())
    }
}
