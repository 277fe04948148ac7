//! What the server says of a statement, as an error.

use std::io::{self, ErrorKind};

use tokio_postgres::Error;
use tokio_postgres::error::{DbError, ErrorPosition, Severity};

use super::marks;
use super::name::NAME;
use crate::database::error::DatabaseError;
use crate::database::statement::Sent;

/// Why a connection is over, where the client knows nothing more.
pub(super) const CLOSED: &str = "the server closed it";

/// The code of a statement that was stopped.
pub(super) const STOPPED: &str = "57014";

/// Turns what goes wrong with a statement into an error; places are found again in what was written.
pub(super) fn of(error: &Error, sent: Option<&Sent>) -> DatabaseError {
    match error.as_db_error() {
        Some(answer) if !is_fatal(answer) => refused(answer, sent),
        None if is_unsent(error) => DatabaseError::Refused {
            database: NAME,
            message: said(error),
            code: None,
            at: None,
            hint: None,
        },
        _ => broken(&lost(error)),
    }
}

/// Returns the error for a statement of our own.
pub(super) fn own(error: Error) -> DatabaseError {
    of(&error, None)
}

/// Returns whether it could not even be sent, such as a statement with a NUL character; the library says so by words alone.
fn is_unsent(error: &Error) -> bool {
    let message = error.to_string();
    ["error encoding", "error serializing"]
        .iter()
        .any(|start| message.starts_with(start))
}

/// Returns what an error says, with what is behind it.
fn said(error: &Error) -> String {
    let mut reason = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        reason = format!("{reason}: {inner}");
        source = inner.source();
    }
    reason
}

/// Returns whether the server ends the session with this.
fn is_fatal(answer: &DbError) -> bool {
    matches!(answer.parsed_severity(), Some(Severity::Fatal | Severity::Panic))
}

/// Makes the error of a connection that is over.
pub(super) fn broken(reason: &str) -> DatabaseError {
    DatabaseError::Broken {
        database: NAME,
        reason: reason.to_owned(),
    }
}

/// Says why a connection is lost.
pub(super) fn lost(error: &Error) -> String {
    if let Some(answer) = error.as_db_error() {
        return match answer.code().code() {
            "57P01" => "the server ended it: it is shutting down, or someone ended this session".to_owned(),
            "57P02" | "57P03" => "the server crashed, and is starting again".to_owned(),
            "57P05" => "the server ended it: nothing was asked for too long".to_owned(),
            "25P03" | "25P04" => "the server ended it: a transaction took too long".to_owned(),
            _ => answer.message().to_owned(),
        };
    }
    if error.is_closed() || is_cut_off(error) {
        return CLOSED.to_owned();
    }
    said(error)
}

/// Returns whether the other side was gone in the middle of what it said, or of what it was told; that part of an answer is
/// left, the library says by words alone.
fn is_cut_off(error: &Error) -> bool {
    let source = std::error::Error::source(error);
    let Some(error) = source.and_then(|source| source.downcast_ref::<io::Error>()) else {
        return false;
    };
    let is_over = matches!(
        error.kind(),
        ErrorKind::ConnectionReset | ErrorKind::BrokenPipe | ErrorKind::UnexpectedEof
    );
    is_over || error.to_string() == "bytes remaining on stream"
}

fn refused(answer: &DbError, sent: Option<&Sent>) -> DatabaseError {
    let at = match (answer.position(), sent) {
        (Some(ErrorPosition::Original(position)), Some(sent)) => usize::try_from(*position)
            .ok()
            .and_then(|position| marks::place(sent, position)),
        _ => None,
    };
    let code = answer.code().code();
    let own = match code {
        STOPPED => Some("the server has a statement_timeout; a smaller query, or an index, may take less"),
        "25P02" => Some("con.execute(\"ROLLBACK\") ends the transaction in which something failed"),
        "42501" => Some("who owns it can GRANT the right to it"),
        "40P01" | "40001" => Some("run it again: someone else was in the way"),
        _ => None,
    };
    let parts = [answer.hint(), answer.detail(), own];
    let said: Vec<&str> = parts.into_iter().flatten().collect();
    DatabaseError::Refused {
        database: NAME,
        message: answer.message().to_owned(),
        code: Some(code.to_owned()),
        at,
        hint: (!said.is_empty()).then(|| said.join("; ")),
    }
}
