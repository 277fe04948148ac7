//! Aggregates, computed by rows: what polars has no kernel for, and everything over windows.
//!
//! An [`Aggregator`] has its arguments as columns and gives one [`Value`] for the rows of a group or of a frame. It knows
//! nothing of plans, and of DISTINCT, FILTER and ORDER BY only [`Call`] does.

mod call;
mod extremes;
mod fold;
pub(super) mod keys;
mod lists;
mod moments;
mod parallel;
mod quantiles;
mod sums;
mod value;

use polars::prelude::{DataType, PolarsResult, Series};

pub(super) use self::call::{Call, Modifiers};
pub(super) use self::parallel::over_groups;
pub(super) use self::value::{Value, column};
pub(super) use self::{extremes::*, lists::*, moments::*, quantiles::*, sums::*};

/// The rows of a frame, as places in the rows of a partition.
pub(super) type FrameRows = std::ops::Range<u32>;

/// What an aggregate is made of.
pub(super) struct AggregatorInput<'a> {
    /// Its arguments, of one chunk each.
    pub(super) columns: &'a [Series],
    pub(super) gives: &'a DataType,
    pub(super) ignore_nulls: bool,
    /// Whether the first key of ORDER BY is descending.
    pub(super) descending: bool,
}

/// Makes an aggregator of its arguments.
pub(super) type Make = fn(&AggregatorInput<'_>) -> PolarsResult<Box<dyn Aggregator>>;

/// An aggregate with its arguments.
pub(super) trait Aggregator: Send + Sync {
    /// Returns the value for these rows.
    fn over(&self, rows: &[u32]) -> PolarsResult<Value>;

    /// Returns the value for each frame of a partition.
    fn frames(&self, rows: &[u32], frames: &[FrameRows]) -> PolarsResult<Vec<Value>> {
        let mut values: Vec<Value> = Vec::with_capacity(frames.len());
        for (index, frame) in frames.iter().enumerate() {
            let value = match values.last() {
                Some(last) if frames[index - 1] == *frame => last.clone(),
                _ => self.over(&rows[frame.start as usize..frame.end as usize])?,
            };
            values.push(value);
        }
        Ok(values)
    }
}

impl AggregatorInput<'_> {
    /// Returns an argument; NULL where there is none.
    pub(super) fn column(&self, index: usize) -> Series {
        let rows = self.columns.first().map_or(0, |column| column.len());
        let null = || Series::new_null(polars::prelude::PlSmallStr::EMPTY, rows);
        self.columns.get(index).cloned().unwrap_or_else(null)
    }
}
