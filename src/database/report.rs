//! [`LoadReport`]: what a load did.

use super::table::TableName;

/// What a load did, as it was verified before it was made to last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadReport {
    /// The table.
    pub table: TableName,
    /// How many rows were loaded.
    pub rows: u64,
    /// How many rows `before` changed, where it was given.
    pub before: Option<u64>,
    /// How many rows were removed because the table was overwritten.
    pub removed: Option<u64>,
    /// Of an upsert: how many of the rows replaced one that was there.
    pub replaced: Option<u64>,
    /// How many rows were sorted out because the table cannot take them, where that was wanted.
    pub rejected: Option<u64>,
    /// Whether the table was created.
    pub is_created: bool,
    /// Whether the load was done before, by the same run: nothing was loaded now, and this is what it did then.
    pub is_repeated: bool,
    /// How many rows the table had when it was done.
    pub rows_after: u64,
    /// The columns that were loaded, with how many values of each are NULL.
    pub columns: Vec<(String, u64)>,
}
