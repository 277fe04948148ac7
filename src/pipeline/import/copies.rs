//! Copy activities of Data Factory's: where rows come from, where they go, and which columns belong together.

use serde_json::Value;

use super::datasets;
use super::factory::{given, text_at};
use super::leftover::nothing_else;
use super::notes::Notes;
use super::references::References;
use super::written::literal;

/// What is known by another name than that of its field.
const UNKNOWN: [(&str, &str); 8] = [
    ("/source/additionalColumns", "adds columns"),
    ("/source/partitionOption", "reads by partitions"),
    (
        "/source/storeSettings/wildcardFileName",
        "reads files by a pattern: name it in the path of the dataset",
    ),
    (
        "/source/storeSettings/wildcardFolderPath",
        "reads folders by a pattern: name it in the path of the dataset",
    ),
    ("/source/storeSettings/fileListPath", "reads the files of a list"),
    (
        "/source/storeSettings/modifiedDatetimeStart",
        "reads files by the time of their change",
    ),
    ("/source/sqlReaderStoredProcedureName", "reads from a procedure"),
    ("/sink/sqlWriterStoredProcedureName", "writes with a procedure"),
];

/// The type of mappings that are written out.
const TABULAR: &str = "TabularTranslator";

/// The fields of a copy and of its parts that are read, or say only how fast it is.
const PARTS: [(&str, &str, &[&str]); 8] = [
    (
        "",
        "properties",
        &[
            "source",
            "sink",
            "translator",
            "enableStaging",
            "stagingSettings",
            "parallelCopies",
            "dataIntegrationUnits",
            "validateDataConsistency",
            "enableSkipIncompatibleRow",
            "redirectIncompatibleRowSettings",
            "logSettings",
        ],
    ),
    (
        "/source",
        "source",
        &[
            "type",
            "storeSettings",
            "formatSettings",
            "sqlReaderQuery",
            "query",
            "queryTimeout",
            "partitionOption",
            "sourceRetryCount",
            "sourceRetryWait",
            "maxConcurrentConnections",
            "disableMetricsCollection",
        ],
    ),
    (
        "/source/storeSettings",
        "source",
        &[
            "type",
            "recursive",
            "maxConcurrentConnections",
            "disableMetricsCollection",
        ],
    ),
    ("/source/formatSettings", "source", &["type"]),
    (
        "/sink",
        "sink",
        &[
            "type",
            "storeSettings",
            "formatSettings",
            "preCopyScript",
            "writeBehavior",
            "upsertSettings",
            "tableOption",
            "writeBatchSize",
            "writeBatchTimeout",
            "sinkRetryCount",
            "sinkRetryWait",
            "maxConcurrentConnections",
            "disableMetricsCollection",
            "sqlWriterUseTableLock",
            "allowCopyCommand",
            "allowPolyBase",
        ],
    ),
    (
        "/sink/storeSettings",
        "sink",
        &[
            "type",
            "maxConcurrentConnections",
            "disableMetricsCollection",
            "blockSizeInMB",
        ],
    ),
    // The ending of names that Data Factory makes up; a file has its whole name here.
    (
        "/sink/formatSettings",
        "sink",
        &["type", "fileExtension", "quoteAllText", "filePattern"],
    ),
    (
        "/translator",
        "mapping",
        &[
            "type",
            "mappings",
            "columnMappings",
            "collectionReference",
            "typeConversion",
            "typeConversionSettings",
        ],
    ),
];

/// Writes a copy, or says why it has no counterpart.
pub(super) fn written(
    json: &Value,
    properties: &Value,
    references: &References<'_>,
    notes: &mut Notes,
) -> Result<String, String> {
    let none = Value::Null;
    for (pointer, what) in UNKNOWN {
        if given(properties, pointer)
            .is_some_and(|value| value != "None" && value != &Value::from(Vec::<Value>::new()))
        {
            return Err(format!("{what}, which has no counterpart"));
        }
    }
    check_parts(properties)?;
    let rejects = match given(properties, "/enableSkipIncompatibleRow") {
        None | Some(Value::Bool(false)) => String::new(),
        Some(skips) => format!(
            ", rejects: {}",
            notes.refused(
                &format!("enableSkipIncompatibleRow: {skips}"),
                format_args!(
                    "the activity {:?} leaves out rows that do not fit: say where to with `rejects` and `max_rejects`",
                    text_at(json, "/name")
                )
            )
        ),
    };
    let input = json.pointer("/inputs/0").unwrap_or(&none);
    let source = source(properties, input, references, notes)?;
    let sink = sink(json, properties, references, notes)?;
    let mapping = mapping(properties.get("translator").unwrap_or(&none))?;
    if given(properties, "/sink/formatSettings/quoteAllText") == Some(&Value::Bool(true)) {
        notes.whole(
            "texts in CSV files are quoted only where they need it; in Data Factory all of them".to_owned(),
        );
    }
    Ok(format!(
        "Copy(source: {source}, sinks: [({sink})]{mapping}{rejects})"
    ))
}

