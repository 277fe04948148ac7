//! Running cells again: those that are asked for, or all that are not fresh, as one step of the book.

use std::time::Instant;

use super::Prompt;
use crate::error::Error;
use crate::source::CellId;

impl Prompt<'_> {
    /// Runs cells again, up to the first that fails; one step takes them all back.
    pub(in crate::repl) fn run_cells(&mut self, ids: &[CellId]) -> Result<(), Error> {
        let before = self.book().snapshot();
        let mut ran = Vec::new();
        let mut left = ids.iter();
        for id in left.by_ref() {
            if !self.run_again(*id, &mut ran)? || self.has_exited(*id) {
                break;
            }
        }
        self.book_mut().remember_run(&ran, before);
        let left: Vec<String> = left.map(|id| self.book().number(*id).to_string()).collect();
        if left.is_empty() {
            Ok(())
        } else {
            self.warn(&format!("not run: {}", left.join(", ")))
        }
    }

    /// Runs, in document order, every cell that is not fresh; returns how many ran. One step takes them all back.
    ///
    /// A cell that becomes fresh because an earlier one gave what it gave before is not run.
    pub(in crate::repl) fn run_unfresh(&mut self) -> Result<usize, Error> {
        let before = self.book().snapshot();
        let mut ran = Vec::new();
        let mut count = 0;
        let mut above = 0;
        // Files and parameters are looked at once, not again after each cell.
        let mut next = self.book().unfresh().first().copied();
        while let Some(id) = next {
            above = self.book().number(id).max(above);
            count += 1;
            if !self.run_again(id, &mut ran)? || self.has_exited(id) {
                break;
            }
            next = self.book().session().next_unfresh(above);
        }
        self.book_mut().remember_run(&ran, before);
        Ok(count)
    }

    /// Runs a cell under its heading, and reports whether it succeeded; `ran` takes it, unless it was stopped.
    fn run_again(&mut self, id: CellId, ran: &mut Vec<CellId>) -> Result<bool, Error> {
        let (number, cell) = {
            let book = self.book();
            (book.number(id), book.session().cell(id).cloned())
        };
        if let Some(cell) = cell {
            self.tell_heading(number, &cell)?;
        }
        let started = Instant::now();
        let result = self.showing(|book, show| book.run(id, show))?;
        // What was stopped is as it was.
        if !matches!(&result, Err(error) if error.interrupted()) {
            ran.push(id);
        }
        match result {
            Ok(()) => {
                self.tell_exit(id)?;
                self.tell_time(started.elapsed(), false)?;
                Ok(true)
            }
            Err(error) => {
                self.tell_failure(&error)?;
                Ok(false)
            }
        }
    }
}
