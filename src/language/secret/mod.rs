//! `Secret`: the value that `dbutils.secrets.get` gives, which knows a scope and a key and nothing else.
//!
//! It is a text as others are wherever a text is made of it: the reference `{{secrets/scope/key}}`. What would need the
//! value itself is refused, with why and what to do: see [`NeedsValue`]. Where the value goes is not decided here.

mod needs;

use std::fmt;

use allocative::Allocative;
use polars::prelude::DataFrame;
use starlark::any::ProvidesStaticType;
use starlark::collections::StarlarkHasher;
use starlark::docs::DocType;
use starlark::environment::{GlobalsBuilder, Methods, MethodsBuilder};
use starlark::typing::Ty;
use starlark::values::{Heap, StarlarkValue, Value, ValueLike, starlark_value};
use starlark::{methods_static, starlark_module, starlark_simple_value};

use super::format::quoted;
use super::frame::Columns;
use super::{BuiltinModule, OrFail};
use crate::cache::{Packed, Written};
use crate::frame::TableId;
use crate::secret::Reference;
pub(super) use needs::NeedsValue;
use needs::came_to_a_text;

/// The type's name, in cells and in caches.
const KIND: &str = "Secret";

/// A reference to a secret, as a value of a cell.
#[derive(Debug, ProvidesStaticType, Allocative)]
pub(super) struct ReferenceValue {
    #[allocative(skip)]
    reference: Reference,
    /// The reference as text, of which formats take parts.
    text: String,
}

starlark_simple_value!(ReferenceValue);
methods_static!(SECRET = members);

impl ReferenceValue {
    pub(super) fn new(reference: Reference) -> Self {
        Self {
            text: reference.to_string(),
            reference,
        }
    }

    /// Recognises a value.
    pub(super) fn of<'v>(value: Value<'v>) -> Option<&'v Self> {
        value.downcast_ref::<Self>()
    }

    /// Returns the text of a value, when it is a secret.
    pub(super) fn text_of(value: Value<'_>) -> Option<&str> {
        Self::of(value).map(|secret| secret.text.as_str())
    }
}

impl fmt::Display for ReferenceValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl serde::Serialize for ReferenceValue {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

/// Refuses an operation, as Starlark's traits return errors.
fn refused<T>(operation: &str) -> starlark::Result<T> {
    Ok(Err(NeedsValue::operation(operation)).or_fail()?)
}

#[starlark_value(type = "Secret")]
impl<'v> StarlarkValue<'v> for ReferenceValue {
    fn get_methods() -> Option<&'static Methods> {
        Some(SECRET.methods())
    }

    fn collect_repr(&self, collector: &mut String) {
        collector.push_str(&quoted(&self.text));
    }

    fn collect_str(&self, collector: &mut String) {
        collector.push_str(&self.text);
    }

    fn equals(&self, other: Value<'v>) -> starlark::Result<bool> {
        match Self::of(other) {
            Some(other) => Ok(self.reference == other.reference),
            // `dbutils.secrets.get` gives a secret or fails.
            None if other.is_none() => Ok(false),
            None => refused("=="),
        }
    }

    fn write_hash(&self, hasher: &mut StarlarkHasher) -> starlark::Result<()> {
        std::hash::Hash::hash(&self.reference, hasher);
        Ok(())
    }

    fn compare(&self, _other: Value<'v>) -> starlark::Result<std::cmp::Ordering> {
        refused("sorting")
    }

    fn length(&self) -> starlark::Result<i32> {
        refused("len")
    }

    fn at(&self, _index: Value<'v>, _heap: Heap<'v>) -> starlark::Result<Value<'v>> {
        refused("[…]")
    }

    fn slice(
        &self,
        _start: Option<Value<'v>>,
        _stop: Option<Value<'v>>,
        _stride: Option<Value<'v>>,
        _heap: Heap<'v>,
    ) -> starlark::Result<Value<'v>> {
        refused("[…]")
    }

    fn is_in(&self, _other: Value<'v>) -> starlark::Result<bool> {
        refused("in")
    }

    fn add(&self, right: Value<'v>, heap: Heap<'v>) -> Option<starlark::Result<Value<'v>>> {
        let right = right.unpack_str().or_else(|| Self::text_of(right))?;
        Some(Ok(heap.alloc(format!("{}{right}", self.text))))
    }

    fn radd(&self, left: Value<'v>, heap: Heap<'v>) -> Option<starlark::Result<Value<'v>>> {
        let left = left.unpack_str()?;
        Some(Ok(heap.alloc(format!("{left}{}", self.text))))
    }
}

