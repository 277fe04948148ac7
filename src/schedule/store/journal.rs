//! [`RunJournal`]: writes what happens in a run into the store, before it is acted on.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension as _};
use serde_json::Value;

use super::runs::{Runs, changed, stored};
use super::states::{Interruption, finish, interrupted};
use crate::error::Error;
use crate::pipeline::{ActivityStatus, Entry, Journal, RunStatus};
use crate::schedule::run::RunId;

/// How often it is written how far an activity is: each time waits for the disk.
const PROGRESS: Duration = Duration::from_millis(500);

/// Writes what happens in a run into the store, before it is acted on.
///
/// A run of the scheduler that ends as cancelled without anyone having asked for that was interrupted: its process is about to
/// end, and it goes on in the next one.
pub struct RunJournal {
    runs: Runs,
    run: RunId,
    now: Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>,
    /// When it was last written how far an activity is.
    told: Mutex<BTreeMap<String, Instant>>,
}

impl Runs {
    /// Returns the journal of a run.
    pub fn journal(&self, run: &RunId) -> RunJournal {
        RunJournal {
            runs: self.clone(),
            run: run.clone(),
            now: Arc::new(Utc::now),
            told: Mutex::default(),
        }
    }
}

impl RunJournal {
    /// Returns the journal with another clock.
    #[must_use]
    pub fn with_clock(self, now: impl Fn() -> DateTime<Utc> + Send + Sync + 'static) -> Self {
        Self {
            now: Arc::new(now),
            ..self
        }
    }

    /// Returns whether it is time to write how far an activity is.
    fn is_due(&self, path: &str) -> bool {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let is_due = told.get(path).is_none_or(|last| last.elapsed() >= PROGRESS);
        if is_due {
            told.insert(path.to_owned(), Instant::now());
        }
        is_due
    }

    fn store(&self, connection: &Connection, entry: &Entry<'_>) -> rusqlite::Result<()> {
        let run = self.run.0.as_str();
        let now = (self.now)();
        let at = stored(now);
        match *entry {
            Entry::Began => {
                connection
                    .prepare(
                        "UPDATE runs SET status = 'InProgress', started_at = coalesce(started_at, ?2) WHERE id = ?1",
                    )?
                    .execute((run, at))?;
            }
            Entry::Attempt {
                path,
                kind,
                attempt,
                input,
            } => {
                let input = input.to_string();
                activity(connection, run, path, kind)?;
                connection
                    .prepare(
                        "UPDATE activities SET status = 'InProgress', attempts = ?3, input = ?4, output = 'null', \
                             started_at = coalesce(started_at, ?5), ended_at = NULL, error = NULL, done = NULL, \
                             total = NULL WHERE run = ?1 AND path = ?2",
                    )?
                    .execute((run, path, attempt, &input, at))?;
                connection
                    .prepare(
                        "INSERT INTO attempts VALUES (?1, ?2, ?3, 'InProgress', ?4, NULL, ?5, 'null', NULL)",
                    )?
                    .execute((run, path, attempt, at, &input))?;
            }
            Entry::Notebook {
                path,
                attempt,
                file,
                source,
                record,
            } => {
                connection
                    .prepare("INSERT OR REPLACE INTO notebooks VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?
                    .execute((run, path, attempt, file, source, record))?;
            }
            Entry::Progress { path, done, total } => {
                connection
                    .prepare("UPDATE activities SET done = ?3, total = ?4 WHERE run = ?1 AND path = ?2")?
                    .execute((run, path, done as i64, total.map(|total| total as i64)))?;
            }
            Entry::AttemptEnded {
                path,
                attempt,
                status,
                output,
                error,
            } => self.attempt_ended(connection, path, attempt, status, output, error, at)?,
            Entry::Ended {
                path,
                kind,
                status,
                output,
                error,
            } => {
                activity(connection, run, path, kind)?;
                connection
                    .prepare(
                        "UPDATE activities SET status = ?3, output = ?4, error = ?5, ended_at = coalesce(ended_at, ?6) \
                         WHERE run = ?1 AND path = ?2",
                    )?
                    .execute((run, path, status.name(), output.to_string(), error, at))?;
            }
            Entry::Finished {
                status: RunStatus::Interrupted,
                ..
            } => interrupted(connection, run, Interruption::Asked, now)?,
            Entry::Finished {
                status: RunStatus::Cancelled,
                ..
            } if continues(connection, run)? => interrupted(connection, run, Interruption::Asked, now)?,
            Entry::Finished { status, error } => finish(connection, run, status, error, now)?,
        }
        changed(connection, run)
    }

    fn attempt_ended(
        &self,
        connection: &Connection,
        path: &str,
        attempt: u32,
        status: ActivityStatus,
        output: &Value,
        error: Option<&str>,
        at: i64,
    ) -> rusqlite::Result<()> {
        let run = self.run.0.as_str();
        connection
            .prepare(
                "UPDATE attempts SET status = ?4, ended_at = ?5, output = ?6, error = ?7 \
                 WHERE run = ?1 AND path = ?2 AND attempt = ?3",
            )?
            .execute((run, path, attempt, status.name(), at, output.to_string(), error))?;
        // Until it is said how the activity itself ended, it may be tried again.
        let status = match status {
            ActivityStatus::Failed => ActivityStatus::Retrying,
            other => other,
        };
        connection
            .prepare(
                "UPDATE activities SET status = ?3, ended_at = ?4, output = ?5, error = ?6 WHERE run = ?1 AND path = ?2",
            )?
            .execute((run, path, status.name(), at, output.to_string(), error))?;
        Ok(())
    }
}

impl Journal for RunJournal {
    fn write(&self, entry: &Entry<'_>) -> Result<(), Error> {
        if let Entry::Progress { path, .. } = entry
            && !self.is_due(path)
        {
            return Ok(());
        }
        Ok(self.runs.write(|transaction| self.store(transaction, entry))?)
    }
}

/// Returns whether a run goes on by itself when its process ends, and no one has asked for it to be stopped.
fn continues(connection: &Connection, run: &str) -> rusqlite::Result<bool> {
    connection
        .prepare("SELECT continues AND NOT cancel_asked FROM runs WHERE id = ?1")?
        .query_row([run], |row| row.get(0))
}

/// Makes an activity where it is heard of for the first time.
fn activity(connection: &Connection, run: &str, path: &str, kind: &str) -> rusqlite::Result<()> {
    let known: Option<i64> = connection
        .prepare("SELECT 1 FROM activities WHERE run = ?1 AND path = ?2")?
        .query_row([run, path], |row| row.get(0))
        .optional()?;
    if known.is_none() {
        connection
            .prepare(
                "INSERT INTO activities (run, path, place, kind, status, attempts, input, output) \
                 VALUES (?1, ?2, (SELECT coalesce(max(place), 0) + 1 FROM activities WHERE run = ?1), ?3, 'Waiting', \
                     0, 'null', 'null')",
            )?
            .execute((run, path, kind))?;
    }
    Ok(())
}
