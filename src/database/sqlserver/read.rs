//! Queries: their rows as frames.

use futures::TryStreamExt as _;
use tiberius::{ColumnData, Query, QueryItem, QueryStream};

use super::bind::values;
use super::dialogue::Dialogue;
use super::failure::{self, refused};
use super::outline::{Outline, Page};
use super::prepared::Prepared;
use crate::database::database::Take;
use crate::database::error::DatabaseError;
use crate::database::parameter::Parameter;
use crate::work::Interrupt;

/// The rows of a batch.
const ROWS: usize = 65_536;
/// For how many of them there is room from the start, in the first batch: most results are small.
const FEW: usize = 1024;
/// The bytes at which a batch ends earlier.
const BYTES: usize = 64 << 20;

/// Runs a query and hands its rows over.
pub(super) fn query(
    session: &mut Dialogue,
    sql: &str,
    parameters: &[Parameter],
    interrupt: &Interrupt,
    take: &mut Take<'_>,
) -> Result<(), DatabaseError> {
    let sent = Prepared::new(sql, parameters)?;
    if let Some(at) = sent.second() {
        return Err(refused(
            "it is more than one statement",
            Some(at),
            "run one query at a time",
        ));
    }
    if !sent.may_return_rows(sql) {
        return Err(no_rows());
    }
    let values = values(&sent, parameters)?;
    let done = rows(session, &sent, values, interrupt, take);
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
    session: &mut Dialogue,
    sent: &Prepared,
    values: Vec<ColumnData<'static>>,
    interrupt: &Interrupt,
    take: &mut Take<'_>,
) -> Result<(), DatabaseError> {
    let (listener, client) = session.parts()?;
    let failed = |error| failure::in_statement(error, sent);
    let mut stream = listener.run(interrupt, async {
        if values.is_empty() {
            return client.simple_query(sent.text.as_str()).await.map_err(failed);
        }
        let mut query = Query::new(sent.text.as_str());
        query.bind_iter(values);
        query.query(client).await.map_err(failed)
    })?;
    let outline = listener.ear.heard().columns().map(Outline::new).transpose()?;
    let Some(outline) = outline else {
        // What went wrong comes last.
        listener.run(interrupt, async {
            while stream.try_next().await.map_err(failed)?.is_some() {}
            Ok(())
        })?;
        return Err(no_rows());
    };
    let outline = &outline;
    let mut before = 0;
    loop {
        let is_first = before == 0;
        let mut page = outline.begin(if is_first { FEW } else { ROWS }, before);
        let is_last = listener.run(interrupt, fill(&mut stream, sent, outline, &mut page))?;
        let count = page.rows();
        if count > 0 || is_first {
            take(page.finish()?)?;
        }
        if is_last {
            return Ok(());
        }
        before += count as u64;
    }
}

/// Adds rows until the batch is full, and returns whether they were the last ones.
async fn fill(
    stream: &mut QueryStream<'_>,
    sent: &Prepared,
    outline: &Outline,
    page: &mut Page,
) -> Result<bool, DatabaseError> {
    while page.rows() < ROWS && page.bytes() < BYTES {
        let item = stream.try_next().await;
        match item.map_err(|error| failure::in_statement(error, sent))? {
            None => return Ok(true),
            Some(QueryItem::Row(row)) => page.push(outline, &row)?,
            Some(QueryItem::Metadata(columns)) if columns.result_index() == 0 => {}
            Some(QueryItem::Metadata(_)) => {
                return Err(refused(
                    "it returns more than one result",
                    None,
                    "run one query at a time",
                ));
            }
        }
    }
    Ok(false)
}

fn no_rows() -> DatabaseError {
    refused(
        "it returns no rows",
        None,
        "con.execute(…) runs statements that return none",
    )
}
