//! What has no counterpart, written so that whoever reads the definition sees it and no reader takes it.

use serde_json::Value;

/// Writes what has no counterpart, without its last bracket: its type, which there is not here, with its JSON in a comment.
pub(super) fn refused(kind: &str, json: &Value) -> String {
    format!("{}(/* {} */", word(kind), comment(json))
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

/// Returns a word for something that there is not, so that it is refused by its name.
fn word(kind: &str) -> String {
    let word: String = kind.chars().filter(char::is_ascii_alphanumeric).collect();
    if word.starts_with(|letter: char| letter.is_ascii_alphabetic()) {
        word
    } else {
        "Unknown".to_owned()
    }
}
