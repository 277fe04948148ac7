//! A formula as a query of a database, which scores where the rows are.
//!
//! Owns the text, one query for each floor of the formula; runs nothing. The databases differ in `dialect.rs`, features that
//! are SQL themselves are translated in `feature.rs`. What would mean something else there is refused by name.

mod answer;
mod call;
mod dialect;
mod error;
mod feature;
mod floors;
mod input;
mod predicate;
mod score;
mod target;
#[cfg(test)]
mod tests;
mod text;
pub(super) mod unseen;

use std::collections::HashSet;

use polars::prelude::{DataType, Schema};

pub use self::error::ToSqlError;

use self::answer::Own;
use self::dialect::{Dialect, Engine};
use self::floors::{Column, Floor, Floors};
use self::input::Written;
use super::{Answer, Formula, Input};
use crate::model::error::ModelError;
use crate::model::fitted_model::{FittedModel, PROBABILITY};

/// A table of a database.
#[derive(Debug, Clone, Copy)]
pub struct SqlTable<'a> {
    /// Its schema, where it is said.
    pub schema: Option<&'a str>,
    /// Its name.
    pub name: &'a str,
}

/// Which columns of a table stand beside the prediction.
#[derive(Debug, Clone, Copy)]
pub enum Kept<'a> {
    /// These, in this order; none is fine, too.
    Columns(&'a [&'a str]),
    /// All, by `*`. `sqlite`, `mysql` and `spark` need their names.
    All,
}

/// What a query that scores gives.
#[derive(Debug, Clone, Copy)]
pub struct SqlOptions<'a> {
    /// The columns of the table.
    pub kept: Kept<'a>,
    /// The name of the column of predictions.
    pub prediction: &'a str,
    /// The name of the column of probabilities, of a classifier; [`PROBABILITY`] unless it is given.
    pub probability: Option<&'a str>,
}

impl FittedModel {
    /// Writes one query that gives what [`predict`](Self::predict) gives, for a table in a database of this dialect.
    ///
    /// Dialects are `sqlite`, `postgresql`, `mysql`, `tsql`, `spark` and `duckdb`. The query has the columns that are kept,
    /// the prediction in the target's type and, of a classifier, the probability of the later of two classes or of the
    /// predicted one of several. It computes in doubles and in the same order, so that probabilities differ in the last
    /// digits at most.
    ///
    /// Where `predict` is an error for a row, the query has NULL for it, and goes on: a value that no step fills, a category
    /// that has to be known, a number that is infinite or NaN. What an SQL feature cannot compute (a division by zero, a sum
    /// that does not fit) is the database's own affair: an error, or NULL, which a step may fill.
    ///
    /// The table's columns are taken to have the types that they had in training. SQLite needs its mathematical functions
    /// (`SQLITE_ENABLE_MATH_FUNCTIONS`) for a classifier.
    ///
    /// # Errors
    ///
    /// A dialect that does not exist, a model that is not linear, names that are taken, and features that have no translation.
    pub fn to_sql(
        &self,
        dialect: &str,
        table: SqlTable<'_>,
        options: SqlOptions<'_>,
    ) -> Result<String, ModelError> {
        let dialect = Dialect::named(dialect)?;
        let formula = self.formula().ok_or(ModelError::NotLinear {
            what: "`to_sql`",
            estimator: self.estimator().name(),
        })?;
        let schema = self.column_types();
        let columns = match options.kept {
            Kept::Columns(columns) => columns,
            Kept::All => &[],
        };
        self.check_names(columns, options)?;
        let query = Query {
            formula: &formula,
            schema: &schema,
            dialect,
        };
        query.written(table, columns, options)
    }

    /// Returns the columns that the model reads, as they were in training.
    fn column_types(&self) -> Schema {
        let columns = self.recipe().columns().iter();
        columns
            .map(|(name, kind)| (name.as_str().into(), kind.data_type()))
            .collect()
    }

    fn check_names(&self, columns: &[&str], options: SqlOptions<'_>) -> Result<(), ModelError> {
        let mut seen = HashSet::new();
        if let Some(twice) = columns.iter().find(|column| !seen.insert(**column)) {
            let column = (*twice).to_owned();
            return Err(ToSqlError::Twice { column }.into());
        }
        let kept: Schema = columns
            .iter()
            .map(|column| ((*column).into(), DataType::Null))
            .collect();
        self.prediction_names(options.prediction, options.probability, &kept)?;
        Ok(())
    }
}

/// A formula on its way to a text.
struct Query<'a> {
    formula: &'a Formula,
    /// The columns that it reads, as they were in training.
    schema: &'a Schema,
    dialect: &'static Dialect,
}

