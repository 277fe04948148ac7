//! Expressions of activities, and of the datasets that these use: names, fields and types.

use serde_json::Value;

use super::report::Report;
use super::subject::{Subject, lists_within};
use super::{calls, known};
use crate::pipeline::activity::{Assertion, Source};
use crate::pipeline::definition::{Action, Activity, Dataset};
use crate::pipeline::expression::{Known, Shape, check as check_text};
use crate::ron_text::ValuePath;

/// Checks the expressions of all activities.
pub(super) fn check(subject: &Subject<'_>, report: &mut Report<'_>) {
    let path = ValuePath::default().name("activities");
    let known = known::of_pipeline(subject.pipeline);
    list(subject, &subject.pipeline.activities, &path, &known, report);
}

fn list(
    subject: &Subject<'_>,
    activities: &[Activity],
    path: &ValuePath,
    outer: &Known,
    report: &mut Report<'_>,
) {
    for (index, activity) in activities.iter().enumerate() {
        let known = known::of_activity(activities, index, outer, &subject.pipeline.datasets);
        let path = path.item(index).name("type");
        action(subject, &activity.action, &path, &known, report);
        let inner = match &activity.action {
            Action::ForEach(each) => known::of_item(&known, item(&each.items, &known)),
            _ => known,
        };
        for (path, within) in lists_within(&activity.action, &path) {
            list(subject, within, &path, &inner, report);
        }
    }
}

fn action(subject: &Subject<'_>, action: &Action, path: &ValuePath, known: &Known, report: &mut Report<'_>) {
    let uses = action.uses();
    match action {
        Action::Copy(copy) => {
            if let Source::Query { connection, sql } = &copy.source {
                text(
                    connection.as_str(),
                    &path.name("source").name("connection"),
                    known,
                    report,
                );
                text(sql.as_str(), &path.name("source").name("sql"), known, report);
            }
            for (index, sink) in copy.sinks.iter().enumerate() {
                if let Some(before) = &sink.before {
                    text(
                        before.as_str(),
                        &path.name("sinks").item(index).name("before"),
                        known,
                        report,
                    );
                }
            }
            if let Some(rejects) = &copy.rejects {
                text(rejects.as_str(), &path.name("rejects"), known, report);
            }
        }
        Action::Validate(validate) => {
            for (index, assertion) in validate.assertions.iter().enumerate() {
                let path = path.name("assertions").item(index);
                match assertion {
                    Assertion::RowCount { min, max } | Assertion::Range { min, max, .. } => {
                        for (name, bound) in [("min", min), ("max", max)] {
                            if let Some(bound) = bound {
                                value(bound, &path.name(name), known, report);
                            }
                        }
                    }
                    Assertion::InSet { values, .. } => {
                        for (index, one) in values.iter().enumerate() {
                            value(one, &path.name("values").item(index), known, report);
                        }
                    }
                    Assertion::Holds(condition) => {
                        text(condition.as_str(), &path, known, report);
                    }
                    _ => {}
                }
            }
        }
        Action::If(branches) => truth(
            branches.condition.as_str(),
            &path.name("condition"),
            known,
            report,
        ),
        Action::Until(until) => {
            let known = known::after_all(&until.activities, known, &subject.pipeline.datasets);
            truth(until.condition.as_str(), &path.name("condition"), &known, report);
        }
        Action::ForEach(each) => items(&each.items, &path.name("items"), known, report),
        Action::Pipeline(invoke) => {
            for (name, one) in &invoke.parameters {
                value(one, &path.name("parameters").name(name.as_str()), known, report);
            }
            let file = subject.definitions.files().get(&invoke.pipeline);
            // A pipeline that is not there, or cannot be read, is a finding of its own.
            if let Some(Ok(called)) = file.map(|file| &file.pipeline) {
                calls::check_types(called, &invoke.parameters, known, path, report);
            }
        }
        Action::Lookup(lookup) => {
            if let Source::Query { connection, sql } = &lookup.source {
                text(
                    connection.as_str(),
                    &path.name("source").name("connection"),
                    known,
                    report,
                );
                text(sql.as_str(), &path.name("source").name("sql"), known, report);
            }
        }
        _ => {
            for (field, one) in &uses.texts {
                text(one.as_str(), &field_path(path, field), known, report);
            }
            for (field, one) in &uses.values {
                value(one, &field_path(path, field), known, report);
            }
        }
    }
    for name in super::datasets::used(action) {
        if let Some(dataset) = subject.pipeline.datasets.get(name) {
            let path = ValuePath::default().name("datasets").name(name);
            for (field, one) in texts_of(dataset) {
                text(one, &path.name(field), known, report);
            }
        }
    }
}

/// Returns the texts of a dataset that may have expressions.
fn texts_of(dataset: &Dataset) -> Vec<(&'static str, &str)> {
    match dataset {
        Dataset::File(file) => vec![("path", file.path.as_str())],
        Dataset::Table(table) => vec![
            ("connection", table.connection.as_str()),
            ("table", table.table.as_str()),
        ],
    }
}

/// Returns the path of a field of an activity; `headers.X-Key` is a field and a name.
fn field_path(path: &ValuePath, field: &str) -> ValuePath {
    match field.split_once('.') {
        Some((field, name)) => path.name(field).name(name),
        None => path.name(field),
    }
}

/// Checks a text, and returns the shape of its value.
pub(super) fn text(text: &str, path: &ValuePath, known: &Known, report: &mut Report<'_>) -> Shape {
    let checked = check_text(text, known);
    checked
        .errors
        .iter()
        .for_each(|error| report.expression(path, error));
    checked.shape
}

/// Checks every text within a value.
pub(super) fn value(value_: &Value, path: &ValuePath, known: &Known, report: &mut Report<'_>) {
    match value_ {
        Value::String(written) => {
            text(written, path, known, report);
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                value(item, &path.item(index), known, report);
            }
        }
        Value::Object(fields) => {
            for (name, field) in fields {
                value(field, &path.name(name.as_str()), known, report);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn truth(condition: &str, path: &ValuePath, known: &Known, report: &mut Report<'_>) {
    let shape = text(condition, path, known, report);
    if let Some(found) = shape.name().filter(|_| shape != Shape::Truth) {
        report.at(
            path,
            format!("the condition has to be true or false, and is {found}"),
            Some("write one expression that compares: \"@{parameters.limit > 0}\"".to_owned()),
        );
    }
}

fn items(items: &Value, path: &ValuePath, known: &Known, report: &mut Report<'_>) {
    value(items, path, known, report);
    let found = match items {
        Value::Array(_) => None,
        Value::String(text) => match check_text(text, known).shape {
            Shape::List(_) => None,
            other => other.name(),
        },
        other => Shape::of(other).name(),
    };
    if let Some(found) = found {
        report.at(
            path,
            format!("the items have to be a list, and are {found}"),
            Some(
                "write a list, or one expression that is one: \"@{activities.look.output.rows}\"".to_owned(),
            ),
        );
    }
}

/// Returns what is known of each item.
fn item(items: &Value, known: &Known) -> Shape {
    let shape = match items {
        Value::String(text) => check_text(text, known).shape,
        other => Shape::of(other),
    };
    match shape {
        Shape::List(item) => *item,
        _ => Shape::Any,
    }
}
