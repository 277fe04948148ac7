//! What polars has no checked form of: arithmetic that tells when a result does not fit, and bits.

use polars::prelude::arity::{
    binary_elementwise, try_binary_elementwise, try_unary_elementwise, unary_elementwise,
};
use polars::prelude::*;

/// Arithmetic that can fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::frame::sql) enum Checked {
    Add,
    Subtract,
    Multiply,
    /// To a double.
    Divide,
    /// Towards zero, to a whole number.
    Whole,
    /// Rounded down.
    Floor,
    /// With the sign of the left side.
    Remainder,
    /// Never negative.
    Positive,
    Negate,
    Absolute,
}

/// Operations on bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::frame::sql) enum Bits {
    And,
    Or,
    Xor,
    Not,
    Left,
    Right,
    /// As if there were no sign.
    RightUnsigned,
}

/// Starts the messages of errors that values cause: what is behind it is for the user.
pub(in crate::frame::sql) const MARK: &str = "sql: ";

/// Makes an error that a value causes. `instead` says what to write.
pub(in crate::frame::sql) fn failed(reason: &str, instead: &str) -> PolarsError {
    polars_err!(ComputeError: "{}{} | {}", MARK, reason, instead)
}

fn overflow(operation: Checked, dtype: &DataType) -> PolarsError {
    let (what, instead) = match operation {
        Checked::Add => (
            "sum",
            "try_add(a, b) gives NULL there; CAST(a AS DOUBLE) has room",
        ),
        Checked::Subtract => (
            "difference",
            "try_subtract(a, b) gives NULL there; CAST(a AS DOUBLE) has room",
        ),
        Checked::Multiply => (
            "product",
            "try_multiply(a, b) gives NULL there; CAST(a AS DOUBLE) has room",
        ),
        _ => ("result", "CAST(a AS DOUBLE) has room"),
    };
    let dtype = crate::frame::sql::types::sql_name(dtype);
    failed(&format!("the {what} does not fit into {dtype}"), instead)
}

pub(in crate::frame::sql) fn by_zero() -> PolarsError {
    failed(
        "division by zero",
        "try_divide(a, b) gives NULL there, as does a / nullif(b, 0)",
    )
}

