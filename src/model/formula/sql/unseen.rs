//! [`UnseenQuery`]: a query that counts the rows of a table with categories that training did not have.
//!
//! It reads the table once, for all features together.

use std::collections::BTreeMap;

use polars::prelude::{AnyValue, DataFrame};

use super::floors::{Column, Floor, Floors};
use super::input::{Compared, Written};
use super::{Dialect, Query, SqlTable, mark};
use crate::model::error::ModelError;
use crate::model::fitted_model::FittedModel;
use crate::model::recipe::category;
use crate::model::unseen::Unseen;

/// A query of the rows with categories that training did not have, and what its columns are.
#[derive(Debug, Clone)]
pub struct UnseenQuery {
    /// The query: a column for each feature, and how many rows have them.
    pub sql: String,
    /// The features, each with what its categories are.
    features: Vec<(String, Compared)>,
}

impl FittedModel {
    /// Writes the query for a table in a database of this dialect; `None` where no feature takes categories that it does not know.
    ///
    /// # Errors
    ///
    /// Those of [`to_sql`](Self::to_sql).
    pub fn unseen_sql(&self, dialect: &str, table: SqlTable<'_>) -> Result<Option<UnseenQuery>, ModelError> {
        let dialect = Dialect::named(dialect)?;
        let Some(formula) = self.formula() else {
            return Ok(None);
        };
        let schema = self.column_types();
        let query = Query {
            formula: &formula,
            schema: &schema,
            dialect,
        };
        query.unseen(table)
    }
}

impl Query<'_> {
    pub(super) fn unseen(&self, table: SqlTable<'_>) -> Result<Option<UnseenQuery>, ModelError> {
        let dialect = self.dialect;
        let mark = mark(&[], table);
        let (mut values, mut unknown, mut names) = (Vec::new(), Vec::new(), Vec::new());
        let mut features = Vec::new();
        for (place, input) in self.formula.inputs.iter().enumerate() {
            let Some(categories) = input.categories().filter(|categories| !categories.is_strict) else {
                continue;
            };
            let written = Written::new(input, place, &mark, self.schema, dialect)?;
            let mut known = Vec::new();
            for name in &categories.names {
                known.extend(written.is(name, dialect)?);
            }
            let mut conditions: Vec<String> = written.is_value(dialect).into_iter().collect();
            if !known.is_empty() {
                conditions.push(format!("NOT ({})", known.join(" OR ")));
            }
            let value = &written.name;
            let condition = if conditions.is_empty() {
                "1 = 1".to_owned()
            } else {
                conditions.join(" AND ")
            };
            let name = dialect.name(&format!("{mark}u{place}"))?;
            values.push(Column::new(written.expression.clone(), value));
            unknown.push(Column::new(
                format!("CASE WHEN {condition} THEN {value} END"),
                &name,
            ));
            names.push(name);
            features.push((input.name.clone(), written.compared));
        }
        if names.is_empty() {
            return Ok(None);
        }
        let count = dialect.name(&format!("{mark}n"))?;
        let counted = Column::new("COUNT(*)".to_owned(), &count);
        let floors = Floors {
            table: self.table(table)?,
            below: vec![
                Floor {
                    name: format!("{mark}inputs"),
                    columns: values,
                },
                Floor {
                    name: format!("{mark}seen"),
                    columns: unknown,
                },
            ],
            answer: names
                .iter()
                .map(|name| Column::plain(name))
                .chain([counted])
                .collect(),
        };
        let text = if dialect.nests {
            floors.nested()
        } else {
            floors.named()
        };
        let any: Vec<String> = names.iter().map(|name| format!("{name} IS NOT NULL")).collect();
        let sql = format!(
            "{text}\nWHERE {}\nGROUP BY {}",
            any.join(" OR "),
            names.join(", ")
        );
        Ok(Some(UnseenQuery { sql, features }))
    }
}

impl UnseenQuery {
    /// Adds up what the query has given: the rows of each feature with categories that training did not have.
    pub fn read(&self, rows: &DataFrame) -> Vec<Unseen> {
        let columns = rows.columns();
        let counts = columns.get(self.features.len());
        let features = self.features.iter().zip(columns);
        let found = features.map(|((feature, compared), column)| {
            let mut found: BTreeMap<String, usize> = BTreeMap::new();
            for row in 0..rows.height() {
                let value = match (column.get(row), compared) {
                    (Ok(AnyValue::String(text)), _) => text.to_owned(),
                    (Ok(AnyValue::StringOwned(text)), _) => text.to_string(),
                    // MySQL compares texts by their bytes.
                    (Ok(AnyValue::Binary(bytes)), _) => String::from_utf8_lossy(bytes).into_owned(),
                    (Ok(AnyValue::BinaryOwned(bytes)), _) => String::from_utf8_lossy(&bytes).into_owned(),
                    (Ok(value), Compared::Number { flags }) => match value.extract::<f64>() {
                        Some(number) => category(number, *flags),
                        None => continue,
                    },
                    _ => continue,
                };
                let count = counts.and_then(|counts| counts.get(row).ok()?.extract::<usize>());
                *found.entry(value).or_default() += count.unwrap_or(0);
            }
            Unseen {
                feature: feature.clone(),
                counts: found,
            }
        });
        found.filter(|unseen| !unseen.counts.is_empty()).collect()
    }
}
