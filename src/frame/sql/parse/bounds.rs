//! The bounds within which a text is parsed: the parser tries readings one after the other, and walks trees recursively.

use sqlparser::tokenizer::{Span, Token, TokenWithSpan};

use crate::frame::sql::error::{SqlErrorKind, SqlResult};

/// The longest text in bytes.
const LONGEST: usize = 256 * 1024;

/// The deepest nesting of brackets.
const DEEPEST: usize = 128;

/// The most words, signs and constants.
const MOST: usize = 20_000;

/// Words after which the parser tries one reading, then another: nested and broken, they double its time.
const TRYING: &[&str] = &[
    "case",
    "position",
    "cast",
    "try_cast",
    "convert",
    "extract",
    "substring",
    "substr",
    "trim",
    "overlay",
    "exists",
    "not",
    "interval",
    "array",
    "struct",
    "map",
    "ceil",
    "floor",
    "listagg",
    "prior",
    "cube",
    "rollup",
    "any",
    "all",
];

/// How deep such words may be nested.
const DEEPEST_TRYING: usize = 12;

/// Refuses what is too long, too deep, or would take too long to read.
pub(super) fn check(text: &str, tokens: &[TokenWithSpan]) -> SqlResult<()> {
    let within = |what, found, limit, place| {
        if found > limit {
            return Err(SqlErrorKind::TooLarge { what, found, limit }.at(place));
        }
        Ok(())
    };
    within("bytes", text.len(), LONGEST, Span::empty())?;
    within("words and signs", tokens.len(), MOST, Span::empty())?;
    // For each open bracket whether a word before it makes the parser try.
    let mut open: Vec<bool> = Vec::new();
    let mut is_trying = false;
    for token in tokens {
        match &token.token {
            Token::LParen | Token::LBracket | Token::LBrace => {
                open.push(is_trying);
                is_trying = false;
            }
            Token::RParen | Token::RBracket | Token::RBrace => {
                open.pop();
            }
            Token::Whitespace(_) => {}
            Token::Word(word) => is_trying = TRYING.contains(&word.value.to_lowercase().as_str()),
            _ => is_trying = false,
        }
        within("levels of brackets", open.len(), DEEPEST, token.span)?;
        let trying = open.iter().filter(|is_trying| **is_trying).count();
        within("levels of calls within calls", trying, DEEPEST_TRYING, token.span)?;
    }
    Ok(())
}
