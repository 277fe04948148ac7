//! Puts rows into a table: one prepared statement, bound and run for each of them.

use polars::prelude::DataFrame;
use rusqlite::{Error, ErrorCode, Statement};

use self::values::Values;
use super::concerned::concerned;
use super::failure::{refused, with};
use super::message::message;
use super::opening::Session;
use super::shown;
use crate::database::database::Rows;
use crate::database::error::DatabaseError;
use crate::database::judge::{Judge, unfit};
use crate::database::rejects::Rule;
use crate::database::table::{TableColumn, TableName};
use crate::work::Interrupt;

mod values;

/// After how many rows it looks whether the load is still wanted.
const LOOK: usize = 4096;

/// Puts all rows into a table, whose name is quoted already, and returns how many SQLite says it took.
pub(super) fn insert(
    session: &Session,
    (table, into): (&TableName, &str),
    columns: &[TableColumn],
    rows: &mut Rows<'_>,
    interrupt: &Interrupt,
) -> Result<u64, DatabaseError> {
    let quoted = |column: &TableColumn| format!("\"{}\"", column.name.replace('"', "\"\""));
    let names: Vec<String> = columns.iter().map(quoted).collect();
    let marks = vec!["?"; columns.len()].join(", ");
    let sql = format!("INSERT INTO {into} ({}) VALUES ({marks})", names.join(", "));
    let prepared = session.connection.prepare(&sql);
    let mut statement = prepared.map_err(|error| refused(session, &error, &sql))?;
    let mut before = 0;
    let mut taken = 0;
    for batch in rows {
        let batch = batch?;
        let values = values_of(&batch, columns)?;
        for row in 0..batch.height() {
            if row % LOOK == 0 && interrupt.is_set() {
                return Err(DatabaseError::Interrupted);
            }
            taken += insert_row(session, table, &mut statement, (&values, columns), row, before)?;
        }
        before += batch.height() as u64;
    }
    Ok(taken)
}

/// Returns what says why columns cannot take values.
pub(super) fn judge(columns: &[TableColumn]) -> Judge {
    let columns = columns.to_vec();
    Box::new(move |batch| {
        let values = values_of(batch, &columns)?;
        Ok(unfit(batch, |column, row| {
            values.get(column).map_or(Ok(()), |values| values.check(row))
        }))
    })
}

fn insert_row(
    session: &Session,
    table: &TableName,
    statement: &mut Statement<'_>,
    (values, columns): (&[Values], &[TableColumn]),
    row: usize,
    before: u64,
) -> Result<u64, DatabaseError> {
    let number = before + row as u64 + 1;
    for (index, (values, column)) in values.iter().zip(columns).enumerate() {
        let bound = values.bind(row, |value| statement.raw_bind_parameter(index + 1, value));
        match bound {
            Ok(Ok(())) => {}
            Ok(Err(error)) => return Err(refused(session, &error, "")),
            Err(reason) => {
                return Err(DatabaseError::Value {
                    row: number,
                    column: column.name.clone(),
                    reason,
                });
            }
        }
    }
    match statement.raw_execute() {
        Ok(changed) => Ok(changed as u64),
        Err(error) => Err(of_row(session, table, &error, (values, columns), (row, number))),
    }
}

fn values_of(batch: &DataFrame, columns: &[TableColumn]) -> Result<Vec<Values>, DatabaseError> {
    let series = batch.columns().iter().zip(columns);
    series
        .map(|(series, column)| {
            Values::of(&series.as_materialized_series().rechunk(), &column.type_name)
                .map_err(|reason| DatabaseError::Rows(format!("column {:?}: {reason}", column.name)))
        })
        .collect()
}

/// Tells of which row and column an error is: a rule of the table that the row breaks, or what is wrong with all of it.
fn of_row(
    session: &Session,
    table: &TableName,
    error: &Error,
    (values, columns): (&[Values], &[TableColumn]),
    (row, number): (usize, u64),
) -> DatabaseError {
    let (code, text) = message(error);
    if code != Some(ErrorCode::ConstraintViolation) {
        return refused(session, error, "");
    }
    let (rule, named) = text.split_once(" failed: ").unwrap_or((&text, ""));
    let broken: Vec<&str> = named
        .split(", ")
        .filter_map(|name| name.rsplit_once('.').map(|(_, name)| name))
        .collect();
    let value = |name: &&str| {
        let index = columns
            .iter()
            .position(|column| column.name.eq_ignore_ascii_case(name))?;
        Some(values.get(index)?.shown(row))
    };
    let given: Vec<String> = broken.iter().filter_map(value).collect();
    let reason = match rule {
        "UNIQUE constraint" if !given.is_empty() => {
            format!("{} is there already, in another row", given.join(", "))
        }
        "NOT NULL constraint" => "NULL in a column that must have a value".to_owned(),
        _ => {
            // A rule of the table has a name or a text of its own: what it is about, the table says.
            let kind = match rule {
                "CHECK constraint" => Some(Rule::Check),
                "FOREIGN KEY constraint failed" => Some(Rule::Reference),
                _ => None,
            };
            let found = kind.map(|kind| concerned(session, table, kind, (&text, columns)));
            let about = found.and_then(Result::ok).unwrap_or_default();
            let given: Vec<String> = about
                .iter()
                .map(String::as_str)
                .filter_map(|name| value(&name))
                .collect();
            if !given.is_empty() {
                return DatabaseError::Value {
                    row: number,
                    column: about.join(", "),
                    reason: format!("{}: {text}", given.join(", ")),
                };
            }
            let base = refused(session, error, "");
            let hint = crate::error::Problem::hint(&base);
            return with(format!("row {number}: {text}"), None, hint);
        }
    };
    DatabaseError::Value {
        row: number,
        column: broken
            .iter()
            .map(|name| shown::shortened(name))
            .collect::<Vec<_>>()
            .join(", "),
        reason,
    }
}
