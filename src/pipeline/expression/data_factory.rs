//! What Data Factory's functions do that Python's do otherwise: with them, what was written for it means here what it meant there.

use starlark::environment::GlobalsBuilder;
use starlark::starlark_module;
use starlark::values::{Heap, Value};

use super::data::data;

/// Why there is no value.
#[derive(Debug, thiserror::Error)]
enum NoValue {
    #[error("a text of {length} characters has no {count} from {start} on, which counts from 0")]
    Part { length: usize, start: i32, count: i32 },
    #[error("it is divided by 0")]
    Zero,
    #[error("this is too large for a whole number")]
    Overflow,
    #[error("a remainder is one of whole numbers")]
    NotWhole,
    #[error("{0}")]
    NoText(String),
}

fn none(reason: NoValue) -> starlark::Error {
    starlark::Error::new_other(reason)
}

/// Divides whole numbers with the sign of C; `None` where one of them is not a whole number.
fn whole(
    left: Value<'_>,
    right: Value<'_>,
    divide: impl Fn(i64, i64) -> Option<i64>,
) -> starlark::Result<Option<i64>> {
    let number = |value: Value<'_>| starlark::values::UnpackValue::unpack_value(value).ok().flatten();
    match (number(left), number(right)) {
        (Some(_), Some(0)) => Err(none(NoValue::Zero)),
        (Some(left), Some(right)) => match divide(left, right) {
            Some(number) => Ok(Some(number)),
            None => Err(none(NoValue::Overflow)),
        },
        (None, _) | (_, None) => Ok(None),
    }
}

#[starlark_module]
pub(super) fn functions(globals: &mut GlobalsBuilder) {
    /// A value as a text: `None` is empty, lists and objects are JSON, true and false are `True` and `False`.
    fn text<'v>(#[starlark(require = pos)] value: Value<'v>) -> starlark::Result<String> {
        if let Some(text) = value.unpack_str() {
            return Ok(text.to_owned());
        }
        if let Some(truth) = value.unpack_bool() {
            return Ok(if truth { "True" } else { "False" }.to_owned());
        }
        match data(value) {
            Ok(serde_json::Value::Null) => Ok(String::new()),
            Ok(value) => Ok(value.to_string()),
            Err(fault) => Err(none(NoValue::NoText(fault.to_string()))),
        }
    }

    /// So many characters of a text, from one on, counted from 0; all of them have to be there.
    fn substring(
        #[starlark(require = pos)] text: &str,
        #[starlark(require = pos)] start: i32,
        #[starlark(require = pos)] count: i32,
    ) -> starlark::Result<String> {
        let length = text.chars().count();
        let part = usize::try_from(start).ok().zip(usize::try_from(count).ok());
        match part {
            Some((start, count)) if start.saturating_add(count) <= length => {
                Ok(text.chars().skip(start).take(count).collect())
            }
            _ => Err(none(NoValue::Part { length, start, count })),
        }
    }

    /// One number divided by another; of whole numbers the whole part.
    fn div<'v>(
        #[starlark(require = pos)] left: Value<'v>,
        #[starlark(require = pos)] right: Value<'v>,
        heap: Heap<'v>,
    ) -> starlark::Result<Value<'v>> {
        match whole(left, right, i64::checked_div)? {
            Some(number) => Ok(heap.alloc(number)),
            None => left.div(right, heap),
        }
    }

    /// What is left when one whole number is divided by another, with the sign of the first.
    fn rem<'v>(
        #[starlark(require = pos)] left: Value<'v>,
        #[starlark(require = pos)] right: Value<'v>,
    ) -> starlark::Result<i64> {
        whole(left, right, i64::checked_rem)?.ok_or_else(|| none(NoValue::NotWhole))
    }
}
