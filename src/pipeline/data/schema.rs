//! The columns of a dataset: as its definition says them, and as they are.

use polars::prelude::DataType;

use super::error::DataError;
use crate::error::Problem as _;
use crate::frame::{Frame, dtype_name, parse_dtype};
use crate::pipeline::definition::SchemaColumn;

/// Checks that a frame has the columns that a definition says, with their types; one that says none takes any.
///
/// # Errors
///
/// Columns are missing, new, or of another type: all of them are named.
pub(in crate::pipeline) fn check_schema(
    dataset: &str,
    schema: &[SchemaColumn],
    frame: &Frame,
) -> Result<(), DataError> {
    if schema.is_empty() {
        return Ok(());
    }
    let found = learned(frame)?;
    let mut changes = Vec::new();
    for column in schema {
        match found.iter().find(|other| other.name == column.name) {
            None => changes.push(format!("the column {:?} is missing", column.name)),
            Some(other) => {
                // Types have more than one name.
                let wanted = parse_dtype(&column.dtype)
                    .map_or_else(|_| column.dtype.clone(), |dtype| dtype_name(&dtype));
                if wanted != other.dtype {
                    changes.push(format!(
                        "{:?} is {}, not {}",
                        column.name, other.dtype, column.dtype
                    ));
                }
            }
        }
    }
    let is_new = |column: &&SchemaColumn| schema.iter().all(|known| known.name != column.name);
    let new = found.iter().filter(is_new);
    changes.extend(new.map(|column| format!("the column {:?} is new ({})", column.name, column.dtype)));
    if changes.is_empty() {
        return Ok(());
    }
    Err(DataError::Drift {
        dataset: dataset.to_owned(),
        changes,
    })
}

/// Returns the columns of a frame, as a definition writes them.
///
/// # Errors
///
/// The frame cannot be read.
pub(in crate::pipeline) fn learned(frame: &Frame) -> Result<Vec<SchemaColumn>, DataError> {
    let schema = frame.schema().map_err(DataError::of)?;
    let columns = schema.iter().map(|(name, dtype)| SchemaColumn {
        name: name.to_string(),
        dtype: dtype_name(dtype),
    });
    Ok(columns.collect())
}

/// Returns the types that a definition gives columns.
///
/// # Errors
///
/// There is no such type.
pub(super) fn overrides(schema: &[SchemaColumn]) -> Result<Vec<(String, DataType)>, DataError> {
    let typed = schema.iter().map(|column| {
        let dtype = parse_dtype(&column.dtype).map_err(|error| DataError::Type {
            column: column.name.clone(),
            reason: match error.hint() {
                Some(hint) => format!("{error}; {hint}"),
                None => error.to_string(),
            },
        })?;
        Ok((column.name.clone(), dtype))
    });
    typed.collect()
}
