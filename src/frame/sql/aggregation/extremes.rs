//! The least and the greatest, the first and the last, the most frequent.

use polars::prelude::*;

use super::fold::Fold;
use super::keys::{Comparable, comparable, is_there, validity};
use super::{Aggregator, AggregatorInput, FrameRows, Value};

/// The row in which something is the least or the greatest.
struct Extreme {
    codes: Vec<u64>,
    /// What values compare by whose codes are equal and do not say everything.
    bytes: Option<BinaryOffsetChunked>,
    valid: Option<Vec<bool>>,
    greatest: bool,
    /// Whether of equal ones the last counts.
    last: bool,
}

/// `min(x)`.
pub(in crate::frame::sql) fn min(args: &AggregatorInput<'_>) -> PolarsResult<Box<dyn Aggregator>> {
    extreme(&args.column(0), false, false)
}

/// `max(x)`.
pub(in crate::frame::sql) fn max(args: &AggregatorInput<'_>) -> PolarsResult<Box<dyn Aggregator>> {
    extreme(&args.column(0), true, false)
}

/// `min_by(x, y)`.
pub(in crate::frame::sql) fn min_by(args: &AggregatorInput<'_>) -> PolarsResult<Box<dyn Aggregator>> {
    extreme(&args.column(1), false, true)
}

/// `max_by(x, y)`.
pub(in crate::frame::sql) fn max_by(args: &AggregatorInput<'_>) -> PolarsResult<Box<dyn Aggregator>> {
    extreme(&args.column(1), true, true)
}

fn extreme(series: &Series, greatest: bool, last: bool) -> PolarsResult<Box<dyn Aggregator>> {
    let Comparable { codes, bytes, valid } = Comparable::of(series)?;
    Ok(Box::new(Extreme {
        codes,
        bytes,
        valid,
        greatest,
        last,
    }))
}

impl Fold for Extreme {
    /// The row and its number.
    type State = Option<(u32, u64)>;

    fn empty(&self) -> Self::State {
        None
    }

    fn add(&self, state: &mut Self::State, row: usize) {
        if is_there(self.valid.as_deref(), row as u32)
            && let Some(code) = self.codes.get(row)
        {
            self.join(state, &Some((row as u32, *code)));
        }
    }

    fn join(&self, state: &mut Self::State, behind: &Self::State) {
        let (Some((one_row, one)), Some((other_row, other))) = (&state, behind) else {
            *state = state.or(*behind);
            return;
        };
        let by_bytes = || match &self.bytes {
            Some(bytes) => bytes.get(*one_row as usize).cmp(&bytes.get(*other_row as usize)),
            None => std::cmp::Ordering::Equal,
        };
        let is_better = match one.cmp(other).then_with(by_bytes) {
            std::cmp::Ordering::Equal => self.last,
            std::cmp::Ordering::Less => self.greatest,
            std::cmp::Ordering::Greater => !self.greatest,
        };
        if is_better {
            *state = *behind;
        }
    }

    fn finish(&self, state: &Self::State) -> PolarsResult<Value> {
        Ok(state.map_or(Value::Null, |(row, _)| Value::Row(row)))
    }
}

/// The first, the last or the n-th row, or of those that have a value.
pub(in crate::frame::sql) struct Position {
    /// Which rows count; all where it is not said.
    counts: Option<Vec<bool>>,
    /// From 0.
    place: usize,
    from_end: bool,
}

/// `first(x[, ignore_nulls])`.
pub(in crate::frame::sql) fn first(args: &AggregatorInput<'_>) -> PolarsResult<Box<dyn Aggregator>> {
    Ok(Box::new(Position::new(args, 0, false)?))
}

/// `last(x[, ignore_nulls])`.
pub(in crate::frame::sql) fn last(args: &AggregatorInput<'_>) -> PolarsResult<Box<dyn Aggregator>> {
    Ok(Box::new(Position::new(args, 0, true)?))
}

impl Position {
    fn new(args: &AggregatorInput<'_>, place: usize, from_end: bool) -> PolarsResult<Self> {
        let says_so = match args.columns.get(1) {
            Some(says) => says.cast(&DataType::Boolean)?.bool()?.iter().next().flatten(),
            None => None,
        };
        let ignores = args.ignore_nulls || says_so == Some(true);
        Ok(Self {
            counts: if ignores { validity(&args.column(0)) } else { None },
            place,
            from_end,
        })
    }

    /// The n-th value of a frame, from 0.
    pub(in crate::frame::sql) fn nth(column: &Series, place: usize, ignore_nulls: bool) -> Self {
        Self {
            counts: if ignore_nulls { validity(column) } else { None },
            place,
            from_end: false,
        }
    }
}

impl Aggregator for Position {
    fn over(&self, rows: &[u32]) -> PolarsResult<Value> {
        let counts = |row: &&u32| is_there(self.counts.as_deref(), **row);
        let found = if self.from_end {
            rows.iter().rev().filter(counts).nth(self.place)
        } else {
            rows.iter().filter(counts).nth(self.place)
        };
        Ok(found.map_or(Value::Null, |row| Value::Row(*row)))
    }

    fn frames(&self, rows: &[u32], frames: &[FrameRows], values: &mut Vec<Value>) -> PolarsResult<()> {
        // How many rows count before each place, and which these are.
        let mut before = Vec::with_capacity(rows.len() + 1);
        let mut counting = Vec::with_capacity(rows.len());
        before.push(0_usize);
        for row in rows {
            if is_there(self.counts.as_deref(), *row) {
                counting.push(*row);
            }
            before.push(counting.len());
        }
        let place = |place: u32| before.get(place as usize).copied().unwrap_or_default();
        values.extend(frames.iter().map(|frame| {
            let rows = counting
                .get(place(frame.start)..place(frame.end))
                .unwrap_or_default();
            let place = if self.from_end {
                rows.len().checked_sub(1 + self.place)
            } else {
                Some(self.place)
            };
            let found = place.and_then(|place| rows.get(place));
            found.map_or(Value::Null, |row| Value::Row(*row))
        }));
        Ok(())
    }
}

/// The most frequent value.
struct ModeAggregate {
    codes: Vec<u64>,
    valid: Option<Vec<bool>>,
    descending: bool,
}

/// `mode(x)`: of those that are equally frequent the least, or with `ORDER BY x DESC` the greatest.
pub(in crate::frame::sql) fn mode(args: &AggregatorInput<'_>) -> PolarsResult<Box<dyn Aggregator>> {
    let (codes, valid) = comparable(&args.column(0))?;
    Ok(Box::new(ModeAggregate {
        codes,
        valid,
        descending: args.descending,
    }))
}

impl Aggregator for ModeAggregate {
    fn over(&self, rows: &[u32]) -> PolarsResult<Value> {
        let is_there = |row: &u32| is_there(self.valid.as_deref(), *row);
        let code = |row: &u32| self.codes.get(*row as usize).copied();
        let mut rows: Vec<u32> = rows.iter().copied().filter(is_there).collect();
        rows.sort_by_key(code);
        let equal = |one: &u32, other: &u32| code(one) == code(other);
        let mut best: &[u32] = &[];
        for same in rows.chunk_by(equal) {
            if same.len() > best.len() || self.descending && same.len() == best.len() {
                best = same;
            }
        }
        Ok(best.first().map_or(Value::Null, |row| Value::Row(*row)))
    }
}
