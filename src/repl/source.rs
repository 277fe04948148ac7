//! [`Source`]: where a prompt gets its cells from.

use std::io::{self, BufRead};

use super::commands;
use super::error::ReplError;
use crate::error::Error;
use crate::session::is_complete;

/// What was read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Input {
    /// A whole cell or command.
    Text(String),
    /// Someone gave up what they typed.
    Interrupted,
    /// The end.
    End,
}

/// The answer to a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    Yes,
    No,
    /// Neither.
    Nothing,
}

/// Where a prompt gets its cells from.
pub(super) trait Source {
    /// Reads a whole cell or command, after `label` and beginning with `text`.
    fn read(&mut self, label: &str, text: &str) -> Result<Input, Error>;

    /// Asks for a yes or no.
    fn ask(&mut self, question: &str) -> Result<Asked, Error>;

    /// Tells whether a person answers.
    fn is_terminal(&self) -> bool;
}

/// Tells whether `text` is a whole cell or command.
pub(super) fn is_whole(text: &str) -> bool {
    let last = text.rsplit('\n').next().unwrap_or_default();
    let blank = last.trim().is_empty() && text.contains('\n');
    text.trim().is_empty() || commands::find(text).is_some() || is_complete(text, blank)
}

/// Standard input that is no terminal: cells are told apart as at the prompt, and nothing is asked.
#[derive(Debug, Default)]
pub(super) struct Lines;

impl Source for Lines {
    fn read(&mut self, _label: &str, _text: &str) -> Result<Input, Error> {
        let mut text = String::new();
        loop {
            let mut line = String::new();
            let read = io::stdin().lock().read_line(&mut line).map_err(ReplError::Input)?;
            if read == 0 {
                return Ok(match text.trim() {
                    "" => Input::End,
                    _ => Input::Text(text),
                });
            }
            text.push_str(&line);
            let body = text.strip_suffix('\n').unwrap_or(&text);
            if is_whole(body) {
                return Ok(Input::Text(body.to_owned()));
            }
        }
    }

    fn ask(&mut self, _question: &str) -> Result<Asked, Error> {
        Ok(Asked::Nothing)
    }

    fn is_terminal(&self) -> bool {
        false
    }
}
