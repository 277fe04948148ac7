//! The bounds within which a text is parsed: the parser tries readings one after the other, and walks trees recursively.

use sqlparser::tokenizer::{Span, Token, TokenWithSpan};

use crate::frame::sql::error::{SqlErrorKind, SqlResult};

/// The longest text in bytes.
const LONGEST: usize = 1024 * 1024;

/// The deepest nesting of brackets.
const DEEPEST: usize = 128;

/// The most words, signs and constants.
const MOST: usize = 100_000;

/// The most operators, joins and set operations one in another: each is a level of the tree.
const MOST_LEVELS: usize = 250;

/// Operators that are words.
const OPERATORS: &[&str] = &[
    "not", "is", "isnull", "notnull", "between", "like", "ilike", "rlike", "regexp", "similar", "in", "div",
    "xor", "collate", "at", "overlaps", "interval",
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
    let words = tokens
        .iter()
        .filter(|token| !matches!(token.token, Token::Whitespace(_)));
    within("words and signs", words.count(), MOST, Span::empty())?;
    check_depth(tokens)
}

/// Refuses what is too deep, or would take too long to read.
pub(super) fn check_depth(tokens: &[TokenWithSpan]) -> SqlResult<()> {
    let not_deeper = |what, found, limit, place| {
        if found > limit {
            return Err(SqlErrorKind::TooDeep { what, limit }.at(place));
        }
        Ok(())
    };
    let mut levels = vec![Level::default()];
    // What the levels but the last have together.
    let mut around = 0;
    // For each open bracket whether a word before it makes the parser try.
    let mut open: Vec<bool> = Vec::new();
    let mut trying = 0;
    let mut is_trying = false;
    for token in tokens {
        descend(&token.token, &mut levels, &mut around);
        let found = around + levels.last().map_or(0, Level::depth);
        not_deeper("operators, joins or queries", found, MOST_LEVELS, token.span)?;
        match &token.token {
            Token::LParen | Token::LBracket | Token::LBrace => {
                open.push(is_trying);
                trying += usize::from(is_trying);
                is_trying = false;
            }
            Token::RParen | Token::RBracket | Token::RBrace => {
                trying -= usize::from(open.pop().unwrap_or_default());
            }
            Token::Whitespace(_) => {}
            Token::Word(word) => is_trying = is_one_of(&word.value, TRYING),
            _ => is_trying = false,
        }
        not_deeper("brackets", open.len(), DEEPEST, token.span)?;
        not_deeper("calls of this kind", trying, DEEPEST_TRYING, token.span)?;
    }
    Ok(())
}

/// Returns whether a word is one of these, in letters of any size.
fn is_one_of(word: &str, words: &[&str]) -> bool {
    words.iter().any(|one| one.eq_ignore_ascii_case(word))
}

/// What is between two brackets, or between CASE and END, so far.
#[derive(Debug, Clone, Copy, Default)]
struct Level {
    is_case: bool,
    in_from: bool,
    /// How many BETWEEN still want their AND.
    between: usize,
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
///
/// AND and OR do not: their chains are balanced.
fn descend(token: &Token, levels: &mut Vec<Level>, around: &mut usize) {
    let Some(level) = levels.last_mut() else { return };
    match token {
        Token::LParen | Token::LBracket | Token::LBrace => {
            level.operators += 1;
            *around += level.depth();
            levels.push(Level::default());
        }
        Token::RParen | Token::RBracket | Token::RBrace => {
            while levels.len() > 1 && levels.pop().is_some_and(|level| level.is_case) {}
            *around = levels.iter().rev().skip(1).map(Level::depth).sum();
        }
        Token::Comma if level.in_from => level.joins += 1,
        Token::Comma => level.operators = 0,
        Token::Word(word) if word.quote_style.is_none() => {
            let word = word.value.to_lowercase();
            let word = word.as_str();
            if BEGINNING.contains(&word) {
                level.operators = 0;
                level.between = 0;
                level.in_from = word == "from" || level.in_from && word == "on";
                if word == "select" {
                    level.joins = 0;
                }
            } else if word == "values" {
                level.in_from = false;
            } else if SETS.contains(&word) {
                level.sets += 1;
            } else if matches!(word, "join" | "lateral") {
                level.joins += 1;
                level.operators = 0;
            } else if word == "and" && level.between > 0 {
                level.between -= 1;
            } else if matches!(word, "and" | "or") {
                level.operators = 0;
            } else if OPERATORS.contains(&word) {
                level.operators += 1;
                level.between += usize::from(word == "between");
            } else if word == "case" {
                *around += level.depth();
                levels.push(Level {
                    is_case: true,
                    ..Level::default()
                });
            } else if word == "end" && level.is_case {
                levels.pop();
                *around -= levels.last().map_or(0, Level::depth);
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
