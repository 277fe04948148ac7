//! [`NeedsValue`]: what a cell wants to do with the value of a secret, which it does not have.

use starlark::values::Value;
use starlark::values::dict::DictRef;
use starlark::values::list::ListRef;
use starlark::values::structs::StructRef;
use starlark::values::tuple::TupleRef;

use super::ReferenceValue;
use crate::error::Problem;

/// How deep lists in lists are compared.
const DEEPEST: usize = 32;

/// Something in a cell that takes the value of a secret, or its being none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(in crate::language) enum NeedsValue {
    /// An operator, a function or a format.
    #[error("`{0}` needs the value of a secret, and a cell has only a reference to it")]
    Operation(String),
    /// A condition.
    #[error("`{0}` asks whether a secret is empty, and a cell has only a reference to it")]
    Truth(&'static str),
    /// An operator on a column.
    #[error("`{0}` computes with a secret, and a table would have only a reference to it")]
    Column(String),
    /// A value of a table.
    #[error("{verb}: a secret is given for {argument}, and a table would have only a reference to it")]
    Data {
        /// What was called.
        verb: &'static str,
        /// What was given for.
        argument: &'static str,
    },
}

impl NeedsValue {
    /// Names what needs the value as a person wrote it.
    pub(super) fn operation(name: &str) -> Self {
        Self::Operation(name.to_owned())
    }
}

impl Problem for NeedsValue {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Operation(operator) if matches!(operator.as_str(), "==" | "!=" | "in") => {
                "dbutils.secrets.get fails where there is no secret, so there is nothing to check; a setting that is \
                 compared belongs in a widget or in sheaf.ron, and str(secret) is the reference's text"
                    .to_owned()
            }
            Self::Operation(_) => {
                "the value goes only where it is used, such as into a connection; a setting that is no secret \
                 belongs in a widget or in sheaf.ron, and str(secret) is the reference's text"
                    .to_owned()
            }
            Self::Truth(_) => {
                "leave the check out: dbutils.secrets.get fails where there is no secret, and no reference is empty"
                    .to_owned()
            }
            Self::Data { .. } | Self::Column(_) => {
                "str(secret) is the reference's text; what rows are filtered or computed by belongs in a widget"
                    .to_owned()
            }
        })
    }
}

/// Returns whether comparing two values came to a secret on one side, and something that may be its value on the other.
pub(super) fn came_to_a_text<'v>(left: Value<'v>, right: Value<'v>) -> bool {
    meet(left, right, DEEPEST)
}

fn meet<'v>(left: Value<'v>, right: Value<'v>, depth: usize) -> bool {
    let Some(depth) = depth.checked_sub(1) else {
        return false;
    };
    match (
        ReferenceValue::of(left).is_some(),
        ReferenceValue::of(right).is_some(),
    ) {
        (true, true) => return false,
        (true, false) => return right.unpack_str().is_some(),
        (false, true) => return left.unpack_str().is_some(),
        (false, false) => {}
    }
    let any = |left: &[Value<'v>], right: &[Value<'v>]| {
        let mut pairs = left.iter().zip(right);
        pairs.any(|(left, right)| meet(*left, *right, depth))
    };
    if let (Some(left), Some(right)) = (ListRef::from_value(left), ListRef::from_value(right)) {
        any(left.content(), right.content())
    } else if let (Some(left), Some(right)) = (TupleRef::from_value(left), TupleRef::from_value(right)) {
        any(left.content(), right.content())
    } else if let (Some(left), Some(right)) = (DictRef::from_value(left), DictRef::from_value(right)) {
        let mut items = left.iter();
        items.any(|(key, item)| {
            let other = right.get(key).ok().flatten();
            other.is_some_and(|other| meet(item, other, depth))
        })
    } else if let (Some(left), Some(right)) = (StructRef::from_value(left), StructRef::from_value(right)) {
        let mut fields = left.iter().zip(right.iter());
        fields.any(|((name, item), (other_name, other))| name == other_name && meet(item, other, depth))
    } else {
        false
    }
}

/// Returns whether a container has a text that a secret could be equal to.
pub(super) fn has_texts(container: Value<'_>) -> bool {
    let is_text = |value: Value<'_>| value.unpack_str().is_some();
    if let Some(list) = ListRef::from_value(container) {
        list.iter().any(is_text)
    } else if let Some(tuple) = TupleRef::from_value(container) {
        tuple.iter().any(is_text)
    } else if let Some(dict) = DictRef::from_value(container) {
        dict.keys().any(is_text)
    } else {
        is_text(container) || container.get_type() == "set"
    }
}
