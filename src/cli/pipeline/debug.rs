//! `sheaf pipeline debug NAME`: a run of which nothing lasts, and what it would have changed.

use clap::Args;

use super::by_hand::{Asked, run_by_hand};
use crate::cli::parameters::parameter;
use crate::cli::terminal::Terminal;
use crate::error::Error;
use crate::job::Status;
use crate::pipeline::run::Mode;

/// Run a pipeline on its real inputs, undo all of it, and show what would have changed.
#[derive(Debug, Args)]
#[command(after_help = "\
The draft runs. Tables are written in transactions that are rolled back, one for each database, so that later activities see \
the rows; files go to a folder that is removed. What cannot be undone, such as a request, is left out and named.

Examples:
  sheaf pipeline debug nightly
  sheaf pipeline debug nightly --until copy
  sheaf pipeline debug nightly -p date=1912-04-15 --json | tail -1 | jq .changes

Exit codes: 0 success, 1 it failed, 2 wrong usage, 3 it cannot be read, 130 cancelled.")]
pub(super) struct DebugPipeline {
    /// The pipeline: the name of its file in pipelines/, without .ron.
    pub(super) name: String,
    /// Set a parameter of the pipeline; may be repeated.
    #[arg(short = 'p', long = "parameter", value_name = "NAME=VALUE", value_parser = parameter)]
    pub(super) parameters: Vec<(String, String)>,
    /// End with this activity, and run only what it comes after.
    #[arg(long, value_name = "ACTIVITY")]
    pub(super) until: Option<String>,
    /// Print one line of JSON for each change.
    #[arg(long)]
    pub(super) json: bool,
}

pub(super) fn debug(arguments: &DebugPipeline, terminal: &Terminal) -> Result<Status, Error> {
    let asked = Asked {
        name: &arguments.name,
        parameters: &arguments.parameters,
        is_draft: true,
        is_json: arguments.json,
        is_quiet: false,
        mode: Mode::Debug {
            until: arguments.until.clone(),
        },
    };
    run_by_hand(&asked, terminal)
}
