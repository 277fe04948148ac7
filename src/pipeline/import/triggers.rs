//! Triggers of Data Factory's.

use serde_json::Value;

use super::factory::{Named, given, text_at};
use super::formats::span;
use super::leftover::nothing_else;
use super::notes::Notes;
use super::refused::refused;
use super::schedules;
use super::written::literal;

/// The seconds between two attempts at a window where nothing is said.
const RETRY_SECONDS: u64 = 30;

/// Writes the triggers that start a pipeline, each as an entry of `triggers`.
pub(super) fn of_pipeline(name: &str, triggers: &Named, notes: &mut Notes) -> Vec<String> {
    let mut entries = Vec::new();
    for (trigger, json) in triggers {
        let properties = json.get("properties").unwrap_or(json);
        let several = properties.get("pipelines").and_then(Value::as_array);
        let starts = several.into_iter().flatten().chain(properties.get("pipeline"));
        let own = starts.filter(|start| text_at(start, "/pipelineReference/referenceName") == name);
        for (index, start) in own.enumerate() {
            let own_name = match index {
                0 => trigger.clone(),
                _ => format!("{trigger} {}", index + 1),
            };
            let kind = text_at(properties, "/type");
            let written = written(trigger, properties, notes).unwrap_or_else(|reason| {
                notes.add(format_args!("the trigger {trigger:?} ({kind}) {reason}"));
                refused(kind, json)
            });
            let parameters = match start.get("parameters") {
                Some(values @ Value::Object(fields)) if !fields.is_empty() => {
                    format!(", parameters: {}", notes.value(values))
                }
                _ => String::new(),
            };
            let entry = format!("{}: {written}{parameters})", literal(&own_name));
            // What is stopped starts nothing, and here a trigger that is published does.
            let is_stopped = text_at(properties, "/runtimeState") == "Stopped";
            if is_stopped {
                notes.add(format_args!(
                    "the trigger {trigger:?} is stopped in Data Factory, and is kept as a comment"
                ));
            }
            entries.push(if is_stopped { format!("// {entry}") } else { entry });
        }
    }
    entries
}

/// Writes a trigger without its last bracket, or says why it has no counterpart.
fn written(name: &str, properties: &Value, notes: &mut Notes) -> Result<String, String> {
    let inner = properties.get("typeProperties").ok_or("says nothing")?;
    nothing_else(
        properties,
        "definition",
        &[
            "type",
            "description",
            "runtimeState",
            "annotations",
            "pipelines",
            "pipeline",
            "typeProperties",
        ],
    )?;
    match text_at(properties, "/type") {
        "ScheduleTrigger" => {
            schedules::written(name, inner.get("recurrence").ok_or("has no recurrence")?, notes)
        }
        "TumblingWindowTrigger" => window(name, inner, notes),
        "BlobEventsTrigger" => event(name, inner, notes),
        _ => Err("has no counterpart".to_owned()),
    }
}

/// Writes a trigger of files: what their paths begin with may be a folder, whose folders count too.
fn event(name: &str, inner: &Value, notes: &mut Notes) -> Result<String, String> {
    let read = [
        "events",
        "blobPathBeginsWith",
        "blobPathEndsWith",
        "ignoreEmptyBlobs",
        "scope",
    ];
    nothing_else(inner, "properties", &read)?;
    if inner.get("ignoreEmptyBlobs") == Some(&Value::Bool(true)) {
        notes.add(format_args!(
            "the trigger {name:?} takes no notice of empty files; here they start a run, too"
        ));
    }
    let events = inner.get("events").and_then(Value::as_array);
    let is_created = |event: &Value| event == "Microsoft.Storage.BlobCreated";
    if !events.is_some_and(|events| !events.is_empty() && events.iter().all(is_created)) {
        return Err("waits for files that are removed, which has no counterpart".to_owned());
    }
    let begins = text_at(inner, "/blobPathBeginsWith").trim_start_matches('/');
    let (container, begins) = begins
        .split_once("/blobs/")
        .ok_or("names no container, which has no counterpart")?;
    let ends = text_at(inner, "/blobPathEndsWith");
    let (folder, file) = begins.rsplit_once('/').map_or_else(
        || (String::new(), begins),
        |(folder, file)| (format!("{folder}/"), file),
    );
    let pattern = |text: &str| glob::Pattern::escape(text);
    let folder = pattern(&folder);
    let path = if file.is_empty() {
        format!("/mnt/{container}/{folder}**/*{}", pattern(ends))
    } else {
        format!("/mnt/{container}/{folder}{}*{}", pattern(file), pattern(ends))
    };
    Ok(format!("Event(path: {}, on: [Appears, Changes]", literal(&path)))
}

