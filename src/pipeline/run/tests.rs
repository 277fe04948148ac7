//! Runs of pipelines whose activities do as they are told.

mod conditions;
mod control;
mod resuming;
mod stopping;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;

use chrono::DateTime;
use serde_json::{Map, Value, json};

use super::engine::{Task, Worker};
use super::{Ended, Execution, Mode, Prior, Surroundings};
use crate::database::Pool;
use crate::error::Error;
use crate::job;
use crate::pipeline::activity::ActivityError;
use crate::pipeline::definition::Pipeline;
use crate::pipeline::journal::{Admission, Entry, Journal};
use crate::pipeline::scribe::Scribe;
use crate::pipeline::{ActivityStatus, TriggerFacts};
use crate::work::Interrupt;
use crate::workspace::Workspace;

/// What activities do, by path: each attempt the next of these, and the last one again.
type Acts = BTreeMap<&'static str, Vec<Act>>;

/// What an activity does.
#[derive(Debug, Clone)]
enum Act {
    /// Gives this.
    Give(Value),
    /// Fails with this message.
    Fail(&'static str),
    /// Panics.
    Panic,
    /// Waits until it is stopped.
    Hang,
    /// Gives what it was given, as text.
    Echo,
    /// Stops the run, and then ends as if nothing were.
    Stop,
}

/// Does what activities are told, and tells what they did.
#[derive(Default)]
struct Fake {
    acts: Acts,
    pipelines: BTreeMap<String, Pipeline>,
    stop: Interrupt,
    did: Mutex<Vec<String>>,
    /// How often it is asked in vain whether another pipeline may be run, and what was asked.
    waits: usize,
    line: Mutex<Vec<String>>,
}

impl Worker for Fake {
    fn perform(&self, task: &Task<'_>) -> Result<Value, ActivityError> {
        let did = format!("{}#{}", task.path, task.attempt);
        let before = {
            let mut all = self.did.lock().unwrap();
            all.push(did);
            all.iter()
                .filter(|did| did.starts_with(&format!("{}#", task.path)))
                .count()
        };
        let acts = self.acts.get(task.path);
        let act = acts.and_then(|acts| acts.get(before - 1).or(acts.last()));
        match act.cloned().unwrap_or(Act::Give(Value::Null)) {
            Act::Give(value) => Ok(value),
            Act::Fail(message) => Err(ActivityError::Fail {
                message: message.to_owned(),
                code: None,
            }),
            Act::Panic => panic!("out of range"),
            Act::Hang => {
                while !task.interrupt.is_set() {
                    std::thread::yield_now();
                }
                Err(ActivityError::Interrupted)
            }
            Act::Echo => {
                let action = serde_json::to_value(task.action).unwrap();
                let text = action["Fail"]["message"].clone();
                Ok(crate::pipeline::expression::resolve(&text, task.scope)?)
            }
            Act::Stop => {
                self.stop.trigger();
                Ok(Value::Null)
            }
        }
    }

    fn pipeline(&self, name: &str) -> Result<&Pipeline, ActivityError> {
        self.pipelines.get(name).ok_or_else(|| ActivityError::NoPipeline {
            name: name.to_owned(),
            known: Vec::new(),
        })
    }

    fn enter(&self, path: &str, pipeline: &str, most: u32) -> Result<Admission, ActivityError> {
        let mut line = self.line.lock().unwrap();
        line.push(format!("{path} {pipeline} {most}"));
        let asked = line.iter().filter(|one| !one.starts_with('-')).count();
        Ok(if asked > self.waits {
            Admission::Admitted
        } else {
            Admission::Waiting { running: 1 }
        })
    }

