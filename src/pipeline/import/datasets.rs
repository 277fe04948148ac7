//! Datasets of Data Factory's.

use std::path::Path;

use serde_json::{Value, json};

use super::expression;
use super::factory::{Factory, given, text_at};
use super::leftover::leftover;
use super::meaning::Arguments;
use super::notes::Notes;
use super::references::Reference;
use super::refused::refused;
use super::written::literal;

/// The types of datasets that are tables of databases that there are connections for.
const TABLES: [&str; 11] = [
    "AzureSqlTable",
    "AzureSqlMITable",
    "AzureSqlDWTable",
    "SqlServerTable",
    "PostgreSqlTable",
    "PostgreSqlV2Table",
    "AzurePostgreSqlTable",
    "GoogleCloudSqlPostgreSqlTable",
    "MySqlTable",
    "AzureMySqlTable",
    "MariaDBTable",
];

/// What the place is called that a file is in, in one store or another.
const CONTAINERS: [&str; 3] = ["container", "fileSystem", "bucketName"];

/// The properties of files that are read, and those that change nothing of what is in them.
const READ: [&str; 10] = [
    "location",
    "columnDelimiter",
    "rowDelimiter",
    "quoteChar",
    "escapeChar",
    "firstRowAsHeader",
    "nullValue",
    "encodingName",
    "compressionCodec",
    "compressionLevel",
];

/// Writes an entry of `datasets`; `None` where there is no such dataset.
pub(super) fn written(reference: &Reference<'_>, factory: &Factory, notes: &mut Notes) -> Option<String> {
    let name = reference.dataset;
    let Some(json) = factory.datasets.get(name) else {
        notes.add(format_args!("there is no file of the dataset {name:?}"));
        return None;
    };
    let arguments = arguments(reference, json, notes);
    let kind = text_at(json, "/properties/type");
    let service = text_at(json, "/properties/linkedServiceName/referenceName");
    let format = match kind {
        "DelimitedText" => Some("csv"),
        "Parquet" => Some("parquet"),
        "Json" => Some("ndjson"),
        _ => None,
    };
    let dataset = match format {
        Some(format) => file(json, format, (name, &arguments), notes),
        None if TABLES.contains(&kind) => table(json, &arguments, notes),
        None => Err(String::new()),
    };
    let dataset = dataset.unwrap_or_else(|reason| {
        notes.add(format_args!(
            "the dataset {name:?} ({kind}) {reason}has no counterpart"
        ));
        refused(kind, json) + ")"
    });
    notes.whole(format!(
        "define {} in sheaf.ron ({service}: {})",
        needs(json, format),
        factory.described(service)
    ));
    Some(format!("{}: {dataset}", literal(&reference.name)))
}

/// Writes the connection of a dataset; one whose service is given arguments may be another one each time.
pub(super) fn connection(json: &Value, notes: &mut Notes) -> String {
    let service = text_at(json, "/properties/linkedServiceName/referenceName");
    match given(json, "/properties/linkedServiceName/parameters") {
        Some(Value::Object(arguments)) if !arguments.is_empty() => notes.refused(
            &json.pointer("/properties/linkedServiceName").unwrap_or(json).to_string(),
            format_args!(
                "a dataset gives arguments to {service:?}, but a connection here is always the same: define one for each value"
            ),
        ),
        _ => literal(service),
    }
}

/// Returns what a dataset needs that is not in its pipeline.
fn needs(json: &Value, format: Option<&str>) -> String {
    if format.is_none() {
        let service = text_at(json, "/properties/linkedServiceName/referenceName");
        return format!("the connection {service:?}");
    }
    let container = CONTAINERS
        .map(|part| text_at(json, &format!("/properties/typeProperties/location/{part}")))
        .into_iter()
        .find(|container| !container.is_empty());
    container.map_or_else(
        || "the mount".to_owned(),
        |container| format!("the mount /mnt/{container}"),
    )
}

/// Returns the values of a dataset's parameters, as expressions.
fn arguments(reference: &Reference<'_>, json: &Value, notes: &mut Notes) -> Arguments {
    let parameters = json.pointer("/properties/parameters").and_then(Value::as_object);
    let mut arguments = Arguments::new();
    for (name, parameter) in parameters.into_iter().flatten() {
        let own = reference.arguments.and_then(|arguments| arguments.get(name));
        let value = own.or_else(|| given(parameter, "/defaultValue"));
        let of = format_args!("the parameter {name:?} of the dataset {:?}", reference.dataset);
        // Where one is used that has no counterpart, it is refused.
        if let Some(value) = value.and_then(|value| notes.argument(value, of)) {
            arguments.insert(name.clone(), value);
        }
    }
    arguments
}

