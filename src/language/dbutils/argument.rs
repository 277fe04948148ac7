//! Arguments that have two names, and arguments that become texts.

use starlark::values::Value;
use starlark::values::list::ListRef;
use starlark::values::none::NoneOr;
use starlark::values::tuple::TupleRef;

use super::error::DbutilsError;
use crate::language::OrFail;
use crate::language::secret::ReferenceValue;
use crate::language::texts::text as text_of;

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

/// Writes a value as the text that a parameter is: texts, numbers and bools as `str` does, and lists of them joined by
/// commas, as a multiselect has them; nothing for anything else.
pub(super) fn text(value: Value<'_>) -> Option<String> {
    if let Some(list) = ListRef::from_value(value) {
        return list
            .iter()
            .map(plain)
            .collect::<Option<Vec<_>>>()
            .map(|texts| texts.join(","));
    }
    if let Some(tuple) = TupleRef::from_value(value) {
        return tuple
            .iter()
            .map(plain)
            .collect::<Option<Vec<_>>>()
            .map(|texts| texts.join(","));
    }
    plain(value)
}

fn plain(value: Value<'_>) -> Option<String> {
    let is_plain = matches!(value.get_type(), "string" | "int" | "float" | "bool");
    // What takes a text gets the reference to a secret, and asks for the secret itself.
    (is_plain || ReferenceValue::of(value).is_some()).then(|| text_of(value))
}
