//! The arguments of `sheaf trigger`.

use clap::{Args, Subcommand};

/// Start, stop and list the triggers of what is published; `sheaf serve` runs them.
#[derive(Debug, Args)]
#[command(after_help = "\
A trigger that was published is started until it is stopped. PIPELINE/TRIGGER names one where several pipelines have a \
trigger of the same name.

Examples:
  sheaf trigger list
  sheaf trigger next nightly -n 5
  sheaf trigger stop nightly
  sheaf trigger backfill nightly --from 2026-01-01 --to 2026-02-01 --parallel 4")]
pub(in crate::cli) struct TriggerArguments {
    #[command(subcommand)]
    pub(super) verb: TriggerVerb,
}

#[derive(Debug, Subcommand)]
pub(super) enum TriggerVerb {
    List(ListTriggers),
    Next(Next),
    /// Start a trigger again; times that passed while it was stopped are not made up for.
    Start(OneTrigger),
    /// Stop a trigger; the runs that it has started continue.
    Stop(OneTrigger),
    Backfill(BackfillTrigger),
}

/// List the triggers, whether each is started, and when it is due next.
#[derive(Debug, Args)]
pub(super) struct ListTriggers {
    /// Print JSON.
    #[arg(long)]
    pub(super) json: bool,
}

/// Show when triggers are due next.
#[derive(Debug, Args)]
pub(super) struct Next {
    /// The trigger; without it, all of them.
    pub(super) name: Option<String>,
    /// Show the next N times.
    #[arg(short = 'n', long = "count", value_name = "N", default_value_t = 5)]
    pub(super) count: u16,
    /// Print JSON.
    #[arg(long)]
    pub(super) json: bool,
}

/// A trigger.
#[derive(Debug, Args)]
pub(super) struct OneTrigger {
    /// The trigger, or PIPELINE/TRIGGER.
    pub(super) name: String,
}

/// Ask for runs of a trigger for times that have passed.
#[derive(Debug, Args)]
#[command(after_help = "\
`sheaf serve` runs them, and makes them as they can be run, however many there are. A time or window that has a run already gets no other, but for windows that did not end well.

Examples:
  sheaf trigger backfill nightly --from 2026-01-01 --to 2026-02-01
  sheaf trigger backfill hourly --from '2026-01-01 06:00' --to '2026-01-01 12:00' --parallel 4
  sheaf trigger backfill hourly --cancel")]
pub(super) struct BackfillTrigger {
    /// The trigger, or PIPELINE/TRIGGER.
    pub(super) name: String,
    /// The first time, in the trigger's zone.
    #[arg(long, value_name = "TIME", required_unless_present = "cancel")]
    pub(super) from: Option<String>,
    /// The time that comes after the last one, in the trigger's zone.
    #[arg(long = "to", value_name = "TIME", required_unless_present = "cancel")]
    pub(super) until: Option<String>,
    /// Run up to N of them at the same time.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) parallel: u32,
    /// Take back what was asked for of the trigger and has not begun.
    #[arg(long, conflicts_with_all = ["from", "until"])]
    pub(super) cancel: bool,
}
