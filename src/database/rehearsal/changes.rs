//! Compares tables with what they were before a rehearsal.

use polars::prelude::{AnyValue, DataFrame};

use crate::database::database::Database;
use crate::database::error::DatabaseError;
use crate::database::table::TableName;
use crate::database::table_change::TableChange;
use crate::work::Interrupt;

/// How many of the rows that differ are shown.
const SHOWN: usize = 10;
/// The column with how many more of a row there are than before.
const MORE: &str = "sheaf_more";

/// Compares a table with its rows before; nothing is returned for one that is as it was.
pub(super) fn of(
    database: &mut dyn Database,
    table: &TableName,
    before: Option<&TableName>,
    interrupt: &Interrupt,
) -> Result<Option<TableChange>, DatabaseError> {
    let Some(columns) = database.columns(table, interrupt)? else {
        // It was made and removed again, or removed: the statement is among those that are not known.
        return Ok(None);
    };
    let names: Vec<String> = columns
        .iter()
        .map(|column| database.quoted(&column.name))
        .collect();
    let (names, now) = (names.join(", "), database.qualified(table));
    let before = match before {
        Some(before) => format!(
            " UNION ALL SELECT {names}, -1 AS w FROM {}",
            database.qualified(before)
        ),
        None => String::new(),
    };
    let more = database.quoted(MORE);
    // Rows that are alike count as often as they are there.
    let differing = format!(
        "SELECT {names}, SUM(w) AS {more} FROM (SELECT {names}, 1 AS w FROM {now}{before}) AS sheaf_both \
         GROUP BY {names} HAVING SUM(w) <> 0"
    );
    let counted = format!(
        "SELECT SUM(CASE WHEN {more} > 0 THEN {more} ELSE 0 END) AS added, \
         SUM(CASE WHEN {more} < 0 THEN -{more} ELSE 0 END) AS removed FROM ({differing}) AS sheaf_counted"
    );
    let counts = ask(database, &counted, interrupt)?;
    let (added, removed) = (number(&counts, 0), number(&counts, 1));
    if added + removed == 0 {
        return Ok(None);
    }
    let key = database.unique_keys(table, interrupt)?.into_iter().next();
    let changed = match key {
        Some(key) => {
            let key: Vec<String> = key.iter().map(|column| database.quoted(column)).collect();
            let key = key.join(", ");
            let both = format!(
                "SELECT COUNT(*) AS n FROM (SELECT {key} FROM ({differing}) AS sheaf_rows GROUP BY {key} \
                 HAVING COUNT(*) > 1) AS sheaf_keys"
            );
            number(&ask(database, &both, interrupt)?, 0)
        }
        None => 0,
    };
    let sample =
        |sign: &str| format!("SELECT {names} FROM ({differing}) AS sheaf_shown WHERE {more} {sign} 0");
    let gone = first(database, &sample("<"), interrupt)?;
    let new = first(database, &sample(">"), interrupt)?;
    Ok(Some(TableChange::Rows {
        table: table.clone(),
        added: added - changed.min(added),
        removed: removed - changed.min(removed),
        changed,
        sample: (gone, new),
    }))
}

/// Returns all rows of a query, of which there are few.
fn ask(database: &mut dyn Database, sql: &str, interrupt: &Interrupt) -> Result<DataFrame, DatabaseError> {
    first(database, sql, interrupt)
}

/// Returns the first rows of a query; the others are read, because breaking it off could end the transaction.
fn first(database: &mut dyn Database, sql: &str, interrupt: &Interrupt) -> Result<DataFrame, DatabaseError> {
    let mut rows: Option<DataFrame> = None;
    database.query(sql, &[], interrupt, &mut |batch| {
        let wanted = SHOWN - rows.as_ref().map_or(0, DataFrame::height).min(SHOWN);
        let batch = batch.head(Some(wanted));
        if let Some(rows) = &mut rows {
            let added = rows.vstack_mut(&batch).map(|_| ());
            return added.map_err(|error| DatabaseError::Rows(error.to_string()));
        }
        rows = Some(batch);
        Ok(())
    })?;
    Ok(rows.unwrap_or_default())
}

/// Returns a number of the first row; nothing is 0.
fn number(rows: &DataFrame, column: usize) -> u64 {
    let value = rows.columns().get(column).and_then(|column| column.get(0).ok());
    // Some databases sum whole numbers to decimals.
    let number = value.as_ref().and_then(AnyValue::extract::<f64>).unwrap_or(0.0);
    number as u64
}
