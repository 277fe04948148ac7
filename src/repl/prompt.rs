//! [`Prompt`]: a plain read-run-print loop over standard input.

use std::io::{self, BufRead, IsTerminal};

use crate::error::{Error, Kind, Problem};
use crate::notebook::Cell;
use crate::session::{CellError, Output, Session, is_complete};

/// What a prompt has to show.
#[derive(Debug)]
pub enum Reply<'a> {
    /// Text that asks for input, or ends it.
    Prompt(&'a str),
    /// Something that a cell shows.
    Output(&'a Output),
    /// Why a cell failed.
    Failed(&'a CellError),
}

/// Reads cells and runs them.
pub struct Prompt {
    session: Session,
}

/// Standard input cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("cannot read standard input: {0}")]
struct InputError(io::Error);

impl Problem for InputError {
    fn kind(&self) -> Kind {
        Kind::Failure
    }
}

impl Prompt {
    /// Makes a prompt on a session.
    pub fn new(session: Session) -> Self {
        Self { session }
    }

    /// Reads cells until the input ends; a cell that fails ends nothing.
    ///
    /// A cell that failed is not kept: what stands in the session is what a replay would run.
    pub fn run(
        &mut self,
        mut show: impl FnMut(&Session, Reply<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let asks = io::stdin().is_terminal();
        let mut text = String::new();
        loop {
            if asks {
                let number = self.session.ids().len() + 1;
                let prompt = if text.is_empty() {
                    format!("In [{number}]: ")
                } else {
                    "   ...: ".to_owned()
                };
                show(&self.session, Reply::Prompt(&prompt))?;
            }
            let mut line = String::new();
            let read = io::stdin().lock().read_line(&mut line);
            let ended = match read {
                Ok(read) => read == 0,
                // Ctrl-C while typing: the cell so far is dropped.
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {
                    text.clear();
                    show(&self.session, Reply::Prompt("\n"))?;
                    continue;
                }
                Err(error) => return Err(InputError(error).into()),
            };
            let blank = line.trim().is_empty();
            text.push_str(&line);
            if ended || is_complete(&text, blank) {
                let cell = Cell::from_prompt(text.trim_end());
                text.clear();
                if !cell.source().trim().is_empty() {
                    self.run_cell(cell, &mut show)?;
                }
            }
            if ended {
                return if asks {
                    show(&self.session, Reply::Prompt("\n"))
                } else {
                    Ok(())
                };
            }
        }
    }

    fn run_cell(
        &mut self,
        cell: Cell,
        show: &mut impl FnMut(&Session, Reply<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let id = self.session.append(cell);
        self.session.clear_interrupt();
        let mut outputs = Vec::new();
        let result = self.session.run(id, |output| outputs.push(output));
        for output in &outputs {
            show(&self.session, Reply::Output(output))?;
        }
        if let Err(error) = &result {
            show(&self.session, Reply::Failed(error))?;
            self.session.remove(id);
        }
        Ok(())
    }
}
