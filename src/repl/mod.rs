//! The prompt: it reads cells and commands, runs each cell through the session, and shows what comes of it.
//!
//! Everything that changes the cells goes through `Book`, everything that runs one through `Session::run`. With the
//! command line, the only folder that reads from the terminal and the environment.

mod about;
mod book;
mod commands;
mod completion;
mod editor;
mod error;
mod external;
mod ghost;
mod journal;
mod keys;
mod pages;
mod present;
mod prompt;
mod screen;
mod source;

use std::path::PathBuf;

pub use editor::EditorSettings;
pub use error::ReplError;
pub use present::{Ending, Pace, Presentation};
pub use prompt::Prompt;
pub use screen::Screen;

use crate::error::Error;
use editor::Editor;
use source::Lines;

impl Prompt<'_> {
    /// Reads cells from a person at a terminal until they leave.
    ///
    /// `journal` is the folder where running sessions are kept; those that ended badly are offered first.
    pub fn run_at_terminal(&mut self, settings: &EditorSettings, journal: Option<PathBuf>) -> Result<(), Error> {
        let draft = journal.as_deref().and_then(|folder| self.keep_journal(folder));
        let mut editor = Editor::new(settings, &self.shared(), draft);
        if let Some(folder) = journal {
            self.restore(&folder, &mut editor)?;
        }
        self.run(&mut editor)
    }

    /// Reads cells from standard input, which is no terminal, to its end.
    pub fn run_lines(&mut self) -> Result<(), Error> {
        self.run(&mut Lines)
    }
}
