//! What activities of Data Factory's do by themselves, each type by a function of its own.

use serde_json::Value;

use super::copies;
use super::expression;
use super::factory::{given, text_at};
use super::leftover::nothing_else;
use super::notes::Notes;
use super::references::References;
use super::written::{key, literal};

/// How many rows a lookup gives that is not asked for the first one only.
const LOOKUP_ROWS: u32 = 5000;

/// Writes what an activity does, or says why that has no counterpart.
pub(super) fn written(
    json: &Value,
    kind: &str,
    references: &References<'_>,
    notes: &mut Notes,
) -> Result<String, String> {
    let none = Value::Null;
    let properties = json.get("typeProperties").unwrap_or(&none);
    match kind {
        "Copy" => copies::written(json, properties, references, notes),
        "DatabricksNotebook" => notebook(properties, notes),
        "Lookup" => lookup(properties, references, notes),
        "Script" => script(json, properties, references, notes),
        "Wait" => Ok(wait(properties, notes)),
        "Fail" => Ok(fail(properties, notes)),
        "WebActivity" => http(properties, notes),
        "ExecutePipeline" => invoke(properties, notes),
        _ => Err(format!("is of the type {kind:?}, which has no counterpart")),
    }
}

/// Writes a field of named values; nothing where there are none.
fn named(field: &str, properties: &Value, pointer: &str, notes: &mut Notes) -> String {
    match properties.pointer(pointer) {
        Some(values @ Value::Object(fields)) if !fields.is_empty() => {
            format!(", {field}: {}", notes.value(values))
        }
        _ => String::new(),
    }
}

/// Writes a value that may be an expression; a number as a text.
fn text(json: &Value, notes: &mut Notes) -> String {
    match json {
        Value::Number(number) => literal(&number.to_string()),
        other => notes.value(other),
    }
}

fn notebook(properties: &Value, notes: &mut Notes) -> Result<String, String> {
    nothing_else(
        properties,
        "properties",
        &["notebookPath", "baseParameters", "libraries"],
    )?;
    let path = given(properties, "/notebookPath").and_then(expression::within);
    let path = path.ok_or("names no notebook")?;
    let path = path.trim_start_matches('/');
    let ending = match path.rsplit_once('.') {
        Some((_, ending)) if ending.eq_ignore_ascii_case("py") => "",
        _ => ".py",
    };
    if given(properties, "/libraries").is_some() {
        notes.add(format_args!(
            "the notebook {path:?} needs libraries of its cluster, which have no counterpart"
        ));
    }
    Ok(format!(
        "Notebook(path: {}{})",
        notes.value(&Value::from(format!("{path}{ending}"))),
        named("parameters", properties, "/baseParameters", notes)
    ))
}

fn lookup(properties: &Value, references: &References<'_>, notes: &mut Notes) -> Result<String, String> {
    nothing_else(properties, "properties", &["source", "dataset", "firstRowOnly"])?;
    let none = Value::Null;
    let dataset = properties.get("dataset").unwrap_or(&none);
    let source = copies::source(properties, dataset, references, notes)?;
    let rows = match given(properties, "/firstRowOnly") {
        None | Some(Value::Bool(true)) => String::new(),
        Some(Value::Bool(false)) => format!(", rows: {LOOKUP_ROWS}"),
        Some(_) => {
            return Err(
                "says by an expression whether it takes the first row only, which has no counterpart"
                    .to_owned(),
            );
        }
    };
    Ok(format!("Lookup(source: {source}{rows})"))
}

fn script(
    json: &Value,
    properties: &Value,
    references: &References<'_>,
    notes: &mut Notes,
) -> Result<String, String> {
    let harmless = ["scripts", "scriptBlockExecutionTimeout", "logSettings"];
    nothing_else(properties, "properties", &harmless)?;
    let scripts = properties.get("scripts").and_then(Value::as_array);
    let scripts = scripts.ok_or("has no scripts")?;
    let mut texts = Vec::new();
    for script in scripts {
        let has_parameters = given(script, "/parameters")
            .and_then(Value::as_array)
            .is_some_and(|all| !all.is_empty());
        if has_parameters {
            return Err("has parameters of SQL, which have no counterpart".to_owned());
        }
        let text = given(script, "/text").and_then(expression::within);
        texts.push(text.ok_or("has a script without a text")?);
    }
    let service = text_at(json, "/linkedServiceName/referenceName");
    notes.whole(format!(
        "define the connection {service:?} in sheaf.ron ({service}: {})",
        references.factory().described(service)
    ));
    let sql = notes.value(&Value::from(texts.join(";\n")));
    Ok(format!("Script(connection: {}, sql: {sql})", literal(service)))
}

fn wait(properties: &Value, notes: &mut Notes) -> String {
    match properties.get("waitTimeInSeconds") {
        Some(Value::Number(seconds)) => format!("Wait(for: \"{seconds}s\")"),
        seconds => format!("Wait(for: {})", notes.value(seconds.unwrap_or(&Value::Null))),
    }
}

fn fail(properties: &Value, notes: &mut Notes) -> String {
    let message = text(properties.get("message").unwrap_or(&Value::Null), notes);
    let code = given(properties, "/errorCode")
        .map(|code| format!(", code: {}", text(code, notes)))
        .unwrap_or_default();
    format!("Fail(message: {message}{code})")
}

fn http(properties: &Value, notes: &mut Notes) -> Result<String, String> {
    if given(properties, "/authentication").is_some() {
        return Err("signs in, which a header with a secret does here: {{secrets/SCOPE/KEY}}".to_owned());
    }
    // Through which network it goes is the machine's, and how long it may take is the activity's.
    let harmless = ["url", "method", "headers", "body", "authentication", "connectVia"];
    nothing_else(properties, "properties", &harmless)?;
    let url = notes.value(properties.get("url").unwrap_or(&Value::Null));
    let headers = named("headers", properties, "/headers", notes);
    let body = given(properties, "/body")
        .map(|body| format!(", body: {}", notes.value(body)))
        .unwrap_or_default();
    let method = literal(text_at(properties, "/method"));
    Ok(format!("Http(method: {method}, url: {url}{headers}{body})"))
}

fn invoke(properties: &Value, notes: &mut Notes) -> Result<String, String> {
    nothing_else(
        properties,
        "properties",
        &["pipeline", "waitOnCompletion", "parameters"],
    )?;
    if properties.get("waitOnCompletion") != Some(&Value::Bool(true)) {
        return Err(
            "does not wait for the end of its pipeline, which has no counterpart: `Pipeline` waits"
                .to_owned(),
        );
    }
    let name = literal(&key(text_at(properties, "/pipeline/referenceName")));
    let parameters = named("parameters", properties, "/parameters", notes);
    Ok(format!("Pipeline(pipeline: {name}{parameters})"))
}
