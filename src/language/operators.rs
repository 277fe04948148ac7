//! Binary operators that Starlark would not pass on to our values.
//!
//! A Starlark value cannot answer `==` or `<` with anything but a truth value, nor `1 - x` at all. So these
//! operators are replaced in the syntax tree by the functions here: for our values they build what the operator
//! means, for all others they do what Starlark does.

use std::cmp::Ordering;
use std::collections::HashMap;

use starlark::environment::GlobalsBuilder;
use starlark::eval::Evaluator;
use starlark::starlark_module;
use starlark::values::list::ListRef;
use starlark::values::none::NoneType;
use starlark::values::{Heap, Value};

use super::arguments::described;
use super::formatting::percent;
use super::{BUILTIN_MODULES, BuiltinModule, OrFail, numbers, secret};
use crate::error::Problem;
use crate::frame::Operator;

/// The longest string or list that `*` makes, in bytes or items.
const MAX_REPEATED: i64 = 1 << 28;

/// The functions for operators.
const REPLACED: [(&str, &str); 15] = [
    ("==", "__eq__"),
    ("!=", "__ne__"),
    ("<", "__lt__"),
    ("<=", "__le__"),
    (">", "__gt__"),
    (">=", "__ge__"),
    ("-", "__sub__"),
    ("*", "__mul__"),
    ("/", "__truediv__"),
    ("//", "__floordiv__"),
    ("%", "__mod__"),
    ("&", "__and__"),
    ("|", "__or__"),
    ("in", "__in__"),
    ("not in", "__not_in__"),
];

/// The functions behind operators.
pub(super) struct Operators;

impl BuiltinModule for Operators {
    fn register(&self, globals: &mut GlobalsBuilder) {
        functions(globals);
    }
}

/// Returns the function for each replaced operator.
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

/// Returns the operator that `symbol` is, where one of its sides is a value that `is_own` knows.
pub(super) fn of_own<'v>(
    symbol: &str,
    is_own: impl Fn(Value<'v>) -> bool,
    left: Value<'v>,
    right: Value<'v>,
) -> Option<Operator> {
    (is_own(left) || is_own(right)).then(|| Operator::from_symbol(symbol))?
}

/// Returns what a module of builtins makes of an operator.
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
    BUILTIN_MODULES
        .iter()
        .find_map(|module| module.binary(operator, left, right, heap))
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
        None => Ok(Value::new_bool(holds(order(left, right, heap)?))),
    }
}

/// Compares two values: whole numbers and floats exactly, all else as Starlark does.
fn order<'v>(left: Value<'v>, right: Value<'v>, heap: Heap<'v>) -> starlark::Result<Ordering> {
    numbers::compared(left, right, heap).unwrap_or_else(|| left.compare(right))
}

fn equal<'v>(left: Value<'v>, right: Value<'v>, heap: Heap<'v>) -> starlark::Result<bool> {
    if let Some(order) = numbers::compared(left, right, heap) {
        return Ok(order?.is_eq());
    }
    let is_equal = left.equals(right)?;
    if !is_equal {
        secret::check_difference(left, right)?;
    }
    Ok(is_equal)
}

/// Returns whether a list, a text or another container has an item.
fn contains<'v>(item: Value<'v>, container: Value<'v>) -> starlark::Result<bool> {
    secret::check_membership(item, container)?;
    container.is_in(item)
}

/// Divides and rounds down.
pub(super) fn floor_divided<'v>(
    left: Value<'v>,
    right: Value<'v>,
    heap: Heap<'v>,
) -> starlark::Result<Value<'v>> {
    if let Some(value) = ours("//", left, right, heap) {
        return Ok(value?);
    }
    match numbers::float_divmod(left, right) {
        Some((quotient, _)) => Ok(heap.alloc(quotient)),
        None => left.floor_div(right, heap),
    }
}

/// Returns what a division leaves over, or puts values into a text.
pub(super) fn remainder<'v>(
    left: Value<'v>,
    right: Value<'v>,
    heap: Heap<'v>,
) -> starlark::Result<Value<'v>> {
    if let Some(format) = left.unpack_str() {
        return Ok(heap.alloc(percent(format, right, heap)?));
    }
    if let Some(value) = ours("%", left, right, heap) {
        return Ok(value?);
    }
    match numbers::float_divmod(left, right) {
        Some((_, rest)) => Ok(heap.alloc(rest)),
        None => left.percent(right, heap),
    }
}

