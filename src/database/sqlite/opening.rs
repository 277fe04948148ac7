//! Opens a database, and watches over what it does: a stop that someone asks for, and a lock that another program holds.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, Error, ErrorCode, OpenFlags};

use super::functions;
use super::message::{NAME, message};
use crate::database::error::DatabaseError;
use crate::database::target::Target;
use crate::work::Interrupt;

/// How long another program may hold a lock before this one gives up.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often it looks meanwhile.
const POLL: Duration = Duration::from_millis(10);
/// After how many of its instructions SQLite looks whether its work is still wanted: some hundred rows.
const INSTRUCTIONS: i32 = 5_000;

/// A connection that is open, and what watches over it.
pub(super) struct Session {
    pub(super) connection: Connection,
    /// Where SQLite looks, in the middle of its work, whether that is still wanted.
    pub(super) watched: Watched,
}

/// The flag of the work that a session does, shared with what SQLite calls in the middle of it.
#[derive(Debug, Clone, Default)]
pub(super) struct Watched(Arc<Mutex<Interrupt>>);

impl Watched {
    /// Begins work that ends when `interrupt` is set.
    ///
    /// # Errors
    ///
    /// It is set already.
    pub(super) fn watch(&self, interrupt: &Interrupt) -> Result<(), DatabaseError> {
        *self.lock() = interrupt.clone();
        if interrupt.is_set() {
            return Err(DatabaseError::Interrupted);
        }
        Ok(())
    }

    /// Begins work that has to be done in any case.
    pub(super) fn release(&self) {
        *self.lock() = Interrupt::default();
    }

    /// Returns whether the work is not wanted any more.
    pub(super) fn is_unwanted(&self) -> bool {
        self.lock().is_set()
    }

    fn lock(&self) -> MutexGuard<'_, Interrupt> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Opens the file, which is made where it is missing, or a database in memory.
///
/// # Errors
///
/// The folder is missing, the file is no database or cannot be opened, or another program has locked it.
pub(super) fn open(target: &Target, interrupt: &Interrupt) -> Result<Session, DatabaseError> {
    let watched = Watched::default();
    watched.watch(interrupt)?;
    // Without `SQLITE_OPEN_URI`: a `?` in a name is a part of the name.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_EXRESCODE;
    let (path, name) = match target {
        Target::Memory => {
            let connection = Connection::open_in_memory_with_flags(flags);
            let prepared = connection.and_then(|connection| prepare(connection, &watched));
            return prepared.map_err(|error| failed("in memory", &error, &watched));
        }
        Target::File { path, name } => (path, name),
        Target::Server(_) => {
            return Err(connect(
                "a server",
                "it is a file, not a server",
                "write sqlite:/mnt/data/passengers.db",
            ));
        }
    };
    check(path, name)?;
    // SQLite reads names that begin with `file:` as URIs, whatever the flags say.
    let path = if path.is_relative() {
        &Path::new(".").join(path)
    } else {
        path
    };
    Connection::open_with_flags(path, flags)
        .and_then(|connection| prepare(connection, &watched))
        .map_err(|error| failed(name, &error, &watched))
}

/// Checks what SQLite has only one message for.
fn check(path: &Path, name: &str) -> Result<(), DatabaseError> {
    if path.is_dir() {
        return Err(connect(
            name,
            "it is a folder",
            "name a file in it, such as sqlite:/mnt/data/passengers.db",
        ));
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    match folder {
        Some(folder) if !folder.is_dir() => Err(connect(
            name,
            "its folder does not exist",
            "make the folder first, with dbutils.fs.mkdirs(…), or correct the path; a missing file is made, a missing \
             folder is not",
        )),
        _ => Ok(()),
    }
}

/// Sets what a session is to keep to, and reads the file for the first time.
fn prepare(mut connection: Connection, watched: &Watched) -> Result<Session, Error> {
    let progress = watched.clone();
    connection.progress_handler(INSTRUCTIONS, Some(move || progress.is_unwanted()))?;
    let busy = watched.clone();
    let mut began = Instant::now();
    connection.busy_handler(Some(move |attempt: i32| {
        if attempt == 0 {
            began = Instant::now();
        }
        let is_waiting = !busy.is_unwanted() && began.elapsed() < PATIENCE;
        if is_waiting {
            thread::sleep(POLL);
        }
        is_waiting
    }))?;
    // Otherwise a column that does not exist, in double quotes, would be a text.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
    functions::add(&connection)?;
    connection.execute_batch("PRAGMA foreign_keys=ON")?;
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    Ok(Session {
        connection,
        watched: watched.clone(),
    })
}

fn failed(name: &str, error: &Error, watched: &Watched) -> DatabaseError {
    let (code, text) = message(error);
    match code {
        Some(ErrorCode::OperationInterrupted) => DatabaseError::Interrupted,
        _ if watched.is_unwanted() => DatabaseError::Interrupted,
        Some(ErrorCode::NotADatabase) => connect(
            name,
            "it is not a SQLite database",
            "correct the path; files of other kinds are read by read_csv, read_parquet and the like",
        ),
        Some(ErrorCode::DatabaseCorrupt) => connect(
            name,
            "the file is damaged",
            "`sqlite3 FILE .recover` in a shell reads what is left of it",
        ),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => connect(
            name,
            "another program has locked it",
            "run the cell again when the other program has finished",
        ),
        Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => connect(
            name,
            "the file cannot be opened",
            "see whether you may read and write the file and its folder",
        ),
        _ => connect(
            name,
            &text,
            "see whether the file and its folder can be read and written",
        ),
    }
}

fn connect(name: &str, reason: &str, hint: &str) -> DatabaseError {
    DatabaseError::Connect {
        database: format!("{NAME}, {name}"),
        reason: reason.to_owned(),
        hint: hint.to_owned(),
        is_away: false,
    }
}
