//! `sheaf pipeline list`: the pipelines of a workspace.

use clap::Args;
use serde_json::{Value, json};

use crate::cli::columns::print;
use crate::cli::terminal::Terminal;
use crate::error::Error;
use crate::job::current_workspace;
use crate::pipeline::Definitions;
use crate::pipeline::definition::Pipeline;
use crate::pipeline::published::{Published, Snapshot};

/// List the pipelines, with their triggers and the version that is published.
#[derive(Debug, Args)]
#[command(after_help = "\
`version 3, changed` is one whose file is not as version 3 has it; `draft` is one that was never published.

Examples:
  sheaf pipeline list
  sheaf pipeline list --json | jq -r '.[].name'")]
pub(super) struct ListPipelines {
    /// Print the list as JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn list(arguments: &ListPipelines, terminal: &Terminal) -> Result<(), Error> {
    let workspace = current_workspace()?;
    let definitions = Definitions::read(&workspace)?;
    let published = Published::open(&workspace);
    let current = published.current()?;
    let (draft, _) = Snapshot::of_draft(&workspace, &definitions);
    let draft = draft.digests();
    let lines = definitions.files().iter().map(|(name, file)| {
        let pipeline = file.pipeline.as_ref().ok();
        let version = current
            .as_ref()
            .and_then(|current| Some((current.number, current.files.get(&file.path)?)));
        let state = match version {
            None => "draft".to_owned(),
            Some((number, digest)) if draft.get(&file.path) == Some(digest) => format!("version {number}"),
            Some((number, _)) => format!("version {number}, changed"),
        };
        let row = vec![
            name.clone(),
            pipeline.map_or("-".to_owned(), |pipeline| pipeline.activities.len().to_string()),
            pipeline.map_or("-".to_owned(), triggers),
            state.clone(),
            pipeline.map_or(
                "cannot be read: `sheaf pipeline validate`".to_owned(),
                |pipeline| pipeline.description.lines().next().unwrap_or_default().to_owned(),
            ),
        ];
        let json = json!({
            "name": name,
            "file": file.path,
            "description": pipeline.map(|pipeline| &pipeline.description),
            "activities": pipeline.map(|pipeline| pipeline.activities.len()),
            "triggers": pipeline.map(|pipeline| pipeline.triggers.keys().collect::<Vec<_>>()),
            "published": version.map(|(number, _)| number),
            "state": state,
        });
        (row, json)
    });
    let (rows, json): (Vec<_>, Vec<_>) = lines.unzip();
    print(
        arguments.json,
        &["Pipeline", "Activities", "Triggers", "Published", "Description"],
        &rows,
        Value::Array(json),
        terminal,
    )
}

fn triggers(pipeline: &Pipeline) -> String {
    let names: Vec<&str> = pipeline.triggers.keys().map(String::as_str).collect();
    if names.is_empty() {
        "-".to_owned()
    } else {
        names.join(", ")
    }
}
