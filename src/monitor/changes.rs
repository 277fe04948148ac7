//! What changes something: runs again, cancels, runs now, starts and stops triggers.
//!
//! A form is led to the page that shows what became of it; a program gets JSON.

use axum::http::header;
use serde_json::{Map, Value, json};

use super::address;
use super::answer::Answer;
use super::asked::Asked;
use super::json::known_run;
use super::monitor::Monitor;
use super::refusal::Refusal;
use super::view::PipelineState;
use crate::error::nearest;
use crate::schedule::{RerunFrom, RunId, TriggerName};

/// What the fields of parameters begin with, in the form that runs a pipeline.
pub(super) const PARAMETER: &str = "parameter:";

/// Runs a run's pipeline again.
pub(super) fn rerun(monitor: &Monitor, asked: &Asked) -> Result<Answer, Refusal> {
    asked.only(&["from", "activity"])?;
    let id = known_run(monitor, asked)?.id;
    let from = match (asked.sent("from")?, asked.sent("activity")?) {
        (Some("start"), _) => RerunFrom::Start,
        (Some("failed"), _) => RerunFrom::Failed,
        (Some("activity"), Some(activity)) => RerunFrom::Activity(activity),
        (other, _) => {
            return Err(Refusal::Wrong {
                what: match other {
                    Some("activity") => "the activity to start from is missing".to_owned(),
                    Some(other) => format!("a run cannot be repeated from {other:?}"),
                    None => "where to start from is missing".to_owned(),
                },
                hint: "`from` is \"start\", \"failed\", or \"activity\" with an `activity`".to_owned(),
            });
        }
    };
    let new = monitor.view.runs.rerun(&id, from, asked.now)?;
    Ok(run_answer(asked, &new))
}

/// Asks a run to stop.
pub(super) fn cancel(monitor: &Monitor, asked: &Asked) -> Result<Answer, Refusal> {
    asked.only(&[])?;
    let run = known_run(monitor, asked)?;
    monitor.view.runs.ask_cancel(&run.id, asked.now)?;
    Ok(run_answer(asked, &run.id))
}

/// Runs a pipeline now.
pub(super) fn run(monitor: &Monitor, asked: &Asked) -> Result<Answer, Refusal> {
    asked.only(&["parameters"])?;
    let name = asked.part("pipeline");
    let pipelines = monitor.view.pipelines()?;
    let Some(pipeline) = pipelines.iter().find(|pipeline| pipeline.name == name) else {
        let like = nearest(name, pipelines.iter().map(|pipeline| pipeline.name.as_str()));
        return Err(Refusal::unknown("pipeline", name, like, "/pipelines"));
    };
    let parameters = match &asked.json {
        Some(json) => match json.get("parameters") {
            None => Map::new(),
            Some(Value::Object(parameters)) => parameters.clone(),
            Some(other) => {
                return Err(Refusal::Wrong {
                    what: format!("{other} is not an object of parameters"),
                    hint: "send {\"parameters\": {\"NAME\": VALUE}}".to_owned(),
                });
            }
        },
        None => parameters(pipeline, asked)?,
    };
    check(pipeline, &parameters)?;
    let id = monitor.view.run_now(name, parameters, asked.now)?;
    Ok(run_answer(asked, &id))
}

/// Refuses a pipeline that cannot be read, parameters that it does not have, and leaving out those that have to be given.
fn check(pipeline: &PipelineState, parameters: &Map<String, Value>) -> Result<(), Refusal> {
    let definition = pipeline.definition.as_ref().map_err(|error| Refusal::Wrong {
        what: format!("the pipeline {:?} cannot be read: {error}", pipeline.name),
        hint: "`sheaf pipeline validate` shows what is wrong in it".to_owned(),
    })?;
    let known = &definition.parameters;
    if let Some(name) = parameters.keys().find(|name| !known.contains_key(*name)) {
        let like = nearest(name, known.keys().map(String::as_str));
        return Err(Refusal::unknown("parameter", name, like, "/pipelines"));
    }
    let mut missing = known
        .iter()
        .filter(|(name, default)| default.is_null() && !parameters.contains_key(*name));
    match missing.next() {
        None => Ok(()),
        Some((name, _)) => Err(Refusal::Wrong {
            what: format!("the parameter {name:?} has to be given"),
            hint: "it has no default".to_owned(),
        }),
    }
}

/// Reads the parameters that a form sent: texts where the default is one, and JSON elsewhere; what is empty stays as it is.
fn parameters(pipeline: &PipelineState, asked: &Asked) -> Result<Map<String, Value>, Refusal> {
    let definition = pipeline.definition.as_ref().ok();
    let defaults = definition.map(|definition| &definition.parameters);
    let mut parameters = Map::new();
    for (name, text) in asked.form.beginning(PARAMETER) {
        let default = defaults.and_then(|defaults| defaults.get(name));
        if text.is_empty() {
            continue;
        }
        let value = match default {
            Some(Value::String(_) | Value::Null) | None => Value::from(text),
            Some(_) => serde_json::from_str(text).map_err(|error| Refusal::Wrong {
                what: format!("the parameter {name:?} is not JSON: {error}"),
                hint: "its default is no text: write a number, true, false, a list or an object".to_owned(),
            })?,
        };
        parameters.insert(name.to_owned(), value);
    }
    Ok(parameters)
}

/// Lets a trigger start runs.
pub(super) fn start(monitor: &Monitor, asked: &Asked) -> Result<Answer, Refusal> {
    set_started(monitor, asked, true)
}

/// Keeps a trigger from starting runs.
pub(super) fn stop(monitor: &Monitor, asked: &Asked) -> Result<Answer, Refusal> {
    set_started(monitor, asked, false)
}

fn set_started(monitor: &Monitor, asked: &Asked, started: bool) -> Result<Answer, Refusal> {
    asked.only(&[])?;
    let wanted = TriggerName {
        pipeline: asked.part("pipeline").to_owned(),
        name: asked.part("trigger").to_owned(),
    };
    let triggers = monitor.view.triggers(asked.now)?;
    if triggers.iter().all(|state| state.trigger != wanted) {
        let names: Vec<String> = triggers.iter().map(|state| state.trigger.to_string()).collect();
        let wanted = wanted.to_string();
        let like = nearest(&wanted, names.iter().map(String::as_str));
        return Err(Refusal::unknown("trigger", &wanted, like, "/triggers"));
    }
    monitor.view.set_started(&wanted, started, asked.now)?;
    if asked.is_api() {
        return Ok(Answer::json(
            &json!({ "trigger": wanted.to_string(), "started": started }),
        ));
    }
    Ok(Answer::see("/triggers"))
}

/// Signs a browser out.
pub(super) fn sign_out(monitor: &Monitor, asked: &Asked) -> Result<Answer, Refusal> {
    if let Some(caller) = &asked.caller {
        monitor.access.sign_out(caller);
    }
    Ok(Answer::see("/sign-in").with(header::SET_COOKIE, monitor.set_cookie("")))
}

fn run_answer(asked: &Asked, id: &RunId) -> Answer {
    if asked.is_api() {
        Answer::json(&json!({ "run": id.0 }))
    } else {
        Answer::see(&address::run(id))
    }
}
