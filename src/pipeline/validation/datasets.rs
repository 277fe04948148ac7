//! Datasets, and the activities that read, write and check them: names, connections, mounts, columns.

use std::collections::BTreeSet;

use super::report::{Report, meant};
use super::subject::Subject;
use crate::frame::parse_dtype;
use crate::pipeline::activity::{Assertion, Copy, Sink, Source, Validate};
use crate::pipeline::definition::{Action, Dataset, FileDataset, SchemaColumn};
use crate::ron_text::ValuePath;

/// How a load treats rows that are there.
const MODES: [&str; 4] = ["append", "overwrite", "error", "upsert"];
/// What the names of files end with whose format is known by it.
const ENDINGS: [&str; 11] = [
    "csv", "tsv", "txt", "parquet", "pq", "ndjson", "jsonl", "json", "ipc", "arrow", "feather",
];
/// What a compressed file's name ends with.
const COMPRESSED: [&str; 3] = ["gz", "zst", "bz2"];

/// Checks the datasets of a pipeline, and what its activities do with them.
pub(super) fn check(subject: &Subject<'_>, report: &mut Report<'_>) {
    for (name, dataset) in &subject.pipeline.datasets {
        let path = ValuePath::default().name("datasets").name(name.as_str());
        match dataset {
            Dataset::File(file) => {
                mounted(subject, file.path.as_str(), &path.name("path"), report);
                format(file, &path, report);
                schema(&file.schema, &path.name("schema"), report);
            }
            Dataset::Table(table) => {
                connection(
                    subject,
                    table.connection.as_str(),
                    &path.name("connection"),
                    report,
                );
                schema(&table.schema, &path.name("schema"), report);
            }
        }
    }
    subject.each_activity(|activity, path| {
        let path = path.name("type");
        match &activity.action {
            Action::Copy(copy) => check_copy(subject, copy, &path, report),
            Action::Validate(validate) => check_validate(subject, validate, &path, report),
            Action::Lookup(lookup) => source(subject, &lookup.source, &path.name("source"), report),
            Action::Script(script) => {
                connection(
                    subject,
                    script.connection.as_str(),
                    &path.name("connection"),
                    report,
                );
            }
            _ => {}
        }
    });
}

/// Returns the datasets that an action names.
pub(super) fn used(action: &Action) -> Vec<&str> {
    fn of_source(source: &Source) -> Option<&str> {
        match source {
            Source::Dataset(name) => Some(name.as_str()),
            Source::Query { .. } => None,
        }
    }
    match action {
        Action::Copy(copy) => {
            let sinks = copy.sinks.iter().map(|sink| sink.dataset.as_str());
            of_source(&copy.source).into_iter().chain(sinks).collect()
        }
        Action::Validate(validate) => vec![&validate.dataset],
        Action::Lookup(lookup) => of_source(&lookup.source).into_iter().collect(),
        _ => Vec::new(),
    }
}

/// Finds a dataset, or reports that there is none.
fn dataset<'a>(
    subject: &Subject<'a>,
    name: &str,
    path: &ValuePath,
    report: &mut Report<'_>,
) -> Option<&'a Dataset> {
    let datasets = &subject.pipeline.datasets;
    let found = datasets.get(name);
    if found.is_none() {
        report.at(
            path,
            format!("there is no dataset {name:?}"),
            meant(
                name,
                datasets.keys().map(String::as_str),
                "the pipeline has no `datasets`",
            ),
        );
    }
    found
}

/// Checks the name of a connection where it is written out.
fn connection(subject: &Subject<'_>, name: &str, path: &ValuePath, report: &mut Report<'_>) {
    let connections = subject.workspace.connections();
    if !name.contains("@{") && !connections.contains_key(name) {
        report.at(
            path,
            format!("there is no connection {name:?}"),
            meant(
                name,
                connections.keys().map(String::as_str),
                "define it in sheaf.ron: `connections: {\"name\": \"sqlite:file.db\"}`",
            ),
        );
    }
}

