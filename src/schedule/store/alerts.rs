//! [`AlertRow`]: that someone was told of a run; noted before it is done, so that no one is told twice.

use chrono::{DateTime, Utc};
use rusqlite::Row;

use super::reading::{RUN, run_row};
use super::runs::{Runs, stored, time};
use crate::schedule::error::ScheduleError;
use crate::schedule::run::{RunId, RunRow};

/// That someone was told of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertRow {
    /// Which alert of the pipeline, counted from 0.
    pub alert: u32,
    /// On which occasion: `Failed`, `Succeeded`, `LongerThan(2h)`.
    pub occasion: String,
    /// When.
    pub sent_at: DateTime<Utc>,
    /// Why it did not reach anyone.
    pub error: Option<String>,
}

impl Runs {
    /// Returns who was told of a run.
    ///
    /// # Errors
    ///
    /// The store cannot be read.
    pub fn alerts(&self, run: &RunId) -> Result<Vec<AlertRow>, ScheduleError> {
        self.read(|connection| {
            let mut statement = connection.prepare(
                "SELECT alert, occasion, sent_at, error FROM alerts WHERE run = ?1 ORDER BY sent_at, alert",
            )?;
            let rows = statement.query_map([&run.0], alert_row)?;
            rows.collect()
        })
    }

    /// Returns the runs of whose end no one was told yet, and those that run, with whether each has ended.
    pub(in crate::schedule) fn to_tell(&self, since: DateTime<Utc>) -> Result<Vec<RunRow>, ScheduleError> {
        self.read(|connection| {
            let mut statement = connection.prepare(&format!(
                "SELECT {RUN} FROM runs WHERE alerted = 0 AND ended_at >= ?1 UNION ALL \
                 SELECT {RUN} FROM runs WHERE status = 'InProgress'"
            ))?;
            let rows = statement.query_map([stored(since)], run_row)?;
            rows.collect()
        })
    }

    /// Notes who is told of a run now, and returns those who were not told before.
    pub(in crate::schedule) fn tell(
        &self,
        run: &RunRow,
        alerts: &[(u32, String)],
        now: DateTime<Utc>,
    ) -> Result<Vec<(u32, String)>, ScheduleError> {
        self.write(|transaction| {
            let mut statement =
                transaction.prepare("INSERT OR IGNORE INTO alerts VALUES (?1, ?2, ?3, ?4, NULL)")?;
            let mut new = Vec::new();
            for (alert, occasion) in alerts {
                if statement.execute((&run.id.0, alert, occasion, stored(now)))? == 1 {
                    new.push((*alert, occasion.clone()));
                }
            }
            if run.status.is_final() {
                transaction.execute("UPDATE runs SET alerted = 1 WHERE id = ?1", [&run.id.0])?;
            }
            Ok(new)
        })
    }

    /// Returns whether all of these alerts were given before.
    pub(in crate::schedule) fn were_told(
        &self,
        run: &RunId,
        alerts: &[(u32, String)],
    ) -> Result<bool, ScheduleError> {
        if alerts.is_empty() {
            return Ok(true);
        }
        let told = self.alerts(run)?;
        let is_told = |(alert, occasion): &(u32, String)| {
            told.iter()
                .any(|one| one.alert == *alert && one.occasion == *occasion)
        };
        Ok(alerts.iter().all(is_told))
    }

    /// Notes that an alert has reached no one.
    pub(in crate::schedule) fn not_told(
        &self,
        run: &RunId,
        alert: u32,
        occasion: &str,
        error: &str,
    ) -> Result<(), ScheduleError> {
        self.write(|transaction| {
            transaction.execute(
                "UPDATE alerts SET error = ?4 WHERE run = ?1 AND alert = ?2 AND occasion = ?3",
                (&run.0, alert, occasion, error),
            )?;
            Ok(())
        })
    }
}

fn alert_row(row: &Row<'_>) -> rusqlite::Result<AlertRow> {
    Ok(AlertRow {
        alert: row.get(0)?,
        occasion: row.get(1)?,
        sent_at: time(row.get(2)?)?,
        error: row.get(3)?,
    })
}
