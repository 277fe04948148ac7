//! The frames of the rows of a partition.

use polars::prelude::*;

use crate::frame::sql::aggregation::FrameRows as Range;
use crate::frame::sql::expr::{Bound, Expr, Frame, Kind, Literal, Unit};
use crate::frame::sql::moments::calendar;

/// A key of the order as numbers that an offset can be added to.
pub(super) enum FrameKey {
    /// Whole numbers, and decimals without their point.
    Whole {
        values: Vec<Option<i128>>,
        scale: u32,
    },
    Double(Vec<Option<f64>>),
    /// Days since 1970-01-01.
    Date(Vec<Option<i64>>),
    /// Microseconds since 1970-01-01.
    Moment(Vec<Option<i64>>),
}

impl Frame {
    /// Returns whether all rows of a partition are in every frame.
    pub(super) fn is_whole(&self) -> bool {
        self.start == Bound::UnboundedPreceding && self.end == Bound::UnboundedFollowing
    }

    /// Returns whether the values of the key decide.
    pub(super) fn has_range_offset(&self) -> bool {
        let is_offset = |bound: &Bound| matches!(bound, Bound::Preceding(_) | Bound::Following(_));
        self.unit == Unit::Range && (is_offset(&self.start) || is_offset(&self.end))
    }

    /// Returns the frames of the rows of a partition, of whose ties the starts are known.
    pub(super) fn of(
        &self,
        rows: &[u32],
        ties: &[u32],
        key: Option<(&FrameKey, (bool, bool))>,
    ) -> Vec<Range> {
        let count = rows.len() as u32;
        let starts = ends(&self.start, self.unit, true, rows, ties, key);
        let ends = ends(&self.end, self.unit, false, rows, ties, key);
        let pairs = starts.into_iter().zip(ends);
        pairs
            .map(|(start, end)| {
                let start = start.min(count);
                start..end.min(count).max(start)
            })
            .collect()
    }
}

/// Returns one end of the frame of each row.
fn ends(
    bound: &Bound,
    unit: Unit,
    is_start: bool,
    rows: &[u32],
    ties: &[u32],
    key: Option<(&FrameKey, (bool, bool))>,
) -> Vec<u32> {
    let count = rows.len() as u32;
    let each = |end: u32| vec![end; rows.len()];
    let behind = u32::from(!is_start);
    match (bound, unit) {
        (Bound::UnboundedPreceding, _) => each(0),
        (Bound::UnboundedFollowing, _) => each(count),
        (Bound::CurrentRow, Unit::Rows) => (0..count).map(|place| place + behind).collect(),
        (Bound::CurrentRow, _) => by_ties(ties, rows.len(), 0, is_start),
        (Bound::Preceding(offset), Unit::Rows) => {
            let offset = whole(offset);
            (0..count)
                .map(|place| (place + behind).saturating_sub(offset))
                .collect()
        }
        (Bound::Following(offset), Unit::Rows) => {
            let offset = whole(offset);
            (0..count)
                .map(|place| (place + behind).saturating_add(offset))
                .collect()
        }
        (Bound::Preceding(offset), Unit::Groups) => {
            by_ties(ties, rows.len(), -i64::from(whole(offset)), is_start)
        }
        (Bound::Following(offset), Unit::Groups) => {
            by_ties(ties, rows.len(), i64::from(whole(offset)), is_start)
        }
        (Bound::Preceding(offset), Unit::Range) => by_value(offset, true, is_start, rows, key),
        (Bound::Following(offset), Unit::Range) => by_value(offset, false, is_start, rows, key),
    }
}

fn whole(offset: &Expr) -> u32 {
    match offset.kind {
        Kind::Literal(Literal::Int(value)) => u32::try_from(value).unwrap_or(u32::MAX),
        _ => 0,
    }
}

/// Returns where the group of ties so many groups further starts, or ends.
fn by_ties(ties: &[u32], rows: usize, offset: i64, is_start: bool) -> Vec<u32> {
    let groups = ties.len().saturating_sub(1) as i64;
    let mut made = Vec::with_capacity(rows);
    for (group, pair) in ties.windows(2).enumerate() {
        let [start, end] = pair else { continue };
        let wanted = (group as i64)
            .saturating_add(offset)
            .saturating_add(i64::from(!is_start));
        let found = ties.get(wanted.clamp(0, groups) as usize).copied().unwrap_or(0);
        made.extend((*start..*end).map(|_| found));
    }
    made
}

