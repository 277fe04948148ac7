//! Loads: rows go to a temporary table by the protocol's own way for many rows, and from there to their table in one statement.
//!
//! Straight into their table, they would go around its rules and triggers, and each type would have to be sent as the server
//! keeps it. From the temporary table the server puts them there itself, and says which rule a row breaks.

use polars::prelude::DataFrame;
use tiberius::{Client, ColumnData, Query, TokenRow};

use super::catalog::{self, Described};
use super::dialogue::Dialogue;
use super::failure::of;
use super::outbound::{Outbound, sent_as};
use super::pipe::Pipe;
use super::sql_type::SqlType;
use super::transaction::run;
use super::types;
use super::violation::{Destination, violated};
use crate::database::database::Rows;
use crate::database::error::DatabaseError;
use crate::database::judge::{self, Judge};
use crate::database::table::{TableColumn, TableName};
use crate::work::Interrupt;

/// The most rows of a block.
const BLOCK_ROWS: usize = 16_384;
/// The bytes of texts after which a block has fewer.
const BLOCK_BYTES: usize = 16 << 20;
/// The most bytes of a value that the library sends among others.
const SHORT: usize = 0xffff;

/// Puts rows into a table, and returns how many it took.
pub(super) fn insert(
    session: &mut Dialogue,
    table: &TableName,
    into: &str,
    columns: &[TableColumn],
    (number, rows): (u32, &mut Rows<'_>),
    interrupt: &Interrupt,
) -> Result<u64, DatabaseError> {
    let known = session.run(interrupt, async |client| catalog::columns(client, table).await)?;
    let targets = matching(&known, columns)?;
    let kinds = kinds(&targets)?;
    let staging = StagingTable::new(number, &kinds);
    let destination = Destination::new(table, into, &targets, &staging.name, &staging.columns);
    session.finish(interrupt, async |client| {
        run(client, &staging.created(&kinds)).await
    })?;
    let mut load = BulkLoad {
        staging: &staging,
        destination: &destination,
        targets: &targets,
        kinds: &kinds,
        sent: 0,
        inserted: 0,
    };
    for batch in rows {
        load.batch(session, &batch?, interrupt)?;
    }
    let inserted = load.inserted;
    let remove = format!("DROP TABLE {}", staging.name);
    session.finish(interrupt, async |client| run(client, &remove).await)?;
    Ok(inserted)
}

/// Returns what says why columns cannot take values.
///
/// # Errors
///
/// A column that rows cannot be loaded into.
pub(super) fn judge(targets: &[Described]) -> Result<Judge, DatabaseError> {
    let kinds = kinds(targets)?;
    let targets = targets.to_vec();
    Ok(Box::new(move |batch| {
        let outbound = outbound(batch, &targets, &kinds)?;
        Ok(judge::unfit(batch, |column, row| {
            let value = outbound.get(column).map(|column| column.value(row));
            value.transpose().map(drop)
        }))
    }))
}

/// Finds columns among those that the server describes.
///
/// # Errors
///
/// One of them is not among those.
pub(super) fn matching(
    known: &[Described],
    columns: &[TableColumn],
) -> Result<Vec<Described>, DatabaseError> {
    let targets = columns.iter().map(|column| {
        let mut known = known.iter();
        known.find(|known| known.column.name == column.name).cloned()
    });
    let targets: Option<Vec<Described>> = targets.collect();
    targets.ok_or_else(changed)
}

/// Returns what columns keep.
fn kinds(targets: &[Described]) -> Result<Vec<SqlType>, DatabaseError> {
    let kinds = targets
        .iter()
        .map(|target| SqlType::named(&target.column.type_name));
    kinds.collect::<Option<_>>().ok_or_else(changed)
}

/// Prepares the columns of a batch.
fn outbound(
    batch: &DataFrame,
    targets: &[Described],
    kinds: &[SqlType],
) -> Result<Vec<Outbound>, DatabaseError> {
    let columns = batch.columns().iter().zip(targets.iter().zip(kinds));
    columns
        .map(|(series, (target, kind))| {
            let series = series.as_materialized_series();
            let type_name = &target.column.type_name;
            if types::misfit(series.dtype(), type_name).is_some() {
                return Err(unfit(&target.column));
            }
            let outbound = Outbound::new(series, *kind, type_name, target.code_page);
            outbound.map_err(|error| DatabaseError::Rows(error.to_string()))
        })
        .collect()
}

/// The temporary table that rows are sent to first.
struct StagingTable {
    /// Its name, as statements have it.
    name: String,
    /// Its columns, and as the last one the numbers of the rows.
    columns: Vec<String>,
}

impl StagingTable {
    fn new(number: u32, kinds: &[SqlType]) -> Self {
        let columns = (1..=kinds.len()).map(|at| format!("[c{at}]"));
        Self {
            name: format!("[#sheaf_load_{number}]"),
            columns: columns.chain(["[row]".to_owned()]).collect(),
        }
    }

    /// Writes the statement that creates it.
    fn created(&self, kinds: &[SqlType]) -> String {
        let types = kinds.iter().map(|kind| sent_as(*kind));
        let types = types.chain(["bigint".to_owned()]);
        let parts: Vec<String> = self
            .columns
            .iter()
            .zip(types)
            .map(|(column, type_name)| format!("{column} {type_name} NULL"))
            .collect();
        format!("CREATE TABLE {} ({})", self.name, parts.join(", "))
    }
}

/// A load in progress.
struct BulkLoad<'a> {
    staging: &'a StagingTable,
    destination: &'a Destination,
    targets: &'a [Described],
    kinds: &'a [SqlType],
    /// How many rows have been sent.
    sent: u64,
    /// How many of them the table has taken.
    inserted: u64,
}

