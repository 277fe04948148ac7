//! Pipelines of Data Factory's.

use serde_json::Value;

use super::factory::{Factory, given, text_at};
use super::leftover::leftover;
use super::meaning::{Meaning, Names};
use super::notes::Notes;
use super::references::References;
use super::written::{lines, literal, plain};
use super::{activities, datasets, triggers};

/// The fields of pipelines that are read, and those that change nothing of what they do.
const READ: [&str; 8] = [
    "description",
    "activities",
    "parameters",
    "variables",
    "concurrency",
    "annotations",
    "folder",
    "lastPublishTime",
];

/// Writes a pipeline.
pub(super) fn written(name: &str, json: &Value, factory: &Factory, notes: &mut Notes) -> String {
    let none = Value::Null;
    let properties = json.get("properties").unwrap_or(&none);
    notes.at(name, names(properties));
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
    if let Some((field, value)) = leftover(properties, &READ) {
        notes.add(format_args!(
            "`{field}` of the pipeline has no counterpart: {value}"
        ));
    }
    format!("(\n{})\n", lines("  ", &fields, ""))
}

/// Returns what a pipeline calls its things.
fn names(properties: &Value) -> Names {
    let mut names = Names::default();
    let parameters = properties.get("parameters").and_then(Value::as_object);
    for (name, parameter) in parameters.into_iter().flatten() {
        let meaning = match text_at(parameter, "/type").to_lowercase().as_str() {
            "string" | "securestring" => Meaning::Text,
            "int" | "float" => Meaning::Number,
            "bool" => Meaning::Truth,
            "array" => Meaning::List,
            _ => Meaning::Any,
        };
        names.parameters.insert(name.clone(), meaning);
    }
    name_activities(properties, &mut names);
    names
}

/// Adds the activities that something has within.
fn name_activities(json: &Value, names: &mut Names) {
    for field in [
        "activities",
        "ifTrueActivities",
        "ifFalseActivities",
        "defaultActivities",
        "cases",
    ] {
        let activities = json.get(field).and_then(Value::as_array);
        for activity in activities.into_iter().flatten() {
            let (name, kind) = (text_at(activity, "/name"), text_at(activity, "/type"));
            if !name.is_empty() {
                names.activities.insert(name.to_owned(), kind.to_owned());
            }
            // A case has its activities beside its value.
            name_activities(activity, names);
            name_activities(activity.get("typeProperties").unwrap_or(&Value::Null), names);
        }
    }
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
