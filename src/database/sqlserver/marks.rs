//! A statement as it is sent to SQL Server: each mark becomes `@P1`, `@P2` and so on.

use std::borrow::Cow;

use super::lexer::tokens;
use crate::database::error::DatabaseError;
use crate::database::parameter::{Bound, Parameter};
use crate::database::statement::{
    Sent, Token, TokenKind, all_used, differing, nameless, names, parameter, unnamed,
};

/// The words that begin statements that return rows, maybe.
const RETURNING: [&str; 4] = ["select", "with", "exec", "execute"];
/// The words of statements that change rows; they return some where there is OUTPUT.
const CHANGING: [&str; 4] = ["insert", "update", "delete", "merge"];

/// Replaces the marks: `?`, `@p1` or `$1`, or `:name` and `@name`. NULL is written as such, and is none of the values that are sent.
///
/// # Errors
///
/// Marks and parameters that do not belong together.
pub(super) fn sent(sql: &str, parameters: &[Parameter]) -> Result<Sent, DatabaseError> {
    let tokens = tokens(sql);
    let names = names(parameters)?;
    let marks = if names.is_empty() {
        by_order(sql, &tokens, parameters.len())?
    } else {
        by_name(sql, &tokens, &names)?
    };
    let values = parameters.iter().enumerate();
    let bound = values.filter(|(_, parameter)| parameter.value != Bound::Null);
    let order: Vec<usize> = bound.map(|(at, _)| at).collect();
    let written = |parameter| match order.iter().position(|known| *known == parameter) {
        Some(number) => Cow::Owned(format!("@P{}", number + 1)),
        None => Cow::Borrowed("NULL"),
    };
    let replaced = marks
        .into_iter()
        .map(|(mark, parameter)| (mark.range.clone(), written(parameter)));
    let replaced: Vec<_> = replaced.collect();
    Ok(Sent::new(sql, tokens, order, replaced))
}

/// Returns whether a statement may return rows, as far as its words say that.
pub(super) fn may_return_rows(sent: &Sent, sql: &str) -> bool {
    let has = |words: &[&str]| {
        let mut tokens = sent.tokens.iter();
        tokens.any(|token| words.iter().any(|word| token.is_word(sql, word)))
    };
    let is_bracket = |token: &&Token| matches!(token.text(sql), "(" | ";");
    let first = sent.tokens.iter().find(|token| !is_bracket(token));
    let starts =
        |words: &[&str]| first.is_some_and(|first| words.iter().any(|word| first.is_word(sql, word)));
    if has(&["output"]) || starts(&["exec", "execute"]) {
        return true;
    }
    starts(&RETURNING) && !has(&["into"]) && !(starts(&["with"]) && has(&CHANGING))
}

/// The marks of a statement, in their order, each with its parameter.
type Marks<'a> = Vec<(&'a Token, usize)>;

/// Finds the parameter of each mark that has a number, or goes by its order.
fn by_order<'a>(sql: &str, tokens: &'a [Token], given: usize) -> Result<Marks<'a>, DatabaseError> {
    if let Some(token) = tokens.iter().find(|token| token.kind == TokenKind::Named) {
        return Err(unnamed(token.text(sql)));
    }
    let different = |marks, mark| DatabaseError::Parameters {
        reason: differing(marks, given, mark),
    };
    let questions = tokens.iter().filter(|token| token.kind == TokenKind::Question);
    let questions: Marks = questions.enumerate().map(|(at, token)| (token, at)).collect();
    if given == 0 || !questions.is_empty() {
        return if questions.len() == given {
            Ok(questions)
        } else {
            Err(different(questions.len(), "`?`"))
        };
    }
    for kind in [TokenKind::Variable, TokenKind::Numbered] {
        let marks = tokens.iter().filter(|token| token.kind == kind);
        let marks: Marks = marks
            .filter_map(|token| Some((token, number(token.text(sql))?.checked_sub(1)?)))
            .collect();
        let most = marks.iter().map(|(_, parameter)| parameter + 1).max();
        let is_whole = (0..given).all(|at| marks.iter().any(|(_, parameter)| *parameter == at));
        let Some(most) = most else { continue };
        if most == given && is_whole {
            return Ok(marks);
        }
        // With `$`, they are amounts of money.
        if kind == TokenKind::Variable {
            return Err(different(most, "`@p1`"));
        }
    }
    Err(different(0, "`?`"))
}

/// Reads the number of `@p1` and `$1`.
fn number(text: &str) -> Option<usize> {
    let digits = text.strip_prefix(['@', '$'])?.trim_start_matches(['p', 'P']);
    digits.parse().ok()
}

/// Finds the parameter of each `:name` and `@name`, each of which may be there more than once.
fn by_name<'a>(sql: &str, tokens: &'a [Token], names: &[&str]) -> Result<Marks<'a>, DatabaseError> {
    nameless(sql, tokens, TokenKind::Question, names)?;
    let is_known = |token: &Token| names.contains(&token.text(sql).get(1..).unwrap_or_default());
    let marks = tokens.iter().filter(|token| match token.kind {
        TokenKind::Named => true,
        // Other variables are the statement's own.
        TokenKind::Variable => is_known(token),
        _ => false,
    });
    let marks: Result<Marks, _> = marks
        .map(|mark| parameter(sql, mark, names).map(|parameter| (mark, parameter)))
        .collect();
    let marks = marks?;
    let used: Vec<usize> = marks.iter().map(|(_, parameter)| *parameter).collect();
    all_used(names, &used)?;
    Ok(marks)
}
