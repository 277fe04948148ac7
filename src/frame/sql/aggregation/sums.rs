//! Counts, sums and means; all, any and bits.

use polars::prelude::*;

use super::fold::Fold;
use super::keys::{is_there, validity};
use super::{Aggregator, AggregatorInput, Value};
use crate::frame::sql::functions::kernels::failed;

/// Whole numbers by row.
pub(super) struct Wholes {
    values: Vec<i64>,
    valid: Option<Vec<bool>>,
}

impl Wholes {
    /// Reads what is a whole number, or is one inside.
    pub(super) fn new(series: &Series) -> PolarsResult<Self> {
        let values = series.to_physical_repr().cast(&DataType::Int64)?;
        Ok(Self {
            values: values.i64()?.iter().map(Option::unwrap_or_default).collect(),
            valid: validity(series),
        })
    }

    pub(super) fn get(&self, row: usize) -> Option<i64> {
        if is_there(self.valid.as_deref(), row as u32) {
            self.values.get(row).copied()
        } else {
            None
        }
    }
}

/// Numbers as doubles, by row.
pub(super) struct Doubles {
    values: Vec<f64>,
    valid: Option<Vec<bool>>,
}

impl Doubles {
    pub(super) fn new(series: &Series) -> PolarsResult<Self> {
        let values = match series.dtype() {
            DataType::Duration(_) => series.to_physical_repr().cast(&DataType::Float64)?,
            _ => series.cast(&DataType::Float64)?,
        };
        Ok(Self {
            values: values.f64()?.iter().map(Option::unwrap_or_default).collect(),
            valid: validity(series),
        })
    }

    pub(super) fn get(&self, row: usize) -> Option<f64> {
        if is_there(self.valid.as_deref(), row as u32) {
            self.values.get(row).copied()
        } else {
            None
        }
    }
}

/// Decimals without their points, by row.
struct Decimals(Vec<Option<i128>>);

impl Decimals {
    fn new(series: &Series) -> PolarsResult<Self> {
        Ok(Self(series.decimal()?.physical().iter().collect()))
    }
}

/// Which rows are counted.
struct Count(Option<Vec<bool>>);

/// `count(…)`: the rows in which no argument is NULL.
pub(in crate::frame::sql) fn count(args: &AggregatorInput<'_>) -> PolarsResult<Box<dyn Aggregator>> {
    let mut all: Option<Vec<bool>> = None;
    for valid in args.columns.iter().filter_map(validity) {
        all = Some(match all {
            None => valid,
            Some(all) => all
                .into_iter()
                .zip(valid)
                .map(|(one, other)| one && other)
                .collect(),
        });
    }
    Ok(Box::new(Count(all)))
}

/// `count_if(condition)`.
pub(in crate::frame::sql) fn count_if(args: &AggregatorInput<'_>) -> PolarsResult<Box<dyn Aggregator>> {
    let condition = args.column(0).cast(&DataType::Boolean)?;
    let is_true = condition
        .bool()?
        .iter()
        .map(|value| value == Some(true))
        .collect();
    Ok(Box::new(Count(Some(is_true))))
}

impl Fold for Count {
    type State = i64;

    fn empty(&self) -> i64 {
        0
    }

    fn add(&self, state: &mut i64, row: usize) {
        *state += i64::from(is_there(self.0.as_deref(), row as u32));
    }

    fn join(&self, state: &mut i64, behind: &i64) {
        *state += behind;
    }

    fn finish(&self, state: &i64) -> PolarsResult<Value> {
        Ok(Value::Int(*state))
    }
}

/// What becomes of a sum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    /// A sum that does not fit is an error.
    Sum,
    /// A sum that does not fit is NULL.
    Try,
    /// The mean; of decimals with four digits more behind the point.
    Mean,
}

/// `sum(x)`.
pub(in crate::frame::sql) fn sum(args: &AggregatorInput<'_>) -> PolarsResult<Box<dyn Aggregator>> {
    added(args, Ending::Sum)
}

/// `try_sum(x)`.
pub(in crate::frame::sql) fn try_sum(args: &AggregatorInput<'_>) -> PolarsResult<Box<dyn Aggregator>> {
    added(args, Ending::Try)
}

