//! Activities of Data Factory's: what they have in common, and those that have others within.

use serde_json::Value;

use super::actions;
use super::factory::{given, text_at};
use super::formats::span;
use super::leftover::nothing_else;
use super::notes::Notes;
use super::references::References;
use super::refused::refused;
use super::written::{lines, literal};
use crate::pipeline::definition::NO_COUNTERPART;
use crate::pipeline::validation::refused_name;

/// The fields of activities that are read, and those that change nothing of what they do.
const READ: [&str; 12] = [
    "name",
    "type",
    "description",
    "state",
    "onInactiveMarkAs",
    "dependsOn",
    "policy",
    "userProperties",
    "typeProperties",
    "inputs",
    "outputs",
    "linkedServiceName",
];
/// The seconds between two attempts where nothing is said.
const RETRY_SECONDS: u64 = 30;
/// How many items a `ForEach` works on at a time where nothing is said.
const ITEMS_AT_A_TIME: u32 = 20;
/// How long an `Until` goes on where nothing is said.
const UNTIL_TIMEOUT: &str = "7days";

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
    if let Some(reason) = refused_name(name) {
        notes.add(format_args!(
            "{reason}: give it another name, here and where it is named"
        ));
    }
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
        nothing_else(json, "definition", &READ).and_then(|()| action(json, kind, references, notes, level))
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
                format!("{NO_COUNTERPART}{}", several.join("Or"))
            }
        };
        written.push(format!(
            "{}: {condition}",
            literal(text_at(dependency, "/activity"))
        ));
    }
    written
}

/// Writes attempts, time limit and secrecy; what is no number or no length of time is refused where it stands.
fn policy(json: &Value, notes: &mut Notes) -> Vec<String> {
    let Some(policy) = json.get("policy") else {
        return Vec::new();
    };
    let mut fields = Vec::new();
    match given(policy, "/retry").map(|retry| (retry, retry.as_u64())) {
        None | Some((_, Some(0))) => {}
        Some((_, Some(retry))) => {
            fields.push(format!("retry: {retry}"));
            let seconds = given(policy, "/retryIntervalInSeconds").and_then(Value::as_u64);
            fields.push(format!(
                "retry_interval: \"{}s\"",
                seconds.unwrap_or(RETRY_SECONDS)
            ));
            if retry > 1 {
                notes.whole("each wait before a further attempt is twice the one before; in Data Factory all are the same".to_owned());
            }
        }
        Some((retry, None)) => {
            let refused = notes.refused(
                &retry.to_string(),
                format_args!("the retry {retry} has no counterpart"),
            );
            fields.push(format!("retry: {refused}"));
        }
    }
    if let Some(timeout) = given(policy, "/timeout") {
        fields.push(format!("timeout: {}", time_limit(timeout, notes)));
    }
    for (theirs, ours) in [("secureInput", "secure_input"), ("secureOutput", "secure_output")] {
        if policy.get(theirs) == Some(&Value::Bool(true)) {
            fields.push(format!("{ours}: true"));
        }
    }
    fields
}

/// Writes a time limit; one that is an expression has no counterpart.
fn time_limit(json: &Value, notes: &mut Notes) -> String {
    match json.as_str().and_then(span) {
        Some(span) => literal(&humantime::format_duration(span).to_string()),
        None => notes.refused(
            &json.to_string(),
            format_args!("the timeout {json} has no counterpart"),
        ),
    }
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
            nothing_else(
                properties,
                "properties",
                &["items", "isSequential", "batchCount", "activities"],
            )?;
            let parallel = match (at("/isSequential"), at("/batchCount")) {
                (Value::Bool(true), _) => String::new(),
                (Value::Bool(false) | Value::Null, Value::Null) => format!(", parallel: {ITEMS_AT_A_TIME}"),
                (Value::Bool(false) | Value::Null, Value::Number(count)) => format!(", parallel: {count}"),
                _ => return Err(
                    "says by an expression how many items it works on at a time, which has no counterpart"
                        .to_owned(),
                ),
            };
            let items = notes.value(at("/items"));
            format!(
                "ForEach(items: {items}{parallel}, activities: {})",
                within("/activities", notes)
            )
        }
        "Until" => {
            let timeout = match at("/timeout") {
                Value::Null => literal(UNTIL_TIMEOUT),
                timeout => time_limit(timeout, notes),
            };
            let condition = notes.value(at("/expression"));
            if condition.contains("utcnow()") {
                return Err(
                    "waits until a time comes, but utcnow() is the same in all of a run here: use `Wait`"
                        .to_owned(),
                );
            }
            let activities = within("/activities", notes);
            format!("Until(condition: {condition}, timeout: {timeout}, activities: {activities})")
        }
        _ => actions::written(json, kind, references, notes)?,
    })
}
