//! The prompt: it reads cells and commands, runs each cell through the session, and shows what comes of it.
//!
//! Everything that changes the cells goes through `EditableNotebook`, everything that runs one through `Session::run`. With the
//! command line, the only folder that reads from the terminal and the environment.

mod about;
mod asking;
mod commands;
mod editable_notebook;
mod editor;
mod error;
mod external;
mod journal;
mod notebook_file;
mod pages;
mod pasted;
mod plain;
mod present;
mod progress;
mod prompt;
mod screen;
mod source;

use std::io::BufRead;
use std::path::{Path, PathBuf};

pub use asking::AtTerminal;
pub use editor::EditorSettings;
pub use error::ReplError;
pub use present::{Ending, Pace, Presentation};
pub use progress::Indicator;
pub use prompt::Prompt;
pub use screen::Screen;

use crate::assist::CommandSpec;
use crate::error::Error;
use editor::Editor;
use plain::Plain;
use source::{Ends, Lines, Source};

/// Returns the commands of the prompt, as completion knows them.
pub fn command_specs() -> Vec<CommandSpec> {
    commands::specs()
}

impl Prompt<'_> {
    /// Reads cells from a person at a terminal until they leave, beginning with those of `file`, where there is one.
    ///
    /// `journal` is the folder where running sessions are kept; those that ended badly are offered first.
    pub fn run_at_terminal(
        &mut self,
        settings: &EditorSettings,
        journal: Option<PathBuf>,
        file: Option<&Path>,
    ) -> Result<(), Error> {
        self.set_watched();
        self.greet()?;
        let draft = journal.as_deref().and_then(|folder| self.keep_journal(folder));
        self.set_editor(settings.editor.clone());
        let ends = Ends::of(self.book().session().language());
        let mut source: Box<dyn Source> = if settings.is_plain {
            Box::new(Plain::new(self.book().session().interrupt().clone(), ends))
        } else {
            Box::new(Editor::new(settings, &self.latest(), ends, draft)?)
        };
        let is_restored = match journal {
            Some(folder) => self.restore(&folder, file, &mut *source)?,
            None => false,
        };
        if let Some(file) = file.filter(|_| !is_restored) {
            self.open(file)?;
        }
        self.run(&mut *source)
    }

    /// Reads cells from a text that no person types, to its end, after opening `file`, where there is one.
    pub fn run_lines(&mut self, lines: impl BufRead, file: Option<&Path>) -> Result<(), Error> {
        if let Some(file) = file {
            self.open(file)?;
        }
        let ends = Ends::of(self.book().session().language());
        self.run(&mut Lines::new(lines, ends))
    }
}
