//! The operations that polars has no checked form of, the errors they give, and bits.

use polars::prelude::arity::{binary_elementwise, unary_elementwise};
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

impl Checked {
    /// Returns whether the right side must not be zero.
    pub(in crate::frame::sql) fn divides(self) -> bool {
        matches!(
            self,
            Self::Divide | Self::Whole | Self::Floor | Self::Remainder | Self::Positive
        )
    }
}

/// What a result is that does not fit, or a division by zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::frame::sql) enum Failure {
    Error,
    Null,
}

/// Operations on bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::frame::sql) enum BitOperation {
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

/// Splits the words of an error that [`failed`] made, which polars may have put its own before: what is wrong, and what to
/// do.
pub(in crate::frame) fn failure(message: &str) -> Option<(&str, &str)> {
    let (_, words) = message.split_once(MARK)?;
    words.split_once(" | ")
}

pub(super) fn overflow(operation: Checked, dtype: &DataType) -> PolarsError {
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

/// Says that a sum of whole numbers does not fit.
pub(in crate::frame::sql) fn sum_overflow() -> PolarsError {
    failed(
        "the sum does not fit into BIGINT",
        "sum(CAST(x AS DOUBLE)) has room; try_sum(x) gives NULL there",
    )
}

pub(in crate::frame::sql) fn by_zero() -> PolarsError {
    failed(
        "division by zero",
        "try_divide(a, b) gives NULL there, as does a / nullif(b, 0)",
    )
}

/// Works on the bits of whole numbers of one type.
pub(in crate::frame::sql) fn bits(
    operation: BitOperation,
    left: Expr,
    right: Option<Expr>,
    dtype: DataType,
) -> Expr {
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
            BitOperation::And => left & right,
            BitOperation::Or => left | right,
            BitOperation::Xor => left ^ right,
            BitOperation::Not => !left,
            BitOperation::Left => narrow(left.wrapping_shl(shift(right, width)), width),
            BitOperation::Right => left.wrapping_shr(shift(right, width)),
            BitOperation::RightUnsigned if width == 64 => {
                ((left as u64).wrapping_shr(shift(right, 64))) as i64
            }
            BitOperation::RightUnsigned => i64::from(((left as u32).wrapping_shr(shift(right, 32))) as i32),
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
