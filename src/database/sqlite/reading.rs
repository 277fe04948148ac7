//! Runs a query, and hands its rows over in batches.

use std::collections::HashSet;

use polars::prelude::{DataFrame, IntoColumn, PlSmallStr, Series};
use rusqlite::Statement;

use super::column::{ResultColumn, widened};
use super::failure::{refused, with};
use super::opening::Session;
use super::parameters;
use super::statements::{first_word, single};
use crate::database::database::Take;
use crate::database::error::DatabaseError;
use crate::database::parameter::Parameter;
use crate::work::Interrupt;

/// How many rows a batch has where all columns have declared types: some are on their way at the same time.
const BATCH: usize = 16_384;
/// How many it has else: of so many rows the values decide what a column is.
const UNDECLARED: usize = 65_536;
/// How many batches are held back while a column without a declared type has been NULL so far.
const HELD: usize = 16;

/// Runs a query; each batch has the same columns, and a result without rows is one batch.
pub(super) fn query(
    session: &Session,
    sql: &str,
    parameters: &[Parameter],
    interrupt: &Interrupt,
    take: &mut Take<'_>,
) -> Result<(), DatabaseError> {
    let mut statement = single(session, sql)?;
    parameters::bind(session, &mut statement, parameters, sql)?;
    if statement.column_count() == 0 {
        return Err(with(
            "it returns no rows".to_owned(),
            None,
            Some("use con.execute for it, or end it with RETURNING".to_owned()),
        ));
    }
    // What changes rows and returns them (`INSERT … RETURNING`) is undone where its rows cannot be read.
    let changes = !statement.readonly() && first_word(sql) != "PRAGMA";
    let command = |text: &str| {
        let done = session.connection.execute_batch(text);
        done.map_err(|error| refused(session, &error, text))
    };
    if changes {
        command("SAVEPOINT sheaf_query")?;
    }
    let done = rows(session, &mut statement, sql, interrupt, take);
    if changes {
        if done.is_err() {
            // An interrupted statement may have undone all already.
            session.watched.release();
            let _ = session
                .connection
                .execute_batch("ROLLBACK TO sheaf_query; RELEASE sheaf_query");
        } else {
            command("RELEASE sheaf_query")?;
        }
    }
    done
}

fn rows(
    session: &Session,
    statement: &mut Statement<'_>,
    sql: &str,
    interrupt: &Interrupt,
    take: &mut Take<'_>,
) -> Result<(), DatabaseError> {
    let mut columns = columns_of(statement);
    let mut held = Held::default();
    let mut rows = statement.raw_query();
    let mut row_number = 0_u64;
    let (mut in_batch, mut most) = (0, UNDECLARED);
    while let Some(row) = rows.next().map_err(|error| refused(session, &error, sql))? {
        if row_number == 0 {
            // Someone may have changed the table since the statement was read; from here on nobody can.
            columns = columns_of(row.as_ref());
            if columns.iter().all(ResultColumn::is_declared) {
                most = BATCH;
            }
        }
        row_number += 1;
        for (index, column) in columns.iter_mut().enumerate() {
            let value = row
                .get_ref(index)
                .map_err(|error| refused(session, &error, sql))?;
            column.push(value, row_number)?;
        }
        in_batch += 1;
        if in_batch == most {
            if interrupt.is_set() {
                return Err(DatabaseError::Interrupted);
            }
            held.finish(&mut columns, in_batch)?;
            in_batch = 0;
            if held.batches.len() >= HELD || !columns.iter().any(ResultColumn::is_open) {
                held.hand_over(&mut columns, take)?;
            }
        }
    }
    if in_batch > 0 || row_number == 0 {
        held.finish(&mut columns, in_batch)?;
    }
    held.hand_over(&mut columns, take)
}

/// Batches that were read and not handed over yet.
#[derive(Default)]
struct Held {
    batches: Vec<(usize, Vec<Series>)>,
}

impl Held {
    fn finish(&mut self, columns: &mut [ResultColumn], rows: usize) -> Result<(), DatabaseError> {
        let series: Result<_, _> = columns.iter_mut().map(ResultColumn::finish).collect();
        self.batches.push((rows, series?));
        Ok(())
    }

    /// Hands all over, in the types that the columns have now, and keep from here on.
    fn hand_over(&mut self, columns: &mut [ResultColumn], take: &mut Take<'_>) -> Result<(), DatabaseError> {
        columns.iter_mut().for_each(ResultColumn::settle);
        for (rows, series) in self.batches.drain(..) {
            let typed = series.iter().zip(columns.iter());
            let columns = typed
                .map(|(series, column)| Ok(widened(series, &column.dtype())?.into_column()))
                .collect::<Result<Vec<_>, DatabaseError>>()?;
            let batch =
                DataFrame::new(rows, columns).map_err(|error| DatabaseError::Rows(error.to_string()))?;
            take(batch)?;
        }
        Ok(())
    }
}

/// Returns the columns of a statement; those that have the name of one before them get a number behind it.
fn columns_of(statement: &Statement<'_>) -> Vec<ResultColumn> {
    let columns = statement.columns();
    let written: HashSet<String> = columns.map(|column| column.name().to_owned()).collect();
    let mut used = HashSet::new();
    let mut named = Vec::new();
    for column in statement.columns() {
        let mut name = column.name().to_owned();
        let mut number = 0;
        while used.contains(&name) || (number > 0 && written.contains(&name)) {
            number += 1;
            name = format!("{}_{number}", column.name());
        }
        used.insert(name.clone());
        named.push(ResultColumn::new(
            PlSmallStr::from_string(name),
            column.decl_type(),
        ));
    }
    named
}
