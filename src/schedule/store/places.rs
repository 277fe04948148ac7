//! The places of those who wait until a pipeline may be run, and of the activities that run one.
//!
//! How many runs of a pipeline there are at a time counts in all processes: runs of the scheduler, runs by hand, and activities that
//! run it within another.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::engine::Dialogue;
use super::runs::{Runs, natural, stored};
use super::trouble::Trouble;
use super::value::values;
use crate::pipeline::Admission;
use crate::schedule::error::ScheduleError;
use crate::schedule::run::RunId;

impl Runs {
    /// Asks whether a run may begin now, or an activity of it run another pipeline, of which only `most` may run at a time.
    ///
    /// Who has to wait keeps the place in the line until it leaves, or its process ends; others are let in after it. `path` is empty
    /// for the run itself.
    ///
    /// # Errors
    ///
    /// The store cannot be written.
    pub fn take_place(
        &self,
        run: &RunId,
        path: &str,
        (pipeline, most): (&str, u32),
        now: DateTime<Utc>,
    ) -> Result<Admission, ScheduleError> {
        let most = u64::from(most.max(1));
        let admission = self.write(|transaction| {
            let (since, is_taken) = place(transaction, (&run.0, path), pipeline, now)?;
            if is_taken {
                return Ok(Admission::Admitted);
            }
            let running = running(transaction, (&run.0, path), pipeline)?;
            let before = before(transaction, (&run.0, path), pipeline, since)?;
            if running + before >= most {
                return Ok(Admission::Waiting { running });
            }
            let taken = if path.is_empty() {
                // From now on it is counted as a run.
                "DELETE FROM places WHERE run = ?1 AND path = ?2"
            } else {
                "UPDATE places SET is_taken = 1 WHERE run = ?1 AND path = ?2"
            };
            transaction.execute(taken, values![run.0, path])?;
            Ok(Admission::Admitted)
        })?;
        if admission != Admission::Admitted {
            // Those of processes that have ended are not waited for.
            self.recover(now)?;
        }
        Ok(admission)
    }

    /// Gives up the place of an activity, or that of a run in the line.
    ///
    /// # Errors
    ///
    /// The store cannot be written.
    pub fn leave(&self, run: &RunId, path: &str) -> Result<(), ScheduleError> {
        self.write(|transaction| {
            transaction.execute(
                "DELETE FROM places WHERE run = ?1 AND path = ?2",
                values![run.0, path],
            )?;
            Ok(())
        })
    }

    /// Returns how many places there are of each pipeline, beside those of runs that the scheduler begins.
    pub(in crate::schedule) fn places(&self) -> Result<BTreeMap<String, u32>, ScheduleError> {
        self.read(|session| {
            let rows = session.rows(
                "SELECT pipeline, count(*) FROM places GROUP BY pipeline",
                &[],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )?;
            Ok(rows.into_iter().collect())
        })
    }
}

/// Returns since when someone has a place, and whether it was let in; makes it where there is none.
fn place(
    session: &Dialogue<'_>,
    (run, path): (&str, &str),
    pipeline: &str,
    now: DateTime<Utc>,
) -> Result<(i64, bool), Trouble> {
    let found = session.row(
        "SELECT since, is_taken FROM places WHERE run = ?1 AND path = ?2",
        values![run, path],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    if let Some(found) = found {
        return Ok(found);
    }
    let since = stored(now);
    session.execute(
        "INSERT INTO places (run, path, pipeline, since, is_taken) VALUES (?1, ?2, ?3, ?4, 0)",
        values![run, path, pipeline, since],
    )?;
    Ok((since, false))
}

/// Returns how many of a pipeline run, but for one.
fn running(session: &Dialogue<'_>, (run, path): (&str, &str), pipeline: &str) -> Result<u64, Trouble> {
    // A run that waits for its turn has an owner, and does not run yet.
    let runs: i64 = session.one(
        "SELECT count(*) FROM runs WHERE pipeline = ?1 AND status IN ('Queued', 'InProgress') AND owner IS NOT NULL \
             AND NOT (id = ?2 AND ?3 = '') \
             AND NOT EXISTS (SELECT 1 FROM places WHERE places.run = runs.id AND places.path = '')",
        values![pipeline, run, path],
    )?;
    let activities: i64 = session.one(
        "SELECT count(*) FROM places WHERE pipeline = ?1 AND is_taken = 1",
        values![pipeline],
    )?;
    Ok(natural(runs) + natural(activities))
}

/// Returns how many wait for a pipeline before one does.
fn before(
    session: &Dialogue<'_>,
    (run, path): (&str, &str),
    pipeline: &str,
    since: i64,
) -> Result<u64, Trouble> {
    let count: i64 = session.one(
        "SELECT count(*) FROM places WHERE pipeline = ?1 AND is_taken = 0 AND (since < ?2 OR (since = ?2 AND \
             (run < ?3 OR (run = ?3 AND path < ?4))))",
        values![pipeline, since, run, path],
    )?;
    Ok(natural(count))
}

/// Gives up all places of a run.
pub(super) fn leave_all(session: &Dialogue<'_>, run: &str) -> Result<(), Trouble> {
    session.execute("DELETE FROM places WHERE run = ?1", values![run])?;
    Ok(())
}
