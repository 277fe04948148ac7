//! The request of a command: its arguments, or the JSON that Databricks' command line takes in their place.

use std::fs;

use serde_json::{Map, Value};

use crate::cli::error::CliError;

/// The fields of a request.
pub(super) struct Request(Map<String, Value>);

impl Request {
    /// Reads JSON, or the file of `@FILE`; fields beside `known` are refused.
    pub(super) fn read(json: &str, known: &[&str]) -> Result<Self, CliError> {
        let wrong = |reason: String| CliError::Request { reason };
        let text = match json.strip_prefix('@') {
            Some(path) => fs::read_to_string(path).map_err(|error| wrong(format!("{path}: {error}")))?,
            None => json.to_owned(),
        };
        // What the reader says could have a part of the text in it, which may be a value.
        let read = serde_json::from_str::<Value>(&text);
        let read = read.map_err(|error| {
            wrong(format!(
                "line {}, column {}: it is not JSON",
                error.line(),
                error.column()
            ))
        })?;
        let Value::Object(fields) = read else {
            return Err(wrong("it is not an object".to_owned()));
        };
        match fields.keys().find(|field| !known.contains(&field.as_str())) {
            Some(field) => Err(wrong(format!(
                "unknown field {field:?}; the fields are: {}",
                known.join(", ")
            ))),
            None => Ok(Self(fields)),
        }
    }

    /// Returns a field that must be there.
    pub(super) fn text(&self, field: &str) -> Result<String, CliError> {
        self.optional(field)?.ok_or_else(|| CliError::Request {
            reason: format!("the field {field:?} is missing"),
        })
    }

    /// Returns a field that may be missing.
    pub(super) fn optional(&self, field: &str) -> Result<Option<String>, CliError> {
        match self.0.get(field) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(CliError::Request {
                reason: format!("the field {field:?} is not a text"),
            }),
        }
    }
}
