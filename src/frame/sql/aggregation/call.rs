//! [`Call`]: an aggregate with FILTER, DISTINCT and ORDER BY.

use polars::prelude::*;

use super::ids::Ids;
use super::keys::sorted;
use super::{Aggregator, AggregatorInput, FrameRows, Make, Value, in_frame, keys, one_by_one};

/// What a call says beside its arguments.
#[derive(Debug, Clone, Default)]
pub(in crate::frame::sql) struct Modifiers {
    pub(in crate::frame::sql) distinct: bool,
    pub(in crate::frame::sql) ignore_nulls: bool,
    /// Of each key of ORDER BY, whether it is descending, and whether NULLs come first.
    pub(in crate::frame::sql) order: Vec<(bool, bool)>,
}

/// An aggregate over the rows that count for it.
pub(in crate::frame::sql) struct Call {
    aggregator: Box<dyn Aggregator>,
    filter: Option<Vec<bool>>,
    /// Equal rows have equal numbers.
    distinct: Option<Ids>,
    /// The place of each row in the order.
    order: Option<Vec<u32>>,
}

impl Call {
    /// Makes a call of its columns: arguments, keys of the order, condition.
    pub(in crate::frame::sql) fn new(
        make: Make,
        columns: &[Series],
        order: &[Series],
        filter: Option<&Series>,
        modifiers: &Modifiers,
        gives: &DataType,
    ) -> PolarsResult<Self> {
        let rows = columns
            .iter()
            .chain(order)
            .chain(filter)
            .next()
            .map_or(0, |column| column.len());
        let aggregator = make(&AggregatorInput {
            columns,
            gives,
            ignore_nulls: modifiers.ignore_nulls,
            descending: modifiers.order.first().is_some_and(|(descending, _)| *descending),
        })?;
        let filter = match filter {
            Some(filter) => Some(filter.bool()?.iter().map(|is_in| is_in == Some(true)).collect()),
            None => None,
        };
        let distinct = (modifiers.distinct && !columns.is_empty())
            .then(|| Ids::of(columns, rows))
            .transpose()?;
        let order = if order.is_empty() {
            None
        } else {
            let keys = order.iter().zip(&modifiers.order);
            let keys =
                keys.map(|(key, (descending, nulls_first))| keys::ordered(key, *descending, *nulls_first));
            let sorted = sorted(&keys.collect::<PolarsResult<Vec<_>>>()?, rows);
            let mut places = vec![0; rows];
            for (place, row) in (0..).zip(sorted) {
                if let Some(found) = places.get_mut(row as usize) {
                    *found = place;
                }
            }
            Some(places)
        };
        Ok(Self {
            aggregator,
            filter,
            distinct,
            order,
        })
    }

    /// Returns the rows that count, in the order in which they do.
    fn counting(&self, rows: &[u32]) -> Vec<u32> {
        let is_in = |row: &u32| self.filter.as_ref().is_none_or(|filter| is_true(filter, *row));
        let mut rows: Vec<u32> = rows.iter().copied().filter(is_in).collect();
        if let Some(distinct) = &self.distinct {
            let mut seen = polars::polars_utils::aliases::PlHashSet::default();
            rows.retain(|row| seen.insert(distinct.ids.get(*row as usize).copied()));
        }
        if let Some(order) = &self.order {
            rows.sort_unstable_by_key(|row| order.get(*row as usize).copied());
        }
        rows
    }

    fn is_plain(&self) -> bool {
        self.filter.is_none() && self.distinct.is_none() && self.order.is_none()
    }
}

impl Aggregator for Call {
    fn over(&self, rows: &[u32]) -> PolarsResult<Value> {
        if self.is_plain() {
            return self.aggregator.over(rows);
        }
        self.aggregator.over(&self.counting(rows))
    }

    fn frames(&self, rows: &[u32], frames: &[FrameRows], values: &mut Vec<Value>) -> PolarsResult<()> {
        if self.is_plain() {
            return self.aggregator.frames(rows, frames, values);
        }
        if let (Some(filter), None, None) = (&self.filter, &self.distinct, &self.order) {
            // Frames of the rows that are left.
            let mut before = Vec::with_capacity(rows.len() + 1);
            let mut left = Vec::new();
            before.push(0);
            for row in rows {
                if is_true(filter, *row) {
                    left.push(*row);
                }
                before.push(left.len() as u32);
            }
            let place = |place: u32| before.get(place as usize).copied().unwrap_or_default();
            let frames: Vec<FrameRows> = frames
                .iter()
                .map(|frame| place(frame.start)..place(frame.end))
                .collect();
            return self.aggregator.frames(&left, &frames, values);
        }
        one_by_one(frames, values, |frame| self.over(in_frame(rows, frame)))
    }
}

fn is_true(values: &[bool], row: u32) -> bool {
    values.get(row as usize).copied().unwrap_or(false)
}
