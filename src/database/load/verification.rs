//! Looks at a table after a load, before it is made to last: does it have what was sent?

use polars::prelude::AnyValue;

use super::checked::Checked;
use super::tally::Sum;
use crate::database::database::Database;
use crate::database::error::DatabaseError;
use crate::database::parameter::Parameter;
use crate::database::table::{TableColumn, TableName};
use crate::work::Interrupt;

/// How many values one query asks for: less than any database has columns in a result.
const ASKED: usize = 200;
/// How far two sums of floats may be apart, as a part of the sum of all without their signs: they are added up in
/// different orders.
const TOLERANCE: f64 = 1e-9;

/// Counts the rows of a table.
pub(super) fn count(
    database: &mut dyn Database,
    table: &TableName,
    interrupt: &Interrupt,
) -> Result<u64, DatabaseError> {
    let sql = format!(
        "SELECT {} FROM {}",
        database.as_text("count(*)"),
        database.qualified(table)
    );
    number(&first_row(database, &sql, interrupt)?, 0)
}

/// Checks how many rows a table has.
pub(super) fn counted(
    database: &mut dyn Database,
    table: &TableName,
    expected: u64,
    interrupt: &Interrupt,
) -> Result<(), DatabaseError> {
    let found = count(database, table, interrupt)?;
    if found == expected {
        return Ok(());
    }
    Err(differs(
        table,
        format!("it has {found} rows afterwards, and {expected} were to be there"),
    ))
}

/// Checks a table that has nothing but the rows of the load: how many they are, the NULLs of each column, and its sum.
pub(super) fn whole(
    database: &mut dyn Database,
    table: &TableName,
    targets: &[TableColumn],
    sent: &Checked<'_, '_>,
    expected: u64,
    interrupt: &Interrupt,
) -> Result<(), DatabaseError> {
    counted(database, table, expected, interrupt)?;
    let from = database.qualified(table);
    let sent = targets.iter().zip(sent.columns());
    let columns: Vec<(&TableColumn, u64, Sum)> = sent
        .map(|(column, sent)| (column, sent.nulls, sent.sum()))
        .collect();
    for columns in columns.chunks(ASKED / 2) {
        let asked: Vec<String> = columns
            .iter()
            .map(|(column, _, sum)| {
                let name = database.quoted(&column.name);
                let count = database.as_text(&format!("count({name})"));
                format!("{count}, {}", asked(database, &name, *sum))
            })
            .collect();
        let sql = format!("SELECT {} FROM {from}", asked.join(", "));
        let row = first_row(database, &sql, interrupt)?;
        for (index, (column, nulls, sum)) in columns.iter().enumerate() {
            let found = expected.saturating_sub(number(&row, index * 2)?);
            if found != *nulls {
                return Err(differs(
                    table,
                    format!(
                        "column {:?} has {found} NULLs afterwards, and {nulls} were sent",
                        column.name
                    ),
                ));
            }
            let found = row.get(index * 2 + 1).cloned().flatten();
            if let Some(difference) = difference(*sum, found.as_deref()) {
                return Err(differs(
                    table,
                    format!("the sum of column {:?} {difference}", column.name),
                ));
            }
        }
    }
    Ok(())
}

/// Writes what is asked for: the sum of a column, as a text, which each database writes in full.
fn asked(database: &dyn Database, name: &str, sum: Sum) -> String {
    match sum {
        Sum::Whole(_, size) if size <= i128::from(i64::MAX) => database.as_text(&database.as_sum(name)),
        Sum::Float(_, size) if size.is_finite() => {
            database.as_text(&format!("sum({})", database.as_float(name)))
        }
        _ => database.as_text("NULL"),
    }
}

/// Says how the sum that was found differs from the one that was sent.
fn difference(sent: Sum, found: Option<&str>) -> Option<String> {
    // The sum of nothing is NULL, and so is what was not asked for.
    let found = found?;
    let is_same = match sent {
        Sum::None => true,
        Sum::Whole(sum, size) => match found.parse::<i128>() {
            Ok(found) => found == sum,
            Err(_) => is_near(sum as f64, size as f64, found),
        },
        Sum::Float(sum, size) => is_near(sum, size, found),
    };
    let sent = match sent {
        Sum::None => return None,
        Sum::Whole(sum, _) => sum.to_string(),
        Sum::Float(sum, _) => sum.to_string(),
    };
    (!is_same).then(|| format!("is {found} afterwards, and {sent} was sent"))
}

fn is_near(sum: f64, size: f64, found: &str) -> bool {
    found
        .parse::<f64>()
        .is_ok_and(|found| (found - sum).abs() <= TOLERANCE * size.max(f64::MIN_POSITIVE))
}

/// Runs a query whose values are all texts, and returns its first row.
pub(in crate::database) fn first_row(
    database: &mut dyn Database,
    sql: &str,
    interrupt: &Interrupt,
) -> Result<Vec<Option<String>>, DatabaseError> {
    let rows = rows_of(database, sql, &[], interrupt)?;
    Ok(rows.into_iter().next().unwrap_or_default())
}

/// Runs a query of few rows whose values are all texts.
pub(super) fn rows_of(
    database: &mut dyn Database,
    sql: &str,
    parameters: &[Parameter],
    interrupt: &Interrupt,
) -> Result<Vec<Vec<Option<String>>>, DatabaseError> {
    let mut rows = Vec::new();
    database.query(sql, parameters, interrupt, &mut |batch| {
        let value = |value| match value {
            AnyValue::String(text) => Some(text.to_owned()),
            AnyValue::StringOwned(text) => Some(text.to_string()),
            _ => None,
        };
        rows.extend((0..batch.height()).map(|row| {
            let values = batch.columns().iter();
            let values = values.map(|column| column.get(row).ok().and_then(value));
            values.collect()
        }));
        Ok(())
    })?;
    Ok(rows)
}

/// Reads a number of a row.
pub(in crate::database) fn number(row: &[Option<String>], index: usize) -> Result<u64, DatabaseError> {
    let value = row.get(index).and_then(Option::as_deref);
    value
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| DatabaseError::Rows("the database does not say how many rows there are".to_owned()))
}

fn differs(table: &TableName, reason: String) -> DatabaseError {
    DatabaseError::Verification {
        table: table.clone(),
        reason,
    }
}
