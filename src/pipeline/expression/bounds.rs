//! What of Starlark would ask for memory at once, before anything can stop it, with a bound on it.

use std::collections::HashMap;
use std::num::NonZeroI32;

use starlark::environment::GlobalsBuilder;
use starlark::starlark_module;
use starlark::values::list::ListRef;
use starlark::values::range::Range;
use starlark::values::tuple::TupleRef;
use starlark::values::{Heap, Value};

/// The longest text, list or range that is made at once.
const MOST: i64 = 1 << 16;
/// The most binary places that a number is moved by.
const MOST_PLACES: i32 = 64;

/// What is too large to be made at once.
#[derive(Debug, thiserror::Error)]
pub(super) enum Excess {
    #[error("this would be longer than {MOST}")]
    Length,
    #[error("a number is moved by at most {MOST_PLACES} binary places")]
    Places,
    #[error("the step of a range cannot be 0")]
    NoStep,
}

/// Returns the functions that stand for operators.
pub(super) fn operators() -> HashMap<String, String> {
    [("*", "__times__"), ("<<", "__shifted__")]
        .map(|(operator, function)| (operator.to_owned(), function.to_owned()))
        .into()
}

fn length(value: Value<'_>) -> Option<usize> {
    value
        .unpack_str()
        .map(str::len)
        .or_else(|| ListRef::from_value(value).map(|list| list.len()))
        .or_else(|| TupleRef::from_value(value).map(TupleRef::len))
}

fn excess(excess: Excess) -> starlark::Error {
    starlark::Error::new_other(excess)
}

#[starlark_module]
pub(super) fn functions(globals: &mut GlobalsBuilder) {
    /// What `*` gives.
    fn __times__<'v>(
        #[starlark(require = pos)] left: Value<'v>,
        #[starlark(require = pos)] right: Value<'v>,
        heap: Heap<'v>,
    ) -> starlark::Result<Value<'v>> {
        for (repeated, times) in [(left, right), (right, left)] {
            if let (Some(length), Some(times)) = (length(repeated), times.unpack_i32())
                && i64::from(times).saturating_mul(length as i64) > MOST
            {
                return Err(excess(Excess::Length));
            }
        }
        left.mul(right, heap)
    }

    /// What `<<` gives.
    fn __shifted__<'v>(
        #[starlark(require = pos)] left: Value<'v>,
        #[starlark(require = pos)] right: Value<'v>,
        heap: Heap<'v>,
    ) -> starlark::Result<Value<'v>> {
        match right.unpack_i32() {
            Some(places) if places <= MOST_PLACES => left.left_shift(right, heap),
            _ => Err(excess(Excess::Places)),
        }
    }

    /// Counts from `start` (0 unless given) up to, but not including, `stop`, in steps of `step`.
    #[starlark(as_type = Range)]
    fn range(
        #[starlark(require = pos)] start: i32,
        #[starlark(require = pos)] stop: Option<i32>,
        #[starlark(require = pos, default = 1)] step: i32,
    ) -> starlark::Result<Range> {
        let (start, stop) = stop.map_or((0, start), |stop| (start, stop));
        let step = NonZeroI32::new(step).ok_or_else(|| excess(Excess::NoStep))?;
        if (i64::from(stop) - i64::from(start)) / i64::from(step.get()) > MOST {
            return Err(excess(Excess::Length));
        }
        Ok(Range::new(start, stop, step))
    }
}
