//! Scans source, character by character, and copies what the parser knows.

use super::Malformed;
use super::edits::Edits;

/// A text that grows out of a source.
#[derive(Default)]
pub(crate) struct Draft {
    pub(crate) text: String,
    pub(crate) edits: Edits,
}

impl Draft {
    /// Replaces `old` by `new`.
    pub(crate) fn put(&mut self, old: &str, new: &str) {
        self.edits.push(self.text.len(), new.len(), old);
        self.text.push_str(new);
    }

    /// Puts what was made of a part of the source.
    pub(crate) fn append(&mut self, other: Self) {
        self.edits.append(other.edits, self.text.len());
        self.text.push_str(&other.text);
    }
}

/// Reads a source and writes a draft.
pub(crate) struct Scanner<'a> {
    pub(crate) source: &'a str,
    /// How much was read, in bytes.
    pub(crate) at: usize,
    pub(crate) draft: Draft,
    /// Whether an f-string has a specification, or writes its expression, too.
    pub(crate) has_specs: bool,
}

/// How a text in quotes begins.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Opening {
    pub(crate) quote: char,
    pub(crate) is_triple: bool,
    pub(crate) is_raw: bool,
}

impl Opening {
    /// Returns the quotes that close it.
    pub(crate) fn closing(self) -> &'static str {
        match (self.quote, self.is_triple) {
            ('"', true) => "\"\"\"",
            ('"', false) => "\"",
            (_, true) => "'''",
            (_, false) => "'",
        }
    }
}

impl<'a> Scanner<'a> {
    pub(crate) fn new(source: &'a str) -> Self {
        Self {
            source,
            at: 0,
            draft: Draft::default(),
            has_specs: false,
        }
    }

    pub(crate) fn finish(self) -> (String, Edits) {
        (self.draft.text, self.draft.edits)
    }

    /// Returns what was not read yet.
    pub(crate) fn rest(&self) -> &'a str {
        self.source.get(self.at..).unwrap_or_default()
    }

    pub(crate) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// Returns the source from `begin` to here.
    pub(crate) fn since(&self, begin: usize) -> &'a str {
        self.source.get(begin..self.at).unwrap_or_default()
    }

    /// Copies so many bytes.
    pub(crate) fn copy(&mut self, len: usize) {
        let rest = self.rest();
        self.draft.text.push_str(rest.get(..len).unwrap_or(rest));
        self.at = (self.at + len).min(self.source.len());
    }

    pub(crate) fn malformed<T>(&self, message: &str, begin: usize, end: usize) -> Result<T, Malformed> {
        // A letter may have several bytes, and is underlined whole.
        let end = self.source.ceil_char_boundary(end);
        Err(Malformed {
            message: message.to_owned(),
            begin: self.source.floor_char_boundary(begin.min(end)),
            end,
        })
    }

    /// Reads all of the source.
    pub(crate) fn module(&mut self) -> Result<(), Malformed> {
        while let Some(letter) = self.peek() {
            match letter {
                '#' => {
                    let rest = self.rest();
                    self.copy(rest.find('\n').unwrap_or(rest.len()));
                }
                letter => self.token(letter)?,
            }
        }
        Ok(())
    }

    /// Reads a word, a number, a text in quotes, or one other character.
    pub(crate) fn token(&mut self, letter: char) -> Result<(), Malformed> {
        if letter.is_ascii_digit() {
            self.number();
        } else if letter.is_ascii_alphabetic() || letter == '_' {
            let rest = self.rest();
            let len = word(rest);
            let prefix = rest.get(..len).unwrap_or_default().to_ascii_lowercase();
            match self.opening(len, prefix.contains('r')) {
                Some(opening) if ["f", "fr", "rf"].contains(&prefix.as_str()) => {
                    return self.fstring(len, opening);
                }
                Some(opening) if ["r", "b", "br", "rb"].contains(&prefix.as_str()) => {
                    self.copy(len);
                    self.string(opening);
                }
                _ => self.copy(len),
            }
        } else if let Some(opening) = self.opening(0, false) {
            self.string(opening);
        } else {
            self.copy(letter.len_utf8());
        }
        Ok(())
    }

    /// Returns how the text in quotes begins that begins after `prefix` bytes.
    fn opening(&self, prefix: usize, is_raw: bool) -> Option<Opening> {
        let rest = self.rest().get(prefix..)?;
        let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let is_triple = rest.starts_with("\"\"\"") || rest.starts_with("'''");
        Some(Opening {
            quote,
            is_triple,
            is_raw,
        })
    }

    /// Copies a text in quotes; one that does not end is left to the parser.
    fn string(&mut self, opening: Opening) {
        let closing = opening.closing();
        let rest = self.rest();
        let mut letters = rest.char_indices().skip(closing.len());
        while let Some((at, letter)) = letters.next() {
            if letter == '\\' {
                letters.next();
            } else if letter == '\n' && !opening.is_triple {
                return self.copy(at);
            } else if rest.get(at..).is_some_and(|rest| rest.starts_with(closing)) {
                return self.copy(at + closing.len());
            }
        }
        self.copy(rest.len());
    }

    /// Copies a number without the underscores between its digits.
    fn number(&mut self) {
        let rest = self.rest();
        let len = word(rest);
        let digits = rest.get(..len).unwrap_or_default();
        let between = digits.split('_').all(|group| {
            group.starts_with(|c: char| c.is_ascii_alphanumeric())
                && group.chars().all(|c| c.is_ascii_hexdigit() || "xXoO".contains(c))
        });
        if digits.contains('_') && between {
            // Each on its own: what follows at once may be a name, of which more is changed.
            for (group, digits) in digits.split('_').enumerate() {
                if group > 0 {
                    self.draft.put("_", "");
                    self.at += 1;
                }
                self.copy(digits.len());
            }
        } else {
            self.copy(len);
        }
    }
}

/// Returns how long the word or number is that a text begins with.
fn word(text: &str) -> usize {
    text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
        .unwrap_or(text.len())
}
