//! [`WindowRow`]: a window of time, and how far its run is.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::OptionalExtension as _;

use super::asked::{Asked, ask};
use super::runs::{Runs, stored, time};
use super::triggers::{TriggerName, reach};
use crate::pipeline::RunStatus;
use crate::schedule::error::ScheduleError;
use crate::schedule::run::RunId;

/// A window whose next run has not been made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::schedule) struct WindowRow {
    /// When it begins.
    pub(in crate::schedule) begins: DateTime<Utc>,
    /// When it ends.
    pub(in crate::schedule) ends: DateTime<Utc>,
    /// How many runs there were for it.
    pub(in crate::schedule) attempts: u32,
    /// Its run is not made before.
    pub(in crate::schedule) not_before: DateTime<Utc>,
    /// The windows that were asked for together, and how many of them run at a time.
    pub(in crate::schedule) batch: Option<(String, u32)>,
}

impl Runs {
    /// Takes windows into account, those apart that are already, and notes how far their trigger is: both or neither.
    ///
    /// Returns how many are new.
    pub(in crate::schedule) fn plan_windows(
        &self,
        trigger: &TriggerName,
        windows: &[(DateTime<Utc>, DateTime<Utc>)],
        through: Option<DateTime<Utc>>,
        batch: Option<(&str, u32)>,
    ) -> Result<usize, ScheduleError> {
        self.write(|transaction| {
            // What did not end well is tried again where a person asks for it.
            let mut statement = transaction.prepare(
                "INSERT INTO windows (pipeline, name, begins, ends, batch, batch_limit) VALUES (?1, ?2, ?3, ?4, ?5, ?6) \
                 ON CONFLICT DO UPDATE SET status = 'Waiting', not_before = 0, batch = ?5, batch_limit = ?6 \
                 WHERE ?5 IS NOT NULL AND status IN ('Failed', 'Cancelled', 'Interrupted')",
            )?;
            let mut planned = 0;
            for (begins, ends) in windows {
                planned += statement.execute((
                    &trigger.pipeline,
                    &trigger.name,
                    stored(*begins),
                    stored(*ends),
                    batch.map(|(name, _)| name),
                    batch.map(|(_, limit)| limit),
                ))?;
            }
            if let Some(through) = through {
                reach(transaction, trigger, through)?;
            }
            Ok(planned)
        })
    }

    /// Returns the windows of a trigger whose next run has not been made, the earliest first.
    pub(in crate::schedule) fn waiting_windows(
        &self,
        trigger: &TriggerName,
    ) -> Result<Vec<WindowRow>, ScheduleError> {
        self.read(|connection| {
            let mut statement = connection.prepare(
                "SELECT begins, ends, attempts, not_before, batch, batch_limit FROM windows \
                 WHERE pipeline = ?1 AND name = ?2 AND status = 'Waiting' ORDER BY begins",
            )?;
            let rows = statement.query_map([&trigger.pipeline, &trigger.name], |row| {
                let batch: Option<String> = row.get(4)?;
                let limit: Option<u32> = row.get(5)?;
                Ok(WindowRow {
                    begins: time(row.get(0)?)?,
                    ends: time(row.get(1)?)?,
                    attempts: row.get(2)?,
                    not_before: time(row.get(3)?)?,
                    batch: batch.map(|batch| (batch, limit.unwrap_or(1))),
                })
            })?;
            rows.collect()
        })
    }

    /// Returns how far the windows of a trigger are that begin from one time up to another; `Waiting` is no status of a run.
    pub(in crate::schedule) fn window_statuses(
        &self,
        trigger: &TriggerName,
        from: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<BTreeMap<DateTime<Utc>, Option<RunStatus>>, ScheduleError> {
        self.read(|connection| {
            let mut statement = connection.prepare(
                "SELECT begins, status FROM windows WHERE pipeline = ?1 AND name = ?2 AND begins BETWEEN ?3 AND ?4",
            )?;
            let values = (&trigger.pipeline, &trigger.name, stored(from), stored(until));
            let rows = statement.query_map(values, |row| {
                let status: String = row.get(1)?;
                Ok((time(row.get(0)?)?, RunStatus::named(&status)))
            })?;
            rows.collect()
        })
    }

    /// Makes the runs of windows that wait.
    pub(in crate::schedule) fn run_windows(
        &self,
        trigger: &TriggerName,
        asked: &[(DateTime<Utc>, Asked)],
        now: DateTime<Utc>,
    ) -> Result<Vec<RunId>, ScheduleError> {
        self.write(|transaction| {
            let mut waits = transaction.prepare(
                "SELECT 1 FROM windows WHERE pipeline = ?1 AND name = ?2 AND begins = ?3 AND status = 'Waiting'",
            )?;
            let mut made = Vec::new();
            for (begins, asked) in asked {
                let window = (&trigger.pipeline, &trigger.name, stored(*begins));
                let is_waiting: Option<i64> = waits.query_row(window, |row| row.get(0)).optional()?;
                if is_waiting.is_none() {
                    continue;
                }
                let Some(id) = ask(transaction, asked, now)? else {
                    continue;
                };
                transaction
                    .prepare(
                        "UPDATE windows SET run = ?4, attempts = attempts + 1, \
                             status = (SELECT status FROM runs WHERE id = ?4) \
                         WHERE pipeline = ?1 AND name = ?2 AND begins = ?3",
                    )?
                    .execute((&trigger.pipeline, &trigger.name, stored(*begins), &id.0))?;
                made.push(id);
            }
            Ok(made)
        })
    }

    /// Lets the windows wait again whose runs have failed, as far as each has further tries.
    pub(in crate::schedule) fn retry_windows(
        &self,
        trigger: &TriggerName,
        retry: u32,
        interval: TimeDelta,
    ) -> Result<(), ScheduleError> {
        // Their latest run says when the next may begin.
        const FAILED: &str =
            "pipeline = ?1 AND name = ?2 AND status IN ('Failed', 'Interrupted') AND attempts <= ?3";
        let failed: bool = self.read(|connection| {
            connection
                .prepare(&format!("SELECT EXISTS (SELECT 1 FROM windows WHERE {FAILED})"))?
                .query_row((&trigger.pipeline, &trigger.name, retry), |row| row.get(0))
        })?;
        if !failed {
            return Ok(());
        }
        self.write(|transaction| {
            transaction.execute(
                &format!(
                    "UPDATE windows SET status = 'Waiting', \
                         not_before = ?4 + coalesce((SELECT ended_at FROM runs WHERE id = run), 0) WHERE {FAILED}"
                ),
                (
                    &trigger.pipeline,
                    &trigger.name,
                    retry,
                    interval.num_milliseconds(),
                ),
            )?;
            Ok(())
        })
    }
}
