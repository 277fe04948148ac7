//! `sheaf run FILE`: a notebook from start to end, without a person.

use signal_hook::consts::{SIGINT, SIGTERM};

use super::arguments::Run;
use super::environment::environment;
use super::error::CliError;
use super::json::JsonReport;
use super::parameters::gather;
use super::report::RunReport;
use super::terminal::Terminal;
use super::{check, stop_flag};
use crate::assist::unsupported::{unsupported, unsupported_list};
use crate::error::Error;
use crate::job::{CachePolicy, CheckpointPolicy, Job, Options, RunOptions, Status, workspace_of};
use crate::language::SheafLanguage;
use crate::notebook::Notebook;
use crate::repl::Screen as _;

pub(super) fn execute(arguments: &Run, terminal: &Terminal) -> Result<Status, Error> {
    if arguments.check {
        return check::check(arguments, terminal);
    }
    if let Some(flag) = arguments.checking.flag() {
        return Err(CliError::NeedsCheck { flag }.into());
    }
    let notebook = Notebook::read(&arguments.file)?;
    warn_of_unsupported(&notebook, terminal);
    let run = RunOptions {
        until: until(arguments, notebook.cells().len())?,
        jobs: arguments.jobs.map(|jobs| jobs as usize),
        record: arguments.record,
    };
    let workspace = workspace_of(&arguments.file)?;
    let mut job = Job::of_notebook(&notebook, &arguments.file, &workspace, &options(arguments)?)?;
    let outcome = if arguments.json {
        let file = arguments.file.display().to_string();
        job.run(run, &mut JsonReport::new(&file, terminal))?
    } else {
        job.run(run, &mut RunReport::new(&arguments.file, terminal))?
    };
    Ok(outcome.status)
}

fn options(arguments: &Run) -> Result<Options, Error> {
    let (cache, checkpoint) = match (arguments.no_cache, arguments.resume) {
        (true, _) => (CachePolicy::Off, CheckpointPolicy::Start),
        (false, true) => (CachePolicy::Use, CheckpointPolicy::Resume),
        (false, false) => (CachePolicy::Use, CheckpointPolicy::Start),
    };
    Ok(Options {
        parameters: gather(&arguments.parameters, arguments.parameter_file.as_deref())?,
        interrupt: stop_flag(&[SIGINT, SIGTERM])?,
        allow_shell: arguments.allow_shell,
        cache,
        checkpoint,
        environment: environment(),
        ..Options::default()
    })
}

/// Warns of cells that cannot run as they are, before any runs.
fn warn_of_unsupported(notebook: &Notebook, terminal: &Terminal) {
    let found = unsupported(notebook.cells(), &SheafLanguage::new());
    if let Some(text) = unsupported_list(notebook.cells(), &found, &terminal.error_style()) {
        terminal.error(&format!("{text}\n\n"));
    }
}

/// Returns how many cells are to be run, where that is said.
fn until(arguments: &Run, cells: usize) -> Result<Option<usize>, CliError> {
    match arguments.until {
        Some(until) if until as usize > cells => Err(CliError::UntilTooLarge {
            until,
            file: arguments.file.clone(),
            cells,
        }),
        until => Ok(until.map(|until| until as usize)),
    }
}
