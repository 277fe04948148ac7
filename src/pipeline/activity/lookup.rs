//! [`Lookup`]: reads the first rows of a query or a dataset.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::context::PerformContext;
use super::error::ActivityError;
use super::perform::Perform;
use super::reading::open_source;
use super::rows::Rows;
use super::source::Source;
use super::uses::Uses;
use crate::database::DatabaseError;

/// How many rows a lookup may give at most: its output is kept with the run.
const MOST: u32 = 5_000;

/// Reads the first row, or the first rows; its output is `{"first_row": {…}}`, or `{"count": n, "rows": […]}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lookup {
    /// What is read.
    pub source: Source,
    /// How many rows at most; the first one where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<u32>,
}

impl Perform for Lookup {
    fn kind(&self) -> &'static str {
        "Lookup"
    }

    fn uses(&self) -> Uses<'_> {
        match &self.source {
            Source::Dataset(name) => Uses::default().dataset(name),
            Source::Query { connection, sql } => Uses::default().connection(connection).text("sql", sql),
        }
    }

    fn perform(&self, context: &PerformContext<'_>) -> Result<Value, ActivityError> {
        let most = self.rows.unwrap_or(1);
        if most > MOST {
            return Err(ActivityError::Value {
                field: "rows".to_owned(),
                found: most.to_string(),
                expected: "a number up to 5000: what is read is kept with the run",
            });
        }
        let mut rows = Rows::new(most as usize);
        match &self.source {
            Source::Dataset(_) => {
                let frame = open_source(&self.source, false, context)?.0.first_rows(most);
                let table = frame.collect(context.interrupt()).map_err(ActivityError::of)?;
                rows.take(&table);
            }
            Source::Query { connection, sql } => {
                let (connection, sql) = (connection.render(context.scope())?, sql.render(context.scope())?);
                query(context, &connection, &sql, &mut rows)?;
            }
        }
        Ok(match self.rows {
            Some(_) => json!({ "count": rows.len(), "rows": rows.into_values() }),
            None => json!({ "first_row": rows.into_values().into_iter().next() }),
        })
    }
}

/// Reads the first rows of a query.
fn query(
    context: &PerformContext<'_>,
    connection: &str,
    sql: &str,
    rows: &mut Rows,
) -> Result<(), ActivityError> {
    let connection = context.connection(connection)?;
    let mut is_enough = false;
    // What is broken off in a transaction would end that; in a debug run, it has to go on.
    let goes_on = context.is_debug();
    let asked = connection.run(|database| {
        database.query(sql, &[], context.interrupt(), &mut |batch| {
            // Breaking off takes a word with the server: a few rows too many are let come.
            is_enough = rows.is_full() && !goes_on;
            if is_enough {
                return Err(DatabaseError::Rows("no more rows are wanted".to_owned()));
            }
            rows.take(&batch);
            Ok(())
        })
    });
    if is_enough { Ok(()) } else { Ok(asked?) }
}
