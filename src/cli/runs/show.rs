//! `sheaf runs show`: what happened in a run.

use chrono::Utc;
use serde_json::{Value, json};

use super::arguments::ShowRun;
use super::list;
use super::place::RunPlace;
use crate::cli::columns::print;
use crate::cli::terminal::Terminal;
use crate::error::Error;
use crate::pipeline::{ActivityStatus, progress, rows_of_output};
use crate::render::{Paint, plain};
use crate::repl::Screen as _;
use crate::schedule::{ActivityRow, RunRow, Runs};

pub(super) fn show(place: &RunPlace, arguments: &ShowRun, terminal: &Terminal) -> Result<(), Error> {
    let (runs, run) = place.run(&arguments.id)?;
    let activities = runs.activities(&run.id)?;
    if arguments.json {
        let mut json = list::json(&run, Utc::now());
        let activities = activities.iter().map(|one| activity_json(runs, &run, one));
        let activities = activities.collect::<Result<Vec<_>, _>>()?;
        if let Value::Object(fields) = &mut json {
            fields.insert("activities".to_owned(), Value::Array(activities));
            fields.insert("alerts".to_owned(), alerts_json(runs, &run)?);
        }
        return print(true, &[], &[], json, terminal);
    }
    let paint = Paint::new(&terminal.style());
    let mut text = head(&run, paint);
    for activity in &activities {
        text += &line(activity, paint);
    }
    for alert in runs.alerts(&run.id)? {
        let time = list::time(alert.sent_at);
        text += &format!(
            "alert {} at {time}: {}\n",
            alert.occasion,
            plain(&alert.to_string())
        );
    }
    let notebook = activities
        .iter()
        .rev()
        .find(|one| one.has_notebook && one.error.is_some());
    if let Some(notebook) = notebook {
        let (id, path) = (&run.id, for_shell(&plain(&notebook.path)));
        text += &format!(
            "{}`sheaf runs open {id} {path}` shows the notebook as it ran\n",
            paint.hint("hint: ")
        );
    }
    terminal.out(&text)
}

/// Writes what there is to say of the run itself.
fn head(run: &RunRow, paint: Paint) -> String {
    let version = run
        .version
        .map_or("the draft".to_owned(), |version| format!("version {version}"));
    let mut facts = vec![
        format!(
            "{} of {}, {version}, by {}",
            run.id,
            plain(&run.pipeline),
            list::started_by(run)
        ),
        format!("queued at {} UTC", list::time(run.queued_at)),
    ];
    let trigger = &run.trigger;
    facts.extend(
        trigger
            .scheduled_time
            .map(|time| format!("for {} UTC", list::time(time))),
    );
    if let (Some(begins), Some(ends)) = (trigger.window_start, trigger.window_end) {
        facts.push(format!(
            "window {} to {} UTC",
            list::time(begins),
            list::time(ends)
        ));
    }
    facts.extend(trigger.files.iter().map(|file| format!("file {}", plain(file))));
    facts.extend(run.rerun_of.as_ref().map(|of| format!("repeats {of}")));
    if run.continued > 0 {
        let often = match run.continued {
            1 => "once".to_owned(),
            often => format!("{often} times"),
        };
        facts.push(format!("continued {often} after its process had died"));
    }
    if run
        .parameters
        .as_object()
        .is_some_and(|parameters| !parameters.is_empty())
    {
        facts.push(format!("parameters {}", plain(&run.parameters.to_string())));
    }
    let taken = run
        .started_at
        .zip(run.ended_at)
        .map(|(start, end)| list::shown(end - start));
    let status = taken.map_or_else(
        || run.status.to_string(),
        |taken| format!("{} in {taken}", run.status),
    );
    let mut text = format!("{}\n{}\n", paint.strong(&status), facts.join("\n"));
    if let Some(error) = &run.error {
        text += &format!("{}{}\n", paint.error("error: "), plain(error));
    }
    text + "\n"
}

