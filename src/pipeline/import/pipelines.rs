//! Pipelines of Data Factory's.

use serde_json::Value;

use super::factory::{Factory, given, text_at};
use super::notes::Notes;
use super::references::References;
use super::written::{lines, literal, plain};
use super::{activities, datasets, triggers};

/// Writes a pipeline.
pub(super) fn written(name: &str, json: &Value, factory: &Factory, notes: &mut Notes) -> String {
    let none = Value::Null;
    let properties = json.get("properties").unwrap_or(&none);
    let mut fields = vec![format!("// Imported from Data Factory's pipeline {name:?}.")];
    let description = text_at(properties, "/description");
    if !description.is_empty() {
        fields.push(format!("description: {},", literal(description)));
    }
    fields.extend(parameters(properties, notes));
    if given(properties, "/variables").is_some() {
        notes.add("variables have no counterpart: use outputs of activities");
    }
    let list = properties.get("activities").unwrap_or(&none);
    let references = References::of(list, factory);
    let written = activities::list(list, &references, notes, 1);
    let used: Vec<String> = references
        .iter()
        .filter_map(|reference| datasets::written(reference, factory, notes))
        .collect();
    if !used.is_empty() {
        fields.push(format!("datasets: {{\n{}  }},", lines("    ", &used, ",")));
    }
    fields.push(format!("activities: {written},"));
    let starts = triggers::of_pipeline(name, &factory.triggers, notes);
    if !starts.is_empty() {
        fields.push(format!("triggers: {{\n{}  }},", lines("    ", &starts, ",")));
    }
    if let Some(concurrency) = properties.get("concurrency").and_then(Value::as_u64) {
        fields.push(format!("concurrency: {concurrency},"));
    }
    format!("(\n{})\n", lines("  ", &fields, ""))
}

/// Writes the parameters with their defaults; a secret's default is not written.
fn parameters(properties: &Value, notes: &mut Notes) -> Option<String> {
    let parameters = properties.get("parameters").and_then(Value::as_object)?;
    let parameters = parameters.iter().map(|(name, parameter)| {
        let is_secret = text_at(parameter, "/type").eq_ignore_ascii_case("securestring");
        let default = given(parameter, "/defaultValue");
        if is_secret {
            notes.add(format_args!(
                "the parameter {name:?} is a secret: refer to one of a scope where it is used, {{{{secrets/SCOPE/KEY}}}}"
            ));
        }
        let default = default.filter(|_| !is_secret).unwrap_or(&Value::Null);
        format!("{}: {}", literal(name), plain(default))
    });
    Some(format!(
        "parameters: {{{}}},",
        parameters.collect::<Vec<_>>().join(", ")
    ))
}
