//! How values of SQLite and names of columns are shown in messages.

use rusqlite::types::ValueRef;

/// The most characters of a value in a message.
const LONGEST: usize = 40;

/// Shows a value with its type: "the text 'abc'".
pub(super) fn value(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => "NULL".to_owned(),
        ValueRef::Integer(number) => format!("the integer {number}"),
        ValueRef::Real(number) => format!("the number {number:?}"),
        ValueRef::Text(text) => format!("the text '{}'", shortened(&String::from_utf8_lossy(text))),
        ValueRef::Blob(bytes) => format!("{} bytes", bytes.len()),
    }
}

/// Returns the type that a value has in SQLite, as it is written in a query.
pub(super) fn class(value: ValueRef<'_>) -> &'static str {
    match value {
        ValueRef::Null => "NULL",
        ValueRef::Integer(_) => "INTEGER",
        ValueRef::Real(_) => "REAL",
        ValueRef::Text(_) => "TEXT",
        ValueRef::Blob(_) => "BLOB",
    }
}

/// Cuts a long text off.
pub(super) fn shortened(text: &str) -> String {
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    let start: String = text.chars().take(LONGEST).collect();
    format!("{start}…")
}

/// Writes the name of a column as a query does: in quotes where it needs them.
pub(super) fn name(name: &str) -> String {
    let is_plain = name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && !name.bytes().next().is_none_or(|byte| byte.is_ascii_digit());
    if is_plain {
        return name.to_owned();
    }
    format!("\"{}\"", name.replace('"', "\"\""))
}
