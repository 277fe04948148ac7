//! [`DatasetReader`]: datasets outside of a run: to look at them, and to learn their columns.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Map, Value, json};

use super::activity::{ActivityError, Desk};
use super::data::{DataError, learned, read_file, read_table};
use super::definition::{Dataset, FileDataset, Pipeline, SchemaColumn};
use super::expression::Scope;
use super::run::parameters;
use crate::database::TableName;
use crate::error::Error;
use crate::frame::Frame;
use crate::job::Environment;
use crate::secret::Origin;
use crate::storage::{StorageError, create_folders};
use crate::work::Interrupt;
use crate::workspace::Workspace;

/// Reads the datasets of a pipeline outside of a run.
pub struct DatasetReader<'a> {
    /// The workspace, with its mounts and connections.
    pub workspace: &'a Workspace,
    /// What the process has of the person and the machine.
    pub environment: &'a Environment,
    /// The pipeline's name.
    pub name: &'a str,
    /// The pipeline.
    pub pipeline: &'a Pipeline,
    /// The time that stands for a run's start.
    pub now: DateTime<Utc>,
}

impl DatasetReader<'_> {
    /// Reads a dataset whose expressions see these parameters; `has_schema` gives its columns the types of its definition.
    ///
    /// # Errors
    ///
    /// There is no such dataset, its place depends on a run, or it cannot be read.
    pub fn read(
        &self,
        dataset: &str,
        given: Map<String, Value>,
        has_schema: bool,
        interrupt: &Interrupt,
    ) -> Result<Frame, Error> {
        let datasets = &self.pipeline.datasets;
        let definition = datasets.get(dataset).ok_or_else(|| ActivityError::NoDataset {
            name: dataset.to_owned(),
            known: datasets.keys().cloned().collect(),
        })?;
        let scope = Scope {
            parameters: parameters(self.pipeline, given)?,
            run: json!({
                "pipeline": self.name,
                "started": self.now.to_rfc3339_opts(SecondsFormat::AutoSi, true),
            }),
            ..Scope::default()
        };
        let root = self.workspace.root();
        let desk = Desk::new(
            self.workspace,
            self.environment,
            None,
            (self.name, "", root),
            false,
        )?;
        match definition {
            Dataset::File(file) => {
                let path = file.path.render(&scope)?;
                let bare = FileDataset {
                    schema: Vec::new(),
                    ..file.clone()
                };
                let file = if has_schema { file } else { &bare };
                Ok(read_file((file, false), &path, &desk.mounts, interrupt)?)
            }
            Dataset::Table(table) => {
                let name = table.table.render(&scope)?;
                let found = TableName::parse(&name).ok_or(DataError::NotATable(name))?;
                let origin = Origin {
                    command: Some("sheaf dataset".to_owned()),
                    ..Origin::default()
                };
                let connection = desk.connection(&table.connection.render(&scope)?, &origin, interrupt)?;
                let folder = self.workspace.create_private_dir()?.join("scratch");
                create_folders(&folder)
                    .map_err(|error| StorageError::from_io(".sheaf/scratch", "written", error))?;
                Ok(read_table(&connection, &found, &folder, interrupt)?.0)
            }
        }
    }

    /// Returns the columns of a frame, as a definition writes them.
    ///
    /// # Errors
    ///
    /// The frame cannot be read.
    pub fn columns(frame: &Frame) -> Result<Vec<SchemaColumn>, Error> {
        Ok(learned(frame)?)
    }
}
