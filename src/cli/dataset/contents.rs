//! `sheaf dataset preview` and `import-schema`: what is in a dataset.

use std::io::Write as _;

use chrono::Utc;
use clap::Args;
use serde_json::json;
use signal_hook::consts::SIGINT;

use crate::cli::columns::print;
use crate::cli::environment::environment;
use crate::cli::error::CliError;
use crate::cli::parameters::{of_pipeline, parameter};
use crate::cli::stop_flag;
use crate::cli::terminal::Terminal;
use crate::error::Error;
use crate::file::AtomicFile;
use crate::frame::Frame;
use crate::pipeline::definition::DefinitionFile;
use crate::pipeline::{DatasetReader, Definitions};
use crate::render::table;
use crate::repl::Screen as _;
use crate::work::Interrupt;
use crate::workspace::Workspace;

/// Show the first rows of a dataset.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  sheaf dataset preview predictions
  sheaf dataset preview nightly/predictions -p date=1912-04-15 --rows 50")]
pub(super) struct Preview {
    /// The dataset: PIPELINE/NAME, or NAME.
    pub(super) name: String,
    /// Set a parameter of the pipeline, which its place may depend on; may be repeated.
    #[arg(short = 'p', long = "parameter", value_name = "NAME=VALUE", value_parser = parameter)]
    parameters: Vec<(String, String)>,
    /// How many rows.
    #[arg(long, default_value_t = 10)]
    rows: u32,
}

/// Learn the columns of a dataset from its file or table, and write them into its definition.
#[derive(Debug, Args)]
#[command(after_help = "\
From then on they are checked at every run, and a run whose data has other columns names them.

Examples:
  sheaf dataset import-schema predictions
  sheaf dataset import-schema nightly/predictions -p date=1912-04-15")]
pub(super) struct ImportSchema {
    /// The dataset: PIPELINE/NAME, or NAME.
    pub(super) name: String,
    /// Set a parameter of the pipeline, which its place may depend on; may be repeated.
    #[arg(short = 'p', long = "parameter", value_name = "NAME=VALUE", value_parser = parameter)]
    parameters: Vec<(String, String)>,
    /// Print the columns as JSON, and write nothing.
    #[arg(long)]
    json: bool,
}

/// Where datasets are looked for.
pub(super) struct Open<'a> {
    pub(super) workspace: &'a Workspace,
    pub(super) definitions: &'a Definitions,
}

impl Open<'_> {
    /// Reads the dataset of a full name, `PIPELINE/NAME`.
    fn read(
        &self,
        (pipeline, name): (&str, &str),
        given: &[(String, String)],
        has_schema: bool,
        interrupt: &Interrupt,
    ) -> Result<Frame, Error> {
        let definition = self.definitions.get(pipeline)?;
        let reader = DatasetReader {
            workspace: self.workspace,
            environment: &environment(),
            name: pipeline,
            pipeline: definition,
            now: Utc::now(),
        };
        reader.read(name, of_pipeline(definition, given)?, has_schema, interrupt)
    }
}

/// Cuts `PIPELINE/NAME`.
fn parts(full: &str) -> (&str, &str) {
    full.split_once('/').unwrap_or((full, ""))
}

pub(super) fn preview(
    arguments: &Preview,
    full: &str,
    open: &Open<'_>,
    terminal: &Terminal,
) -> Result<(), Error> {
    let interrupt = stop_flag(&[SIGINT])?;
    let frame = open.read(parts(full), &arguments.parameters, true, &interrupt)?;
    let rows = frame.limit(arguments.rows as usize)?.collect(&interrupt)?;
    terminal.out(&format!(
        "{}\n",
        table::table(&rows, &terminal.style()).trim_end()
    ))
}

pub(super) fn import_schema(
    arguments: &ImportSchema,
    full: &str,
    open: &Open<'_>,
    terminal: &Terminal,
) -> Result<(), Error> {
    let interrupt = stop_flag(&[SIGINT])?;
    let (pipeline, name) = parts(full);
    let frame = open.read((pipeline, name), &arguments.parameters, false, &interrupt)?;
    let columns = DatasetReader::columns(&frame)?;
    if !arguments.json {
        let file = open.definitions.file(pipeline)?;
        let edited = file.with_schema(name, &columns);
        let edited = edited.ok_or_else(|| CliError::NotEditable {
            file: file.path.clone(),
            dataset: name.to_owned(),
        })?;
        replace(open.workspace, file, &edited)?;
    }
    let rows = columns
        .iter()
        .map(|column| vec![column.name.clone(), column.dtype.clone()]);
    let rows: Vec<_> = rows.collect();
    print(
        arguments.json,
        &["Column", "Type"],
        &rows,
        json!({ "name": full, "schema": columns }),
        terminal,
    )
}

/// Replaces the text of a definition, unless somebody else has changed it.
fn replace(workspace: &Workspace, file: &DefinitionFile, edited: &str) -> Result<(), CliError> {
    let path = workspace.root().join(&file.path);
    let unwritable = |error: std::io::Error| CliError::Definition {
        file: file.path.clone(),
        reason: error.to_string(),
    };
    let mut written = AtomicFile::create(&path, true).map_err(unwritable)?;
    written.write_all(edited.as_bytes()).map_err(unwritable)?;
    if std::fs::read_to_string(&path).map_err(unwritable)? != file.text {
        return Err(CliError::Definition {
            file: file.path.clone(),
            reason: "it changed meanwhile".to_owned(),
        });
    }
    written.commit().map_err(unwritable)
}