fn product<'v>(left: Value<'v>, right: Value<'v>, heap: Heap<'v>) -> starlark::Result<Value<'v>> {
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

fn difference<'v>(left: Value<'v>, right: Value<'v>, heap: Heap<'v>) -> starlark::Result<Value<'v>> {
    match ours("-", left, right, heap) {
        Some(value) => Ok(value?),
        None => left.sub(right, heap),
    }
}

fn quotient<'v>(left: Value<'v>, right: Value<'v>, heap: Heap<'v>) -> starlark::Result<Value<'v>> {
    match ours("/", left, right, heap) {
        Some(value) => Ok(value?),
        None => numbers::divided(left, right, heap).unwrap_or_else(|| left.div(right, heap)),
    }
}

fn conjunction<'v>(left: Value<'v>, right: Value<'v>, heap: Heap<'v>) -> starlark::Result<Value<'v>> {
    match ours("&", left, right, heap) {
        Some(value) => Ok(value?),
        None => left.bit_and(right, heap),
    }
}

/// `a ** b` of what cannot be raised.
#[derive(Debug, thiserror::Error)]
#[error("`**` works on numbers and columns, not on {left} and {right}")]
struct NoPower {
    left: String,
    right: String,
}

impl Problem for NoPower {}

/// `container[key] -= value` with an operator that is none.
#[derive(Debug, thiserror::Error)]
#[error("there is no operator `{0}=`")]
struct NoOperator(String);

impl Problem for NoOperator {}

