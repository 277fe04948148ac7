//! `%insert`, `%move`, `%delete`, `%title`: where the cells stand, and what they are called.

use super::{Command, Flow, cell, cell_list, missing, number};
use crate::assist::ArgumentKind;
use crate::error::Error;
use crate::repl::error::ReplError;
use crate::repl::prompt::Prompt;

/// Describes where the next cell goes.
pub(super) struct Insert;

impl Command for Insert {
    fn name(&self) -> &'static str {
        "insert"
    }

    fn usage(&self) -> &'static str {
        "%insert N"
    }

    fn summary(&self) -> &'static str {
        "insert the next cell before cell N"
    }

    fn arguments(&self) -> ArgumentKind {
        ArgumentKind::Cell(&[])
    }

    fn run(&self, argument: &str, prompt: &mut Prompt<'_>) -> Result<Flow, Error> {
        let number = number(self, argument)?;
        let cells = prompt.book().session().count();
        if number == 0 || number > cells + 1 {
            return Err(ReplError::NoSuchCell { number, cells }.into());
        }
        prompt.book_mut().insert_at(number - 1);
        prompt.say(&format!(
            "the next cell becomes cell {number}; Ctrl-C cancels that"
        ))?;
        Ok(Flow::Continue)
    }
}

/// Moves a cell.
pub(super) struct Move;

impl Command for Move {
    fn name(&self) -> &'static str {
        "move"
    }

    fn usage(&self) -> &'static str {
        "%move N M"
    }

    fn summary(&self) -> &'static str {
        "move cell N so that it becomes cell M"
    }

    fn arguments(&self) -> ArgumentKind {
        ArgumentKind::Cell(&[])
    }

    fn run(&self, argument: &str, prompt: &mut Prompt<'_>) -> Result<Flow, Error> {
        let (from, to) = argument.split_once(' ').ok_or_else(|| missing(self))?;
        let id = cell(self, from.trim(), prompt)?;
        cell(self, to.trim(), prompt)?;
        let to = number(self, to.trim())?;
        prompt.book_mut().move_to(id, to - 1);
        prompt.tell_stale()?;
        Ok(Flow::Continue)
    }
}

/// Removes cells.
pub(super) struct Delete;

impl Command for Delete {
    fn name(&self) -> &'static str {
        "delete"
    }

    fn usage(&self) -> &'static str {
        "%delete N or %delete N-M"
    }

    fn summary(&self) -> &'static str {
        "delete cells and their bindings; %undo restores them"
    }

    fn arguments(&self) -> ArgumentKind {
        ArgumentKind::Cell(&[])
    }

    fn run(&self, argument: &str, prompt: &mut Prompt<'_>) -> Result<Flow, Error> {
        let ids = cell_list(self, argument, prompt)?;
        prompt.book_mut().delete(&ids);
        prompt.tell_stale()?;
        Ok(Flow::Continue)
    }
}

/// Names a cell.
pub(super) struct Title;

impl Command for Title {
    fn name(&self) -> &'static str {
        "title"
    }

    fn usage(&self) -> &'static str {
        "%title N the title"
    }

    fn summary(&self) -> &'static str {
        "give cell N a title; without one, remove it"
    }

    fn arguments(&self) -> ArgumentKind {
        ArgumentKind::Cell(&[])
    }

    fn run(&self, argument: &str, prompt: &mut Prompt<'_>) -> Result<Flow, Error> {
        let (number, title) = argument.split_once(' ').unwrap_or((argument, ""));
        let id = cell(self, number, prompt)?;
        let title = title.trim();
        prompt
            .book_mut()
            .retitle(id, (!title.is_empty()).then_some(title));
        Ok(Flow::Continue)
    }
}