/// Returns the first row whose key is not before the key of the row and an offset, or the one behind the last that is not after it.
fn by_value(
    offset: &Expr,
    is_before: bool,
    is_start: bool,
    rows: &[u32],
    key: Option<(&FrameKey, (bool, bool))>,
) -> Vec<u32> {
    let Some((key, (descending, nulls_first))) = key else {
        return vec![0; rows.len()];
    };
    let sign = if is_before == descending { 1 } else { -1 };
    let placed = |one: Option<i128>| match (one, descending) {
        (Some(value), true) => (0, -value),
        (Some(value), false) => (0, value),
        (None, _) => (if nulls_first { -1 } else { 1 }, 0),
    };
    let keys: Vec<(i8, i128)> = rows.iter().map(|row| placed(key.at(*row, None, sign))).collect();
    rows.iter()
        .map(|row| {
            let wanted = placed(key.at(*row, Some(offset), sign));
            let found = keys.partition_point(|key| if is_start { *key < wanted } else { *key <= wanted });
            found as u32
        })
        .collect()
}

impl FrameKey {
    /// Reads a key; `offsets` are what will be added.
    pub(super) fn new(series: &Series, frame: &Frame) -> PolarsResult<Self> {
        let offsets = [&frame.start, &frame.end]
            .into_iter()
            .filter_map(|bound| match bound {
                Bound::Preceding(offset) | Bound::Following(offset) => Some(&offset.kind),
                _ => None,
            });
        let offsets: Vec<&Kind> = offsets.collect();
        let is_double = offsets
            .iter()
            .any(|kind| matches!(kind, Kind::Literal(Literal::Double(_))));
        let is_interval = offsets
            .iter()
            .any(|kind| matches!(kind, Kind::Literal(Literal::Interval { .. })));
        Ok(match series.dtype() {
            DataType::Date if is_interval => {
                let moments = series.cast(&DataType::Datetime(TimeUnit::Microseconds, None))?;
                Self::Moment(moments.to_physical_repr().i64()?.iter().collect())
            }
            DataType::Date => {
                let days = series.to_physical_repr().cast(&DataType::Int64)?;
                Self::Date(days.i64()?.iter().collect())
            }
            DataType::Datetime(_, zone) => {
                let moments = series.cast(&DataType::Datetime(TimeUnit::Microseconds, zone.clone()))?;
                Self::Moment(moments.to_physical_repr().i64()?.iter().collect())
            }
            dtype if dtype.is_float() || is_double => {
                Self::Double(series.cast(&DataType::Float64)?.f64()?.iter().collect())
            }
            DataType::Decimal(_, scale) => Self::Whole {
                values: series.decimal()?.physical().iter().collect(),
                scale: *scale as u32,
            },
            DataType::UInt64 => Self::Whole {
                values: series.u64()?.iter().map(|value| value.map(i128::from)).collect(),
                scale: 0,
            },
            _ => {
                let values = series.cast(&DataType::Int64)?;
                Self::Whole {
                    values: values.i64()?.iter().map(|value| value.map(i128::from)).collect(),
                    scale: 0,
                }
            }
        })
    }

    /// Returns the key of a row, with an offset that is added or taken away, as a number that compares as the key does.
    fn at(&self, row: u32, offset: Option<&Expr>, sign: i64) -> Option<i128> {
        let literal = match offset.map(|offset| &offset.kind) {
            Some(Kind::Literal(literal)) => literal,
            _ => &Literal::Int(0),
        };
        let row = row as usize;
        match self {
            Self::Whole { values, scale } => {
                let value = (*values.get(row)?)?;
                let Literal::Int(offset) = literal else {
                    return Some(value);
                };
                let offset = i128::from(*offset) * i128::from(sign);
                Some(value.saturating_add(offset.saturating_mul(10_i128.saturating_pow(*scale))))
            }
            Self::Double(values) => {
                let value = (*values.get(row)?)?;
                let offset = match literal {
                    Literal::Int(offset) => *offset as f64,
                    Literal::Double(offset) => *offset,
                    _ => 0.0,
                };
                Some(placed(value + offset * sign as f64))
            }
            Self::Date(values) => {
                let value = (*values.get(row)?)?;
                let Literal::Int(offset) = literal else {
                    return Some(i128::from(value));
                };
                Some(i128::from(value) + i128::from(*offset) * i128::from(sign))
            }
            Self::Moment(values) => {
                let value = (*values.get(row)?)?;
                let Literal::Interval { months, days, micros } = literal else {
                    return Some(i128::from(value));
                };
                let months = i64::from(*months) * sign;
                let far = if months < 0 { i64::MIN } else { i64::MAX };
                let moved = if months == 0 {
                    value
                } else {
                    calendar::add_months_to_moment(value, months).unwrap_or(far)
                };
                let rest = i128::from(*days) * i128::from(calendar::DAY) + i128::from(*micros);
                Some(i128::from(moved) + rest * i128::from(sign))
            }
        }
    }
}

/// Returns a number that compares as a double does: NaN is greater than all others.
fn placed(value: f64) -> i128 {
    if value.is_nan() {
        return i128::from(i64::MAX);
    }
    let bits = (value + 0.0).to_bits() as i64;
    i128::from(if bits < 0 { i64::MIN - bits } else { bits })
}
