//! Datasets of Data Factory's.

use std::path::Path;

use serde_json::Value;

use super::expression::{self, Arguments};
use super::factory::{Factory, given, text_at};
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
    if given(json, "/properties/linkedServiceName/parameters").is_some() {
        notes.add(format_args!(
            "the dataset {name:?} gives arguments to {service:?}: a connection or mount here is always the same"
        ));
    }
    let format = match kind {
        "DelimitedText" => Some("csv"),
        "Parquet" => Some("parquet"),
        "Json" => Some("ndjson"),
        _ => None,
    };
    let dataset = match format {
        Some(format) => file(json, format, (name, &arguments), notes),
        None if TABLES.contains(&kind) => table(json, &arguments, notes),
        None => None,
    };
    let dataset = if let Some(dataset) = dataset {
        let (what, service_type) = (needs(json, format), factory.service_type(service));
        notes.whole(format!("define {what} in sheaf.ron ({service}: {service_type})"));
        dataset
    } else {
        notes.add(format_args!("the dataset {name:?} ({kind}) has no counterpart"));
        refused(kind, json) + ")"
    };
    Some(format!("{}: {dataset}", literal(&reference.name)))
}

/// Returns what a dataset needs that is not in its pipeline.
fn needs(json: &Value, format: Option<&str>) -> String {
    if format.is_none() {
        let service = text_at(json, "/properties/linkedServiceName/referenceName");
        return format!("the connection {service:?}");
    }
    let containers = ["container", "fileSystem", "bucketName"];
    let container = containers
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
        let Some(value) = own.or_else(|| given(parameter, "/defaultValue")) else {
            continue;
        };
        match expression::argument(value) {
            Ok(value) => {
                arguments.insert(name.clone(), value);
            }
            // Where the parameter is used, it is refused.
            Err(reason) => notes.add(format_args!(
                "the parameter {name:?} of the dataset {:?}: {reason}",
                reference.dataset
            )),
        }
    }
    arguments
}

/// Writes a table; `None` where its name is not known.
fn table(json: &Value, arguments: &Arguments, notes: &mut Notes) -> Option<String> {
    let properties = json.pointer("/properties/typeProperties")?;
    let table = given(properties, "/table").or_else(|| given(properties, "/tableName"))?;
    let table = match given(properties, "/schema") {
        Some(schema) => format!("{}.{}", expression::within(schema)?, expression::within(table)?),
        None => expression::within(table)?,
    };
    let connection = literal(text_at(json, "/properties/linkedServiceName/referenceName"));
    let table = notes.value_with(&Value::from(table), arguments);
    Some(format!("Table(connection: {connection}, table: {table})"))
}

/// Writes files; `None` where they are not on a mount.
fn file(
    json: &Value,
    format: &str,
    (name, arguments): (&str, &Arguments),
    notes: &mut Notes,
) -> Option<String> {
    let location = json.pointer("/properties/typeProperties/location")?;
    let mut path = String::from("/mnt");
    let containers = ["container", "fileSystem", "bucketName"];
    let container = containers.into_iter().find(|part| location.get(part).is_some())?;
    for part in [container, "folderPath", "fileName"] {
        if let Some(written) = given(location, &format!("/{part}")) {
            path.push('/');
            path.push_str(expression::within(written)?.trim_matches('/'));
        }
    }
    if given(location, "/fileName").is_none() {
        notes.add(format_args!(
            "the dataset {name:?} is a folder: name its files, such as {path}/*.{format}"
        ));
    }
    // Files that are packed are known by their endings.
    if let Some(codec) = given(json, "/properties/typeProperties/compressionCodec")
        && format != "parquet"
        && !(codec == "gzip" && Path::new(&path).extension().is_some_and(|ending| ending == "gz"))
    {
        notes.add(format_args!(
            "the dataset {name:?} is compressed by {codec}, which has no counterpart"
        ));
        return None;
    }
    if format == "ndjson" {
        notes.add(format_args!(
            "the dataset {name:?} is read as one JSON object on each line"
        ));
    }
    let path = notes.value_with(&Value::from(path), arguments);
    let options = if format == "csv" {
        csv_options(json.pointer("/properties/typeProperties")?, name, notes)
    } else {
        String::new()
    };
    Some(format!("File(path: {path}, format: {format}{options})"))
}

/// Writes the options of CSV files that are not the usual ones.
fn csv_options(properties: &Value, name: &str, notes: &mut Notes) -> String {
    let mut options = Vec::new();
    // Without a word there are no headers in Data Factory's files.
    if given(properties, "/firstRowAsHeader") != Some(&Value::Bool(true)) {
        options.push("\"has_header\": false".to_owned());
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
            Some(other) => notes.add(format_args!(
                "{theirs} of the dataset {name:?} has no counterpart: {other}"
            )),
            None => {}
        }
    }
    match text_at(properties, "/escapeChar") {
        "" | "\"" => {}
        escape => notes.add(format_args!(
            "the dataset {name:?} writes quotes within values as {escape}\"; here they are doubled"
        )),
    }
    if options.is_empty() {
        String::new()
    } else {
        format!(", options: {{{}}}", options.join(", "))
    }
}
