//! [`RunJournal`]: writes what happens in a run into the store, before it is acted on.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::carried::{goes_on, rearrange};
use super::engine::Dialogue;
use super::runs::{Runs, changed, stored};
use super::states::{Interruption, finish, interrupted};
use super::trouble::Trouble;
use super::value::values;
use crate::error::Error;
use crate::pipeline::{ActivityStatus, Admission, Entry, Journal, RunStatus};
use crate::schedule::run::RunId;

/// How often it is written how far an activity is.
const PROGRESS: Duration = Duration::from_millis(500);
/// How long a run waits for a database that is away, before it fails for that.
const PATIENCE: Duration = Duration::from_secs(20);

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
            runs: self.with_patience(PATIENCE),
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

    fn store(&self, session: &Dialogue<'_>, entry: &Entry<'_>) -> Result<(), Trouble> {
        let run = self.run.0.as_str();
        let now = (self.now)();
        let at = stored(now);
        match *entry {
            Entry::Began => {
                session.execute(
                    "UPDATE runs SET status = 'InProgress', started_at = coalesce(started_at, ?2) WHERE id = ?1",
                    values![run, at],
                )?;
            }
            Entry::Attempt {
                path,
                kind,
                attempt,
                input,
                load,
            } => {
                goes_on(session, run, path, load)?;
                let input = input.to_string();
                activity(session, run, path, kind)?;
                session.execute(
                    "UPDATE activities SET status = 'InProgress', attempts = ?3, input = ?4, output = 'null', \
                         started_at = coalesce(started_at, ?5), ended_at = NULL, error = NULL, done = NULL, \
                         total = NULL WHERE run = ?1 AND path = ?2",
                    values![run, path, attempt, input, at],
                )?;
                session.execute(
                    "INSERT INTO attempts VALUES (?1, ?2, ?3, 'InProgress', ?4, NULL, ?5, 'null', NULL)",
                    values![run, path, attempt, at, input],
                )?;
            }
            Entry::Items { path, items, from } => rearrange(session, run, path, items, from)?,
            Entry::Notebook {
                path,
                attempt,
                file,
                source,
                record,
            } => {
                session.execute(
                    "INSERT INTO notebooks (run, path, attempt, file, source, record) VALUES (?1, ?2, ?3, ?4, ?5, ?6) \
                     ON CONFLICT (run, path, attempt) DO UPDATE SET file = excluded.file, source = excluded.source, \
                         record = excluded.record",
                    values![run, path, attempt, file, source, record],
                )?;
            }
            Entry::Progress { path, done, total } => {
                session.execute(
                    "UPDATE activities SET done = ?3, total = ?4 WHERE run = ?1 AND path = ?2",
                    values![run, path, done as i64, total.map(|total| total as i64)],
                )?;
            }
            Entry::AttemptEnded {
                path,
                attempt,
                status,
                output,
                error,
            } => self.attempt_ended(session, path, attempt, status, output, error, at)?,
            Entry::Ended {
                path,
                kind,
                status,
                output,
                error,
            } => {
                activity(session, run, path, kind)?;
                session.execute(
                    "UPDATE activities SET status = ?3, output = ?4, error = ?5, ended_at = coalesce(ended_at, ?6) \
                     WHERE run = ?1 AND path = ?2",
                    values![run, path, status.name(), output.to_string(), error, at],
                )?;
            }
            Entry::Finished {
                status: RunStatus::Interrupted,
                ..
            } => interrupted(session, run, Interruption::Asked, now)?,
            Entry::Finished {
                status: RunStatus::Cancelled,
                ..
            } if continues(session, run)? => interrupted(session, run, Interruption::Asked, now)?,
            Entry::Finished { status, error } => finish(session, run, status, error, now)?,
        }
        changed(session, run)
    }

    fn attempt_ended(
        &self,
        session: &Dialogue<'_>,
        path: &str,
        attempt: u32,
        status: ActivityStatus,
        output: &Value,
        error: Option<&str>,
        at: i64,
    ) -> Result<(), Trouble> {
        let run = self.run.0.as_str();
        session.execute(
            "UPDATE attempts SET status = ?4, ended_at = ?5, output = ?6, error = ?7 \
             WHERE run = ?1 AND path = ?2 AND attempt = ?3",
            values![run, path, attempt, status.name(), at, output.to_string(), error],
        )?;
        // Until it is said how the activity itself ended, it may be tried again.
        let status = match status {
            ActivityStatus::Failed => ActivityStatus::Retrying,
            other => other,
        };
        session.execute(
            "UPDATE activities SET status = ?3, ended_at = ?4, output = ?5, error = ?6 WHERE run = ?1 AND path = ?2",
            values![run, path, status.name(), at, output.to_string(), error],
        )?;
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
        // What comes next is written before it is acted on, and takes these along.
        let is_followed = matches!(
            entry,
            Entry::Began | Entry::Notebook { .. } | Entry::Progress { .. } | Entry::AttemptEnded { .. }
        );
        let begins = matches!(entry, Entry::Began | Entry::Attempt { .. });
        if begins {
            let work = |transaction: &Dialogue<'_>| self.store(transaction, entry);
            self.runs.write_first(!is_followed, work)?;
        } else if is_followed {
            self.runs
                .write_soon(|transaction| self.store(transaction, entry))?;
        } else {
            self.runs.write(|transaction| self.store(transaction, entry))?;
        }
        Ok(())
    }

    fn enter(&self, path: &str, pipeline: &str, most: u32) -> Result<Admission, Error> {
        Ok(self
            .runs
            .take_place(&self.run, path, (pipeline, most), (self.now)())?)
    }

    fn leave(&self, path: &str) -> Result<(), Error> {
        Ok(self.runs.leave(&self.run, path)?)
    }
}

/// Returns whether a run goes on by itself when its process ends, and no one has asked for it to be stopped.
fn continues(session: &Dialogue<'_>, run: &str) -> Result<bool, Trouble> {
    session.one(
        "SELECT continues = 1 AND cancel_asked = 0 FROM runs WHERE id = ?1",
        values![run],
    )
}

/// Makes an activity where it is heard of for the first time.
fn activity(session: &Dialogue<'_>, run: &str, path: &str, kind: &str) -> Result<(), Trouble> {
    session.execute(
        "INSERT INTO activities (run, path, place, kind, status, attempts, input, output) \
         VALUES (?1, ?2, (SELECT coalesce(max(place), 0) + 1 FROM activities WHERE run = ?1), ?3, 'Waiting', \
             0, 'null', 'null') ON CONFLICT DO NOTHING",
        values![run, path, kind],
    )?;
    Ok(())
}
