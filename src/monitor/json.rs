//! The pages' facts as JSON, for programs.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::answer::Answer;
use super::asked::Asked;
use super::filter::filter;
use super::moment::length;
use super::monitor::Monitor;
use super::refusal::Refusal;
use crate::error::nearest;
use crate::schedule::{ActivityRow, AttemptRow, NotebookRow, RunRow};

/// Answers with who asks, and the mark that changes from a browser carry.
pub(super) fn session(_: &Monitor, asked: &Asked) -> Result<Answer, Refusal> {
    let caller = asked.caller.as_ref();
    Ok(Answer::json(&json!({
        "name": caller.and_then(|caller| caller.name.as_deref()),
        "role": caller.map(|caller| caller.role.name()),
        "mark": caller.and_then(|caller| caller.mark.as_deref()),
    })))
}

/// Answers with the runs of a filter.
pub(super) fn runs(monitor: &Monitor, asked: &Asked) -> Result<Answer, Refusal> {
    asked.only_asked(&[
        "status", "pipeline", "trigger", "since", "until", "before", "limit", "zone",
    ])?;
    let filter = filter(&asked.query, asked.zone)?;
    let runs = monitor.view.runs.runs(&filter)?;
    let is_full = filter.limit.is_some_and(|limit| runs.len() >= limit as usize);
    let next = runs.last().filter(|_| is_full);
    let next = next.map(|last| asked.query.with("/api/runs", "before", Some(&last.id.0)));
    Ok(Answer::json(&json!({
        "count": monitor.view.runs.count(&filter)?,
        "runs": runs.iter().map(|run| run_json(run, asked)).collect::<Vec<_>>(),
        "next": next,
    })))
}

/// Answers with a run and its activities.
pub(super) fn run(monitor: &Monitor, asked: &Asked) -> Result<Answer, Refusal> {
    let run = known_run(monitor, asked)?;
    let activities = monitor.view.runs.activities(&run.id)?;
    let mut json = run_json(&run, asked);
    json["activities"] = activities.iter().map(|row| activity_json(row, asked)).collect();
    Ok(Answer::json(&json))
}

/// Answers with an activity and its attempts.
pub(super) fn activity(monitor: &Monitor, asked: &Asked) -> Result<Answer, Refusal> {
    let (run, activity) = known_activity(monitor, asked)?;
    let attempts = monitor.view.runs.attempts(&run.id, &activity.path)?;
    let mut json = activity_json(&activity, asked);
    json["attempts"] = attempts.iter().map(|row| attempt_json(row, asked)).collect();
    Ok(Answer::json(&json))
}

/// Answers with the notebook that ran in an attempt.
pub(super) fn notebook(monitor: &Monitor, asked: &Asked) -> Result<Answer, Refusal> {
    let (_, _, attempt, notebook) = known_notebook(monitor, asked)?;
    Ok(Answer::json(&json!({
        "file": notebook.file,
        "attempt": attempt,
        "source": notebook.source,
        "record": notebook.record,
    })))
}

/// Answers with the triggers.
pub(super) fn triggers(monitor: &Monitor, asked: &Asked) -> Result<Answer, Refusal> {
    let triggers = monitor.view.triggers(asked.now)?;
    let triggers = triggers.iter().map(|trigger| {
        json!({
            "pipeline": trigger.trigger.pipeline,
            "name": trigger.trigger.name,
            "kind": trigger.kind,
            "says": trigger.says,
            "started": trigger.is_started,
            "trouble": trigger.trouble,
            "next": trigger.next,
            "last_run": trigger.last_run.as_ref().map(|run| run_json(run, asked)),
        })
    });
    Ok(Answer::json(&json!({ "triggers": triggers.collect::<Vec<_>>() })))
}

/// Answers with the pipelines.
pub(super) fn pipelines(monitor: &Monitor, asked: &Asked) -> Result<Answer, Refusal> {
    let pipelines = monitor.view.pipelines()?;
    let pipelines = pipelines.iter().map(|pipeline| {
        json!({
            "name": pipeline.name,
            "version": pipeline.version,
            "error": pipeline.definition.as_ref().err(),
            "definition": pipeline.definition.as_ref().ok(),
            "last_run": pipeline.recent.first().map(|run| run_json(run, asked)),
        })
    });
    Ok(Answer::json(
        &json!({ "pipelines": pipelines.collect::<Vec<_>>() }),
    ))
}

