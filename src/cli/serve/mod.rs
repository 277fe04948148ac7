//! `sheaf serve`: runs the triggers of a workspace and shows its runs, one process at a time.

mod arguments;
mod install;
mod log;
mod page;
mod token;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chrono::{TimeDelta, Utc};
use polars::error::abort::register_polars_abort_mechanism;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

use super::environment::environment;
use super::error::CliError;
use super::terminal::Terminal;
use crate::error::{Error, Kind};
use crate::job::{Environment, Status, current_workspace};
use crate::schedule::{Launcher as _, PipelineLauncher, Process, Runs, Serving, Sole, SystemClock};
use crate::storage::Mounts;
use crate::work::Interrupt;
use crate::workspace::Workspace;
pub(super) use arguments::ServeArguments;
use arguments::{LogForm, ServeCommand};
use page::Page;

pub(super) fn execute(arguments: &ServeArguments, terminal: &Terminal) -> Result<Status, Error> {
    if let Some(ServeCommand::Token(arguments)) = &arguments.command {
        token::manage(arguments, terminal)?;
        return Ok(Status::Ok);
    }
    let workspace = current_workspace()?;
    if arguments.install {
        terminal.verbatim(&install::unit(&workspace, arguments)?)?;
        return Ok(Status::Ok);
    }
    let stop = stop_signals()?;
    let private = workspace.create_private_dir()?;
    let is_elected = workspace.runs().store.is_some();
    // Where processes elect one in the store, others stand by, also on this machine.
    let sole = (!is_elected).then(|| Sole::become_it(&private, &myself()));
    let _sole = sole.transpose()?;
    let environment = environment();
    let (root, mounts) = (workspace.root().to_owned(), workspace.mounts());
    let retention = workspace.runs().retention;
    let is_there = Arc::new(AtomicBool::new(false));
    let server = page::bind(arguments, &root, &environment, &is_there)?;
    log::begin(arguments.log.unwrap_or(LogForm::Plain));
    // It says what is waited for, too, and how runs are interrupted at the end.
    let page = Page::show(server);
    let runs = Runs::awaited(&workspace, &environment, &stop);
    let ended = runs.and_then(|runs| {
        let Some(runs) = runs else { return Ok(()) };
        is_there.store(true, Ordering::SeqCst);
        serve(workspace, environment, runs, (mounts, retention), &stop)
    });
    page.end();
    ended?;
    tracing::info!("stopped");
    Ok(Status::Ok)
}

/// Runs what triggers ask for, until a stop is asked for.
fn serve(
    workspace: Workspace,
    environment: Environment,
    runs: Runs,
    (mounts, retention): (Arc<Mounts>, Option<Duration>),
    stop: &Interrupt,
) -> Result<(), Error> {
    let root = workspace.root().to_owned();
    let launcher = Arc::new(PipelineLauncher::new(workspace, environment));
    let version = launcher.current()?.and_then(|plan| plan.version);
    let serving = Serving {
        runs,
        launcher,
        clock: Arc::new(SystemClock),
        mounts,
        retention: retention.and_then(|time| TimeDelta::from_std(time).ok()),
    };
    match version {
        Some(version) => tracing::info!(workspace = %root.display(), version, "serving"),
        None => {
            tracing::warn!(workspace = %root.display(), "serving, but nothing is published: no trigger starts a run");
        }
    }
    serving.run(stop)
}

/// Says which process this is, for those who want to serve the same workspace.
fn myself() -> String {
    let since = Utc::now().format("%Y-%m-%d %H:%M:%S");
    format!("{}, since {since} UTC", Process::this())
}

/// Returns a flag that SIGINT and SIGTERM set; the second of them ends the process at once.
fn stop_signals() -> Result<Interrupt, Error> {
    register_polars_abort_mechanism();
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        let code = i32::from(Kind::Interrupted.exit_code());
        // It looks at the flag before the other one sets it.
        flag::register_conditional_shutdown(signal, code, Arc::clone(&stop))
            .and_then(|_| flag::register(signal, Arc::clone(&stop)))
            .map_err(|error| CliError::Signals {
                reason: error.to_string(),
            })?;
    }
    Ok(Interrupt::shared(stop))
}
