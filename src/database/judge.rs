//! [`Judge`]: what says of single values why their columns cannot take them, before they are sent.

use polars::prelude::DataFrame;

use super::error::DatabaseError;

/// A value that its column cannot take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnfitValue {
    /// Its row in the batch, counted from 0.
    pub row: usize,
    /// Its column in the batch, counted from 0.
    pub column: usize,
    /// Why, with the value.
    pub reason: String,
}

/// Looks at a batch, and returns one value of each row that cannot go into the table, in the order of the rows.
pub type Judge = Box<dyn FnMut(&DataFrame) -> Result<Vec<UnfitValue>, DatabaseError>>;

/// Looks at each row of a batch; `judge` says what is wrong with a value, by its column and its row.
pub(super) fn unfit(
    batch: &DataFrame,
    mut judge: impl FnMut(usize, usize) -> Result<(), String>,
) -> Vec<UnfitValue> {
    let mut found = Vec::new();
    for row in 0..batch.height() {
        let wrong = (0..batch.width()).find_map(|column| Some((column, judge(column, row).err()?)));
        found.extend(wrong.map(|(column, reason)| UnfitValue { row, column, reason }));
    }
    found
}