/// `avg(x)`.
pub(in crate::frame::sql) fn mean(args: &AggregatorInput<'_>) -> PolarsResult<Box<dyn Aggregator>> {
    added(args, Ending::Mean)
}

fn added(args: &AggregatorInput<'_>, ending: Ending) -> PolarsResult<Box<dyn Aggregator>> {
    let column = args.column(0);
    Ok(match column.dtype() {
        DataType::Decimal(..) => Box::new(DecimalSum {
            values: Decimals::new(&column)?,
            ending,
            raises: match (column.dtype(), args.gives) {
                (DataType::Decimal(_, from), DataType::Decimal(_, to)) => to.saturating_sub(*from) as u32,
                _ => 0,
            },
            digits: match args.gives {
                DataType::Decimal(precision, _) => *precision as u32,
                _ => 38,
            },
        }),
        dtype if dtype.is_integer() && ending != Ending::Mean || matches!(dtype, DataType::Duration(_)) => {
            Box::new(WholeSum {
                values: Wholes::new(&column)?,
                ending,
            })
        }
        _ => Box::new(DoubleSum {
            values: Doubles::new(&column)?,
            ending,
        }),
    })
}

fn too_large(dtype: &str) -> PolarsError {
    failed(
        &format!("the sum does not fit into {dtype}"),
        "sum(CAST(x AS DOUBLE)) has room, and try_sum(x) gives NULL there",
    )
}

/// Sums of whole numbers, which are exact.
struct WholeSum {
    values: Wholes,
    ending: Ending,
}

impl Fold for WholeSum {
    type State = (i128, i64);

    fn empty(&self) -> Self::State {
        (0, 0)
    }

    fn add(&self, state: &mut Self::State, row: usize) {
        if let Some(value) = self.values.get(row) {
            state.0 += i128::from(value);
            state.1 += 1;
        }
    }

    fn join(&self, state: &mut Self::State, behind: &Self::State) {
        state.0 += behind.0;
        state.1 += behind.1;
    }

    fn finish(&self, (sum, count): &Self::State) -> PolarsResult<Value> {
        if *count == 0 {
            return Ok(Value::Null);
        }
        if self.ending == Ending::Mean {
            return Ok(Value::Int(divided(*sum, i128::from(*count)) as i64));
        }
        match i64::try_from(*sum) {
            Ok(sum) => Ok(Value::Int(sum)),
            Err(_) if self.ending == Ending::Try => Ok(Value::Null),
            Err(_) => Err(too_large("BIGINT")),
        }
    }
}

/// Divides, rounding half up.
fn divided(sum: i128, count: i128) -> i128 {
    let (whole, rest) = (sum / count, sum % count);
    if rest.abs() * 2 >= count {
        whole + rest.signum()
    } else {
        whole
    }
}

struct DoubleSum {
    values: Doubles,
    ending: Ending,
}

impl Fold for DoubleSum {
    type State = (f64, u64);

    fn empty(&self) -> Self::State {
        (0.0, 0)
    }

    fn add(&self, state: &mut Self::State, row: usize) {
        if let Some(value) = self.values.get(row) {
            state.0 += value;
            state.1 += 1;
        }
    }

    fn join(&self, state: &mut Self::State, behind: &Self::State) {
        state.0 += behind.0;
        state.1 += behind.1;
    }

    fn finish(&self, (sum, count): &Self::State) -> PolarsResult<Value> {
        Ok(match (count, self.ending) {
            (0, _) => Value::Null,
            (count, Ending::Mean) => Value::Double(sum / *count as f64),
            _ => Value::Double(*sum),
        })
    }
}

struct DecimalSum {
    values: Decimals,
    ending: Ending,
    /// How many digits behind the point a mean has more.
    raises: u32,
    digits: u32,
}

impl Fold for DecimalSum {
    /// The sum, unless it has become too large; how many there are.
    type State = (Option<i128>, i128);

    fn empty(&self) -> Self::State {
        (Some(0), 0)
    }

    fn add(&self, state: &mut Self::State, row: usize) {
        if let Some(Some(value)) = self.values.0.get(row).copied() {
            state.0 = state.0.and_then(|sum| sum.checked_add(value));
            state.1 += 1;
        }
    }

