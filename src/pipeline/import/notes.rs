//! [`Notes`]: what has no counterpart, and how values that may have expressions are written.

use serde_json::Value;

use super::expression::{self, Arguments};
use super::functions::quoted;
use super::written::{literal, plain};

/// What has no counterpart, pipeline by pipeline.
#[derive(Debug, Default)]
pub(super) struct Notes {
    pipeline: String,
    lines: Vec<String>,
}

impl Notes {
    /// Says which pipeline is written now.
    pub(super) fn at(&mut self, pipeline: &str) {
        pipeline.clone_into(&mut self.pipeline);
    }

    /// Notes something of this pipeline.
    pub(super) fn add(&mut self, what: impl std::fmt::Display) {
        self.whole(format!("{}: {what}", self.pipeline));
    }

    /// Notes something of all pipelines, once.
    pub(super) fn whole(&mut self, line: String) {
        if !self.lines.contains(&line) {
            self.lines.push(line);
        }
    }

    /// Returns the notes in their order.
    pub(super) fn into_lines(self) -> Vec<String> {
        self.lines
    }

    /// Writes a value that may have expressions within: `{"value": "@…", "type": "Expression"}` is one.
    pub(super) fn value(&mut self, json: &Value) -> String {
        self.value_with(json, &Arguments::new())
    }

    /// Writes a value of a dataset that is given arguments.
    pub(super) fn value_with(&mut self, json: &Value, arguments: &Arguments) -> String {
        match json {
            Value::String(text) => self.text(text, arguments),
            Value::Array(items) => {
                let items: Vec<String> = items
                    .iter()
                    .map(|item| self.value_with(item, arguments))
                    .collect();
                format!("[{}]", items.join(", "))
            }
            Value::Object(fields) => {
                match (json.get("value"), json.get("type").and_then(Value::as_str)) {
                    (Some(value), Some("Expression" | "string")) => self.value_with(value, arguments),
                    (Some(_), Some("SecureString")) => {
                        self.add("a secret is written in the pipeline: refer to one of a scope, {{secrets/SCOPE/KEY}}");
                        literal("{{secrets/SCOPE/KEY}}")
                    }
                    _ => {
                        let fields: Vec<String> = fields
                            .iter()
                            .map(|(name, field)| {
                                format!("{}: {}", literal(name), self.value_with(field, arguments))
                            })
                            .collect();
                        format!("{{{}}}", fields.join(", "))
                    }
                }
            }
            other => plain(other),
        }
    }

    /// Writes a text that may have expressions.
    ///
    /// What cannot be translated becomes an expression with a name that nothing has, so that it is refused wherever it stands.
    fn text(&mut self, text: &str, arguments: &Arguments) -> String {
        match expression::text(text, arguments) {
            Ok(ours) => literal(&ours),
            Err(reason) => {
                self.add(format_args!("{text:?}: {reason}"));
                literal(&format!("@{{no_counterpart({})}}", quoted(text)))
            }
        }
    }
}
