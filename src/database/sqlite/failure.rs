//! What SQLite's errors say, in words for people, with what to do.

use rusqlite::{Connection, Error, ErrorCode};

use super::catalog;
use super::message::{NAME, message, number};
use super::opening::Session;
use crate::database::error::DatabaseError;
use crate::error::nearest;

/// Tells why a statement was refused; `sql` is all of the text that it stands in.
pub(super) fn refused(session: &Session, error: &Error, sql: &str) -> DatabaseError {
    let (code, message) = message(error);
    // Someone who asks for a stop ends the waiting for a lock, too.
    let is_stop = match code {
        Some(ErrorCode::OperationInterrupted) => true,
        Some(ErrorCode::DatabaseBusy) => session.watched.is_unwanted(),
        _ => false,
    };
    if is_stop {
        return DatabaseError::Interrupted;
    }
    let at = match error {
        // The text that SQLite had is the end of all of it.
        Error::SqlInputError {
            offset, sql: rest, ..
        } => {
            let before = sql.len().saturating_sub(rest.len());
            usize::try_from(*offset).ok().map(|offset| before + offset)
        }
        _ => None,
    };
    DatabaseError::Refused {
        database: NAME,
        hint: hint(&session.connection, code, &message, sql),
        message,
        code: number(error).map(|number| number.to_string()),
        at,
    }
}

/// Makes the error of a statement that is refused.
pub(super) fn with(message: String, at: Option<usize>, hint: Option<String>) -> DatabaseError {
    DatabaseError::Refused {
        database: NAME,
        message,
        code: None,
        at,
        hint,
    }
}

/// Says which row refers to none, where that was looked at when the transaction was to end.
pub(super) fn at_the_end(connection: &Connection, error: DatabaseError) -> DatabaseError {
    let found = catalog::dangling(connection).ok().flatten();
    error.reworded(|message, hint| {
        let message = found.map_or_else(|| message.clone(), |found| format!("{message}: {found}"));
        let sorted = "rejects= sorts rows out that refer to none";
        (
            message,
            Some(hint.map_or_else(|| sorted.to_owned(), |hint| format!("{hint}; {sorted}"))),
        )
    })
}

fn hint(connection: &Connection, code: Option<ErrorCode>, message: &str, sql: &str) -> Option<String> {
    let fixed = match code {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            "someone else writes to the database; run the cell again when that has finished"
        }
        Some(ErrorCode::DiskFull) => {
            "free some space, or raise max_page_count where the database has one; nothing was changed"
        }
        Some(ErrorCode::ReadOnly) => {
            "the file or its folder cannot be written to; see who may, or work on a copy"
        }
        Some(ErrorCode::NotADatabase) => "the file is not a SQLite database",
        Some(ErrorCode::DatabaseCorrupt) => {
            "the file is damaged; `sqlite3 FILE .recover` in a shell reads what is left of it"
        }
        Some(ErrorCode::TooBig) => "a text or bytes in it are longer than SQLite allows",
        Some(ErrorCode::ConstraintViolation) => constraint(message),
        _ => return name(connection, message, sql),
    };
    Some(fixed.to_owned())
}

fn constraint(message: &str) -> &'static str {
    match message.split(' ').next() {
        Some("UNIQUE") => {
            "a row with these values is there already; leave it out, or write INSERT … ON CONFLICT DO UPDATE"
        }
        Some("NOT") => "give the column a value, or leave the row out",
        Some("CHECK") => "the table's own rule forbids the row; change the row, or the rule",
        Some("FOREIGN") => {
            "the row refers to one that does not exist, or others refer to it; add or remove those first"
        }
        _ => "change the row, or the rule of the table",
    }
}

/// Finds what a name that does not exist was meant to be.
fn name(connection: &Connection, message: &str, sql: &str) -> Option<String> {
    if message == "cannot start a transaction within a transaction" {
        let first =
            "end the one that is open first, with con.execute(\"COMMIT\") or con.execute(\"ROLLBACK\")";
        return Some(first.to_owned());
    }
    if let Some(table) = message.strip_prefix("no such table: ") {
        let table = table.strip_prefix("main.").unwrap_or(table);
        let known = catalog::tables(connection).ok()?;
        let known: Vec<String> = known.iter().map(|found| found.table.to_string()).collect();
        return Some(match nearest(table, known.iter().map(String::as_str)) {
            Some(near) => format!("did you mean {near}?"),
            None if known.is_empty() => "the database has no tables".to_owned(),
            None => "con.tables() lists those that there are".to_owned(),
        });
    }
    let column = message.strip_prefix("no such column: ").or_else(|| {
        message
            .rsplit_once(" has no column named ")
            .map(|(_, column)| column)
    })?;
    let is_text = column.contains(" - should this be a string literal");
    let column = column.split(" - ").next().unwrap_or(column);
    let column = match column
        .strip_prefix('"')
        .and_then(|column| column.strip_suffix('"'))
    {
        Some(quoted) => quoted,
        None => column.rsplit_once('.').map_or(column, |(_, column)| column),
    };
    let known = columns_of(connection, sql);
    let text = is_text.then(|| format!("a text is written in single quotes: '{column}'"));
    let meant = match nearest(column, known.iter().map(String::as_str)) {
        Some(near) => Some(format!("did you mean {near}?")),
        None if known.is_empty() || is_text => None,
        None => Some(format!("there are {}", known.join(", "))),
    };
    let hints: Vec<String> = meant.into_iter().chain(text).collect();
    (!hints.is_empty()).then(|| hints.join(" "))
}

/// Returns the columns of all tables that a statement names.
fn columns_of(connection: &Connection, sql: &str) -> Vec<String> {
    let text = sql.to_lowercase();
    let tables = catalog::tables(connection).unwrap_or_default();
    let named = tables
        .into_iter()
        .filter(|found| text.contains(&found.table.name.to_lowercase()));
    let columns = named.filter_map(|found| catalog::columns(connection, &found.table).ok().flatten());
    let mut found: Vec<String> = columns.flatten().map(|column| column.name).collect();
    found.dedup();
    found
}
