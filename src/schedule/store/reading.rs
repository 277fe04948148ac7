//! What is read of runs: lists by a filter, one with its activities, their attempts, the notebooks that ran.

use rusqlite::{OptionalExtension as _, Row, params_from_iter};

use super::filter::Condition;
use super::runs::{Runs, json, natural, time, time_or_none, unreadable};
use crate::error::nearest;
use crate::pipeline::{ActivityStatus, RunStatus, TriggerFacts};
use crate::schedule::error::ScheduleError;
use crate::schedule::run::{ActivityRow, AttemptRow, NotebookRow, Origin, RunFilter, RunId, RunRow};

/// The columns that [`run_row`] reads.
pub(super) const RUN: &str = "id, pipeline, version, origin, trigger, parameters, status, queued_at, started_at, ended_at, error, \
                   rerun_of, parent, continued, cancel_asked";
/// How many of the ids that a shortened one can mean are shown.
const SHOWN: usize = 4;
/// How many of the latest runs are compared with an id that is unknown.
const COMPARED: u32 = 1000;

impl Runs {
    /// Returns the runs of a filter, the newest first.
    ///
    /// # Errors
    ///
    /// The store cannot be read.
    pub fn runs(&self, filter: &RunFilter) -> Result<Vec<RunRow>, ScheduleError> {
        let Condition { sql, mut values } = Condition::of(filter);
        let mut sql = format!("SELECT {RUN} FROM runs WHERE {sql} ORDER BY id DESC");
        if let Some(limit) = filter.limit {
            sql += " LIMIT ?";
            values.push(i64::from(limit).into());
        }
        self.read(|connection| {
            let mut statement = connection.prepare(&sql)?;
            let rows = statement.query_map(params_from_iter(values), run_row)?;
            rows.collect()
        })
    }

    /// Returns how many runs a filter has, whatever its limit.
    ///
    /// # Errors
    ///
    /// The store cannot be read.
    pub fn count(&self, filter: &RunFilter) -> Result<u64, ScheduleError> {
        let Condition { sql, values } = Condition::of(filter);
        let sql = format!("SELECT count(*) FROM runs WHERE {sql}");
        self.read(|connection| {
            let mut statement = connection.prepare(&sql)?;
            statement.query_row(params_from_iter(values), |row| row.get(0).map(natural))
        })
    }

    /// Returns a run; nothing where there is none of this id.
    ///
    /// # Errors
    ///
    /// The store cannot be read.
    pub fn run(&self, id: &RunId) -> Result<Option<RunRow>, ScheduleError> {
        self.read(|connection| {
            connection
                .prepare(&format!("SELECT {RUN} FROM runs WHERE id = ?1"))?
                .query_row([&id.0], run_row)
                .optional()
        })
    }

    /// Returns the run that a person means, who may leave out the beginning or the end of an id.
    ///
    /// # Errors
    ///
    /// There is none, or there are several, or the store cannot be read.
    pub fn find(&self, text: &str) -> Result<RunRow, ScheduleError> {
        if let Some(run) = self.run(&RunId(text.to_owned()))? {
            return Ok(run);
        }
        let matching = self.ids(
            "SELECT id FROM runs WHERE substr(id, 1, length(?1)) = ?1 OR substr(id, -length(?1)) = ?1 ORDER BY id DESC",
            text,
        )?;
        match matching.as_slice() {
            [only] => {
                let run = self.run(only)?;
                run.ok_or_else(|| ScheduleError::UnknownRun {
                    id: text.to_owned(),
                    near: None,
                })
            }
            [] => {
                let known = self.ids(
                    &format!("SELECT id FROM runs WHERE ?1 <> '' ORDER BY id DESC LIMIT {COMPARED}"),
                    text,
                )?;
                let near = nearest(text, known.iter().map(|id| id.0.as_str()));
                Err(ScheduleError::UnknownRun {
                    id: text.to_owned(),
                    near: near.map(|near| RunId(near.to_owned())),
                })
            }
            several => Err(ScheduleError::AmbiguousRun {
                id: text.to_owned(),
                count: several.len(),
                some: several.iter().take(SHOWN).cloned().collect(),
            }),
        }
    }

    fn ids(&self, sql: &str, text: &str) -> Result<Vec<RunId>, ScheduleError> {
        self.read(|connection| {
            let mut statement = connection.prepare(sql)?;
            let rows = statement.query_map([text], |row| row.get(0).map(RunId))?;
            rows.collect()
        })
    }

    /// Returns the activities of a run, in the order in which they were first heard of.
    ///
    /// # Errors
    ///
    /// The store cannot be read.
    pub fn activities(&self, run: &RunId) -> Result<Vec<ActivityRow>, ScheduleError> {
        self.read(|connection| {
            let mut statement = connection.prepare(
                "SELECT path, kind, status, attempts, started_at, ended_at, input, output, error, done, total, \
                     EXISTS (SELECT 1 FROM notebooks WHERE notebooks.run = activities.run \
                             AND notebooks.path = activities.path AND attempt = attempts) \
                 FROM activities WHERE run = ?1 ORDER BY place",
            )?;
            let rows = statement.query_map([&run.0], activity_row)?;
            rows.collect()
        })
    }

