//! `sheaf present FILE`: a notebook in front of people, cell by cell.

use std::io::{self, IsTerminal};
use std::sync::Arc;

use signal_hook::consts::SIGINT;

use super::arguments::Present;
use super::error::CliError;
use super::parameters::gather;
use super::terminal::Terminal;
use super::{prompt, run, stop_flag};
use crate::error::Error;
use crate::language::Sheaf;
use crate::notebook::Notebook;
use crate::repl::{EditorSettings, Pace, Presentation, Screen as _};
use crate::session::Session;

pub(super) fn execute(arguments: &Present, terminal: &Terminal) -> Result<(), Error> {
    let notebook = Notebook::read(&arguments.file)?;
    let workspace = run::workspace_of(&arguments.file)?;
    let is_terminal = io::stdin().is_terminal() && io::stdout().is_terminal();
    if !is_terminal && arguments.auto.is_none() {
        return Err(CliError::NoTerminal.into());
    }
    let file = arguments.file.display().to_string();
    let path = arguments.file.clone();
    let mut session = Session::new(Arc::new(Sheaf::new()), workspace.mounts(), Some(path))
        .with_interrupt(stop_flag(&[SIGINT])?)
        .with_shell(arguments.allow_shell || arguments.auto.is_none() && workspace.allows_shell())
        .with_parameters(gather(
            &arguments.parameters,
            arguments.parameter_file.as_deref(),
        )?);
    for cell in notebook.cells() {
        session.append(cell.clone());
    }
    session.check_parameters()?;
    let pace = Pace {
        pause: arguments.auto,
        is_typed: arguments.typed,
        has_footer: io::stdout().is_terminal(),
    };
    let editor = EditorSettings {
        vi: workspace.has_vi_keys(),
        editor: prompt::editor(),
        color: terminal.style().color,
        is_plain: terminal.is_plain(),
        history: None,
    };
    let ending = Presentation::new(session, file, terminal, pace, editor).run()?;
    if ending.is_interrupted {
        Err(CliError::ShowInterrupted.into())
    } else if arguments.auto.is_some() && ending.failed > 0 {
        Err(CliError::CellsFailed { cells: ending.failed }.into())
    } else {
        Ok(())
    }
}
