//! [`AlertRow`]: that someone is told of a run, and what became of it.
//!
//! It is noted before it is sent, so that no one is told twice: where the process ends between the two, no one knows whether
//! it was sent, and it is not sent again.

use std::fmt;

use chrono::{DateTime, Utc};

use super::engine::Dialogue;
use super::reading::{RUN, named, run_row};
use super::runs::{Runs, changed, stored, time};
use super::trouble::Trouble;
use super::value::{Row, values};
use crate::schedule::error::ScheduleError;
use crate::schedule::run::{RunId, RunRow};

/// That someone was told of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertRow {
    /// Which alert of the pipeline, counted from 0.
    pub alert: u32,
    /// On which occasion: `Failed`, `Succeeded`, `LongerThan(2h)`.
    pub occasion: String,
    /// When it was to be sent.
    pub sent_at: DateTime<Utc>,
    /// What became of it.
    pub state: AlertState,
    /// Why it did not reach anyone.
    pub error: Option<String>,
}

/// What became of an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AlertState {
    /// It is being sent.
    Sending,
    /// It was sent.
    Sent,
    /// It reached no one.
    Failed,
    /// The process that sent it ended before it knew.
    Unknown,
}

impl AlertState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Sending, Self::Sent, Self::Failed, Self::Unknown];

    /// Returns its name, as it is written and stored.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sending => "Sending",
            Self::Sent => "Sent",
            Self::Failed => "Failed",
            Self::Unknown => "Unknown",
        }
    }

    fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

impl fmt::Display for AlertRow {
    /// Says what became of it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.state, &self.error) {
            (AlertState::Sending, _) => f.write_str("is being sent"),
            (AlertState::Sent, _) => f.write_str("sent"),
            (AlertState::Failed, Some(error)) => write!(f, "failed: {error}"),
            (AlertState::Failed, None) => f.write_str("failed"),
            (AlertState::Unknown, _) => f.write_str("unknown: the process ended while sending"),
        }
    }
}

/// Which alert of the pipeline, counted from 0, and on which occasion.
pub(in crate::schedule) type AlertKey = (u32, String);

impl Runs {
    /// Returns who was told of a run.
    ///
    /// # Errors
    ///
    /// The store cannot be read.
    pub fn alerts(&self, run: &RunId) -> Result<Vec<AlertRow>, ScheduleError> {
        let rows: Vec<(AlertRow, Option<String>)> = self.read(|session| {
            session.rows(
                "SELECT alert, occasion, sent_at, state, error, owner FROM alerts WHERE run = ?1 ORDER BY sent_at, alert",
                values![run.0],
                |row| Ok((alert_row(row)?, row.get(5)?)),
            )
        })?;
        let as_it_is = |(mut alert, owner): (AlertRow, Option<String>)| {
            // No scheduler may have seen yet that the process has ended.
            let lives = owner.is_some_and(|owner| self.lives(&owner));
            if alert.state == AlertState::Sending && !lives {
                alert.state = AlertState::Unknown;
            }
            alert
        };
        Ok(rows.into_iter().map(as_it_is).collect())
    }

    /// Notes of those alerts that no one knows whether they were sent, whose process has ended; `is_lost` says so by its owner.
    pub(in crate::schedule) fn lose_alerts(
        &self,
        is_lost: impl Fn(&str) -> bool,
    ) -> Result<(), ScheduleError> {
        let owners: Vec<String> = self.read(|session| {
            session.rows(
                "SELECT DISTINCT owner FROM alerts WHERE state = 'Sending' AND owner IS NOT NULL",
                &[],
                |row| row.get(0),
            )
        })?;
        for owner in owners.into_iter().filter(|owner| is_lost(owner)) {
            self.write(|transaction| {
                transaction.execute(
                    "UPDATE alerts SET state = 'Unknown' WHERE state = 'Sending' AND owner = ?1",
                    values![owner],
                )?;
                Ok(())
            })?;
        }
        Ok(())
    }

    /// Returns the runs of whose end no one was told yet, and those that run, with whether each has ended.
    pub(in crate::schedule) fn to_tell(&self, since: DateTime<Utc>) -> Result<Vec<RunRow>, ScheduleError> {
        let sql = format!(
            "SELECT {RUN} FROM runs WHERE alerted = 0 AND ended_at >= ?1 UNION ALL \
             SELECT {RUN} FROM runs WHERE status = 'InProgress'"
        );
        self.read(|session| session.rows(&sql, values![stored(since)], run_row))
    }

    /// Notes who is told of runs now, by a process, and returns those who were not told before, for each run.
    ///
    /// However many runs there are, the disk is waited for once; not at all where no one is told.
    pub(in crate::schedule) fn tell(
        &self,
        runs: &[(RunRow, Vec<AlertKey>)],
        owner: &str,
        now: DateTime<Utc>,
    ) -> Result<Vec<Vec<AlertKey>>, ScheduleError> {
        let work = |transaction: &Dialogue<'_>| {
            let told = runs
                .iter()
                .map(|(run, alerts)| tell(transaction, run, alerts, owner, now));
            told.collect()
        };
        if runs.iter().all(|(_, alerts)| alerts.is_empty()) {
            self.write_soon(work)
        } else {
            self.write(work)
        }
    }

    /// Returns whether all of these alerts were given before.
    pub(in crate::schedule) fn were_told(
        &self,
        run: &RunId,
        alerts: &[AlertKey],
    ) -> Result<bool, ScheduleError> {
        if alerts.is_empty() {
            return Ok(true);
        }
        let told = self.alerts(run)?;
        let is_told = |(alert, occasion): &AlertKey| {
            told.iter()
                .any(|one| one.alert == *alert && one.occasion == *occasion)
        };
        Ok(alerts.iter().all(is_told))
    }

    /// Notes what became of an alert: that it was sent, or why it has reached no one.
    pub(in crate::schedule) fn told(
        &self,
        run: &RunId,
        alert: u32,
        occasion: &str,
        error: Option<&str>,
    ) -> Result<(), ScheduleError> {
        let state = match error {
            None => AlertState::Sent,
            Some(_) => AlertState::Failed,
        };
        self.write(|transaction| {
            transaction.execute(
                "UPDATE alerts SET state = ?4, error = ?5 WHERE run = ?1 AND alert = ?2 AND occasion = ?3",
                values![run.0, alert, occasion, state.name(), error],
            )?;
            changed(transaction, &run.0)
        })
    }
}

/// Notes who is told of a run, and returns those who were not told before.
fn tell(
    session: &Dialogue<'_>,
    run: &RunRow,
    alerts: &[AlertKey],
    owner: &str,
    now: DateTime<Utc>,
) -> Result<Vec<AlertKey>, Trouble> {
    let insert = "INSERT INTO alerts (run, alert, occasion, sent_at, state, owner) \
                  VALUES (?1, ?2, ?3, ?4, 'Sending', ?5) ON CONFLICT DO NOTHING";
    let mut new = Vec::new();
    for (alert, occasion) in alerts {
        if session.execute(insert, values![run.id.0, alert, occasion, stored(now), owner])? == 1 {
            new.push((*alert, occasion.clone()));
        }
    }
    if run.status.is_final() {
        session.execute("UPDATE runs SET alerted = 1 WHERE id = ?1", values![run.id.0])?;
    }
    Ok(new)
}

fn alert_row(row: &Row) -> Result<AlertRow, Trouble> {
    Ok(AlertRow {
        alert: row.get(0)?,
        occasion: row.get(1)?,
        sent_at: time(row.get(2)?)?,
        state: named(row, 3, AlertState::named)?,
        error: row.get(4)?,
    })
}
