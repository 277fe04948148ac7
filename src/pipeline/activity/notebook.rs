//! [`Notebook`]: runs a notebook.

use std::collections::BTreeMap;
use std::path::{Component, Path};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::context::PerformContext;
use super::error::ActivityError;
use super::perform::Perform;
use super::uses::Uses;
use crate::error::Error;
use crate::job::{CachePolicy, Event, Job, Observer, Options, RunOptions, Status};
use crate::notebook;
use crate::parameters::Parameters;
use crate::pipeline::text::Text;
use crate::record::Record;
use crate::render::{Style, cells};
use crate::session::{MemoryTaskValues, Session};

/// The field of an output with what a task has left for others.
const TASK_VALUES: &str = "task_values";

/// Runs a notebook; its output is `{"exit_value": …}`, with `"task_values"` where its cells set some.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Notebook {
    /// The file, from the workspace's folder.
    pub path: Text,
    /// Values for its widgets.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, Value>,
}

impl Perform for Notebook {
    fn kind(&self) -> &'static str {
        "Notebook"
    }

    fn uses(&self) -> Uses<'_> {
        let uses = Uses::default().text("path", &self.path);
        let mut uses = uses.named("parameters", &self.parameters);
        uses.notebooks.push((&self.path, &self.parameters));
        uses
    }

    fn perform(&self, context: &PerformContext<'_>) -> Result<Value, ActivityError> {
        let name = self.path.render(context.scope())?;
        let file = context.root().join(inside(&name)?);
        let notebook = notebook::Notebook::read(&file).map_err(ActivityError::of)?;
        let values = task_values(context);
        let options = Options {
            parameters: self.widgets(context)?,
            interrupt: context.interrupt().clone(),
            // What a debug run finds is found nowhere else.
            cache: if context.is_debug() {
                CachePolicy::Off
            } else {
                CachePolicy::Use
            },
            published: (context.root() != context.workspace().root()).then(|| context.root().to_owned()),
            rehearsal: context.rehearsal(),
            environment: context.environment().clone(),
            task_values: Some(Arc::clone(&values) as _),
            ..Options::default()
        };
        let mut job = Job::of_notebook(&notebook, &file, context.workspace(), &options)?;
        let mut follower = Follower {
            context,
            file: &name,
            cells: job.session().ids().len() as u64,
            done: 0,
            failure: None,
        };
        let mut kept = Ok(());
        let mut keep = |record: &Record| {
            let text = record
                .to_text()
                .map_err(|error| ActivityError::Journal(error.to_string()));
            let source = notebook.to_text();
            kept = text.and_then(|text| context.notebook_ran(&name, &source, &text));
        };
        let outcome = job.run_keeping(RunOptions::default(), &mut follower, &mut keep);
        kept?;
        let outcome = outcome?;
        match (outcome.status, follower.failure) {
            (Status::Interrupted, _) => Err(ActivityError::Interrupted),
            (_, Some(failure)) => Err(failure),
            _ => Ok(output(outcome.exit, values.own())),
        }
    }
}

impl Notebook {
    /// Returns the values of the widgets, as texts.
    fn widgets(&self, context: &PerformContext<'_>) -> Result<Parameters, ActivityError> {
        let mut parameters = Parameters::default();
        for (name, value) in &self.parameters {
            let value = crate::pipeline::expression::resolve(value, context.scope())?;
            parameters.set(name, widget_text(name, &value)?);
        }
        Ok(parameters)
    }
}

/// Checks that a path leads to a file of the workspace, whose published versions have none but these.
fn inside(name: &str) -> Result<&Path, ActivityError> {
    let path = Path::new(name);
    let is_inside = path
        .components()
        .all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    if is_inside && !name.is_empty() {
        return Ok(path);
    }
    Err(ActivityError::Value {
        field: "path".to_owned(),
        found: format!("{name:?}"),
        expected: "the path of a notebook in the workspace's folder, such as \"sessions/score.py\"",
    })
}