    fn leave(&self, path: &str) {
        self.line.lock().unwrap().push(format!("-{path}"));
    }
}

/// Keeps every change as a line; refuses one that begins so, and panics at one that begins so.
#[derive(Default)]
struct Lines {
    kept: Mutex<Vec<String>>,
    refused: Option<&'static str>,
    panics: Option<&'static str>,
}

impl Lines {
    fn all(self) -> Vec<String> {
        self.kept.into_inner().unwrap()
    }
}

impl Journal for Lines {
    fn write(&self, entry: &Entry<'_>) -> Result<(), Error> {
        let line = match entry {
            Entry::Began => "began".to_owned(),
            Entry::Attempt {
                path,
                kind,
                attempt,
                input,
                load,
            } => {
                let load = load.map_or_else(String::new, |load| format!(" as {load}"));
                format!("{path}#{attempt} {kind} {input}{load}")
            }
            Entry::Items { path, items, from } => format!("{path} has {items} from {from:?}"),
            Entry::AttemptEnded {
                path,
                attempt,
                status,
                output,
                error,
            } => format!("{path}#{attempt} {status} {output}{}", told(*error)),
            Entry::Ended {
                path,
                status,
                output,
                error,
                ..
            } => format!("{path} {status} {output}{}", told(*error)),
            Entry::Finished { status, error } => format!("{status}{}", told(*error)),
            Entry::Notebook { .. } | Entry::Progress { .. } => return Ok(()),
        };
        if self.refused.is_some_and(|refused| line.starts_with(refused)) {
            return Err(ActivityError::Journal("no space is left".to_owned()).into());
        }
        assert!(
            !self.panics.is_some_and(|panics| line.starts_with(panics)),
            "out of range"
        );
        self.kept.lock().unwrap().push(line);
        Ok(())
    }
}

fn told(error: Option<&str>) -> String {
    error.map(|error| format!(": {error}")).unwrap_or_default()
}

fn pipeline(text: &str) -> Pipeline {
    let options = ron::Options::default().with_default_extension(
        ron::extensions::Extensions::UNWRAP_VARIANT_NEWTYPES | ron::extensions::Extensions::IMPLICIT_SOME,
    );
    options.from_str(text).unwrap()
}

/// A run that is to be.
struct Planned {
    pipeline: Pipeline,
    fake: Fake,
    prior: Prior,
    parameters: Map<String, Value>,
    refused: Option<&'static str>,
    panics: Option<&'static str>,
    until: Option<&'static str>,
}

impl Planned {
    fn new(text: &str, acts: &[(&'static str, &[Act])]) -> Self {
        let acts = acts.iter().map(|(path, acts)| (*path, acts.to_vec()));
        Self {
            pipeline: pipeline(text),
            fake: Fake {
                acts: acts.collect(),
                ..Fake::default()
            },
            prior: Prior::default(),
            parameters: Map::new(),
            refused: None,
            panics: None,
            until: None,
        }
    }

    fn run(self) -> Run {
        let folder = tempfile::tempdir().unwrap();
        let workspace = Workspace::find(folder.path()).unwrap();
        let environment = job::Environment::default();
        let execution = Execution {
            name: "nightly",
            pipeline: &self.pipeline,
            root: Path::new(""),
            id: "20261130-020000-k3f9",
            parameters: self.parameters,
            trigger: TriggerFacts::default(),
            prior: self.prior,
            mode: match self.until {
                Some(until) => Mode::Debug {
                    until: Some(until.to_owned()),
                },
                None => Mode::Normal,
            },
            surroundings: Surroundings {
                workspace: &workspace,
                environment: &environment,
                pipelines: &BTreeMap::new(),
                pool: &Pool::default(),
            },
            started: DateTime::UNIX_EPOCH,
            interrupt: Interrupt::default(),
        };
        let journal = Lines {
            refused: self.refused,
            panics: self.panics,
            ..Lines::default()
        };
        let stop = self.fake.stop.clone();
        let scribe = Scribe::new(&journal, stop.clone());
        let ended = execution
            .run_by(&self.fake, &scribe, &stop)
            .map_err(|error| error.to_string());
        let fault = scribe.into_fault().map(|fault| fault.to_string());
        Run {
            ended,
            fault,
            did: self.fake.did.into_inner().unwrap(),
            line: self.fake.line.into_inner().unwrap(),
            lines: journal.all(),
        }
    }
}

/// A run that is over.
struct Run {
    ended: Result<Ended, String>,
    fault: Option<String>,
    did: Vec<String>,
    line: Vec<String>,
    lines: Vec<String>,
}

impl Run {
    fn end(&self) -> String {
        let ended = self.ended.as_ref().unwrap();
        format!("{}{}", ended.status, told(ended.error.as_deref()))
    }

    fn output(&self, name: &str) -> Value {
        self.ended.as_ref().unwrap().outputs[name].clone()
    }

    /// The changes of one activity.
    fn of(&self, path: &str) -> Vec<&str> {
        let own =
            |line: &&String| line.starts_with(&format!("{path}#")) || line.starts_with(&format!("{path} "));
        self.lines.iter().filter(own).map(String::as_str).collect()
    }
}
