//! Pipelines that run others: unknown ones, their parameters, circles.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::report::{Report, meant};
use super::subject::{Subject, lists_within};
use crate::pipeline::definition::{Action, Activity, Definitions, Pipeline};
use crate::pipeline::expression::{Known, Shape, check as check_text};
use crate::ron_text::ValuePath;

/// Checks the activities that run another pipeline.
pub(super) fn check(subject: &Subject<'_>, report: &mut Report<'_>) {
    subject.each_activity(|activity, path| {
        let Action::Pipeline(invoke) = &activity.action else {
            return;
        };
        let path = path.name("type");
        let name = invoke.pipeline.as_str();
        let Some(file) = subject.definitions.files().get(name) else {
            report.at(
                &path.name("pipeline"),
                format!("there is no pipeline {name:?}"),
                meant(name, subject.definitions.names(), "there are no others"),
            );
            return;
        };
        // A file that cannot be read is a finding of its own.
        if let Ok(called) = &file.pipeline {
            check_parameters(name, called, &invoke.parameters, &path, report);
        }
        if reached(subject.definitions, &[name.to_owned()]).contains(subject.name) {
            report.at(
                &path.name("pipeline"),
                format!(
                    "the pipeline would run itself: {}",
                    way(subject.definitions, name, subject.name)
                ),
                Some("remove one of these activities".to_owned()),
            );
        }
    });
}

/// Checks the parameters that are given to a pipeline.
pub(super) fn check_parameters(
    name: &str,
    called: &Pipeline,
    given: &BTreeMap<String, Value>,
    path: &ValuePath,
    report: &mut Report<'_>,
) {
    for parameter in given.keys() {
        if !called.parameters.contains_key(parameter) {
            report.at_name(
                &path.name("parameters").name(parameter.as_str()),
                format!("the pipeline {name:?} has no parameter {parameter:?}"),
                meant(
                    parameter,
                    called.parameters.keys().map(String::as_str),
                    "it has no parameters",
                ),
            );
        }
    }
    let missing = called
        .parameters
        .iter()
        .filter(|(parameter, default)| default.is_null() && given.get(*parameter).is_none_or(Value::is_null));
    for (parameter, _) in missing {
        report.at(
            path,
            format!("the parameter {parameter:?} of {name:?} is given no value, and has no default"),
            Some(format!(
                "add `parameters: {{{parameter:?}: …}}`, or a default to the parameter"
            )),
        );
    }
}

/// Checks that what a parameter is given is of the type of its default, as far as that is known.
pub(super) fn check_types(
    called: &Pipeline,
    given: &BTreeMap<String, Value>,
    known: &Known,
    path: &ValuePath,
    report: &mut Report<'_>,
) {
    for (parameter, value) in given {
        let expected = called.parameters.get(parameter).map_or(Shape::Any, Shape::of);
        let found = match value {
            Value::String(text) => check_text(text, known).shape,
            other => Shape::of(other),
        };
        if let (Some(expected), Some(found)) = (expected.name(), found.name())
            && expected != found
        {
            report.at(
                &path.name("parameters").name(parameter.as_str()),
                format!("the parameter {parameter:?} is {expected}, and is given {found}"),
                Some("give it what its default is, or change the default".to_owned()),
            );
        }
    }
}

/// Returns the pipelines that these name, and all that they run.
pub(super) fn reached<'d>(definitions: &'d Definitions, names: &[String]) -> BTreeSet<&'d str> {
    let mut open: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut found = BTreeSet::new();
    while let Some(name) = open.pop() {
        if let Some((name, file)) = definitions.files().get_key_value(name)
            && found.insert(name.as_str())
            && let Ok(pipeline) = &file.pipeline
        {
            called(&pipeline.activities, &mut open);
        }
    }
    found
}

fn called<'a>(list: &'a [Activity], names: &mut Vec<&'a str>) {
    for activity in list {
        if let Action::Pipeline(invoke) = &activity.action {
            names.push(&invoke.pipeline);
        }
        for (_, within) in lists_within(&activity.action, &ValuePath::default()) {
            called(within, names);
        }
    }
}

/// Says how a pipeline comes to run another one.
fn way(definitions: &Definitions, from: &str, to: &str) -> String {
    let mut ways = std::collections::VecDeque::from([vec![to, from]]);
    let mut seen = BTreeSet::new();
    while let Some(way) = ways.pop_front() {
        let Some(last) = way.last().copied() else { continue };
        if last == to {
            return way.join(" runs ");
        }
        let pipeline = definitions
            .files()
            .get(last)
            .and_then(|file| file.pipeline.as_ref().ok());
        let mut next = Vec::new();
        pipeline
            .iter()
            .for_each(|pipeline| called(&pipeline.activities, &mut next));
        for name in next {
            if seen.insert(name) {
                ways.push_back(way.iter().copied().chain([name]).collect());
            }
        }
    }
    format!("{to} runs {from}")
}
