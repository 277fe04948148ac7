//! Aggregates, computed by rows: what polars has no kernel for, and everything over windows.
//!
//! An [`Aggregator`] has its arguments as columns and gives one [`Value`] for the rows of a group or of a frame. It knows
//! nothing of plans, and of DISTINCT, FILTER and ORDER BY only [`Call`] does.

mod call;
mod direct;
mod extremes;
mod fold;
mod grouped;
mod groups;
mod histogram;
mod ids;
pub(super) mod keys;
mod lists;
mod moments;
mod parallel;
mod quantiles;
mod sums;
mod value;

use polars::prelude::{DataType, PolarsResult, Series};

pub(super) use self::call::{Call, Modifiers};
pub(super) use self::direct::Direct;
pub(super) use self::grouped::Grouped;
pub(super) use self::groups::over_groups;
pub(super) use self::ids::Ids;
pub(super) use self::parallel::{each, pieces_of, sort_by};
pub(super) use self::value::{Value, column, scattered};
pub(super) use self::{extremes::*, histogram::*, lists::*, moments::*, quantiles::*, sums::*};

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

    /// Adds the value for each frame of a partition.
    fn frames(&self, rows: &[u32], frames: &[FrameRows], values: &mut Vec<Value>) -> PolarsResult<()> {
        one_by_one(frames, values, |frame| self.over(in_frame(rows, frame)))
    }
}

/// Adds the value for each frame; one that is the frame before, too, has the same.
fn one_by_one(
    frames: &[FrameRows],
    values: &mut Vec<Value>,
    mut over: impl FnMut(&FrameRows) -> PolarsResult<Value>,
) -> PolarsResult<()> {
    let mut before: Option<&FrameRows> = None;
    for frame in frames {
        let value = match values.last() {
            Some(last) if before == Some(frame) => last.clone(),
            _ => over(frame)?,
        };
        values.push(value);
        before = Some(frame);
    }
    Ok(())
}

/// Returns the rows of a frame of a partition.
fn in_frame<'r>(rows: &'r [u32], frame: &FrameRows) -> &'r [u32] {
    rows.get(frame.start as usize..frame.end as usize)
        .unwrap_or_default()
}

impl AggregatorInput<'_> {
    /// Returns an argument; NULL where there is none.
    pub(super) fn column(&self, index: usize) -> Series {
        let rows = self.columns.first().map_or(0, |column| column.len());
        let null = || Series::new_null(polars::prelude::PlSmallStr::EMPTY, rows);
        self.columns.get(index).cloned().unwrap_or_else(null)
    }
}
