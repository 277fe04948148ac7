//! `sheaf pipeline validate`: what is wrong in definitions, before anything runs.

use clap::Args;
use serde_json::json;

use super::findings;
use crate::cli::terminal::Terminal;
use crate::error::Error;
use crate::job::{Status, current_workspace};
use crate::pipeline::{Definitions, validate as validate_all, validate_some};
use crate::repl::Screen as _;

/// Check pipelines: order, names, expressions, notebooks and their widgets, datasets, triggers.
#[derive(Debug, Args)]
#[command(after_help = "\
Nothing runs, and no connection is opened.

Examples:
  sheaf pipeline validate
  sheaf pipeline validate nightly
  sheaf pipeline validate --json | jq -r '.findings[].message'

Exit codes: 0 nothing is wrong, 1 something is, 2 there is no such pipeline.")]
pub(super) struct ValidatePipelines {
    /// The pipelines, which are checked with those that they run; all where none is named.
    pub(super) names: Vec<String>,
    /// Print what is wrong as JSON.
    #[arg(long)]
    pub(super) json: bool,
}

pub(super) fn validate(arguments: &ValidatePipelines, terminal: &Terminal) -> Result<Status, Error> {
    let workspace = current_workspace()?;
    let definitions = Definitions::read(&workspace)?;
    for name in &arguments.names {
        definitions.file(name)?;
    }
    let found = if arguments.names.is_empty() {
        validate_all(&definitions, &workspace)
    } else {
        validate_some(&definitions, &workspace, &arguments.names)
    };
    if arguments.json {
        terminal.verbatim(&format!("{}\n", json!({ "findings": found })))?;
    } else if found.is_empty() {
        let count = match arguments.names.len() {
            0 => definitions.names().count(),
            named => named,
        };
        let plural = if count == 1 { " is" } else { "s are" };
        terminal.out(&format!("{count} pipeline{plural} valid\n"))?;
    } else {
        findings::print(&found, workspace.root(), terminal)?;
    }
    Ok(if found.is_empty() {
        Status::Ok
    } else {
        Status::Failed
    })
}
