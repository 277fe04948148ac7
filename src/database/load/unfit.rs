//! Columns that no database, or no table, has a place for, in words.

use polars::prelude::DataType;

use crate::database::error::DatabaseError;

/// Says that a database has no type for a column.
pub(super) fn no_type(name: &str, dtype: &DataType) -> DatabaseError {
    wrong(
        format!("column {name:?}: the database has no type for values of type {dtype}"),
        way_out(name, dtype),
    )
}

/// Says what to make of values that no database has a type for.
pub(super) fn way_out(name: &str, dtype: &DataType) -> String {
    match dtype {
        DataType::Duration(_) => format!("load it as a number: df.cast({{{name:?}: \"Int64\"}})"),
        dtype if dtype.is_nested() => format!("load it as a text: SELECT to_json({name}) AS {name} …"),
        _ => "cast it first, or leave it out".to_owned(),
    }
}

/// Says what is wrong with a column, and what to do.
pub(super) fn wrong(reason: String, hint: String) -> DatabaseError {
    DatabaseError::Columns { reason, hint }
}
