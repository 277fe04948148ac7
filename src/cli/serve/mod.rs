//! `sheaf serve`: runs the triggers of a workspace and shows its runs, one process at a time.

mod arguments;
mod install;
mod log;
mod page;
mod token;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use chrono::Utc;
use polars::error::abort::register_polars_abort_mechanism;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

use super::environment::environment;
use super::error::CliError;
use super::terminal::Terminal;
use crate::error::{Error, Kind};
use crate::job::{Status, current_workspace};
use crate::schedule::{Launcher as _, PipelineLauncher, Runs, Scheduler, Sole, SystemClock};
use crate::work::Interrupt;
pub(super) use arguments::ServeArguments;
use arguments::ServeCommand;
use page::Page;

pub(super) fn execute(arguments: &ServeArguments, terminal: &Terminal) -> Result<Status, Error> {
    if let Some(ServeCommand::Token(arguments)) = &arguments.command {
        token::manage(arguments, terminal)?;
        return Ok(Status::Ok);
    }
    let workspace = current_workspace()?;
    if arguments.install {
        terminal.verbatim(&install::unit(&workspace)?)?;
        return Ok(Status::Ok);
    }
    let stop = stop_signals()?;
    let private = workspace.create_private_dir()?;
    let _sole = Sole::become_it(&private, &myself())?;
    let runs = Runs::open(&private.join(Runs::FILE))?;
    let (root, mounts) = (workspace.root().to_owned(), workspace.mounts());
    let server = page::bind(arguments, &root)?;
    let launcher = Arc::new(PipelineLauncher::new(workspace, environment()));
    log::begin(arguments.log);
    let version = launcher.current()?.and_then(|plan| plan.version);
    let mut scheduler = Scheduler::new(runs, launcher, Arc::new(SystemClock), mounts)?;
    match version {
        Some(version) => tracing::info!(workspace = %root.display(), version, "serves"),
        None => {
            tracing::warn!(workspace = %root.display(), "serves, and nothing is published: no trigger runs");
        }
    }
    let page = Page::show(server);
    let ended = scheduler.run(&stop);
    // It shows how runs are interrupted, too.
    page.end();
    ended?;
    tracing::info!("ends");
    Ok(Status::Ok)
}

/// Says which process this is, for those who want to serve the same workspace.
fn myself() -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let host = match host.trim() {
        "" => "this machine",
        host => host,
    };
    let since = Utc::now().format("%Y-%m-%d %H:%M:%S");
    format!("process {} on {host}, since {since} UTC", std::process::id())
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
