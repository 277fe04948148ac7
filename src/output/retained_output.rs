//! [`RetainedOutput`]: one thing that a cell showed, small enough to be kept as long as the cell.

use polars::prelude::DataFrame;

use super::output::Output;
use crate::digest::Digest;
use crate::frame;

/// Tables up to this many rows are kept whole; of longer ones half of this from each end.
const ROWS: usize = 1000;

/// One thing that a cell showed, with long tables cut to their first and last rows.
#[derive(Debug, Clone)]
pub struct RetainedOutput {
    /// What it showed.
    pub output: Output,
    /// Where rows were cut away, the digest of the whole table.
    pub whole: Option<Digest>,
}

impl RetainedOutput {
    /// Cuts what is long.
    pub fn of(output: Output) -> Self {
        match output {
            Output::Frame {
                rows,
                height: Some(height),
            } if rows.height() > ROWS => Self {
                whole: Some(frame::digest(&rows).digest),
                output: Output::Frame {
                    rows: ends(&rows),
                    height: Some(height),
                },
            },
            Output::Series { column, height } if column.height() > ROWS => Self {
                whole: Some(frame::digest(&column).digest),
                output: Output::Series {
                    column: ends(&column),
                    height,
                },
            },
            output => Self { output, whole: None },
        }
    }
}

/// Returns the first and last rows, in memory of their own.
fn ends(table: &DataFrame) -> DataFrame {
    let half = ROWS / 2;
    let mut ends = table.head(Some(half));
    // Both have the same columns.
    let _ = ends.vstack_mut(&table.tail(Some(half)));
    ends.rechunk_mut();
    ends
}
