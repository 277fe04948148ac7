//! What is read of runs: lists by a filter, one with its activities, their attempts, the notebooks that ran.

use super::filter::Condition;
use super::runs::{Runs, json, natural, time, time_or_none, unreadable};
use super::trouble::Trouble;
use super::value::{Row, values};
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
        let mut condition = Condition::of(filter);
        let limit = filter.limit.map(|limit| condition.mark(limit));
        let mut sql = format!("SELECT {RUN} FROM runs WHERE {} ORDER BY id DESC", condition.sql);
        if let Some(limit) = limit {
            sql += &format!(" LIMIT {limit}");
        }
        self.read(|session| session.rows(&sql, &condition.values, run_row))
    }

    /// Returns how many runs a filter has, whatever its limit.
    ///
    /// # Errors
    ///
    /// The store cannot be read.
    pub fn count(&self, filter: &RunFilter) -> Result<u64, ScheduleError> {
        let Condition { sql, values } = Condition::of(filter);
        let sql = format!("SELECT count(*) FROM runs WHERE {sql}");
        self.read(|session| session.one(&sql, &values).map(natural))
    }

    /// Returns a run; nothing where there is none of this id.
    ///
    /// # Errors
    ///
    /// The store cannot be read.
    pub fn run(&self, id: &RunId) -> Result<Option<RunRow>, ScheduleError> {
        let sql = format!("SELECT {RUN} FROM runs WHERE id = ?1");
        self.read(|session| session.row(&sql, values![id.0], run_row))
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
            "SELECT id FROM runs WHERE substr(id, 1, length(?1)) = ?1 OR substr(id, length(id) - length(?1) + 1) = ?1 ORDER BY id DESC",
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
        self.read(|session| session.rows(sql, values![text], |row| row.get(0).map(RunId)))
    }

    /// Returns the activities of a run, in the order in which they were first heard of.
    ///
    /// # Errors
    ///
    /// The store cannot be read.
    pub fn activities(&self, run: &RunId) -> Result<Vec<ActivityRow>, ScheduleError> {
        self.read(|session| {
            session.rows(
                "SELECT path, kind, status, attempts, started_at, ended_at, input, output, error, done, total, \
                     EXISTS (SELECT 1 FROM notebooks WHERE notebooks.run = activities.run \
                             AND notebooks.path = activities.path AND attempt = attempts) \
                 FROM activities WHERE run = ?1 ORDER BY place",
                values![run.0],
                activity_row,
            )
        })
    }

    /// Returns the attempts of an activity, the first one first.
    ///
    /// # Errors
    ///
    /// The store cannot be read.
    pub fn attempts(&self, run: &RunId, path: &str) -> Result<Vec<AttemptRow>, ScheduleError> {
        self.read(|session| {
            session.rows(
                "SELECT attempt, status, started_at, ended_at, input, output, error, \
                     EXISTS (SELECT 1 FROM notebooks WHERE notebooks.run = attempts.run \
                             AND notebooks.path = attempts.path AND notebooks.attempt = attempts.attempt) \
                 FROM attempts WHERE run = ?1 AND path = ?2 ORDER BY attempt",
                values![run.0, path],
                attempt_row,
            )
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
        self.read(|session| {
            session.row(
                "SELECT file, source, record FROM notebooks WHERE run = ?1 AND path = ?2 AND attempt = ?3",
                values![run.0, path, attempt],
                |row| {
                    Ok(NotebookRow {
                        file: row.get(0)?,
                        source: row.get(1)?,
                        record: row.get(2)?,
                    })
                },
            )
        })
    }

    /// Returns how many changes there were, and the runs that have changed since there were `sequence` of them.
    ///
    /// # Errors
    ///
    /// The store cannot be read.
    pub fn changes_since(&self, sequence: u64) -> Result<(u64, Vec<RunId>), ScheduleError> {
        self.read(|session| {
            // One statement sees one state; two could miss a change between them.
            let sql = "SELECT value, id FROM counters LEFT JOIN runs ON changed > ?1 WHERE name = 'changes' \
                       ORDER BY changed";
            let mut latest = sequence;
            let mut runs = Vec::new();
            session.rows(sql, values![sequence as i64], |row| {
                latest = natural(row.get(0)?);
                runs.extend(row.get::<Option<String>>(1)?.map(RunId));
                Ok(())
            })?;
            Ok((latest, runs))
        })
    }
}

pub(super) fn run_row(row: &Row) -> Result<RunRow, Trouble> {
    let id: String = row.get(0)?;
    Ok(RunRow {
        pipeline: row.get(1)?,
        version: row.get(2)?,
        origin: named(row, 3, Origin::named)?,
        trigger: trigger(row.text(4)?)?,
        parameters: json(row.text(5)?)?,
        status: named(row, 6, RunStatus::named)?,
        queued_at: time(row.get(7)?)?,
        started_at: time_or_none(row.get(8)?)?,
        ended_at: time_or_none(row.get(9)?)?,
        error: row.get(10)?,
        rerun_of: row.get::<Option<String>>(11)?.map(RunId),
        parent: row.get::<Option<String>>(12)?.map(RunId),
        continued: row.get(13)?,
        is_cancel_asked: row.get(14)?,
        id: RunId(id),
    })
}

fn activity_row(row: &Row) -> Result<ActivityRow, Trouble> {
    let done: Option<i64> = row.get(9)?;
    let total: Option<i64> = row.get(10)?;
    Ok(ActivityRow {
        path: row.get(0)?,
        kind: row.get(1)?,
        status: named(row, 2, ActivityStatus::named)?,
        attempts: row.get(3)?,
        started_at: time_or_none(row.get(4)?)?,
        ended_at: time_or_none(row.get(5)?)?,
        input: json(row.text(6)?)?,
        output: json(row.text(7)?)?,
        error: row.get(8)?,
        progress: done.map(|done| (natural(done), total.map(natural))),
        has_notebook: row.get(11)?,
    })
}

fn attempt_row(row: &Row) -> Result<AttemptRow, Trouble> {
    Ok(AttemptRow {
        attempt: row.get(0)?,
        status: named(row, 1, ActivityStatus::named)?,
        started_at: time(row.get(2)?)?,
        ended_at: time_or_none(row.get(3)?)?,
        input: json(row.text(4)?)?,
        output: json(row.text(5)?)?,
        error: row.get(6)?,
        has_notebook: row.get(7)?,
    })
}

pub(super) fn named<T>(row: &Row, column: usize, of: impl Fn(&str) -> Option<T>) -> Result<T, Trouble> {
    let name = row.text(column)?;
    of(name).ok_or_else(|| unreadable(format!("{name:?} is none of the words that can be there")))
}

fn trigger(text: &str) -> Result<TriggerFacts, Trouble> {
    serde_json::from_str(text).map_err(|error| unreadable(error.to_string()))
}
