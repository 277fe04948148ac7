//! What has no counterpart, written so that whoever reads the definition sees it and no reader takes it.

use serde_json::Value;

use crate::pipeline::definition::NO_COUNTERPART;

/// Writes what has no counterpart, without its last bracket: a word that nothing has here, with the JSON in a comment.
pub(super) fn refused(kind: &str, json: &Value) -> String {
    format!("{NO_COUNTERPART}{}(/* {} */", word(kind), comment(json))
}

/// Returns JSON for a comment, which it cannot end and which has no secrets.
fn comment(json: &Value) -> String {
    let text = without_secrets(json).to_string();
    text.replace("*/", "* /").replace("/*", "/ *")
}

fn without_secrets(json: &Value) -> Value {
    match json {
        Value::Array(items) => items.iter().map(without_secrets).collect(),
        Value::Object(fields) => {
            let is_secret = fields.get("type").and_then(Value::as_str) == Some("SecureString");
            let fields = fields.iter().map(|(name, field)| match name.as_str() {
                "value" if is_secret => (name.clone(), Value::from("…")),
                _ => (name.clone(), without_secrets(field)),
            });
            Value::Object(fields.collect())
        }
        plain => plain.clone(),
    }
}

/// Returns the type of something as part of a word.
fn word(kind: &str) -> String {
    kind.chars().filter(char::is_ascii_alphanumeric).collect()
}
