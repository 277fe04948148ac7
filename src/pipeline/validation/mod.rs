//! What definitions are checked for before anything runs: names, order, expressions, notebooks, datasets, triggers.
//!
//! Reads files of the workspace, and opens nothing else: no connection, no mount, no secret.

mod alerts;
mod calls;
mod datasets;
mod expressions;
mod known;
mod notebooks;
mod order;
mod report;
mod secrets;
mod subject;
mod triggers;

use super::definition::{DefinitionFile, Definitions, Finding};
use super::sources::Sources;
use crate::ron_text::ValuePath;
use crate::workspace::Workspace;
pub(super) use order::refused_name;
use report::Report;
use subject::Subject;

/// Returns what is wrong with definitions, file by file, in the order in which it stands there.
pub fn validate(definitions: &Definitions, workspace: &Workspace) -> Vec<Finding> {
    validate_with(definitions, workspace, &Sources::new(workspace.root()))
}

/// Does so with notebooks that may have been read already.
pub(super) fn validate_with(
    definitions: &Definitions,
    workspace: &Workspace,
    sources: &Sources,
) -> Vec<Finding> {
    let files = definitions.files().iter();
    let mut found: Vec<Finding> = files
        .flat_map(|(name, file)| findings(name, file, definitions, workspace, sources))
        .collect();
    // What is wrong in a notebook is found by each pipeline that runs it.
    found.sort();
    found.dedup();
    found
}

/// Returns what is wrong with some of the pipelines, and with those that they run.
pub fn validate_some(definitions: &Definitions, workspace: &Workspace, names: &[String]) -> Vec<Finding> {
    let sources = Sources::new(workspace.root());
    let wanted = calls::reached(definitions, names);
    let files = definitions.files().iter();
    files
        .filter(|(name, _)| wanted.contains(name.as_str()))
        .flat_map(|(name, file)| findings(name, file, definitions, workspace, &sources))
        .collect()
}

fn findings(
    name: &str,
    file: &DefinitionFile,
    definitions: &Definitions,
    workspace: &Workspace,
    sources: &Sources,
) -> Vec<Finding> {
    let mut report = Report::of(file);
    let all = ValuePath::default();
    if let Some(letter) = name
        .chars()
        .find(|letter| !(letter.is_alphanumeric() || "_-".contains(*letter)))
    {
        report.at(
            &all,
            format!("the name of a pipeline cannot have {letter:?} in it: {name:?}"),
            Some("rename the file: letters, digits, `_` and `-`".to_owned()),
        );
    }
    match &file.pipeline {
        Err(finding) => report.add(finding.clone()),
        Ok(pipeline) => {
            let subject = Subject {
                name,
                pipeline,
                definitions,
                workspace,
                sources,
            };
            subject.check_whole(&mut report);
            order::check(&pipeline.activities, &all.name("activities"), &mut report);
            datasets::check(&subject, &mut report);
            expressions::check(&subject, &mut report);
            notebooks::check(&subject, &mut report);
            calls::check(&subject, &mut report);
            triggers::check(&subject, &mut report);
            alerts::check(&subject, &mut report);
            secrets::check(&subject, file, &mut report);
        }
    }
    report.into_findings()
}

#[cfg(test)]
mod tests;
