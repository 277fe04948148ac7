//! What the server says of a statement, as an error.

use tiberius::error::{Error, IoErrorKind, TokenError};

use super::lexer::tokens;
use crate::database::error::DatabaseError;
use crate::database::statement::Sent;
use crate::database::table::TableSummary;
use crate::error::nearest;

/// What a person calls the database.
pub(super) const NAME: &str = "SQL Server";
/// The severity from which on the server ends the session.
const FATAL: u8 = 20;
/// The number of "there is no such table".
const NO_TABLE: &str = "208";

/// Turns what goes wrong with a statement of our own into an error.
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
            let at = place(answer.message(), answer.line(), &sent.text);
            said(&answer, at.map(|at| sent.written(at)))
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
        let name = named(&message).unwrap_or_default();
        let name = name.rsplit_once('.').map_or(name, |(_, name)| name);
        let known = known();
        match nearest(name, known.iter().map(|known| known.table.name.as_str())) {
            Some(near) => {
                let table = known.iter().find(|known| known.table.name == near);
                let table = table.map_or_else(|| near.to_owned(), |known| known.table.to_string());
                format!("did you mean {table}?")
            }
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

fn said(answer: &TokenError, at: Option<usize>) -> DatabaseError {
    if answer.class() >= FATAL {
        return broken(answer.message());
    }
    let hint = match answer.code() {
        1205 | 3960 => Some("run it again: someone else was in the way"),
        1222 => Some("someone else has locked what it needs; run it again when that has finished"),
        229 | 230 | 262 | 297 | 300 => Some("who owns it can GRANT the right to it"),
        2601 | 2627 => {
            Some("a row with these values is there already; leave it out, or load it with mode=\"upsert\"")
        }
        547 => Some(
            "the row refers to one that does not exist, or others refer to it, or a rule of the table forbids it",
        ),
        156 | 102 => Some("names are in brackets, as in [order], and texts in single quotes"),
        241 | 245 | 248 | 8114 | 8115 | 8152 | 2628 => {
            Some("TRY_CAST(… AS …) is NULL where a value cannot be read so")
        }
        1105 | 9002 => {
            Some("the server has no space left: free some, or let its files grow; nothing was changed")
        }
        535 => Some("DATEDIFF_BIG(…) has room for more"),
        _ => None,
    };
    DatabaseError::Refused {
        database: NAME,
        message: answer.message().to_owned(),
        code: Some(answer.code().to_string()),
        at,
        hint: hint.map(str::to_owned),
    }
}

/// Says why a connection is lost, or which answer cannot be read.
fn lost(error: &Error) -> DatabaseError {
    broken(match error {
        Error::Io { kind, message } => match kind {
            IoErrorKind::UnexpectedEof | IoErrorKind::ConnectionReset | IoErrorKind::BrokenPipe => {
                "the server closed it".to_owned()
            }
            _ => message.clone(),
        },
        Error::Encoding(_) | Error::Utf8 | Error::Utf16 => {
            "the result has a text that is none; CAST(… AS varbinary(max)) reads its bytes".to_owned()
        }
        Error::Protocol(reason) if reason.contains("UTF-16") => {
            "the result has a text that is none; CAST(… AS varbinary(max)) reads its bytes".to_owned()
        }
        error => error.to_string(),
    })
}

/// Returns what is in quotes in a message: `Invalid object name 'dbo.scores'.`
pub(super) fn named(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once('\'')?;
    rest.split_once('\'').map(|(name, _)| name)
}

/// Finds the place of a mistake: the server says in which line it is, and quotes the word.
pub(super) fn place(message: &str, line: u32, sql: &str) -> Option<usize> {
    let mut start = 0;
    for _ in 1..line {
        start += sql.get(start..)?.find('\n')? + 1;
    }
    let name = named(message)?;
    let last = name.rsplit_once('.').map_or(name, |(_, last)| last);
    let is_it = |text: &str| {
        let plain = text.trim_matches(['[', ']', '"', '\'']);
        text == name || plain.eq_ignore_ascii_case(last)
    };
    let found = tokens(sql).into_iter().filter(|token| token.range.start >= start);
    let mut found = found.filter(|token| is_it(token.text(sql)));
    found.next().map(|token| token.range.start)
}

#[cfg(test)]
mod tests {
    use super::place;

    #[test]
    fn a_place_is_found_by_its_line_and_by_the_word_that_is_quoted() {
        let sql = "SELECT a, 'nope'\nFROM dbo.nope\nWHERE [nope] = 1";
        for (message, line, expected) in [
            (
                "Invalid object name 'dbo.nope'.",
                2,
                Some("nope\nWHERE [nope] = 1"),
            ),
            ("Invalid column name 'nope'.", 3, Some("[nope] = 1")),
            ("Incorrect syntax near '='.", 3, Some("= 1")),
            ("Incorrect syntax near 'nothing'.", 1, None),
            ("Divide by zero error encountered.", 1, None),
            ("Invalid object name 'a'.", 9, None),
        ] {
            let found = place(message, line, sql).map(|at| &sql[at..]);
            assert_eq!(found, expected, "{message}");
        }
    }
}
