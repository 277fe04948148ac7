//! Loads: rows into a table, by `COPY … FROM STDIN`, which is the fastest way that the server has.
//!
//! One `COPY` takes all rows of a load, so that what the database checks at the end of a statement (that a row refers to
//! another one, which may come later) is checked for the whole load.

use std::pin::Pin;

use bytes::{BufMut as _, Bytes, BytesMut};
use futures::SinkExt as _;
use polars::prelude::DataFrame;
use tokio_postgres::CopyInSink;
use tokio_postgres::error::{DbError, Severity};

use super::encode::Encoder;
use super::failure::{of, own};
use super::link::Link;
use super::types::misfit;
use super::wire::Wire;
use crate::database::database::Rows;
use crate::database::error::DatabaseError;
use crate::database::judge::{self, Judge};
use crate::database::table::TableColumn;
use crate::work::Interrupt;

/// The code of a reference that is broken.
const REFERENCE: &str = "23503";
/// The bytes that are sent at once.
const BLOCK: usize = 128 << 10;
/// How a stream in binary format begins: its signature, no flags, nothing more.
const BEGINNING: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";

type Sink = Pin<Box<CopyInSink<Bytes>>>;

/// Returns what says why columns, whose values are written as `wires`, cannot take values.
pub(super) fn judge(columns: &[TableColumn], wires: Vec<Option<Wire>>) -> Judge {
    let columns = columns.to_vec();
    let mut out = BytesMut::with_capacity(BLOCK);
    Box::new(move |batch| {
        let encoders = encoders(batch, &columns, &wires)?;
        Ok(judge::unfit(batch, |column, row| {
            out.clear();
            encoders
                .get(column)
                .map_or(Ok(()), |encoder| encoder.put(row, &mut out))
        }))
    })
}

/// Returns what writes the columns of a batch.
fn encoders(
    batch: &DataFrame,
    columns: &[TableColumn],
    wires: &[Option<Wire>],
) -> Result<Vec<Encoder>, DatabaseError> {
    let parts = batch.columns().iter().zip(columns).zip(wires);
    parts
        .map(|((series, column), wire)| {
            let series = series.as_materialized_series();
            let wire = wire
                .as_ref()
                .filter(|wire| misfit(series.dtype(), wire).is_none());
            let wire = wire.ok_or_else(|| unfit(column))?;
            let encoder = Encoder::new(series, wire, &column.type_name);
            encoder.map_err(|error| DatabaseError::Rows(error.to_string()))
        })
        .collect()
}

/// Puts rows into a table, whose name and whose columns' names are quoted, and returns how many it took.
pub(super) fn insert(
    session: &Link,
    table: &str,
    names: &str,
    columns: &[TableColumn],
    rows: &mut Rows<'_>,
    interrupt: &Interrupt,
) -> Result<u64, DatabaseError> {
    let client = session.client()?;
    let (sink, wires) = session.run(interrupt, async {
        // An enum may have got another value since it was looked up.
        client.clear_type_cache();
        // Domains are described as what they are based on, which is how their values are written, too.
        let described = client
            .prepare(&format!("SELECT {names} FROM {table}"))
            .await
            .map_err(own)?;
        let wires = described
            .columns()
            .iter()
            .map(|column| Wire::of(column.type_(), column.type_modifier()));
        let wires: Vec<Option<Wire>> = wires.collect();
        let copy = format!("COPY {table} ({names}) FROM STDIN (FORMAT binary)");
        let sink: Sink = Box::pin(client.copy_in(&copy).await.map_err(own)?);
        Ok((sink, wires))
    })?;
    let mut sink = Some(sink);
    let mut out = BytesMut::with_capacity(2 * BLOCK);
    out.put_slice(BEGINNING);
    let mut before = 0;
    let mut put = |batch: DataFrame| {
        let encoders = encoders(&batch, columns, &wires)?;
        let count = i16::try_from(encoders.len()).unwrap_or(0);
        for row in 0..batch.height() {
            out.put_i16(count);
            for (encoder, column) in encoders.iter().zip(columns) {
                encoder
                    .put(row, &mut out)
                    .map_err(|reason| DatabaseError::Value {
                        row: before + u64::try_from(row).unwrap_or(0) + 1,
                        column: column.name.clone(),
                        reason,
                    })?;
            }
            if out.len() >= BLOCK {
                send(session, &mut sink, out.split().freeze(), interrupt)?;
            }
        }
        before += u64::try_from(batch.height()).unwrap_or(0);
        Ok(())
    };
    let mut written = Ok(());
    while let (Ok(()), Some(batch)) = (&written, rows.next()) {
        written = batch.and_then(&mut put);
    }
    if let Err(error) = written {
        // Without a sink the server is told that no more rows come, and undoes those that it has.
        drop(sink);
        if !error.breaks() {
            session.settle(client.simple_query(""));
        }
        return Err(error);
    }
    out.put_i16(-1);
    send(session, &mut sink, out.split().freeze(), interrupt)?;
    session.run(interrupt, async move {
        match &mut sink {
            Some(sink) => sink.as_mut().finish().await.map_err(|error| rejected(&error)),
            None => Ok(0),
        }
    })
}