#[starlark_module]
fn members(methods: &mut MethodsBuilder) {
    /// The name of the scope.
    ///
    /// Effect: pure
    ///
    /// ```python
    /// dbutils.secrets.get(scope="sqldbss", key="sqldbpassword").scope
    /// ```
    #[starlark(attribute)]
    fn scope(this: &ReferenceValue) -> anyhow::Result<String> {
        Ok(this.reference.scope().to_owned())
    }

    /// The key in the scope.
    ///
    /// Effect: pure
    ///
    /// ```python
    /// dbutils.secrets.get(scope="sqldbss", key="sqldbpassword").key
    /// ```
    #[starlark(attribute)]
    fn key(this: &ReferenceValue) -> anyhow::Result<String> {
        Ok(this.reference.key().to_owned())
    }
}

/// Secrets as values.
pub(super) struct References;

impl BuiltinModule for References {
    fn register(&self, _globals: &mut GlobalsBuilder) {}

    fn empty_like<'v>(&self, value: Value<'v>, heap: Heap<'v>) -> Option<Value<'v>> {
        let secret = ReferenceValue::of(value)?;
        Some(heap.alloc(ReferenceValue::new(secret.reference.clone())))
    }

    fn pack(&self, value: Value<'_>) -> Option<Packed> {
        Some(Packed::Written(Written {
            kind: KIND.to_owned(),
            text: ReferenceValue::text_of(value)?.to_owned(),
            whole: true,
            digest: None,
        }))
    }

    fn unpack<'v>(
        &self,
        packed: &Packed,
        _table: &dyn Fn(&TableId) -> Option<DataFrame>,
        heap: Heap<'v>,
    ) -> Option<Value<'v>> {
        match packed {
            Packed::Written(written) if written.kind == KIND => {
                Some(heap.alloc(ReferenceValue::new(Reference::parse(&written.text)?)))
            }
            _ => None,
        }
    }

    fn binary<'v>(
        &self,
        operator: &str,
        left: Value<'v>,
        right: Value<'v>,
        _heap: Heap<'v>,
    ) -> Option<anyhow::Result<Value<'v>>> {
        let is_known = |value: Value<'v>| value.is_none() || ReferenceValue::of(value).is_some();
        let is_one = ReferenceValue::of(left).is_some() || ReferenceValue::of(right).is_some();
        let is_compared = matches!(operator, "==" | "!=");
        if !is_one || is_compared && is_known(left) && is_known(right) {
            return None;
        }
        let is_column = Columns::of(left).or_else(|| Columns::of(right)).is_some();
        let error = if is_column {
            NeedsValue::Column(operator.to_owned())
        } else {
            NeedsValue::operation(operator)
        };
        Some(Err(error).or_fail())
    }

    fn types(&self) -> Vec<DocType> {
        vec![
            SECRET
                .methods()
                .documentation(Ty::starlark_value::<ReferenceValue>()),
        ]
    }
}

/// Refuses a comparison of lists, tuples, dicts or structs in which a secret met what is no secret: where Starlark
/// says that they differ, they may be equal.
pub(super) fn check_difference<'v>(left: Value<'v>, right: Value<'v>) -> anyhow::Result<()> {
    if came_to_a_text(left, right) {
        return Err(NeedsValue::operation("==")).or_fail();
    }
    Ok(())
}

/// Refuses to look for a secret among texts.
pub(super) fn check_membership(item: Value<'_>, container: Value<'_>) -> anyhow::Result<()> {
    if ReferenceValue::of(item).is_some() && needs::has_texts(container) {
        return Err(NeedsValue::operation("in")).or_fail();
    }
    Ok(())
}