    /// Returns the attempts of an activity, the first one first.
    ///
    /// # Errors
    ///
    /// The store cannot be read.
    pub fn attempts(&self, run: &RunId, path: &str) -> Result<Vec<AttemptRow>, ScheduleError> {
        self.read(|connection| {
            let mut statement = connection.prepare(
                "SELECT attempt, status, started_at, ended_at, input, output, error, \
                     EXISTS (SELECT 1 FROM notebooks WHERE notebooks.run = attempts.run \
                             AND notebooks.path = attempts.path AND notebooks.attempt = attempts.attempt) \
                 FROM attempts WHERE run = ?1 AND path = ?2 ORDER BY attempt",
            )?;
            let rows = statement.query_map([run.0.as_str(), path], attempt_row)?;
            rows.collect()
        })
    }

    /// Returns the notebook that ran in an attempt; nothing where none did.
    ///
    /// # Errors
    ///
    /// The store cannot be read.
    pub fn notebook(
        &self,
        run: &RunId,
        path: &str,
        attempt: u32,
    ) -> Result<Option<NotebookRow>, ScheduleError> {
        self.read(|connection| {
            connection
                .prepare(
                    "SELECT file, source, record FROM notebooks WHERE run = ?1 AND path = ?2 AND attempt = ?3",
                )?
                .query_row((&run.0, path, attempt), |row| {
                    Ok(NotebookRow {
                        file: row.get(0)?,
                        source: row.get(1)?,
                        record: row.get(2)?,
                    })
                })
                .optional()
        })
    }

    /// Returns how many changes there were, and the runs that have changed since there were `sequence` of them.
    ///
    /// # Errors
    ///
    /// The store cannot be read.
    pub fn changes_since(&self, sequence: u64) -> Result<(u64, Vec<RunId>), ScheduleError> {
        self.read(|connection| {
            // One statement sees one state; two could miss a change between them.
            let mut statement = connection.prepare(
                "SELECT value, id FROM counters LEFT JOIN runs ON changed > ?1 WHERE name = 'changes' ORDER BY changed",
            )?;
            let mut rows = statement.query([sequence as i64])?;
            let mut latest = sequence;
            let mut runs = Vec::new();
            while let Some(row) = rows.next()? {
                latest = natural(row.get(0)?);
                runs.extend(row.get::<_, Option<String>>(1)?.map(RunId));
            }
            Ok((latest, runs))
        })
    }
}

pub(super) fn run_row(row: &Row<'_>) -> rusqlite::Result<RunRow> {
    let id: String = row.get(0)?;
    Ok(RunRow {
        pipeline: row.get(1)?,
        version: row.get(2)?,
        origin: named(row, 3, Origin::named)?,
        trigger: trigger(&row.get::<_, String>(4)?)?,
        parameters: json(&row.get::<_, String>(5)?)?,
        status: named(row, 6, RunStatus::named)?,
        queued_at: time(row.get(7)?)?,
        started_at: time_or_none(row.get(8)?)?,
        ended_at: time_or_none(row.get(9)?)?,
        error: row.get(10)?,
        rerun_of: row.get::<_, Option<String>>(11)?.map(RunId),
        parent: row.get::<_, Option<String>>(12)?.map(RunId),
        continued: row.get(13)?,
        is_cancel_asked: row.get(14)?,
        id: RunId(id),
    })
}

fn activity_row(row: &Row<'_>) -> rusqlite::Result<ActivityRow> {
    let done: Option<i64> = row.get(9)?;
    let total: Option<i64> = row.get(10)?;
    Ok(ActivityRow {
        path: row.get(0)?,
        kind: row.get(1)?,
        status: named(row, 2, ActivityStatus::named)?,
        attempts: row.get(3)?,
        started_at: time_or_none(row.get(4)?)?,
        ended_at: time_or_none(row.get(5)?)?,
        input: json(&row.get::<_, String>(6)?)?,
        output: json(&row.get::<_, String>(7)?)?,
        error: row.get(8)?,
        progress: done.map(|done| (natural(done), total.map(natural))),
        has_notebook: row.get(11)?,
    })
}

fn attempt_row(row: &Row<'_>) -> rusqlite::Result<AttemptRow> {
    Ok(AttemptRow {
        attempt: row.get(0)?,
        status: named(row, 1, ActivityStatus::named)?,
        started_at: time(row.get(2)?)?,
        ended_at: time_or_none(row.get(3)?)?,
        input: json(&row.get::<_, String>(4)?)?,
        output: json(&row.get::<_, String>(5)?)?,
        error: row.get(6)?,
        has_notebook: row.get(7)?,
    })
}

fn named<T>(row: &Row<'_>, column: usize, of: impl Fn(&str) -> Option<T>) -> rusqlite::Result<T> {
    let name: String = row.get(column)?;
    of(&name).ok_or_else(|| unreadable(format!("{name:?} is none of the words that can be there")))
}

fn trigger(text: &str) -> rusqlite::Result<TriggerFacts> {
    serde_json::from_str(text).map_err(|error| unreadable(error.to_string()))
}
