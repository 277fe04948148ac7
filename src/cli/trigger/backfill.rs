//! `backfill`: runs for times that have passed.

use chrono::Utc;

use super::TriggerPlace;
use super::arguments::BackfillTrigger;
use super::list::zone_of;
use crate::cli::terminal::Terminal;
use crate::error::Error;
use crate::render::plain;
use crate::repl::Screen as _;
use crate::schedule::{Backfill, find_trigger, moment};

pub(super) fn backfill(
    here: &TriggerPlace,
    arguments: &BackfillTrigger,
    terminal: &Terminal,
) -> Result<(), Error> {
    let (trigger, definition) = find_trigger(&here.plan, &arguments.name)?;
    let zone = zone_of(definition);
    let runs = here.place.make_runs()?;
    let (Some(from), Some(until)) = (&arguments.from, &arguments.until) else {
        let cancelled = runs.cancel_backfills(&trigger, Utc::now())?;
        let plural = if cancelled == 1 { " is" } else { "s are" };
        return terminal.out(&format!(
            "{trigger}: nothing more is asked for; {cancelled} run{plural} cancelled\n"
        ));
    };
    let (from, until) = (moment(from, zone)?, moment(until, zone)?);
    let mounts = here.place.workspace.mounts();
    let backfill = Backfill {
        runs: &runs,
        plan: &here.plan,
        mounts: &mounts,
        trigger: &trigger,
        from,
        until,
        parallel: arguments.parallel,
    };
    let filled = backfill.fill(Utc::now())?;
    for reason in &filled.left_out {
        terminal.error(&format!("warning: {}: it is left out\n", plain(reason)));
    }
    let there = match filled.there {
        0 => String::new(),
        there => format!("; {there} already there"),
    };
    let plural = if filled.asked == 1 { "" } else { "s" };
    terminal.out(&format!(
        "{trigger}: {} run{plural} queued{there}\n",
        filled.asked
    ))?;
    if filled.asked > 0 && !here.place.is_served()? {
        terminal.error("`sheaf serve` runs them when it is started\n");
    }
    Ok(())
}
