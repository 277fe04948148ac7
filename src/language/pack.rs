//! Values as data, and made again from it: what a cache keeps, and what two runs are compared by.

use polars::prelude::DataFrame;
use starlark::values::dict::{AllocDict, DictRef};
use starlark::values::float::StarlarkFloat;
use starlark::values::list::{AllocList, ListRef};
use starlark::values::structs::{AllocStruct, StructRef};
use starlark::values::tuple::{AllocTuple, TupleRef};
use starlark::values::{Heap, UnpackValue, Value, ValueLike};

use super::{BUILTIN_MODULES, numbers};
use crate::cache::{Packed, Written};
use crate::frame::TableId;

/// How deep lists in lists are packed.
const DEEPEST: usize = 100;
/// How many values within one are packed; a longer list is better a frame.
const MOST_ITEMS: usize = 1_000_000;

/// Packs a value; `None` for what is not data, as functions are, and for too much of it.
pub(super) fn pack(value: Value<'_>) -> Option<Packed> {
    Packer { left: MOST_ITEMS }.pack(value, DEEPEST)
}

struct Packer {
    /// How many more values may be packed.
    left: usize,
}

impl Packer {
    fn pack(&mut self, value: Value<'_>, depth: usize) -> Option<Packed> {
        self.left = self.left.checked_sub(1)?;
        let depth = depth.checked_sub(1)?;
        if value.is_none() {
            return Some(Packed::None);
        }
        match value.get_type() {
            "bool" => return value.unpack_bool().map(Packed::Bool),
            "int" => {
                return Some(match i64::unpack_value(value).ok()? {
                    Some(number) => Packed::Int(number),
                    // By its digits, of which there may be any number.
                    None => Packed::Written(Written {
                        kind: "int".to_owned(),
                        text: value.to_repr(),
                        whole: true,
                        digest: None,
                    }),
                });
            }
            "float" => return Some(Packed::float(value.downcast_ref::<StarlarkFloat>()?.0)),
            "string" => return value.unpack_str().map(|text| Packed::Text(text.to_owned())),
            _ => {}
        }
        if let Some(list) = ListRef::from_value(value) {
            self.all(list.iter(), depth).map(Packed::List)
        } else if let Some(tuple) = TupleRef::from_value(value) {
            self.all(tuple.iter(), depth).map(Packed::Tuple)
        } else if let Some(dict) = DictRef::from_value(value) {
            let pairs = dict
                .iter()
                .map(|(key, item)| Some((self.pack(key, depth)?, self.pack(item, depth)?)));
            pairs.collect::<Option<_>>().map(Packed::Dict)
        } else if let Some(fields) = StructRef::from_value(value) {
            let pairs = fields
                .iter()
                .map(|(name, item)| Some((name.as_str().to_owned(), self.pack(item, depth)?)));
            pairs.collect::<Option<_>>().map(Packed::Struct)
        } else {
            BUILTIN_MODULES.iter().find_map(|module| module.pack(value))
        }
    }

    fn all<'v>(&mut self, items: impl Iterator<Item = Value<'v>>, depth: usize) -> Option<Vec<Packed>> {
        items.map(|item| self.pack(item, depth)).collect()
    }
}

/// Rebuilds a value; `None` where a table is missing, or for what cannot be made of its packed form.
pub(super) fn unpack<'v>(
    packed: &Packed,
    table: &dyn Fn(&TableId) -> Option<DataFrame>,
    heap: Heap<'v>,
) -> Option<Value<'v>> {
    let all = |items: &[Packed]| -> Option<Vec<Value<'v>>> {
        items.iter().map(|item| unpack(item, table, heap)).collect()
    };
    Some(match packed {
        Packed::None => Value::new_none(),
        Packed::Bool(value) => Value::new_bool(*value),
        Packed::Int(value) => heap.alloc(*value),
        Packed::Float(bits) => heap.alloc(f64::from_bits(*bits)),
        Packed::Text(text) => heap.alloc(text.as_str()),
        Packed::List(items) => heap.alloc(AllocList(all(items)?)),
        Packed::Tuple(items) => heap.alloc(AllocTuple(all(items)?)),
        Packed::Dict(items) => {
            let pairs: Option<Vec<_>> = items
                .iter()
                .map(|(key, item)| Some((unpack(key, table, heap)?, unpack(item, table, heap)?)))
                .collect();
            heap.alloc(AllocDict(pairs?))
        }
        Packed::Struct(items) => {
            let fields: Option<Vec<_>> = items
                .iter()
                .map(|(name, item)| Some((name.as_str(), unpack(item, table, heap)?)))
                .collect();
            heap.alloc(AllocStruct(fields?))
        }
        Packed::Written(written) if written.kind == "int" => {
            numbers::from_digits(&written.text, heap).ok()?
        }
        Packed::Frame(_) | Packed::Series(_) | Packed::Written(_) | Packed::Plot(_) => {
            return BUILTIN_MODULES
                .iter()
                .find_map(|module| module.unpack(packed, table, heap));
        }
    })
}
