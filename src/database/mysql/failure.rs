//! What the server says of a statement, as an error.

use mysql_async::{DriverError, Error, IoError, ServerError};

use crate::database::error::DatabaseError;
use crate::database::statement::Sent;
use crate::database::table::TableSummary;
use crate::error::nearest;

/// What a person calls the database.
pub(super) const NAME: &str = "MySQL";
/// The codes with which the server ends a session.
const ENDED: [u16; 6] = [1053, 1927, 1152, 1158, 1159, 4031];
/// The code that there is no such table.
const NO_TABLE: &str = "1146";

/// Turns what goes wrong with a statement into an error.
pub(super) fn of(error: Error) -> DatabaseError {
    match error {
        Error::Server(answer) => said(&answer, None),
        error => lost(&error),
    }
}

/// Turns what goes wrong with a statement into an error that has the place where it is wrong, if the server says that.
pub(super) fn in_statement(error: Error, sent: &Sent) -> DatabaseError {
    match error {
        Error::Server(answer) => {
            let at = place(&answer.message, &sent.text).map(|at| sent.written(at));
            said(&answer, at)
        }
        error => lost(&error),
    }
}

/// Says that the connection is over, and why.
pub(super) fn broken(reason: impl Into<String>) -> DatabaseError {
    DatabaseError::Broken {
        database: NAME,
        reason: reason.into(),
    }
}

/// Makes an error of our own about a statement.
pub(super) fn refused(
    message: impl Into<String>,
    at: Option<usize>,
    hint: impl Into<String>,
) -> DatabaseError {
    DatabaseError::Refused {
        database: NAME,
        message: message.into(),
        code: None,
        at,
        hint: Some(hint.into()),
    }
}

/// Adds which table may be meant by one that there is not; `known` returns those that there are.
pub(super) fn suggested(error: DatabaseError, known: impl FnOnce() -> Vec<TableSummary>) -> DatabaseError {
    let DatabaseError::Refused {
        database,
        message,
        code,
        at,
        hint: None,
    } = error
    else {
        return error;
    };
    let hint = (code.as_deref() == Some(NO_TABLE)).then(|| {
        // `Table 't.scores' doesn't exist`
        let name = message.split('\'').nth(1).unwrap_or_default();
        let name = name.rsplit_once('.').map_or(name, |(_, name)| name);
        let known = known();
        match nearest(name, known.iter().map(|known| known.table.name.as_str())) {
            Some(near) => format!("did you mean {near}?"),
            None if known.is_empty() => "the database has no tables".to_owned(),
            None => "con.tables() lists those that there are".to_owned(),
        }
    });
    DatabaseError::Refused {
        database,
        message,
        code,
        at,
        hint,
    }
}

fn said(answer: &ServerError, at: Option<usize>) -> DatabaseError {
    if ENDED.contains(&answer.code) {
        return broken(answer.message.clone());
    }
    let hint = match answer.code {
        1317 | 3024 | 1969 => Some("the server stopped it: someone asked for that, or it took too long"),
        1205 => Some("someone else has locked what it needs; run it again when that has finished"),
        1213 => Some("run it again: someone else was in the way"),
        1142 | 1143 | 1227 | 1370 => Some("who owns it can GRANT the right to it"),
        1153 => Some("the server's max_allowed_packet is smaller than that"),
        1062 => Some(
            "a row with these values is there already; leave it out, or write INSERT … ON DUPLICATE KEY UPDATE",
        ),
        1451 | 1452 => Some(
            "the row refers to one that does not exist, or others refer to it; add or remove those first",
        ),
        1064 => Some("names in MySQL are in backticks, as in `order`, and texts in single quotes"),
        1292 | 1366 | 1411 => Some("CAST(… AS …) in the statement says how a value is to be read"),
        1295 => Some("con.execute(…) runs what cannot be prepared"),
        _ => None,
    };
    DatabaseError::Refused {
        database: NAME,
        message: answer.message.clone(),
        code: Some(answer.code.to_string()),
        at,
        hint: hint.map(str::to_owned),
    }
}

/// Says why a connection is lost.
fn lost(error: &Error) -> DatabaseError {
    broken(match error {
        Error::Io(IoError::Io(error)) => match error.kind() {
            std::io::ErrorKind::UnexpectedEof
            | std::io::ErrorKind::ConnectionReset
            | std::io::ErrorKind::BrokenPipe => "the server closed it".to_owned(),
            _ => error.to_string(),
        },
        Error::Driver(DriverError::ConnectionClosed) => "the server closed it".to_owned(),
        Error::Driver(DriverError::PacketTooLarge) => {
            "what was sent is larger than the server's max_allowed_packet".to_owned()
        }
        error => error.to_string(),
    })
}

/// Finds the place of a mistake: the server quotes the statement from there on, and says in which line that is.
pub(super) fn place(message: &str, sql: &str) -> Option<usize> {
    let (_, quoted) = message.split_once(" near '")?;
    let (quoted, line) = quoted.rsplit_once("' at line ")?;
    let line: usize = line.trim().parse().ok()?;
    let mut start = 0;
    for _ in 1..line {
        start += sql.get(start..)?.find('\n')? + 1;
    }
    if quoted.is_empty() {
        return Some(sql.trim_end().len());
    }
    let found = sql.get(start..)?.find(quoted)?;
    Some(start + found)
}

/// Returns the row that an answer names, counted from 1 in its statement: `… for column 'x' at row 3`.
pub(super) fn row(message: &str) -> Option<u64> {
    let (_, number) = message.rsplit_once(" at row ")?;
    number.trim().parse().ok()
}

/// Returns the column that an answer names.
pub(super) fn column(message: &str) -> Option<String> {
    // MariaDB writes it with its database and its table: `for column `t`.`scores`.`x` at row 1`.
    let (_, rest) = message
        .split_once(" column ")
        .or_else(|| message.split_once("Column "))?;
    let quote = rest.chars().next().filter(|quote| matches!(quote, '\'' | '`'))?;
    let mut name = None;
    let mut rest = rest;
    while let Some(inner) = rest.strip_prefix(quote) {
        let (part, after) = inner.split_once(quote)?;
        name = Some(part.to_owned());
        rest = after.strip_prefix('.').unwrap_or_default();
    }
    name
}
