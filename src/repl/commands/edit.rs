//! `%edit`: a cell's text again, in the editor or at the prompt.

use super::{Command, Flow, cell};
use crate::assist::ArgumentKind;
use crate::error::Error;
use crate::repl::prompt::Prompt;

/// Changes a cell and runs it.
pub(super) struct Edit;

impl Command for Edit {
    fn name(&self) -> &'static str {
        "edit"
    }

    fn usage(&self) -> &'static str {
        "%edit N, or %edit for a new cell in $EDITOR"
    }

    fn summary(&self) -> &'static str {
        "edit cell N, in $EDITOR if it is set, and run it"
    }

    fn arguments(&self) -> ArgumentKind {
        ArgumentKind::Cell(&[])
    }

    fn run(&self, argument: &str, prompt: &mut Prompt<'_>) -> Result<Flow, Error> {
        if argument.is_empty() {
            prompt.compose()?;
        } else {
            let id = cell(self, argument, prompt)?;
            prompt.edit(id)?;
        }
        Ok(Flow::Continue)
    }
}
