//! `%undo` and `%redo`: back and forth over every change of the cells.

use super::{Command, Flow, nothing};
use crate::error::Error;
use crate::repl::error::ReplError;
use crate::repl::prompt::Prompt;

/// Undoes the last change of the cells.
pub(super) struct Undo;

impl Command for Undo {
    fn name(&self) -> &'static str {
        "undo"
    }

    fn usage(&self) -> &'static str {
        "%undo"
    }

    fn summary(&self) -> &'static str {
        "undo the last change of the cells; values are restored without running anything"
    }

    fn run(&self, argument: &str, prompt: &mut Prompt<'_>) -> Result<Flow, Error> {
        nothing(self, argument)?;
        let undone = prompt.book_mut().undo();
        let what = undone.ok_or(ReplError::Nothing { what: "undo" })?;
        prompt.say(&format!("undone: {what}"))?;
        prompt.tell_stale()?;
        Ok(Flow::Continue)
    }
}

/// Does again what was undone last.
pub(super) struct Redo;

impl Command for Redo {
    fn name(&self) -> &'static str {
        "redo"
    }

    fn usage(&self) -> &'static str {
        "%redo"
    }

    fn summary(&self) -> &'static str {
        "redo the last undone change"
    }

    fn run(&self, argument: &str, prompt: &mut Prompt<'_>) -> Result<Flow, Error> {
        nothing(self, argument)?;
        let redone = prompt.book_mut().redo();
        let what = redone.ok_or(ReplError::Nothing { what: "redo" })?;
        prompt.say(&format!("redone: {what}"))?;
        prompt.tell_stale()?;
        Ok(Flow::Continue)
    }
}
