//! Shapes of arguments that several builtins take.

#![allow(
    clippy::no_effect_underscore_binding,
    reason = "what a derive here expands to"
)]

use starlark::values::list_or_tuple::UnpackListOrTuple;
use starlark::values::type_repr::StarlarkTypeRepr;
use starlark::values::{UnpackValue, Value};

use super::OrFail;
use crate::frame::FrameError;

/// One string, or a list of strings.
#[derive(Debug, StarlarkTypeRepr, UnpackValue)]
pub(super) enum Strings<'v> {
    /// `"a"`
    One(&'v str),
    /// `["a", "b"]`
    Many(UnpackListOrTuple<&'v str>),
}

impl Strings<'_> {
    /// Returns the strings.
    pub(super) fn into_vec(self) -> Vec<String> {
        match self {
            Self::One(text) => vec![text.to_owned()],
            Self::Many(texts) => texts.items.into_iter().map(str::to_owned).collect(),
        }
    }
}

/// Reads a number of rows or values.
pub(super) fn count(number: i64, verb: &'static str, argument: &'static str) -> anyhow::Result<usize> {
    usize::try_from(number)
        .map_err(|_| FrameError::Argument {
            verb,
            argument,
            expected: "0 or more".to_owned(),
            found: number.to_string(),
        })
        .or_fail()
}

/// Refuses a verb's argument.
pub(super) fn refuse<T>(
    verb: &'static str,
    argument: &'static str,
    expected: &str,
    found: Value<'_>,
) -> anyhow::Result<T> {
    let found = described(found);
    Err(FrameError::Argument {
        verb,
        argument,
        expected: expected.to_owned(),
        found,
    })
    .or_fail()
}

/// Describes what kind of value this is: `an int`, `a list`.
pub(super) fn described(value: Value<'_>) -> String {
    let kind = value.get_type();
    match kind {
        "NoneType" => "None".to_owned(),
        _ if kind.starts_with(['a', 'e', 'i', 'o', 'u']) => format!("an {kind}"),
        _ => format!("a {kind}"),
    }
}