/// Writes a table, or says why it has no counterpart.
fn table(json: &Value, arguments: &Arguments, notes: &mut Notes) -> Result<String, String> {
    let properties = json.pointer("/properties/typeProperties").unwrap_or(&Value::Null);
    let table = given(properties, "/table")
        .or_else(|| given(properties, "/tableName"))
        .and_then(expression::within)
        .ok_or("names no table and ")?;
    let table = match given(properties, "/schema").and_then(expression::within) {
        Some(schema) => format!("{schema}.{table}"),
        None => table,
    };
    let table = notes.value_with(&Value::from(table), arguments);
    Ok(format!(
        "Table(connection: {}, table: {table})",
        connection(json, notes)
    ))
}

/// Writes files, or says why they have no counterpart.
fn file(
    json: &Value,
    format: &str,
    (name, arguments): (&str, &Arguments),
    notes: &mut Notes,
) -> Result<String, String> {
    let properties = json.pointer("/properties/typeProperties").unwrap_or(&Value::Null);
    if let Some((field, _)) = leftover(properties, &READ) {
        return Err(format!("has `{field}`, which "));
    }
    if given(json, "/properties/linkedServiceName/parameters").is_some_and(|given| given != &json!({})) {
        return Err(
            "gives arguments to its linked service, and a mount here is always the same; it ".to_owned(),
        );
    }
    let location = properties.get("location").unwrap_or(&Value::Null);
    let container = CONTAINERS.into_iter().find(|part| location.get(part).is_some());
    let container = container.ok_or("is in no container and ")?;
    if let Some((field, _)) = leftover(location, &["type", container, "folderPath", "fileName"]) {
        return Err(format!("has `{field}` in its location, which "));
    }
    let mut path = String::from("/mnt");
    for part in [container, "folderPath", "fileName"] {
        if let Some(written) = given(location, &format!("/{part}")) {
            path.push('/');
            let written = expression::within(written).ok_or("is at a place that is no text and ")?;
            path.push_str(written.trim_matches('/'));
        }
    }
    // Files that are packed are known by their endings.
    if let Some(codec) = given(properties, "/compressionCodec").filter(|codec| *codec != "None")
        && format != "parquet"
        && !(codec == "gzip" && Path::new(&path).extension().is_some_and(|ending| ending == "gz"))
    {
        return Err(format!("is compressed by {codec}, which "));
    }
    if format == "ndjson" {
        notes.add(format_args!(
            "the dataset {name:?} is read as one JSON object on each line"
        ));
    }
    let path = if given(location, "/fileName").is_none() {
        let pattern = format!("{path}/*.{format}");
        notes.refused(
            &path,
            format_args!("the dataset {name:?} is a folder: name its files, such as {pattern}"),
        )
    } else {
        notes.value_with(&Value::from(path), arguments)
    };
    let options = if format == "csv" {
        csv_options(properties, name, notes)?
    } else {
        String::new()
    };
    Ok(format!("File(path: {path}, format: {format}{options})"))
}

/// Writes the options of CSV files that are not the usual ones.
fn csv_options(properties: &Value, name: &str, notes: &mut Notes) -> Result<String, String> {
    let mut options = Vec::new();
    // Without a word there are no headers in Data Factory's files.
    match given(properties, "/firstRowAsHeader") {
        Some(Value::Bool(true)) => {}
        None | Some(Value::Bool(false)) => options.push("\"has_header\": false".to_owned()),
        Some(_) => return Err("says by an expression whether it has headers, which ".to_owned()),
    }
    let usual = [
        ("columnDelimiter", "separator", ","),
        ("quoteChar", "quote_char", "\""),
        ("nullValue", "null_values", ""),
        ("encodingName", "encoding", "UTF-8"),
    ];
    for (theirs, ours, usual) in usual {
        match given(properties, &format!("/{theirs}")) {
            Some(Value::String(text)) if text.eq_ignore_ascii_case(usual) => {}
            Some(Value::String(text)) => {
                options.push(format!("{}: {}", literal(ours), literal(text)));
                if theirs == "nullValue" {
                    options.push(format!("\"null_value\": {}", literal(text)));
                }
            }
            Some(_) => return Err(format!("has `{theirs}` that is an expression, which ")),
            None => {}
        }
    }
    match text_at(properties, "/escapeChar") {
        "" | "\"" => {}
        escape => notes.add(format_args!(
            "the dataset {name:?} writes quotes within values as {escape}\"; here they are doubled"
        )),
    }
    match text_at(properties, "/rowDelimiter") {
        "" | "\n" | "\r\n" => {}
        other => return Err(format!("ends its lines with {other:?}, which ")),
    }
    Ok(if options.is_empty() {
        String::new()
    } else {
        format!(", options: {{{}}}", options.join(", "))
    })
}