impl Query<'_> {
    fn written(
        &self,
        table: SqlTable<'_>,
        columns: &[&str],
        options: SqlOptions<'_>,
    ) -> Result<String, ModelError> {
        let dialect = self.dialect;
        let lateral = lateral(dialect);
        if matches!(options.kept, Kept::All) && lateral.is_none() {
            return Err(ToSqlError::AllColumns { title: dialect.title }.into());
        }
        let mark = mark(columns, table);
        let kept = columns
            .iter()
            .map(|column| Ok(Column::plain(&dialect.name(column)?)));
        let kept: Vec<Column> = kept.collect::<Result<_, ToSqlError>>()?;
        let own = Own {
            mark: &mark,
            kept: &kept,
        };
        let mut floors = self.inputs_and_scores(&own)?;
        let probability = options.probability.unwrap_or(PROBABILITY);
        let names = [dialect.name(options.prediction)?, dialect.name(probability)?];
        let answers = self.answer(&own, &mut floors)?;
        let answers: Vec<Column> = answers
            .into_iter()
            .zip(&names)
            .map(|(lines, name)| Column::of_lines(lines, name))
            .collect();
        let given = names.get(..answers.len()).unwrap_or_default().to_vec();
        let floors = Floors {
            table: self.table(table)?,
            below: floors,
            answer: kept.iter().cloned().chain(answers).collect(),
        };
        Ok(match (options.kept, lateral) {
            (Kept::All, Some(lateral)) => floors.beside(lateral, &given),
            _ if dialect.nests => floors.nested(),
            _ => floors.named(),
        })
    }

    fn table(&self, table: SqlTable<'_>) -> Result<String, ToSqlError> {
        let name = self.dialect.name(table.name)?;
        Ok(match table.schema {
            Some(schema) => format!("{}.{name}", self.dialect.name(schema)?),
            None => name,
        })
    }

    /// Writes the first two floors: a column for each input, then one for each score.
    fn inputs_and_scores(&self, own: &Own<'_>) -> Result<Vec<Floor>, ModelError> {
        let mut inputs: Vec<(&Input, Written)> = Vec::new();
        for (place, input) in self.formula.inputs.iter().enumerate() {
            let written = Written::new(input, place, own.mark, self.schema, self.dialect)?;
            inputs.push((input, written));
        }
        let columns = inputs
            .iter()
            .map(|(_, written)| Column::new(written.expression.clone(), &written.name));
        let first = own.floor("inputs", columns);
        let mut scores = Vec::new();
        let is_one = self.formula.scores.len() == 1;
        for (place, score) in self.formula.scores.iter().enumerate() {
            let name = if is_one {
                "z".to_owned()
            } else {
                format!("z{place}")
            };
            scores.push(Column::of_lines(
                score.lines(&inputs, self.dialect)?,
                &own.name(&name),
            ));
        }
        Ok(vec![first, own.floor("scores", scores)])
    }

    /// Writes the prediction and, of a classifier, the probability, each in lines.
    fn answer(&self, own: &Own<'_>, floors: &mut Vec<Floor>) -> Result<Vec<Vec<String>>, ModelError> {
        let dialect = self.dialect;
        Ok(match (&self.formula.answer, self.formula.scores.len()) {
            (Answer::Number, _) => vec![vec![answer::number(&own.name("z"), dialect)]],
            (Answer::Class { classes, kind }, 1) => match classes.as_slice() {
                [earlier, later] => answer::of_two([earlier, later], *kind, own, floors, dialect)?.into(),
                _ => Vec::new(),
            },
            (Answer::Class { classes, kind }, _) => {
                answer::of_several(classes, *kind, own, floors, dialect)?.into()
            }
        })
    }
}

/// Returns what joins a row with a query that reads it, where there is that.
fn lateral(dialect: &Dialect) -> Option<&'static str> {
    match dialect.engine {
        Engine::Postgresql | Engine::Duckdb => Some("CROSS JOIN LATERAL"),
        Engine::Tsql => Some("CROSS APPLY"),
        // MySQL has it, MariaDB does not; of those that speak Spark's dialect, not all take what it reads through several queries.
        Engine::Sqlite | Engine::Mysql | Engine::Spark => None,
    }
}

/// Finds what the query's own names begin with, so that none is that of the table or of a column that is kept.
fn mark(columns: &[&str], table: SqlTable<'_>) -> String {
    const FLOORS: &[&str] = &["inputs", "scores", "odds", "highest", "powers", "totals"];
    let is_own = |name: &str| {
        let letter = name.chars().next();
        let rest = name.get(1..).unwrap_or_default();
        let is_lettered = letter.is_some_and(|letter| "fzeh".contains(letter))
            && rest.chars().next().is_none_or(|next| next.is_ascii_digit());
        is_lettered || name == "total" || FLOORS.contains(&name)
    };
    let taken = columns
        .iter()
        .chain([&table.name])
        .map(|name| name.to_lowercase());
    let taken: Vec<String> = taken.collect();
    let mut mark = String::new();
    while taken
        .iter()
        .any(|name| name.strip_prefix(mark.as_str()).is_some_and(is_own))
    {
        mark.push('_');
    }
    mark
}
