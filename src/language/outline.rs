//! What is known of a value at once, and its empty copy: for completion, which touches no data.

use starlark::docs::{DocItem, DocMember};
use starlark::values::dict::{AllocDict, DictRef};
use starlark::values::list::{AllocList, ListRef};
use starlark::values::tuple::{AllocTuple, TupleRef};
use starlark::values::{Heap, Value};

use super::{BUILTIN_MODULES, catalogue};
use crate::describe::Outline;

/// The most items of lists, tuples and dicts that are copied or told.
const MOST_ITEMS: usize = 1000;
/// How deep lists in lists are copied.
const DEEPEST: usize = 8;

/// Returns what is known of a value at once.
pub(super) fn outline(value: Value<'_>) -> Outline {
    if let Some(outline) = BUILTIN_MODULES.iter().find_map(|module| module.outline(value)) {
        return outline;
    }
    let mut outline = Outline::of_kind(value.get_type());
    match value.get_type() {
        "struct" | "record" | "enum" => outline.members = value.dir_attr(),
        "function" => {
            if let DocItem::Member(item @ DocMember::Function(_)) = value.documentation() {
                let name = value.to_str();
                outline.function = Some(catalogue::function(name, &item));
            }
        }
        _ => {}
    }
    if let Some(dict) = DictRef::from_value(value) {
        let keys = dict.keys().take(MOST_ITEMS);
        outline.members = keys
            .filter_map(|key| key.unpack_str().map(str::to_owned))
            .collect();
    }
    outline
}

/// Returns a copy of a value with the frames in it empty; `None` for what is not data, or too much of it.
pub(super) fn empty_like<'v>(value: Value<'v>, heap: Heap<'v>) -> Option<Value<'v>> {
    Copier {
        heap,
        left: MOST_ITEMS,
    }
    .copy(value, DEEPEST)
}

struct Copier<'v> {
    heap: Heap<'v>,
    /// How many more values may be copied.
    left: usize,
}

impl<'v> Copier<'v> {
    fn copy(&mut self, value: Value<'v>, depth: usize) -> Option<Value<'v>> {
        self.left = self.left.checked_sub(1)?;
        let depth = depth.checked_sub(1)?;
        let heap = self.heap;
        if let Some(empty_like) = BUILTIN_MODULES
            .iter()
            .find_map(|module| module.empty_like(value, heap))
        {
            Some(empty_like)
        } else if matches!(value.get_type(), "int" | "float" | "bool" | "NoneType" | "string") {
            Some(value)
        } else if let Some(list) = ListRef::from_value(value) {
            let items: Option<Vec<_>> = list.iter().map(|item| self.copy(item, depth)).collect();
            Some(heap.alloc(AllocList(items?)))
        } else if let Some(tuple) = TupleRef::from_value(value) {
            let items: Option<Vec<_>> = tuple.iter().map(|item| self.copy(item, depth)).collect();
            Some(heap.alloc(AllocTuple(items?)))
        } else if let Some(dict) = DictRef::from_value(value) {
            let items: Option<Vec<_>> = dict
                .iter()
                .map(|(key, item)| Some((key, self.copy(item, depth)?)))
                .collect();
            Some(heap.alloc(AllocDict(items?)))
        } else {
            None
        }
    }
}
