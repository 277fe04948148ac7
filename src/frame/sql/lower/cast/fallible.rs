//! Conversions of values that may not fit: an error, or NULL where that is asked for.

use polars::prelude::*;

use crate::frame::sql::functions::kernels::failed;
use crate::frame::sql::types;

/// Says that a value cannot become a type.
pub(super) fn refused(value: &str, to: &DataType) -> PolarsError {
    let dtype = types::sql_name(to);
    failed(
        &format!("`{value}` cannot be cast to {dtype}"),
        &format!("try_cast(… AS {dtype}) gives NULL there"),
    )
}

/// Converts each value; what does not fit is NULL where that is asked for.
pub(super) fn each<T, R>(
    values: impl Iterator<Item = Option<T>>,
    to: &DataType,
    tries: bool,
    convert: impl Fn(&T) -> Option<R>,
    shown: impl Fn(&T) -> String,
) -> PolarsResult<Vec<Option<R>>> {
    values
        .map(|value| match value {
            None => Ok(None),
            Some(value) => match convert(&value) {
                Some(converted) => Ok(Some(converted)),
                None if tries => Ok(None),
                None => Err(refused(&shown(&value), to)),
            },
        })
        .collect()
}

/// Makes whole numbers narrower.
pub(super) fn narrowed(series: &Series, to: &DataType, tries: bool) -> PolarsResult<Series> {
    let narrow = series.cast(to)?;
    if tries || narrow.null_count() == series.null_count() {
        return Ok(narrow);
    }
    let at = narrow
        .is_null()
        .iter()
        .zip(series.is_null().iter())
        .position(|(now, before)| now != before);
    let value = at
        .and_then(|at| series.get(at).ok())
        .map_or_else(String::new, |value| value.to_string());
    Err(refused(&value, to))
}