fn window(name: &str, inner: &Value, notes: &mut Notes) -> Result<String, String> {
    let read = [
        "frequency",
        "interval",
        "startTime",
        "endTime",
        "delay",
        "maxConcurrency",
        "retryPolicy",
        "dependsOn",
    ];
    nothing_else(inner, "properties", &read)?;
    let every = inner
        .get("interval")
        .and_then(Value::as_u64)
        .ok_or("has no interval")?;
    let size = match text_at(inner, "/frequency") {
        "Minute" => format!("{every}m"),
        "Hour" => format!("{every}h"),
        "Day" => format!("{every}days"),
        other => return Err(format!("has windows by {other:?}, which have no counterpart")),
    };
    let start = literal(text_at(inner, "/startTime"));
    notes.add(format_args!(
        "the trigger {name:?} has windows since {start}: write the start of the first one that is still to be done"
    ));
    let mut text = format!("Window(size: \"{size}\", start: {start}");
    let end = text_at(inner, "/endTime");
    if !end.is_empty() {
        text += &format!(", end: {}", literal(end));
    }
    if let Some(delay) = given(inner, "/delay") {
        let delay = delay.as_str().and_then(span);
        let delay = delay.ok_or("has a delay that has no counterpart")?;
        if !delay.is_zero() {
            text += &format!(", delay: \"{}\"", humantime::format_duration(delay));
        }
    }
    let number = |pointer: &str| match given(inner, pointer) {
        None => Ok(None),
        Some(number) => {
            let refused = || format!("has {number} for a number, which has no counterpart");
            number.as_u64().map(Some).ok_or_else(refused)
        }
    };
    if let Some(most) = number("/maxConcurrency")? {
        text += &format!(", max_concurrency: {most}");
    }
    if let Some(count) = number("/retryPolicy/count")?.filter(|count| *count > 0) {
        let seconds = number("/retryPolicy/intervalInSeconds")?.unwrap_or(RETRY_SECONDS);
        text += &format!(", retry: {count}, retry_interval: \"{seconds}s\"");
    }
    Ok(text + &dependencies(name, inner)?)
}

/// Writes the windows that a window waits for.
fn dependencies(name: &str, inner: &Value) -> Result<String, String> {
    let all = inner.get("dependsOn").and_then(Value::as_array);
    let mut written = Vec::new();
    for dependency in all.into_iter().flatten() {
        let other = match text_at(dependency, "/type") {
            "SelfDependencyTumblingWindowTriggerReference" => name,
            _ => text_at(dependency, "/referenceTrigger/referenceName"),
        };
        if given(dependency, "/size").is_some() {
            return Err("waits for windows of another size, which has no counterpart".to_owned());
        }
        let before = match given(dependency, "/offset").and_then(Value::as_str) {
            None => String::new(),
            Some(offset) => {
                let before = offset.strip_prefix('-').and_then(span);
                let before = before.ok_or("waits for windows that come later, which has no counterpart")?;
                format!(", before: \"{}\"", humantime::format_duration(before))
            }
        };
        written.push(format!("(trigger: {}{before})", literal(other)));
    }
    Ok(if written.is_empty() {
        String::new()
    } else {
        format!(", depends_on: [{}]", written.join(", "))
    })
}
