//! [`Source`]: where a prompt gets its cells from.

use std::collections::VecDeque;
use std::fmt;
use std::io::BufRead;

use super::commands;
use super::error::ReplError;
use crate::error::Error;
use crate::session::{Language, Runner};
use crate::source::{goes_on, is_complete};

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

    /// Asks for a name; nothing where none is given.
    fn answer(&mut self, question: &str) -> Result<Option<String>, Error>;

    /// Returns whether a person answers.
    fn is_terminal(&self) -> bool;
}

/// Knows when what was typed is whole.
#[derive(Clone)]
pub(super) struct Ends {
    /// The kinds of cell.
    kinds: Vec<&'static dyn Runner>,
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
            kinds: language.runners().to_vec(),
        }
    }

    /// Returns whether Enter at the end of `text` ends it: a query on the line of its `%sql` needs no `;`.
    pub(super) fn ends_at_enter(&self, text: &str) -> bool {
        self.is_whole(text) || self.is_whole_line(text.trim())
    }

    /// Returns whether `text` is one line of a kind of cell that knows by itself that it is all.
    fn is_whole_line(&self, text: &str) -> bool {
        let Some((word, source)) = text.strip_prefix('%').and_then(|text| text.split_once(' ')) else {
            return false;
        };
        let mut kinds = self.kinds.iter();
        let kind = kinds.find(|kind| kind.words().contains(&word));
        !text.contains('\n') && kind.is_some_and(|kind| kind.is_whole(source))
    }

    /// Returns whether `text` is a whole cell or command.
    ///
    /// A command is one line, and so is a magic that no one knows: its error should not wait for a blank line.
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

/// Text that no person types: nothing is asked, and a cell ends as a block of Python does, so that blank lines may
/// are in a function.
#[derive(Debug)]
pub(super) struct Lines<R> {
    reader: R,
    ends: Ends,
    /// Lines that were read to see where a cell ends, and belong to the next ones.
    ahead: VecDeque<String>,
    /// How many lines were read.
    count: usize,
}

impl<R: BufRead> Lines<R> {
    pub(super) fn new(reader: R, ends: Ends) -> Self {
        Self {
            reader,
            ends,
            ahead: VecDeque::new(),
            count: 0,
        }
    }

    /// Returns the next line without its end; a byte order mark is not a part of the first.
    fn line(&mut self) -> Result<Option<String>, ReplError> {
        if let Some(line) = self.ahead.pop_front() {
            return Ok(Some(line));
        }
        let mut bytes = Vec::new();
        let read = self
            .reader
            .read_until(b'\n', &mut bytes)
            .map_err(ReplError::Input)?;
        if read == 0 {
            return Ok(None);
        }
        self.count += 1;
        let line = std::str::from_utf8(&bytes).map_err(|_| ReplError::NotUtf8 { line: self.count })?;
        let line = match self.count {
            1 => line.trim_start_matches('\u{feff}'),
            _ => line,
        };
        Ok(Some(line.trim_end_matches(['\n', '\r']).to_owned()))
    }

    /// Returns whether code is a whole cell. Where the next lines decide that, reads on, and takes those that belong.
    fn is_whole(&mut self, text: &mut String) -> Result<bool, ReplError> {
        let is_note = text.lines().all(is_note);
        let may_go_on = is_note || text.split(|next: char| !is_word(next)).next() == Some("if");
        if !may_go_on && self.ends.is_whole(text) {
            return Ok(true);
        }
        let mut passed = Vec::new();
        while let Some(line) = self.line()? {
            if line.trim().is_empty() || line.starts_with('#') {
                passed.push(line);
                continue;
            }
            let belongs = if is_note {
                // What is said above a statement belongs to it.
                !is_for_prompt(&line)
            } else {
                goes_on(text, &line)
            };
            passed.push(line);
            if belongs {
                passed.iter().for_each(|line| push_line(text, line));
                return Ok(false);
            }
            passed
                .into_iter()
                .rev()
                .for_each(|line| self.ahead.push_front(line));
            return Ok(true);
        }
        passed.iter().for_each(|line| push_line(text, line));
        Ok(true)
    }
}

/// Returns whether a line is blank or a comment.
pub(super) fn is_note(line: &str) -> bool {
    let line = line.trim_start();
    line.is_empty() || line.starts_with('#')
}

/// Returns whether a line is not code: a magic, a command, or a question about a name.
fn is_for_prompt(line: &str) -> bool {
    line.trim_start().starts_with(['%', '!']) || line.trim_end().ends_with('?')
}

