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
    },
    /// A statement of which it is not known what it changes.
    Unknown(String),
}
