//! [`Token`]: a token of a statement, as far as they are needed to find marks and statements: where texts, quoted names and
//! comments are.
//!
//! This is no parser: what a statement means, the server says.

use std::ops::Range;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::database) enum TokenKind {
    /// A word without quotes: a keyword or a name.
    Word,
    /// A text or a name in quotes, or in what else the dialect has for that.
    Quoted,
    /// A number.
    Number,
    /// `@name`.
    Variable,
    /// `:name`; the range is that of the mark with its colon.
    Named,
    /// `$1`.
    Numbered,
    /// `?`.
    Question,
    /// `;`.
    Semicolon,
    /// `[`.
    Open,
    /// `]`.
    Close,
    /// Anything else.
    Other,
}

/// A token, and where it is in the statement, in bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::database) struct Token {
    pub(in crate::database) kind: TokenKind,
    pub(in crate::database) range: Range<usize>,
}

impl Token {
    /// Returns the token as it is written.
    pub(in crate::database) fn text<'a>(&self, sql: &'a str) -> &'a str {
        sql.get(self.range.clone()).unwrap_or_default()
    }

    /// Returns whether it is this keyword.
    pub(in crate::database) fn is_word(&self, sql: &str, word: &str) -> bool {
        self.kind == TokenKind::Word && self.text(sql).eq_ignore_ascii_case(word)
    }
}

/// A dialect's own part: what a text begins with, and how many bytes of it that is, at least one; spaces and comments have no kind.
pub(in crate::database) type First = fn(&str) -> (Option<TokenKind>, usize);

/// Splits a statement into its tokens; spaces and comments are none.
pub(in crate::database) fn tokens(sql: &str, first: First) -> Vec<Token> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(rest) = sql.get(at..).filter(|rest| !rest.is_empty()) {
        let (kind, length) = first(rest);
        if let Some(kind) = kind {
            found.push(Token {
                kind,
                range: at..at + length,
            });
        }
        at += length;
    }
    found
}

/// Returns for how many bytes the characters at the start hold.
pub(in crate::database) fn while_true(text: &str, holds: impl Fn(char) -> bool) -> usize {
    text.find(|c| !holds(c)).unwrap_or(text.len())
}

/// Returns the length of a comment, in which others may be.
pub(in crate::database) fn nested_comment(text: &str) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
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

/// Returns the length of what is in quotes, whose first `opening` characters open it. What ends it is doubled in it, or escaped
/// by a backslash where the dialect has that.
pub(in crate::database) fn quoted(text: &str, opening: usize, end: char, escapes: bool) -> usize {
    let mut characters = text.char_indices().skip(opening).peekable();
    while let Some((at, c)) = characters.next() {
        if c == '\\' && escapes {
            characters.next();
        } else if c == end && characters.next_if(|(_, next)| *next == end).is_none() {
            return at + c.len_utf8();
        }
    }
    text.len()
}
