//! [`FrameKey`]: the key of an order to which RANGE adds offsets.
//!
//! Keys and keys with offsets are whole numbers that compare as the order does. In a sorted partition the frames of later
//! rows start and end later, so that their ends are found by going forward.

use polars::prelude::*;

use crate::frame::sql::aggregation::keys::validity;
use crate::frame::sql::expr::{Bound, Expr, Frame, Kind, Literal};
use crate::frame::sql::moments::calendar;

/// A key, and where the frames of its rows start and end.
pub(super) enum FrameKey {
    Narrow(Places<i64>),
    /// Where numbers do not fit into 64 bits.
    Wide(Places<i128>),
}

/// Numbers that compare as the values of a key do in its order, by row.
pub(super) struct Places<T> {
    own: Vec<T>,
    /// The key and the offset of the start of a frame, where it has one.
    start: Vec<T>,
    end: Vec<T>,
    /// Which rows have a key; None where all have.
    valid: Option<Vec<bool>>,
}

impl FrameKey {
    /// Reads a key and adds the offsets of a frame.
    pub(super) fn new(series: &Series, frame: &Frame, descending: bool) -> PolarsResult<Self> {
        let own = OrderKey::new(series, frame)?;
        let valid = validity(series);
        let moves = [&frame.start, &frame.end].map(|bound| match bound {
            Bound::Preceding(offset) => Some((offset, if descending { 1 } else { -1 })),
            Bound::Following(offset) => Some((offset, if descending { -1 } else { 1 })),
            _ => None,
        });
        let narrow = || {
            let [start, end] = moves;
            Some(Places {
                own: own.narrow(None, descending)?,
                start: start.map_or(Some(Vec::new()), |by| own.narrow(Some(by), descending))?,
                end: end.map_or(Some(Vec::new()), |by| own.narrow(Some(by), descending))?,
                valid: valid.clone(),
            })
        };
        if let Some(places) = narrow() {
            return Ok(Self::Narrow(places));
        }
        let [start, end] = moves.map(|by| by.map_or_else(Vec::new, |by| own.wide(Some(by), descending)));
        Ok(Self::Wide(Places {
            own: own.wide(None, descending),
            start,
            end,
            valid,
        }))
    }

    /// Returns where the frames of the rows of a partition start, or end.
    pub(super) fn ends(&self, rows: &[u32], is_start: bool) -> Vec<u32> {
        match self {
            Self::Narrow(places) => places.ends(rows, is_start),
            Self::Wide(places) => places.ends(rows, is_start),
        }
    }
}

impl<T: Copy + Ord + Default> Places<T> {
    /// Returns the first row whose key is not before the one wanted, or the one behind the last that is not after it.
    fn ends(&self, rows: &[u32], is_start: bool) -> Vec<u32> {
        let is_there = |row: &u32| {
            let valid = self.valid.as_ref();
            valid.is_none_or(|valid| valid.get(*row as usize).copied().unwrap_or(false))
        };
        // NULLs are all in front, or all behind, and are the frames of one another.
        let front = rows.iter().take_while(|row| !is_there(row)).count();
        let there = rows.get(front..).unwrap_or_default();
        let there = there.get(..there.partition_point(is_there)).unwrap_or_default();
        let behind = front + there.len();
        let mut made = Vec::with_capacity(rows.len());
        made.resize(front, if is_start { 0 } else { front as u32 });
        let number = |numbers: &[T], row: u32| numbers.get(row as usize).copied().unwrap_or_default();
        let keys: Vec<T> = there.iter().map(|row| number(&self.own, *row)).collect();
        let wanted = if is_start { &self.start } else { &self.end };
        let mut found = 0;
        for row in there {
            let wanted = number(wanted, *row);
            let is_before = |key: &T| if is_start { *key < wanted } else { *key <= wanted };
            // The ends of months can put a later key at an earlier place.
            while found > 0 && keys.get(found - 1).is_some_and(|key| !is_before(key)) {
                found -= 1;
            }
            while keys.get(found).is_some_and(is_before) {
                found += 1;
            }
            made.push((front + found) as u32);
        }
        made.resize(rows.len(), if is_start { behind } else { rows.len() } as u32);
        made
    }
}

/// The values of a key, 0 where there is none.
enum OrderKey {
    Whole(Vec<i64>),
    /// Whole numbers, and decimals without their point.
    Decimal {
        values: Vec<i128>,
        scale: u32,
    },
    Double(Vec<f64>),
    /// Microseconds since 1970-01-01.
    Moment(Vec<i64>),
}

