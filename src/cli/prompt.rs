//! `sheaf` or `sheaf FILE`, without a subcommand: a prompt.

use std::ffi::OsString;
use std::io::{self, IsTerminal};
use std::path::Path;
use std::sync::Arc;

use clap::CommandFactory;
use signal_hook::consts::SIGINT;

use super::arguments::Arguments;
use super::environment::{editor, environment};
use super::error::CliError;
use super::parameters;
use super::report::report_trouble;
use super::stop_flag;
use super::terminal::Terminal;
use crate::error::{Error, nearest};
use crate::job::{CachePolicy, Job, Options, Status, current_workspace, workspace_of};
use crate::notebook::{Notebook, NotebookError};
use crate::repl::{AtTerminal, EditorSettings, Prompt, Screen};
use crate::secret::Consent;

pub(super) fn execute(file: Option<&Path>, terminal: &Terminal) -> Result<Status, Error> {
    let workspace = match file {
        Some(file) if !file.exists() => return Err(not_understood(Some(file), &[]).into()),
        Some(file) => {
            // Said before a prompt begins, which opens it.
            Notebook::read(file)?;
            workspace_of(file)?
        }
        None => current_workspace()?,
    };
    let is_watched = io::stdin().is_terminal() && io::stdout().is_terminal();
    let interrupt = stop_flag(&[SIGINT])?;
    let consent = if is_watched {
        Consent::of(Arc::new(AtTerminal::new(interrupt.progress().clone())))
    } else {
        Consent::default()
    };
    let options = Options {
        parameters: parameters::from_environment(),
        interrupt,
        consent,
        allow_shell: workspace.allows_shell(),
        cache: CachePolicy::Use,
        environment: environment(),
        ..Options::default()
    };
    let job = Job::in_folder(Path::new("."), &workspace, &options)?;
    for trouble in job.troubles() {
        report_trouble(trouble, terminal);
    }
    let folder = job.private_folder().map(Path::to_owned);
    let session = job.into_session();
    let mut prompt = Prompt::new(session, terminal);
    if !is_watched {
        prompt.run_lines(io::stdin().lock(), file)?;
        return Ok(match prompt.failures() {
            0 => Status::Ok,
            _ => Status::Failed,
        });
    }
    let settings = EditorSettings {
        vi: workspace.has_vi_keys(),
        editor: editor(),
        color: terminal.style().color,
        is_plain: terminal.is_plain(),
        history: folder.as_ref().map(|folder| folder.join("history")),
    };
    prompt.run_at_terminal(&settings, folder.map(|folder| folder.join("journal")), file)?;
    Ok(Status::Ok)
}

/// Describes what is wrong with words of the command line that are neither a command nor one notebook.
pub(super) fn not_understood(file: Option<&Path>, more: &[OsString]) -> CliError {
    if let (Some(file), Some(more)) = (file, more.first())
        && file.exists()
    {
        return CliError::MoreThanAFile {
            more: more.to_string_lossy().into_owned(),
        };
    }
    let name = file.unwrap_or(Path::new("")).display().to_string();
    let command = Arguments::command();
    let commands = command.get_subcommands().map(clap::Command::get_name);
    let near = nearest(&name, commands).map(|near| format!("sheaf {near}"));
    let near = near.or_else(|| match file.map(Notebook::read) {
        Some(Err(NotebookError::Missing { nearest, .. })) => nearest.map(|near| format!("sheaf {near}")),
        _ => None,
    });
    CliError::NeitherFileNorCommand { name, near }
}
