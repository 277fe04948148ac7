//! A query without what makes no difference: comments, and how much space is between words.

use sqlparser::tokenizer::Token;

use super::parse::placed_tokens;

/// Writes a query with single spaces and without comments; what is in quotes stays as it is.
pub fn canonical_query(text: &str) -> String {
    let Ok(tokens) = placed_tokens(text) else {
        return text.to_owned();
    };
    let mut canonical = String::with_capacity(text.len());
    let mut gap = false;
    for token in &tokens {
        if matches!(token.token, Token::Whitespace(_)) {
            gap = true;
            continue;
        }
        if gap && !canonical.is_empty() {
            canonical.push(' ');
        }
        gap = false;
        canonical.push_str(token.written);
    }
    canonical.trim_end_matches([';', ' ']).to_owned()
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