/// Writes a word as a shell takes it.
fn for_shell(word: &str) -> String {
    let is_plain = |letter: char| letter.is_alphanumeric() || "_-./:".contains(letter);
    if word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

/// Writes an activity by its path, which `sheaf runs open` takes, below those that it is within.
fn line(activity: &ActivityRow, paint: Paint) -> String {
    let depth = activity.path.matches('/').count();
    let indent = "  ".repeat(depth);
    let mark = match activity.status {
        ActivityStatus::Succeeded => "✓",
        ActivityStatus::Failed => "✗",
        ActivityStatus::Skipped | ActivityStatus::Cancelled | ActivityStatus::Interrupted => "–",
        ActivityStatus::Waiting | ActivityStatus::InProgress | ActivityStatus::Retrying => "…",
    };
    // Why it was skipped is no error.
    let (why, error) = match activity.status {
        ActivityStatus::Skipped => (activity.error.as_deref(), None),
        _ => (None, activity.error.as_deref()),
    };
    let status = why.map_or_else(
        || activity.status.to_string(),
        |why| format!("{}: {}", activity.status, plain(why)),
    );
    let mut facts = vec![activity.kind.clone(), status];
    let taken = activity.started_at.zip(activity.ended_at);
    facts.extend(taken.map(|(start, end)| list::shown(end - start)));
    if activity.attempts > 1 {
        facts.push(format!("{} attempts", activity.attempts));
    }
    facts.extend(changed_items(&activity.output));
    // What has ended says by its output what it did; how far it was when that was last written is no fact of it.
    let is_over = activity.status.is_final();
    facts.extend(
        activity
            .progress
            .filter(|_| !is_over)
            .map(|far| progress(&activity.kind, far, None)),
    );
    let rows = (is_over && activity.kind == "Copy").then(|| rows_of_output(&activity.output));
    facts.extend(rows.flatten().map(|rows| format!("{rows} rows")));
    let facts = paint.dim(&facts.join(", "));
    let mut text = format!("{indent}{mark} {}  {facts}\n", plain(&activity.path));
    if let Some(error) = error {
        for (number, line) in error.lines().enumerate() {
            let before = if number == 0 {
                paint.error("error: ")
            } else {
                "  ".to_owned()
            };
            text += &format!("{indent}  {before}{}\n", plain(line));
        }
    }
    text
}

/// Says how the items of an activity differ from those of the run that this one repeats.
fn changed_items(output: &Value) -> Option<String> {
    let changed = output.get("changed_items")?;
    let count = |name: &str| changed.get(name).and_then(Value::as_u64).unwrap_or(0);
    let plural = if count("new") == 1 { "" } else { "s" };
    Some(format!(
        "{} new item{plural}, {} of the run before gone",
        count("new"),
        count("gone")
    ))
}

fn activity_json(runs: &Runs, run: &RunRow, activity: &ActivityRow) -> Result<Value, Error> {
    let attempts = runs.attempts(&run.id, &activity.path)?;
    let attempts = attempts.iter().map(|one| {
        json!({
            "attempt": one.attempt,
            "status": one.status.name(),
            "started_at": one.started_at,
            "ended_at": one.ended_at,
            "input": one.input,
            "output": one.output,
            "error": one.error,
            "has_notebook": one.has_notebook,
        })
    });
    Ok(json!({
        "path": activity.path,
        "type": activity.kind,
        "status": activity.status.name(),
        "started_at": activity.started_at,
        "ended_at": activity.ended_at,
        "input": activity.input,
        "output": activity.output,
        "error": activity.error,
        "attempts": attempts.collect::<Vec<_>>(),
    }))
}

fn alerts_json(runs: &Runs, run: &RunRow) -> Result<Value, Error> {
    let alerts = runs.alerts(&run.id)?;
    let alerts = alerts.into_iter().map(|alert| {
        json!({
            "alert": alert.alert,
            "occasion": alert.occasion,
            "sent_at": alert.sent_at,
            "state": alert.state.name(),
            "error": alert.error,
        })
    });
    Ok(Value::Array(alerts.collect()))
}