    fn join(&self, state: &mut Self::State, behind: &Self::State) {
        state.0 = state
            .0
            .zip(behind.0)
            .and_then(|(one, other)| one.checked_add(other));
        state.1 += behind.1;
    }

    fn finish(&self, (sum, count): &Self::State) -> PolarsResult<Value> {
        if *count == 0 {
            return Ok(Value::Null);
        }
        let made = match self.ending {
            Ending::Mean => sum
                .and_then(|sum| sum.checked_mul(10_i128.pow(self.raises)))
                .map(|sum| divided(sum, *count)),
            _ => *sum,
        };
        match made.filter(|made| made.unsigned_abs() < 10_u128.pow(self.digits)) {
            Some(made) => Ok(Value::Decimal(made)),
            None if self.ending == Ending::Try => Ok(Value::Null),
            None => Err(too_large("DECIMAL")),
        }
    }
}

/// Whether all, or any, are true.
struct Truth {
    values: Vec<Option<bool>>,
    all: bool,
}

/// `bool_and(condition)`.
pub(in crate::frame::sql) fn all(args: &AggregatorInput<'_>) -> PolarsResult<Box<dyn Aggregator>> {
    truth(args, true)
}

/// `bool_or(condition)`.
pub(in crate::frame::sql) fn any(args: &AggregatorInput<'_>) -> PolarsResult<Box<dyn Aggregator>> {
    truth(args, false)
}

fn truth(args: &AggregatorInput<'_>, all: bool) -> PolarsResult<Box<dyn Aggregator>> {
    let values = args.column(0).cast(&DataType::Boolean)?;
    let values = values.bool()?.iter().collect();
    Ok(Box::new(Truth { values, all }))
}

impl Fold for Truth {
    type State = Option<bool>;

    fn empty(&self) -> Self::State {
        None
    }

    fn add(&self, state: &mut Self::State, row: usize) {
        self.join(state, &self.values.get(row).copied().flatten());
    }

    fn join(&self, state: &mut Self::State, behind: &Self::State) {
        *state = match (*state, *behind) {
            (Some(one), Some(other)) if self.all => Some(one && other),
            (Some(one), Some(other)) => Some(one || other),
            (one, other) => one.or(other),
        };
    }

    fn finish(&self, state: &Self::State) -> PolarsResult<Value> {
        Ok(state.map_or(Value::Null, Value::Bool))
    }
}

/// Bits of all.
struct BitFold {
    values: Wholes,
    joins: fn(i64, i64) -> i64,
}

/// `bit_and(x)`.
pub(in crate::frame::sql) fn bit_and(args: &AggregatorInput<'_>) -> PolarsResult<Box<dyn Aggregator>> {
    bits(args, |one, other| one & other)
}

/// `bit_or(x)`.
pub(in crate::frame::sql) fn bit_or(args: &AggregatorInput<'_>) -> PolarsResult<Box<dyn Aggregator>> {
    bits(args, |one, other| one | other)
}

/// `bit_xor(x)`.
pub(in crate::frame::sql) fn bit_xor(args: &AggregatorInput<'_>) -> PolarsResult<Box<dyn Aggregator>> {
    bits(args, |one, other| one ^ other)
}

fn bits(args: &AggregatorInput<'_>, joins: fn(i64, i64) -> i64) -> PolarsResult<Box<dyn Aggregator>> {
    let values = Wholes::new(&args.column(0))?;
    Ok(Box::new(BitFold { values, joins }))
}

impl Fold for BitFold {
    type State = Option<i64>;

    fn empty(&self) -> Self::State {
        None
    }

    fn add(&self, state: &mut Self::State, row: usize) {
        self.join(state, &self.values.get(row));
    }

    fn join(&self, state: &mut Self::State, behind: &Self::State) {
        *state = match (*state, *behind) {
            (Some(one), Some(other)) => Some((self.joins)(one, other)),
            (one, other) => one.or(other),
        };
    }

    fn finish(&self, state: &Self::State) -> PolarsResult<Value> {
        Ok(state.map_or(Value::Null, Value::Int))
    }
}
