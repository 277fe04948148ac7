//! The lexemes of a statement, as far as they are needed to find marks and statements: where texts, names in brackets and
//! comments are.
//!
//! It is no parser: what a statement means, the server says.

use std::ops::Range;

/// What a lexeme is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LexemeKind {
    /// A word without quotes: a keyword or a name.
    Word,
    /// A text or a name in quotes, or in brackets.
    Quoted,
    /// A number.
    Number,
    /// `@name`.
    Variable,
    /// `:name`; the range is that of the mark with its colon.
    Named,
    /// `$1`, which may also be an amount of money.
    Numbered,
    /// `?`.
    Question,
    /// `;`.
    Semicolon,
    /// Anything else.
    Other,
}

/// A lexeme, and where it is in the statement, in bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Lexeme {
    pub(super) kind: LexemeKind,
    pub(super) range: Range<usize>,
}

impl Lexeme {
    /// Returns the lexeme as it is written.
    pub(super) fn text<'a>(&self, sql: &'a str) -> &'a str {
        sql.get(self.range.clone()).unwrap_or_default()
    }

    /// Returns whether it is this keyword.
    pub(super) fn is_word(&self, sql: &str, word: &str) -> bool {
        self.kind == LexemeKind::Word && self.text(sql).eq_ignore_ascii_case(word)
    }
}

/// Splits a statement into its lexemes; spaces and comments are none.
pub(super) fn tokens(sql: &str) -> Vec<Lexeme> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(rest) = sql.get(at..).filter(|rest| !rest.is_empty()) {
        let (kind, length) = first(rest);
        if let Some(kind) = kind {
            found.push(Lexeme {
                kind,
                range: at..at + length,
            });
        }
        at += length;
    }
    found
}

/// Returns what the text begins with, and how long that is; no kind for spaces and comments.
fn first(rest: &str) -> (Option<LexemeKind>, usize) {
    let mut characters = rest.chars();
    let start = characters.next().unwrap_or(' ');
    let next = characters.next();
    let behind = rest.get(start.len_utf8()..).unwrap_or_default();
    match start {
        _ if start.is_whitespace() => (None, start.len_utf8()),
        '-' if next == Some('-') => (None, rest.find('\n').unwrap_or(rest.len())),
        '/' if next == Some('*') => (None, comment(rest)),
        '\'' | '"' => (Some(LexemeKind::Quoted), quoted(rest, start)),
        '[' => (Some(LexemeKind::Quoted), quoted(rest, ']')),
        '@' => (Some(LexemeKind::Variable), 1 + while_true(behind, is_inner)),
        _ if is_start(start) => (Some(LexemeKind::Word), while_true(rest, is_inner)),
        '0'..='9' => (
            Some(LexemeKind::Number),
            while_true(rest, |c| c == '.' || is_inner(c)),
        ),
        '$' if next.is_some_and(|c| c.is_ascii_digit()) => {
            let length = 1 + while_true(behind, |c| c == '.' || c.is_ascii_digit());
            (Some(LexemeKind::Numbered), length)
        }
        '$' => (Some(LexemeKind::Word), 1 + while_true(behind, is_inner)),
        ':' if next == Some(':') => (Some(LexemeKind::Other), 2),
        ':' if next.is_some_and(is_start) => (Some(LexemeKind::Named), 1 + while_true(behind, is_inner)),
        '?' => (Some(LexemeKind::Question), 1),
        ';' => (Some(LexemeKind::Semicolon), 1),
        _ => (Some(LexemeKind::Other), start.len_utf8()),
    }
}

fn is_start(c: char) -> bool {
    c == '_' || c == '#' || c.is_ascii_alphabetic() || !c.is_ascii()
}

fn is_inner(c: char) -> bool {
    is_start(c) || c == '$' || c == '@' || c.is_ascii_digit()
}

fn while_true(text: &str, holds: impl Fn(char) -> bool) -> usize {
    text.find(|c| !holds(c)).unwrap_or(text.len())
}

/// Returns the length of a comment, in which others may be.
fn comment(text: &str) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
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

/// Returns the length of what is in quotes; what ends it is doubled in it.
fn quoted(text: &str, end: char) -> usize {
    let mut characters = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = characters.next() {
        if c == end && characters.next_if(|(_, next)| *next == end).is_none() {
            return at + 1;
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::{LexemeKind, tokens};

    fn of(kind: LexemeKind, sql: &str) -> Vec<&str> {
        let found = tokens(sql).into_iter().filter(|token| token.kind == kind);
        found.map(|token| &sql[token.range]).collect()
    }

    #[test]
    fn marks_are_found_outside_of_texts_names_and_comments_alone() {
        let sql = "SELECT '?''?', [a?]]?], \"?\", N'?' /* ? /* ? */ ? */ -- ?\n FROM t WHERE a = ? AND b = ?";
        assert_eq!(of(LexemeKind::Question, sql), ["?", "?"]);
        let sql = "SELECT :a, ':b', [:c], x::y, geometry::Parse(:d) -- :e";
        assert_eq!(of(LexemeKind::Named, sql), [":a", ":d"]);
        let sql = "SELECT @p1, @@ROWCOUNT, '@p2', #temp.a, $12.5, $1";
        assert_eq!(of(LexemeKind::Variable, sql), ["@p1", "@@ROWCOUNT"]);
        assert_eq!(of(LexemeKind::Numbered, sql), ["$12.5", "$1"]);
    }

    #[test]
    fn what_has_no_end_goes_to_the_end() {
        for sql in [
            "SELECT 'a ?",
            "SELECT [a ?",
            "SELECT /* ?",
            "SELECT -- ?",
            "SELECT \"a ?",
        ] {
            assert_eq!(of(LexemeKind::Question, sql), [""; 0], "{sql}");
        }
    }

    proptest::proptest! {
        #[test]
        fn lexemes_are_apart_and_in_their_order(sql in "\\PC{0,40}|['\\[\\]\"/*\\-?:@$;a1 \\n]{0,40}") {
            let mut end = 0;
            for token in tokens(&sql) {
                proptest::prop_assert!(token.range.start >= end && token.range.end > token.range.start);
                proptest::prop_assert!(sql.get(token.range.clone()).is_some());
                end = token.range.end;
            }
        }
    }
}
