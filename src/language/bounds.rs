//! Builtins of Starlark's that would ask for more memory than there is before anything can stop them.

use std::num::NonZeroI32;

use starlark::environment::GlobalsBuilder;
use starlark::starlark_module;
use starlark::values::range::Range;

use super::{BuiltinModule, OrFail};
use crate::error::Problem;

/// The longest range: `list(range(n))` asks for its memory at once, 8 bytes a number.
const MAX_RANGE: i64 = 100_000_000;

/// Builtins with a bound.
pub(super) struct Bounds;

impl BuiltinModule for Bounds {
    fn register(&self, globals: &mut GlobalsBuilder) {
        functions(globals);
    }
}

/// Why there is no such range.
#[derive(Debug, thiserror::Error)]
enum RangeError {
    #[error("the step of a range cannot be 0")]
    NoStep,
    #[error("a range of {0} numbers is longer than {MAX_RANGE}")]
    TooLong(i64),
}

impl Problem for RangeError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NoStep => "leave the third argument out, or give another number".to_owned(),
            Self::TooLong(_) => "nest two loops, or keep the rows in a frame".to_owned(),
        })
    }
}

#[starlark_module]
fn functions(globals: &mut GlobalsBuilder) {
    /// Counts from `start` (0 unless given) up to, but not including, `stop`, in steps of `step`.
    ///
    /// Effect: pure
    ///
    /// ```python
    /// list(range(0, 10, 3))
    /// ```
    #[starlark(as_type = Range)]
    fn range(
        #[starlark(require = pos)] start: i32,
        #[starlark(require = pos)] stop: Option<i32>,
        #[starlark(require = pos, default = 1)] step: i32,
    ) -> anyhow::Result<Range> {
        let (start, stop) = stop.map_or((0, start), |stop| (start, stop));
        let step = NonZeroI32::new(step).ok_or(RangeError::NoStep).or_fail()?;
        let length = (i64::from(stop) - i64::from(start)) / i64::from(step.get());
        if length > MAX_RANGE {
            Err(RangeError::TooLong(length)).or_fail()
        } else {
            Ok(Range::new(start, stop, step))
        }
    }
}
