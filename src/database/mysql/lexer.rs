//! What is a token to MySQL and MariaDB.

use crate::database::statement::{self, Token, TokenKind, quoted, while_true};

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
        '\'' | '"' => (Some(TokenKind::Quoted), quoted(rest, 1, start, true)),
        '`' => (Some(TokenKind::Quoted), quoted(rest, 1, start, false)),
        '@' => (
            Some(TokenKind::Variable),
            1 + while_true(rest.get(1..).unwrap_or_default(), |c| {
                c == '@' || c == '.' || is_inner(c)
            }),
        ),
        _ if is_start(start) => (Some(TokenKind::Word), while_true(rest, is_inner)),
        '0'..='9' => (
            Some(TokenKind::Number),
            while_true(rest, |c| c == '.' || is_inner(c)),
        ),
        ':' if next == Some('=') => (Some(TokenKind::Other), 2),
        ':' if next.is_some_and(is_start) => (
            Some(TokenKind::Named),
            1 + while_true(rest.get(1..).unwrap_or_default(), |c| c != '$' && is_inner(c)),
        ),
        '?' => (Some(TokenKind::Question), 1),
        ';' => (Some(TokenKind::Semicolon), 1),
        _ => (Some(TokenKind::Other), start.len_utf8()),
    }
}

fn is_start(c: char) -> bool {
    c == '_' || c == '$' || c.is_ascii_alphabetic() || !c.is_ascii()
}

fn is_inner(c: char) -> bool {
    is_start(c) || c.is_ascii_digit()
}

fn line(text: &str) -> usize {
    text.find('\n').unwrap_or(text.len())
}
