//! Arithmetic of whole numbers that knows when a result does not fit.

use polars::prelude::*;

use super::kernels::{Checked, Failure, by_zero, overflow};

/// Numbers whose operations say when they overflow.
pub(super) trait Whole: Copy {
    /// Computes a result, and a number that is negative if it overflowed; without branches, so that loops are vectorised.
    fn wrapped(operation: Checked, left: Self, right: Self) -> (Self, Self);
    /// Computes a result if there is one.
    fn checked(operation: Checked, left: Self, right: Self) -> Option<Self>;
    fn is_zero(self) -> bool;
    fn is_negative(self) -> bool;
    fn either(self, other: Self) -> Self;
    const ZERO: Self;
}

macro_rules! whole {
    ($($type:ty),*) => { $(
        impl Whole for $type {
            const ZERO: Self = 0;

            #[inline(always)]
            fn wrapped(operation: Checked, left: Self, right: Self) -> (Self, Self) {
                match operation {
                    Checked::Add => {
                        let sum = left.wrapping_add(right);
                        (sum, (left ^ sum) & (right ^ sum))
                    }
                    Checked::Subtract => {
                        let difference = left.wrapping_sub(right);
                        (difference, (left ^ right) & (left ^ difference))
                    }
                    Checked::Negate => (left.wrapping_neg(), left & left.wrapping_neg()),
                    Checked::Absolute => (left.wrapping_abs(), left & left.wrapping_abs()),
                    _ => {
                        let (product, is_over) = left.overflowing_mul(right);
                        (product, if is_over { -1 } else { 0 })
                    }
                }
            }

            #[inline]
            fn checked(operation: Checked, left: Self, right: Self) -> Option<Self> {
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

            #[inline(always)]
            fn is_zero(self) -> bool {
                self == 0
            }

            #[inline(always)]
            fn is_negative(self) -> bool {
                self < 0
            }

            #[inline(always)]
            fn either(self, other: Self) -> Self {
                self | other
            }
        }
    )* };
}

whole!(i8, i16, i32, i64);

/// Computes row by row; a side of one row is a constant.
pub(super) fn compute<T>(
    operation: Checked,
    left: &ChunkedArray<T>,
    right: Option<&ChunkedArray<T>>,
    failure: Failure,
) -> PolarsResult<ChunkedArray<T>>
where
    T: PolarsNumericType,
    T::Native: Whole,
{
    let left = left.rechunk();
    let left_array = left.downcast_as_array();
    let left_values = left_array.values().as_slice();
    let left_there = left_array.validity();
    let none = |length: usize| Ok(ChunkedArray::full_null(left.name().clone(), length));
    let name = left.name().clone();
    let (values, validity) = match right {
        None => {
            let pairs = || left_values.iter().map(|value| (*value, *value));
            (decided::<T, _>(operation, pairs), left_there.cloned())
        }
        Some(right) if right.len() == 1 && left.len() != 1 => {
            let Some(right) = right.get(0) else {
                return none(left.len());
            };
            let pairs = || left_values.iter().map(|left| (*left, right));
            if let Some(values) = decided::<T, _>(operation, pairs) {
                return Ok(ChunkedArray::from_vec_validity(name, values, left_there.cloned()));
            }
            return by_row(
                operation,
                name,
                left.iter().map(|left| (left, Some(right))),
                failure,
            );
        }
        Some(right) if left.len() == 1 && right.len() != 1 => {
            let Some(left) = left.get(0) else {
                return none(right.len());
            };
            let right = right.rechunk();
            let array = right.downcast_as_array();
            let pairs = || array.values().iter().map(|right| (left, *right));
            if let Some(values) = decided::<T, _>(operation, pairs) {
                return Ok(ChunkedArray::from_vec_validity(
                    name,
                    values,
                    array.validity().cloned(),
                ));
            }
            return by_row(
                operation,
                name,
                right.iter().map(|right| (Some(left), right)),
                failure,
            );
        }
        Some(right) => {
            let right = right.rechunk();
            let array = right.downcast_as_array();
            let right_values = array.values().as_slice();
            let pairs = || left_values.iter().copied().zip(right_values.iter().copied());
            let Some(values) = decided::<T, _>(operation, pairs) else {
                return by_row(operation, name, left.iter().zip(right.iter()), failure);
            };
            let validity = match (left_there, array.validity()) {
                (Some(left), Some(right)) => Some(left & right),
                (one, other) => one.or(other).cloned(),
            };
            (Some(values), validity)
        }
    };
    match values {
        Some(values) => Ok(ChunkedArray::from_vec_validity(name, values, validity)),
        None => by_row(operation, name, left.iter().map(|value| (value, value)), failure),
    }
}

/// Computes all rows at once, NULLs included; `None` where one overflows, or where that takes a look at each row.
fn decided<T, I>(operation: Checked, pairs: impl Fn() -> I) -> Option<Vec<T::Native>>
where
    T: PolarsNumericType,
    T::Native: Whole,
    I: Iterator<Item = (T::Native, T::Native)>,
{
    // One loop for each operation, so that each is vectorised.
    let (values, overflowed) = match operation {
        operation if operation.divides() => return None,
        Checked::Add => wrapped(pairs(), |a, b| T::Native::wrapped(Checked::Add, a, b)),
        Checked::Subtract => wrapped(pairs(), |a, b| T::Native::wrapped(Checked::Subtract, a, b)),
        Checked::Negate => wrapped(pairs(), |a, b| T::Native::wrapped(Checked::Negate, a, b)),
        Checked::Absolute => wrapped(pairs(), |a, b| T::Native::wrapped(Checked::Absolute, a, b)),
        _ => wrapped(pairs(), |a, b| T::Native::wrapped(Checked::Multiply, a, b)),
    };
    (!overflowed).then_some(values)
}

/// Computes row by row; what is NULL counts for nothing, whatever stands there.
fn by_row<T>(
    operation: Checked,
    name: PlSmallStr,
    pairs: impl Iterator<Item = (Option<T::Native>, Option<T::Native>)>,
    failure: Failure,
) -> PolarsResult<ChunkedArray<T>>
where
    T: PolarsNumericType,
    T::Native: Whole,
{
    let dtype = T::get_static_dtype();
    let divides = operation.divides();
    let rows = pairs.map(|pair| {
        let (Some(left), Some(right)) = pair else {
            return Ok(None);
        };
        if divides && right.is_zero() {
            return match failure {
                Failure::Error => Err(by_zero()),
                Failure::Null => Ok(None),
            };
        }
        match (T::Native::checked(operation, left, right), failure) {
            (None, Failure::Error) => Err(overflow(operation, &dtype)),
            (value, _) => Ok(value),
        }
    });
    let made: ChunkedArray<T> = rows.collect::<PolarsResult<_>>()?;
    Ok(made.with_name(name))
}

/// Computes all pairs; returns whether one of them overflowed, too.
#[inline]
fn wrapped<N: Whole>(
    pairs: impl Iterator<Item = (N, N)>,
    compute: impl Fn(N, N) -> (N, N),
) -> (Vec<N>, bool) {
    let mut over = N::ZERO;
    let values = pairs
        .map(|(left, right)| {
            let (value, overflowed) = compute(left, right);
            over = over.either(overflowed);
            value
        })
        .collect();
    (values, over.is_negative())
}
