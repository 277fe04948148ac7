//! A feature's values on their way to the design matrix.

use std::borrow::Cow;

use polars::prelude::{Column, DataType, StringChunked};

use crate::model::column_type::{ColumnType, Family};
use crate::model::error::ModelError;

/// A feature's values on their way to the design matrix.
#[derive(Debug, Clone)]
pub(crate) enum Values {
    /// Numbers, and booleans as 0 and 1.
    Numbers { values: Vec<Option<f64>>, flags: bool },
    /// Text.
    Text(StringChunked),
    /// Finished terms: what follows the feature's name, and the numbers.
    Terms(Vec<(String, Vec<f64>)>),
}

impl Values {
    /// Reads a column; an all-null column of no type is read as `expected`.
    pub(crate) fn read(feature: &str, column: &Column, expected: Option<Family>) -> Result<Self, ModelError> {
        let unsupported = || ModelError::FeatureType {
            feature: feature.to_owned(),
            found: column.dtype().to_string(),
        };
        let family = match (ColumnType::of(column.dtype()), column.dtype(), expected) {
            (Some(kind), _, _) => kind.family(),
            (None, DataType::Null, Some(family)) => family,
            (None, DataType::Null, None) => Family::Number,
            _ => return Err(unsupported()),
        };
        if family == Family::Text {
            let column = column.cast(&DataType::String).map_err(|_| unsupported())?;
            return Ok(Self::Text(column.str().map_err(|_| unsupported())?.clone()));
        }
        let column = column.cast(&DataType::Float64).map_err(|_| unsupported())?;
        let values = column.f64().map_err(|_| unsupported())?.iter().collect();
        Ok(Self::Numbers {
            values,
            flags: family == Family::Boolean,
        })
    }

    /// Counts nulls.
    pub(crate) fn nulls(&self) -> usize {
        match self {
            Self::Numbers { values, .. } => values.iter().filter(|value| value.is_none()).count(),
            Self::Text(values) => values.null_count(),
            Self::Terms(_) => 0,
        }
    }

    /// Counts numbers that are infinite or not a number.
    pub(crate) fn not_finite(&self) -> usize {
        match self {
            Self::Numbers { values, .. } => {
                values.iter().flatten().filter(|value| !value.is_finite()).count()
            }
            Self::Text(_) => 0,
            Self::Terms(terms) => terms
                .iter()
                .flat_map(|(_, v)| v)
                .filter(|v| !v.is_finite())
                .count(),
        }
    }

    /// Counts rows.
    pub(crate) fn rows(&self) -> usize {
        match self {
            Self::Numbers { values, .. } => values.len(),
            Self::Text(values) => values.len(),
            Self::Terms(terms) => terms.first().map_or(0, |(_, values)| values.len()),
        }
    }

    /// Returns the numbers, or an error that names the step that needs them.
    pub(crate) fn numbers(&self, feature: &str, step: &'static str) -> Result<&[Option<f64>], ModelError> {
        match self {
            Self::Numbers { values, .. } => Ok(values),
            Self::Text(_) => Err(ModelError::StepNeedsNumbers {
                step,
                feature: feature.to_owned(),
                found: "text",
            }),
            Self::Terms(_) => Err(ModelError::StepNeedsNumbers {
                step,
                feature: feature.to_owned(),
                found: "the terms of one_hot",
            }),
        }
    }

    /// Changes every number.
    pub(crate) fn map(
        self,
        feature: &str,
        step: &'static str,
        change: impl Fn(f64) -> f64,
    ) -> Result<Self, ModelError> {
        let numbers = self.numbers(feature, step)?;
        let values = numbers.iter().map(|value| value.map(&change)).collect();
        Ok(Self::Numbers { values, flags: false })
    }

    /// Returns each row's category as text.
    pub(crate) fn categories(&self) -> Box<dyn Iterator<Item = Option<Cow<'_, str>>> + '_> {
        match self {
            Self::Numbers { values, flags } => {
                let flags = *flags;
                Box::new(
                    values
                        .iter()
                        .map(move |value| value.map(|v| Cow::Owned(category(v, flags)))),
                )
            }
            Self::Text(values) => Box::new(values.iter().map(|value| value.map(Cow::Borrowed))),
            Self::Terms(_) => Box::new(std::iter::empty()),
        }
    }
}

/// Returns a number's name as a category: `3` for a whole one, `true` and `false` for a boolean.
pub(crate) fn category(value: f64, flag: bool) -> String {
    if flag {
        (value != 0.0).to_string()
    } else {
        (value + 0.0).to_string()
    }
}
