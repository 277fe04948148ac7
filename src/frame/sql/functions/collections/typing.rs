//! The types of the results of functions of arrays.

use polars::prelude::DataType;

use crate::frame::sql::types;

/// Returns the type of elements; that of NULL is NULL.
pub(super) fn element(dtype: &DataType) -> DataType {
    match dtype {
        DataType::List(inner) => (**inner).clone(),
        _ => DataType::Null,
    }
}

/// Returns the common type of elements.
pub(super) fn common(one: &DataType, other: &DataType) -> Result<DataType, String> {
    types::common(one, other).ok_or_else(|| {
        format!(
            "elements and values of one type, not {} and {}",
            types::sql_name(one),
            types::sql_name(other)
        )
    })
}

pub(super) type Typed = Result<DataType, String>;

pub(super) fn list(element: DataType) -> DataType {
    DataType::List(Box::new(element))
}

pub(super) fn at(dtypes: &[DataType], index: usize) -> DataType {
    dtypes.get(index).cloned().unwrap_or(DataType::Null)
}

/// An array of what the first argument has and what the argument at `VALUE` is.
pub(super) fn with_value<const VALUE: usize>(dtypes: &[DataType]) -> Typed {
    Ok(list(common(&element(&at(dtypes, 0)), &at(dtypes, VALUE))?))
}

pub(super) fn fits(dtypes: &[DataType]) -> Result<(), String> {
    if at(dtypes, 0) == DataType::Null {
        return Err("an array".to_owned());
    }
    common(&element(&at(dtypes, 0)), &at(dtypes, 1)).map(drop)
}

pub(super) fn of_arrays(dtypes: &[DataType]) -> Typed {
    let mut all = DataType::Null;
    for dtype in dtypes {
        if !types::is_array(dtype) && *dtype != DataType::Null {
            return Err(format!("arrays, not {}", types::sql_name(dtype)));
        }
        all = common(&all, &element(dtype))?;
    }
    Ok(list(all))
}

/// The type of `array[index]`, `map[key]`.
pub(super) fn picked(dtypes: &[DataType]) -> Typed {
    let (from, index) = (at(dtypes, 0), at(dtypes, 1));
    if let Some((key, value)) = types::as_map(&from) {
        if types::is_text(key) && types::is_number(&index) {
            return Err("a key of the map, which is text: CAST(… AS STRING)".to_owned());
        }
        common(key, &index)?;
        return Ok(value.clone());
    }
    match from {
        DataType::List(inner) if types::is_whole(&index) || index == DataType::Null => Ok(*inner),
        DataType::List(_) => Err("a whole number as index".to_owned()),
        _ => Err("an array and an index, or a map and a key".to_owned()),
    }
}

pub(super) fn any_list(dtypes: &[DataType], gives: DataType) -> Typed {
    match at(dtypes, 0) {
        DataType::List(_) | DataType::Null => Ok(gives),
        other => Err(format!("an array or a map, not {}", types::sql_name(&other))),
    }
}

/// Types a function that orders elements: a map has no order.
pub(super) fn ordered(dtypes: &[DataType]) -> Result<(), String> {
    any_list(dtypes, DataType::Null).map(drop)
}
