//! Functions of doubles, over whole columns.

use polars::prelude::*;

use crate::frame::sql::functions::Arguments;
use crate::frame::sql::functions::rows::{Rows, by_rows, some};

fn field(fields: &Field) -> PolarsResult<Field> {
    Ok(Field::new(fields.name().clone(), DataType::Float64))
}

/// A function that has a value for every double.
pub(super) fn plain(mut args: Arguments<'_>, compute: fn(f64) -> f64) -> Expr {
    let work = move |column: Column| Ok(column.f64()?.apply_values(compute).into_column());
    args.take(0).map(work, |_, of| field(of))
}

/// A function of doubles above a bound; NULL of others.
pub(super) fn above(mut args: Arguments<'_>, bound: f64, compute: fn(f64) -> f64) -> Expr {
    let work = move |column: Column| {
        let values = column.f64()?;
        let made = values.apply(|value| {
            value
                .filter(|value| value.is_nan() || *value > bound)
                .map(compute)
        });
        Ok(made.into_column())
    };
    args.take(0).map(work, |_, of| field(of))
}

/// A function of two doubles.
pub(super) fn pair(args: Arguments<'_>, compute: fn(f64, f64) -> f64) -> Expr {
    by_rows(args, move |rows| {
        let (left, right) = (rows.doubles(0)?, rows.doubles(1)?);
        rows.make::<Float64Type>(|row| Ok(left.at(row).zip(right.at(row)).map(|(a, b)| compute(a, b))))
    })
}

/// The logarithm to a base, or the natural one.
pub(super) fn logarithm(args: Arguments<'_>) -> Expr {
    if args.len() == 1 {
        return above(args, 0.0, f64::ln);
    }
    by_rows(args, |rows| {
        let (base, value) = (rows.doubles(0)?, rows.doubles(1)?);
        rows.make::<Float64Type>(|row| {
            let (base, value) = (some!(base.at(row)), some!(value.at(row)));
            Ok(
                (base > 0.0 && value > 0.0 || base.is_nan() || value.is_nan())
                    .then(|| value.ln() / base.ln()),
            )
        })
    })
}

pub(super) fn sign(value: f64) -> f64 {
    if value == 0.0 || value.is_nan() {
        value
    } else {
        value.signum()
    }
}

/// As Java has it: 1 to the power of NaN is NaN, as is 1 or -1 to the power of infinity.
#[expect(clippy::float_cmp, reason = "only 1 and -1 themselves are special")]
pub(super) fn power(base: f64, exponent: f64) -> f64 {
    if exponent.is_nan() || base.abs() == 1.0 && exponent.is_infinite() {
        return f64::NAN;
    }
    base.powf(exponent)
}

pub(super) fn factorial(rows: &Rows) -> PolarsResult<Series> {
    let values = rows.ints(0)?;
    rows.make::<Int64Type>(|row| {
        let n = some!(values.at(row));
        Ok((0..=20).contains(&n).then(|| (1..=i64::from(n)).product()))
    })
}

#[expect(
    clippy::float_cmp,
    reason = "only bounds that are the same have nothing between"
)]
pub(super) fn width_bucket(rows: &Rows) -> PolarsResult<Series> {
    let (values, lows, highs) = (rows.doubles(0)?, rows.doubles(1)?, rows.doubles(2)?);
    let counts = rows.bigints(3)?;
    rows.make::<Int64Type>(|row| {
        let (value, low, high) = (some!(values.at(row)), some!(lows.at(row)), some!(highs.at(row)));
        let count = some!(counts.at(row));
        if count <= 0
            || count == i64::MAX
            || value.is_nan()
            || low == high
            || !low.is_finite()
            || !high.is_finite()
        {
            return Ok(None);
        }
        let (from_low, width) = if low < high {
            (value - low, high - low)
        } else {
            (low - value, low - high)
        };
        Ok(Some(if from_low < 0.0 {
            0
        } else if from_low >= width {
            count + 1
        } else {
            (count as f64 * from_low / width) as i64 + 1
        }))
    })
}

pub(in crate::frame::sql::functions) fn is_nan(rows: &Rows) -> PolarsResult<Series> {
    let values = rows.doubles(0)?;
    rows.make_booleans(|row| Ok(Some(values.at(row).is_some_and(f64::is_nan))))
}

pub(in crate::frame::sql::functions) fn nanvl(rows: &Rows) -> PolarsResult<Series> {
    let (values, others) = (rows.doubles(0)?, rows.doubles(1)?);
    rows.make::<Float64Type>(|row| {
        let value = some!(values.at(row));
        Ok(if value.is_nan() {
            others.at(row)
        } else {
            Some(value)
        })
    })
}
