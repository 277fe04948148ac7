//! What SQLite says of an error, and what a person calls it.

use rusqlite::{Error, ErrorCode, ffi};

/// What a person calls it.
pub(super) const NAME: &str = "SQLite";

/// Returns SQLite's own number of an error, which says more than its code.
pub(super) fn number(error: &Error) -> Option<i32> {
    match error {
        Error::SqliteFailure(error, _) | Error::SqlInputError { error, .. } => Some(error.extended_code),
        _ => None,
    }
}

/// Returns an error's code, where SQLite gives one, and its message.
pub(super) fn message(error: &Error) -> (Option<ErrorCode>, String) {
    match error {
        Error::SqliteFailure(error, message) => {
            let text = message
                .clone()
                .unwrap_or_else(|| ffi::code_to_str(error.extended_code).to_owned());
            (Some(error.code), text)
        }
        Error::SqlInputError { error, msg, .. } => (Some(error.code), msg.clone()),
        error => (None, error.to_string()),
    }
}
