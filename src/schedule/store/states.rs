//! The states of a run: waiting, running, ended; and what becomes of runs whose process has ended.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use rusqlite::Connection;

use super::creating::status;
use super::runs::{Runs, changed, stored};
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

    /// Takes several runs that wait, and returns those that it has got: others have been cancelled, or begun, meanwhile.
    pub(in crate::schedule) fn claim_all(
        &self,
        runs: &[(&RunId, Option<u32>)],
        owner: &Owner,
    ) -> Result<BTreeSet<RunId>, ScheduleError> {
        if runs.is_empty() {
            return Ok(BTreeSet::new());
        }
        self.write(|transaction| {
            let mut claimed = BTreeSet::new();
            for (run, version) in runs {
                if take(transaction, run, owner, *version)? {
                    claimed.insert((*run).clone());
                }
            }
            Ok(claimed)
        })
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
            transaction.execute("UPDATE runs SET cancel_asked = 1 WHERE id = ?1", [&run.0])?;
            let waits: bool = transaction.query_row(
                "SELECT status = 'Queued' AND owner IS NULL FROM runs WHERE id = ?1",
                [&run.0],
                |row| row.get(0),
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
        self.read(|connection| {
            connection
                .prepare("SELECT cancel_asked FROM runs WHERE id = ?1")?
                .query_row([&run.0], |row| row.get(0))
        })
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
        self.write(|transaction| {
            let is_own: bool = transaction
                .prepare("SELECT owner IS ?2 FROM runs WHERE id = ?1")?
                .query_row([run.0.as_str(), owner.name()], |row| row.get(0))?;
            if !is_own {
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
        self.read(|connection| {
            let mut statement = connection.prepare(
                "SELECT path, count(*) FROM attempts WHERE run = ?1 AND status = 'Cancelled' GROUP BY path",
            )?;
            let rows = statement.query_map([&run.0], |row| Ok((row.get(0)?, row.get(1)?)))?;
            rows.collect()
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
        let folder = self.owners();
        self.recover_lost(now, |_, owner| !Owner::lives(&folder, owner))
    }

    /// Puts those runs in order of which `is_lost` says so, by the run and its owner.
    pub(in crate::schedule) fn recover_lost(
        &self,
        now: DateTime<Utc>,
        is_lost: impl Fn(&RunId, &str) -> bool,
    ) -> Result<Vec<RunId>, ScheduleError> {
        let owned: Vec<(String, String)> = self.read(|connection| {
            let mut statement = connection.prepare(
                "SELECT id, owner FROM runs WHERE status IN ('Queued', 'InProgress') AND owner IS NOT NULL ORDER BY id",
            )?;
            let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            rows.collect()
        })?;
        let mut recovered = Vec::new();
        for (run, owner) in owned {
            let run = RunId(run);
            if !is_lost(&run, &owner) {
                continue;
            }
            let done = self.write(|transaction| {
                let is_still_so: bool = transaction.query_row(
                    "SELECT owner IS ?2 AND status IN ('Queued', 'InProgress') FROM runs WHERE id = ?1",
                    [&run.0, &owner],
                    |row| row.get(0),
                )?;
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
fn take(connection: &Connection, run: &RunId, owner: &Owner, version: Option<u32>) -> rusqlite::Result<bool> {
    let taken = connection
        .prepare(
            "UPDATE runs SET owner = ?2, version = coalesce(version, ?3) \
             WHERE id = ?1 AND status = 'Queued' AND (owner IS NULL OR owner = ?2) AND cancel_asked = 0",
        )?
        .execute((&run.0, owner.name(), version))?;
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
    connection: &Connection,
    run: &str,
    how: Interruption,
    now: DateTime<Utc>,
) -> rusqlite::Result<()> {
    let at = stored(now);
    connection.execute(
        "UPDATE attempts SET status = 'Interrupted', ended_at = ?2 WHERE run = ?1 AND status = 'InProgress'",
        (run, at),
    )?;
    connection.execute(
        "UPDATE activities SET status = 'Interrupted', ended_at = ?2 \
         WHERE run = ?1 AND status IN ('InProgress', 'Retrying', 'Waiting')",
        (run, at),
    )?;
    let (goes_on, times, is_cancelled): (bool, u32, bool) = connection.query_row(
        "SELECT continues, continued, cancel_asked FROM runs WHERE id = ?1",
        [run],
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
    )?;
    let killed = how == Interruption::Killed;
    if is_cancelled {
        return finish(connection, run, RunStatus::Cancelled, None, now);
    }
    if goes_on && (!killed || times < MOST_CONTINUED) {
        connection.execute(
            "UPDATE runs SET status = 'Queued', owner = NULL, error = NULL, continued = continued + ?2 WHERE id = ?1",
            (run, u32::from(killed)),
        )?;
        return Ok(());
    }
    let error = match (killed, goes_on) {
        (true, true) => "the process that ran it ended in the middle of it, again and again",
        (true, false) => "the process that ran it ended in the middle of it",
        (false, _) => "it was interrupted",
    };
    finish(connection, run, RunStatus::Interrupted, Some(error), now)
}

/// Ends a run, and the window that it is for.
pub(super) fn finish(
    connection: &Connection,
    run: &str,
    status: RunStatus,
    error: Option<&str>,
    now: DateTime<Utc>,
) -> rusqlite::Result<()> {
    connection
        .prepare("UPDATE runs SET status = ?2, error = ?3, ended_at = ?4, owner = NULL WHERE id = ?1")?
        .execute((run, status.name(), error, stored(now)))?;
    connection
        .prepare("UPDATE windows SET status = ?2 WHERE run = ?1 AND status <> 'Succeeded'")?
        .execute((run, status.name()))?;
    Ok(())
}
