//! Rounding as Spark does it: a double is rounded as the decimal that it is written as, so that `round(1.005, 2)` is 1.01.

use polars::prelude::*;

use crate::frame::sql::expr::{Expr as Bound, Kind, Literal};
use crate::frame::sql::functions::Arguments;
use crate::frame::sql::functions::kernels::failed;
use crate::frame::sql::types;

/// Where a number goes that has too many digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RoundingMode {
    HalfUp,
    HalfEven,
    Up,
    Down,
}

/// How many digits are asked for: `None` where the argument is NULL.
fn digits(args: &[Bound]) -> Result<Option<i32>, String> {
    let Some(digits) = args.get(1) else {
        return Ok(Some(0));
    };
    let mut digits = digits;
    while let Kind::Cast { input, .. } = &digits.kind {
        digits = input;
    }
    match &digits.kind {
        Kind::Literal(Literal::Int(value)) => Ok(Some((*value).clamp(-1000, 1000) as i32)),
        Kind::Literal(Literal::Null) => Ok(None),
        _ => Err("a constant number of digits".to_owned()),
    }
}

/// The type of ROUND: that of the number; of decimals one of fewer digits.
pub(super) fn rounds_to(args: &[Bound]) -> Result<DataType, String> {
    let digits = digits(args)?;
    let dtype = args.first().map_or(DataType::Float64, |arg| arg.dtype.clone());
    Ok(match (dtype, digits) {
        (DataType::Decimal(precision, scale), Some(digits)) => {
            let whole = precision.saturating_sub(scale) + 1;
            if let Ok(digits) = usize::try_from(digits) {
                let scale = scale.min(digits);
                DataType::Decimal((whole + scale).min(38), scale)
            } else {
                let least = usize::try_from(1 - digits).unwrap_or(38);
                DataType::Decimal(whole.max(least).min(38), 0)
            }
        }
        (dtype, _) => dtype,
    })
}

/// The type of CEIL and FLOOR: whole, but for doubles that keep digits, and decimals.
pub(super) fn cuts_to(args: &[Bound]) -> Result<DataType, String> {
    Ok(match rounds_to(args)? {
        decimal @ DataType::Decimal(..) => decimal,
        dtype if args.len() > 1 && dtype.is_float() => DataType::Float64,
        _ => DataType::Int64,
    })
}

pub(super) fn rounded(mut args: Arguments<'_>, mode: RoundingMode) -> Expr {
    let gives = args.gives.clone();
    let Ok(Some(digits)) = digits(args.bound) else {
        return lit(NULL).cast(gives);
    };
    let dtype = gives.clone();
    let work = move |column: Column| {
        let series = column.as_materialized_series();
        let rounded = compute(series, digits, mode, &gives)?;
        Ok(rounded.with_name(column.name().clone()).into_column())
    };
    args.take(0).map(work, move |_, of| {
        Ok(Field::new(of.name().clone(), dtype.clone()))
    })
}

fn does_not_fit(dtype: &DataType) -> PolarsError {
    let dtype = types::sql_name(dtype);
    failed(
        &format!("the rounded number does not fit into {dtype}"),
        "CAST(number AS DOUBLE) has room",
    )
}

fn compute(series: &Series, digits: i32, mode: RoundingMode, gives: &DataType) -> PolarsResult<Series> {
    match series.dtype() {
        dtype if types::is_whole(dtype) => {
            if digits >= 0 {
                return series.cast(gives);
            }
            let values = series.cast(&DataType::Int64)?;
            let wide: Int64Chunked = values.i64()?.try_apply_nonnull_values_generic(|value| {
                let rounded = cut(i128::from(value), digits.unsigned_abs(), mode);
                let rounded = rounded.and_then(|rounded| {
                    rounded.checked_mul(10_i128.checked_pow(digits.unsigned_abs()).unwrap_or(0))
                });
                rounded
                    .and_then(|rounded| i64::try_from(rounded).ok())
                    .ok_or_else(|| does_not_fit(gives))
            })?;
            let wide = wide.into_series();
            let narrow = wide.cast(gives)?;
            if narrow.null_count() == wide.null_count() {
                Ok(narrow)
            } else {
                Err(does_not_fit(gives))
            }
        }
        DataType::Decimal(_, scale) => decimals(series, *scale, digits, mode, gives),
        _ => {
            let values = series.cast(&DataType::Float64)?;
            let values = values.f64()?;
            if *gives == DataType::Int64 {
                let whole: Int64Chunked = values.try_apply_nonnull_values_generic(|value| {
                    let value = if mode == RoundingMode::Up {
                        value.ceil()
                    } else {
                        value.floor()
                    };
                    if (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&value) {
                        Ok(value as i64)
                    } else {
                        Err(does_not_fit(gives))
                    }
                })?;
                return Ok(whole.into_series());
            }
            let rounded = values.apply_values(|value| double(value, digits, mode));
            rounded.into_series().cast(gives)
        }
    }
}

