//! [`Scanner`]: the pieces of a text of RON, one after the other.

/// The pieces of a text of RON, one after the other.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scanner<'t> {
    text: &'t str,
    at: usize,
}

/// A piece of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece {
    /// A bracket, a comma or a colon.
    Mark(char),
    /// A name.
    Name,
    /// A string, whose first character is this many bytes behind its begin; raw or with escapes.
    String { opening: usize, is_raw: bool },
    /// Anything else: a number, a character.
    Other,
}

impl<'t> Scanner<'t> {
    /// Starts at the text's begin.
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, at: 0 }
    }

    /// Returns where it is.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// Returns what a piece is and where it begins, without going on.
    pub(super) fn peek(&self) -> Option<(usize, Piece)> {
        let mut ahead = *self;
        ahead.next()
    }

    /// Goes past the next piece; returns what it is and where it began.
    pub(super) fn next(&mut self) -> Option<(usize, Piece)> {
        self.skip();
        let begin = self.at;
        let rest = self.rest();
        let first = rest.chars().next()?;
        let (piece, length) = match first {
            '(' | ')' | '[' | ']' | '{' | '}' | ',' | ':' => (Piece::Mark(first), 1),
            '"' => string(rest, 1),
            '\'' => (Piece::Other, character_length(rest)),
            _ if first.is_alphabetic() || first == '_' => match raw_string(rest) {
                Some(string) => string,
                None if rest.starts_with("b\"") => string(rest, 2),
                None => (Piece::Name, word_length(rest)),
            },
            _ => (Piece::Other, word_length(rest).max(first.len_utf8())),
        };
        self.at = (begin + length).min(self.text.len());
        Some((begin, piece))
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Skips whitespace, comments and `#![enable(…)]`.
    fn skip(&mut self) {
        loop {
            let rest = self.rest();
            let trimmed = rest.trim_start();
            self.at += rest.len() - trimmed.len();
            let length = if trimmed.starts_with("//") {
                trimmed.find('\n').unwrap_or(trimmed.len())
            } else if trimmed.starts_with("/*") {
                comment_length(trimmed)
            } else if trimmed.starts_with("#!") {
                trimmed.find(']').map_or(trimmed.len(), |end| end + 1)
            } else {
                return;
            };
            self.at += length;
        }
    }
}

/// Returns the length of a comment, which may have others within.
fn comment_length(text: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        if rest.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with("*/") {
            depth = depth.saturating_sub(1);
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    text.len()
}

fn word_length(text: &str) -> usize {
    let is_of_word = |c: char| c.is_alphanumeric() || "_+-.#".contains(c);
    text.find(|c| !is_of_word(c)).unwrap_or(text.len())
}

/// Returns the string that begins a text, its first character `opening` bytes behind.
fn string(text: &str, opening: usize) -> (Piece, usize) {
    let piece = Piece::String {
        opening,
        is_raw: false,
    };
    let mut is_escaped = false;
    for (at, letter) in text.char_indices().skip(opening) {
        match letter {
            '"' if !is_escaped => return (piece, at + 1),
            '\\' => is_escaped = !is_escaped,
            _ => is_escaped = false,
        }
    }
    (piece, text.len())
}

/// Returns the raw string that begins a text: `r"…"`, `r#"…"#`.
fn raw_string(text: &str) -> Option<(Piece, usize)> {
    let behind = text.strip_prefix("br").or_else(|| text.strip_prefix('r'))?;
    let hashes = behind.len() - behind.trim_start_matches('#').len();
    let content = behind.get(hashes..)?.strip_prefix('"')?;
    let opening = text.len() - content.len();
    let closing = format!("\"{}", "#".repeat(hashes));
    let piece = Piece::String {
        opening,
        is_raw: true,
    };
    let length = content
        .find(&closing)
        .map_or(text.len(), |end| opening + end + closing.len());
    Some((piece, length))
}

/// Returns the length of a character: `'x'`, `'\''`.
fn character_length(text: &str) -> usize {
    let inside = text
        .strip_prefix("'\\")
        .unwrap_or_else(|| text.get(1..).unwrap_or_default());
    let from = inside.chars().next().map_or(0, char::len_utf8);
    let skipped = text.len() - inside.len() + from;
    let rest = text.get(skipped..).unwrap_or_default();
    rest.find('\'').map_or(text.len(), |end| skipped + end + 1)
}
