//! The commands of the prompt: `%cells`, `%undo`, `%save` and the like.
//!
//! A command arranges, shows or saves cells; it is not a cell and is not saved. One file per family.

use crate::error::Error;

use super::error::ReplError;
use super::prompt::Prompt;
use crate::assist::{ArgumentKind, CommandSpec};
use crate::source::CellId;

mod arrange;
mod cells;
mod deps;
mod diff;
mod edit;
mod file;
mod help;
mod page;
mod quit;
mod run;
mod setting;
mod time;
mod undo;
mod who;
mod widgets;

/// What the prompt does after a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flow {
    /// It reads on.
    Continue,
    /// It asks where passwords are to be stored that cells have as text, and carries the command out again.
    StorePasswords,
    /// It ends.
    Leave,
}

/// A command of the prompt.
pub(super) trait Command: Sync {
    /// Returns its name, without the `%`.
    fn name(&self) -> &'static str;

    /// Returns how it is written: `%move N M`.
    fn usage(&self) -> &'static str;

    /// Describes what it does, in a few words.
    fn summary(&self) -> &'static str;

    /// Returns what completion offers after its name.
    fn arguments(&self) -> ArgumentKind {
        ArgumentKind::Nothing
    }

    /// Returns whether `argument` is for this command, and not for a kind of cell of the same name.
    fn takes(&self, _argument: &str) -> bool {
        true
    }

    /// Carries it out; `argument` is what follows the name, without blanks around it.
    fn run(&self, argument: &str, prompt: &mut Prompt<'_>) -> Result<Flow, Error>;
}

/// Every command, in the order in which help lists them.
static COMMANDS: &[&dyn Command] = &[
    &cells::Cells,
    &run::Run,
    &edit::Edit,
    &arrange::Insert,
    &arrange::Move,
    &arrange::Delete,
    &arrange::Title,
    &undo::Undo,
    &undo::Redo,
    &who::Who,
    &widgets::Widgets,
    &deps::Deps,
    &diff::Diff,
    &file::Save,
    &file::Open,
    &file::Export,
    &setting::Auto,
    &time::Time,
    &page::Page,
    &help::Help,
    &setting::Reset,
    &quit::Quit,
];

/// Returns every command.
pub(super) fn all() -> impl Iterator<Item = &'static dyn Command> {
    COMMANDS.iter().copied()
}

/// Returns what completion knows of the commands.
pub(super) fn specs() -> Vec<CommandSpec> {
    let spec = |command: &'static dyn Command| CommandSpec {
        name: command.name(),
        arguments: command.arguments(),
        summary: command.summary(),
    };
    all().map(spec).collect()
}

/// Finds the command that `text` is, and its argument.
pub(super) fn find(text: &str) -> Option<(&'static dyn Command, &str)> {
    let body = text.trim().strip_prefix('%')?;
    let end = body
        .find(|next: char| !next.is_ascii_alphanumeric())
        .unwrap_or(body.len());
    let (name, argument) = body.split_at(end);
    let argument = argument.trim();
    all()
        .find(|command| command.name() == name && command.takes(argument))
        .map(|command| (command, argument))
}

/// Refuses an argument where none is taken.
fn nothing(command: &dyn Command, argument: &str) -> Result<(), ReplError> {
    if argument.is_empty() {
        Ok(())
    } else {
        Err(refused(command, argument))
    }
}

fn refused(command: &dyn Command, found: &str) -> ReplError {
    ReplError::Argument {
        command: command.name(),
        found: found.to_owned(),
        usage: command.usage(),
    }
}

fn missing(command: &dyn Command) -> ReplError {
    ReplError::Missing {
        command: command.name(),
        usage: command.usage(),
    }
}

/// Reads the number of a cell.
fn number(command: &dyn Command, text: &str) -> Result<usize, ReplError> {
    match text.parse() {
        Ok(number) => Ok(number),
        Err(_) if text.is_empty() => Err(missing(command)),
        Err(_) => Err(refused(command, text)),
    }
}

/// Finds the cell that a number names.
fn cell(command: &dyn Command, text: &str, prompt: &Prompt<'_>) -> Result<CellId, ReplError> {
    let number = number(command, text)?;
    let book = prompt.book();
    book.id(number).ok_or_else(|| ReplError::NoSuchCell {
        number,
        cells: book.session().count(),
    })
}

/// Finds the cells that `3`, `3-5` or `3 5-7` name, in document order.
fn cell_list(command: &dyn Command, text: &str, prompt: &Prompt<'_>) -> Result<Vec<CellId>, ReplError> {
    let words = text.split([' ', ',']).filter(|word| !word.is_empty());
    let mut ids = Vec::new();
    for word in words {
        let (first, last) = word.split_once('-').unwrap_or((word, word));
        let (first, last) = (number(command, first)?, number(command, last)?);
        cell(command, &last.to_string(), prompt)?;
        for number in first..=last {
            ids.push(cell(command, &number.to_string(), prompt)?);
        }
        if first > last {
            return Err(refused(command, word));
        }
    }
    if ids.is_empty() {
        return Err(missing(command));
    }
    let book = prompt.book();
    ids.sort_by_key(|id| book.number(*id));
    ids.dedup();
    Ok(ids)
}
