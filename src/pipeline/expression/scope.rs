//! [`Scope`]: what expressions know in a run.

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Map, Value};

use crate::pipeline::facts::TriggerFacts;

/// What expressions know in a run.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Scope {
    /// The values of the pipeline's parameters.
    pub parameters: Map<String, Value>,
    /// What started the run.
    pub trigger: TriggerFacts,
    /// The run: `{"id", "pipeline", "started", "trigger", …}`; `started` is what `utcnow()` gives.
    pub run: Value,
    /// The activities that are done, by name: `{"output": …, "status": "Succeeded", "error": …}`.
    pub activities: BTreeMap<String, Value>,
    /// The item, within a `ForEach`.
    pub item: Option<Value>,
}

impl Scope {
    /// Returns the names that expressions have, with their values.
    pub(super) fn names(&self) -> Vec<(&'static str, Value)> {
        let activities = self.activities.clone().into_iter().collect();
        let mut names = vec![
            ("parameters", Value::Object(self.parameters.clone())),
            ("trigger", trigger(&self.trigger)),
            ("run", self.run.clone()),
            ("activities", Value::Object(activities)),
        ];
        names.extend(self.item.clone().map(|item| ("item", item)));
        names
    }
}

/// Returns the facts with every field, `null` where a run has no such thing.
fn trigger(facts: &TriggerFacts) -> Value {
    let time = |time: Option<DateTime<Utc>>| {
        time.map_or(Value::Null, |time| {
            Value::String(time.to_rfc3339_opts(SecondsFormat::AutoSi, true))
        })
    };
    let fields = [
        ("name", facts.name.clone().map_or(Value::Null, Value::String)),
        ("scheduled_time", time(facts.scheduled_time)),
        ("window_start", time(facts.window_start)),
        ("window_end", time(facts.window_end)),
        ("files", facts.files.iter().cloned().map(Value::String).collect()),
    ];
    let named = |(name, value): (&str, Value)| (name.to_owned(), value);
    Value::Object(fields.map(named).into_iter().collect())
}
