//! [`View`]: who shows a run, and [`Watched`], the journal of a run that is kept and shown.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::error::Error;
use crate::pipeline::{ActivityStatus, Admission, Entry, Journal, rows_of_output, throughput};

/// What is shown of an activity.
#[derive(Debug, Clone)]
pub(super) enum Change<'a> {
    /// An attempt has begun; it says which, from 1.
    Began(u32),
    /// It waits for so many others that run the same pipeline: this one.
    Waiting(u64, &'a str),
    /// It is so far, of so many.
    Progress(u64, Option<u64>),
    /// An attempt has failed, and there may be another.
    AttemptFailed(&'a str),
    /// It has ended.
    Ended {
        status: ActivityStatus,
        output: &'a Value,
        error: Option<&'a str>,
        /// How long its last attempt took; none for one that did not run.
        time: Option<Duration>,
    },
}

/// Shows a run as it goes on.
pub(super) trait View: Send {
    /// Shows what has changed of an activity.
    fn change(&mut self, path: &str, kind: &str, change: &Change<'_>) -> Result<(), Error>;
}

/// The journal of a run that is kept in a store and shown.
pub(super) struct Watched<'a> {
    store: &'a dyn Journal,
    shown: Mutex<Shown<'a>>,
}

struct Shown<'a> {
    view: &'a mut dyn View,
    /// What each running activity is, and when its attempt began.
    running: BTreeMap<String, (String, Instant)>,
    /// For how many others each waits that runs another pipeline.
    waiting: BTreeMap<String, u64>,
}

impl<'a> Watched<'a> {
    /// Keeps each change in `store` first, and shows it then.
    pub(super) fn new(store: &'a dyn Journal, view: &'a mut dyn View) -> Self {
        Self {
            store,
            shown: Mutex::new(Shown {
                view,
                running: BTreeMap::new(),
                waiting: BTreeMap::new(),
            }),
        }
    }
}

impl Journal for Watched<'_> {
    fn write(&self, entry: &Entry<'_>) -> Result<(), Error> {
        self.store.write(entry)?;
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        // Whoever watches may go away, as `| head` does: the run goes on.
        let _ = shown.take(entry);
        Ok(())
    }

    fn enter(&self, path: &str, pipeline: &str, most: u32) -> Result<Admission, Error> {
        let admission = self.store.enter(path, pipeline, most)?;
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        if let Admission::Waiting { running } = admission
            && shown.waiting.insert(path.to_owned(), running) != Some(running)
        {
            let _ = shown
                .view
                .change(path, "Pipeline", &Change::Waiting(running, pipeline));
        }
        Ok(admission)
    }

    fn leave(&self, path: &str) -> Result<(), Error> {
        self.store.leave(path)
    }
}

impl Shown<'_> {
    fn take(&mut self, entry: &Entry<'_>) -> Result<(), Error> {
        match *entry {
            Entry::Attempt {
                path, kind, attempt, ..
            } => {
                self.running
                    .insert(path.to_owned(), (kind.to_owned(), Instant::now()));
                self.view.change(path, kind, &Change::Began(attempt))
            }
            Entry::Progress { path, done, total } => {
                let kind = self.running.get(path).map_or("", |(kind, _)| kind);
                self.view.change(path, kind, &Change::Progress(done, total))
            }
            Entry::AttemptEnded {
                path,
                status: ActivityStatus::Failed,
                error,
                ..
            } => {
                let kind = self.running.get(path).map_or("", |(kind, _)| kind);
                let error = error.unwrap_or_default();
                self.view.change(path, kind, &Change::AttemptFailed(error))
            }
            Entry::Ended {
                path,
                kind,
                status,
                output,
                error,
            } => {
                let began = self.running.remove(path);
                let change = Change::Ended {
                    status,
                    output,
                    error,
                    time: began.map(|(_, began)| began.elapsed()),
                };
                self.view.change(path, kind, &change)
            }
            Entry::Began
            | Entry::Items { .. }
            | Entry::AttemptEnded { .. }
            | Entry::Notebook { .. }
            | Entry::Finished { .. } => Ok(()),
        }
    }
}

/// Returns what an output says in a few words: how many rows, or items; of a copy, how many rows in a second.
pub(super) fn summary(kind: &str, output: &Value, time: Option<Duration>) -> Option<String> {
    let number = rows_of_output(output)?;
    let noun = if output.get("items").is_some() {
        "item"
    } else {
        "row"
    };
    let plural = if number == 1 { "" } else { "s" };
    // What an earlier attempt has loaded took no time in this one.
    let is_repeated = |sink: &Value| sink.get("repeated") == Some(&Value::Bool(true));
    let sinks = output.get("sinks").and_then(Value::as_array);
    let is_timed = kind == "Copy" && !sinks.is_some_and(|sinks| sinks.iter().any(is_repeated));
    let speed = time
        .filter(|_| is_timed)
        .and_then(|time| throughput(number, time));
    let speed = speed.map_or_else(String::new, |speed| format!(", {speed}"));
    Some(format!("{number} {noun}{plural}{speed}"))
}

/// Says which runs another run of a pipeline waits for.
pub(in crate::cli) fn waiting(running: u64, pipeline: &str) -> String {
    match running {
        0 => format!("waiting for another run of {pipeline}, which is first in line"),
        1 => format!("waiting for the end of another run of {pipeline}"),
        running => format!("waiting for the end of one of {running} other runs of {pipeline}"),
    }
}

/// Returns what a person calls an end.
pub(super) const fn word(status: ActivityStatus) -> &'static str {
    match status {
        ActivityStatus::Waiting => "waits",
        ActivityStatus::InProgress => "runs",
        ActivityStatus::Retrying => "is retried",
        ActivityStatus::Succeeded => "succeeded",
        ActivityStatus::Failed => "failed",
        ActivityStatus::Skipped => "skipped",
        ActivityStatus::Cancelled => "cancelled",
        ActivityStatus::Interrupted => "interrupted",
    }
}
