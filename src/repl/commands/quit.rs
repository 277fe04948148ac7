//! `%quit`: the end.

use super::file::bang;
use super::{Command, Flow, nothing};
use crate::error::Error;
use crate::repl::prompt::Prompt;

/// Leaves the prompt.
pub(super) struct Quit;

impl Command for Quit {
    fn name(&self) -> &'static str {
        "quit"
    }

    fn usage(&self) -> &'static str {
        "%quit; %quit! discards cells that are not saved"
    }

    fn summary(&self) -> &'static str {
        "quit; asks once when cells are unsaved"
    }

    fn run(&self, argument: &str, prompt: &mut Prompt<'_>) -> Result<Flow, Error> {
        let (argument, anyway) = bang(argument);
        nothing(self, argument)?;
        if anyway || prompt.may_leave("%quit")? {
            Ok(Flow::Leave)
        } else {
            Ok(Flow::Continue)
        }
    }
}
