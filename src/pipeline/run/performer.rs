//! [`Performer`]: does what activities do, with the files, databases and secrets of a workspace.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::engine::{Task, Worker};
use crate::pipeline::activity::{ActivityError, Desk, PerformContext};
use crate::pipeline::definition::Pipeline;
use crate::pipeline::journal::Admission;
use crate::pipeline::scribe::Scribe;

/// Does what activities do, with the files, databases and secrets of a workspace.
pub(super) struct Performer<'a> {
    pub(super) desk: Desk<'a>,
    pub(super) scribe: &'a Scribe<'a>,
    pub(super) pipelines: &'a BTreeMap<String, Pipeline>,
}

impl Worker for Performer<'_> {
    fn perform(&self, task: &Task<'_>) -> Result<Value, ActivityError> {
        let context = PerformContext {
            desk: &self.desk,
            scribe: self.scribe,
            datasets: task.datasets,
            scope: task.scope,
            interrupt: task.interrupt,
            path: task.path,
            attempt: task.attempt,
            load: task.load,
            is_secure: task.is_secure,
        };
        match (task.action.performs(), &self.desk.rehearsal) {
            (Some(work), Some(rehearsal)) if work.lasting().is_some() => {
                let what = work.lasting().unwrap_or_default();
                rehearsal.skip(task.path, what);
                Ok(json!({ "skipped": format!("a debug run skips {what}") }))
            }
            (Some(work), _) => work.perform(&context),
            (None, _) => Err(ActivityError::Unknown(task.action.kind())),
        }
    }

    fn pipeline(&self, name: &str) -> Result<&Pipeline, ActivityError> {
        self.pipelines.get(name).ok_or_else(|| ActivityError::NoPipeline {
            name: name.to_owned(),
            known: self.pipelines.keys().cloned().collect(),
        })
    }

    fn enter(&self, path: &str, pipeline: &str, most: u32) -> Result<Admission, ActivityError> {
        // Nothing lasts of what a debug run does: it is no run beside the others.
        if self.desk.rehearsal.is_some() {
            return Ok(Admission::Admitted);
        }
        self.scribe.enter(path, pipeline, most)
    }

    fn leave(&self, path: &str) {
        if self.desk.rehearsal.is_none() {
            self.scribe.leave(path);
        }
    }
}
