//! `sheaf` or `sheaf FILE`, without a subcommand: a prompt.

use std::ffi::OsString;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::CommandFactory;
use signal_hook::consts::SIGINT;

use super::arguments::Arguments;
use super::cache::{self, Keeping};
use super::error::CliError;
use super::parameters;
use super::run;
use super::stop_flag;
use super::terminal::Terminal;
use crate::error::{Error, nearest};
use crate::language::Sheaf;
use crate::notebook::{Notebook, NotebookError};
use crate::render::Paint;
use crate::repl::{EditorSettings, Prompt, Screen};
use crate::session::Session;
use crate::workspace::Workspace;

pub(super) fn execute(file: Option<&Path>, terminal: &Terminal) -> Result<(), Error> {
    let folder = run::current_folder()?;
    let workspace = match file {
        Some(file) if !file.exists() => return Err(not_understood(Some(file), &[]).into()),
        Some(file) => {
            // Said before a prompt begins, which opens it.
            Notebook::read(file)?;
            run::workspace_of(file)?
        }
        None => Workspace::find(&folder)?,
    };
    let session = Session::new(Arc::new(Sheaf::new()), workspace.mounts(), None)
        .with_interrupt(stop_flag(&[SIGINT])?)
        .with_folder(&folder)
        .with_parameters(parameters::from_environment())
        .with_shell(workspace.allows_shell());
    let folder = private_folder_if_any(&workspace, terminal);
    let (session, _) = cache::equip(session, folder.as_deref(), None, Keeping::All)?;
    let mut prompt = Prompt::new(session, terminal);
    if !(io::stdin().is_terminal() && io::stdout().is_terminal()) {
        prompt.run_lines(io::stdin().lock(), file)?;
        return match prompt.failures() {
            0 => Ok(()),
            failures => Err(CliError::InputFailed { failures }.into()),
        };
    }
    let settings = EditorSettings {
        vi: workspace.has_vi_keys(),
        editor: editor(),
        color: terminal.style().color,
        is_plain: terminal.is_plain(),
        history: folder.as_ref().map(|folder| folder.join("history")),
    };
    prompt.run_at_terminal(&settings, folder.map(|folder| folder.join("journal")), file)
}

/// Says what is wrong with words of the command line that are neither a command nor one notebook.
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

/// Returns the private folder, and warns where it cannot be made: all else works without it.
pub(super) fn private_folder_if_any(workspace: &Workspace, terminal: &Terminal) -> Option<PathBuf> {
    private_folder(workspace).unwrap_or_else(|error| {
        let paint = Paint::new(&terminal.error_style());
        terminal.error(&format!(
            "{}{error}; no results, no history and no session are kept\n",
            paint.warning("warning: ")
        ));
        None
    })
}

/// Returns the private folder, and makes none.
pub(super) fn private_folder_if_made(workspace: &Workspace) -> Option<PathBuf> {
    if workspace.is_from_file() && !workspace.private_dir().is_dir() {
        return None;
    }
    private_folder(workspace).ok().flatten()
}

/// Returns the folder for the history and the journal: the workspace's own, or one of the person's where the
/// current folder is only passing for a workspace.
pub(super) fn private_folder(workspace: &Workspace) -> Result<Option<PathBuf>, Error> {
    if workspace.is_from_file() {
        return workspace.make_private_dir().map(Some);
    }
    let state = std::env::var_os("XDG_STATE_HOME").filter(|path| !path.is_empty());
    let home = std::env::var_os("HOME").filter(|path| !path.is_empty());
    let state = state
        .map(PathBuf::from)
        .or_else(|| home.map(|home| PathBuf::from(home).join(".local/state")));
    Ok(state.map(|state| state.join("sheaf")))
}

/// Returns the command in `VISUAL` or `EDITOR`.
pub(super) fn editor() -> Option<String> {
    ["VISUAL", "EDITOR"]
        .iter()
        .filter_map(|name| std::env::var(name).ok())
        .find(|command| !command.trim().is_empty())
}
