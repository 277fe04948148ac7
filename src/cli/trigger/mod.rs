//! `sheaf trigger`: the triggers of what is published: whether they run, when next, and runs for times that have passed.

mod arguments;
mod backfill;
mod list;
mod state;

use std::sync::Arc;

use super::environment::environment;
use super::runs::RunPlace;
use super::terminal::Terminal;
use crate::error::Error;
use crate::job::current_workspace;
use crate::schedule::{Launcher as _, PipelineLauncher, Plan, ScheduleError};
pub(super) use arguments::TriggerArguments;
use arguments::TriggerVerb;

pub(super) fn execute(arguments: &TriggerArguments, terminal: &Terminal) -> Result<(), Error> {
    let here = TriggerPlace::find()?;
    match &arguments.verb {
        TriggerVerb::List(arguments) => list::list(&here, arguments, terminal),
        TriggerVerb::Next(arguments) => list::next(&here, arguments, terminal),
        TriggerVerb::Start(trigger) => state::set(&here, &trigger.name, true, terminal),
        TriggerVerb::Stop(trigger) => state::set(&here, &trigger.name, false, terminal),
        TriggerVerb::Backfill(arguments) => backfill::backfill(&here, arguments, terminal),
    }
}

/// The workspace around the current folder, with its store of runs and what is published there.
struct TriggerPlace {
    place: RunPlace,
    plan: Arc<Plan>,
}

impl TriggerPlace {
    fn find() -> Result<Self, Error> {
        let launcher = PipelineLauncher::new(current_workspace()?, environment());
        Ok(Self {
            place: RunPlace::find()?,
            plan: launcher.current()?.ok_or(ScheduleError::NothingPublished)?,
        })
    }
}