/// Checks that the beginning of a path, up to its first expression, is in a mount that there is.
pub(super) fn mounted(subject: &Subject<'_>, path: &str, at: &ValuePath, report: &mut Report<'_>) {
    let literal = path.split("@{").next().unwrap_or_default();
    let is_whole = literal.len() == path.len();
    if !literal.starts_with('/') {
        if is_whole || !literal.is_empty() {
            report.at(
                at,
                format!("{path:?} is not in a mount"),
                Some("write a path such as \"/mnt/data/file.csv\"".to_owned()),
            );
        }
        return;
    }
    let mut mounts: Vec<String> = subject
        .workspace
        .mounts()
        .mounts()
        .into_iter()
        .map(|mount| mount.mount_point)
        .collect();
    mounts.extend(subject.workspace.made_mounts().unwrap_or_default().into_keys());
    let is_within = |mount: &String| {
        literal
            .strip_prefix(mount.as_str())
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            || (!is_whole && mount.starts_with(literal))
    };
    if !mounts.iter().any(is_within) {
        let known = mounts.iter().map(String::as_str);
        let start: Vec<&str> = literal.split('/').take(3).collect();
        report.at(
            at,
            format!("{path:?} is in no mount"),
            meant(&start.join("/"), known, "mount a folder in sheaf.ron"),
        );
    }
}

/// Checks that it is known what is in a file.
fn format(file: &FileDataset, path: &ValuePath, report: &mut Report<'_>) {
    let last = file.path.as_str().rsplit(['/', '}']).next().unwrap_or_default();
    let mut endings = last.rsplit('.');
    let mut ending = endings.next().unwrap_or_default();
    if COMPRESSED.contains(&ending) {
        ending = endings.next().unwrap_or_default();
    }
    if file.format.is_none() && !ENDINGS.contains(&ending.to_lowercase().as_str()) {
        report.at(
            &path.name("path"),
            format!("the name {last:?} does not tell the format of the file"),
            Some("add `format: csv`, `parquet`, `ndjson` or `ipc`".to_owned()),
        );
    }
}

fn schema(columns: &[SchemaColumn], path: &ValuePath, report: &mut Report<'_>) {
    let mut seen = BTreeSet::new();
    for (index, column) in columns.iter().enumerate() {
        let path = path.item(index);
        if !seen.insert(&column.name) {
            let hint = Some("remove one of them".to_owned());
            report.at(
                &path.name("name"),
                format!("the column {:?} occurs twice", column.name),
                hint,
            );
        }
        if let Err(error) = parse_dtype(&column.dtype) {
            let error = crate::error::Error::from(error);
            report.at(&path.name("type"), error.to_string(), error.hint());
        }
    }
}

/// Returns the columns of a dataset; none where it does not say them.
fn columns(dataset: &Dataset) -> Option<Vec<&str>> {
    let schema = match dataset {
        Dataset::File(file) => &file.schema,
        Dataset::Table(table) => &table.schema,
    };
    (!schema.is_empty()).then(|| schema.iter().map(|column| column.name.as_str()).collect())
}

/// Reports a column that a dataset does not have.
fn column(
    name: &str,
    dataset: Option<&Dataset>,
    of: &str,
    path: &ValuePath,
    report: &mut Report<'_>,
    is_key: bool,
) {
    let Some(columns) = dataset.and_then(columns) else {
        return;
    };
    if !columns.contains(&name) {
        let message = format!("the schema of {of:?} has no column {name:?}");
        let hint = meant(name, columns, "it has no columns");
        if is_key {
            report.at_name(path, message, hint);
        } else {
            report.at(path, message, hint);
        }
    }
}

fn source(subject: &Subject<'_>, from: &Source, path: &ValuePath, report: &mut Report<'_>) {
    match from {
        Source::Dataset(name) => {
            dataset(subject, name, path, report);
        }
        Source::Query { connection: name, .. } => {
            connection(subject, name.as_str(), &path.name("connection"), report);
        }
    }
}

fn check_copy(subject: &Subject<'_>, copy: &Copy, path: &ValuePath, report: &mut Report<'_>) {
    source(subject, &copy.source, &path.name("source"), report);
    if copy.sinks.is_empty() {
        let hint = Some("add one: `sinks: [(dataset: \"…\")]`".to_owned());
        report.at(
            &path.name("sinks"),
            "the rows go nowhere: there are no sinks",
            hint,
        );
    }
    if let Some(rejects) = &copy.rejects {
        mounted(subject, rejects.as_str(), &path.name("rejects"), report);
    }
    let mapping = path.name("mapping");
    if let Source::Dataset(name) = &copy.source {
        let from = subject.pipeline.datasets.get(name);
        for key in copy.mapping.keys().filter(|key| key.parse::<usize>().is_err()) {
            column(key, from, name, &mapping.name(key.as_str()), report, true);
        }
    }
    let mut targets = BTreeSet::new();
    for (key, target) in &copy.mapping {
        if !targets.insert(target) {
            let hint = Some("map only one of them".to_owned());
            report.at(
                &mapping.name(key.as_str()),
                format!("two columns are mapped to {target:?}"),
                hint,
            );
        }
    }
    let mut seen = BTreeSet::new();
    for (index, sink) in copy.sinks.iter().enumerate() {
        let path = path.name("sinks").item(index);
        if !seen.insert(&sink.dataset) {
            let hint = Some("remove one of them".to_owned());
            report.at(
                &path.name("dataset"),
                format!("{:?} is a sink twice", sink.dataset),
                hint,
            );
        }
        if let Some(into) = dataset(subject, &sink.dataset, &path.name("dataset"), report) {
            check_sink(sink, into, &path, report);
            for (key, target) in &copy.mapping {
                column(
                    target,
                    Some(into),
                    &sink.dataset,
                    &mapping.name(key.as_str()),
                    report,
                    false,
                );
            }
        }
    }
}

