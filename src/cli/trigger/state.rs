//! `start` and `stop`.

use chrono::Utc;

use super::TriggerPlace;
use crate::cli::terminal::Terminal;
use crate::error::Error;
use crate::repl::Screen as _;
use crate::schedule::{counts_from, find_trigger};

pub(super) fn set(
    here: &TriggerPlace,
    name: &str,
    is_started: bool,
    terminal: &Terminal,
) -> Result<(), Error> {
    let (trigger, definition) = find_trigger(&here.plan, name)?;
    let runs = here.place.make_runs()?;
    let is_known = runs.triggers()?.iter().any(|row| row.trigger == trigger);
    let through = counts_from(definition, is_known, Utc::now())?;
    let through = through.filter(|_| is_started || !is_known);
    // One that was never stopped is started.
    let has_changed = runs.set_started(&trigger, is_started, through)? && (is_known || !is_started);
    let state = if is_started { "started" } else { "stopped" };
    let already = if has_changed { "" } else { " already" };
    terminal.out(&format!("{trigger} is {state}{already}\n"))
}
