//! Queries: their rows as frames.
//!
//! Each query is prepared, also one without parameters: what is prepared is answered in the binary protocol, in which
//! numbers and moments are themselves and no texts.

use mysql_async::prelude::Queryable as _;
use mysql_async::{BinaryProtocol, Column, Params, QueryResult};

use super::bind::values;
use super::channel::Channel;
use super::failure::{self, refused};
use super::gatherer::Gatherer;
use super::marks::{self, MARK};
use super::meaning::Meaning;
use crate::database::database::Take;
use crate::database::error::DatabaseError;
use crate::database::gathering::{Batch, Header};
use crate::database::parameter::Parameter;
use crate::database::statement::differing;
use crate::work::Interrupt;

/// The rows of a batch.
const ROWS: usize = 65_536;
/// For how many of them there is room from the start, in the first batch: most results are small.
const FEW: usize = 1024;
/// The bytes at which a batch ends earlier.
const BYTES: usize = 64 << 20;

/// Runs a query and hands its rows over.
pub(super) fn query(
    session: &mut Channel,
    sql: &str,
    parameters: &[Parameter],
    interrupt: &Interrupt,
    take: &mut Take<'_>,
) -> Result<(), DatabaseError> {
    let done = rows(session, sql, parameters, interrupt, take);
    // Rows may be on their way that are for nobody.
    if done
        .as_ref()
        .is_err_and(|error| !matches!(error, DatabaseError::Broken { .. }))
    {
        session.stop();
    }
    done
}

fn rows(
    session: &mut Channel,
    sql: &str,
    parameters: &[Parameter],
    interrupt: &Interrupt,
    take: &mut Take<'_>,
) -> Result<(), DatabaseError> {
    let sent = marks::sent(sql, parameters)?;
    if let Some(at) = sent.second() {
        return Err(refused(
            "it is more than one statement",
            Some(at),
            "run one query at a time",
        ));
    }
    let values = values(&sent, parameters)?;
    let may_return_rows = marks::may_return_rows(&sent, sql);
    let (waiter, conn) = session.parts()?;
    let sent = &sent;
    let failed = |error| failure::in_statement(error, sent);
    let (header, mut result) = waiter.run(interrupt, async move {
        let statement = conn.prep(sent.text.as_str()).await.map_err(failed)?;
        if usize::from(statement.num_params()) != values.len() {
            return Err(DatabaseError::Parameters {
                reason: differing(usize::from(statement.num_params()), values.len(), MARK),
            });
        }
        if statement.num_columns() == 0 && !may_return_rows {
            return Err(no_rows());
        }
        // What a frame cannot hold is known before the server begins to work.
        header(&statement.columns())?;
        let result = conn
            .exec_iter(&statement, Params::Positional(values))
            .await
            .map_err(failed)?;
        if result.columns_ref().is_empty() {
            return Err(no_rows());
        }
        Ok((header(result.columns_ref())?, result))
    })?;
    let header = &header;
    let mut before = 0;
    loop {
        let is_first = before == 0;
        let mut batch = Batch::begin(header, if is_first { FEW } else { ROWS }, before);
        let is_last = waiter.run(interrupt, fill(&mut result, header, &mut batch))?;
        let count = batch.rows();
        if count > 0 || is_first {
            take(batch.finish()?)?;
        }
        if is_last {
            break;
        }
        before += count as u64;
    }
    // A procedure may return more than one result, and says how it ended.
    waiter.run(interrupt, async move {
        result.drop_result().await.map_err(failure::of)
    })
}

/// Adds rows until the batch is full, and returns whether they were the last ones.
async fn fill(
    result: &mut QueryResult<'_, 'static, BinaryProtocol>,
    header: &Header<Gatherer>,
    batch: &mut Batch<Gatherer>,
) -> Result<bool, DatabaseError> {
    while batch.rows() < ROWS && batch.bytes() < BYTES {
        let Some(row) = result.next().await.map_err(failure::of)? else {
            return Ok(true);
        };
        batch.push(header, (0..row.len()).filter_map(|at| row.as_ref(at)))?;
    }
    Ok(false)
}

/// Reads what a statement returns.
fn header(columns: &[Column]) -> Result<Header<Gatherer>, DatabaseError> {
    let columns = columns.iter();
    Header::new(columns.map(|column| (column.name_str().into_owned(), Meaning::of(column))))
}

fn no_rows() -> DatabaseError {
    refused(
        "it returns no rows",
        None,
        "con.execute(…) runs statements that return none",
    )
}
