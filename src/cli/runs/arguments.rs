//! The arguments of `sheaf runs`.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Subcommand};

use crate::pipeline::RunStatus;

/// Show the runs of pipelines, the newest first.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
#[command(after_help = "\
An id may be shortened to its beginning or its end, as long as no other run has it.

Examples:
  sheaf runs
  sheaf runs --status Failed --since 7d
  sheaf runs --pipeline nightly --limit 5 --json
  sheaf runs show k3f9
  sheaf runs open k3f9 score
  sheaf runs rerun k3f9 --from-failed")]
pub(in crate::cli) struct RunsArguments {
    /// What to do; without it, the runs are listed.
    #[command(subcommand)]
    pub(super) verb: Option<RunsVerb>,
    /// Only those of this status; may be repeated.
    #[arg(long = "status", value_name = "STATUS", value_parser = run_status(), ignore_case = true)]
    pub(super) statuses: Vec<RunStatus>,
    /// Only those of this pipeline.
    #[arg(long, value_name = "NAME")]
    pub(super) pipeline: Option<String>,
    /// Only those of this trigger.
    #[arg(long, value_name = "NAME")]
    pub(super) trigger: Option<String>,
    /// Only those queued since then: 7d, 12h, 2026-01-31.
    #[arg(long, value_name = "TIME")]
    pub(super) since: Option<String>,
    /// Show at most N of them.
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub(super) limit: u32,
    /// Print JSON.
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Subcommand)]
pub(super) enum RunsVerb {
    Show(ShowRun),
    Open(OpenRun),
    Rerun(Rerun),
    Cancel(Cancel),
}

/// Show what happened in a run: its activities, how long each took, and why one failed.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  sheaf runs show k3f9
  sheaf runs show k3f9 --json | jq '.activities[] | select(.status == \"Failed\")'")]
pub(super) struct ShowRun {
    /// The run.
    pub(super) id: String,
    /// Print JSON.
    #[arg(long)]
    pub(super) json: bool,
}

/// Show the notebook that an activity ran, with its outputs and its error, as it ran.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  sheaf runs open k3f9 score
  sheaf runs open k3f9 'each[3]/score' --attempt 1 | less -R")]
pub(super) struct OpenRun {
    /// The run.
    pub(super) id: String,
    /// The activity, as `sheaf runs show` names it.
    pub(super) activity: String,
    /// The attempt, counted from 1 [default: the last one].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) attempt: Option<u32>,
}

/// Run a run again, with its parameters.
#[derive(Debug, Args)]
#[command(after_help = "\
`sheaf serve` runs it where it is at work here; otherwise it runs now, in this command.

Examples:
  sheaf runs rerun k3f9
  sheaf runs rerun k3f9 --from-failed
  sheaf runs rerun k3f9 --from copy

Exit codes: 0 it succeeded, or `sheaf serve` runs it; 1 it failed, 2 wrong usage, 130 cancelled.")]
pub(super) struct Rerun {
    /// The run.
    pub(super) id: String,
    /// Keep what succeeded, and run the rest.
    #[arg(long, conflicts_with = "from")]
    pub(super) from_failed: bool,
    /// Keep what succeeded, but run this activity and what comes after it again.
    #[arg(long, value_name = "ACTIVITY")]
    pub(super) from: Option<String>,
}

/// Stop a run, wherever it runs; its activities are told, and end.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  sheaf runs cancel k3f9")]
pub(super) struct Cancel {
    /// The run.
    pub(super) id: String,
}

/// Takes the name of a status of runs.
pub(in crate::cli) fn run_status() -> impl TypedValueParser<Value = RunStatus> {
    PossibleValuesParser::new(RunStatus::ALL.map(RunStatus::name))
        .try_map(|name| RunStatus::named(&name).ok_or("no such status"))
}
