//! The target column, which a classifier and a regressor learn to predict.

use ndarray::Array1;
use polars::prelude::{Column, DataFrame, DataType};

use super::column_type::{ColumnType, Family};
use super::error::ModelError;

/// Returns the target column.
pub(super) fn column<'a>(frame: &'a DataFrame, target: &str) -> Result<&'a Column, ModelError> {
    frame.column(target).map_err(|_| ModelError::MissingTarget {
        target: target.to_owned(),
        columns: frame
            .get_column_names_owned()
            .iter()
            .map(ToString::to_string)
            .collect(),
    })
}

/// Refuses a target with nulls.
pub(super) fn refuse_nulls(column: &Column, target: &str) -> Result<(), ModelError> {
    match column.null_count() {
        0 => Ok(()),
        count => Err(ModelError::NullTarget {
            target: target.to_owned(),
            count,
        }),
    }
}

/// Returns the target's type and its number in each row; nulls, text and what is not finite are refused.
pub(super) fn numbers(frame: &DataFrame, target: &str) -> Result<(ColumnType, Array1<f64>), ModelError> {
    let column = column(frame, target)?;
    let wrong_type = || ModelError::TargetIsNoNumber {
        target: target.to_owned(),
        found: column.dtype().to_string(),
    };
    let kind = ColumnType::of(column.dtype())
        .filter(|kind| kind.family() == Family::Number)
        .ok_or_else(wrong_type)?;
    refuse_nulls(column, target)?;
    let cast = column.strict_cast(&DataType::Float64).map_err(|_| wrong_type())?;
    let values: Array1<f64> = cast.f64().map_err(|_| wrong_type())?.iter().flatten().collect();
    match values.iter().find(|value| !value.is_finite()) {
        Some(example) => Err(ModelError::TargetNotFinite {
            target: target.to_owned(),
            example: *example,
        }),
        None => Ok((kind, values)),
    }
}
