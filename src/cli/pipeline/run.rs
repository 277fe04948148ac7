//! `sheaf pipeline run NAME`: a run by hand.

use clap::Args;

use super::by_hand::{Asked, run_by_hand};
use crate::cli::parameters::parameter;
use crate::cli::terminal::Terminal;
use crate::error::Error;
use crate::job::Status;
use crate::pipeline::run::Mode;

/// Run a pipeline now, and show what it does.
#[derive(Debug, Args)]
#[command(after_help = "\
The published version runs, or the draft where there is none. Ctrl-C cancels the run. Each change is kept in .sheaf/runs.db: \
`sheaf runs` lists runs.

Examples:
  sheaf pipeline run nightly
  sheaf pipeline run nightly -p date=1912-04-15
  sheaf pipeline run nightly --draft
  sheaf pipeline run nightly --json | jq 'select(.path) | .path'

Exit codes: 0 success, 1 it failed, 2 wrong usage, 3 it cannot be read, 130 cancelled.")]
pub(super) struct RunPipeline {
    /// The pipeline: the name of its file in pipelines/, without .ron.
    pub(super) name: String,
    /// Set a parameter of the pipeline; may be repeated.
    #[arg(short = 'p', long = "parameter", value_name = "NAME=VALUE", value_parser = parameter)]
    pub(super) parameters: Vec<(String, String)>,
    /// Run the definitions and notebooks as they are here, not as they were published.
    #[arg(long)]
    pub(super) draft: bool,
    /// Print one line of JSON for each change.
    #[arg(long)]
    pub(super) json: bool,
    /// Print errors alone.
    #[arg(short, long, conflicts_with = "json")]
    pub(super) quiet: bool,
}

pub(super) fn run(arguments: &RunPipeline, terminal: &Terminal) -> Result<Status, Error> {
    let asked = Asked {
        name: &arguments.name,
        parameters: &arguments.parameters,
        is_draft: arguments.draft,
        is_json: arguments.json,
        is_quiet: arguments.quiet,
        mode: Mode::Normal,
    };
    run_by_hand(&asked, terminal)
}
