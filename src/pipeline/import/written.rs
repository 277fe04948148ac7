//! How texts, JSON and names are written in a definition, and texts in its expressions.

use serde_json::Value;

/// Writes a text as RON has it.
pub(super) fn literal(text: &str) -> String {
    format!("{text:?}")
}

/// Writes a text as a string of Starlark's.
pub(super) fn quoted(text: &str) -> String {
    serde_json::Value::String(text.to_owned()).to_string()
}

/// Writes JSON without expressions.
pub(super) fn plain(json: &Value) -> String {
    match json {
        Value::Null => "None".to_owned(),
        // A text of Data Factory's that has no expressions may still look as if it had one of ours.
        Value::String(text) => literal(&text.replace("@{", "@@{")),
        Value::Array(items) => format!("[{}]", items.iter().map(plain).collect::<Vec<_>>().join(", ")),
        Value::Object(fields) => {
            let fields = fields
                .iter()
                .map(|(name, field)| format!("{}: {}", literal(name), plain(field)));
            format!("{{{}}}", fields.collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

/// Writes each on a line of its own.
pub(super) fn lines(indent: &str, items: &[String], end: &str) -> String {
    let mut text = String::new();
    for item in items {
        for piece in [indent, item, end, "\n"] {
            text.push_str(piece);
        }
    }
    text
}

/// Returns a name that a file of a pipeline can have.
pub(super) fn key(name: &str) -> String {
    name.chars()
        .map(|letter| {
            if letter.is_alphanumeric() || "_-".contains(letter) {
                letter
            } else {
                '_'
            }
        })
        .collect()
}
