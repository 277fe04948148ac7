//! Arithmetic of decimals: exact, with the precision and scale that Spark gives its results.

use polars::prelude::*;

use super::kernels::{Checked, Failure, by_zero, overflow};
use crate::frame::sql::types;

/// Returns precision and scale of a decimal, or of a whole number as a decimal.
fn size(dtype: &DataType) -> Option<(usize, usize)> {
    Some(match dtype {
        DataType::Decimal(precision, scale) => (*precision, *scale),
        DataType::Int8 => (3, 0),
        DataType::Int16 | DataType::UInt8 => (5, 0),
        DataType::Int32 | DataType::UInt16 => (10, 0),
        dtype if types::is_whole(dtype) => (20, 0),
        _ => return None,
    })
}

/// Returns the type of the result of two numbers, at least one of them a decimal and none a double; `None` for others.
pub(super) fn result(operation: Checked, left: &DataType, right: &DataType) -> Option<DataType> {
    if !left.is_decimal() && !right.is_decimal() {
        return None;
    }
    let ((p1, s1), (p2, s2)) = (size(left)?, size(right)?);
    let (whole, scale) = match operation {
        Checked::Add | Checked::Subtract => ((p1 - s1).max(p2 - s2) + 1, s1.max(s2)),
        Checked::Multiply => (p1 + p2 + 1 - s1 - s2, s1 + s2),
        Checked::Remainder | Checked::Positive => ((p1 - s1).min(p2 - s2), s1.max(s2)),
        _ => return None,
    };
    // Digits before the point are kept; behind it at least six.
    let scale = if whole + scale > 38 {
        scale.min(6).max(38_usize.saturating_sub(whole))
    } else {
        scale
    };
    Some(DataType::Decimal((whole + scale).clamp(1, 38), scale))
}

fn power(exponent: usize) -> Option<i128> {
    10_i128.checked_pow(u32::try_from(exponent).ok()?)
}

/// Divides, a half away from zero.
fn rounded(value: i128, unit: i128) -> i128 {
    let (whole, rest) = (value / unit, value % unit);
    if rest.unsigned_abs() >= unit.unsigned_abs() - rest.unsigned_abs() {
        whole + value.signum()
    } else {
        whole
    }
}

/// A decimal column: its unscaled values, and the scale.
fn parts(column: &Column) -> PolarsResult<(Int128Chunked, usize)> {
    let decimal = match size(column.dtype()) {
        Some((precision, 0)) if !column.dtype().is_decimal() => {
            column.cast(&DataType::Decimal(precision, 0))?
        }
        _ => column.clone(),
    };
    let scale = match decimal.dtype() {
        DataType::Decimal(_, scale) => *scale,
        _ => 0,
    };
    let series = decimal.as_materialized_series();
    Ok((series.decimal()?.physical().clone(), scale))
}

/// Computes row by row to a decimal.
pub(super) fn compute(
    operation: Checked,
    left: &Column,
    right: Option<&Column>,
    dtype: &DataType,
    failure: Failure,
) -> PolarsResult<Series> {
    let DataType::Decimal(precision, scale) = dtype else {
        return Err(polars_err!(ComputeError: "a decimal result of type {}", dtype));
    };
    let (left, left_scale) = parts(left)?;
    let (right, right_scale) = match right {
        Some(right) => parts(right)?,
        None => (left.clone(), left_scale),
    };
    let limit = power(*precision).unwrap_or(i128::MAX);
    let common = left_scale.max(right_scale);
    let widened = |value: i128, from: usize| power(common - from).and_then(|unit| value.checked_mul(unit));
    let fit = |value: i128, from: usize| {
        let value = if from > *scale {
            rounded(value, power(from - scale)?)
        } else {
            value.checked_mul(power(scale - from)?)?
        };
        (value.unsigned_abs() < limit.unsigned_abs()).then_some(value)
    };
    let one = |left: i128, right: i128| match operation {
        Checked::Multiply => fit(left.checked_mul(right)?, left_scale + right_scale),
        Checked::Negate => fit(left.checked_neg()?, left_scale),
        Checked::Absolute => fit(left.checked_abs()?, left_scale),
        _ => {
            let (left, right) = (widened(left, left_scale)?, widened(right, right_scale)?);
            let value = match operation {
                Checked::Add => left.checked_add(right)?,
                Checked::Subtract => left.checked_sub(right)?,
                Checked::Remainder => left.checked_rem(right)?,
                Checked::Positive => {
                    let rest = left.checked_rem(right)?;
                    if rest < 0 {
                        rest.checked_add(right)?.checked_rem(right)?
                    } else {
                        rest
                    }
                }
                _ => return None,
            };
            fit(value, common)
        }
    };
    let length = if left.len() == 1 { right.len() } else { left.len() };
    let is_constant = (left.len() == 1 && length != 1, right.len() == 1 && length != 1);
    let at =
        |values: &Int128Chunked, is_constant: bool, row: usize| values.get(if is_constant { 0 } else { row });
    let (left, right) = (left.rechunk(), right.rechunk());
    let mut made = PrimitiveChunkedBuilder::<Int128Type>::new(left.name().clone(), length);
    for row in 0..length {
        let (Some(left), Some(right)) = (at(&left, is_constant.0, row), at(&right, is_constant.1, row))
        else {
            made.append_null();
            continue;
        };
        if operation.divides() && right == 0 {
            match failure {
                Failure::Error => return Err(by_zero()),
                Failure::Null => made.append_null(),
            }
            continue;
        }
        match (one(left, right), failure) {
            (None, Failure::Error) => return Err(overflow(operation, dtype)),
            (value, _) => made.append_option(value),
        }
    }
    Ok(made.finish().into_decimal(*precision, *scale)?.into_series())
}
