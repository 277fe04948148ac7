//! [`Landing`] and [`Block`]: where the rows of a load go, and how many of them go at once.

use mysql_async::Value;

use crate::database::table::{TableColumn, TableName};

/// Where rows go.
pub(super) struct Landing<'a> {
    pub(super) table: &'a TableName,
    /// The name of the table as statements have it.
    pub(super) into: String,
    /// The names of the columns as statements have them.
    pub(super) names: String,
    pub(super) columns: &'a [TableColumn],
    /// The most bytes that the server takes at once.
    pub(super) most: usize,
}

/// Rows that go out one behind the other.
pub(super) struct Block {
    /// How many rows of the load came before.
    pub(super) before: u64,
    pub(super) values: Vec<Value>,
}