fn push_line(text: &mut String, line: &str) {
    if !text.is_empty() {
        text.push('\n');
    }
    text.push_str(line);
}

impl<R: BufRead> Source for Lines<R> {
    fn read(&mut self, _label: &str, _text: &str) -> Result<Input, Error> {
        let mut text = String::new();
        while let Some(line) = self.line()? {
            push_line(&mut text, &line);
            loop {
                let length = text.len();
                let is_code = !text.trim().is_empty() && !text.trim_start().starts_with(['%', '!']);
                let is_whole = if is_code {
                    self.is_whole(&mut text)?
                } else {
                    self.ends.is_whole(&text)
                };
                if is_whole {
                    return Ok(Input::Text(text));
                }
                if text.len() == length {
                    break;
                }
            }
        }
        Ok(match text.trim() {
            "" => Input::End,
            _ => Input::Text(text),
        })
    }

    fn ask(&mut self, _question: &str) -> Result<Asked, Error> {
        Ok(Asked::Nothing)
    }

    fn answer(&mut self, _question: &str) -> Result<Option<String>, Error> {
        Ok(None)
    }

    fn is_terminal(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::SheafLanguage;

    /// Returns the cells and commands of a text that comes from a pipe, without blank ones.
    fn read(text: &[u8]) -> Vec<String> {
        let mut lines = Lines::new(text, Ends::of(&SheafLanguage::new()));
        let mut read = Vec::new();
        loop {
            match lines.read("", "").unwrap() {
                Input::Text(text) if text.trim().is_empty() => {}
                Input::Text(text) => read.push(text.trim_end().to_owned()),
                Input::Interrupted | Input::End => return read,
            }
        }
    }

    #[test]
    fn a_cell_from_a_pipe_ends_as_a_block_of_python_does() {
        let cases: [(&str, &[&str]); 14] = [
            (
                "def f():\n    a = 1\n\n    return a\nf()",
                &["def f():\n    a = 1\n\n    return a", "f()"],
            ),
            ("x = 1\ny = 2\n", &["x = 1", "y = 2"]),
            (
                "if x:\n    a = 1\n\n# or\nelse:\n    a = 2\nb = a",
                &["if x:\n    a = 1\n\n# or\nelse:\n    a = 2", "b = a"],
            ),
            (
                "if x: a = 1\nelse: a = 2\nb = 3",
                &["if x: a = 1\nelse: a = 2", "b = 3"],
            ),
            (
                "def f():\n    a = 1\n# a note\n    return a\n%cells",
                &["def f():\n    a = 1\n# a note\n    return a", "%cells"],
            ),
            (
                "for i in range(3):\n    print(i)\n\n# then\nprint(\"end\")",
                &["for i in range(3):\n    print(i)", "# then\nprint(\"end\")"],
            ),
            ("# a note\n%cells\n# last", &["# a note", "%cells", "# last"]),
            ("x = [\n\n1,\n\n]\ny = 2", &["x = [\n\n1,\n\n]", "y = 2"]),
            (
                "x = [\n    1,\n    2]\ny = 2",
                &["x = [\n    1,\n    2]", "y = 2"],
            ),
            (
                "s = \"\"\"a\n\n# b\n\nc\"\"\"\nt = s",
                &["s = \"\"\"a\n\n# b\n\nc\"\"\"", "t = s"],
            ),
            ("%sql SELECT 1\nAS n;\nx = 1", &["%sql SELECT 1\nAS n;", "x = 1"]),
            ("%sql SELECT 1\n\nx = 1", &["%sql SELECT 1", "x = 1"]),
            (
                "%md # Title\ntext\n\n!ls\nx?",
                &["%md # Title\ntext", "!ls", "x?"],
            ),
            ("x = (1 +\ny = = 2\nz = 3", &["x = (1 +\ny = = 2", "z = 3"]),
        ];
        for (text, expected) in cases {
            assert_eq!(read(text.as_bytes()), expected, "{text:?}");
            let windows = text.replace('\n', "\r\n");
            assert_eq!(read(windows.as_bytes()), expected, "{windows:?}");
        }
    }

    #[test]
    fn a_byte_order_mark_is_skipped_and_what_is_no_text_is_named() {
        assert_eq!(read("\u{feff}x = 1\n".as_bytes()), ["x = 1"]);
        let mut lines = Lines::new(&b"x = 1\ny = '\xe9'\n"[..], Ends::of(&SheafLanguage::new()));
        lines.read("", "").unwrap();
        let error = lines.read("", "").unwrap_err();
        assert_eq!(error.to_string(), "line 2 of the input is not UTF-8 text");
    }
}