/// Writes a value as a widget takes it: a list as its items joined by commas, as a multiselect does, an object as JSON.
fn widget_text(name: &str, value: &Value) -> Result<String, ActivityError> {
    let refused = |found| {
        Err(ActivityError::Parameter {
            name: name.to_owned(),
            found,
        })
    };
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(_) | Value::Bool(_) | Value::Object(_) => Ok(value.to_string()),
        Value::Null => refused("nothing"),
        Value::Array(items) => {
            let texts = items.iter().map(|item| match item {
                Value::Array(_) => refused("a list within a list"),
                Value::Object(_) => refused("a list of objects"),
                item => widget_text(name, item),
            });
            Ok(texts.collect::<Result<Vec<String>, _>>()?.join(","))
        }
    }
}

/// Returns what the tasks before have left, as the cells of this one ask for it.
///
/// It comes from their outputs, so that it is there also where those were taken from an earlier run.
fn task_values(context: &PerformContext<'_>) -> Arc<MemoryTaskValues> {
    let values = MemoryTaskValues::new(context.name());
    for (task, activity) in &context.scope().activities {
        let left = activity.get("output").and_then(|output| output.get(TASK_VALUES));
        for (key, value) in left.and_then(Value::as_object).into_iter().flatten() {
            values.leave(task, key, value.clone());
        }
    }
    Arc::new(values)
}

/// Returns the output: the value that the notebook ended with, read as JSON where it is that.
fn output(exit: Option<String>, left: BTreeMap<String, Value>) -> Value {
    let exit = exit.map_or(Value::Null, |text| {
        serde_json::from_str(&text).unwrap_or(Value::String(text))
    });
    if left.is_empty() {
        json!({ "exit_value": exit })
    } else {
        json!({ "exit_value": exit, TASK_VALUES: left })
    }
}

/// Follows the cells: how many have ended, and why one failed.
struct Follower<'a> {
    context: &'a PerformContext<'a>,
    file: &'a str,
    cells: u64,
    done: u64,
    failure: Option<ActivityError>,
}

impl Observer for Follower<'_> {
    fn event(&mut self, session: &Session, event: &Event<'_>) -> Result<(), Error> {
        let Event::CellEnded(id, end) = event else {
            return Ok(());
        };
        self.done += 1;
        self.context.progress(self.done, Some(self.cells));
        let error = end.error.as_ref().filter(|error| !error.interrupted());
        if let (Some(error), Some(position)) = (error, session.position(*id)) {
            self.failure = Some(ActivityError::Cell {
                notebook: self.file.to_owned(),
                cell: cells::label(position, session.cell(*id)),
                message: error.message.clone(),
                hint: error.hint.clone(),
                shown: cells::failure(error, session, Some(self.file), &Style::default()),
            });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widgets_take_texts_and_what_has_one() {
        let text = |value: Value| widget_text("day", &value).map_err(|error| error.to_string());
        assert_eq!(text(json!("2026-01-31")).unwrap(), "2026-01-31");
        assert_eq!(text(json!(true)).unwrap(), "true");
        assert_eq!(text(json!(0.5)).unwrap(), "0.5");
        assert_eq!(text(json!(["S", 3])).unwrap(), "S,3");
        assert_eq!(text(json!({"a": [1]})).unwrap(), "{\"a\":[1]}");
        assert_eq!(
            text(json!(null)).unwrap_err(),
            "the parameter \"day\" is nothing, which a widget cannot take"
        );
        assert_eq!(
            text(json!([[1]])).unwrap_err(),
            "the parameter \"day\" is a list within a list, which a widget cannot take"
        );
    }

    #[test]
    fn an_exit_value_is_json_where_it_can_be() {
        let exit = |text: &str| output(Some(text.to_owned()), BTreeMap::new());
        assert_eq!(exit("{\"rows\": 418}"), json!({"exit_value": {"rows": 418}}));
        assert_eq!(exit("done"), json!({"exit_value": "done"}));
        assert_eq!(exit("007"), json!({"exit_value": "007"}));
        assert_eq!(output(None, BTreeMap::new()), json!({"exit_value": null}));
        let left = BTreeMap::from([("model".to_owned(), json!("/mnt/models/a"))]);
        assert_eq!(
            output(None, left),
            json!({"exit_value": null, "task_values": {"model": "/mnt/models/a"}})
        );
    }
}
