//! What JSON says beside what is read of it: nothing of Data Factory's is passed over without a word.

use serde_json::Value;

/// Returns a field of an object that is none of these and says something.
///
/// `null`, `false`, `0` and what is empty say nothing: they are what is meant where a field is missing.
pub(super) fn leftover<'j>(json: &'j Value, read: &[&str]) -> Option<(&'j str, &'j Value)> {
    let fields = json.as_object()?.iter();
    fields
        .filter(|(name, value)| !read.contains(&name.as_str()) && !is_nothing(value))
        .map(|(name, value)| (name.as_str(), value))
        .next()
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Bool(true) => false,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
    }
}

/// Refuses an object that says something beside what is read of it.
pub(super) fn nothing_else(json: &Value, what: &str, read: &[&str]) -> Result<(), String> {
    match leftover(json, read) {
        Some((name, _)) => Err(format!("has `{name}` in its {what}, which has no counterpart")),
        None => Ok(()),
    }
}
