//! `assert_equal` and `assert_true`: cells that test, and say what differs.

mod comparison;
mod difference;

use starlark::environment::GlobalsBuilder;
use starlark::eval::Evaluator;
use starlark::starlark_module;
use starlark::values::Value;
use starlark::values::float::UnpackFloat;
use starlark::values::none::{NoneOr, NoneType};

use super::{BuiltinModule, OrFail, context};
use crate::error::Problem;
use comparison::Comparison;
use difference::Difference;

/// Floats this close, as a share of the larger, differ by rounding alone.
const ROUNDING: f64 = 1e-9;

/// Builtins that test.
pub(super) struct Asserts;

impl BuiltinModule for Asserts {
    fn register(&self, globals: &mut GlobalsBuilder) {
        functions(globals);
    }
}

/// A test that failed, or cannot be made.
#[derive(Debug, thiserror::Error)]
enum AssertError {
    #[error("{}{}{difference}", prefix(message.as_deref()), at(path))]
    NotEqual {
        message: Option<String>,
        /// Where in the values: `[2]["name"]`.
        path: String,
        difference: Difference,
    },
    #[error("{}", message.as_deref().unwrap_or("the condition is not true"))]
    NotTrue { message: Option<String> },
    #[error("assert_true takes a bool, not a value of type {found}")]
    NotABool { found: &'static str },
    #[error("the tolerance must be a number of 0 or more, not {found}")]
    Tolerance { found: f64 },
    #[error("the values are nested more than {deepest} levels deep")]
    TooDeep { deepest: usize },
}

fn prefix(message: Option<&str>) -> String {
    message.map_or_else(String::new, |message| format!("{message}: "))
}

fn at(path: &str) -> String {
    if path.is_empty() {
        String::new()
    } else {
        format!("at {path}, ")
    }
}

impl Problem for AssertError {
    fn hint(&self) -> Option<String> {
        let apart = match self {
            Self::NotEqual { difference, .. } => match difference {
                Difference::Values { relative, .. } => *relative,
                Difference::Tables(differences) => differences.largest,
                Difference::Types { .. }
                | Difference::Lengths { .. }
                | Difference::OnlyLeft { .. }
                | Difference::OnlyRight { .. } => None,
            },
            Self::NotTrue { .. } => None,
            Self::NotABool { .. } => {
                return Some(
                    "write a comparison, such as df.height > 0; for the rows of a frame, df.filter(\"x > 1\").height > 0"
                        .to_owned(),
                );
            }
            Self::Tolerance { .. } => return Some("write it like this: tolerance=1e-9".to_owned()),
            Self::TooDeep { .. } => return Some("compare parts of them".to_owned()),
        }?;
        (apart > 0.0 && apart <= ROUNDING)
            .then(|| format!("they differ by {apart:.0e} of their size; tolerance={ROUNDING:e} accepts that"))
    }
}

#[starlark_module]
fn functions(globals: &mut GlobalsBuilder) {
    /// Fails where two values differ, and says where: numbers, texts, lists, dicts, structs, frames, series, models and
    /// their metrics.
    ///
    /// Frames are the same when their columns have the same names and types in the same order, and their rows the same
    /// values in the same order. Two values that are not a number are equal.
    ///
    /// Effect: pure
    /// * `left`: a value
    /// * `right`: the value that it should be equal to
    /// * `tolerance`: how much two floats may differ, as a share of the larger; 0 when None
    /// * `message`: a text to show before the difference
    ///
    /// ```python
    /// frame_a = frame({"x": [1.0, 2.0]})
    /// frame_b = frame({"x": [1.0, 2.0 + 1e-12]})
    /// assert_equal(frame_a, frame_b, tolerance=1e-9)
    /// assert_equal({"rows": [1, 2]}, {"rows": [1, 2]}, message="the rows")
    /// ```
    fn assert_equal<'v>(
        left: Value<'v>,
        right: Value<'v>,
        #[starlark(require = named, default = NoneOr::None)] tolerance: NoneOr<UnpackFloat>,
        #[starlark(require = named, default = NoneOr::None)] message: NoneOr<&str>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<NoneType> {
        let tolerance = tolerance.into_option().map_or(0.0, |tolerance| tolerance.0);
        if !(tolerance.is_finite() && tolerance >= 0.0) {
            return Err(AssertError::Tolerance { found: tolerance }).or_fail();
        }
        let comparison = Comparison::new(context(eval)?, tolerance);
        match comparison.find(left, right).or_fail()? {
            None => Ok(NoneType),
            Some((path, difference)) => Err(AssertError::NotEqual {
                message: message.into_option().map(str::to_owned),
                path,
                difference,
            })
            .or_fail(),
        }
    }

    /// Fails where a condition is not true.
    ///
    /// Effect: pure
    /// * `condition`: a bool
    /// * `message`: the error message when it is not true
    ///
    /// ```python
    /// df = read_csv("/mnt/data/titanic.csv")
    /// assert_true(df.height() == 891, "the whole file")
    /// ```
    fn assert_true<'v>(
        condition: Value<'v>,
        #[starlark(default = NoneOr::None)] message: NoneOr<&str>,
    ) -> anyhow::Result<NoneType> {
        match condition.unpack_bool() {
            Some(true) => Ok(NoneType),
            Some(false) => Err(AssertError::NotTrue {
                message: message.into_option().map(str::to_owned),
            })
            .or_fail(),
            None => Err(AssertError::NotABool {
                found: condition.get_type(),
            })
            .or_fail(),
        }
    }
}
