//! `sheaf runs cancel`: asks for a run to be stopped.

use chrono::Utc;

use super::arguments::Cancel;
use super::place::RunPlace;
use crate::cli::terminal::Terminal;
use crate::error::Error;
use crate::repl::Screen as _;

pub(super) fn cancel(place: &RunPlace, arguments: &Cancel, terminal: &Terminal) -> Result<(), Error> {
    let (runs, run) = place.run(&arguments.id)?;
    runs.ask_cancel(&run.id, Utc::now())?;
    let is_over = runs.run(&run.id)?.is_none_or(|run| run.status.is_final());
    let id = &run.id;
    terminal.out(&if is_over {
        format!("{id} is cancelled\n")
    } else {
        format!("{id} was asked to stop\n")
    })
}
