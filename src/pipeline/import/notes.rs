//! [`Notes`]: what has no counterpart, and how values that may have expressions are written.

use serde_json::Value;

use super::expression;
use super::factory::text_at;
use super::meaning::{Arguments, Names, Translated};
use super::remarks::Remarks;
use super::written::{literal, plain, quoted};

/// What has no counterpart, pipeline by pipeline.
#[derive(Debug, Default)]
pub(super) struct Notes {
    pipeline: String,
    /// What this pipeline calls its things.
    names: Names,
    lines: Vec<String>,
}

impl Notes {
    /// Says which pipeline is written now, and what it calls its things.
    pub(super) fn at(&mut self, pipeline: &str, names: Names) {
        pipeline.clone_into(&mut self.pipeline);
        self.names = names;
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
                    (_, Some("AzureKeyVaultSecret")) => self.vault_secret(json),
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

    /// Writes the reference to a secret of a Key Vault.
    fn vault_secret(&mut self, json: &Value) -> String {
        let (vault, secret) = (
            text_at(json, "/store/referenceName"),
            text_at(json, "/secretName"),
        );
        self.add(format_args!(
            "the secret {secret:?} of the Key Vault {vault:?} is written as {{{{secrets/{vault}/{secret}}}}}: define the scope {vault:?} \
             in sheaf.ron"
        ));
        literal(&format!("{{{{secrets/{vault}/{secret}}}}}"))
    }

    /// Translates the value of a parameter of a dataset; none where it has no counterpart, which is noted.
    pub(super) fn argument(&mut self, json: &Value, of: impl std::fmt::Display) -> Option<Translated> {
        match expression::argument(json, &self.names) {
            Ok((value, remarks)) => {
                self.remark(remarks);
                Some(value)
            }
            Err(reason) => {
                self.add(format_args!("{of}: {reason}"));
                None
            }
        }
    }

    /// Writes something that has no counterpart as an expression with a name that nothing has, so that it is refused wherever it
    /// stands.
    pub(super) fn refused(&mut self, written: &str, reason: impl std::fmt::Display) -> String {
        self.add(reason);
        literal(&no_counterpart(written))
    }

    /// Says what is to be said of an expression that was translated.
    fn remark(&mut self, remarks: Remarks) {
        if remarks.asks_time {
            self.whole(
                "utcnow() is the time at which the run began, in all of its activities; in Data Factory it follows the clock".to_owned(),
            );
        }
        if remarks.has_bare_time {
            self.whole(
                "times without a format are written 2026-01-31T02:00:00Z, and days 2026-01-31, without Data Factory's fractions of \
                 a second: give them a format where their text matters"
                    .to_owned(),
            );
        }
    }

    /// Writes a text that may have expressions.
    ///
    /// What cannot be translated becomes an expression with a name that nothing has, so that it is refused wherever it stands.
    fn text(&mut self, text: &str, arguments: &Arguments) -> String {
        match expression::text(text, &self.names, arguments) {
            Ok(ours) => {
                self.remark(ours.remarks);
                literal(&ours.text)
            }
            Err(reason) => self.refused(text, format_args!("{text:?}: {reason}")),
        }
    }
}

/// Returns an expression that is refused, with what it stands for.
fn no_counterpart(written: &str) -> String {
    format!("@{{no_counterpart({})}}", quoted(written))
}
