//! Statements that return no rows.

use futures::TryStreamExt as _;
use tiberius::Query;

use super::bind::values;
use super::dialogue::Dialogue;
use super::failure::{self, refused};
use super::marks;
use crate::database::error::DatabaseError;
use crate::database::parameter::Parameter;
use crate::work::Interrupt;

/// Runs one statement or, without parameters, several; returns how many rows the last one has changed.
pub(super) fn execute(
    session: &mut Dialogue,
    sql: &str,
    parameters: &[Parameter],
    interrupt: &Interrupt,
) -> Result<u64, DatabaseError> {
    let sent = marks::sent(sql, parameters)?;
    let failed = |error| failure::in_statement(error, &sent);
    let values = values(&sent, parameters)?;
    if values.is_empty() {
        let ((), changed) = session.finish(interrupt, async |client| {
            let mut results = client.simple_query(sent.text.as_str()).await.map_err(failed)?;
            while results.try_next().await.map_err(failed)?.is_some() {}
            Ok(())
        })?;
        return Ok(changed.unwrap_or(0));
    }
    if let Some(at) = sent.second() {
        return Err(refused(
            "it is more than one statement, and has parameters",
            Some(at),
            "run one statement with parameters at a time",
        ));
    }
    let (counted, changed) = session.finish(interrupt, async |client| {
        let mut query = Query::new(sent.text.as_str());
        query.bind_iter(values);
        let done = query.execute(client).await.map_err(failed)?;
        Ok(done.rows_affected().last().copied())
    })?;
    Ok(changed.or(counted).unwrap_or(0))
}