/// Returns the run that the path names.
pub(super) fn known_run(monitor: &Monitor, asked: &Asked) -> Result<RunRow, Refusal> {
    let id = asked.run();
    monitor
        .view
        .runs
        .run(&id)?
        .ok_or_else(|| Refusal::unknown("run", &id.0, None, "the list of runs, /,"))
}

/// Returns the run and its activity that the path names.
pub(super) fn known_activity(monitor: &Monitor, asked: &Asked) -> Result<(RunRow, ActivityRow), Refusal> {
    let run = known_run(monitor, asked)?;
    let name = asked.part("activity");
    let mut activities = monitor.view.runs.activities(&run.id)?;
    if let Some(at) = activities.iter().position(|activity| activity.path == name) {
        return Ok((run, activities.swap_remove(at)));
    }
    let like = nearest(name, activities.iter().map(|activity| activity.path.as_str()));
    Err(Refusal::unknown(
        "activity",
        name,
        like,
        &super::address::run(&run.id),
    ))
}

/// Returns the notebook that ran in the attempt that is asked for: the last one where none is named.
pub(super) fn known_notebook(
    monitor: &Monitor,
    asked: &Asked,
) -> Result<(RunRow, ActivityRow, u32, NotebookRow), Refusal> {
    let (run, activity) = known_activity(monitor, asked)?;
    let attempt = asked.attempt()?.unwrap_or(activity.attempts);
    let notebook = monitor.view.runs.notebook(&run.id, &activity.path, attempt)?;
    match notebook {
        Some(notebook) => Ok((run, activity, attempt, notebook)),
        None => Err(Refusal::NotFound {
            what: format!("no notebook is kept of attempt {attempt} of {:?}", activity.path),
            hint: format!(
                "see {} for its attempts",
                super::address::activity(&run.id, &activity.path)
            ),
        }),
    }
}

fn run_json(run: &RunRow, asked: &Asked) -> Value {
    json!({
        "id": run.id.0,
        "pipeline": run.pipeline,
        "version": run.version,
        "origin": run.origin.name(),
        "trigger": serde_json::to_value(&run.trigger).unwrap_or_default(),
        "parameters": run.parameters,
        "status": run.status.name(),
        "queued_at": run.queued_at,
        "started_at": run.started_at,
        "ended_at": run.ended_at,
        "seconds": seconds(run.started_at, run.ended_at, asked),
        "error": run.error,
        "rerun_of": run.rerun_of,
        "parent": run.parent,
    })
}

fn activity_json(activity: &ActivityRow, asked: &Asked) -> Value {
    json!({
        "path": activity.path,
        "kind": activity.kind,
        "status": activity.status.name(),
        "attempt_count": activity.attempts,
        "started_at": activity.started_at,
        "ended_at": activity.ended_at,
        "seconds": seconds(activity.started_at, activity.ended_at, asked),
        "input": activity.input,
        "output": activity.output,
        "error": activity.error,
        "progress": activity.progress.map(|(done, total)| json!({ "done": done, "total": total })),
        "has_notebook": activity.has_notebook,
    })
}

fn attempt_json(attempt: &AttemptRow, asked: &Asked) -> Value {
    json!({
        "attempt": attempt.attempt,
        "status": attempt.status.name(),
        "started_at": attempt.started_at,
        "ended_at": attempt.ended_at,
        "seconds": seconds(Some(attempt.started_at), attempt.ended_at, asked),
        "input": attempt.input,
        "output": attempt.output,
        "error": attempt.error,
        "has_notebook": attempt.has_notebook,
    })
}

fn seconds(began: Option<DateTime<Utc>>, ended: Option<DateTime<Utc>>, asked: &Asked) -> Option<f64> {
    length(began, ended, asked.now).map(|length| length.as_secs_f64())
}
