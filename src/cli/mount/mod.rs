//! `sheaf mount`: the mounts of a workspace.

mod arguments;
mod change;
mod list;
mod test;

use std::path::PathBuf;
use std::sync::Arc;

use signal_hook::consts::SIGINT;

use super::environment::environment;
use super::stop_flag;
use super::terminal::Terminal;
use super::trust::is_watched;
use crate::error::Error;
use crate::job::{Status, current_workspace};
use crate::repl::AtTerminal;
use crate::secret::{Caller, Consent, SecretError, Secrets};
use crate::storage::Mounts;
use crate::work::Interrupt;
use crate::workspace::{MountAccess, Workspace};
pub(super) use arguments::Mount as Arguments;
use arguments::MountVerb;

pub(super) fn execute(arguments: &Arguments, terminal: &Terminal) -> Result<Status, Error> {
    let here = Here::find()?;
    match &arguments.verb {
        MountVerb::Add(arguments) => change::add(&here, arguments, terminal)?,
        MountVerb::List(arguments) => list::list(&here, arguments, terminal)?,
        MountVerb::Test(arguments) => return test::test(&here, arguments, terminal),
        MountVerb::Remove(arguments) => change::remove(&here, arguments, terminal)?,
    }
    Ok(Status::Ok)
}

/// Where a command is given: the workspace around the current folder, and the person.
struct Here {
    workspace: Workspace,
    secrets: Arc<Secrets>,
    state_folder: PathBuf,
    caller: Arc<dyn Caller>,
    interrupt: Interrupt,
}

impl Here {
    fn find() -> Result<Self, Error> {
        let environment = environment();
        let state_folder = environment.state_folder.ok_or(SecretError::NoStateFolder)?;
        let workspace = current_workspace()?;
        Ok(Self {
            secrets: workspace.secrets(Some(&state_folder), Arc::clone(&environment.caller)),
            workspace,
            state_folder,
            caller: environment.caller,
            interrupt: stop_flag(&[SIGINT])?,
        })
    }

    /// Returns the mounts as a session has them.
    fn mounts(&self) -> (Arc<Mounts>, Option<Error>) {
        let consent = if is_watched() {
            Consent::of(Arc::new(AtTerminal::new(self.interrupt.progress().clone())))
        } else {
            Consent::default()
        };
        self.workspace.session_mounts(MountAccess {
            secrets: Arc::clone(&self.secrets),
            consent,
            caller: Arc::clone(&self.caller),
            blocks: None,
        })
    }
}
