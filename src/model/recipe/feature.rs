//! Turning a feature's SQL text into a column.

use std::collections::BTreeMap;

use polars::prelude::{Column, DataFrame, IntoLazy, PolarsError};
use serde::{Deserialize, Serialize};

use crate::frame::{Expression, FrameError};
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

    /// Returns the column that it is, where it is one.
    pub(crate) fn column(&self) -> Option<&str> {
        match self {
            Self::Column(name) => Some(name),
            Self::Sql(_) => None,
        }
    }

    /// Reads SQL text; `None` for a column.
    pub(crate) fn expression(&self, feature: &str) -> Result<Option<Expression>, ModelError> {
        let Self::Sql(text) = self else {
            return Ok(None);
        };
        let expression = Expression::parse(text)?;
        if expression.size() > MAX_NODES {
            return Err(ModelError::LongFeature {
                feature: feature.to_owned(),
                limit: MAX_NODES,
            });
        }
        let reason = if expression.is_all_columns() {
            "it gives several columns"
        } else if expression.reads_other_rows().is_some() {
            "it reads rows other than its own"
        } else {
            return Ok(Some(expression));
        };
        Err(ModelError::Expression {
            feature: feature.to_owned(),
            reason: reason.to_owned(),
        })
    }

    /// Returns the columns it reads, sorted.
    pub(crate) fn roots(&self, feature: &str) -> Result<Vec<String>, ModelError> {
        let mut roots = match (self, self.expression(feature)?) {
            (Self::Column(name), _) => vec![name.clone()],
            (_, Some(expression)) => expression.names(),
            (_, None) => Vec::new(),
        };
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
        let expression = match (self, self.expression(feature)?) {
            (_, Some(expression)) => expression.over(frame.schema(), "features")?.0.alias(feature),
            (Self::Column(name) | Self::Sql(name), None) => {
                return frame
                    .column(name)
                    .cloned()
                    .map_err(|error| failed(error.to_string()));
            }
        };
        let made = frame
            .clone()
            .lazy()
            .select([expression])
            .collect()
            .map_err(|error| not_computed(feature, &error))?;
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

/// Says why a value of a feature could not be computed.
fn not_computed(feature: &str, error: &PolarsError) -> ModelError {
    let feature = feature.to_owned();
    match FrameError::from_polars(error, "", &[]) {
        FrameError::Value { message, instead, .. } => ModelError::FeatureValue {
            feature,
            message,
            instead,
        },
        FrameError::Refused { message: reason, .. } => ModelError::Expression { feature, reason },
        other => ModelError::Expression {
            feature,
            reason: other.to_string(),
        },
    }
}

/// Finds a column as SQL does: by its very name, or else by that in letters of another size.
fn column_named(frame: &DataFrame, name: &str) -> Option<String> {
    let names = frame.get_column_names();
    let exact = names.iter().find(|column| column.as_str() == name);
    let near = || {
        names
            .iter()
            .find(|column| column.to_lowercase() == name.to_lowercase())
    };
    exact.or_else(near).map(ToString::to_string)
}

/// Returns the columns that `sources` read, with their types.
pub(crate) fn columns_read(
    frame: &DataFrame,
    sources: &[(String, Source)],
) -> Result<BTreeMap<String, ColumnType>, ModelError> {
    let mut types = BTreeMap::new();
    for (feature, source) in sources {
        for named in source.roots(feature)? {
            let root = column_named(frame, &named).unwrap_or(named);
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
