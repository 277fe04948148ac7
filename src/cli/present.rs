//! `sheaf present FILE`: a notebook in front of people, cell by cell.

use std::io::{self, IsTerminal};

use signal_hook::consts::SIGINT;

use super::arguments::Present;
use super::environment::{editor, environment};
use super::error::CliError;
use super::parameters::gather;
use super::report::report_trouble;
use super::stop_flag;
use super::terminal::Terminal;
use crate::error::Error;
use crate::job::{CachePolicy, Job, Options, Status, workspace_of};
use crate::notebook::Notebook;
use crate::repl::{EditorSettings, Pace, Presentation, Screen as _};

pub(super) fn execute(arguments: &Present, terminal: &Terminal) -> Result<Status, Error> {
    let notebook = Notebook::read(&arguments.file)?;
    let workspace = workspace_of(&arguments.file)?;
    let is_terminal = io::stdin().is_terminal() && io::stdout().is_terminal();
    if !is_terminal && arguments.auto.is_none() {
        return Err(CliError::NoTerminal.into());
    }
    let options = Options {
        parameters: gather(&arguments.parameters, arguments.parameter_file.as_deref())?,
        interrupt: stop_flag(&[SIGINT])?,
        allow_shell: arguments.allow_shell || arguments.auto.is_none() && workspace.allows_shell(),
        cache: if arguments.no_cache {
            CachePolicy::Off
        } else {
            CachePolicy::Use
        },
        environment: environment(),
        ..Options::default()
    };
    let job = Job::of_notebook(&notebook, &arguments.file, &workspace, &options)?;
    for trouble in job.troubles() {
        report_trouble(trouble, terminal);
    }
    let session = job.into_session();
    let pace = Pace {
        pause: arguments.auto,
        is_typed: arguments.typed,
        has_footer: io::stdout().is_terminal(),
    };
    let editor = EditorSettings {
        vi: workspace.has_vi_keys(),
        editor: editor(),
        color: terminal.style().color,
        is_plain: terminal.is_plain(),
        history: None,
    };
    let file = arguments.file.display().to_string();
    let ending = Presentation::new(session, file, terminal, pace, editor).run()?;
    Ok(if ending.is_interrupted {
        Status::Interrupted
    } else if arguments.auto.is_some() && ending.failed > 0 {
        Status::Failed
    } else {
        Status::Ok
    })
}
