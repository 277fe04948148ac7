//! [`Uses`]: what an activity names, to be checked before it runs.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::pipeline::text::Text;

/// What an activity names, to be checked before it runs.
#[derive(Debug, Clone, Default)]
pub struct Uses<'a> {
    /// Its texts that may have expressions, each with the field that it is in.
    pub texts: Vec<(String, &'a Text)>,
    /// Its values that may have expressions within, each with the field that it is in.
    pub values: Vec<(String, &'a Value)>,
    /// The datasets that it reads or writes.
    pub datasets: Vec<&'a str>,
    /// The connections that it opens by name; one may be an expression.
    pub connections: Vec<&'a Text>,
    /// The notebooks that it runs, each with the widgets that it sets.
    pub notebooks: Vec<(&'a Text, &'a BTreeMap<String, Value>)>,
    /// The pipelines that it runs, each with the parameters that it sets.
    pub pipelines: Vec<(&'a str, &'a BTreeMap<String, Value>)>,
}

impl<'a> Uses<'a> {
    /// Adds a text that may have expressions.
    #[must_use]
    pub fn text(mut self, field: impl Into<String>, text: &'a Text) -> Self {
        self.texts.push((field.into(), text));
        self
    }

    /// Adds a text where it is there.
    #[must_use]
    pub fn maybe(self, field: impl Into<String>, text: Option<&'a Text>) -> Self {
        match text {
            Some(text) => self.text(field, text),
            None => self,
        }
    }

    /// Adds a value that may have expressions within.
    #[must_use]
    pub fn value(mut self, field: impl Into<String>, value: &'a Value) -> Self {
        self.values.push((field.into(), value));
        self
    }

    /// Adds values by name, as parameters are.
    #[must_use]
    pub fn named(self, field: &str, values: &'a BTreeMap<String, Value>) -> Self {
        values.iter().fold(self, |uses, (name, value)| {
            uses.value(format!("{field}.{name}"), value)
        })
    }

    /// Adds a dataset.
    #[must_use]
    pub fn dataset(mut self, name: &'a str) -> Self {
        self.datasets.push(name);
        self
    }

    /// Adds a connection, whose name may be an expression.
    #[must_use]
    pub fn connection(mut self, name: &'a Text) -> Self {
        self.connections.push(name);
        self.text("connection", name)
    }
}
