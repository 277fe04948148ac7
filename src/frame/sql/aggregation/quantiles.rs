//! Medians and percentiles.

use polars::prelude::*;

use super::keys::{comparable, is_there};
use super::sums::{Doubles, Wholes};
use super::{Aggregator, AggregatorInput, Value};
use crate::frame::sql::functions::kernels::failed;

/// Which value stands for a percentage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum How {
    /// Between the two values next to it.
    Between,
    /// The first value that has so many at or below it.
    Value,
}

/// What a result is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// A value of the argument.
    Row,
    /// A number that is whole inside, such as an interval.
    Whole,
    Double,
}

struct Percentiles {
    codes: Vec<u64>,
    valid: Option<Vec<bool>>,
    values: Doubles,
    /// How often a row counts.
    often: Option<Wholes>,
    percentages: Vec<f64>,
    /// Whether several percentages are asked for.
    many: bool,
    how: How,
    descending: bool,
    outcome: Outcome,
}

/// `median(x)`.
pub(in crate::frame::sql) fn median(args: &AggregatorInput<'_>) -> PolarsResult<Box<dyn Aggregator>> {
    made(args, How::Between, None, Some(0.5))
}

/// `percentile(x, percentage[, frequency])`.
pub(in crate::frame::sql) fn percentile(args: &AggregatorInput<'_>) -> PolarsResult<Box<dyn Aggregator>> {
    made(args, How::Between, args.columns.get(2), None)
}

/// `percentile_disc(percentage) WITHIN GROUP (ORDER BY x)`.
pub(in crate::frame::sql) fn percentile_disc(
    args: &AggregatorInput<'_>,
) -> PolarsResult<Box<dyn Aggregator>> {
    made(args, How::Value, None, None)
}

fn made(
    args: &AggregatorInput<'_>,
    how: How,
    often: Option<&Series>,
    percentage: Option<f64>,
) -> PolarsResult<Box<dyn Aggregator>> {
    let column = args.column(0);
    let (codes, valid) = comparable(&column)?;
    let keeps = *args.gives == *column.dtype() && !column.dtype().is_float()
        || matches!(args.gives, DataType::List(inner) if **inner == *column.dtype() && !inner.is_float());
    let percentages = match (percentage, args.columns.get(1)) {
        (Some(percentage), _) => vec![percentage],
        (None, Some(percentages)) => constants(percentages)?,
        (None, None) => Vec::new(),
    };
    if percentages
        .iter()
        .any(|percentage| !(0.0..=1.0).contains(percentage))
    {
        return Err(failed(
            "a percentage is not between 0 and 1",
            "write 0.5 for the median",
        ));
    }
    Ok(Box::new(Percentiles {
        codes,
        valid,
        values: if column.dtype().is_nested() || !numeric(column.dtype()) {
            Doubles::new(&Series::full_null(
                PlSmallStr::EMPTY,
                column.len(),
                &DataType::Float64,
            ))?
        } else {
            Doubles::new(&column)?
        },
        often: often.map(Wholes::new).transpose()?,
        percentages,
        many: matches!(args.gives, DataType::List(_)),
        how,
        descending: args.descending,
        outcome: if keeps && how == How::Value {
            Outcome::Row
        } else if matches!(args.gives, DataType::Duration(_)) {
            Outcome::Whole
        } else {
            Outcome::Double
        },
    }))
}

fn numeric(dtype: &DataType) -> bool {
    dtype.is_primitive_numeric() || dtype.is_decimal() || matches!(dtype, DataType::Duration(_))
}

/// Reads the constants that an argument is made of: a number, or an array of numbers.
fn constants(series: &Series) -> PolarsResult<Vec<f64>> {
    let first = series.head(Some(1));
    let numbers = match first.dtype() {
        DataType::List(_) => first.explode(ExplodeOptions {
            empty_as_null: false,
            keep_nulls: false,
        })?,
        _ => first,
    };
    let numbers = numbers.cast(&DataType::Float64)?;
    Ok(numbers.f64()?.iter().flatten().collect())
}

impl Percentiles {
    /// Returns the rows in order; a row comes as often as it counts.
    fn in_order(&self, rows: &[u32]) -> PolarsResult<Vec<u32>> {
        let is_there = |row: &u32| is_there(self.valid.as_deref(), *row);
        let mut rows: Vec<u32> = rows.iter().copied().filter(is_there).collect();
        rows.sort_unstable_by_key(|row| (self.codes.get(*row as usize).copied(), *row));
        if self.descending {
            rows.reverse();
        }
        Ok(rows)
    }

    /// Returns up to which place, counted from 1, each row goes.
    fn places(&self, rows: &[u32]) -> PolarsResult<Vec<u64>> {
        let Some(often) = &self.often else {
            return Ok((1..=rows.len() as u64).collect());
        };
        let mut place = 0_u64;
        let places = rows.iter().map(|row| match often.get(*row as usize) {
            Some(often) if often < 0 => Err(failed("a frequency is negative", "filter such rows out")),
            often => {
                place += often.unwrap_or(0) as u64;
                Ok(place)
            }
        });
        places.collect()
    }

    fn one(&self, rows: &[u32], places: &[u64], percentage: f64) -> Value {
        let count = places.last().copied().unwrap_or(0);
        if count == 0 {
            return Value::Null;
        }
        // The row at a place from 0.
        let at = |place: u64| {
            let index = places.partition_point(|end| *end <= place);
            rows.get(index).copied().unwrap_or_default()
        };
        let number = |row: u32| self.values.get(row as usize).unwrap_or(f64::NAN);
        match self.how {
            How::Value => {
                let place = (percentage * count as f64).ceil() as u64;
                let row = at(place.max(1) - 1);
                if self.outcome == Outcome::Row {
                    Value::Row(row)
                } else {
                    Value::Double(number(row))
                }
            }
            How::Between => {
                let place = percentage * (count - 1) as f64;
                let (lower, upper) = (place.floor(), place.ceil());
                let (low, high) = (number(at(lower as u64)), number(at(upper as u64)));
                #[expect(
                    clippy::float_cmp,
                    reason = "what is the same needs nothing between, least of all infinity"
                )]
                let value = if lower == upper || low == high {
                    low
                } else {
                    (upper - place) * low + (place - lower) * high
                };
                if self.outcome == Outcome::Whole {
                    Value::Int(value as i64)
                } else {
                    Value::Double(value)
                }
            }
        }
    }
}

impl Aggregator for Percentiles {
    fn over(&self, rows: &[u32]) -> PolarsResult<Value> {
        let rows = self.in_order(rows)?;
        let places = self.places(&rows)?;
        if places.last().copied().unwrap_or(0) == 0 {
            return Ok(Value::Null);
        }
        let values = self
            .percentages
            .iter()
            .map(|percentage| self.one(&rows, &places, *percentage));
        if !self.many {
            return Ok(values.into_iter().next().unwrap_or(Value::Null));
        }
        if self.outcome == Outcome::Row {
            let rows = values.filter_map(|value| match value {
                Value::Row(row) => Some(row),
                _ => None,
            });
            return Ok(Value::Rows(rows.collect()));
        }
        let numbers = values.filter_map(|value| match value {
            Value::Double(value) => Some(value),
            _ => None,
        });
        Ok(Value::Doubles(numbers.collect()))
    }
}
