//! [`Plain`]: typing cells at a terminal that shows text line by line and nothing else, as `TERM=dumb` does.

use std::io::{self, BufRead as _, Write as _};

use super::error::ReplError;
use super::pasted::cleaned;
use super::source::{Asked, Ends, Input, Source};
use crate::error::Error;
use crate::secret::redaction::redact;
use crate::work::Interrupt;

/// Reads cells line by line, and writes nothing but text.
pub(super) struct Plain {
    interrupt: Interrupt,
    ends: Ends,
    /// A line that was typed where it was not meant to be.
    ahead: Option<String>,
}

impl Plain {
    pub(super) fn new(interrupt: Interrupt, ends: Ends) -> Self {
        Self {
            interrupt,
            ends,
            ahead: None,
        }
    }

    /// Returns the next line with its end; `None` at the end of the input.
    fn line(&mut self) -> Result<Option<String>, Error> {
        if let Some(line) = self.ahead.take() {
            return Ok(Some(line));
        }
        let mut line = String::new();
        let read = io::stdin()
            .lock()
            .read_line(&mut line)
            .map_err(ReplError::Input)?;
        Ok((read > 0).then_some(line))
    }

    fn is_interrupted(&self) -> bool {
        self.interrupt.is_set()
    }
}

impl Source for Plain {
    fn read(&mut self, label: &str, text: &str) -> Result<Input, Error> {
        // Nothing can be put into the line: what there is is shown, to be copied.
        let shown = match text {
            "" => String::new(),
            text => format!("{text}\n(type it again)\n"),
        };
        write(&format!("{label}\n{shown}"))?;
        let mut text = String::new();
        loop {
            let Some(line) = self.line()? else {
                return Ok(match text.trim() {
                    "" => Input::End,
                    _ => Input::Text(cleaned(&text)),
                });
            };
            // Ctrl-C, which the terminal has shown, was meant for what stood before.
            if self.is_interrupted() {
                self.ahead = Some(line);
                return Ok(Input::Interrupted);
            }
            text.push_str(&line);
            let body = cleaned(text.trim_end_matches(['\n', '\r']));
            let is_blank = line.trim().is_empty();
            let typed = if is_blank { format!("{body}\n") } else { body };
            if self.ends.ends_at_enter(&typed) {
                return Ok(Input::Text(typed.trim_end().to_owned()));
            }
        }
    }

    fn ask(&mut self, question: &str) -> Result<Asked, Error> {
        write(question)?;
        let Some(line) = self.line()? else {
            return Ok(Asked::Nothing);
        };
        Ok(Asked::of(&line).unwrap_or_else(|| {
            // It was meant for the prompt.
            self.ahead = Some(line);
            Asked::Nothing
        }))
    }

    fn answer(&mut self, question: &str) -> Result<Option<String>, Error> {
        write(question)?;
        self.line()
    }

    fn is_terminal(&self) -> bool {
        true
    }
}

fn write(text: &str) -> Result<(), Error> {
    let mut out = io::stdout().lock();
    out.write_all(redact(text).as_bytes())
        .and_then(|()| out.flush())
        .map_err(|error| ReplError::Input(error).into())
}