#[starlark_module]
fn functions(globals: &mut GlobalsBuilder) {
    /// What `==` gives.
    ///
    /// Effect: pure
    fn __eq__<'v>(
        #[starlark(require = pos)] left: Value<'v>,
        #[starlark(require = pos)] right: Value<'v>,
        heap: Heap<'v>,
    ) -> starlark::Result<Value<'v>> {
        match ours("==", left, right, heap) {
            Some(value) => Ok(value?),
            None => Ok(Value::new_bool(equal(left, right, heap)?)),
        }
    }

    /// What `!=` gives.
    ///
    /// Effect: pure
    fn __ne__<'v>(
        #[starlark(require = pos)] left: Value<'v>,
        #[starlark(require = pos)] right: Value<'v>,
        heap: Heap<'v>,
    ) -> starlark::Result<Value<'v>> {
        match ours("!=", left, right, heap) {
            Some(value) => Ok(value?),
            None => Ok(Value::new_bool(!equal(left, right, heap)?)),
        }
    }

    /// What `<` gives.
    ///
    /// Effect: pure
    fn __lt__<'v>(
        #[starlark(require = pos)] left: Value<'v>,
        #[starlark(require = pos)] right: Value<'v>,
        heap: Heap<'v>,
    ) -> starlark::Result<Value<'v>> {
        compared("<", left, right, heap, Ordering::is_lt)
    }

    /// What `<=` gives.
    ///
    /// Effect: pure
    fn __le__<'v>(
        #[starlark(require = pos)] left: Value<'v>,
        #[starlark(require = pos)] right: Value<'v>,
        heap: Heap<'v>,
    ) -> starlark::Result<Value<'v>> {
        compared("<=", left, right, heap, Ordering::is_le)
    }

    /// What `>` gives.
    ///
    /// Effect: pure
    fn __gt__<'v>(
        #[starlark(require = pos)] left: Value<'v>,
        #[starlark(require = pos)] right: Value<'v>,
        heap: Heap<'v>,
    ) -> starlark::Result<Value<'v>> {
        compared(">", left, right, heap, Ordering::is_gt)
    }

    /// What `>=` gives.
    ///
    /// Effect: pure
    fn __ge__<'v>(
        #[starlark(require = pos)] left: Value<'v>,
        #[starlark(require = pos)] right: Value<'v>,
        heap: Heap<'v>,
    ) -> starlark::Result<Value<'v>> {
        compared(">=", left, right, heap, Ordering::is_ge)
    }

    /// What `-` gives.
    ///
    /// Effect: pure
    fn __sub__<'v>(
        #[starlark(require = pos)] left: Value<'v>,
        #[starlark(require = pos)] right: Value<'v>,
        heap: Heap<'v>,
    ) -> starlark::Result<Value<'v>> {
        difference(left, right, heap)
    }

    /// What `*` gives.
    ///
    /// Effect: pure
    fn __mul__<'v>(
        #[starlark(require = pos)] left: Value<'v>,
        #[starlark(require = pos)] right: Value<'v>,
        heap: Heap<'v>,
    ) -> starlark::Result<Value<'v>> {
        product(left, right, heap)
    }

    /// What `/` gives.
    ///
    /// Effect: pure
    fn __truediv__<'v>(
        #[starlark(require = pos)] left: Value<'v>,
        #[starlark(require = pos)] right: Value<'v>,
        heap: Heap<'v>,
    ) -> starlark::Result<Value<'v>> {
        quotient(left, right, heap)
    }

    /// What `//` gives.
    ///
    /// Effect: pure
    fn __floordiv__<'v>(
        #[starlark(require = pos)] left: Value<'v>,
        #[starlark(require = pos)] right: Value<'v>,
        heap: Heap<'v>,
    ) -> starlark::Result<Value<'v>> {
        floor_divided(left, right, heap)
    }

    /// What `%` gives.
    ///
    /// Effect: pure
    fn __mod__<'v>(
        #[starlark(require = pos)] left: Value<'v>,
        #[starlark(require = pos)] right: Value<'v>,
        heap: Heap<'v>,
    ) -> starlark::Result<Value<'v>> {
        remainder(left, right, heap)
    }

    /// What `**` gives.
    ///
    /// Effect: pure
    fn __pow__<'v>(
        left: Value<'v>,
        right: Value<'v>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        let heap = eval.heap();
        let is_number = |value: Value<'v>| numbers::is_int(value) || numbers::float(value).is_some();
        if is_number(left) && is_number(right) {
            return numbers::power(left, right, heap);
        }
        match left.get_attr("pow", heap)? {
            Some(pow) => eval.eval_function(pow, &[right], &[]),
            None => Ok(Err(NoPower {
                left: described(left),
                right: described(right),
            })
            .or_fail()?),
        }
    }

    /// What `x += y` and its like do to a value that is changed in place.
    ///
    /// Effect: pure
    fn __modify__<'v>(
        container: Value<'v>,
        key: Value<'v>,
        operator: &str,
        value: Value<'v>,
        heap: Heap<'v>,
    ) -> starlark::Result<NoneType> {
        let before = container.at(key, heap)?;
        let after = match operator {
            "-" => difference(before, value, heap),
            "*" => product(before, value, heap),
            "/" => quotient(before, value, heap),
            "//" => floor_divided(before, value, heap),
            "%" => remainder(before, value, heap),
            "&" => conjunction(before, value, heap),
            other => Ok(Err(NoOperator(other.to_owned())).or_fail()?),
        }?;
        container.set_at(key, after)?;
        Ok(NoneType)
    }

    /// What `&` gives.
    ///
    /// Effect: pure
    fn __and__<'v>(
        #[starlark(require = pos)] left: Value<'v>,
        #[starlark(require = pos)] right: Value<'v>,
        heap: Heap<'v>,
    ) -> starlark::Result<Value<'v>> {
        conjunction(left, right, heap)
    }

    /// What `in` gives.
    ///
    /// Effect: pure
    #[starlark(speculative_exec_safe)]
    fn __in__<'v>(
        #[starlark(require = pos)] item: Value<'v>,
        #[starlark(require = pos)] container: Value<'v>,
    ) -> starlark::Result<bool> {
        contains(item, container)
    }

    /// What `not in` gives.
    ///
    /// Effect: pure
    #[starlark(speculative_exec_safe)]
    fn __not_in__<'v>(
        #[starlark(require = pos)] item: Value<'v>,
        #[starlark(require = pos)] container: Value<'v>,
    ) -> starlark::Result<bool> {
        Ok(!contains(item, container)?)
    }

    /// What `|` gives.
    ///
    /// Effect: pure
    fn __or__<'v>(
        #[starlark(require = pos)] left: Value<'v>,
        #[starlark(require = pos)] right: Value<'v>,
        heap: Heap<'v>,
    ) -> starlark::Result<Value<'v>> {
        match ours("|", left, right, heap) {
            Some(value) => Ok(value?),
            None => left.bit_or(right, heap),
        }
    }
}