/// Sends a block of rows.
fn send(
    session: &Link,
    sink: &mut Option<Sink>,
    block: Bytes,
    interrupt: &Interrupt,
) -> Result<(), DatabaseError> {
    let Some(mut current) = sink.take() else {
        return Ok(());
    };
    // It goes with the work when that is stopped: the server waits for rows as long as there is a sink.
    let sent = session.run(interrupt, async move {
        current.send(block).await.map_err(|error| rejected(&error))?;
        Ok(current)
    });
    *sink = Some(sent?);
    Ok(())
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

/// Turns what the server says of the rows into an error that names the row, where the server does.
fn rejected(error: &tokio_postgres::Error) -> DatabaseError {
    let Some(answer) = error.as_db_error() else {
        return of(error, None);
    };
    if matches!(answer.parsed_severity(), Some(Severity::Fatal | Severity::Panic)) {
        return of(error, None);
    }
    let line = answer.where_().and_then(Line::new);
    let Some(line) = line else {
        // References are looked at when all rows are there, and the server does not say in which row one is broken.
        return of(error, None).reworded(|message, hint| match (answer.code().code(), answer.detail()) {
            (REFERENCE, Some(detail)) => {
                let hint = "nothing was loaded; rejects=\"/mnt/out/rejects.csv\" finds the rows, and loads the others";
                (format!("{message}: {}", detail.trim_end_matches('.')), Some(hint.to_owned()))
            }
            _ => (message, hint),
        });
    };
    let column = answer
        .column()
        .map(str::to_owned)
        .or(line.column)
        .or_else(|| key(answer));
    match column {
        Some(column) => DatabaseError::Value {
            row: line.row,
            column,
            reason: match answer.detail() {
                // All of the row, of which one column matters.
                _ if answer.code().code() == "23502" => answer.message().to_owned(),
                Some(detail) => format!("{}: {}", answer.message(), detail.trim_end_matches('.')),
                None => answer.message().to_owned(),
            },
        },
        None => of(error, None).reworded(|message, hint| (format!("row {}: {message}", line.row), hint)),
    }
}

/// Where in a load something is wrong.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// Counted from 1.
    pub(super) row: u64,
    pub(super) column: Option<String>,
}

impl Line {
    /// Reads `COPY t, line 3, column c`, whose words are those of the server's language.
    pub(super) fn new(context: &str) -> Option<Self> {
        let line = context.lines().find(|line| line.starts_with("COPY "))?;
        let (_, rest) = line.split_once(", ")?;
        let (row, column) = match rest.split_once(", ") {
            Some((row, column)) => (row, Some(column)),
            None => (rest, None),
        };
        let digits: String = row.chars().filter(char::is_ascii_digit).collect();
        let column = column.and_then(|column| column.split_once(' '));
        Some(Self {
            row: digits.parse().ok()?,
            column: column.map(|(_, name)| name.split(": ").next().unwrap_or(name).to_owned()),
        })
    }
}

/// Reads the columns of `Key (a, b)=(1, 2) already exists.`
fn key(answer: &DbError) -> Option<String> {
    let (before, _) = answer.detail()?.split_once(")=(")?;
    let (_, names) = before.split_once('(')?;
    Some(names.to_owned())
}
