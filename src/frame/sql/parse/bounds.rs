//! The bounds within which a text is parsed: the parser tries readings one after the other, and walks trees recursively.

use sqlparser::tokenizer::{Span, Token, TokenWithSpan};

use crate::frame::sql::error::{SqlErrorKind, SqlResult};

/// The longest text in bytes.
const LONGEST: usize = 256 * 1024;

/// The deepest nesting of brackets.
const DEEPEST: usize = 128;

/// The most words, signs and constants.
const MOST: usize = 20_000;

/// The most operators, joins and set operations one in another: each is a level of the tree.
const MOST_LEVELS: usize = 250;

/// Operators that are words.
const OPERATORS: &[&str] = &[
    "and", "or", "not", "is", "between", "like", "ilike", "rlike", "regexp", "similar", "in", "div",
    "interval",
];

/// Words that begin another expression.
const BEGINNING: &[&str] = &[
    "select", "from", "where", "on", "having", "group", "order", "qualify", "window", "limit", "when",
    "then", "else",
];

/// Words that put queries together.
const SETS: &[&str] = &["union", "intersect", "except", "minus"];

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
    let mut levels = vec![Level::default()];
    // For each open bracket whether a word before it makes the parser try.
    let mut open: Vec<bool> = Vec::new();
    let mut is_trying = false;
    for token in tokens {
        descend(&token.token, &mut levels);
        let found = levels.iter().map(Level::depth).sum();
        within(
            "operators, joins or queries one in another",
            found,
            MOST_LEVELS,
            token.span,
        )?;
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

/// What is between two brackets, or between CASE and END, so far.
#[derive(Debug, Clone, Copy, Default)]
struct Level {
    is_case: bool,
    in_from: bool,
    sets: usize,
    joins: usize,
    operators: usize,
}

impl Level {
    fn depth(&self) -> usize {
        1 + self.sets + self.joins + self.operators
    }
}

/// Counts what makes the tree of an expression or a query deeper.
fn descend(token: &Token, levels: &mut Vec<Level>) {
    let Some(level) = levels.last_mut() else { return };
    match token {
        Token::LParen | Token::LBracket | Token::LBrace => {
            level.operators += 1;
            levels.push(Level::default());
        }
        Token::RParen | Token::RBracket | Token::RBrace => {
            while levels.len() > 1 && levels.pop().is_some_and(|level| level.is_case) {}
        }
        Token::Comma if level.in_from => level.joins += 1,
        Token::Comma => level.operators = 0,
        Token::Word(word) if word.quote_style.is_none() => {
            let word = word.value.to_lowercase();
            let word = word.as_str();
            if BEGINNING.contains(&word) {
                level.operators = 0;
                level.in_from = word == "from" || level.in_from && word == "on";
                if word == "select" {
                    level.joins = 0;
                }
            } else if SETS.contains(&word) {
                level.sets += 1;
            } else if matches!(word, "join" | "lateral") {
                level.joins += 1;
            } else if OPERATORS.contains(&word) {
                level.operators += 1;
            } else if word == "case" {
                levels.push(Level {
                    is_case: true,
                    ..Level::default()
                });
            } else if word == "end" && level.is_case {
                levels.pop();
            }
        }
        Token::Word(_)
        | Token::Number(..)
        | Token::Whitespace(_)
        | Token::SingleQuotedString(_)
        | Token::SemiColon
        | Token::EOF => {}
        _ => level.operators += 1,
    }
}
