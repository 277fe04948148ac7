//! What is a token to PostgreSQL.

use crate::database::statement::{self, Token, TokenKind, nested_comment, quoted, while_true};

/// Splits a statement into its tokens; spaces and comments are none.
pub(super) fn tokens(sql: &str) -> Vec<Token> {
    statement::tokens(sql, first)
}

/// Returns what the text begins with, and how long that is; no kind for spaces and comments.
fn first(rest: &str) -> (Option<TokenKind>, usize) {
    let mut characters = rest.chars();
    let start = characters.next().unwrap_or(' ');
    let next = characters.next();
    match start {
        _ if start.is_whitespace() => (None, start.len_utf8()),
        '-' if next == Some('-') => (None, rest.find(['\n', '\r']).unwrap_or(rest.len())),
        '/' if next == Some('*') => (None, nested_comment(rest)),
        '\'' => (Some(TokenKind::Quoted), quoted(rest, 1, '\'', false)),
        '"' => (Some(TokenKind::Quoted), quoted(rest, 1, '"', false)),
        'e' | 'E' if next == Some('\'') => (Some(TokenKind::Quoted), quoted(rest, 2, '\'', true)),
        _ if is_start(start) => (Some(TokenKind::Word), while_true(rest, is_inner)),
        '0'..='9' => (
            Some(TokenKind::Number),
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
    (Some(TokenKind::Quoted), length)
}
