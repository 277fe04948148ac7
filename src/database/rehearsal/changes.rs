//! Compares tables with what they were before a rehearsal.

use polars::prelude::{AnyValue, DataFrame};

use crate::database::database::Database;
use crate::database::error::DatabaseError;
use crate::database::table::{TableColumn, TableName};
use crate::database::table_change::TableChange;
use crate::work::Interrupt;

/// How many of the rows that differ are shown.
const SHOWN: usize = 10;
/// The column with how many more of a row there are than before.
const MORE: &str = "sheaf_more";

/// Compares a table with its rows and columns before; nothing is returned for one that is as it was.
pub(super) fn of(
    database: &mut dyn Database,
    table: &TableName,
    before: Option<(&TableName, &[TableColumn])>,
    interrupt: &Interrupt,
) -> Result<Option<TableChange>, DatabaseError> {
    let Some(columns) = database.columns(table, interrupt)? else {
        // It was made and removed again, or removed: the statement is among those that are not known.
        return Ok(None);
    };
    let known = before.map_or(columns.as_slice(), |(_, known)| known);
    let compared = Compared::of(database, &columns, known);
    let (names, values) = (compared.names.join(", "), compared.values.join(", "));
    let (new_columns, gone_columns) = (missing(&columns, known), missing(known, &columns));
    let has_other_columns = !new_columns.is_empty() || !gone_columns.is_empty();
    let mut change = TableChange::Rows {
        table: table.clone(),
        added: 0,
        removed: 0,
        changed: 0,
        sample: (DataFrame::empty(), DataFrame::empty()),
        new_columns,
        gone_columns,
    };
    if names.is_empty() {
        return Ok(has_other_columns.then_some(change));
    }
    let now = database.qualified(table);
    let before = before.map_or_else(String::new, |(before, _)| {
        format!(
            " UNION ALL SELECT {values}, -1 AS w FROM {}",
            database.qualified(before)
        )
    });
    let more = database.quoted(MORE);
    // Rows that are alike count as often as they are there.
    let differing = format!(
        "SELECT {names}, SUM(w) AS {more} FROM (SELECT {values}, 1 AS w FROM {now}{before}) AS sheaf_both \
         GROUP BY {names} HAVING SUM(w) <> 0"
    );
    let counted = format!(
        "SELECT SUM(CASE WHEN {more} > 0 THEN {more} ELSE 0 END) AS added, \
         SUM(CASE WHEN {more} < 0 THEN -{more} ELSE 0 END) AS removed FROM ({differing}) AS sheaf_counted"
    );
    let counts = ask(database, &counted, interrupt)?;
    let (all_new, all_gone) = (number(&counts, 0), number(&counts, 1));
    if all_new + all_gone == 0 {
        return Ok(has_other_columns.then_some(change));
    }
    let key = database.unique_keys(table, interrupt)?.into_iter();
    // A row is known by a key that it had before, too.
    let key = key
        .map(|key| key.iter().map(|column| database.quoted(column)).collect())
        .find(|key: &Vec<String>| key.iter().all(|column| compared.names.contains(column)));
    let both = match key {
        Some(key) => {
            let key = key.join(", ");
            let both = format!(
                "SELECT COUNT(*) AS n FROM (SELECT {key} FROM ({differing}) AS sheaf_rows GROUP BY {key} \
                 HAVING COUNT(*) > 1) AS sheaf_keys"
            );
            number(&ask(database, &both, interrupt)?, 0)
        }
        None => 0,
    };
    let shown =
        |sign: &str| format!("SELECT {names} FROM ({differing}) AS sheaf_shown WHERE {more} {sign} 0");
    let gone = first(database, &shown("<"), interrupt)?;
    let new = first(database, &shown(">"), interrupt)?;
    if let TableChange::Rows {
        added,
        removed,
        changed,
        sample,
        ..
    } = &mut change
    {
        *changed = both;
        *added = all_new - both.min(all_new);
        *removed = all_gone - both.min(all_gone);
        *sample = (gone, new);
    }
    Ok(Some(change))
}

/// The columns by which rows are compared: those that a table has, and had before.
struct Compared {
    /// Their names, quoted.
    names: Vec<String>,
    /// Their values: as texts where the database has no equality of them, or where they were of another type.
    values: Vec<String>,
}

impl Compared {
    fn of(database: &dyn Database, now: &[TableColumn], before: &[TableColumn]) -> Self {
        let both = now.iter().filter_map(|column| {
            let before = before.iter().find(|before| before.name == column.name)?;
            let name = database.quoted(&column.name);
            let value = if column.type_name == before.type_name && database.compares(column) {
                name.clone()
            } else {
                format!("{} AS {name}", database.as_text(&name))
            };
            Some((name, value))
        });
        let (names, values) = both.unzip();
        Self { names, values }
    }
}

/// Returns the names of those columns that are not among others.
fn missing(columns: &[TableColumn], others: &[TableColumn]) -> Vec<String> {
    let names = columns.iter().map(|column| &column.name);
    names
        .filter(|name| others.iter().all(|other| other.name != **name))
        .cloned()
        .collect()
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
