//! Python's `pow`, `round`, `divmod` and `sum`, which Starlark does without.

use starlark::environment::GlobalsBuilder;
use starlark::eval::Evaluator;
use starlark::starlark_module;
use starlark::values::float::{StarlarkFloat, UnpackFloat};
use starlark::values::none::NoneOr;
use starlark::values::tuple::AllocTuple;
use starlark::values::{Heap, Value, ValueOf};

use super::BuiltinModule;
use super::fail::OrFail;
use super::numbers::{self, NumberError};
use super::operators;
use super::secret::{NeedsValue, ReferenceValue};

/// Functions on numbers.
pub(super) struct Arithmetic;

impl BuiltinModule for Arithmetic {
    fn register(&self, globals: &mut GlobalsBuilder) {
        functions(globals);
    }
}

/// Rounds a whole number to tens, hundreds, …
fn rounded_int<'v>(number: Value<'v>, digits: i32, heap: Heap<'v>) -> starlark::Result<Value<'v>> {
    if digits >= 0 {
        return Ok(number);
    }
    let zeros = digits.unsigned_abs() as usize;
    let text = number.to_repr();
    let size = text.trim_start_matches('-');
    if zeros > size.len() {
        return Ok(heap.alloc(0));
    }
    // The digits that are kept, times a power of ten: exact at every size.
    let sign = if text.starts_with('-') { "-" } else { "" };
    numbers::from_digits(&format!("{sign}{}", numbers::tens(size, zeros, false)), heap)
}

#[starlark_module]
fn functions(globals: &mut GlobalsBuilder) {
    /// Rounds a number to `ndigits` decimals, half to even; without `ndigits` the result is an int.
    ///
    /// Effect: pure
    ///
    /// ```python
    /// round(2.675, 2)
    /// ```
    fn round<'v>(
        #[starlark(require = pos)] number: ValueOf<'v, UnpackFloat>,
        #[starlark(default = NoneOr::None)] ndigits: NoneOr<i32>,
        heap: Heap<'v>,
    ) -> starlark::Result<Value<'v>> {
        let digits = ndigits.into_option();
        if numbers::is_int(number.value) {
            return rounded_int(number.value, digits.unwrap_or(0), heap);
        }
        let number = number.typed.0;
        match digits {
            Some(digits) => Ok(heap.alloc(StarlarkFloat(numbers::rounded(number, digits)))),
            None if number.is_finite() => numbers::whole(number.round_ties_even(), heap),
            None => {
                let value = super::format::float_repr(number);
                let function = "round";
                Ok(Err(NumberError::NoInteger { function, value }).or_fail()?)
            }
        }
    }

    /// Raises a number to a power, as `**` does: whole numbers stay whole, `pow(x, 0.5)` is the square root.
    ///
    /// With `mod`, whole numbers are raised and divided by it, and the remainder is returned.
    ///
    /// Effect: pure
    /// * `base`: the number to raise
    /// * `exponent`: the power; 0.5 for the square root
    /// * `mod`: the modulus, for whole numbers; None for the power itself
    ///
    /// ```python
    /// (pow(2, 10), pow(2, 0.5))
    /// ```
    fn pow<'v>(
        #[starlark(require = pos)] base: ValueOf<'v, UnpackFloat>,
        #[starlark(require = pos)] exponent: ValueOf<'v, UnpackFloat>,
        #[starlark(default = NoneOr::None)] r#mod: NoneOr<Value<'v>>,
        heap: Heap<'v>,
    ) -> starlark::Result<Value<'v>> {
        let (base, exponent) = (base.value, exponent.value);
        let Some(modulus) = r#mod.into_option() else {
            return numbers::power(base, exponent, heap);
        };
        let are_ints = [base, exponent, modulus].into_iter().all(numbers::is_int);
        if !are_ints || modulus.unpack_i32() == Some(0) || exponent.compare(heap.alloc(0))?.is_lt() {
            return Ok(Err(NumberError::Modulus).or_fail()?);
        }
        numbers::int_power(base, exponent, Some(modulus), heap)
    }

    /// Returns a number or the digits of a text as a float.
    ///
    /// Effect: pure
    /// * `a` = `0.0`: the value
    ///
    /// ```python
    /// float("2.5")
    /// ```
    #[starlark(as_type = StarlarkFloat)]
    fn float<'v>(#[starlark(require = pos)] a: Option<Value<'v>>) -> anyhow::Result<StarlarkFloat> {
        match a {
            None => Ok(StarlarkFloat(0.0)),
            Some(value) if ReferenceValue::of(value).is_some() => {
                Err(NeedsValue::Operation("float".to_owned())).or_fail()
            }
            Some(value) => numbers::to_float(value).or_fail(),
        }
    }

    /// The quotient and the remainder of a division: `(a // b, a % b)`.
    ///
    /// Effect: pure
    /// * `a`: the number to divide
    /// * `b`: what it is divided by
    ///
    /// ```python
    /// divmod(17, 5)
    /// ```
    fn divmod<'v>(
        #[starlark(require = pos)] a: ValueOf<'v, UnpackFloat>,
        #[starlark(require = pos)] b: ValueOf<'v, UnpackFloat>,
        heap: Heap<'v>,
    ) -> starlark::Result<Value<'v>> {
        let quotient = operators::floor_divided(a.value, b.value, heap)?;
        let rest = operators::remainder(a.value, b.value, heap)?;
        Ok(heap.alloc(AllocTuple([quotient, rest])))
    }

    /// Adds up the items of a list or another iterable, from `start` on.
    ///
    /// Effect: pure
    /// * `start`: the value to start from; 0 when None
    ///
    /// ```python
    /// sum([22, 38, 26])
    /// ```
    fn sum<'v>(
        #[starlark(require = pos)] items: Value<'v>,
        #[starlark(default = NoneOr::None)] start: NoneOr<Value<'v>>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        let heap = eval.heap();
        let mut total = start.into_option().unwrap_or_else(|| heap.alloc(0));
        for item in items.iterate(heap)? {
            total = total.add(item, heap)?;
        }
        Ok(total)
    }
}
