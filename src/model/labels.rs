//! A target column as classes, and classes as a column.

use std::collections::BTreeMap;

use polars::prelude::{Column, DataFrame, DataType, IntoColumn, NamedFrom, Series};

use super::class::{Class, MAX_CLASSES};
use super::column_type::{ColumnType, Family};
use super::design::Labels;
use super::error::ModelError;
use super::target::{column, refuse_nulls};

/// Returns the target's type and its value in each row; nulls, dates and amounts are refused.
pub(crate) fn labels(frame: &DataFrame, target: &str) -> Result<(ColumnType, Vec<Class>), ModelError> {
    let column = column(frame, target)?;
    let wrong_type = || ModelError::TargetType {
        target: target.to_owned(),
        found: column.dtype().to_string(),
    };
    let kind = ColumnType::of(column.dtype()).ok_or_else(wrong_type)?;
    refuse_nulls(column, target)?;
    let cast = |to: &DataType| column.strict_cast(to).map_err(|_| wrong_type());
    let values = match kind.family() {
        Family::Boolean => {
            let column = cast(&DataType::Boolean)?;
            let values = column.bool().map_err(|_| wrong_type())?;
            values.iter().flatten().map(Class::Boolean).collect()
        }
        Family::Text => {
            let column = cast(&DataType::String)?;
            let values = column.str().map_err(|_| wrong_type())?;
            values
                .iter()
                .flatten()
                .map(|text| Class::Text(text.to_owned()))
                .collect()
        }
        Family::Number if kind.is_float() => {
            let column = cast(&DataType::Float64)?;
            let values = column.f64().map_err(|_| wrong_type())?;
            if let Some(example) = values
                .iter()
                .flatten()
                .find(|v| v.fract() != 0.0 || !v.is_finite())
            {
                return Err(ModelError::ContinuousTarget {
                    target: target.to_owned(),
                    example,
                });
            }
            // `+ 0.0` makes a negative zero positive, so that there is one class for both.
            values
                .iter()
                .flatten()
                .map(|value| Class::Float(value + 0.0))
                .collect()
        }
        Family::Number => {
            let column = cast(&DataType::Int64)?;
            let values = column.i64().map_err(|_| wrong_type())?;
            values.iter().flatten().map(Class::Integer).collect()
        }
    };
    Ok((kind, values))
}

/// Returns the sorted classes among `labels`, and the class of each row as an index into them.
pub(crate) fn encode(target: &str, labels: &[Class]) -> Result<Labels, ModelError> {
    let mut index: BTreeMap<&Class, usize> = BTreeMap::new();
    for label in labels {
        index.entry(label).or_default();
    }
    if index.len() > MAX_CLASSES {
        return Err(ModelError::TooManyClasses {
            target: target.to_owned(),
            count: index.len(),
            limit: MAX_CLASSES,
        });
    }
    for (position, place) in index.values_mut().enumerate() {
        *place = position;
    }
    let classes: Vec<Class> = index.keys().map(|class| (*class).clone()).collect();
    match classes.as_slice() {
        [] => Err(ModelError::NoRows),
        [only] => Err(ModelError::OneClass {
            target: target.to_owned(),
            class: only.clone(),
            rows: labels.len(),
        }),
        _ => {
            let rows = labels
                .iter()
                .filter_map(|label| index.get(label).copied())
                .collect();
            Ok(Labels { rows, classes })
        }
    }
}

/// Returns a column named `name` of the target's type, from indices into `classes`.
pub(crate) fn decode(
    name: &str,
    classes: &[Class],
    kind: ColumnType,
    rows: &[usize],
) -> Result<Column, ModelError> {
    let picked = || rows.iter().map(|&row| classes.get(row));
    let series = match kind.family() {
        Family::Boolean => {
            let values: Vec<Option<bool>> = picked()
                .map(|class| {
                    if let Some(Class::Boolean(value)) = class {
                        Some(*value)
                    } else {
                        None
                    }
                })
                .collect();
            Series::new(name.into(), values)
        }
        Family::Text => {
            let values: Vec<Option<&str>> = picked()
                .map(|class| {
                    if let Some(Class::Text(value)) = class {
                        Some(value.as_str())
                    } else {
                        None
                    }
                })
                .collect();
            Series::new(name.into(), values)
        }
        Family::Number if kind.is_float() => {
            let values: Vec<Option<f64>> = picked()
                .map(|class| match class {
                    Some(Class::Float(value)) => Some(*value),
                    Some(Class::Integer(value)) => Some(*value as f64),
                    _ => None,
                })
                .collect();
            Series::new(name.into(), values)
        }
        Family::Number => {
            let values: Vec<Option<i64>> = picked()
                .map(|class| {
                    if let Some(Class::Integer(value)) = class {
                        Some(*value)
                    } else {
                        None
                    }
                })
                .collect();
            Series::new(name.into(), values)
        }
    };
    let series = series.cast(&kind.data_type()).map_err(ModelError::frame)?;
    Ok(series.into_column())
}
