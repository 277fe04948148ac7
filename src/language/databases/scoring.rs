//! What `con.score` asks of a database: the query of a model, and what becomes of its rows.

use polars::prelude::DataFrame;

use super::super::OrFail;
use super::parameters::named;
use crate::database::{DatabaseError, Filling, Mode, TableColumn, TableName};
use crate::model::{FittedModel, Kept, SqlOptions, SqlTable, Task, UnseenQuery};

/// What a cell says of scoring in a database.
pub(super) struct Scoring<'v> {
    pub(super) table: TableName,
    pub(super) keys: Vec<String>,
    pub(super) prediction: &'v str,
    pub(super) probability: &'v str,
}

/// What rows are that a model has no answer for.
const REFUSED: &str = "rows cannot be scored: a feature is NULL where the model learnt no filler, is infinite, or has a \
                       category that it has to know; nothing was written";

impl Scoring<'_> {
    /// Returns the query, and the names of its columns.
    pub(super) fn query(
        &self,
        model: &FittedModel,
        dialect: &str,
        known: Vec<TableColumn>,
    ) -> anyhow::Result<(String, Vec<String>)> {
        let mut columns = self.keys.clone();
        if columns.is_empty() {
            columns = known.into_iter().map(|column| column.name).collect();
        }
        let kept: Vec<&str> = columns.iter().map(String::as_str).collect();
        let probability = (model.task() == Task::Classify).then_some(self.probability);
        let place = SqlTable {
            schema: self.table.schema.as_deref(),
            name: &self.table.name,
        };
        let options = SqlOptions {
            kept: Kept::Columns(&kept),
            prediction: self.prediction,
            probability,
        };
        let sql = model.to_sql(dialect, place, options).or_fail()?;
        columns.push(self.prediction.to_owned());
        columns.extend(probability.map(str::to_owned));
        Ok((sql, columns))
    }

    /// Returns the query that counts categories which training did not have; `None` where there can be none.
    pub(super) fn unseen(&self, model: &FittedModel, dialect: &str) -> anyhow::Result<Option<UnseenQuery>> {
        let place = SqlTable {
            schema: self.table.schema.as_deref(),
            name: &self.table.name,
        };
        model.unseen_sql(dialect, place).or_fail()
    }

    /// Returns how the query's rows go into a table.
    pub(super) fn filling(
        &self,
        (sql, columns): (String, Vec<String>),
        into: &str,
        mode: &str,
    ) -> anyhow::Result<Filling> {
        Ok(Filling {
            table: named(into)?,
            mode: Mode::parse(mode).or_fail()?,
            sql,
            columns,
            checked: self.prediction.to_owned(),
            refused: REFUSED,
        })
    }

    /// Makes sure that each row has an answer.
    pub(super) fn check(&self, table: &DataFrame) -> anyhow::Result<()> {
        let refused = table
            .column(self.prediction)
            .map_or(0, polars::prelude::Column::null_count);
        if refused > 0 {
            return Err(DatabaseError::Rows(format!("{refused} {REFUSED}"))).or_fail();
        }
        Ok(())
    }
}
