//! Tables and plans → files: one format a file, behind [`Format`].
//!
//! Owns encoding, and that a file appears whole or not at all. Does not resolve mounts: it is given
//! [`Location`]s.

mod csv;
mod error;
mod ipc;
mod ndjson;
mod parquet;
mod placement;

use std::io::Write;
use std::sync::{Arc, Mutex};

use polars::lazy::dsl::FileWriteFormat;
use polars::prelude::{DataFrame, LazyFrame};

use crate::frame::failing::first_failure;
use crate::storage::Location;

pub use self::csv::Csv;
pub use self::error::WriteError;
pub use self::ipc::Ipc;
pub use self::ndjson::Ndjson;
pub use self::parquet::Parquet;
pub use self::placement::Mode;

/// A file format that a table can be written in, with its options.
pub trait Format: Sync {
    /// Returns its name, as in `write_<name>`.
    fn name(&self) -> &'static str;

    /// Writes a table to `out`.
    fn write(&self, table: &mut DataFrame, out: &mut dyn Write) -> Result<(), WriteError>;

    /// Returns how polars is to write the result of a plan in pieces.
    fn pieces(&self) -> FileWriteFormat;

    /// Returns whether a column of this type can be written.
    fn holds(&self, dtype: &polars::prelude::DataType) -> bool {
        let _ = dtype;
        true
    }
}

/// Writes a table to a file, which appears whole or not at all.
pub fn write_to(
    format: &dyn Format,
    table: &mut DataFrame,
    location: &Location,
    mode: Mode,
) -> Result<(), WriteError> {
    check_columns(format, table.schema())?;
    placement::place(location, mode, |writer| format.write(table, writer))
}

/// Runs a plan and writes its result to a file in pieces, in the order of its rows.
///
/// The result may be larger than memory. The file appears whole or not at all: `confirm` is asked when all rows are written.
pub fn sink_to(
    format: &dyn Format,
    plan: LazyFrame,
    location: &Location,
    mode: Mode,
    confirm: impl FnOnce() -> Result<(), WriteError>,
) -> Result<(), WriteError> {
    use polars::io::utils::file::Writable;
    use polars::lazy::dsl::{SinkDestination, SinkTarget, UnifiedSinkArgs};
    use polars::prelude::{Engine, SpecialEq};

    let mut plan = plan;
    let schema = encode(format.name(), || plan.collect_schema())?;
    check_columns(format, &schema)?;
    placement::place_shared(location, mode, |shared| {
        encode(format.name(), || {
            let writable = Writable::Dyn(Box::new(shared));
            let target = SinkTarget::Dyn(SpecialEq::new(Arc::new(Mutex::new(Some(writable)))));
            let arguments = UnifiedSinkArgs {
                maintain_order: true,
                ..UnifiedSinkArgs::default()
            };
            let steps = plan.logical_plan.clone();
            plan.sink(SinkDestination::File { target }, format.pieces(), arguments)?
                .collect_with_engine(Engine::Streaming)
                .map_err(|error| first_failure(&steps, error))
        })?;
        confirm()
    })
}

/// Writes bytes that are encoded already to a file, which appears whole or not at all.
pub fn bytes_to(bytes: &[u8], location: &Location, mode: Mode) -> Result<(), WriteError> {
    placement::place(location, mode, |writer| {
        writer.put(bytes).map_err(placement::placed)
    })
}

fn check_columns(format: &dyn Format, schema: &polars::prelude::Schema) -> Result<(), WriteError> {
    match schema.iter().find(|(_, dtype)| !format.holds(dtype)) {
        None => Ok(()),
        Some((column, dtype)) => Err(WriteError::Unsupported {
            format: format.name(),
            column: column.to_string(),
            found: dtype.to_string(),
        }),
    }
}

/// Runs a polars writer; what it says, or the panic it ends in, becomes an error.
fn encode<T>(
    format: &'static str,
    work: impl FnOnce() -> polars::error::PolarsResult<T>,
) -> Result<T, WriteError> {
    match crate::work::catch_panic(work) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => {
            let detail = error.to_string().lines().next().unwrap_or_default().to_owned();
            Err(WriteError::Encoder { format, detail })
        }
        Err(source) => Err(WriteError::Panicked { format, source }),
    }
}

#[cfg(test)]
mod tests;
