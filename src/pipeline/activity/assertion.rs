//! [`Assertion`]: what has to hold of a dataset, and how that is found out.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::error::ActivityError;
use crate::frame::{Expression, Scalar};
use crate::pipeline::expression::{Scope, resolve};
use crate::pipeline::span::Span;
use crate::pipeline::text::Text;

/// What has to hold of a dataset.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Assertion {
    /// How many rows it has: numbers, or expressions.
    RowCount {
        /// At least.
        #[serde(default)]
        min: Option<Value>,
        /// At most.
        #[serde(default)]
        max: Option<Value>,
    },
    /// No value of these columns is null.
    NotNull(Vec<String>),
    /// No two rows have the same values in these columns; as in SQL, null is not the same as null.
    Unique(Vec<String>),
    /// All values of a column are between these, or null.
    Range {
        /// The column.
        column: String,
        /// At least.
        #[serde(default)]
        min: Option<Value>,
        /// At most.
        #[serde(default)]
        max: Option<Value>,
    },
    /// All values of a column are among these, or null.
    InSet {
        /// The column.
        column: String,
        /// The values.
        values: Vec<Value>,
    },
    /// It has the columns of its definition's schema, with their types.
    Schema,
    /// What is in it is not older than this: the file's time, or the largest value of a column of times.
    Freshness {
        /// How old at most.
        within: Span,
        /// The column, for a table.
        #[serde(default)]
        column: Option<String>,
    },
    /// A condition in SQL that holds for each row; one for which it is NULL does not keep it.
    Holds(Text),
}

impl Assertion {
    /// Returns the columns that it names.
    pub(super) fn columns(&self) -> Vec<&str> {
        match self {
            Self::NotNull(columns) | Self::Unique(columns) => columns.iter().map(String::as_str).collect(),
            Self::Range { column, .. } | Self::InSet { column, .. } => vec![column],
            Self::Freshness { column, .. } => column.iter().map(String::as_str).collect(),
            Self::RowCount { .. } | Self::Schema | Self::Holds(_) => Vec::new(),
        }
    }

    /// Returns its values that may be expressions, with their fields.
    pub(super) fn values(&self) -> Vec<(&'static str, &Value)> {
        match self {
            Self::RowCount { min, max } | Self::Range { min, max, .. } => {
                let min = min.iter().map(|value| ("min", value));
                min.chain(max.iter().map(|value| ("max", value))).collect()
            }
            Self::InSet { values, .. } => values.iter().map(|value| ("values", value)).collect(),
            _ => Vec::new(),
        }
    }

    /// Returns the condition in SQL of the rows that do not keep it; `None` for one that is not about single rows.
    ///
    /// # Errors
    ///
    /// An expression fails, or its value is none that a column can be compared with.
    pub(super) fn fault(&self, scope: &Scope) -> Result<Option<String>, ActivityError> {
        Ok(Some(match self {
            Self::NotNull(columns) => {
                let nulls = columns.iter().map(|column| format!("{} IS NULL", name(column)));
                either(nulls.collect())
            }
            Self::Range { column, min, max } => {
                let mut outside = Vec::new();
                for (bound, field, sign) in [(min, "min", "<"), (max, "max", ">")] {
                    if let Some(bound) = bound {
                        outside.push(format!(
                            "{} {sign} {}",
                            name(column),
                            literal(bound, field, scope)?
                        ));
                    }
                }
                either(outside)
            }
            Self::InSet { column, values } => {
                let values: Result<Vec<String>, ActivityError> = values
                    .iter()
                    .map(|value| literal(value, "values", scope))
                    .collect();
                let values = values?;
                if values.is_empty() {
                    format!("{} IS NOT NULL", name(column))
                } else {
                    format!("{} NOT IN ({})", name(column), values.join(", "))
                }
            }
            Self::Holds(condition) => format!("NOT coalesce(({}\n), false)", condition.render(scope)?),
            Self::RowCount { .. } | Self::Unique(_) | Self::Schema | Self::Freshness { .. } => {
                return Ok(None);
            }
        }))
    }
}

impl fmt::Display for Assertion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bounds = |min: &Option<Value>, max: &Option<Value>| match (min, max) {
            (Some(min), Some(max)) => format!("between {min} and {max}"),
            (Some(min), None) => format!("at least {min}"),
            (None, Some(max)) => format!("at most {max}"),
            (None, None) => "any".to_owned(),
        };
        match self {
            Self::RowCount { min, max } => write!(f, "the number of rows must be {}", bounds(min, max)),
            Self::NotNull(columns) => write!(f, "{} must not be null", columns.join(", ")),
            Self::Unique(columns) => write!(f, "{} must be unique", columns.join(", ")),
            Self::Range { column, min, max } => write!(f, "{column} must be {}", bounds(min, max)),
            Self::InSet { column, values } => {
                let values: Vec<String> = values.iter().map(Value::to_string).collect();
                write!(f, "{column} must be one of {}", values.join(", "))
            }
            Self::Schema => f.write_str("it must have the columns of its schema"),
            Self::Freshness { within, column } => {
                let what = column.as_deref().unwrap_or("it");
                write!(f, "{what} must not be older than {within}")
            }
            Self::Holds(condition) => write!(f, "{condition} must hold"),
        }
    }
}

/// Reads a number of rows.
///
/// # Errors
///
/// The expression fails, or its value is no such number.
pub(super) fn count(value: &Value, field: &str, scope: &Scope) -> Result<u64, ActivityError> {
    let value = resolve(value, scope)?;
    let number = value.as_u64().or_else(|| value.as_str()?.trim().parse().ok());
    number.ok_or_else(|| ActivityError::Value {
        field: field.to_owned(),
        found: value.to_string(),
        expected: "a number of rows",
    })
}

/// Writes a value as SQL does.
fn literal(value: &Value, field: &str, scope: &Scope) -> Result<String, ActivityError> {
    let value = resolve(value, scope)?;
    let refused = || ActivityError::Value {
        field: field.to_owned(),
        found: value.to_string(),
        expected: "a number, a text, true or false",
    };
    let scalar = match &value {
        Value::Bool(flag) => Scalar::Bool(*flag),
        Value::String(text) => Scalar::String(text.clone()),
        Value::Number(number) => match (number.as_i128(), number.as_f64()) {
            (Some(whole), _) => Scalar::Int(whole),
            (None, Some(float)) => Scalar::Float(float),
            (None, None) => return Err(refused()),
        },
        Value::Null | Value::Array(_) | Value::Object(_) => return Err(refused()),
    };
    let written = Expression::lit(&scalar).map_err(ActivityError::of)?;
    Ok(written.sql())
}

/// Writes the name of a column as SQL does.
pub(super) fn name(column: &str) -> String {
    Expression::col(column).sql()
}

fn either(conditions: Vec<String>) -> String {
    if conditions.is_empty() {
        "false".to_owned()
    } else {
        conditions.join(" OR ")
    }
}
