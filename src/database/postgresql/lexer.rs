//! The tokens of a statement, as far as they are needed to find marks: where text, quoted names and comments are.
//!
//! It is no parser: what a statement means, the server says.

use std::ops::Range;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TokenKind {
    /// A word without quotes: a keyword or a name.
    Word,
    /// A name in quotes, a text in any of the ways to write one, a number.
    Literal,
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
pub(super) struct Token {
    pub(super) kind: TokenKind,
    pub(super) range: Range<usize>,
}

impl Token {
    /// Returns the token as it is written.
    pub(super) fn text<'a>(&self, sql: &'a str) -> &'a str {
        sql.get(self.range.clone()).unwrap_or_default()
    }

    /// Returns whether it is this keyword.
    pub(super) fn is_word(&self, sql: &str, word: &str) -> bool {
        self.kind == TokenKind::Word && self.text(sql).eq_ignore_ascii_case(word)
    }
}

/// Splits a statement into its tokens; spaces and comments are none.
pub(super) fn tokens(sql: &str) -> Vec<Token> {
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

/// Returns what the text begins with, and how long that is; no kind for spaces and comments.
fn first(rest: &str) -> (Option<TokenKind>, usize) {
    let mut characters = rest.chars();
    let start = characters.next().unwrap_or(' ');
    let next = characters.next();
    match start {
        _ if start.is_whitespace() => (None, start.len_utf8()),
        '-' if next == Some('-') => (None, rest.find(['\n', '\r']).unwrap_or(rest.len())),
        '/' if next == Some('*') => (None, comment(rest)),
        '\'' => (Some(TokenKind::Literal), quoted(rest, 0, '\'', false)),
        '"' => (Some(TokenKind::Literal), quoted(rest, 0, '"', false)),
        'e' | 'E' if next == Some('\'') => (Some(TokenKind::Literal), quoted(rest, 1, '\'', true)),
        _ if is_start(start) => (Some(TokenKind::Word), while_true(rest, is_inner)),
        '0'..='9' => (
            Some(TokenKind::Literal),
            while_true(rest, |c| c == '.' || c == '_' || c.is_ascii_alphanumeric()),
        ),
        '$' if next.is_some_and(|c| c.is_ascii_digit()) => (
            Some(TokenKind::Numbered),
            1 + while_true(rest.get(1..).unwrap_or_default(), |c| c.is_ascii_digit()),
        ),
        '$' => dollar_quoted(rest),
        ':' if matches!(next, Some(':' | '=')) => (Some(TokenKind::Other), 2),
        ':' if next.is_some_and(is_start) => (
            Some(TokenKind::Named),
            1 + while_true(rest.get(1..).unwrap_or_default(), |c| c != '$' && is_inner(c)),
        ),
        '?' => (Some(TokenKind::Question), 1),
        ';' => (Some(TokenKind::Semicolon), 1),
        '[' => (Some(TokenKind::Open), 1),
        ']' => (Some(TokenKind::Close), 1),
        _ => (Some(TokenKind::Other), start.len_utf8()),
    }
}

fn is_start(c: char) -> bool {
    c == '_' || c.is_ascii_alphabetic() || !c.is_ascii()
}

fn is_inner(c: char) -> bool {
    is_start(c) || c == '$' || c.is_ascii_digit()
}

fn while_true(text: &str, holds: impl Fn(char) -> bool) -> usize {
    text.find(|c| !holds(c)).unwrap_or(text.len())
}

/// Returns the length of a comment, in which others may be.
fn comment(text: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        if rest.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with("*/") {
            depth -= 1;
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

/// Returns the length of what is in quotes that begin at `open`; a quote in it is doubled, or escaped where that is said.
fn quoted(text: &str, open: usize, quote: char, escapes: bool) -> usize {
    let mut characters = text.char_indices().skip(open + 1).peekable();
    while let Some((at, c)) = characters.next() {
        if c == '\\' && escapes {
            characters.next();
        } else if c == quote {
            match characters.peek() {
                Some((_, next)) if *next == quote => {
                    characters.next();
                }
                _ => return at + 1,
            }
        }
    }
    text.len()
}

/// Reads `$$…$$` and `$tag$…$tag$`; a `$` that begins neither is a token of its own.
fn dollar_quoted(text: &str) -> (Option<TokenKind>, usize) {
    let inner = text.get(1..).unwrap_or_default();
    let tag = while_true(inner, |c| c != '$' && is_inner(c));
    let end = tag + 2;
    let Some(mark) = text.get(..end).filter(|mark| mark.ends_with('$')) else {
        return (Some(TokenKind::Other), 1);
    };
    let body = text.get(end..).unwrap_or_default();
    let length = body.find(mark).map_or(text.len(), |at| end + at + mark.len());
    (Some(TokenKind::Literal), length)
}
