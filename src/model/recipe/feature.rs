//! Turning a feature's SQL text into a column.

use std::collections::BTreeMap;

use polars::prelude::{Column, DataFrame, Expr, IntoLazy, col};
use serde::{Deserialize, Serialize};

use crate::frame::Expression;
use crate::model::column_type::ColumnType;
use crate::model::error::{ColumnCount, ModelError};

/// The most columns, values and operators in a feature: what evaluates it walks it recursively.
const MAX_NODES: usize = 250;

/// One feature: a column, or an expression over columns of its own row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Source {
    /// A column, by name.
    Column(String),
    /// SQL text.
    Sql(String),
}

impl Source {
    /// Decides what a feature is: a column of that name wins over SQL text that reads the same.
    pub(crate) fn resolve(feature: &str, frame: &DataFrame) -> Result<Self, ModelError> {
        if frame.column(feature).is_ok() {
            return Ok(Self::Column(feature.to_owned()));
        }
        let source = Self::Sql(feature.to_owned());
        source.roots(feature)?;
        Ok(source)
    }

    fn expression(&self, feature: &str) -> Result<Expr, ModelError> {
        let text = match self {
            Self::Column(name) => return Ok(col(name.as_str())),
            Self::Sql(text) => text,
        };
        let expression = Expression::parse(text)?.expr();
        if (&expression).into_iter().nth(MAX_NODES).is_some() {
            return Err(ModelError::LongFeature {
                feature: feature.to_owned(),
                limit: MAX_NODES,
            });
        }
        for node in &expression {
            let reason = match node {
                Expr::Agg(_) | Expr::Over { .. } | Expr::Len => "it reads rows other than its own",
                Expr::Selector(_) => "it gives several columns",
                _ => continue,
            };
            return Err(ModelError::Expression {
                feature: feature.to_owned(),
                reason: reason.to_owned(),
            });
        }
        Ok(expression)
    }

    /// Returns the columns it reads, sorted.
    pub(crate) fn roots(&self, feature: &str) -> Result<Vec<String>, ModelError> {
        let expression = self.expression(feature)?;
        let mut roots: Vec<String> = expression
            .into_iter()
            .filter_map(|node| {
                if let Expr::Column(name) = node {
                    Some(name.to_string())
                } else {
                    None
                }
            })
            .collect();
        roots.sort();
        roots.dedup();
        Ok(roots)
    }

    /// Returns the feature's value in each row.
    pub(crate) fn read(&self, feature: &str, frame: &DataFrame) -> Result<Column, ModelError> {
        let failed = |reason: String| ModelError::Expression {
            feature: feature.to_owned(),
            reason,
        };
        if let Self::Column(name) = self {
            return frame
                .column(name)
                .cloned()
                .map_err(|error| failed(error.to_string()));
        }
        let expression = self.expression(feature)?.alias(feature);
        let made = frame
            .clone()
            .lazy()
            .select([expression])
            .collect()
            .map_err(|e| failed(e.to_string()))?;
        let column = made.column(feature).map_err(|error| failed(error.to_string()))?;
        if column.len() != frame.height() {
            return Err(failed(format!(
                "it gives {} values for {} rows",
                column.len(),
                frame.height()
            )));
        }
        Ok(column.clone())
    }
}

/// Returns the columns that `sources` read, with their types.
pub(crate) fn columns_read(
    frame: &DataFrame,
    sources: &[(String, Source)],
) -> Result<BTreeMap<String, ColumnType>, ModelError> {
    let mut types = BTreeMap::new();
    for (feature, source) in sources {
        for root in source.roots(feature)? {
            let column = frame.column(&root).map_err(|_| ModelError::UnknownColumn {
                feature: feature.clone(),
                column: root.clone(),
                columns: frame
                    .get_column_names_owned()
                    .iter()
                    .map(ToString::to_string)
                    .collect(),
            })?;
            // A date inside an expression is fine (`year(born)`); what comes out has to be a number or text.
            match (ColumnType::of(column.dtype()), source) {
                (Some(kind), _) => {
                    types.insert(root, kind);
                }
                (None, Source::Sql(_)) => {}
                (None, Source::Column(_)) => {
                    return Err(ModelError::FeatureType {
                        feature: feature.clone(),
                        found: column.dtype().to_string(),
                    });
                }
            }
        }
    }
    Ok(types)
}

/// Pairs a column with a count.
pub(crate) fn counted(column: &str, count: usize) -> ColumnCount {
    ColumnCount {
        column: column.to_owned(),
        count,
    }
}