impl OrderKey {
    fn new(series: &Series, frame: &Frame) -> PolarsResult<Self> {
        let is_offset = |is_it: fn(&Literal) -> bool| {
            [&frame.start, &frame.end].into_iter().any(|bound| match bound {
                Bound::Preceding(offset) | Bound::Following(offset) => {
                    matches!(&offset.kind, Kind::Literal(literal) if is_it(literal))
                }
                _ => false,
            })
        };
        let is_double = is_offset(|literal| matches!(literal, Literal::Double(_)));
        let is_interval = is_offset(|literal| matches!(literal, Literal::Interval { .. }));
        let wholes = |series: &Series| -> PolarsResult<Vec<i64>> {
            let values = series.to_physical_repr().cast(&DataType::Int64)?;
            Ok(values.i64()?.iter().map(Option::unwrap_or_default).collect())
        };
        Ok(match series.dtype() {
            DataType::Date if is_interval => Self::Moment(wholes(
                &series.cast(&DataType::Datetime(TimeUnit::Microseconds, None))?,
            )?),
            DataType::Datetime(_, zone) => {
                let moments = series.cast(&DataType::Datetime(TimeUnit::Microseconds, zone.clone()))?;
                Self::Moment(wholes(&moments)?)
            }
            dtype if dtype.is_float() || is_double => {
                let values = series.cast(&DataType::Float64)?;
                Self::Double(values.f64()?.iter().map(Option::unwrap_or_default).collect())
            }
            DataType::Decimal(_, scale) => Self::Decimal {
                values: series
                    .decimal()?
                    .physical()
                    .iter()
                    .map(Option::unwrap_or_default)
                    .collect(),
                scale: *scale as u32,
            },
            DataType::UInt64 => Self::Decimal {
                values: series
                    .u64()?
                    .iter()
                    .map(|value| i128::from(value.unwrap_or_default()))
                    .collect(),
                scale: 0,
            },
            _ => Self::Whole(wholes(series)?),
        })
    }

    /// Returns the keys, moved by an offset and a sign; None where one does not fit.
    fn narrow(&self, by: Option<(&Expr, i64)>, descending: bool) -> Option<Vec<i64>> {
        let placed = |value: Option<i64>| value.map(|value| if descending { !value } else { value });
        match (self, amount(by)) {
            (Self::Whole(values), Amount::Whole(amount)) => {
                let moved = values.iter().map(|value| placed(value.checked_add(amount)));
                moved.collect()
            }
            (Self::Whole(values), _) => values.iter().map(|value| placed(Some(*value))).collect(),
            (Self::Double(values), amount) => {
                let amount = match amount {
                    Amount::Whole(amount) => amount as f64,
                    Amount::Double(amount) => amount,
                    Amount::Span { .. } => 0.0,
                };
                let moved = values.iter().map(|value| placed(Some(ordered(value + amount))));
                moved.collect()
            }
            (Self::Moment(values), Amount::Span { months: 0, micros }) => {
                let micros = i64::try_from(micros).ok()?;
                let moved = values.iter().map(|value| placed(value.checked_add(micros)));
                moved.collect()
            }
            (Self::Decimal { .. } | Self::Moment(_), _) => {
                let wide = self.wide(by, descending).into_iter();
                wide.map(|value| i64::try_from(value).ok()).collect()
            }
        }
    }

    /// Returns the keys, moved by an offset and a sign.
    fn wide(&self, by: Option<(&Expr, i64)>, descending: bool) -> Vec<i128> {
        let placed = |value: i128| if descending { !value } else { value };
        match (self, amount(by)) {
            (Self::Decimal { values, scale }, amount) => {
                let amount = match amount {
                    Amount::Whole(amount) => i128::from(amount),
                    _ => 0,
                };
                let amount = amount.saturating_mul(10_i128.saturating_pow(*scale));
                values
                    .iter()
                    .map(|value| placed(value.saturating_add(amount)))
                    .collect()
            }
            (Self::Whole(values), amount) => {
                let amount = match amount {
                    Amount::Whole(amount) => i128::from(amount),
                    _ => 0,
                };
                values
                    .iter()
                    .map(|value| placed(i128::from(*value) + amount))
                    .collect()
            }
            (Self::Moment(values), Amount::Span { months, micros }) => {
                let far = if months < 0 { i64::MIN } else { i64::MAX };
                let moved = |value: i64| match months {
                    0 => value,
                    months => calendar::add_months_to_moment(value, months).unwrap_or(far),
                };
                values
                    .iter()
                    .map(|value| placed(i128::from(moved(*value)) + micros))
                    .collect()
            }
            (Self::Moment(values), _) => values.iter().map(|value| placed(i128::from(*value))).collect(),
            // Doubles always fit into 64 bits.
            (Self::Double(values), _) => values
                .iter()
                .map(|value| placed(i128::from(ordered(*value))))
                .collect(),
        }
    }
}

