//! What can be wrong with a command of the prompt.

use std::io;
use std::path::PathBuf;

use crate::error::{Kind, Problem, nearest};
use crate::migration;

/// A command of the prompt that cannot be carried out.
#[derive(Debug, thiserror::Error)]
pub enum ReplError {
    /// No command and no kind of cell has this name.
    #[error("there is no command or kind of cell `%{word}`")]
    UnknownCommand {
        /// The word, without its `%`.
        word: String,
        /// The words there are.
        known: Vec<String>,
    },
    /// There is no such cell.
    #[error("there is no cell {number}")]
    NoSuchCell {
        /// The number, from 1.
        number: usize,
        /// How many cells there are.
        cells: usize,
    },
    /// A command was given something that it does not take.
    #[error("%{command} does not take `{found}`")]
    Argument {
        /// The command.
        command: &'static str,
        /// What was found.
        found: String,
        /// How the command is written.
        usage: &'static str,
    },
    /// A command lacks what it needs.
    #[error("%{command} needs an argument: {usage}")]
    Missing {
        /// The command.
        command: &'static str,
        /// How the command is written.
        usage: &'static str,
    },
    /// Nothing is left to undo or redo.
    #[error("there is nothing to {what}")]
    Nothing {
        /// `undo` or `redo`.
        what: &'static str,
    },
    /// A cell has a password as text, which a file would have then, too.
    #[error("{what} is a password as text: nothing was saved")]
    Password {
        /// What it is for, and in which cell it is.
        what: String,
        /// The cell's number.
        cell: usize,
    },
    /// A password cannot be stored, because there is nowhere to.
    #[error("there is no scope to store a password in: nothing was saved")]
    NoScope,
    /// No name of a file is known.
    #[error("these cells have no file yet")]
    NoFile,
    /// The file is there, and is not that of these cells.
    #[error("{} exists already", file.display())]
    Exists {
        /// The file.
        file: PathBuf,
        /// What to write to replace it.
        anyway: String,
    },
    /// The cells' file has been written by someone else, which saving would destroy.
    #[error("{} has changed on disk since these cells were opened or saved: nothing was saved", file.display())]
    Changed {
        /// The file.
        file: PathBuf,
        /// What to write to overwrite it.
        anyway: String,
    },
    /// The cells' file is gone.
    #[error("{} no longer exists: it was deleted or moved since these cells were opened or saved", file.display())]
    Gone {
        /// The file.
        file: PathBuf,
        /// What to write to make it again.
        anyway: String,
    },
    /// Cells have the value of a secret as text.
    #[error("{} the value of a secret as text", having(cells))]
    HoldsSecret {
        /// Their numbers, from 1.
        cells: Vec<usize>,
        /// What to write to save it all the same.
        anyway: String,
    },
    /// The cells' file may not be written to.
    #[error("{} is read-only", file.display())]
    ReadOnly {
        /// The file.
        file: PathBuf,
        /// What to write to replace it.
        anyway: String,
    },
    /// Opening or leaving would lose cells.
    #[error("{cells} {} not saved", if *cells == 1 { "cell is" } else { "cells are" })]
    Unsaved {
        /// How many cells there are.
        cells: usize,
        /// What to write to continue all the same.
        anyway: String,
    },
    /// The name is not bound.
    #[error("there is no `{name}` to show")]
    Unbound {
        /// The name.
        name: String,
        /// The names there are.
        known: Vec<String>,
    },
    /// No table was shown yet.
    #[error("no table was shown yet")]
    NoTable,
    /// A page that the table or text does not have.
    #[error("there is no page {page}: there are {pages}")]
    NoPage {
        /// The page asked for, from 1.
        page: usize,
        /// How many there are.
        pages: usize,
    },
    /// The editor could not be used.
    #[error("the editor `{editor}` failed: {reason}")]
    Editor {
        /// The command.
        editor: String,
        /// What happened.
        reason: String,
    },
    /// Standard input or the terminal cannot be read.
    #[error("cannot read from the terminal: {0}")]
    Input(#[source] io::Error),
    /// What was piped in is not text.
    #[error("line {line} of the input is not UTF-8 text")]
    NotUtf8 {
        /// The line, from 1.
        line: usize,
    },
    /// A file of the prompt's own cannot be written.
    #[error("cannot write {}: {source}", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
}

impl Problem for ReplError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::UnknownCommand { word, known } => match nearest(word, known.iter().map(String::as_str)) {
                _ if let Some(hint) = migration::cell_kind(word) => hint.to_owned(),
                Some(near) => format!("did you mean `%{near}`?"),
                None => "`%help commands` lists the commands".to_owned(),
            },
            Self::NoSuchCell { cells: 0, .. } => "there are no cells yet: type one".to_owned(),
            Self::NoSuchCell { cells, .. } => {
                format!("give a number from 1 to {cells}; `%cells` lists them")
            }
            Self::Argument { usage, .. } => format!("write {usage}"),
            Self::Missing { command, .. } => format!("`%help {command}` says what it does"),
            Self::Nothing { .. } => "`%cells` shows the state of every cell".to_owned(),
            Self::Password { cell, .. } => format!(
                "store it with `sheaf secrets put-secret SCOPE KEY`, and write dbutils.secrets.get(scope=\"SCOPE\", key=\"KEY\") \
                 in its place: %edit {cell}"
            ),
            Self::NoScope => "create one: `sheaf secrets create-scope NAME`, and start again".to_owned(),
            Self::NoFile => "name one: `%save sessions/name.py`".to_owned(),
            Self::Exists { anyway, .. } => format!("choose another name; `{anyway}` replaces it"),
            Self::Changed { file, anyway } => format!(
                "`%diff` compares these cells with it; `{anyway}` overwrites it, `%open! {}` opens it instead, `%save NAME` keeps both",
                file.display()
            ),
            Self::Gone { anyway, .. } => {
                format!("`{anyway}` writes it again, `%save NAME` writes another file")
            }
            Self::HoldsSecret { anyway, .. } => format!(
                "write dbutils.secrets.get(scope=…, key=…) in its place; `{anyway}` saves it all the same"
            ),
            Self::ReadOnly { anyway, .. } => {
                format!("`%save NAME` writes another file; `{anyway}` replaces this one")
            }
            Self::Unsaved { anyway, .. } => {
                format!("`%save FILE` saves them; {anyway} discards them")
            }
            Self::Unbound { name, known } => match nearest(name, known.iter().map(String::as_str)) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "`%who` lists the names".to_owned(),
            },
            Self::NoTable => "show a frame first, such as `df`".to_owned(),
            Self::NoPage { pages, .. } => format!("give a number from 1 to {pages}"),
            Self::Editor { .. } => "set EDITOR to a command that works, such as `nano`".to_owned(),
            Self::NotUtf8 { .. } => "save it as UTF-8 in your editor".to_owned(),
            Self::Input(_) | Self::File { .. } => return None,
        })
    }

    fn kind(&self) -> Kind {
        match self {
            Self::NotUtf8 { .. } => Kind::Unreadable,
            Self::Input(_) | Self::File { .. } | Self::Editor { .. } => Kind::Failure,
            _ => Kind::Usage,
        }
    }
}

/// Names cells that have something: "cells 1 and 3 have".
fn having(cells: &[usize]) -> String {
    let numbers: Vec<String> = cells.iter().map(usize::to_string).collect();
    match numbers.split_last() {
        Some((last, [])) => format!("cell {last} has"),
        Some((last, others)) => format!("cells {} and {last} have", others.join(", ")),
        None => "no cell has".to_owned(),
    }
}
