//! [`Direct`]: counts, sums, means and extremes of numbers for all groups at once, row after row.
//!
//! Where nearly each row is a group of its own, lists of the rows of groups would cost more than the values.

use polars::prelude::*;

use super::ids::Ids;
use crate::frame::sql::expr::Aggregate;
use crate::frame::sql::functions::kernels::sum_overflow;

/// An aggregate that is computed so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::frame::sql) enum Direct {
    Count,
    Sum,
    Mean,
    Least,
    Greatest,
}

impl Direct {
    /// Returns which one a call is; `None` for all others.
    pub(in crate::frame::sql) fn of(call: &Aggregate) -> Option<Self> {
        if call.distinct || call.filter.is_some() || !call.order.is_empty() || call.args.len() > 1 {
            return None;
        }
        let dtype = call.args.first().map(|arg| &arg.dtype);
        if call.function.name == "count" {
            return Some(Self::Count);
        }
        let is_whole = |dtype: &DataType| {
            matches!(
                dtype,
                DataType::Int8 | DataType::Int16 | DataType::Int32 | DataType::Int64
            )
        };
        dtype.filter(|dtype| is_whole(dtype) || dtype.is_float())?;
        match call.function.name {
            "sum" => Some(Self::Sum),
            "avg" => Some(Self::Mean),
            "min" => Some(Self::Least),
            "max" => Some(Self::Greatest),
            _ => None,
        }
    }

    /// Returns the value for each group.
    pub(in crate::frame::sql) fn over(
        self,
        column: Option<&Series>,
        ids: &Ids,
        gives: &DataType,
    ) -> PolarsResult<Series> {
        let Some(column) = column else {
            let mut counts = vec![0_i64; ids.count];
            ids.ids.iter().for_each(|id| counts[*id as usize] += 1);
            return Ok(Int64Chunked::from_vec(PlSmallStr::EMPTY, counts).into_series());
        };
        if self == Self::Count {
            let mut counts = vec![0_i64; ids.count];
            let there = column.is_not_null();
            for (id, there) in ids.ids.iter().zip(there.iter()) {
                counts[*id as usize] += i64::from(there == Some(true));
            }
            return Ok(Int64Chunked::from_vec(PlSmallStr::EMPTY, counts).into_series());
        }
        let made = if column.dtype().is_float() || self == Self::Mean {
            let values = column.cast(&DataType::Float64)?;
            self.doubles(values.f64()?, ids)
        } else {
            let values = column.cast(&DataType::Int64)?;
            self.wholes(values.i64()?, *column.dtype() == DataType::Int64, ids)?
        };
        if made.dtype() == gives {
            Ok(made)
        } else {
            made.cast(gives)
        }
    }

    fn doubles(self, values: &Float64Chunked, ids: &Ids) -> Series {
        let (made, counts) = match self {
            Self::Least => folded(values.iter(), ids, f64::NAN, |least, value, is_first| {
                let is_less = is_first || least.is_nan() || value < *least;
                if is_less {
                    *least = value;
                }
            }),
            Self::Greatest => folded(values.iter(), ids, f64::NAN, |greatest, value, is_first| {
                let is_more = is_first || value.is_nan() || value > *greatest;
                if is_more {
                    *greatest = value;
                }
            }),
            _ => folded(values.iter(), ids, 0.0, |sum, value, _| *sum += value),
        };
        let made = made.into_iter().zip(counts).map(|(value, count)| match self {
            Self::Mean => (count > 0).then(|| value / f64::from(count)),
            _ => (count > 0).then_some(value),
        });
        made.collect::<Float64Chunked>().into_series()
    }

    fn wholes(self, values: &Int64Chunked, may_wrap: bool, ids: &Ids) -> PolarsResult<Series> {
        let (made, counts) = match self {
            Self::Least => folded(values.iter(), ids, 0, |least: &mut i64, value, is_first| {
                *least = if is_first { value } else { value.min(*least) };
            }),
            Self::Greatest => folded(values.iter(), ids, 0, |greatest: &mut i64, value, is_first| {
                *greatest = if is_first { value } else { value.max(*greatest) };
            }),
            _ if may_wrap => {
                let (sums, counts) = folded(values.iter(), ids, 0, |sum: &mut i128, value, _| {
                    *sum += i128::from(value);
                });
                let sums = sums
                    .into_iter()
                    .map(i64::try_from)
                    .collect::<Result<Vec<i64>, _>>();
                (sums.map_err(|_| sum_overflow())?, counts)
            }
            // There are fewer rows than could make it too large.
            _ => folded(values.iter(), ids, 0, |sum: &mut i64, value, _| *sum += value),
        };
        let made = made
            .into_iter()
            .zip(counts)
            .map(|(value, count)| (count > 0).then_some(value));
        Ok(made.collect::<Int64Chunked>().into_series())
    }
}

/// Adds the values to what their groups have so far; returns how many each has, too.
fn folded<T, S: Clone>(
    values: impl Iterator<Item = Option<T>>,
    ids: &Ids,
    empty: S,
    add: impl Fn(&mut S, T, bool),
) -> (Vec<S>, Vec<u32>) {
    let mut states = vec![empty; ids.count];
    let mut counts = vec![0_u32; ids.count];
    for (id, value) in ids.ids.iter().zip(values) {
        if let Some(value) = value {
            let count = &mut counts[*id as usize];
            add(&mut states[*id as usize], value, *count == 0);
            *count += 1;
        }
    }
    (states, counts)
}
