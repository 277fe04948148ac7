//! [`Object`]: an object of JSON in an expression: `output.rows` and `output["rows"]` are its field.

use std::fmt;
use std::sync::Arc;

use allocative::Allocative;
use starlark::any::ProvidesStaticType;
use starlark::starlark_simple_value;
use starlark::values::list::AllocList;
use starlark::values::{Heap, NoSerialize, StarlarkValue, Value, ValueLike, starlark_value};

use super::facts::{self, Facts};

/// An object of JSON in an expression.
///
/// It has no methods, which would hide fields that have their names; `getattr(x, "field", default)` asks for what may be missing.
#[derive(Debug, Clone, ProvidesStaticType, NoSerialize, Allocative)]
pub(super) struct Object(#[allocative(skip)] pub(super) Arc<[(String, Facts)]>);

starlark_simple_value!(Object);

/// A field that an object does not have.
#[derive(Debug, thiserror::Error)]
#[error("there is no field {0:?}")]
struct NoField(String);

impl Object {
    fn field(&self, name: &str) -> Option<&Facts> {
        self.0.iter().find(|(own, _)| own == name).map(|(_, field)| field)
    }
}

impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Facts::Object(Arc::clone(&self.0)).to_json().fmt(f)
    }
}

#[starlark_value(type = "object")]
impl<'v> StarlarkValue<'v> for Object {
    fn get_attr(&self, attribute: &str, heap: Heap<'v>) -> Option<Value<'v>> {
        self.field(attribute).map(|field| value(field, heap))
    }

    fn dir_attr(&self) -> Vec<String> {
        self.0.iter().map(|(name, _)| name.clone()).collect()
    }

    fn at(&self, index: Value<'v>, heap: Heap<'v>) -> starlark::Result<Value<'v>> {
        let field = index.unpack_str().and_then(|name| self.field(name));
        match field {
            Some(field) => Ok(value(field, heap)),
            None => Err(starlark::Error::new_other(NoField(index.to_str()))),
        }
    }

    fn is_in(&self, other: Value<'v>) -> starlark::Result<bool> {
        Ok(other.unpack_str().is_some_and(|name| self.field(name).is_some()))
    }

    fn iterate_collect(&self, heap: Heap<'v>) -> starlark::Result<Vec<Value<'v>>> {
        Ok(self.0.iter().map(|(name, _)| heap.alloc(name.as_str())).collect())
    }

    fn length(&self) -> starlark::Result<i32> {
        Ok(i32::try_from(self.0.len()).unwrap_or(i32::MAX))
    }

    fn to_bool(&self) -> bool {
        !self.0.is_empty()
    }

    fn equals(&self, other: Value<'v>) -> starlark::Result<bool> {
        let other = other.downcast_ref::<Self>();
        Ok(other
            .is_some_and(|other| Facts::Object(Arc::clone(&self.0)) == Facts::Object(Arc::clone(&other.0))))
    }
}

/// Returns facts as a value of an expression.
pub(super) fn value<'v>(known: &Facts, heap: Heap<'v>) -> Value<'v> {
    match known {
        Facts::Plain(plain) => heap.alloc(plain),
        Facts::Concealed(activity) => {
            facts::ask(activity);
            Value::new_none()
        }
        Facts::List(items) => heap.alloc(AllocList(items.iter().map(|item| value(item, heap)))),
        Facts::Object(fields) => heap.alloc(Object(Arc::clone(fields))),
    }
}
