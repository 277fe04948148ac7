//! [`Chosen`]: what of a pipeline is run.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::error::Error;
use crate::pipeline::definition::Pipeline;
use crate::pipeline::published::Published;
use crate::pipeline::{Definitions, Finding, validate_some};
use crate::workspace::Workspace;

/// What of a pipeline is run: a published version, or the draft.
pub(super) struct Chosen {
    /// The pipeline.
    pub(super) pipeline: Pipeline,
    /// All of them, for those that run another.
    pub(super) pipelines: BTreeMap<String, Pipeline>,
    /// The folder of notebooks.
    pub(super) root: PathBuf,
    /// The number of the version; none for the draft.
    pub(super) version: Option<u32>,
    /// What is wrong with it; a version was checked when it was published.
    pub(super) findings: Vec<Finding>,
}

impl Chosen {
    /// Takes the version that triggers run, or the draft where it has no such pipeline.
    ///
    /// # Errors
    ///
    /// There is no such pipeline, its definition cannot be read, or what was published is damaged.
    pub(super) fn published_or_draft(name: &str, workspace: &Workspace) -> Result<Self, Error> {
        let published = Published::open(workspace);
        let Some(version) = published.current()? else {
            return Self::draft(name, workspace);
        };
        let definitions = published.definitions(version.number)?;
        if definitions.file(name).is_err() {
            return Self::draft(name, workspace);
        }
        let root = published.folder(version.number)?;
        Self::of(name, &definitions, root, Some(version.number))
    }

    /// Takes the draft: the definitions as they are in the workspace.
    ///
    /// # Errors
    ///
    /// There is no such pipeline, or its definition cannot be read.
    pub(super) fn draft(name: &str, workspace: &Workspace) -> Result<Self, Error> {
        let definitions = Definitions::read(workspace)?;
        let chosen = Self::of(name, &definitions, workspace.root().to_owned(), None)?;
        Ok(Self {
            findings: validate_some(&definitions, workspace, &[name.to_owned()]),
            ..chosen
        })
    }

    fn of(name: &str, definitions: &Definitions, root: PathBuf, version: Option<u32>) -> Result<Self, Error> {
        let readable = definitions.names().filter_map(|name| {
            let pipeline = definitions.get(name).ok()?;
            Some((name.to_owned(), pipeline.clone()))
        });
        Ok(Self {
            pipeline: definitions.get(name)?.clone(),
            pipelines: readable.collect(),
            root,
            version,
            findings: Vec::new(),
        })
    }

    /// Says in a few words what it is.
    pub(super) fn described(&self) -> String {
        match self.version {
            Some(version) => format!("running version {version}"),
            None => "running the draft".to_owned(),
        }
    }
}
