//! [`Notice`]: telling someone of a run: an activity that is run for that alone, and kept nowhere.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Map, Value};

use super::engine::{Engine, Lists as _, Setting, Verdict};
use super::execution::Surroundings;
use super::performer::Performer;
use super::permits::Permits;
use super::prior::{Ground, Prior};
use crate::error::Error;
use crate::pipeline::activity::Desk;
use crate::pipeline::definition::{Action, Activity, Alert};
use crate::pipeline::expression::Scope;
use crate::pipeline::facts::TriggerFacts;
use crate::pipeline::journal::{Entry, Journal};
use crate::pipeline::scribe::Scribe;
use crate::work::Interrupt;

/// Telling someone of a run.
pub struct Notice<'a> {
    /// Who is told, and how.
    pub alert: &'a Alert,
    /// The pipeline's name.
    pub pipeline: &'a str,
    /// The run.
    pub id: &'a str,
    /// The folder that notebooks are read from.
    pub root: &'a Path,
    /// What expressions know of the run, as `run`.
    pub facts: Map<String, Value>,
    /// The run's parameters.
    pub parameters: Map<String, Value>,
    /// What the run knows of what started it.
    pub trigger: TriggerFacts,
    /// What is around it.
    pub surroundings: Surroundings<'a>,
}

/// Keeps nothing: how it ends is all that counts.
struct Nowhere;

impl Journal for Nowhere {
    fn write(&self, _: &Entry<'_>) -> Result<(), Error> {
        Ok(())
    }
}

impl Notice<'_> {
    /// Tells them; gives why that failed, as a person reads it.
    ///
    /// # Errors
    ///
    /// A request or a notebook has failed, or time has run out.
    pub fn send(&self, interrupt: &Interrupt) -> Result<(), String> {
        let stop = interrupt.nested();
        let scribe = Scribe::new(&Nowhere, stop.clone());
        let Surroundings {
            workspace,
            environment,
            pipelines,
            pool,
        } = self.surroundings;
        let root = (self.pipeline, self.id, self.root);
        let desk = Desk::new(workspace, environment, Some(pool), root, false);
        let performer = Performer {
            desk: desk.map_err(|error| error.told())?,
            scribe: &scribe,
            pipelines,
        };
        let (prior, datasets) = (Prior::default(), BTreeMap::new());
        let engine = Engine::new(&performer, &scribe, &prior, Permits::of_machine());
        let setting = Setting {
            prefix: String::new(),
            before: String::new(),
            scope: Scope {
                parameters: self.parameters.clone(),
                trigger: self.trigger.clone(),
                run: Value::Object(self.facts.clone()),
                ..Scope::default()
            },
            datasets: &datasets,
            interrupt: stop,
            ground: Ground::Other,
            pipelines: vec![self.pipeline.to_owned()],
        };
        match engine.run(&self.activities(), &setting).verdict {
            Verdict::Succeeded => Ok(()),
            Verdict::Failed(reason) => Err(reason),
            Verdict::Cancelled => Err("it did not end in time".to_owned()),
        }
    }

    fn activities(&self) -> Vec<Activity> {
        let http = self.alert.http.clone().map(Action::Http);
        let notebook = self.alert.notebook.clone().map(Action::Notebook);
        let actions = http.into_iter().chain(notebook).zip(1..);
        let activity = |(action, number): (Action, u32)| Activity {
            name: format!("alert {number}"),
            description: String::new(),
            after: BTreeMap::new(),
            retry: 0,
            retry_interval: None,
            timeout: None,
            secure_input: false,
            secure_output: false,
            action,
        };
        actions.map(activity).collect()
    }
}
