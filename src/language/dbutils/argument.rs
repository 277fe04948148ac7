//! Arguments that have two names.

use starlark::values::none::NoneOr;

use super::error::DbutilsError;
use crate::language::OrFail;

/// A parameter with Databricks' Python name and its other spelling.
pub(super) struct Parameter {
    /// The function's whole name, for messages.
    pub(super) function: &'static str,
    pub(super) name: &'static str,
    pub(super) other: &'static str,
}

impl Parameter {
    /// Returns the value given under either name.
    pub(super) fn either<T>(&self, one: NoneOr<T>, other: NoneOr<T>) -> anyhow::Result<Option<T>> {
        match (one.into_option(), other.into_option()) {
            (Some(_), Some(_)) => Err(DbutilsError::Twice {
                function: self.function,
                one: self.name,
                other: self.other,
            })
            .or_fail(),
            (one, other) => Ok(one.or(other)),
        }
    }

    /// Returns the value given under either name, and fails without one.
    pub(super) fn required<T>(&self, one: NoneOr<T>, other: NoneOr<T>) -> anyhow::Result<T> {
        let given = self.either(one, other)?;
        given
            .ok_or(DbutilsError::Missing {
                function: self.function,
                parameter: self.name,
            })
            .or_fail()
    }
}
