//! [`BackfillRow`]: what a person has asked for of a trigger, as far as it has not been made yet.
//!
//! However long the time is, only so many runs are made of it as can be run soon.

use chrono::{DateTime, Utc};

use super::asked::{Asked, ask};
use super::engine::Dialogue;
use super::runs::{Runs, natural, stored, time};
use super::triggers::TriggerName;
use super::trouble::Trouble;
use super::value::{Row, values};
use crate::schedule::error::ScheduleError;
use crate::schedule::run::RunId;

/// What a person has asked for of a trigger, as far as it has not been made yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::schedule) struct BackfillRow {
    /// The name of the runs that were asked for together.
    pub(in crate::schedule) batch: String,
    /// The trigger.
    pub(in crate::schedule) trigger: TriggerName,
    /// The first time of which no run was made.
    pub(in crate::schedule) next: DateTime<Utc>,
    /// The first time that does not count any more.
    pub(in crate::schedule) until: DateTime<Utc>,
    /// How many of the runs run at a time.
    pub(in crate::schedule) limit: u32,
}

impl Runs {
    /// Returns what was asked for and has not been made, in the order in which it was asked for.
    pub(in crate::schedule) fn backfills(&self) -> Result<Vec<BackfillRow>, ScheduleError> {
        self.read(|session| {
            session.rows(
                "SELECT batch, pipeline, name, next_at, until_at, batch_limit FROM backfills ORDER BY batch",
                &[],
                backfill_row,
            )
        })
    }

    /// Notes what a person asks for.
    pub(in crate::schedule) fn ask_backfill(&self, backfill: &BackfillRow) -> Result<(), ScheduleError> {
        self.write(|transaction| {
            transaction.execute(
                "INSERT INTO backfills (batch, pipeline, name, next_at, until_at, batch_limit) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                values![
                    backfill.batch,
                    backfill.trigger.pipeline,
                    backfill.trigger.name,
                    stored(backfill.next),
                    stored(backfill.until),
                    backfill.limit,
                ],
            )?;
            Ok(())
        })
    }

    /// Makes further runs of a backfill, and notes how far it is then: both or neither.
    pub(in crate::schedule) fn fill(
        &self,
        backfill: &BackfillRow,
        asked: &[Asked],
        next: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> Result<Vec<RunId>, ScheduleError> {
        self.write(|transaction| {
            let mut made = Vec::new();
            for asked in asked {
                made.extend(ask(transaction, asked, now)?);
            }
            reach_backfill(transaction, &backfill.batch, next)?;
            Ok(made)
        })
    }

    /// Returns how many runs have not ended that were asked for together.
    pub(in crate::schedule) fn open_of_batch(&self, batch: &str) -> Result<u64, ScheduleError> {
        self.read(|session| {
            let count: i64 = session.one(
                "SELECT count(*) FROM runs WHERE status IN ('Queued', 'InProgress') AND batch = ?1",
                values![batch],
            )?;
            Ok(natural(count))
        })
    }

    /// Returns the occasions of runs from one up to another, which does not count.
    pub(in crate::schedule) fn occasions(
        &self,
        from: &str,
        until: &str,
    ) -> Result<Vec<String>, ScheduleError> {
        self.read(|session| {
            session.rows(
                "SELECT occasion FROM runs WHERE occasion >= ?1 AND occasion < ?2",
                values![from, until],
                |row| row.get(0),
            )
        })
    }

    /// Takes back what was asked for of a trigger and has not begun; returns how many runs that were made are cancelled.
    ///
    /// # Errors
    ///
    /// The store cannot be written.
    pub fn cancel_backfills(
        &self,
        trigger: &TriggerName,
        now: DateTime<Utc>,
    ) -> Result<usize, ScheduleError> {
        let waiting: Vec<RunId> = self.write(|transaction| {
            transaction.execute(
                "DELETE FROM backfills WHERE pipeline = ?1 AND name = ?2",
                values![trigger.pipeline, trigger.name],
            )?;
            // They count as never asked for.
            transaction.execute(
                "DELETE FROM windows WHERE pipeline = ?1 AND name = ?2 AND status = 'Waiting' AND batch IS NOT NULL \
                     AND attempts = 0",
                values![trigger.pipeline, trigger.name],
            )?;
            transaction.execute(
                "UPDATE windows SET status = 'Cancelled' WHERE pipeline = ?1 AND name = ?2 AND status = 'Waiting' \
                     AND batch IS NOT NULL",
                values![trigger.pipeline, trigger.name],
            )?;
            transaction.rows(
                "SELECT id FROM runs WHERE pipeline = ?1 AND trigger_name = ?2 AND status = 'Queued' AND owner IS NULL \
                     AND batch IS NOT NULL",
                values![trigger.pipeline, trigger.name],
                |row| row.get(0).map(RunId),
            )
        })?;
        let mut cancelled = 0;
        for run in waiting {
            match self.ask_cancel(&run, now) {
                Ok(()) => cancelled += 1,
                // It has begun, or ended, meanwhile.
                Err(ScheduleError::Ended { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(cancelled)
    }
}

/// Notes how far a backfill is; one of which all was made is no more.
pub(super) fn reach_backfill(
    session: &Dialogue<'_>,
    batch: &str,
    next: Option<DateTime<Utc>>,
) -> Result<(), Trouble> {
    match next {
        Some(next) => session.execute(
            "UPDATE backfills SET next_at = ?2 WHERE batch = ?1",
            values![batch, stored(next)],
        )?,
        None => session.execute("DELETE FROM backfills WHERE batch = ?1", values![batch])?,
    };
    Ok(())
}

fn backfill_row(row: &Row) -> Result<BackfillRow, Trouble> {
    Ok(BackfillRow {
        batch: row.get(0)?,
        trigger: TriggerName {
            pipeline: row.get(1)?,
            name: row.get(2)?,
        },
        next: time(row.get(3)?)?,
        until: time(row.get(4)?)?,
        limit: row.get(5)?,
    })
}