/// Refuses a copy that says something that is not read of it.
fn check_parts(properties: &Value) -> Result<(), String> {
    // A mapping that is an expression is refused as that.
    let is_read =
        |pointer: &str| pointer != "/translator" || text_at(properties, "/translator/type") == TABULAR;
    for (pointer, what, read) in PARTS.iter().filter(|(pointer, _, _)| is_read(pointer)) {
        if let Some(part) = properties.pointer(pointer) {
            nothing_else(part, what, read)?;
        }
    }
    match text_at(properties, "/sink/formatSettings/filePattern") {
        "" | "setOfObjects" => {}
        other => return Err(format!("writes JSON as {other:?}, which has no counterpart")),
    }
    let conversion = properties.pointer("/translator/typeConversionSettings");
    conversion.map_or(Ok(()), |settings| {
        nothing_else(settings, "mapping", &["allowDataTruncation"])
    })
}

/// Writes where rows come from: the query of an activity's source, or its dataset.
pub(super) fn source(
    properties: &Value,
    dataset: &Value,
    references: &References<'_>,
    notes: &mut Notes,
) -> Result<String, String> {
    for (pointer, what, read) in PARTS
        .iter()
        .filter(|(pointer, _, _)| pointer.starts_with("/source"))
    {
        if let Some(part) = properties.pointer(pointer) {
            nothing_else(part, what, read)?;
        }
    }
    let name = references.name(dataset).filter(|name| !name.is_empty());
    let name = name.ok_or("names no dataset")?;
    let query = ["/source/sqlReaderQuery", "/source/query"]
        .into_iter()
        .find_map(|pointer| given(properties, pointer));
    Ok(match query {
        Some(query) => format!(
            "Query(connection: {}, sql: {})",
            datasets::connection(references.definition(dataset), notes),
            notes.value(query)
        ),
        None => format!("Dataset({})", literal(name)),
    })
}

fn sink(
    json: &Value,
    properties: &Value,
    references: &References<'_>,
    notes: &mut Notes,
) -> Result<String, String> {
    let output = json
        .pointer("/outputs/0")
        .and_then(|output| references.name(output));
    let mut fields = vec![format!(
        "dataset: {}",
        literal(output.ok_or("names no dataset to write")?)
    )];
    if let Some(script) = given(properties, "/sink/preCopyScript") {
        fields.push(format!("before: {}", notes.value(script)));
    }
    match given(properties, "/sink/writeBehavior") {
        None => {}
        Some(Value::String(behavior)) if behavior.eq_ignore_ascii_case("insert") => {}
        Some(Value::String(behavior)) if behavior.eq_ignore_ascii_case("upsert") => {
            let keys = given(properties, "/sink/upsertSettings/keys").and_then(Value::as_array);
            let keys: Vec<String> = keys
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .map(literal)
                .collect();
            if keys.is_empty() {
                return Err("updates rows without naming their keys, which has no counterpart".to_owned());
            }
            fields.push(format!("mode: \"upsert\", keys: [{}]", keys.join(", ")));
        }
        Some(other) => return Err(format!("writes by {other}, which has no counterpart")),
    }
    if text_at(properties, "/sink/tableOption") == "autoCreate" {
        fields.push("create: true".to_owned());
    }
    Ok(fields.join(", "))
}

/// Writes which columns belong together; nothing where those of the same name do.
fn mapping(translator: &Value) -> Result<String, String> {
    if translator.is_null() {
        return Ok(String::new());
    }
    if text_at(translator, "/type") != TABULAR {
        return Err("has a mapping that is an expression, which has no counterpart".to_owned());
    }
    if given(translator, "/collectionReference").is_some_and(|path| path != "") {
        return Err("makes rows of lists within, which has no counterpart".to_owned());
    }
    let mut pairs = Vec::new();
    match (
        given(translator, "/mappings"),
        given(translator, "/columnMappings"),
    ) {
        (Some(Value::Array(mappings)), _) => {
            for mapping in mappings {
                let source = mapping.get("source").and_then(column);
                let sink = mapping.pointer("/sink/name").and_then(Value::as_str);
                let (Some(source), Some(sink)) = (source, sink) else {
                    return Err(format!(
                        "maps a column in a way that has no counterpart: {mapping}"
                    ));
                };
                pairs.push(format!("{}: {}", literal(&source), literal(sink)));
            }
        }
        (None, Some(Value::Object(columns))) => {
            for (source, sink) in columns {
                let sink = sink.as_str().ok_or("maps a column to no name")?;
                pairs.push(format!("{}: {}", literal(source), literal(sink)));
            }
        }
        (None, Some(Value::String(columns))) => {
            for pair in columns.split(',') {
                let (source, sink) = pair.split_once(':').ok_or("maps a column to no name")?;
                pairs.push(format!("{}: {}", literal(source.trim()), literal(sink.trim())));
            }
        }
        (None, None) => {}
        _ => return Err("has a mapping that is an expression, which has no counterpart".to_owned()),
    }
    Ok(if pairs.is_empty() {
        String::new()
    } else {
        format!(", mapping: {{{}}}", pairs.join(", "))
    })
}

/// Returns the name of a column of a source, or its position.
fn column(source: &Value) -> Option<String> {
    let name = source.get("name").and_then(Value::as_str).map(str::to_owned);
    let position = || source.get("ordinal").and_then(Value::as_u64);
    name.or_else(|| position().map(|position| position.to_string()))
}
