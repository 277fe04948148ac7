//! The arguments of `sheaf monitor`.

use clap::Args;

use crate::cli::runs::run_status;
use crate::pipeline::RunStatus;

/// Watch the runs of pipelines in this terminal, live: their activities, the notebooks that ran, the cells that failed.
#[derive(Debug, Args)]
#[command(after_help = "\
Enter leads from a run to its activities, to an activity's input, output and error, and to the notebook as it ran; Esc leads \
back. r runs a run again, c cancels it, t shows the triggers, ? all keys of the place one is in. What is begun here goes on when \
the monitor is left.

Examples:
  sheaf monitor
  sheaf monitor --status Failed --since 7d
  sheaf monitor --pipeline nightly")]
pub(in crate::cli) struct MonitorArguments {
    /// Only runs of this status; may be repeated.
    #[arg(long = "status", value_name = "STATUS", value_parser = run_status(), ignore_case = true)]
    pub(super) statuses: Vec<RunStatus>,
    /// Only those of this pipeline.
    #[arg(long, value_name = "NAME")]
    pub(super) pipeline: Option<String>,
    /// Only those asked for since then: 7d, 12h, 2026-01-31.
    #[arg(long, value_name = "TIME")]
    pub(super) since: Option<String>,
}
