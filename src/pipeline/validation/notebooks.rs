//! Notebooks of activities and alerts: there, readable, and with the widgets that are set.

use std::collections::BTreeMap;

use serde_json::Value;

use super::report::{Report, meant};
use super::subject::Subject;
use crate::error::Problem as _;
use crate::pipeline::activity::Notebook;
use crate::pipeline::definition::Action;
use crate::pipeline::sources::SourceError;
use crate::pipeline::text::Text;
use crate::ron_text::ValuePath;

/// Checks the notebooks of all activities.
pub(super) fn check(subject: &Subject<'_>, report: &mut Report<'_>) {
    subject.each_activity(|activity, path| {
        if let Action::Notebook(notebook) = &activity.action {
            check_one(subject, notebook, &path.name("type"), report);
        }
    });
}

/// Checks one notebook.
pub(super) fn check_one(
    subject: &Subject<'_>,
    notebook: &Notebook,
    path: &ValuePath,
    report: &mut Report<'_>,
) {
    check_file(subject, &notebook.path, &notebook.parameters, path, report);
}

fn check_file(
    subject: &Subject<'_>,
    file: &Text,
    parameters: &BTreeMap<String, Value>,
    path: &ValuePath,
    report: &mut Report<'_>,
) {
    let name = file.as_str();
    if name.contains("@{") {
        report.at(
            &path.name("path"),
            "the path is an expression: which notebook runs is not known before the run",
            Some("write the path out, with an `If` or a `Switch` around several".to_owned()),
        );
        return;
    }
    let closure = match subject.sources.closure(name) {
        Ok(closure) => closure,
        Err(SourceError::Missing { near, .. }) => {
            let hint = near.map_or_else(
                || "write the path from the workspace's folder: \"sessions/score.py\"".to_owned(),
                |near| format!("did you mean {near:?}?"),
            );
            report.at(
                &path.name("path"),
                format!("there is no notebook {name:?}"),
                Some(hint),
            );
            return;
        }
        Err(error) => {
            report.at(&path.name("path"), error.to_string(), error.hint());
            return;
        }
    };
    for finding in closure.wrong() {
        report.add(finding.clone());
    }
    if closure.declares_more() {
        return;
    }
    for widget in parameters.keys() {
        if !closure.widgets().contains(widget) {
            report.at_name(
                &path.name("parameters").name(widget.as_str()),
                format!("{name:?} declares no widget {widget:?}"),
                meant(
                    widget,
                    closure.widgets().iter().map(String::as_str),
                    &format!("declare it there: dbutils.widgets.text({widget:?}, \"default\")"),
                ),
            );
        }
    }
}
