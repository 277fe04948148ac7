//! Single values of a table ⇄ Starlark values.

use starlark::values::dict::{AllocDict, DictRef};
use starlark::values::float::StarlarkFloat;
use starlark::values::list::{AllocList, ListRef};
use starlark::values::structs::StructRef;
use starlark::values::tuple::TupleRef;
use starlark::values::{Heap, Value, ValueLike};

use super::arguments::described;
use super::secret::{NeedsValue, ReferenceValue};
use super::texts::repr;
use super::{OrFail, numbers};
use crate::frame::{FrameError, Scalar};

/// How deep lists and dicts in a value of a table may be nested: a list may even hold itself.
const DEEPEST: usize = 32;

/// Reads a Starlark value as one value of a table; `verb` and `argument` say what it is for.
pub(super) fn scalar(value: Value<'_>, verb: &'static str, argument: &'static str) -> anyhow::Result<Scalar> {
    nested(value, verb, argument, DEEPEST)
}

fn nested(
    value: Value<'_>,
    verb: &'static str,
    argument: &'static str,
    left: usize,
) -> anyhow::Result<Scalar> {
    let Some(left) = left.checked_sub(1) else {
        return Err(FrameError::Argument {
            verb,
            argument,
            expected: format!("nested at most {DEEPEST} levels deep"),
            found: "deeper".to_owned(),
        })
        .or_fail();
    };
    let each = |items: &mut dyn Iterator<Item = Value<'_>>| {
        items
            .map(|item| nested(item, verb, argument, left))
            .collect::<anyhow::Result<Vec<_>>>()
    };
    if value.is_none() {
        Ok(Scalar::Null)
    } else if let Some(value) = value.unpack_bool() {
        Ok(Scalar::Bool(value))
    } else if let Some(text) = value.unpack_str() {
        Ok(Scalar::String(text.to_owned()))
    } else if let Some(number) = value.downcast_ref::<StarlarkFloat>() {
        Ok(Scalar::Float(number.0))
    } else if let Some(number) = numbers::to_i128(value) {
        Ok(Scalar::Int(number))
    } else if let Some(list) = ListRef::from_value(value) {
        Ok(Scalar::List(each(&mut list.iter())?))
    } else if let Some(tuple) = TupleRef::from_value(value) {
        Ok(Scalar::List(each(&mut tuple.iter())?))
    } else if let Some(fields) = StructRef::from_value(value) {
        let fields = fields
            .iter()
            .map(|(name, item)| Ok((name.as_str().to_owned(), nested(item, verb, argument, left)?)));
        Ok(Scalar::Struct(fields.collect::<anyhow::Result<_>>()?))
    } else if let Some(dict) = DictRef::from_value(value) {
        Ok(Scalar::Struct(named(&dict, verb, argument, left)?))
    } else if ReferenceValue::of(value).is_some() {
        Err(NeedsValue::Data { verb, argument }).or_fail()
    } else {
        Err(FrameError::Argument {
            verb,
            argument,
            expected: "None, a bool, a number, a string, a list or a dict".to_owned(),
            found: described(value),
        })
        .or_fail()
    }
}

/// Reads a dict whose keys are names.
pub(super) fn fields(
    dict: &DictRef<'_>,
    verb: &'static str,
    argument: &'static str,
) -> anyhow::Result<Vec<(String, Scalar)>> {
    named(dict, verb, argument, DEEPEST)
}

fn named(
    dict: &DictRef<'_>,
    verb: &'static str,
    argument: &'static str,
    left: usize,
) -> anyhow::Result<Vec<(String, Scalar)>> {
    dict.iter()
        .map(|(key, value)| {
            let Some(name) = key.unpack_str() else {
                return Err(FrameError::Argument {
                    verb,
                    argument,
                    expected: "a dict whose keys are strings".to_owned(),
                    found: format!("the key {}", repr(key)),
                })
                .or_fail();
            };
            Ok((name.to_owned(), nested(value, verb, argument, left)?))
        })
        .collect()
}

/// Creates the Starlark value of one value of a table; dates and times become text in ISO 8601.
pub(super) fn value<'v>(scalar: &Scalar, heap: Heap<'v>) -> Value<'v> {
    match scalar {
        Scalar::Null => Value::new_none(),
        Scalar::Bool(value) => Value::new_bool(*value),
        Scalar::Int(number) => numbers::wide(*number, heap),
        Scalar::Float(number) => heap.alloc(*number),
        Scalar::String(text) => heap.alloc(text.as_str()),
        Scalar::List(items) => heap.alloc(AllocList(items.iter().map(|item| value(item, heap)))),
        Scalar::Struct(fields) => record(fields, heap),
        Scalar::Map(entries) => heap.alloc(AllocDict(entries.iter().map(|(key, item)| {
            // What cannot be a key of a dict is its text.
            let key = match key {
                Scalar::List(_) | Scalar::Struct(_) | Scalar::Map(_) => heap.alloc(key.to_string()),
                key => value(key, heap),
            };
            (key, value(item, heap))
        }))),
        other => heap.alloc(other.to_string()),
    }
}

/// Creates a dict of named values.
pub(super) fn record<'v>(fields: &[(String, Scalar)], heap: Heap<'v>) -> Value<'v> {
    heap.alloc(AllocDict(
        fields
            .iter()
            .map(|(name, item)| (name.as_str(), value(item, heap))),
    ))
}
