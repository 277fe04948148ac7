//! The store in a file of SQLite, which several processes of this machine read and write at the same time.

use std::fs::OpenOptions;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, Error, ErrorCode, OpenFlags, Statement, ToSql, params_from_iter};

use super::disk::{Disk, Pending};
use super::engine::Engine;
use super::schema::{self, Found};
use super::trouble::Trouble;
use super::value::Row;
use crate::database::Bound;

/// How long another process may hold the lock for writing before this one gives up.
const PATIENCE: Duration = Duration::from_secs(20);
/// How many pages of the log are taken over into the file at the latest, which keeps others waiting; more than come together before
/// nothing is done for a moment.
const LOGGED: i64 = 8000;
/// How many commits come together before the log is taken over when nothing else is done.
const COMMITS: u32 = 200;
/// How many statements stay prepared: about all that the store has. Reading one takes longer than running it.
const PREPARED: usize = 256;

/// An open file.
pub(super) struct Sqlite {
    connection: Connection,
    disk: Arc<Disk>,
    /// The last commit, until someone asks for it.
    pending: Option<Pending>,
    /// How many commits there were since the log was taken over.
    commits: u32,
}

impl Sqlite {
    /// Opens a file, which is made where it is missing, and says what it is.
    pub(super) fn open(path: &Path) -> Result<(Self, Found), Trouble> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX
            | OpenFlags::SQLITE_OPEN_EXRESCODE;
        create_private(path);
        let mut connection = Connection::open_with_flags(path, flags).map_err(|error| failure(&error))?;
        let found = prepare(&mut connection).map_err(|error| failure(&error))?;
        let sqlite = Self {
            connection,
            disk: Arc::new(Disk::of(path)),
            pending: None,
            commits: 0,
        };
        Ok((sqlite, found))
    }

    fn say(&self, sql: &str) -> Result<(), Trouble> {
        self.connection
            .execute_batch(sql)
            .map_err(|error| failure(&error))
    }
}

impl Engine for Sqlite {
    fn execute(&mut self, sql: &str, values: &[Bound]) -> Result<u64, Trouble> {
        let done = self
            .connection
            .prepare_cached(sql)
            .and_then(|mut statement| statement.execute(params_from_iter(values.iter().map(Sent))));
        done.map(|changed| changed as u64)
            .map_err(|error| failure(&error))
    }

    fn query(&mut self, sql: &str, values: &[Bound]) -> Result<Vec<Row>, Trouble> {
        let found = self
            .connection
            .prepare_cached(sql)
            .and_then(|mut statement| all(&mut statement, values));
        found.map_err(|error| failure(&error))
    }

    fn begin(&mut self) -> Result<(), Trouble> {
        if !self.connection.is_autocommit() {
            self.rollback();
        }
        // The lock for writing is taken first: what is read is not changed by another process before this one writes.
        self.say("BEGIN IMMEDIATE")
    }

    fn commit(&mut self) -> Result<(), Trouble> {
        self.say("COMMIT")?;
        self.pending = Some(self.disk.committed());
        self.commits = self.commits.saturating_add(1);
        Ok(())
    }

    fn pending(&mut self) -> Option<Pending> {
        self.pending.take()
    }

    fn rollback(&mut self) {
        // What cannot be undone now, the next beginning undoes.
        let _ = self.say("ROLLBACK");
    }

    fn tidy(&mut self) -> Result<(), Trouble> {
        if self.commits < COMMITS {
            return Ok(());
        }
        self.commits = 0;
        self.say("PRAGMA wal_checkpoint(PASSIVE)")
    }
}

fn all(statement: &mut Statement<'_>, values: &[Bound]) -> rusqlite::Result<Vec<Row>> {
    let columns = statement.column_count();
    let mut found = Vec::new();
    let mut rows = statement.query(params_from_iter(values.iter().map(Sent)))?;
    while let Some(row) = rows.next()? {
        let values = (0..columns).map(|column| {
            Ok(match row.get_ref(column)? {
                ValueRef::Null => Bound::Null,
                ValueRef::Integer(number) => Bound::Integer(number),
                ValueRef::Real(number) => Bound::Float(number),
                ValueRef::Text(text) => {
                    let text = str::from_utf8(text).map_err(|error| Error::Utf8Error(column, error))?;
                    Bound::Text(text.to_owned())
                }
                ValueRef::Blob(bytes) => Bound::Bytes(bytes.to_owned()),
            })
        });
        found.push(Row::new(values.collect::<rusqlite::Result<_>>()?));
    }
    Ok(found)
}

/// A value, as it is bound.
struct Sent<'a>(&'a Bound);

impl ToSql for Sent<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self.0 {
            Bound::Integer(number) => ToSqlOutput::from(*number),
            Bound::Float(number) => ToSqlOutput::from(*number),
            Bound::Boolean(is_true) => ToSqlOutput::from(*is_true),
            Bound::Text(text) => ToSqlOutput::from(text.as_str()),
            Bound::Bytes(bytes) => ToSqlOutput::from(bytes.as_slice()),
            // The store keeps moments as numbers.
            Bound::Null | Bound::Date(_) | Bound::Time(_) | Bound::Moment(_) | Bound::Instant(_) => {
                ToSqlOutput::Borrowed(ValueRef::Null)
            }
        })
    }
}

fn prepare(connection: &mut Connection) -> rusqlite::Result<Found> {
    connection.busy_timeout(PATIENCE)?;
    connection.set_prepared_statement_cache_capacity(PREPARED);
    // A file that is not ours stays as it is, to its last byte.
    if let found @ (Found::Newer(_) | Found::Foreign) = schema::migrate(connection)? {
        return Ok(found);
    }
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // A commit adds to the log, and does not wait for the disk: that is done for all at once, where it has to last.
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.pragma_update(None, "wal_autocheckpoint", LOGGED)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    Ok(Found::Store)
}

fn failure(error: &Error) -> Trouble {
    let reason = match error {
        Error::SqliteFailure(_, Some(message)) => message.clone(),
        error => error.to_string(),
    };
    match error.sqlite_error_code() {
        // Without a code, it is something in it that cannot be read.
        None | Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Trouble::Damaged(reason),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Trouble::failed(format!(
            "another program has held its lock for {} seconds",
            PATIENCE.as_secs()
        )),
        Some(_) => Trouble::failed(reason),
    }
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