/// Computes row by row in the type of the result; both sides have it already, or are cast to it.
pub(in crate::frame::sql) fn arithmetic(
    operation: Checked,
    left: Expr,
    right: Option<Expr>,
    dtype: DataType,
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
    let work = move |columns: &mut [Column]| compute(operation, columns, &dtype);
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

fn compute(operation: Checked, columns: &mut [Column], dtype: &DataType) -> PolarsResult<Column> {
    let [left, rest @ ..] = columns else {
        return Err(polars_err!(ComputeError: "no argument"));
    };
    let right = rest.first();
    // `div` of decimals and doubles is whole, too.
    let computes_in = match operation {
        Checked::Whole if left.dtype().is_float() || left.dtype().is_decimal() => &DataType::Float64,
        _ => dtype,
    };
    let left = left.cast(computes_in)?;
    let right = right.map(|right| right.cast(computes_in)).transpose()?;
    let name = left.name().clone();
    let (left, right) = (
        left.as_materialized_series(),
        right.as_ref().map(Column::as_materialized_series),
    );
    let computed = match computes_in {
        DataType::Int8 => {
            whole(operation, left.i8()?, right.map(|right| right.i8()).transpose()?)?.into_series()
        }
        DataType::Int16 => whole(
            operation,
            left.i16()?,
            right.map(|right| right.i16()).transpose()?,
        )?
        .into_series(),
        DataType::Int32 => whole(
            operation,
            left.i32()?,
            right.map(|right| right.i32()).transpose()?,
        )?
        .into_series(),
        DataType::Int64 => whole(
            operation,
            left.i64()?,
            right.map(|right| right.i64()).transpose()?,
        )?
        .into_series(),
        DataType::Float32 => {
            let wide = |series: &Series| series.cast(&DataType::Float64);
            let (left, right) = (wide(left)?, right.map(wide).transpose()?);
            floating(
                operation,
                left.f64()?,
                right.as_ref().map(|right| right.f64()).transpose()?,
            )?
            .into_series()
        }
        _ => floating(
            operation,
            left.f64()?,
            right.map(|right| right.f64()).transpose()?,
        )?
        .into_series(),
    };
    let computed = if computed.dtype() == dtype {
        computed
    } else {
        computed.strict_cast(dtype)?
    };
    Ok(computed.with_name(name).into_column())
}

/// Whole numbers that know when they do not fit.
trait WholeNumber: Copy {
    fn compute(operation: Checked, left: Self, right: Self) -> Option<Self>;
    fn is_zero(self) -> bool;
}

macro_rules! whole_number {
    ($($type:ty),*) => { $(
        impl WholeNumber for $type {
            #[inline]
            fn compute(operation: Checked, left: Self, right: Self) -> Option<Self> {
                match operation {
                    Checked::Add => left.checked_add(right),
                    Checked::Subtract => left.checked_sub(right),
                    Checked::Multiply => left.checked_mul(right),
                    Checked::Divide | Checked::Whole => left.checked_div(right),
                    Checked::Floor => {
                        let whole = left.checked_div(right)?;
                        let is_between = left % right != 0 && (left < 0) != (right < 0);
                        if is_between { whole.checked_sub(1) } else { Some(whole) }
                    }
                    Checked::Remainder => Some(left.wrapping_rem(right)),
                    Checked::Positive => {
                        let rest = left.wrapping_rem(right);
                        if rest < 0 { Some(rest.wrapping_add(right).wrapping_rem(right)) } else { Some(rest) }
                    }
                    Checked::Negate => left.checked_neg(),
                    Checked::Absolute => left.checked_abs(),
                }
            }

            #[inline]
            fn is_zero(self) -> bool {
                self == 0
            }
        }
    )* };
}

whole_number!(i8, i16, i32, i64);

fn whole<T>(
    operation: Checked,
    left: &ChunkedArray<T>,
    right: Option<&ChunkedArray<T>>,
) -> PolarsResult<ChunkedArray<T>>
where
    T: PolarsNumericType,
    T::Native: WholeNumber,
{
    let dtype = T::get_static_dtype();
    let one = |left: T::Native, right: T::Native| {
        let divides = matches!(
            operation,
            Checked::Divide | Checked::Whole | Checked::Floor | Checked::Remainder | Checked::Positive
        );
        if divides && right.is_zero() {
            return Err(by_zero());
        }
        T::Native::compute(operation, left, right).ok_or_else(|| overflow(operation, &dtype))
    };
    match right {
        None => try_unary_elementwise(left, |value: Option<T::Native>| {
            value.map(|value| one(value, value)).transpose()
        }),
        Some(right) if right.len() == 1 && left.len() != 1 => match right.get(0) {
            Some(right) => try_unary_elementwise(left, |left: Option<T::Native>| {
                left.map(|left| one(left, right)).transpose()
            }),
            None => Ok(ChunkedArray::full_null(left.name().clone(), left.len())),
        },
        Some(right) if left.len() == 1 && right.len() != 1 => match left.get(0) {
            Some(left) => try_unary_elementwise(right, |right: Option<T::Native>| {
                right.map(|right| one(left, right)).transpose()
            }),
            None => Ok(ChunkedArray::full_null(left.name().clone(), right.len())),
        },
        Some(right) => try_binary_elementwise(left, right, |left, right| match (left, right) {
            (Some(left), Some(right)) => one(left, right).map(Some),
            _ => Ok(None),
        }),
    }
}

fn floating(
    operation: Checked,
    left: &Float64Chunked,
    right: Option<&Float64Chunked>,
) -> PolarsResult<Float64Chunked> {
    let one = |left: f64, right: f64| {
        let divides = matches!(
            operation,
            Checked::Divide | Checked::Whole | Checked::Floor | Checked::Remainder | Checked::Positive
        );
        if divides && right == 0.0 {
            return Err(by_zero());
        }
        Ok(match operation {
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
        })
    };
    match right {
        None => try_unary_elementwise(left, |value: Option<f64>| {
            value.map(|value| one(value, value)).transpose()
        }),
        Some(right) if right.len() == 1 && left.len() != 1 => match right.get(0) {
            Some(right) => try_unary_elementwise(left, |left: Option<f64>| {
                left.map(|left| one(left, right)).transpose()
            }),
            None => Ok(Float64Chunked::full_null(left.name().clone(), left.len())),
        },
        Some(right) if left.len() == 1 && right.len() != 1 => match left.get(0) {
            Some(left) => try_unary_elementwise(right, |right: Option<f64>| {
                right.map(|right| one(left, right)).transpose()
            }),
            None => Ok(Float64Chunked::full_null(left.name().clone(), right.len())),
        },
        Some(right) => try_binary_elementwise(left, right, |left, right| match (left, right) {
            (Some(left), Some(right)) => one(left, right).map(Some),
            _ => Ok(None),
        }),
    }
}

/// Works on the bits of whole numbers of one type.
pub(in crate::frame::sql) fn bits(operation: Bits, left: Expr, right: Option<Expr>, dtype: DataType) -> Expr {
    let gives = dtype.clone();
    let work = move |columns: &mut [Column]| {
        let [left, rest @ ..] = columns else {
            return Err(polars_err!(ComputeError: "no argument"));
        };
        // Of Spark's numbers only INT and BIGINT are shifted; the others are computed as they are.
        let width: u32 = match dtype {
            DataType::Int8 => 8,
            DataType::Int16 => 16,
            DataType::Int32 => 32,
            _ => 64,
        };
        let left = left.cast(&DataType::Int64)?;
        let left = left.i64()?;
        let one = |left: i64, right: i64| match operation {
            Bits::And => left & right,
            Bits::Or => left | right,
            Bits::Xor => left ^ right,
            Bits::Not => !left,
            Bits::Left => narrow(left.wrapping_shl(shift(right, width)), width),
            Bits::Right => left.wrapping_shr(shift(right, width)),
            Bits::RightUnsigned if width == 64 => ((left as u64).wrapping_shr(shift(right, 64))) as i64,
            Bits::RightUnsigned => i64::from(((left as u32).wrapping_shr(shift(right, 32))) as i32),
        };
        let computed: Int64Chunked = match rest.first() {
            None => unary_elementwise(left, |value: Option<i64>| value.map(|value| one(value, value))),
            Some(right) => {
                let right = right.cast(&DataType::Int64)?;
                let right = right.i64()?;
                let same = left.len().max(right.len());
                let (left, right) = (spread(left, same), spread(right, same));
                binary_elementwise(&left, &right, |left, right| Some(one(left?, right?)))
            }
        };
        Ok(computed.into_series().cast(&dtype)?.into_column())
    };
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

/// Repeats a constant for every row.
pub(in crate::frame::sql) fn spread(values: &Int64Chunked, length: usize) -> Int64Chunked {
    if values.len() == 1 && length != 1 {
        values.new_from_index(0, length)
    } else {
        values.clone()
    }
}

/// Java takes of a shift as many bits as there are places.
fn shift(by: i64, width: u32) -> u32 {
    (by & i64::from(if width == 64 { 63 } else { 31 })) as u32
}

fn narrow(value: i64, width: u32) -> i64 {
    if width == 64 {
        value
    } else {
        i64::from(value as i32)
    }
}
