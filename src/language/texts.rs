//! Values as text: `str`, `repr`, what `print` writes, and what lists and dicts hold.
//!
//! Starlark writes floats with six digits, and escapes letters outside ASCII. Its own types are walked here instead,
//! so that a float is written as the shortest text that gives it back, however deep it is nested.

use std::fmt::Write as _;

use serde_json::Value as Json;
use starlark::values::dict::DictRef;
use starlark::values::float::StarlarkFloat;
use starlark::values::list::ListRef;
use starlark::values::record::Record;
use starlark::values::structs::StructRef;
use starlark::values::tuple::TupleRef;
use starlark::values::{Heap, UnpackValue, Value, ValueIdentity, ValueLike};

use super::format::{Integer, Operand, float_repr, quoted};
use super::secret::ReferenceValue;

/// How deep lists in lists are written.
const DEEPEST: usize = 500;

/// Writes a value as `print` and `str` do: a text as it is.
pub(super) fn text(value: Value<'_>) -> String {
    match value.unpack_str().or_else(|| ReferenceValue::text_of(value)) {
        Some(text) => text.to_owned(),
        None => repr(value),
    }
}

/// Writes a value as it is in a list: a text in quotes.
pub(super) fn repr(value: Value<'_>) -> String {
    let mut writer = TextWriter {
        text: String::new(),
        open: Vec::new(),
    };
    writer.value(value);
    writer.text
}

/// Returns a value as a format sees it.
pub(super) fn operand<'v>(value: Value<'v>, heap: Heap<'v>) -> starlark::Result<Operand<'v>> {
    if let Some(text) = value.unpack_str().or_else(|| ReferenceValue::text_of(value)) {
        Ok(Operand::Text(text))
    } else if let Some(value) = value.unpack_bool() {
        Ok(Operand::Bool(value))
    } else if let Some(number) = value.downcast_ref::<StarlarkFloat>() {
        Ok(Operand::Float(number.0))
    } else if value.get_type() == "int" {
        Ok(Operand::Int(integer(value, heap)?))
    } else {
        Ok(Operand::Other(python_type(value)))
    }
}

fn integer<'v>(value: Value<'v>, heap: Heap<'v>) -> starlark::Result<Integer> {
    if let Ok(Some(number)) = i64::unpack_value(value) {
        return Ok(Integer::from(number));
    }
    // Starlark writes numbers of any size to the base 16, too.
    let hexadecimal = heap.alloc("%x").percent(value, heap)?;
    Ok(Integer::of_digits(
        &value.to_repr(),
        hexadecimal.unpack_str().unwrap_or_default(),
    ))
}

/// Returns what Python calls the type of a value.
pub(super) fn python_type(value: Value<'_>) -> &'static str {
    match value.get_type() {
        "string" => "str",
        kind => kind,
    }
}

struct TextWriter<'v> {
    text: String,
    /// The values that are being written, outermost first.
    open: Vec<ValueIdentity<'v>>,
}

impl<'v> TextWriter<'v> {
    fn value(&mut self, value: Value<'v>) {
        if let Some(text) = value.unpack_str() {
            self.text.push_str(&quoted(text));
        } else if let Some(number) = value.downcast_ref::<StarlarkFloat>() {
            self.text.push_str(&float_repr(number.0));
        } else if let Some(list) = ListRef::from_value(value) {
            self.within(value, "[", "]", |writer| writer.items(list.iter()));
        } else if let Some(tuple) = TupleRef::from_value(value) {
            let end = if tuple.len() == 1 { ",)" } else { ")" };
            self.within(value, "(", end, |writer| writer.items(tuple.iter()));
        } else if let Some(dict) = DictRef::from_value(value) {
            self.within(value, "{", "}", |writer| {
                writer.each(dict.iter(), |writer, (key, item)| {
                    writer.value(key);
                    writer.text.push_str(": ");
                    writer.value(item);
                });
            });
        } else if let Some(fields) = StructRef::from_value(value) {
            self.within(value, "struct(", ")", |writer| {
                writer.fields(fields.iter().map(|(name, item)| (name.as_str(), item)));
            });
        } else if let Some(record) = Record::from_value(value) {
            let whole = value.to_repr();
            let name = whole.split('(').next().unwrap_or_default();
            self.within(value, &format!("{name}("), ")", |writer| {
                writer.fields(record.iter());
            });
        } else if let Some(items) = set_items(value) {
            self.within(value, "set([", "])", |writer| {
                writer.each(items.iter(), |writer, item| {
                    writer.text.push_str(&item_of_set(item));
                });
            });
        } else {
            value.collect_repr(&mut self.text);
        }
    }

    /// Writes what a value holds, unless it holds itself.
    fn within(&mut self, value: Value<'v>, begin: &str, end: &str, inside: impl FnOnce(&mut Self)) {
        self.text.push_str(begin);
        let identity = value.identity();
        if self.open.contains(&identity) || self.open.len() >= DEEPEST {
            self.text.push_str("...");
        } else {
            self.open.push(identity);
            inside(self);
            self.open.pop();
        }
        self.text.push_str(end);
    }

    fn each<T>(&mut self, items: impl Iterator<Item = T>, mut write: impl FnMut(&mut Self, T)) {
        for (index, item) in items.enumerate() {
            if index > 0 {
                self.text.push_str(", ");
            }
            write(self, item);
        }
    }

    fn items(&mut self, items: impl Iterator<Item = Value<'v>>) {
        self.each(items, Self::value);
    }

    fn fields<'a>(&mut self, fields: impl Iterator<Item = (&'a str, Value<'v>)>) {
        self.each(fields, |writer, (name, item)| {
            // Text takes what it is given.
            let _ = write!(writer.text, "{name}=");
            writer.value(item);
        });
    }
}

/// Returns the items of a set as data, which is the only way to them here; `None` where that does not distinguish them.
fn set_items(value: Value<'_>) -> Option<Vec<Json>> {
    if value.get_type() != "set" {
        return None;
    }
    match value.to_json_value() {
        Ok(Json::Array(items)) if !items.iter().any(Json::is_null) => Some(items),
        _ => None,
    }
}

fn item_of_set(item: &Json) -> String {
    match item {
        Json::Bool(true) => "True".to_owned(),
        Json::Bool(false) => "False".to_owned(),
        Json::String(text) => quoted(text),
        Json::Number(number) if number.is_f64() => float_repr(number.as_f64().unwrap_or(f64::NAN)),
        // Of all that is hashed, only tuples hold items.
        Json::Array(items) => {
            let items: Vec<_> = items.iter().map(item_of_set).collect();
            let end = if items.len() == 1 { ",)" } else { ")" };
            format!("({}{end}", items.join(", "))
        }
        other => other.to_string(),
    }
}
