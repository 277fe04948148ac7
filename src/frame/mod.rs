//! Tables: a [`Frame`] is a polars plan or a materialised polars table.
//!
//! Owns expressions, verbs, readers and writers. Knows nothing of cells, Starlark or the terminal.

/// The engine of frames and its version.
pub const ENGINE: (&str, &str) = ("polars", polars::VERSION);

/// Keeps the engine from writing warnings of its own to standard error: they name functions of Python, not of Sheaf.
pub fn keep_engine_quiet() {
    polars::error::set_warning_function(|_, _| {});
}

mod batches;
mod columns;
mod compare;
mod construct;
mod counted;
mod describe;
mod determinism;
mod digest;
mod dtype;
mod elementwise;
mod error;
mod expression;
mod failing;
#[allow(clippy::module_inception)]
mod frame;
mod group_by;
mod identifier;
mod join;
mod map;
mod missing;
mod operator;
pub mod plot;
mod profile;
mod query;
mod quoting;
pub mod read;
mod reshape;
mod row_lines;
mod rows;
mod sample;
mod scalar;
mod scans;
mod series;
mod sinking;
mod spool;
mod sql;
mod statements;
mod values;
mod watching;
mod witness;
pub mod write;

pub use batches::Batches;
pub use compare::{CellDifference, Differences, RowDifference, SchemaDifference, close, compare, relative};
pub use counted::RowCount;
pub use digest::{TableDigest, TableId, digest};
pub use dtype::{dtype_name, parse_dtype};
pub use elementwise::Side;
pub use error::{FrameError, SqlFault};
pub use expression::Expression;
pub use frame::Frame;
pub use group_by::GroupBy;
pub use map::{map_entries, shown_dtype};

pub use join::JoinKeys;
pub use operator::Operator;
pub use profile::{ColumnProfile, Profile};
pub use query::{TableQuery, named_table, parameter, query, table_names};

pub use sample::SampleSize;
pub use scalar::Scalar;
pub use series::Series;
pub use spool::{Spool, Spooled};
pub use sql::{
    FilledQuery, FunctionSummary, ParameterPlace, SqlError, SqlErrorKind, TableNames, canonical_query,
    parameter_names, sql_functions, with_parameters,
};
pub(crate) use sql::{TypedExpression, TypedKind};
pub use statements::{
    Statement, StatementKind, columns_of, described, explained, names_of_tables, statements, tables_read,
};
pub use watching::Watching;
pub use witness::Witness;
