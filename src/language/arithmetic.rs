//! Python's `pow`, `round` and `sum`, which Starlark does without.

use starlark::environment::GlobalsBuilder;
use starlark::eval::Evaluator;
use starlark::starlark_module;
use starlark::values::float::{StarlarkFloat, UnpackFloat};
use starlark::values::none::NoneOr;
use starlark::values::{Heap, UnpackValue, Value, ValueOf};

use super::Family;
use super::fail::OrFail;
use crate::error::Problem;

/// Functions on numbers.
pub(super) struct Arithmetic;

impl Family for Arithmetic {
    fn register(&self, globals: &mut GlobalsBuilder) {
        functions(globals);
    }
}

/// A whole number has too many digits.
#[derive(Debug, thiserror::Error)]
#[error("{base} to the power of {exponent} does not fit into 64 bits")]
struct TooLarge {
    base: i64,
    exponent: i64,
}

impl Problem for TooLarge {
    fn hint(&self) -> Option<String> {
        Some(format!(
            "a float has room for it: pow({}.0, {})",
            self.base, self.exponent
        ))
    }
}

/// Rounds half to even at the last of `digits` decimals, as Python does.
fn rounded(number: f64, digits: i32) -> f64 {
    // Written out and read back, so that 2.675 stays what its binary digits are, a little less than 2.675.
    if let Ok(digits) = usize::try_from(digits) {
        return format!("{number:.digits$}").parse().unwrap_or(number);
    }
    let power = 10_f64.powi(digits.saturating_neg());
    (number / power).round_ties_even() * power
}

#[starlark_module]
fn functions(globals: &mut GlobalsBuilder) {
    /// Rounds a number to `ndigits` decimals; without `ndigits` the result is an int.
    fn round<'v>(
        #[starlark(require = pos)] number: UnpackFloat,
        #[starlark(default = NoneOr::None)] ndigits: NoneOr<i32>,
        heap: Heap<'v>,
    ) -> anyhow::Result<Value<'v>> {
        Ok(match ndigits.into_option() {
            Some(digits) => heap.alloc(StarlarkFloat(rounded(number.0, digits))),
            // A float beyond the range of an int stays a float.
            None if number.0.abs() < 9e15 => heap.alloc(number.0.round_ties_even() as i64),
            None => heap.alloc(number.0),
        })
    }

    /// Raises a number to a power, as `**` does in Python: whole numbers stay whole, `pow(x, 0.5)` is the square root.
    fn pow<'v>(
        #[starlark(require = pos)] base: ValueOf<'v, UnpackFloat>,
        #[starlark(require = pos)] exponent: ValueOf<'v, UnpackFloat>,
        heap: Heap<'v>,
    ) -> anyhow::Result<Value<'v>> {
        let whole = |number: Value<'v>| i64::unpack_value(number).ok().flatten();
        if let (Some(base), Some(exponent @ 0..)) = (whole(base.value), whole(exponent.value)) {
            let times = u32::try_from(exponent).ok();
            let power = times.and_then(|times| base.checked_pow(times));
            return power
                .map(|power| heap.alloc(power))
                .ok_or(TooLarge { base, exponent })
                .or_fail();
        }
        let power = base.typed.0.powf(exponent.typed.0);
        Ok(heap.alloc(StarlarkFloat(power)))
    }

    /// Adds up the items of a list or another iterable, from `start` on.
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
