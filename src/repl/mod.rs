//! The prompt: it reads cells and commands, runs each cell through the session, and shows what comes of it.
//!
//! Everything that changes the cells goes through `Book`, everything that runs one through `Session::run`. With the
//! command line, the only folder that reads from the terminal and the environment.

mod about;
mod book;
mod commands;
pub mod completion;
mod editor;
mod error;
mod external;
pub mod highlighter;
mod journal;
mod pages;
mod pasted;
mod plain;
mod present;
mod progress;
mod prompt;
mod screen;
pub mod signature;
mod source;

use std::io::BufRead;
use std::path::PathBuf;

pub use editor::EditorSettings;
pub use error::ReplError;
pub use present::{Ending, Pace, Presentation};
pub use progress::Indicator;
pub use prompt::Prompt;
pub use screen::Screen;

use crate::error::Error;
use editor::Editor;
use plain::Plain;
use source::{Ends, Lines, Source};

impl Prompt<'_> {
    /// Reads cells from a person at a terminal until they leave.
    ///
    /// `journal` is the folder where running sessions are kept; those that ended badly are offered first.
    pub fn run_at_terminal(
        &mut self,
        settings: &EditorSettings,
        journal: Option<PathBuf>,
    ) -> Result<(), Error> {
        let draft = journal.as_deref().and_then(|folder| self.keep_journal(folder));
        self.set_editor(settings.editor.clone());
        let ends = Ends::of(self.book().session().language());
        let mut source: Box<dyn Source> = if settings.is_plain {
            Box::new(Plain::new(self.shared(), ends))
        } else {
            Box::new(Editor::new(settings, &self.shared(), ends, draft)?)
        };
        if let Some(folder) = journal {
            self.restore(&folder, &mut *source)?;
        }
        self.run(&mut *source)
    }

    /// Reads cells from a text that no person types, to its end.
    pub fn run_lines(&mut self, lines: impl BufRead) -> Result<(), Error> {
        let ends = Ends::of(self.book().session().language());
        self.run(&mut Lines { reader: lines, ends })
    }
}
