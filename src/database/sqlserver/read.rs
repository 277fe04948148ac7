//! Queries: their rows as frames.

use futures::TryStreamExt as _;
use tiberius::{ColumnData, Query, QueryItem, QueryStream};

use super::announced::Announced;
use super::bind::values;
use super::column_store::ColumnStore;
use super::dialogue::Dialogue;
use super::failure::{self, refused};
use super::marks;
use crate::database::database::Take;
use crate::database::error::DatabaseError;
use crate::database::gathering::{Batch, Header, Unknown};
use crate::database::parameter::Parameter;
use crate::database::statement::Sent;
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
    let sent = marks::sent(sql, parameters)?;
    if let Some(at) = sent.second() {
        return Err(refused(
            "it is more than one statement",
            Some(at),
            "run one query at a time",
        ));
    }
    if !marks::may_return_rows(&sent, sql) {
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
    sent: &Sent,
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
    let header = listener.ear.heard().columns().map(header).transpose()?;
    let Some(header) = header else {
        // What went wrong comes last.
        listener.run(interrupt, async {
            while stream.try_next().await.map_err(failed)?.is_some() {}
            Ok(())
        })?;
        return Err(no_rows());
    };
    let header = &header;
    let mut before = 0;
    loop {
        let is_first = before == 0;
        let mut batch = Batch::begin(header, if is_first { FEW } else { ROWS }, before);
        let is_last = listener.run(interrupt, fill(&mut stream, sent, header, &mut batch))?;
        let count = batch.rows();
        if count > 0 || is_first {
            take(batch.finish()?)?;
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
    sent: &Sent,
    header: &Header<ColumnStore>,
    batch: &mut Batch<ColumnStore>,
) -> Result<bool, DatabaseError> {
    while batch.rows() < ROWS && batch.bytes() < BYTES {
        let item = stream.try_next().await;
        match item.map_err(|error| failure::in_statement(error, sent))? {
            None => return Ok(true),
            Some(QueryItem::Row(row)) => batch.push(header, row.cells().map(|(_, value)| value))?,
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

/// Reads what a statement returns.
fn header(columns: &[Announced]) -> Result<Header<ColumnStore>, DatabaseError> {
    Header::new(columns.iter().map(|column| {
        let unknown = |type_name| Unknown::new(type_name, "CAST({} AS nvarchar(4000))");
        (column.name.clone(), column.kind.map_err(unknown))
    }))
}

fn no_rows() -> DatabaseError {
    refused(
        "it returns no rows",
        None,
        "con.execute(…) runs statements that return none",
    )
}

#[cfg(test)]
mod tests {
    use super::header;
    use crate::database::sqlserver::announced::Announced;
    use crate::error::Problem as _;

    #[test]
    fn a_type_that_a_frame_does_not_have_is_refused_with_what_to_write() {
        let column = Announced {
            name: "the place".to_owned(),
            kind: Err("sql_variant"),
        };
        let error = header(&[column]).err().unwrap();
        assert_eq!(
            format!("{error}; {}", error.hint().unwrap()),
            "column \"the place\" of the result: a frame has no type for sql_variant; \
             write CAST([the place] AS nvarchar(4000)) in the query"
        );
    }
}
