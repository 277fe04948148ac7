//! [`TriggerRow`]: how far a trigger is, and whether it runs.

use std::fmt;

use chrono::{DateTime, Utc};

use super::engine::Dialogue;
use super::runs::{Runs, stored, time};
use super::trouble::Trouble;
use super::value::{Row, values};
use crate::schedule::error::ScheduleError;

/// A trigger, which has its name within its pipeline.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TriggerName {
    /// The pipeline.
    pub pipeline: String,
    /// The trigger's name there.
    pub name: String,
}

impl fmt::Display for TriggerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.pipeline, self.name)
    }
}

/// How far a trigger is, and whether it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TriggerRow {
    /// Which.
    pub trigger: TriggerName,
    /// Whether it runs; one that was never stopped does.
    pub is_started: bool,
    /// No time up to this one is looked at again; for windows, the latest beginning of one.
    pub through: DateTime<Utc>,
    /// What is wrong with it, for a person.
    pub trouble: Option<String>,
}

impl Runs {
    /// Returns the triggers that were met so far, by their names.
    ///
    /// # Errors
    ///
    /// The store cannot be read.
    pub fn triggers(&self) -> Result<Vec<TriggerRow>, ScheduleError> {
        self.read(|session| {
            session.rows(
                "SELECT pipeline, name, is_started, through, trouble FROM triggers ORDER BY pipeline, name",
                &[],
                trigger_row,
            )
        })
    }

    /// Returns how far a trigger is; one that is met for the first time is started, and its times count from `through`.
    pub(in crate::schedule) fn meet(
        &self,
        trigger: &TriggerName,
        through: DateTime<Utc>,
    ) -> Result<TriggerRow, ScheduleError> {
        if let Some(row) = self.read(|session| find(session, trigger))? {
            return Ok(row);
        }
        self.write(|transaction| {
            transaction.execute(
                "INSERT INTO triggers (pipeline, name, is_started, through) VALUES (?1, ?2, 1, ?3) \
                 ON CONFLICT DO NOTHING",
                values![trigger.pipeline, trigger.name, stored(through)],
            )?;
            let row = find(transaction, trigger)?;
            row.ok_or_else(|| Trouble::failed("a trigger is gone that was there"))
        })
    }

    /// Returns how far a trigger is, where it was met.
    pub(in crate::schedule) fn trigger_through(
        &self,
        trigger: &TriggerName,
    ) -> Result<Option<DateTime<Utc>>, ScheduleError> {
        let row = self.read(|session| find(session, trigger))?;
        Ok(row.map(|row| row.through))
    }

    /// Starts or stops a trigger, and returns whether that changed anything.
    ///
    /// `through` is from when its times count where it is started, as far as that is not later already; what came while it was
    /// stopped does not.
    ///
    /// # Errors
    ///
    /// The store cannot be written.
    pub fn set_started(
        &self,
        trigger: &TriggerName,
        is_started: bool,
        through: Option<DateTime<Utc>>,
    ) -> Result<bool, ScheduleError> {
        self.write(|transaction| {
            let through = through.map(stored);
            let before = find(transaction, trigger)?;
            if before.as_ref().is_some_and(|row| row.is_started == is_started) {
                return Ok(false);
            }
            transaction.execute(
                "INSERT INTO triggers (pipeline, name, is_started, through) VALUES (?1, ?2, ?3, coalesce(CAST(?4 AS BIGINT), 0)) \
                 ON CONFLICT (pipeline, name) DO UPDATE SET is_started = excluded.is_started, \
                     through = coalesce(CAST(?4 AS BIGINT), triggers.through), trouble = NULL",
                values![trigger.pipeline, trigger.name, is_started, through],
            )?;
            Ok(true)
        })
    }

    /// Notes what is wrong with a trigger, or that nothing is any more.
    pub(in crate::schedule) fn set_trouble(
        &self,
        row: &TriggerRow,
        trouble: Option<&str>,
    ) -> Result<(), ScheduleError> {
        if row.trouble.as_deref() == trouble {
            return Ok(());
        }
        self.write(|transaction| {
            transaction.execute(
                "UPDATE triggers SET trouble = ?3 WHERE pipeline = ?1 AND name = ?2",
                values![row.trigger.pipeline, row.trigger.name, trouble],
            )?;
            Ok(())
        })
    }
}

/// Notes how far a trigger is.
pub(super) fn reach(
    session: &Dialogue<'_>,
    trigger: &TriggerName,
    through: DateTime<Utc>,
) -> Result<(), Trouble> {
    session.execute(
        "UPDATE triggers SET through = ?3 WHERE pipeline = ?1 AND name = ?2",
        values![trigger.pipeline, trigger.name, stored(through)],
    )?;
    Ok(())
}

fn find(session: &Dialogue<'_>, trigger: &TriggerName) -> Result<Option<TriggerRow>, Trouble> {
    session.row(
        "SELECT pipeline, name, is_started, through, trouble FROM triggers WHERE pipeline = ?1 AND name = ?2",
        values![trigger.pipeline, trigger.name],
        trigger_row,
    )
}

fn trigger_row(row: &Row) -> Result<TriggerRow, Trouble> {
    Ok(TriggerRow {
        trigger: TriggerName {
            pipeline: row.get(0)?,
            name: row.get(1)?,
        },
        is_started: row.get(2)?,
        through: time(row.get(3)?)?,
        trouble: row.get(4)?,
    })
}