impl BulkLoad<'_> {
    /// Loads the rows of a batch, block by block.
    fn batch(
        &mut self,
        session: &mut Dialogue,
        batch: &DataFrame,
        interrupt: &Interrupt,
    ) -> Result<(), DatabaseError> {
        let outbound = outbound(batch, self.targets, self.kinds)?;
        let mut row = 0;
        while row < batch.height() {
            if interrupt.is_set() {
                return Err(DatabaseError::Interrupted);
            }
            let block = self.block(&outbound, row, batch.height())?;
            let count = block.rows;
            let (first, last) = (self.sent + 1, self.sent + count as u64);
            let staging = self.staging;
            session.finish(interrupt, async |client| block.send(client, staging).await)?;
            self.inserted += self.insert_staged(session, (first, last), interrupt)?;
            let empty = format!("TRUNCATE TABLE {}", staging.name);
            session.finish(interrupt, async |client| run(client, &empty).await)?;
            self.sent = last;
            row += count;
        }
        Ok(())
    }

    /// Takes the next block of a batch, from row `first` on.
    fn block(&self, outbound: &[Outbound], first: usize, height: usize) -> Result<RowBlock, DatabaseError> {
        let mut block = RowBlock::default();
        let mut bytes = 0;
        while block.rows < BLOCK_ROWS && bytes < BLOCK_BYTES && first + block.rows < height {
            let number = self.sent + block.rows as u64 + 1;
            let mut values = Vec::with_capacity(outbound.len() + 1);
            let mut is_long = false;
            for (column, target) in outbound.iter().zip(self.targets) {
                let value = column
                    .value(first + block.rows)
                    .map_err(|reason| DatabaseError::Value {
                        row: number,
                        column: target.column.name.clone(),
                        reason,
                    })?;
                let length = size(&value);
                is_long |= length > SHORT;
                bytes += length;
                values.push(value);
            }
            values.push(ColumnData::I64(i64::try_from(number).ok()));
            if is_long {
                block.long.push(values);
            } else {
                let mut row = TokenRow::with_capacity(values.len());
                for value in values {
                    row.push(value);
                }
                block.short.push(row);
            }
            block.rows += 1;
        }
        Ok(block)
    }

    /// Has the server insert the staged rows into their table, and returns how many it took.
    fn insert_staged(
        &self,
        session: &mut Dialogue,
        rows: (u64, u64),
        interrupt: &Interrupt,
    ) -> Result<u64, DatabaseError> {
        let all = self.destination.statement(None);
        let done = session.finish(interrupt, async |client| {
            match client.simple_query(&all).await {
                Ok(results) => results.into_results().await.map(drop),
                Err(error) => Err(error),
            }
            .map_or_else(
                |error| match error {
                    tiberius::error::Error::Server(answer) => Ok(Some(answer)),
                    error => Err(of(error)),
                },
                |()| Ok(None),
            )
        })?;
        match done {
            (None, changed) => Ok(changed.unwrap_or(0)),
            (Some(answer), _) => Err(violated(session, self.destination, answer, rows)),
        }
    }
}

/// Rows that are sent together, in one bulk request.
#[derive(Default)]
struct RowBlock {
    rows: usize,
    short: Vec<TokenRow<'static>>,
    /// Those with a value that is too long for a bulk request.
    long: Vec<Vec<ColumnData<'static>>>,
}

impl RowBlock {
    /// Sends the rows to the temporary table.
    async fn send(self, client: &mut Client<Pipe>, staging: &StagingTable) -> Result<(), DatabaseError> {
        if !self.short.is_empty() {
            let columns: Vec<&str> = staging.columns.iter().map(String::as_str).collect();
            let mut request = client
                .bulk_insert_columns(&staging.name, &columns)
                .await
                .map_err(of)?;
            for row in self.short {
                request.send(row).await.map_err(of)?;
            }
            request.finalize().await.map_err(of)?;
        }
        let marks = Query::placeholders(1, staging.columns.len());
        for values in self.long {
            let mut query = Query::new(format!("INSERT INTO {} VALUES ({marks})", staging.name));
            query.bind_iter(values);
            query.execute(client).await.map_err(of)?;
        }
        Ok(())
    }
}

/// Returns about how many bytes a value takes.
fn size(value: &ColumnData<'_>) -> usize {
    match value {
        ColumnData::String(Some(text)) => 2 * text.len(),
        ColumnData::Binary(Some(bytes)) => bytes.len(),
        _ => 0,
    }
}

fn changed() -> DatabaseError {
    DatabaseError::Rows("the table does not have the columns that it had a moment ago".to_owned())
}

fn unfit(column: &TableColumn) -> DatabaseError {
    DatabaseError::Columns {
        reason: format!(
            "the values do not go into column {:?}, which is {}",
            column.name, column.type_name
        ),
        hint: "cast them first".to_owned(),
    }
}
