//! The states of a run: waiting, running, ended; and what becomes of runs whose process has ended.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::creating::status;
use super::engine::Dialogue;
use super::places::leave_all;
use super::runs::{Runs, changed, stored};
use super::trouble::Trouble;
use super::value::values;
use crate::pipeline::RunStatus;
use crate::schedule::error::ScheduleError;
use crate::schedule::owner::Owner;
use crate::schedule::run::RunId;

/// How often a run goes on by itself after its process was killed: one that kills its process does not do so for ever. How often
/// an activity is tried again, its definition says.
const MOST_CONTINUED: u32 = 16;

impl Runs {
    /// Takes a run that waits: from now on it is this process's, and no other begins it.
    ///
    /// # Errors
    ///
    /// It does not wait any more, or the store cannot be written.
    pub fn claim(&self, run: &RunId, owner: &Owner, version: Option<u32>) -> Result<(), ScheduleError> {
        self.write_or(|transaction| {
            if take(transaction, run, owner, version)? {
                return Ok(Ok(()));
            }
            Ok(status(transaction, run)?.and_then(|status| {
                Err(ScheduleError::NotWaiting {
                    id: run.clone(),
                    status: status.name(),
                })
            }))
        })?
    }

    /// Asks for a run to be stopped; one that no process has begun is cancelled at once.
    ///
    /// # Errors
    ///
    /// There is no such run, it has ended, or the store cannot be written.
    pub fn ask_cancel(&self, run: &RunId, now: DateTime<Utc>) -> Result<(), ScheduleError> {
        self.write_or(|transaction| {
            let status = match status(transaction, run)? {
                Ok(status) => status,
                Err(error) => return Ok(Err(error)),
            };
            if status.is_final() {
                return Ok(Err(ScheduleError::Ended {
                    id: run.clone(),
                    status: status.name(),
                }));
            }
            transaction.execute("UPDATE runs SET cancel_asked = 1 WHERE id = ?1", values![run.0])?;
            let waits: bool = transaction.one(
                "SELECT status = 'Queued' AND owner IS NULL FROM runs WHERE id = ?1",
                values![run.0],
            )?;
            if waits {
                finish(
                    transaction,
                    &run.0,
                    RunStatus::Cancelled,
                    Some("cancelled before it began"),
                    now,
                )?;
            }
            changed(transaction, &run.0)?;
            Ok(Ok(()))
        })?
    }

    /// Returns whether someone has asked for a run to be stopped.
    ///
    /// # Errors
    ///
    /// The store cannot be read.
    pub fn is_cancel_asked(&self, run: &RunId) -> Result<bool, ScheduleError> {
        self.read(|session| session.one("SELECT cancel_asked FROM runs WHERE id = ?1", values![run.0]))
    }

    /// Ends a run of this process that has no end of its own: its definition is gone, or its thread.
    ///
    /// # Errors
    ///
    /// The store cannot be written.
    pub fn give_up(
        &self,
        run: &RunId,
        owner: &Owner,
        error: &str,
        now: DateTime<Utc>,
    ) -> Result<(), ScheduleError> {
        let is_own = |session: &Dialogue<'_>| {
            let own = "SELECT count(*) FROM runs WHERE id = ?1 AND owner = ?2";
            Ok(session.one::<i64>(own, values![run.0, owner.name()])? > 0)
        };
        // Nearly each has ended by itself: it keeps no one from writing.
        if !self.read(is_own)? {
            return Ok(());
        }
        self.write(|transaction| {
            if !is_own(transaction)? {
                return Ok(());
            }
            finish(transaction, &run.0, RunStatus::Failed, Some(error), now)?;
            changed(transaction, &run.0)
        })
    }

    /// Returns how many attempts of each activity of a run were broken off because its process was asked to end.
    ///
    /// # Errors
    ///
    /// The store cannot be read.
    pub fn broken_off(&self, run: &RunId) -> Result<BTreeMap<String, u32>, ScheduleError> {
        self.read(|session| {
            let rows = session.rows(
                "SELECT path, count(*) FROM attempts WHERE run = ?1 AND status = 'Cancelled' GROUP BY path",
                values![run.0],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )?;
            Ok(rows.into_iter().collect())
        })
    }

    /// Puts the runs in order whose process has ended in the middle of them, and returns them.
    ///
    /// Their attempts are marked as interrupted. Those of the scheduler wait again, and go on with what has not ended well; others,
    /// and those that were interrupted too often, stay interrupted.
    ///
    /// # Errors
    ///
    /// The store cannot be read or written.
    pub fn recover(&self, now: DateTime<Utc>) -> Result<Vec<RunId>, ScheduleError> {
        self.recover_lost(now, |_, owner| !self.lives(owner))
    }

    /// Puts those runs in order of which `is_lost` says so, by the run and its owner.
    pub(in crate::schedule) fn recover_lost(
        &self,
        now: DateTime<Utc>,
        is_lost: impl Fn(&RunId, &str) -> bool,
    ) -> Result<Vec<RunId>, ScheduleError> {
        let owned: Vec<(String, String)> = self.read(|session| {
            session.rows(
                "SELECT id, owner FROM runs WHERE status IN ('Queued', 'InProgress') AND owner IS NOT NULL ORDER BY id",
                &[],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
        })?;
        let mut recovered = Vec::new();
        for (run, owner) in owned {
            let run = RunId(run);
            if !is_lost(&run, &owner) {
                continue;
            }
            let done = self.write(|transaction| {
                let still: i64 = transaction.one(
                    "SELECT count(*) FROM runs WHERE id = ?1 AND owner = ?2 AND status IN ('Queued', 'InProgress')",
                    values![run.0, owner],
                )?;
                let is_still_so = still == 1;
                if is_still_so {
                    interrupted(transaction, &run.0, Interruption::Killed, now)?;
                    changed(transaction, &run.0)?;
                }
                Ok(is_still_so)
            })?;
            if done {
                recovered.push(run);
            }
        }
        Ok(recovered)
    }
}

