//! [`Runs`]: the store of runs, open.

use std::fs::OpenOptions;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use rusqlite::{
    Connection, Error, ErrorCode, OpenFlags, OptionalExtension as _, Transaction, TransactionBehavior,
};
use serde_json::Value;

use super::schema::{self, Found, VERSION};
use crate::schedule::error::ScheduleError;

/// How long another process may hold the lock for writing before this one gives up.
const PATIENCE: Duration = Duration::from_secs(20);

/// The store of runs, open; copies share one connection.
#[derive(Debug, Clone)]
pub struct Runs {
    path: Arc<PathBuf>,
    connection: Arc<Mutex<Connection>>,
    /// How many writes are still done.
    #[cfg(test)]
    left: Arc<Mutex<Option<u32>>>,
}

impl Runs {
    /// The store's file in a workspace's private folder.
    pub const FILE: &'static str = "runs.db";

    /// Opens a store, which is made where it is missing.
    ///
    /// # Errors
    ///
    /// The file cannot be opened, is damaged or no store of runs, or a newer Sheaf has written it; it is left as it is.
    pub fn open(path: &Path) -> Result<Self, ScheduleError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX
            | OpenFlags::SQLITE_OPEN_EXRESCODE;
        create_private(path);
        let failed = |error: &Error| failure(path, "opened", error);
        let mut connection = Connection::open_with_flags(path, flags).map_err(|error| failed(&error))?;
        let found = prepare(&mut connection).map_err(|error| failed(&error))?;
        match found {
            Found::Store => Ok(Self {
                path: Arc::new(path.to_owned()),
                connection: Arc::new(Mutex::new(connection)),
                #[cfg(test)]
                left: Arc::default(),
            }),
            Found::Newer(found) => Err(ScheduleError::Newer {
                path: path.to_owned(),
                found,
                known: VERSION,
            }),
            Found::Foreign => Err(ScheduleError::Damaged {
                path: path.to_owned(),
                reason: "it is a database of something else".to_owned(),
            }),
        }
    }

    /// Returns its file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the folder with a file for each process that runs runs.
    pub fn owners(&self) -> PathBuf {
        self.path.with_file_name("running")
    }

    /// Reads.
    pub(super) fn read<T>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, ScheduleError> {
        work(&self.lock()).map_err(|error| failure(&self.path, "read", &error))
    }

    /// Writes in one transaction, which lasts when this returns.
    ///
    /// The lock for writing is taken first: what the work reads is not changed by another process before it writes.
    pub(super) fn write<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, ScheduleError> {
        self.write_or(|transaction| work(transaction).map(Ok))
            .and_then(|done| done)
    }

    /// Writes in one transaction that the work may refuse: nothing is changed then.
    pub(super) fn write_or<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<Result<T, ScheduleError>>,
    ) -> Result<Result<T, ScheduleError>, ScheduleError> {
        let failed = |error: &Error| failure(&self.path, "written", error);
        #[cfg(test)]
        self.write_left()?;
        let mut connection = self.lock();
        let transaction = connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(|error| failed(&error))?;
        let done = work(&transaction).map_err(|error| failed(&error))?;
        if done.is_ok() {
            transaction.commit().map_err(|error| failed(&error))?;
        }
        Ok(done)
    }

    /// Lets every write fail but for the next ones, as if the process had been killed behind them.
    #[cfg(test)]
    pub(in crate::schedule) fn break_after(&self, writes: u32) {
        *self.left.lock().unwrap_or_else(PoisonError::into_inner) = Some(writes);
    }

    #[cfg(test)]
    fn write_left(&self) -> Result<(), ScheduleError> {
        match &mut *self.left.lock().unwrap_or_else(PoisonError::into_inner) {
            None => Ok(()),
            Some(0) => Err(ScheduleError::Store {
                path: self.path().to_owned(),
                done: "written",
                reason: "the process was killed".to_owned(),
            }),
            Some(left) => {
                *left -= 1;
                Ok(())
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn prepare(connection: &mut Connection) -> rusqlite::Result<Found> {
    connection.busy_timeout(PATIENCE)?;
    // A file that is not ours stays as it is, to its last byte.
    if let found @ (Found::Newer(_) | Found::Foreign) = schema::migrate(connection)? {
        return Ok(found);
    }
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    Ok(Found::Store)
}

fn failure(path: &Path, done: &'static str, error: &Error) -> ScheduleError {
    let path = path.to_owned();
    let reason = match error {
        Error::SqliteFailure(_, Some(message)) => message.clone(),
        error => error.to_string(),
    };
    match error.sqlite_error_code() {
        // Without a code, it is something in it that cannot be read.
        None | Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            ScheduleError::Damaged { path, reason }
        }
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => ScheduleError::Store {
            path,
            done,
            reason: format!(
                "another program has held its lock for {} seconds",
                PATIENCE.as_secs()
            ),
        },
        Some(_) => ScheduleError::Store { path, done, reason },
    }
}

/// Returns a time as it is stored.
pub(super) fn stored(time: DateTime<Utc>) -> i64 {
    time.timestamp_millis()
}

/// Returns a stored time.
pub(super) fn time(millis: i64) -> rusqlite::Result<DateTime<Utc>> {
    DateTime::from_timestamp_millis(millis).ok_or_else(|| unreadable(format!("{millis} is not a time")))
}

/// Returns a stored time where there is one.
pub(super) fn time_or_none(millis: Option<i64>) -> rusqlite::Result<Option<DateTime<Utc>>> {
    millis.map(time).transpose()
}

/// Returns a stored number that is not below zero.
pub(super) fn natural(number: i64) -> u64 {
    number.unsigned_abs()
}

/// Returns stored JSON.
pub(super) fn json(text: &str) -> rusqlite::Result<Value> {
    serde_json::from_str(text).map_err(|error| unreadable(error.to_string()))
}

/// Says that something in the store cannot be read.
pub(super) fn unreadable(reason: String) -> Error {
    Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, reason.into())
}

/// Marks a run as changed, for those who watch.
pub(super) fn changed(connection: &Connection, run: &str) -> rusqlite::Result<()> {
    let sequence: i64 = connection
        .prepare("UPDATE counters SET value = value + 1 WHERE name = 'changes' RETURNING value")?
        .query_row([], |row| row.get(0))?;
    connection
        .prepare("UPDATE runs SET changed = ?2 WHERE id = ?1")?
        .execute((run, sequence))?;
    Ok(())
}

/// Returns a run's status, where there is such a run.
pub(super) fn status_of(connection: &Connection, run: &str) -> rusqlite::Result<Option<String>> {
    connection
        .prepare("SELECT status FROM runs WHERE id = ?1")?
        .query_row([run], |row| row.get(0))
        .optional()
}

/// Makes the file of a store that is not there, for this person alone: it has what runs were given, and what they gave.
fn create_private(path: &Path) {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    // One that is there stays as it is, and what is wrong with the place SQLite says.
    let _ = options.open(path);
}
