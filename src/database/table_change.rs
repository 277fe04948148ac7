//! [`TableChange`]: what a rehearsal would have changed.

use polars::prelude::DataFrame;

use super::table::TableName;

/// What a rehearsal would have changed.
#[derive(Debug, Clone, PartialEq)]
pub enum TableChange {
    /// Rows of a table.
    Rows {
        /// The table.
        table: TableName,
        /// Rows that were not there.
        added: u64,
        /// Rows that are not there any more.
        removed: u64,
        /// Rows with a key that was there, and other values.
        changed: u64,
        /// Some of the rows that are not there any more, and some that were not there.
        sample: (DataFrame, DataFrame),
        /// Its columns that were not there, in their order; rows are compared without them.
        new_columns: Vec<String>,
        /// The columns that it has no more.
        gone_columns: Vec<String>,
    },
    /// A statement of which it is not known what it changes.
    Unknown(String),
}
