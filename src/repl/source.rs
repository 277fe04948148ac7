//! [`Source`]: where a prompt gets its cells from.

use std::fmt;
use std::io::BufRead;

use super::commands;
use super::error::ReplError;
use crate::error::Error;
use crate::session::{Language, Runner, is_complete};

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

impl Asked {
    /// Reads an answer; `None` where it is none, and was not meant to be one.
    pub(super) fn of(answer: &str) -> Option<Self> {
        match answer.trim().to_lowercase().as_str() {
            "" | "y" | "yes" => Some(Self::Yes),
            "n" | "no" => Some(Self::No),
            _ => None,
        }
    }
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
#[derive(Clone)]
pub(super) struct Ends {
    /// The kinds of cell.
    kinds: &'static [&'static dyn Runner],
}

impl fmt::Debug for Ends {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = self.kinds.iter().flat_map(|kind| kind.words());
        f.debug_list().entries(words).finish()
    }
}

impl Ends {
    /// Knows the kinds of cell of a language.
    pub(super) fn of(language: &dyn Language) -> Self {
        Self {
            kinds: language.runners(),
        }
    }

    /// Tells whether Enter at the end of `text` ends it: a query on the line of its `%sql` needs no `;`.
    pub(super) fn ends_at_enter(&self, text: &str) -> bool {
        self.is_whole(text) || self.is_whole_line(text.trim())
    }

    /// Tells whether `text` is one line of a kind of cell that knows by itself that it is all.
    fn is_whole_line(&self, text: &str) -> bool {
        let Some((word, source)) = text.strip_prefix('%').and_then(|text| text.split_once(' ')) else {
            return false;
        };
        let mut kinds = self.kinds.iter();
        let kind = kinds.find(|kind| kind.words().contains(&word));
        !text.contains('\n') && kind.is_some_and(|kind| kind.is_whole(source))
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
        let is_known = |word: &str| self.kinds.iter().any(|kind| kind.words().contains(&word));
        let is_unknown = body.starts_with('%') && !word.is_some_and(is_known);
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
