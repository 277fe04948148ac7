//! Statements that return no rows.

use futures::StreamExt as _;
use tokio_postgres::SimpleQueryMessage;

use super::bind::arguments;
use super::failure;
use super::link::Link;
use super::marks;
use super::name::NAME;
use crate::database::error::DatabaseError;
use crate::database::parameter::Parameter;
use crate::work::Interrupt;

/// Runs one statement or, without parameters, several; returns how many rows the last one has changed.
pub(super) fn execute(
    session: &Link,
    sql: &str,
    parameters: &[Parameter],
    interrupt: &Interrupt,
) -> Result<u64, DatabaseError> {
    let sent = marks::sent(sql, parameters)?;
    // The server would wait for rows from here, and for someone here to take some.
    if marks::copies(&sent, sql) {
        return Err(refused(
            "it copies rows through this connection".to_owned(),
            None,
            "con.query(…) reads rows, and a load writes them",
        ));
    }
    let client = session.client()?;
    if parameters.is_empty() {
        let work = async {
            let mut changed = 0;
            let answers = client.simple_query_raw(&sent.text).await;
            let mut answers = Box::pin(answers.map_err(|error| failure::of(&error, Some(&sent)))?);
            while let Some(answer) = answers.next().await {
                let answer = answer.map_err(|error| failure::of(&error, Some(&sent)))?;
                if let SimpleQueryMessage::CommandComplete(rows) = answer {
                    changed = rows;
                }
            }
            Ok(changed)
        };
        return session.finish(interrupt, work, || DatabaseError::Interrupted);
    }
    if let Some(at) = sent.second() {
        return Err(refused(
            "it is more than one statement, and has parameters".to_owned(),
            Some(at),
            "run one statement with parameters at a time",
        ));
    }
    let work = async {
        let failed = |error: tokio_postgres::Error| failure::of(&error, Some(&sent));
        let statement = client.prepare(&sent.text).await.map_err(failed)?;
        let arguments = arguments(&sent, parameters, statement.params())?;
        client.execute_raw(&statement, &arguments).await.map_err(failed)
    };
    session.finish(interrupt, work, || DatabaseError::Interrupted)
}

fn refused(message: String, at: Option<usize>, hint: &str) -> DatabaseError {
    DatabaseError::Refused {
        database: NAME,
        message,
        code: None,
        at,
        hint: Some(hint.to_owned()),
    }
}
