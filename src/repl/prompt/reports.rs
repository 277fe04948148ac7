//! What a prompt says around the cells: headings, failures, times, what has become stale.

use std::collections::BTreeSet;
use std::time::Duration;

use super::Prompt;
use crate::error::Error;
use crate::notebook::Cell;
use crate::render::{Paint, cells, plain};
use crate::repl::editable_notebook::named;
use crate::source::{CellError, CellId};

/// A cell that took longer is reported.
const SLOW: Duration = Duration::from_millis(100);

impl Prompt<'_> {
    /// Describes, before the first cell is typed, where help is and how to leave.
    pub(in crate::repl) fn greet(&self) -> Result<(), Error> {
        let text = if self.is_aside() {
            "%quit or Ctrl-D returns to the presentation; nothing typed here is kept".to_owned()
        } else {
            let version = env!("CARGO_PKG_VERSION");
            format!("Sheaf {version}. Type %help for help, %quit to leave.")
        };
        self.say(&self.style().dim(&text))
    }

    pub(in crate::repl) fn tell_heading(&self, number: usize, cell: &Cell) -> Result<(), Error> {
        self.screen
            .out(&cells::heading(number.saturating_sub(1), cell, &self.style()))
    }

    pub(in crate::repl) fn tell_failure(&mut self, error: &CellError) -> Result<(), Error> {
        self.failures += 1;
        let text = {
            let book = self.book();
            cells::failure(error, book.session(), None, &self.screen.error_style())
        };
        self.screen.error(&format!("{text}\n"));
        Ok(())
    }

    pub(in crate::repl) fn tell_time(&self, time: Duration, always: bool) -> Result<(), Error> {
        if always || time > SLOW {
            let paint = Paint::new(&self.style());
            self.say(&paint.dim(&format!("({})", cells::time(time))))?;
        }
        Ok(())
    }

    /// Returns whether a cell ended the notebook; the cells below it are not run then.
    pub(in crate::repl) fn has_exited(&self, id: CellId) -> bool {
        self.book().session().exit(id).is_some()
    }

    /// Describes what a cell ended the notebook with, where it did.
    pub(in crate::repl) fn tell_exit(&self, id: CellId) -> Result<(), Error> {
        let value = self.book().session().exit(id).map(str::to_owned);
        value.map_or(Ok(()), |value| self.say(&format!("exit: {value}")))
    }

    /// Runs the stale cells where that was asked for, else says which have become stale.
    pub(in crate::repl) fn tell_newly_stale(&mut self, before: &[CellId]) -> Result<(), Error> {
        let stale = self.book().session().stale();
        if self.is_auto {
            if !stale.is_empty() {
                self.run_unfresh()?;
            }
            return Ok(());
        }
        let before: BTreeSet<&CellId> = before.iter().collect();
        if stale.iter().all(|id| before.contains(id)) {
            return Ok(());
        }
        let numbers: Vec<usize> = stale.iter().map(|id| self.book().number(*id)).collect();
        self.warn(&format!("stale: {}; %run stale runs them", named(&numbers)))
    }

    /// Runs the stale cells where that was asked for, else says which there are.
    pub(in crate::repl) fn tell_stale(&mut self) -> Result<(), Error> {
        self.tell_newly_stale(&[])
    }

    /// Writes a line.
    pub(in crate::repl) fn say(&self, text: &str) -> Result<(), Error> {
        self.screen.out(&format!("{text}\n"))
    }

    /// Writes a line that deserves a look.
    pub(in crate::repl) fn warn(&self, text: &str) -> Result<(), Error> {
        self.say(&Paint::new(&self.style()).warning(text))
    }

    /// Shows an error that ends nothing.
    pub(in crate::repl) fn fail(&mut self, error: &Error) {
        self.failures += 1;
        let paint = Paint::new(&self.screen.error_style());
        self.screen.error(&format!(
            "{}{}\n",
            paint.error("error: "),
            plain(&error.to_string())
        ));
        if let Some(hint) = error.hint() {
            self.screen
                .error(&format!("{}{}\n", paint.hint("hint: "), plain(&hint)));
        }
    }
}
