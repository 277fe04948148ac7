//! The tokens of a statement, as far as they are needed to find marks and statements: where texts, quoted names and
//! comments are.
//!
//! It is no parser: what a statement means, the server says.

use std::ops::Range;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PieceKind {
    /// A word without quotes: a keyword or a name.
    Word,
    /// A text or a name in quotes.
    Quoted,
    /// A number, a variable.
    Literal,
    /// `:name`; the range is that of the mark with its colon.
    Named,
    /// `?`.
    Question,
    /// `;`.
    Semicolon,
    /// Anything else.
    Other,
}

/// A token, and where it is in the statement, in bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) kind: PieceKind,
    pub(super) range: Range<usize>,
}

impl Piece {
    /// Returns the token as it is written.
    pub(super) fn text<'a>(&self, sql: &'a str) -> &'a str {
        sql.get(self.range.clone()).unwrap_or_default()
    }

    /// Returns whether it is this keyword.
    pub(super) fn is_word(&self, sql: &str, word: &str) -> bool {
        self.kind == PieceKind::Word && self.text(sql).eq_ignore_ascii_case(word)
    }
}

/// Splits a statement into its tokens; spaces and comments are none.
pub(super) fn tokens(sql: &str) -> Vec<Piece> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(rest) = sql.get(at..).filter(|rest| !rest.is_empty()) {
        let (kind, length) = first(rest);
        if let Some(kind) = kind {
            found.push(Piece {
                kind,
                range: at..at + length,
            });
        }
        at += length;
    }
    found
}

/// Returns what the text begins with, and how long that is; no kind for spaces and comments.
fn first(rest: &str) -> (Option<PieceKind>, usize) {
    let mut characters = rest.chars();
    let start = characters.next().unwrap_or(' ');
    let next = characters.next();
    match start {
        _ if start.is_whitespace() => (None, start.len_utf8()),
        '#' => (None, line(rest)),
        // Without a space behind it, `--` is minus minus.
        '-' if next == Some('-')
            && characters
                .next()
                .is_none_or(|c| c.is_whitespace() || c.is_control()) =>
        {
            (None, line(rest))
        }
        // What is in such a comment is run.
        '/' if rest.starts_with("/*!") || rest.starts_with("/*M!") => {
            let mark = rest.find('!').unwrap_or(0) + 1;
            let digits = while_true(rest.get(mark..).unwrap_or_default(), |c| c.is_ascii_digit());
            (None, mark + digits)
        }
        '*' if next == Some('/') => (None, 2),
        '/' if next == Some('*') => (None, rest.find("*/").map_or(rest.len(), |end| end + 2)),
        '\'' | '"' => (Some(PieceKind::Quoted), quoted(rest, start, true)),
        '`' => (Some(PieceKind::Quoted), quoted(rest, start, false)),
        '@' => (
            Some(PieceKind::Literal),
            1 + while_true(rest.get(1..).unwrap_or_default(), |c| {
                c == '@' || c == '.' || is_inner(c)
            }),
        ),
        _ if is_start(start) => (Some(PieceKind::Word), while_true(rest, is_inner)),
        '0'..='9' => (
            Some(PieceKind::Literal),
            while_true(rest, |c| c == '.' || is_inner(c)),
        ),
        ':' if next == Some('=') => (Some(PieceKind::Other), 2),
        ':' if next.is_some_and(is_start) => (
            Some(PieceKind::Named),
            1 + while_true(rest.get(1..).unwrap_or_default(), |c| c != '$' && is_inner(c)),
        ),
        '?' => (Some(PieceKind::Question), 1),
        ';' => (Some(PieceKind::Semicolon), 1),
        _ => (Some(PieceKind::Other), start.len_utf8()),
    }
}

fn is_start(c: char) -> bool {
    c == '_' || c == '$' || c.is_ascii_alphabetic() || !c.is_ascii()
}

fn is_inner(c: char) -> bool {
    is_start(c) || c.is_ascii_digit()
}

fn while_true(text: &str, holds: impl Fn(char) -> bool) -> usize {
    text.find(|c| !holds(c)).unwrap_or(text.len())
}

fn line(text: &str) -> usize {
    text.find('\n').unwrap_or(text.len())
}

/// Returns the length of what is in quotes; a quote in it is doubled, or escaped where that is said.
fn quoted(text: &str, quote: char, escapes: bool) -> usize {
    let mut characters = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = characters.next() {
        if c == '\\' && escapes {
            characters.next();
        } else if c == quote && characters.next_if(|(_, next)| *next == quote).is_none() {
            return at + 1;
        }
    }
    text.len()
}
