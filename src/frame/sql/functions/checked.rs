//! Arithmetic that tells when a result does not fit, over columns of any numbers.

use polars::prelude::arity::{try_binary_elementwise, try_unary_elementwise};
use polars::prelude::*;

use super::kernels::{Checked, Failure, by_zero, overflow};
use super::{decimals, whole};

/// Computes row by row in the type of the result; both sides have it already, or are cast to it.
pub(super) fn arithmetic(operation: Checked, left: Expr, right: Option<Expr>, dtype: DataType) -> Expr {
    arithmetic_or(operation, left, right, dtype, Failure::Error)
}

/// Computes row by row as [`arithmetic`] does.
pub(super) fn arithmetic_or(
    operation: Checked,
    left: Expr,
    right: Option<Expr>,
    dtype: DataType,
    failure: Failure,
) -> Expr {
    // Floating point has no overflow: polars' own kernels.
    if dtype.is_float() {
        match (operation, &right) {
            (Checked::Add, Some(right)) => return left.cast(dtype.clone()) + right.clone().cast(dtype),
            (Checked::Subtract, Some(right)) => return left.cast(dtype.clone()) - right.clone().cast(dtype),
            (Checked::Multiply, Some(right)) => return left.cast(dtype.clone()) * right.clone().cast(dtype),
            (Checked::Negate, None) => return lit(-1.0_f64).cast(dtype.clone()) * left.cast(dtype),
            _ => {}
        }
    }
    let gives = dtype.clone();
    let work = move |columns: &mut [Column]| compute(operation, columns, &dtype, failure);
    let field = move |_: &Schema, fields: &[Field]| {
        let name = fields
            .first()
            .map_or(PlSmallStr::EMPTY, |field| field.name().clone());
        Ok(Field::new(name, gives.clone()))
    };
    match right {
        Some(right) => left.map_many(work, &[right], field),
        None => left.map_many(work, &[], field),
    }
}

/// Computes steps one after the other, each with the result so far and the next of `rest`, in the type that it gives.
pub(super) fn chain(first: Expr, rest: &[Expr], steps: Vec<(Checked, DataType)>) -> Expr {
    let gives = steps.last().map_or(DataType::Null, |(_, dtype)| dtype.clone());
    let work = move |columns: &mut [Column]| {
        let [first, rest @ ..] = columns else {
            return Err(polars_err!(ComputeError: "no argument"));
        };
        rest.iter()
            .zip(&steps)
            .try_fold(first.clone(), |so_far, (next, (operation, dtype))| {
                compute(*operation, &mut [so_far, next.clone()], dtype, Failure::Error)
            })
    };
    first.map_many(work, rest, move |_, fields| {
        let name = fields
            .first()
            .map_or(PlSmallStr::EMPTY, |field| field.name().clone());
        Ok(Field::new(name, gives.clone()))
    })
}

fn compute(
    operation: Checked,
    columns: &mut [Column],
    dtype: &DataType,
    failure: Failure,
) -> PolarsResult<Column> {
    let [left, rest @ ..] = columns else {
        return Err(polars_err!(ComputeError: "no argument"));
    };
    let right = rest.first();
    let name = left.name().clone();
    if dtype.is_decimal() {
        let made = decimals::compute(operation, left, right, dtype, failure)?;
        return Ok(made.with_name(name).into_column());
    }
    // `div` of decimals and doubles is whole, too.
    let computes_in = match operation {
        Checked::Whole if left.dtype().is_float() || left.dtype().is_decimal() => &DataType::Float64,
        _ => dtype,
    };
    let left = left.cast(computes_in)?;
    let right = right.map(|right| right.cast(computes_in)).transpose()?;
    let (left, right) = (single(&left), right.as_ref().map(single));
    let right = right.as_ref();
    let computed = match computes_in {
        DataType::Int8 => whole::compute(
            operation,
            left.i8()?,
            right.map(|right| right.i8()).transpose()?,
            failure,
        )?
        .into_series(),
        DataType::Int16 => whole::compute(
            operation,
            left.i16()?,
            right.map(|right| right.i16()).transpose()?,
            failure,
        )?
        .into_series(),
        DataType::Int32 => whole::compute(
            operation,
            left.i32()?,
            right.map(|right| right.i32()).transpose()?,
            failure,
        )?
        .into_series(),
        DataType::Int64 => whole::compute(
            operation,
            left.i64()?,
            right.map(|right| right.i64()).transpose()?,
            failure,
        )?
        .into_series(),
        _ => {
            let (left, right) = (
                left.cast(&DataType::Float64)?,
                right.map(|right| right.cast(&DataType::Float64)).transpose()?,
            );
            let right = right.as_ref().map(|right| right.f64()).transpose()?;
            floating(operation, left.f64()?, right, failure)?.into_series()
        }
    };
    let computed = if computed.dtype() == dtype {
        computed
    } else if failure == Failure::Null {
        computed.cast(dtype)?
    } else {
        computed
            .strict_cast(dtype)
            .map_err(|_| overflow(operation, dtype))?
    };
    let length = left.len().max(right.map_or(0, |right| right.len()));
    let height = columns
        .iter()
        .map(Column::len)
        .find(|length| *length != 1)
        .unwrap_or(length);
    let computed = computed.with_name(name);
    Ok(if computed.len() == 1 && height != 1 {
        Column::new_scalar(
            computed.name().clone(),
            polars::prelude::Scalar::new(dtype.clone(), computed.get(0)?.into_static()),
            height,
        )
    } else {
        computed.into_column()
    })
}

/// Returns the values of a column, one alone where all are the same constant.
fn single(column: &Column) -> Series {
    match column.as_scalar_column() {
        Some(scalar) if !column.is_empty() => scalar.as_single_value_series(),
        _ => column.as_materialized_series().clone(),
    }
}

fn floating(
    operation: Checked,
    left: &Float64Chunked,
    right: Option<&Float64Chunked>,
    failure: Failure,
) -> PolarsResult<Float64Chunked> {
    let divides = operation.divides();
    let one = |left: f64, right: f64| {
        if divides && right == 0.0 {
            return match failure {
                Failure::Error => Err(by_zero()),
                Failure::Null => Ok(None),
            };
        }
        Ok(Some(match operation {
            Checked::Add => left + right,
            Checked::Subtract => left - right,
            Checked::Multiply => left * right,
            Checked::Divide => left / right,
            Checked::Whole => (left / right).trunc(),
            Checked::Floor => (left / right).floor(),
            Checked::Remainder => left % right,
            Checked::Positive => {
                let rest = left % right;
                if rest < 0.0 { (rest + right) % right } else { rest }
            }
            Checked::Negate => -left,
            Checked::Absolute => left.abs(),
        }))
    };
    let both = |left: Option<f64>, right: Option<f64>| match (left, right) {
        (Some(left), Some(right)) => one(left, right),
        _ => Ok(None),
    };
    match right {
        None => try_unary_elementwise(left, |value| both(value, value)),
        Some(right) if right.len() == 1 && left.len() != 1 => {
            let right = right.get(0);
            try_unary_elementwise(left, |left| both(left, right))
        }
        Some(right) if left.len() == 1 && right.len() != 1 => {
            let left = left.get(0);
            try_unary_elementwise(right, |right| both(left, right))
        }
        Some(right) => try_binary_elementwise(left, right, both),
    }
}
