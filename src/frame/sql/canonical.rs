//! A query without what makes no difference: comments, and how much space is between words.

use std::fmt::Write as _;

use sqlparser::tokenizer::{Token, TokenWithSpan};

use super::parse::{offset, tokens};

/// Writes a query with single spaces and without comments; what is in quotes stays as it is.
pub fn canonical_query(text: &str) -> String {
    let Ok(tokens) = tokens(text) else {
        return text.to_owned();
    };
    let mut canonical = String::with_capacity(text.len());
    let mut gap = false;
    for token in &tokens {
        match &token.token {
            Token::Whitespace(_) => gap = true,
            Token::EOF => {}
            _ => {
                if gap && !canonical.is_empty() {
                    canonical.push(' ');
                }
                gap = false;
                match source(text, token) {
                    Some(written) => canonical.push_str(written),
                    None => {
                        let _ = write!(canonical, "{}", token.token);
                    }
                }
            }
        }
    }
    canonical.trim_end_matches([';', ' ']).to_owned()
}

/// Returns a token as it is written.
pub(super) fn source<'a>(text: &'a str, token: &TokenWithSpan) -> Option<&'a str> {
    text.get(offset(text, token.span.start)..offset(text, token.span.end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_spaces_make_no_difference() {
        let same = [
            ["SELECT a FROM t", "SELECT  a\n  FROM t;\n"],
            [
                "SELECT a FROM t",
                "-- all\nSELECT a /* the first */ FROM t -- of it",
            ],
            ["SELECT 'a''b'", "SELECT   'a''b'"],
        ];
        for [one, other] in same {
            assert_eq!(canonical_query(one), canonical_query(other));
        }
    }

    #[test]
    fn everything_else_does() {
        let different = [
            ["SELECT 'a b'", "SELECT 'a  b'"],
            ["SELECT '--a' FROM t", "SELECT '-- b' FROM t"],
            ["SELECT a", "SELECT b"],
            ["SELECT ab", "SELECT a b"],
            ["SELECT \"a;\"", "SELECT \"a\""],
            ["SELECT 'it''s -- x'", "SELECT 'it''s -- y'"],
            ["SELECT a--1\n", "SELECT a- -1\n"],
        ];
        for [one, other] in different {
            assert_ne!(canonical_query(one), canonical_query(other));
        }
    }
}