fn decimals(
    series: &Series,
    scale: usize,
    digits: i32,
    mode: RoundingMode,
    gives: &DataType,
) -> PolarsResult<Series> {
    let DataType::Decimal(precision, kept) = gives else {
        return Err(does_not_fit(gives));
    };
    let most = 10_i128.checked_pow(*precision as u32).unwrap_or(i128::MAX);
    let drop = scale as i64 - i64::from(digits);
    let values = series.decimal()?;
    let physical: &Int128Chunked = values.physical();
    let rounded: Int128Chunked = physical.try_apply_nonnull_values_generic(|value| {
        let rounded = match u32::try_from(drop) {
            Ok(drop) if drop > 0 => {
                let zeros = u32::try_from(-i64::from(digits)).unwrap_or(0);
                cut(value, drop, mode)
                    .and_then(|cut| cut.checked_mul(10_i128.checked_pow(zeros).unwrap_or(0)))
            }
            _ => Some(value),
        };
        rounded
            .filter(|rounded| rounded.abs() < most)
            .ok_or_else(|| does_not_fit(gives))
    })?;
    Ok(rounded.into_decimal(*precision, *kept)?.into_series())
}

/// Cuts digits off a whole number.
fn cut(value: i128, digits: u32, mode: RoundingMode) -> Option<i128> {
    let Some(unit) = 10_i128.checked_pow(digits) else {
        return Some(match mode {
            RoundingMode::Up if value > 0 => return None,
            RoundingMode::Down if value < 0 => return None,
            _ => 0,
        });
    };
    let (whole, rest) = (value.div_euclid(unit), value.rem_euclid(unit));
    // `rest` is never negative: `whole` lies below.
    let up = match mode {
        RoundingMode::Up => rest > 0,
        RoundingMode::Down => false,
        RoundingMode::HalfUp if value < 0 => rest * 2 > unit,
        RoundingMode::HalfUp => rest * 2 >= unit,
        RoundingMode::HalfEven => rest * 2 > unit || rest * 2 == unit && whole % 2 != 0,
    };
    Some(whole + i128::from(up))
}

/// Rounds a double as the decimal that it is written as.
pub(super) fn double(value: f64, digits: i32, mode: RoundingMode) -> f64 {
    if !value.is_finite() {
        return value;
    }
    // Far from what decides, the arithmetic of doubles is exact enough.
    if (0..=15).contains(&digits) {
        let unit = 10_f64.powi(digits);
        let moved = value * unit;
        let near = moved.abs() * 4e-16;
        if moved.abs() < 4e15 && near < 0.25 {
            let floor = moved.floor();
            let rest = moved - floor;
            let is_safe = match mode {
                RoundingMode::HalfUp | RoundingMode::HalfEven => (rest - 0.5).abs() > near,
                RoundingMode::Up | RoundingMode::Down => rest > near && rest < 1.0 - near,
            };
            if is_safe {
                let up = match mode {
                    RoundingMode::HalfUp | RoundingMode::HalfEven => rest > 0.5,
                    RoundingMode::Up => true,
                    RoundingMode::Down => false,
                };
                let whole = if up { floor + 1.0 } else { floor };
                return whole / unit + 0.0;
            }
        }
    }
    by_text(value, digits, mode).unwrap_or(value) + 0.0
}

fn by_text(value: f64, digits: i32, mode: RoundingMode) -> Option<f64> {
    let text = format!("{:e}", value.abs());
    let (mantissa, exponent) = text.split_once('e')?;
    let exponent: i32 = exponent.parse().ok()?;
    let written: String = mantissa.chars().filter(|digit| *digit != '.').collect();
    // So many of the written digits stay.
    let stay = exponent + 1 + digits;
    if stay >= written.len() as i32 {
        return Some(value);
    }
    let kept = usize::try_from(stay).unwrap_or(0);
    let whole: i128 = written
        .get(..kept)
        .filter(|kept| !kept.is_empty())
        .map_or(Some(0), |kept| kept.parse().ok())?;
    let rest = written.get(kept..)?;
    let is_zero = rest.bytes().all(|digit| digit == b'0');
    let half = if stay < 0 {
        std::cmp::Ordering::Less
    } else {
        let trimmed = rest.trim_end_matches('0');
        trimmed.cmp("5")
    };
    let is_negative = value < 0.0;
    let up = match mode {
        RoundingMode::HalfUp => half.is_ge(),
        RoundingMode::HalfEven => half.is_gt() || half.is_eq() && whole % 2 != 0,
        RoundingMode::Up => !is_zero && !is_negative,
        RoundingMode::Down => !is_zero && is_negative,
    };
    let whole = whole + i128::from(up);
    let sign = if is_negative { "-" } else { "" };
    format!("{sign}{whole}e{}", -digits).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::float_cmp, reason = "the numbers are the same to the last bit")]
    fn a_double_is_rounded_as_it_is_written() {
        let up = |value, digits| double(value, digits, RoundingMode::HalfUp);
        assert_eq!(up(1.005, 2), 1.01);
        assert_eq!(up(2.5, 0), 3.0);
        assert_eq!(up(-2.5, 0), -3.0);
        assert_eq!(up(25.0, -1), 30.0);
        assert_eq!(up(0.4, -400), 0.0);
        assert_eq!(up(1e308, 2), 1e308);
        assert_eq!(double(0.125, 2, RoundingMode::HalfEven), 0.12);
        assert_eq!(double(2.345, 1, RoundingMode::Up), 2.4);
        assert_eq!(double(-2.345, 1, RoundingMode::Down), -2.4);
        assert_eq!(double(2.3, 1, RoundingMode::Up), 2.3);
    }
}