/// What is added to a key.
#[derive(Clone, Copy)]
enum Amount {
    Whole(i64),
    Double(f64),
    Span { months: i64, micros: i128 },
}

fn amount(by: Option<(&Expr, i64)>) -> Amount {
    let literal = by.map(|(offset, sign)| (&offset.kind, sign));
    match literal {
        Some((Kind::Literal(Literal::Int(offset)), sign)) => Amount::Whole(offset.saturating_mul(sign)),
        Some((Kind::Literal(Literal::Double(offset)), sign)) => Amount::Double(offset * sign as f64),
        Some((Kind::Literal(Literal::Interval { months, days, micros }), sign)) => {
            let rest = i128::from(*days) * i128::from(calendar::DAY) + i128::from(*micros);
            Amount::Span {
                months: i64::from(*months) * sign,
                micros: rest * i128::from(sign),
            }
        }
        _ => Amount::Whole(0),
    }
}

/// Returns a number that compares as a double does: NaN is greater than all others.
fn ordered(value: f64) -> i64 {
    if value.is_nan() {
        return i64::MAX;
    }
    let bits = (value + 0.0).to_bits() as i64;
    if bits < 0 { i64::MIN - bits } else { bits }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::sql::expr::Unit;

    fn frame(start: Bound, end: Bound) -> Frame {
        Frame {
            unit: Unit::Range,
            start,
            end,
        }
    }

    fn ends(keys: &[Option<i64>], rows: &[u32], frame: &Frame, descending: bool) -> Vec<(u32, u32)> {
        let series = Series::new(PlSmallStr::EMPTY, keys);
        let key = FrameKey::new(&series, frame, descending).expect("a key");
        let (starts, ends) = (key.ends(rows, true), key.ends(rows, false));
        starts.into_iter().zip(ends).collect()
    }

    fn around(before: i64, after: i64) -> Frame {
        frame(
            Bound::Preceding(Expr::bigint(before)),
            Bound::Following(Expr::bigint(after)),
        )
    }

    #[test]
    fn ties_have_one_frame() {
        let keys = [Some(1), Some(3), Some(3), Some(4), Some(9)];
        let found = ends(&keys, &[0, 1, 2, 3, 4], &around(1, 1), false);
        assert_eq!(found, [(0, 1), (1, 4), (1, 4), (1, 4), (4, 5)]);
    }

    #[test]
    fn nulls_are_the_frame_of_one_another() {
        let keys = [None, None, Some(1), Some(2)];
        let first = ends(&keys, &[0, 1, 2, 3], &around(5, 5), false);
        assert_eq!(first, [(0, 2), (0, 2), (2, 4), (2, 4)]);
        let last = ends(&keys, &[3, 2, 0, 1], &around(5, 5), true);
        assert_eq!(last, [(0, 2), (0, 2), (2, 4), (2, 4)]);
    }

    #[test]
    fn a_frame_behind_the_last_key_is_empty() {
        let frame = frame(
            Bound::Following(Expr::bigint(2)),
            Bound::Following(Expr::bigint(3)),
        );
        let found = ends(&[Some(1), Some(3), Some(4)], &[0, 1, 2], &frame, false);
        assert_eq!(found, [(1, 3), (3, 3), (3, 3)]);
    }

    #[test]
    fn keys_at_the_end_of_their_type_do_not_overflow() {
        let keys = [Some(i64::MAX - 1), Some(i64::MAX)];
        assert_eq!(ends(&keys, &[0, 1], &around(0, 5), false), [(0, 2), (1, 2)]);
    }

    #[test]
    fn not_a_number_is_behind_all_numbers() {
        assert!(ordered(f64::NAN) > ordered(f64::INFINITY));
        assert!(ordered(-1.0) < ordered(-0.5));
        assert_eq!(ordered(-0.0), ordered(0.0));
    }
}
