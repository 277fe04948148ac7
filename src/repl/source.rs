//! [`Source`]: where a prompt gets its cells from.

use std::io::BufRead;

use super::commands;
use super::error::ReplError;
use crate::error::Error;
use crate::session::{Language, is_complete};

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

/// Knows when what was typed is whole.
#[derive(Debug, Clone)]
pub(super) struct Ends {
    /// The words of the kinds of cell.
    kinds: Vec<&'static str>,
}

impl Ends {
    /// Knows the kinds of cell of a language.
    pub(super) fn of(language: &dyn Language) -> Self {
        let runners = language.runners().iter();
        Self {
            kinds: runners.flat_map(|runner| runner.words()).copied().collect(),
        }
    }

    /// Tells whether `text` is a whole cell or command.
    ///
    /// A command is one line, and so is a magic that nobody knows: its error should not wait for a blank line.
    pub(super) fn is_whole(&self, text: &str) -> bool {
        let body = text.trim();
        let word = body
            .trim_start_matches('%')
            .split(|next: char| !is_word(next))
            .next();
        let is_unknown = body.starts_with('%') && !word.is_some_and(|word| self.kinds.contains(&word));
        let last = text.rsplit('\n').next().unwrap_or_default();
        let blank = last.trim().is_empty() && text.contains('\n');
        body.is_empty()
            || is_unknown
            || body.starts_with('!')
            || commands::find(text).is_some()
            || is_complete(text, blank)
    }
}

fn is_word(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '-' | '_')
}

/// Text that no person types: cells are told apart as at the prompt, and nothing is asked.
#[derive(Debug)]
pub(super) struct Lines<R> {
    pub(super) reader: R,
    pub(super) ends: Ends,
}

impl<R: BufRead> Source for Lines<R> {
    fn read(&mut self, _label: &str, _text: &str) -> Result<Input, Error> {
        let mut text = String::new();
        loop {
            let mut line = String::new();
            let read = self.reader.read_line(&mut line).map_err(ReplError::Input)?;
            if read == 0 {
                return Ok(match text.trim() {
                    "" => Input::End,
                    _ => Input::Text(text),
                });
            }
            text.push_str(&line);
            let body = text.strip_suffix('\n').unwrap_or(&text);
            if self.ends.is_whole(body) {
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
