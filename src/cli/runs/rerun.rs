//! `sheaf runs rerun`: runs a run again.

use std::sync::Arc;

use chrono::Utc;
use signal_hook::consts::{SIGINT, SIGTERM};

use super::arguments::Rerun;
use super::place::RunPlace;
use crate::cli::environment::environment;
use crate::cli::pipeline::waiting;
use crate::cli::stop_flag;
use crate::cli::terminal::Terminal;
use crate::error::Error;
use crate::job::Status;
use crate::pipeline::RunStatus;
use crate::render::plain;
use crate::repl::Screen as _;
use crate::schedule::{PipelineLauncher, RerunFrom, Scheduler, SystemClock};

pub(super) fn rerun(place: RunPlace, arguments: &Rerun, terminal: &Terminal) -> Result<Status, Error> {
    let (runs, old) = place.run(&arguments.id)?;
    let from = match &arguments.from {
        Some(activity) => RerunFrom::Activity(activity),
        None if arguments.from_failed => RerunFrom::Failed,
        None => RerunFrom::Start,
    };
    if place.is_served()? {
        let id = runs.rerun(&old.id, from, Utc::now())?;
        terminal.out(&format!("{id} repeats {}; `sheaf serve` runs it\n", old.id))?;
        return Ok(Status::Ok);
    }
    let stop = stop_flag(&[SIGINT, SIGTERM])?;
    let (runs, mounts) = (runs.clone(), place.workspace.mounts());
    let launcher = Arc::new(PipelineLauncher::new(place.workspace, environment()));
    let scheduler = Scheduler::new(runs.clone(), launcher, Arc::new(SystemClock), mounts)?;
    let id = runs.rerun(&old.id, from, Utc::now())?;
    terminal.error(&format!("{id} repeats {}\n", old.id));
    let pipeline = plain(&old.pipeline);
    scheduler.run_one(&id, &stop, &mut |running| {
        terminal.error(&format!("{}\n", waiting(running, &pipeline)));
    })?;
    let Some(run) = runs.run(&id)? else {
        return Ok(Status::Failed);
    };
    terminal.out(&format!("{id} {}\n", run.status))?;
    if let Some(error) = &run.error {
        terminal.error(&format!("{}\n", plain(error)));
    }
    Ok(match run.status {
        RunStatus::Succeeded => Status::Ok,
        RunStatus::Cancelled => Status::Interrupted,
        _ => Status::Failed,
    })
}
