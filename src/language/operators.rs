//! Binary operators that Starlark would not pass on to our values.
//!
//! A Starlark value cannot answer `==` or `<` with anything but a truth value, nor `1 - x` at all. So these
//! operators are replaced in the syntax tree by the functions here: for our values they build what the operator
//! means, for all others they do what Starlark does.

use std::cmp::Ordering;
use std::collections::HashMap;

use starlark::environment::GlobalsBuilder;
use starlark::starlark_module;
use starlark::values::list::ListRef;
use starlark::values::{Heap, Value};

use super::{FAMILIES, Family, OrFail};
use crate::error::Problem;

/// The longest string or list that `*` makes, in bytes or items.
const MAX_REPEATED: i64 = 1 << 28;

/// The functions that stand for operators.
const REPLACED: [(&str, &str); 12] = [
    ("==", "__eq__"),
    ("!=", "__ne__"),
    ("<", "__lt__"),
    ("<=", "__le__"),
    (">", "__gt__"),
    (">=", "__ge__"),
    ("-", "__sub__"),
    ("*", "__mul__"),
    ("/", "__truediv__"),
    ("%", "__mod__"),
    ("&", "__and__"),
    ("|", "__or__"),
];

/// The functions behind operators.
pub(super) struct Operators;

impl Family for Operators {
    fn register(&self, globals: &mut GlobalsBuilder) {
        functions(globals);
    }
}

/// Returns the function that stands for each replaced operator.
pub(super) fn table() -> HashMap<String, String> {
    REPLACED
        .iter()
        .map(|(operator, function)| ((*operator).to_owned(), (*function).to_owned()))
        .collect()
}

/// `*` would make something too long to hold.
#[derive(Debug, thiserror::Error)]
#[error("`{kind} * {times}` would be longer than {MAX_REPEATED}")]
struct TooLong {
    kind: &'static str,
    times: i64,
}

impl Problem for TooLong {
    fn hint(&self) -> Option<String> {
        Some("keep long data in a frame rather than in a list or string".to_owned())
    }
}

/// Returns what a family of builtins makes of an operator.
fn ours<'v>(
    operator: &str,
    left: Value<'v>,
    right: Value<'v>,
    heap: Heap<'v>,
) -> Option<anyhow::Result<Value<'v>>> {
    let plain = |value: Value<'_>| value.unpack_i32().is_some() || value.unpack_str().is_some();
    if plain(left) && plain(right) {
        return None;
    }
    FAMILIES
        .iter()
        .find_map(|family| family.binary(operator, left, right, heap))
}

fn compared<'v>(
    operator: &str,
    left: Value<'v>,
    right: Value<'v>,
    heap: Heap<'v>,
    holds: fn(Ordering) -> bool,
) -> starlark::Result<Value<'v>> {
    match ours(operator, left, right, heap) {
        Some(value) => Ok(value?),
        None => Ok(Value::new_bool(holds(left.compare(right)?))),
    }
}

#[starlark_module]
fn functions(globals: &mut GlobalsBuilder) {
    fn __eq__<'v>(left: Value<'v>, right: Value<'v>, heap: Heap<'v>) -> starlark::Result<Value<'v>> {
        match ours("==", left, right, heap) {
            Some(value) => Ok(value?),
            None => Ok(Value::new_bool(left.equals(right)?)),
        }
    }

    fn __ne__<'v>(left: Value<'v>, right: Value<'v>, heap: Heap<'v>) -> starlark::Result<Value<'v>> {
        match ours("!=", left, right, heap) {
            Some(value) => Ok(value?),
            None => Ok(Value::new_bool(!left.equals(right)?)),
        }
    }

    fn __lt__<'v>(left: Value<'v>, right: Value<'v>, heap: Heap<'v>) -> starlark::Result<Value<'v>> {
        compared("<", left, right, heap, Ordering::is_lt)
    }

    fn __le__<'v>(left: Value<'v>, right: Value<'v>, heap: Heap<'v>) -> starlark::Result<Value<'v>> {
        compared("<=", left, right, heap, Ordering::is_le)
    }

    fn __gt__<'v>(left: Value<'v>, right: Value<'v>, heap: Heap<'v>) -> starlark::Result<Value<'v>> {
        compared(">", left, right, heap, Ordering::is_gt)
    }

    fn __ge__<'v>(left: Value<'v>, right: Value<'v>, heap: Heap<'v>) -> starlark::Result<Value<'v>> {
        compared(">=", left, right, heap, Ordering::is_ge)
    }

    fn __sub__<'v>(left: Value<'v>, right: Value<'v>, heap: Heap<'v>) -> starlark::Result<Value<'v>> {
        match ours("-", left, right, heap) {
            Some(value) => Ok(value?),
            None => left.sub(right, heap),
        }
    }

    fn __mul__<'v>(left: Value<'v>, right: Value<'v>, heap: Heap<'v>) -> starlark::Result<Value<'v>> {
        if let Some(value) = ours("*", left, right, heap) {
            return Ok(value?);
        }
        // Starlark would ask for the memory at once, and the process would end if there were not enough.
        for (repeated, times) in [(left, right), (right, left)] {
            let length = match (repeated.unpack_str(), ListRef::from_value(repeated)) {
                (Some(text), _) => text.len() as i64,
                (None, Some(list)) => list.len() as i64,
                (None, None) => continue,
            };
            if let Some(times) = times.unpack_i32().map(i64::from)
                && length.saturating_mul(times) > MAX_REPEATED
            {
                return Ok(Err(TooLong {
                    kind: repeated.get_type(),
                    times,
                })
                .or_fail()?);
            }
        }
        left.mul(right, heap)
    }

    fn __truediv__<'v>(left: Value<'v>, right: Value<'v>, heap: Heap<'v>) -> starlark::Result<Value<'v>> {
        match ours("/", left, right, heap) {
            Some(value) => Ok(value?),
            None => left.div(right, heap),
        }
    }

    fn __mod__<'v>(left: Value<'v>, right: Value<'v>, heap: Heap<'v>) -> starlark::Result<Value<'v>> {
        match ours("%", left, right, heap) {
            Some(value) => Ok(value?),
            None => left.percent(right, heap),
        }
    }

    fn __and__<'v>(left: Value<'v>, right: Value<'v>, heap: Heap<'v>) -> starlark::Result<Value<'v>> {
        match ours("&", left, right, heap) {
            Some(value) => Ok(value?),
            None => left.bit_and(right, heap),
        }
    }

    fn __or__<'v>(left: Value<'v>, right: Value<'v>, heap: Heap<'v>) -> starlark::Result<Value<'v>> {
        match ours("|", left, right, heap) {
            Some(value) => Ok(value?),
            None => left.bit_or(right, heap),
        }
    }
}
