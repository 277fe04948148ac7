//! [`WindowRow`]: a window of time, and how far its run is.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::asked::{Asked, ask};
use super::backfills::{BackfillRow, reach_backfill};
use super::engine::Dialogue;
use super::runs::{Runs, natural, stored, time};
use super::triggers::{TriggerName, reach};
use super::trouble::Trouble;
use super::value::values;
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

/// How many windows have not ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::schedule) struct Open {
    /// Those whose next run has not been made.
    pub(in crate::schedule) waiting: u64,
    /// Those that have one that has not ended.
    pub(in crate::schedule) running: u64,
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
    ) -> Result<usize, ScheduleError> {
        self.write(|transaction| {
            let planned = plan(transaction, trigger, windows, None)?;
            if let Some(through) = through {
                reach(transaction, trigger, through)?;
            }
            Ok(planned)
        })
    }

    /// Takes further windows of a backfill into account, and notes how far it is then: both or neither.
    pub(in crate::schedule) fn fill_windows(
        &self,
        trigger: &TriggerName,
        windows: &[(DateTime<Utc>, DateTime<Utc>)],
        backfill: &BackfillRow,
        next: Option<DateTime<Utc>>,
    ) -> Result<(), ScheduleError> {
        self.write(|transaction| {
            let batch = (backfill.batch.as_str(), backfill.limit);
            plan(transaction, trigger, windows, Some(batch))?;
            reach_backfill(transaction, &backfill.batch, next)
        })
    }

    /// Returns the windows of a trigger whose next run has not been made, the earliest first, at most so many.
    pub(in crate::schedule) fn waiting_windows(
        &self,
        trigger: &TriggerName,
        most: u32,
    ) -> Result<Vec<WindowRow>, ScheduleError> {
        let mut rows: Vec<WindowRow> = self.read(|session| {
            let sql = "SELECT begins, ends, attempts, not_before, batch, batch_limit FROM windows \
                       WHERE pipeline = ?1 AND name = ?2 AND status = 'Waiting' \
                       ORDER BY batch NULLS FIRST, begins LIMIT ?3";
            session.rows(sql, values![trigger.pipeline, trigger.name, most], |row| {
                let batch: Option<String> = row.get(4)?;
                let limit: Option<u32> = row.get(5)?;
                Ok(WindowRow {
                    begins: time(row.get(0)?)?,
                    ends: time(row.get(1)?)?,
                    attempts: row.get(2)?,
                    not_before: time(row.get(3)?)?,
                    batch: batch.map(|batch| (batch, limit.unwrap_or(1))),
                })
            })
        })?;
        // In the other order the store finds them without a look at those that have ended.
        rows.sort_by_key(|row| row.begins);
        Ok(rows)
    }

    /// Returns how many windows of a trigger wait for a run, and how many have one that has not ended, by what asked for them:
    /// a batch, or the trigger.
    pub(in crate::schedule) fn open_windows(
        &self,
        trigger: &TriggerName,
    ) -> Result<BTreeMap<Option<String>, Open>, ScheduleError> {
        let rows: Vec<(Option<String>, bool, i64)> = self.read(|session| {
            session.rows(
                "SELECT batch, 1, count(*) FROM windows WHERE pipeline = ?1 AND name = ?2 AND status = 'Waiting' \
                     GROUP BY batch UNION ALL \
                 SELECT batch, 0, count(*) FROM windows WHERE pipeline = ?1 AND name = ?2 AND status = 'Queued' \
                     GROUP BY batch",
                values![trigger.pipeline, trigger.name],
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
            )
        })?;
        let mut open: BTreeMap<Option<String>, Open> = BTreeMap::new();
        for (batch, waits, count) in rows {
            let open = open.entry(batch).or_default();
            *(if waits {
                &mut open.waiting
            } else {
                &mut open.running
            }) += natural(count);
        }
        Ok(open)
    }

    /// Returns how many windows of a trigger begin from one time up to another, which does not count, and need no further run.
    pub(in crate::schedule) fn windows_there(
        &self,
        trigger: &TriggerName,
        from: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<u64, ScheduleError> {
        self.read(|session| {
            let count: i64 = session.one(
                "SELECT count(*) FROM windows WHERE pipeline = ?1 AND name = ?2 AND begins >= ?3 AND begins < ?4 \
                     AND status NOT IN ('Failed', 'Cancelled', 'Interrupted')",
                values![trigger.pipeline, trigger.name, stored(from), stored(until)],
            )?;
            Ok(natural(count))
        })
    }

    /// Returns how far the windows of a trigger are that begin from one time up to another; `Waiting` is no status of a run.
    pub(in crate::schedule) fn window_statuses(
        &self,
        trigger: &TriggerName,
        from: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<BTreeMap<DateTime<Utc>, Option<RunStatus>>, ScheduleError> {
        self.read(|session| {
            let rows = session.rows(
                "SELECT begins, status FROM windows WHERE pipeline = ?1 AND name = ?2 AND begins BETWEEN ?3 AND ?4",
                values![trigger.pipeline, trigger.name, stored(from), stored(until)],
                |row| Ok((time(row.get(0)?)?, RunStatus::named(row.text(1)?))),
            )?;
            Ok(rows.into_iter().collect())
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
            let mut made = Vec::new();
            for (begins, asked) in asked {
                let waiting: i64 = transaction.one(
                    "SELECT count(*) FROM windows \
                     WHERE pipeline = ?1 AND name = ?2 AND begins = ?3 AND status = 'Waiting'",
                    values![trigger.pipeline, trigger.name, stored(*begins)],
                )?;
                if waiting == 0 {
                    continue;
                }
                let Some(id) = ask(transaction, asked, now)? else {
                    continue;
                };
                transaction.execute(
                    "UPDATE windows SET run = ?4, attempts = attempts + 1, \
                         status = (SELECT status FROM runs WHERE id = ?4) \
                     WHERE pipeline = ?1 AND name = ?2 AND begins = ?3",
                    values![trigger.pipeline, trigger.name, stored(*begins), id.0],
                )?;
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
        let failed: bool = self.read(|session| {
            session.one(
                &format!("SELECT EXISTS (SELECT 1 FROM windows WHERE {FAILED})"),
                values![trigger.pipeline, trigger.name, retry],
            )
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
                values![trigger.pipeline, trigger.name, retry, interval.num_milliseconds()],
            )?;
            Ok(())
        })
    }
}

/// Takes windows into account, those apart that are already; returns how many are new.
fn plan(
    session: &Dialogue<'_>,
    trigger: &TriggerName,
    windows: &[(DateTime<Utc>, DateTime<Utc>)],
    batch: Option<(&str, u32)>,
) -> Result<usize, Trouble> {
    // What did not end well is tried again where a person asks for it.
    let insert = "INSERT INTO windows (pipeline, name, begins, ends, batch, batch_limit) \
                  VALUES (?1, ?2, ?3, ?4, ?5, ?6) \
                  ON CONFLICT (pipeline, name, begins) DO UPDATE SET status = 'Waiting', not_before = 0, \
                      batch = excluded.batch, batch_limit = excluded.batch_limit \
                  WHERE excluded.batch IS NOT NULL \
                      AND windows.status IN ('Failed', 'Cancelled', 'Interrupted')";
    let mut planned = 0;
    for (begins, ends) in windows {
        let window = values![
            trigger.pipeline,
            trigger.name,
            stored(*begins),
            stored(*ends),
            batch.map(|(name, _)| name),
            batch.map(|(_, limit)| limit),
        ];
        planned += session.execute(insert, window)? as usize;
    }
    Ok(planned)
}
