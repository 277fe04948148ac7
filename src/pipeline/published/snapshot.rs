//! [`Snapshot`]: the files of a version, or of what would be one.

use std::collections::BTreeMap;

use super::change::{self, FileChange};
use crate::digest::Digest;
use crate::pipeline::definition::{Action, Activity, Definitions, Finding, Pipeline};
use crate::pipeline::sources::Sources;
use crate::workspace::Workspace;

/// The files of a version, or of what would be one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Snapshot(BTreeMap<String, Vec<u8>>);

impl Snapshot {
    /// Holds these files.
    pub(super) fn of_files(files: BTreeMap<String, Vec<u8>>) -> Self {
        Self(files)
    }

    /// Takes the definitions of a workspace, the notebooks that they name, and what these reach; and says what of that would
    /// only be known when it runs. What cannot be found is left out: it is a finding of validation.
    pub fn of_draft(workspace: &Workspace, definitions: &Definitions) -> (Self, Vec<Finding>) {
        Self::of(definitions, &Sources::new(workspace.root()))
    }

    /// Does so with notebooks that may have been read already.
    pub(super) fn of(definitions: &Definitions, sources: &Sources) -> (Self, Vec<Finding>) {
        let mut files = BTreeMap::new();
        let mut loose = Vec::new();
        for file in definitions.files().values() {
            files.insert(file.path.clone(), file.text.clone().into_bytes());
            let Ok(pipeline) = &file.pipeline else { continue };
            for notebook in notebooks(pipeline) {
                if let Ok(closure) = sources.closure(notebook) {
                    let found = closure
                        .files()
                        .map(|(path, bytes)| (path.to_owned(), bytes.to_owned()));
                    files.extend(found);
                    loose.extend(closure.loose().iter().cloned());
                }
            }
        }
        loose.sort();
        loose.dedup();
        (Self(files), loose)
    }

    /// Returns the files, by their paths from the workspace's folder.
    pub fn files(&self) -> &BTreeMap<String, Vec<u8>> {
        &self.0
    }

    /// Returns the digest of each file.
    pub fn digests(&self) -> BTreeMap<String, Digest> {
        let files = self.0.iter();
        files
            .map(|(path, bytes)| (path.clone(), Digest::of_bytes(bytes)))
            .collect()
    }

    /// Returns what is different in a later one, file by file.
    pub fn changes(&self, later: &Self) -> Vec<FileChange> {
        change::changes(&self.0, &later.0)
    }
}

/// Returns the notebooks that a pipeline names.
fn notebooks(pipeline: &Pipeline) -> Vec<&str> {
    let mut found = Vec::new();
    of_list(&pipeline.activities, &mut found);
    let alerts = pipeline.alerts.iter().filter_map(|alert| alert.notebook.as_ref());
    found.extend(alerts.map(|notebook| notebook.path.as_str()));
    found
}

fn of_list<'a>(list: &'a [Activity], found: &mut Vec<&'a str>) {
    for activity in list {
        if let Action::Notebook(notebook) = &activity.action {
            found.push(notebook.path.as_str());
        }
        activity
            .action
            .within()
            .into_iter()
            .for_each(|within| of_list(within, found));
    }
}
