//! [`Subject`]: the pipeline that is checked, and what there is around it.

use super::report::Report;
use crate::pipeline::definition::{Action, Activity, Definitions, Pipeline};
use crate::pipeline::sources::Sources;
use crate::ron_text::ValuePath;
use crate::workspace::Workspace;

/// The pipeline that is checked, and what there is around it.
pub(super) struct Subject<'a> {
    /// Its name.
    pub(super) name: &'a str,
    pub(super) pipeline: &'a Pipeline,
    /// All pipelines.
    pub(super) definitions: &'a Definitions,
    pub(super) workspace: &'a Workspace,
    /// The notebooks and libraries.
    pub(super) sources: &'a Sources,
}

impl<'a> Subject<'a> {
    /// Checks what the pipeline says of itself as a whole.
    pub(super) fn check_whole(&self, report: &mut Report<'_>) {
        let all = ValuePath::default();
        if self.pipeline.activities.is_empty() {
            report.at(
                &all.name("activities"),
                "the pipeline does nothing: it has no activities",
                Some("add one: `(name: \"wait\", type: Wait(for: \"1s\"))`".to_owned()),
            );
        }
        if self.pipeline.concurrency == Some(0) {
            let hint = Some("write 1 or more, or leave it out".to_owned());
            report.at(
                &all.name("concurrency"),
                "with a concurrency of 0 no run could ever start",
                hint,
            );
        }
        for (name, default) in &self.pipeline.parameters {
            let path = all.name("parameters").name(name.as_str());
            if !is_name(name) {
                report.at_name(
                    &path,
                    format!("{name:?} cannot be the name of a parameter"),
                    Some(
                        "use letters, digits and `_`, and no digit first, so that expressions can name it"
                            .to_owned(),
                    ),
                );
            }
            if default.as_str().is_some_and(|text| text.contains("@{")) {
                report.at(
                    &path,
                    "a default is taken as it is: an expression in it is not evaluated",
                    Some(
                        "write the expression where the parameter is used, or into a trigger's parameters"
                            .to_owned(),
                    ),
                );
            }
        }
    }

    /// Calls `visit` with every activity, however deep within others, and its path.
    pub(super) fn each_activity(&self, mut visit: impl FnMut(&'a Activity, &ValuePath)) {
        let path = ValuePath::default().name("activities");
        each_of(&self.pipeline.activities, &path, &mut visit);
    }
}

/// Returns whether expressions can write `parameters.NAME`.
fn is_name(name: &str) -> bool {
    let starts = name.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '_');
    starts
        && name
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
}

fn each_of<'a>(list: &'a [Activity], path: &ValuePath, visit: &mut impl FnMut(&'a Activity, &ValuePath)) {
    for (index, activity) in list.iter().enumerate() {
        let path = path.item(index);
        visit(activity, &path);
        for (path, list) in lists_within(&activity.action, &path.name("type")) {
            each_of(list, &path, visit);
        }
    }
}

/// Returns the lists of activities within an action at `path`, each with its own path.
pub(super) fn lists_within<'a>(action: &'a Action, path: &ValuePath) -> Vec<(ValuePath, &'a [Activity])> {
    match action {
        Action::If(branches) => vec![
            (path.name("then"), branches.then.as_slice()),
            (path.name("otherwise"), branches.otherwise.as_slice()),
        ],
        Action::Switch(switch) => {
            let cases = switch.cases.iter().enumerate().map(|(index, case)| {
                let path = path.name("cases").item(index).name("activities");
                (path, case.activities.as_slice())
            });
            cases
                .chain([(path.name("default"), switch.default.as_slice())])
                .collect()
        }
        Action::ForEach(each) => vec![(path.name("activities"), each.activities.as_slice())],
        Action::Until(until) => vec![(path.name("activities"), until.activities.as_slice())],
        _ => Vec::new(),
    }
}
