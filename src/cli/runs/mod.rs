//! `sheaf runs`: the runs of pipelines, what happened in each, and running one again.

mod arguments;
mod cancel;
mod list;
mod open;
mod place;
mod rerun;
mod show;

use super::terminal::Terminal;
use crate::error::Error;
use crate::job::Status;
use arguments::RunsVerb;
pub(super) use arguments::{RunsArguments, run_status};
pub(super) use list::since;
pub(super) use place::RunPlace;

pub(super) fn execute(arguments: &RunsArguments, terminal: &Terminal) -> Result<Status, Error> {
    let place = RunPlace::find()?;
    match &arguments.verb {
        None => list::list(&place, arguments, terminal)?,
        Some(RunsVerb::Show(arguments)) => show::show(&place, arguments, terminal)?,
        Some(RunsVerb::Open(arguments)) => open::open(&place, arguments, terminal)?,
        Some(RunsVerb::Rerun(arguments)) => return rerun::rerun(place, arguments, terminal),
        Some(RunsVerb::Cancel(arguments)) => cancel::cancel(&place, arguments, terminal)?,
    }
    Ok(Status::Ok)
}
