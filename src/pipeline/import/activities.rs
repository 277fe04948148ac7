//! Activities of Data Factory's: what they have in common, and those that have others within.

use serde_json::Value;

use super::actions;
use super::factory::{given, text_at};
use super::formats::span;
use super::notes::Notes;
use super::references::References;
use super::refused::refused;
use super::written::{lines, literal};

/// Writes a list of activities.
pub(super) fn list(json: &Value, references: &References<'_>, notes: &mut Notes, level: usize) -> String {
    let Some(activities) = json.as_array().filter(|activities| !activities.is_empty()) else {
        return "[]".to_owned();
    };
    let written: Vec<String> = activities
        .iter()
        .map(|activity| one(activity, references, notes, level))
        .collect();
    format!(
        "[\n{}{}]",
        lines(&"  ".repeat(level + 1), &written, ","),
        "  ".repeat(level)
    )
}

fn one(json: &Value, references: &References<'_>, notes: &mut Notes, level: usize) -> String {
    let name = text_at(json, "/name");
    let mut fields = vec![format!("name: {}", literal(name))];
    let description = text_at(json, "/description");
    if !description.is_empty() {
        fields.push(format!("description: {}", literal(description)));
    }
    let after = after(json, notes);
    if !after.is_empty() {
        fields.push(format!("after: {{{}}}", after.join(", ")));
    }
    fields.extend(policy(json, notes));
    let kind = text_at(json, "/type");
    let action = if text_at(json, "/state") == "Inactive" {
        Err("is switched off, which has no counterpart: remove it, and what comes after it".to_owned())
    } else {
        action(json, kind, references, notes, level)
    };
    let action = action.unwrap_or_else(|reason| {
        notes.add(format_args!("the activity {name:?} {reason}"));
        refused(kind, json) + ")"
    });
    fields.push(format!("type: {action}"));
    format!("({})", fields.join(", "))
}

/// Writes what an activity comes after; several conditions of one that are none of ours are refused by their names.
fn after(json: &Value, notes: &mut Notes) -> Vec<String> {
    let all = json.get("dependsOn").and_then(Value::as_array);
    let mut written = Vec::new();
    for dependency in all.into_iter().flatten() {
        let conditions = dependency.get("dependencyConditions").and_then(Value::as_array);
        let mut conditions: Vec<&str> = conditions
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        conditions.sort_unstable();
        let condition = match conditions.as_slice() {
            [one] => (*one).to_owned(),
            [] => "Succeeded".to_owned(),
            several if several.iter().all(|one| *one != "Skipped") => "Completed".to_owned(),
            several => {
                notes.add(format_args!(
                    "the activity {:?} comes after {}, which no condition here says",
                    text_at(json, "/name"),
                    several.join(" or ")
                ));
                several.join("Or")
            }
        };
        written.push(format!(
            "{}: {condition}",
            literal(text_at(dependency, "/activity"))
        ));
    }
    written
}

/// Writes attempts, time limit and secrecy.
fn policy(json: &Value, notes: &mut Notes) -> Vec<String> {
    let Some(policy) = json.get("policy") else {
        return Vec::new();
    };
    let mut fields = Vec::new();
    let number = |name: &str| policy.get(name).and_then(Value::as_u64);
    if let Some(retry) = number("retry").filter(|retry| *retry > 0) {
        fields.push(format!("retry: {retry}"));
        fields.extend(
            number("retryIntervalInSeconds").map(|seconds| format!("retry_interval: \"{seconds}s\"")),
        );
    }
    if let Some(timeout) = given(policy, "/timeout") {
        match timeout.as_str().and_then(span) {
            Some(timeout) => fields.push(format!("timeout: \"{}\"", humantime::format_duration(timeout))),
            None => notes.add(format_args!("the timeout {timeout} has no counterpart")),
        }
    }
    if let Some(retry @ (Value::Object(_) | Value::String(_))) = policy.get("retry") {
        notes.add(format_args!("the retry {retry} has no counterpart"));
    }
    for (theirs, ours) in [("secureInput", "secure_input"), ("secureOutput", "secure_output")] {
        if policy.get(theirs) == Some(&Value::Bool(true)) {
            fields.push(format!("{ours}: true"));
        }
    }
    fields
}

/// Writes what an activity does, or says why that has no counterpart.
fn action(
    json: &Value,
    kind: &str,
    references: &References<'_>,
    notes: &mut Notes,
    level: usize,
) -> Result<String, String> {
    let none = Value::Null;
    let properties = json.get("typeProperties").unwrap_or(&none);
    let at = |pointer: &str| properties.pointer(pointer).unwrap_or(&none);
    let within = |pointer: &str, notes: &mut Notes| list(at(pointer), references, notes, level + 1);
    Ok(match kind {
        "IfCondition" => {
            let condition = notes.value(at("/expression"));
            let then = within("/ifTrueActivities", notes);
            let otherwise = within("/ifFalseActivities", notes);
            format!("If(condition: {condition}, then: {then}, otherwise: {otherwise})")
        }
        "Switch" => {
            let on = notes.value(at("/on"));
            let mut cases = Vec::new();
            for case in at("/cases").as_array().into_iter().flatten() {
                let activities = list(
                    case.get("activities").unwrap_or(&none),
                    references,
                    notes,
                    level + 1,
                );
                let value = literal(text_at(case, "/value"));
                cases.push(format!("(value: {value}, activities: {activities})"));
            }
            let default = within("/defaultActivities", notes);
            format!(
                "Switch(on: {on}, cases: [{}], default: {default})",
                cases.join(", ")
            )
        }
        "ForEach" => {
            let parallel = match (at("/isSequential"), at("/batchCount").as_u64()) {
                (Value::Bool(true), _) => String::new(),
                (_, count) => format!(", parallel: {}", count.unwrap_or(20)),
            };
            let items = notes.value(at("/items"));
            format!(
                "ForEach(items: {items}{parallel}, activities: {})",
                within("/activities", notes)
            )
        }
        "Until" => {
            let timeout = span(text_at(properties, "/timeout")).map(humantime::format_duration);
            let timeout = timeout.map_or_else(|| "7days".to_owned(), |timeout| timeout.to_string());
            let condition = notes.value(at("/expression"));
            let activities = within("/activities", notes);
            format!("Until(condition: {condition}, timeout: \"{timeout}\", activities: {activities})")
        }
        _ => actions::written(json, kind, references, notes)?,
    })
}