fn check_sink(sink: &Sink, into: &Dataset, path: &ValuePath, report: &mut Report<'_>) {
    if let Dataset::File(file) = into {
        let of_tables = [
            ("before", sink.before.is_some()),
            ("mode", sink.mode.is_some()),
            ("keys", !sink.keys.is_empty()),
            ("create", sink.create),
        ];
        for (field, _) in of_tables.into_iter().filter(|(_, is_there)| *is_there) {
            report.at_name(
                &path.name(field),
                format!("`{field}` is for tables, and {:?} is a file", sink.dataset),
                Some("leave it out: a file is replaced".to_owned()),
            );
        }
        if file.path.as_str().contains(['*', '?', '[']) {
            report.at(
                &path.name("dataset"),
                format!(
                    "{:?} names several files, and rows are written into one",
                    sink.dataset
                ),
                Some("give the dataset the path of one file".to_owned()),
            );
        }
        return;
    }
    let mode = sink.mode.as_deref();
    if let Some(mode) = mode.filter(|mode| !MODES.contains(mode)) {
        report.at(
            &path.name("mode"),
            format!("there is no mode {mode:?}"),
            meant(mode, MODES, ""),
        );
    }
    if mode == Some("upsert") && sink.keys.is_empty() {
        let hint = Some("name the columns by which a row is known: `keys: [\"id\"]`".to_owned());
        report.at(&path.name("mode"), "an upsert needs keys", hint);
    }
    if mode != Some("upsert") && !sink.keys.is_empty() {
        let hint = Some("write `mode: \"upsert\"`, or leave the keys out".to_owned());
        report.at(&path.name("keys"), "only an upsert has keys", hint);
    }
    for (index, key) in sink.keys.iter().enumerate() {
        column(
            key,
            Some(into),
            &sink.dataset,
            &path.name("keys").item(index),
            report,
            false,
        );
    }
}

fn check_validate(subject: &Subject<'_>, validate: &Validate, path: &ValuePath, report: &mut Report<'_>) {
    let name = &validate.dataset;
    let Some(found) = dataset(subject, name, &path.name("dataset"), report) else {
        return;
    };
    if validate.assertions.is_empty() {
        let hint = Some("add one: `RowCount(min: 1)`".to_owned());
        report.at(
            &path.name("assertions"),
            "nothing is checked: there are no assertions",
            hint,
        );
    }
    for (index, assertion) in validate.assertions.iter().enumerate() {
        let path = path.name("assertions").item(index);
        let mut one = |column_name: &str, path: &ValuePath| {
            column(column_name, Some(found), name, path, report, false);
        };
        match assertion {
            Assertion::NotNull(names) | Assertion::Unique(names) => {
                names.iter().for_each(|column| one(column, &path));
            }
            Assertion::Range { column, min, max } => {
                one(column, &path.name("column"));
                if min.is_none() && max.is_none() {
                    let hint = Some("give `min`, `max` or both".to_owned());
                    report.at(&path, "a range without bounds checks nothing", hint);
                }
            }
            Assertion::InSet { column, .. } => one(column, &path.name("column")),
            Assertion::RowCount { min: None, max: None } => {
                let hint = Some("give `min`, `max` or both".to_owned());
                report.at(&path, "a row count without bounds checks nothing", hint);
            }
            Assertion::Schema if columns(found).is_none() => report.at(
                &path,
                format!("{name:?} has no schema to check"),
                Some(format!("`sheaf dataset import-schema` writes it for {name:?}")),
            ),
            Assertion::Freshness { column, .. } => match (found, column) {
                (_, Some(column)) => one(column, &path.name("column")),
                (Dataset::Table(_), None) => report.at(
                    &path,
                    "the freshness of a table needs a column",
                    Some("add `column: \"…\"`, a column of times".to_owned()),
                ),
                (Dataset::File(_), None) => {}
            },
            _ => {}
        }
    }
}
