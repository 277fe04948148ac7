//! A statement as it is sent to PostgreSQL: `:name` becomes `$1`.

use std::borrow::Cow;

use super::lexer::tokens;
use crate::database::error::DatabaseError;
use crate::database::parameter::Parameter;
use crate::database::statement::{
    Sent, Token, TokenKind, all_used, differing, nameless, names, parameter, unnamed,
};

/// The keywords that begin statements whose `$1` can only be marks: those that create functions have others.
const PLAIN: [&str; 8] = [
    "select", "with", "values", "table", "insert", "update", "delete", "merge",
];

/// Replaces the marks that have names by `$1`, `$2` and so on.
///
/// # Errors
///
/// Marks and parameters that do not belong together.
pub(super) fn sent(sql: &str, parameters: &[Parameter]) -> Result<Sent, DatabaseError> {
    let tokens = tokens(sql);
    let names = names(parameters)?;
    if !names.is_empty() {
        return named(sql, tokens, &names);
    }
    if let Some(mark) = marks(sql, &tokens, &names).next() {
        return Err(unnamed(mark.text(sql)));
    }
    check_numbered(sql, &tokens, parameters.len())?;
    Ok(Sent::new(sql, tokens, (0..parameters.len()).collect(), []))
}

/// Finds the place of the character `position` of what is sent, counted from 1, in what was written, in bytes.
pub(super) fn place(sent: &Sent, position: usize) -> Option<usize> {
    let before = position.checked_sub(1)?;
    let characters = sent.text.char_indices().map(|(at, _)| at);
    let at = characters.chain([sent.text.len()]).nth(before)?;
    Some(sent.written(at))
}

/// Returns whether a statement copies rows through the connection.
pub(super) fn copies(sent: &Sent, sql: &str) -> bool {
    let mut statements = sent.tokens.split(|token| token.kind == TokenKind::Semicolon);
    statements.any(|tokens| {
        let is_copy = tokens.first().is_some_and(|first| first.is_word(sql, "copy"));
        let is_here = |token: &Token| token.is_word(sql, "stdin") || token.is_word(sql, "stdout");
        is_copy && tokens.iter().any(is_here)
    })
}

/// Replaces `:name` by `$n`; each name has one number, however often it is there.
fn named(sql: &str, tokens: Vec<Token>, names: &[&str]) -> Result<Sent, DatabaseError> {
    nameless(sql, &tokens, TokenKind::Numbered, names)?;
    let mut order: Vec<usize> = Vec::new();
    let mut replaced = Vec::new();
    for mark in marks(sql, &tokens, names) {
        let parameter = parameter(sql, mark, names)?;
        let known = order.iter().position(|known| *known == parameter);
        let number = known.unwrap_or_else(|| {
            order.push(parameter);
            order.len() - 1
        });
        replaced.push((mark.range.clone(), Cow::Owned(format!("${}", number + 1))));
    }
    all_used(names, &order)?;
    Ok(Sent::new(sql, tokens, order, replaced))
}

/// Returns the marks that have names. Between brackets `:n` may also be the end of a slice, and is one where no parameter
/// is called like it.
fn marks<'a>(sql: &'a str, tokens: &'a [Token], names: &'a [&'a str]) -> impl Iterator<Item = &'a Token> {
    let mut depth = 0_usize;
    tokens.iter().filter(move |token| match token.kind {
        TokenKind::Open => {
            depth += 1;
            false
        }
        TokenKind::Close => {
            depth = depth.saturating_sub(1);
            false
        }
        TokenKind::Named => {
            let name = token.text(sql).get(1..).unwrap_or_default();
            depth == 0 || names.contains(&name)
        }
        _ => false,
    })
}

/// Checks that there are as many parameters as marks by number.
fn check_numbered(sql: &str, tokens: &[Token], given: usize) -> Result<(), DatabaseError> {
    let is_plain = tokens
        .iter()
        .find(|token| token.text(sql) != "(")
        .is_some_and(|first| PLAIN.iter().any(|word| first.is_word(sql, word)));
    if !is_plain {
        return Ok(());
    }
    let numbers = tokens.iter().filter(|token| token.kind == TokenKind::Numbered);
    let numbers = numbers.filter_map(|token| token.text(sql).trim_start_matches('$').parse::<usize>().ok());
    let marks = numbers.max().unwrap_or(0);
    if marks == given {
        return Ok(());
    }
    let has_question = marks == 0 && tokens.iter().any(|token| token.kind == TokenKind::Question);
    Err(DatabaseError::Parameters {
        reason: if has_question {
            "the marks of PostgreSQL are `$1`, `$2` or `:name`; `?` is an operator of it".to_owned()
        } else {
            differing_numbers(marks, given)
        },
    })
}

/// Says how many marks and values there are.
pub(super) fn differing_numbers(marks: usize, given: usize) -> String {
    let mark = match marks {
        0 | 1 => "`$1`".to_owned(),
        _ => format!("`$1` to `${marks}`"),
    };
    differing(marks, given, &mark)
}