/// Makes a run that waits this process's; returns whether it did wait.
pub(super) fn take(
    session: &Dialogue<'_>,
    run: &RunId,
    owner: &Owner,
    version: Option<u32>,
) -> Result<bool, Trouble> {
    let taken = session.execute(
        "UPDATE runs SET owner = ?2, version = coalesce(version, ?3) \
         WHERE id = ?1 AND status = 'Queued' AND (owner IS NULL OR owner = ?2) AND cancel_asked = 0",
        values![run.0, owner.name(), version],
    )?;
    Ok(taken == 1)
}

/// How a run was interrupted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Interruption {
    /// Its process was killed.
    Killed,
    /// Its process was asked to end.
    Asked,
}

/// Marks what runs in a run as interrupted, and lets it wait again where it goes on by itself.
pub(super) fn interrupted(
    session: &Dialogue<'_>,
    run: &str,
    how: Interruption,
    now: DateTime<Utc>,
) -> Result<(), Trouble> {
    let at = stored(now);
    leave_all(session, run)?;
    session.execute(
        "UPDATE attempts SET status = 'Interrupted', ended_at = ?2 WHERE run = ?1 AND status = 'InProgress'",
        values![run, at],
    )?;
    session.execute(
        "UPDATE activities SET status = 'Interrupted', ended_at = ?2 \
         WHERE run = ?1 AND status IN ('InProgress', 'Retrying', 'Waiting')",
        values![run, at],
    )?;
    let found: Option<(bool, u32, bool)> = session.row(
        "SELECT continues, continued, cancel_asked FROM runs WHERE id = ?1",
        values![run],
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
    )?;
    let Some((goes_on, times, is_cancelled)) = found else {
        return Ok(());
    };
    let killed = how == Interruption::Killed;
    if is_cancelled {
        return finish(session, run, RunStatus::Cancelled, None, now);
    }
    if goes_on && (!killed || times < MOST_CONTINUED) {
        session.execute(
            "UPDATE runs SET status = 'Queued', owner = NULL, error = NULL, continued = continued + ?2 WHERE id = ?1",
            values![run, u32::from(killed)],
        )?;
        return Ok(());
    }
    let error = match (killed, goes_on) {
        (true, true) => "the process that ran it ended in the middle of it, again and again",
        (true, false) => "the process that ran it ended in the middle of it",
        (false, _) => "it was interrupted",
    };
    finish(session, run, RunStatus::Interrupted, Some(error), now)
}

/// Ends a run, and the window that it is for.
pub(super) fn finish(
    session: &Dialogue<'_>,
    run: &str,
    status: RunStatus,
    error: Option<&str>,
    now: DateTime<Utc>,
) -> Result<(), Trouble> {
    leave_all(session, run)?;
    session.execute(
        "UPDATE runs SET status = ?2, error = ?3, ended_at = ?4, owner = NULL WHERE id = ?1",
        values![run, status.name(), error, stored(now)],
    )?;
    session.execute(
        "UPDATE windows SET status = ?2 WHERE run = ?1 AND status <> 'Succeeded'",
        values![run, status.name()],
    )?;
    Ok(())
}
