//! Which row and which column of a load the server does not take.
//!
//! It names the row within a statement for some errors, and for others none: then the rows are tried one by one. All of them
//! are undone afterwards.

use mysql_async::prelude::Queryable as _;
use mysql_async::{Conn, Error, Params, ServerError, Statement, Value};

use super::landing::{Block, Landing};
use super::{catalog, failure};
use crate::database::error::DatabaseError;

/// A row with these values is there already.
const DUPLICATE: [u16; 3] = [1062, 1586, 1022];
/// The other errors that are about a row: what it refers to, rules, ranges, lengths, letters, what a trigger says.
const OF_ROW: [u16; 19] = [
    1048, 1216, 1264, 1265, 1292, 1364, 1366, 1406, 1411, 1416, 1452, 1525, 1644, 3140, 3819, 3903, 4025,
    4078, 1367,
];
/// How much of a value a message shows, in characters.
const SHOWN: usize = 60;

/// Returns whether an error is about a row.
pub(super) fn is_of_row(answer: &ServerError) -> bool {
    DUPLICATE.contains(&answer.code) || OF_ROW.contains(&answer.code)
}

/// Says which row of a block was refused, and why.
pub(super) async fn rejected(
    conn: &mut Conn,
    landing: &Landing<'_>,
    answer: ServerError,
    block: &Block,
    single: &Statement,
) -> DatabaseError {
    let width = landing.columns.len().max(1);
    let (answer, row) = match failure::row(&answer.message) {
        Some(row) => (answer, Some(row)),
        None => match first(conn, block, single, width).await {
            Ok(Some((answer, row))) => (answer, Some(row)),
            Ok(None) => (answer, None),
            Err(error) => return error,
        },
    };
    // A server that counts otherwise names a row that is none.
    let row = row.filter(|row| (1..=(block.values.len() / width) as u64).contains(row));
    let Some(row) = row else {
        return failure::of(Error::Server(answer));
    };
    let number = block.before + row;
    if DUPLICATE.contains(&answer.code) {
        return duplicate(conn, landing, &answer, number).await;
    }
    let column = failure::column(&answer.message).and_then(|name| {
        let is_it = |column: &&crate::database::table::TableColumn| column.name.eq_ignore_ascii_case(&name);
        let at = landing.columns.iter().position(|column| is_it(&column))?;
        Some((name, at))
    });
    let said = answer
        .message
        .rsplit_once(" at row ")
        .map_or(answer.message.as_str(), |(said, _)| said);
    match column {
        Some((column, at)) => {
            let start = (row as usize - 1) * width;
            let value = block.values.get(start + at).map(shown).unwrap_or_default();
            DatabaseError::Value {
                row: number,
                column,
                reason: format!("{value}: {said}"),
            }
        }
        None => failure::of(Error::Server(ServerError {
            message: format!("row {number}: {said}"),
            ..answer
        }))
        .by_the_rule(),
    }
}

/// Tries the rows of a block one by one, and returns the first that is refused, counted from 1.
async fn first(
    conn: &mut Conn,
    block: &Block,
    single: &Statement,
    width: usize,
) -> Result<Option<(ServerError, u64)>, DatabaseError> {
    for (at, row) in block.values.chunks(width).enumerate() {
        match conn.exec_drop(single, Params::Positional(row.to_vec())).await {
            Ok(()) => {}
            Err(Error::Server(answer)) if is_of_row(&answer) => return Ok(Some((answer, at as u64 + 1))),
            Err(error) => return Err(failure::of(error)),
        }
    }
    Ok(None)
}

/// Says which columns have values that are there already.
async fn duplicate(conn: &mut Conn, landing: &Landing<'_>, answer: &ServerError, row: u64) -> DatabaseError {
    let (value, key) = entry(&answer.message).unwrap_or_default();
    let indexes = catalog::indexes(conn, landing.table).await.unwrap_or_default();
    let columns = indexes.into_iter().find(|(name, _)| *name == key);
    DatabaseError::Value {
        row,
        column: columns.map_or(key, |(_, columns)| columns.join(", ")),
        reason: format!("'{value}' is there already, in another row"),
    }
}

/// Reads `Duplicate entry '5' for key 'PRIMARY'`; MySQL writes the table in front of the key, and MariaDB does not.
pub(super) fn entry(message: &str) -> Option<(String, String)> {
    let (_, rest) = message.split_once("entry '")?;
    let (value, key) = rest.rsplit_once("' for key '")?;
    let key = key.trim_end_matches('\'');
    let key = key.rsplit_once('.').map_or(key, |(_, key)| key);
    Some((value.to_owned(), key.to_owned()))
}

fn shown(value: &Value) -> String {
    match value {
        Value::NULL => "NULL".to_owned(),
        Value::Bytes(bytes) => {
            let text = String::from_utf8_lossy(bytes);
            let start: String = text.chars().take(SHOWN).collect();
            let rest = if start.len() < text.len() { "…" } else { "" };
            format!("{start:?}{rest}")
        }
        Value::Int(value) => value.to_string(),
        Value::UInt(value) => value.to_string(),
        Value::Float(value) => value.to_string(),
        Value::Double(value) => value.to_string(),
        Value::Date(year, month, day, hour, minute, second, micros) => {
            format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}.{micros:06}")
        }
        Value::Time(_, _, hour, minute, second, micros) => {
            format!("{hour:02}:{minute:02}:{second:02}.{micros:06}")
        }
    }
}
