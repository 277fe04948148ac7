//! `sheaf` without a subcommand: a prompt.

use std::sync::Arc;

use signal_hook::consts::SIGINT;

use super::stop_flag;
use super::terminal::Terminal;
use super::{cells, run};
use crate::error::Error;
use crate::language::Sheaf;
use crate::render::output;
use crate::repl::{Prompt, Reply};
use crate::session::Session;
use crate::workspace::Workspace;

pub(super) fn execute(terminal: &Terminal) -> Result<(), Error> {
    let folder = run::current_folder()?;
    let workspace = Workspace::find(&folder)?;
    let session = Session::new(Arc::new(Sheaf::new()), workspace.mounts(), None)
        .with_interrupt(stop_flag(&[SIGINT])?)
        .with_folder(folder)
        .with_shell(workspace.allows_shell());
    let mut prompt = Prompt::new(session);
    prompt.run(|session, reply| match reply {
        Reply::Prompt(text) => terminal.out(text),
        Reply::Output(shown) => terminal.out(&format!("{}\n", output(shown, terminal.style()))),
        Reply::Failed(error) => {
            terminal.error(&format!(
                "{}\n",
                cells::failure(error, session, None, terminal.error_style())
            ));
            Ok(())
        }
    })
}
