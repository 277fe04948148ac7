//! The list of runs.

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use serde_json::{Value, json};

use super::arguments::RunsArguments;
use super::place::RunPlace;
use crate::cli::columns::print;
use crate::cli::terminal::Terminal;
use crate::error::Error;
use crate::render::cells;
use crate::repl::Screen as _;
use crate::schedule::{Origin, RunFilter, RunRow, moment};

/// How much of an error is shown in a list, in characters.
const LONGEST_ERROR: usize = 60;

pub(super) fn list(place: &RunPlace, arguments: &RunsArguments, terminal: &Terminal) -> Result<(), Error> {
    let now = Utc::now();
    let filter = RunFilter {
        statuses: arguments.statuses.clone(),
        pipeline: arguments.pipeline.clone(),
        trigger: arguments.trigger.clone(),
        since: arguments
            .since
            .as_deref()
            .map(|text| since(text, now))
            .transpose()?,
        limit: Some(arguments.limit),
        ..RunFilter::default()
    };
    let (runs, all) = match place.runs() {
        Some(runs) => (runs.runs(&filter)?, runs.count(&filter)?),
        None => (Vec::new(), 0),
    };
    if runs.is_empty() && !arguments.json {
        return terminal.out("no runs\n");
    }
    let rows = runs.iter().map(|run| {
        vec![
            run.id.0.clone(),
            run.pipeline.clone(),
            run.status.name().to_owned(),
            started_by(run),
            time(run.started_at.unwrap_or(run.queued_at)),
            taken(run, now).map_or_else(|| "-".to_owned(), shown),
            run.error.as_deref().map_or_else(String::new, first_line),
        ]
    });
    print(
        arguments.json,
        &[
            "Run",
            "Pipeline",
            "Status",
            "By",
            "Started (UTC)",
            "Duration",
            "Error",
        ],
        &rows.collect::<Vec<_>>(),
        Value::Array(runs.iter().map(|run| json(run, now)).collect()),
        terminal,
    )?;
    let left = all.saturating_sub(runs.len() as u64);
    if left > 0 && !arguments.json {
        terminal.out(&format!("… and {left} older; --limit shows more\n"))?;
    }
    Ok(())
}

/// Reads a time, or how long ago it was.
pub(in crate::cli) fn since(text: &str, now: DateTime<Utc>) -> Result<DateTime<Utc>, Error> {
    let ago = humantime::parse_duration(text).ok();
    let ago = ago.and_then(|ago| TimeDelta::from_std(ago).ok());
    match ago.and_then(|ago| now.checked_sub_signed(ago)) {
        Some(time) => Ok(time),
        None => Ok(moment(text, Tz::UTC)?),
    }
}

/// Returns a run as JSON.
pub(super) fn json(run: &RunRow, now: DateTime<Utc>) -> Value {
    json!({
        "id": run.id,
        "pipeline": run.pipeline,
        "version": run.version,
        "origin": run.origin.name(),
        "trigger": run.trigger,
        "parameters": run.parameters,
        "status": run.status.name(),
        "queued_at": run.queued_at,
        "started_at": run.started_at,
        "ended_at": run.ended_at,
        "seconds": taken(run, now).map(|taken| taken.num_milliseconds() as f64 / 1000.0),
        "error": run.error,
        "rerun_of": run.rerun_of,
        "parent": run.parent,
    })
}

/// Says who has started a run.
pub(super) fn started_by(run: &RunRow) -> String {
    match (run.origin, &run.trigger.name) {
        (Origin::Trigger, Some(trigger)) => trigger.clone(),
        (Origin::Backfill, Some(trigger)) => format!("{trigger} (backfill)"),
        (origin, _) => origin.name().to_lowercase(),
    }
}

/// Writes a time of UTC.
pub(super) fn time(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%d %H:%M:%S").to_string()
}

/// Returns how long a run took, or has taken so far.
fn taken(run: &RunRow, now: DateTime<Utc>) -> Option<TimeDelta> {
    let end = match run.ended_at {
        Some(end) => end,
        None if run.status.is_final() => return None,
        None => now,
    };
    Some(end - run.started_at?)
}

/// Writes how long something took.
pub(super) fn shown(taken: TimeDelta) -> String {
    cells::time(taken.to_std().unwrap_or_default())
}

fn first_line(error: &str) -> String {
    let line = error.lines().next().unwrap_or_default();
    match line.char_indices().nth(LONGEST_ERROR) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or(line).trim_end()),
        None => line.to_owned(),
    }
}
