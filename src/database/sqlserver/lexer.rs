//! What is a token to SQL Server.

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
    let behind = rest.get(start.len_utf8()..).unwrap_or_default();
    match start {
        _ if start.is_whitespace() => (None, start.len_utf8()),
        '-' if next == Some('-') => (None, rest.find('\n').unwrap_or(rest.len())),
        '/' if next == Some('*') => (None, nested_comment(rest)),
        '\'' | '"' => (Some(TokenKind::Quoted), quoted(rest, 1, start, false)),
        '[' => (Some(TokenKind::Quoted), quoted(rest, 1, ']', false)),
        '@' => (Some(TokenKind::Variable), 1 + while_true(behind, is_inner)),
        _ if is_start(start) => (Some(TokenKind::Word), while_true(rest, is_inner)),
        '0'..='9' => (
            Some(TokenKind::Number),
            while_true(rest, |c| c == '.' || is_inner(c)),
        ),
        '$' if next.is_some_and(|c| c.is_ascii_digit()) => {
            let length = 1 + while_true(behind, |c| c == '.' || c.is_ascii_digit());
            (Some(TokenKind::Numbered), length)
        }
        '$' => (Some(TokenKind::Word), 1 + while_true(behind, is_inner)),
        ':' if next == Some(':') => (Some(TokenKind::Other), 2),
        ':' if next.is_some_and(is_start) => (Some(TokenKind::Named), 1 + while_true(behind, is_inner)),
        '?' => (Some(TokenKind::Question), 1),
        ';' => (Some(TokenKind::Semicolon), 1),
        _ => (Some(TokenKind::Other), start.len_utf8()),
    }
}

fn is_start(c: char) -> bool {
    c == '_' || c == '#' || c.is_ascii_alphabetic() || !c.is_ascii()
}

fn is_inner(c: char) -> bool {
    is_start(c) || c == '$' || c == '@' || c.is_ascii_digit()
}

#[cfg(test)]
mod tests {
    use super::tokens;
    use crate::database::statement::TokenKind;

    fn of(kind: TokenKind, sql: &str) -> Vec<&str> {
        let found = tokens(sql).into_iter().filter(|token| token.kind == kind);
        found.map(|token| &sql[token.range]).collect()
    }

    #[test]
    fn marks_are_found_outside_of_texts_names_and_comments_alone() {
        let sql = "SELECT '?''?', [a?]]?], \"?\", N'?' /* ? /* ? */ ? */ -- ?\n FROM t WHERE a = ? AND b = ?";
        assert_eq!(of(TokenKind::Question, sql), ["?", "?"]);
        let sql = "SELECT :a, ':b', [:c], x::y, geometry::Parse(:d) -- :e";
        assert_eq!(of(TokenKind::Named, sql), [":a", ":d"]);
        let sql = "SELECT @p1, @@ROWCOUNT, '@p2', #temp.a, $12.5, $1";
        assert_eq!(of(TokenKind::Variable, sql), ["@p1", "@@ROWCOUNT"]);
        assert_eq!(of(TokenKind::Numbered, sql), ["$12.5", "$1"]);
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
            assert_eq!(of(TokenKind::Question, sql), [""; 0], "{sql}");
        }
    }

    proptest::proptest! {
        #[test]
        fn tokens_are_apart_and_in_their_order(sql in "\\PC{0,40}|['\\[\\]\"/*\\-?:@$;a1 \\n]{0,40}") {
            let mut end = 0;
            for token in tokens(&sql) {
                proptest::prop_assert!(token.range.start >= end && token.range.end > token.range.start);
                proptest::prop_assert!(sql.get(token.range.clone()).is_some());
                end = token.range.end;
            }
        }
    }
}
