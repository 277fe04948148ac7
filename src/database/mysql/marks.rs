//! A statement as it is sent to MySQL and MariaDB: `:name` becomes `?`.

use std::borrow::Cow;
use std::ops::Range;

use super::lexer::tokens;
use crate::database::error::DatabaseError;
use crate::database::parameter::{Bound, Parameter};
use crate::database::statement::{
    Sent, Token, TokenKind, all_used, differing, nameless, names, parameter, unnamed,
};

/// What a mark looks like, in errors.
pub(super) const MARK: &str = "`?`";

/// Replaces the marks that have names by `?`.
///
/// # Errors
///
/// Marks and parameters that do not belong together.
pub(super) fn sent(sql: &str, parameters: &[Parameter]) -> Result<Sent, DatabaseError> {
    let tokens = tokens(sql);
    let names = names(parameters)?;
    let order = if names.is_empty() {
        by_order(sql, &tokens, parameters.len())?
    } else {
        by_name(sql, &tokens, &names)?
    };
    let replaced = replaced(sql, &tokens, &order, parameters);
    Ok(Sent::new(sql, tokens, order, replaced))
}

/// Returns whether it is known only when the statement has run whether it returns rows: that of a procedure, and in
/// MariaDB of one that changes rows and returns them.
pub(super) fn may_return_rows(sent: &Sent, sql: &str) -> bool {
    let is_call = sent
        .tokens
        .first()
        .is_some_and(|first| first.is_word(sql, "call"));
    is_call || sent.tokens.iter().any(|token| token.is_word(sql, "returning"))
}

/// Returns what is written for the marks.
///
/// Bytes would be a text for the server, and a date a moment, did the statement not say otherwise. The library looks for marks, too,
/// and takes what follows `-'` or `/'` for one that is no text: a space helps it.
fn replaced(
    sql: &str,
    tokens: &[Token],
    order: &[usize],
    parameters: &[Parameter],
) -> Vec<(Range<usize>, Cow<'static, str>)> {
    let mut replaced = Vec::new();
    let mut order = order.iter();
    let mut before: Option<&Token> = None;
    for token in tokens {
        let is_close = before.is_some_and(|before| {
            before.range.end == token.range.start && matches!(before.text(sql), "-" | "/")
        });
        let new = match token.kind {
            TokenKind::Named | TokenKind::Question => {
                let parameter = order.next().and_then(|at| parameters.get(*at));
                match parameter.map(|parameter| &parameter.value) {
                    Some(Bound::Bytes(_)) => Some(("CAST(? AS BINARY)", token.range.end)),
                    Some(Bound::Date(_)) => Some(("CAST(? AS DATE)", token.range.end)),
                    _ if token.kind == TokenKind::Question => None,
                    _ => Some(("?", token.range.end)),
                }
            }
            TokenKind::Quoted if is_close => Some((" ", token.range.start)),
            _ => None,
        };
        if let Some((new, end)) = new {
            replaced.push((token.range.start..end, Cow::Borrowed(new)));
        }
        before = Some(token);
    }
    replaced
}

/// Finds the parameter of each `?`, which go by their order.
fn by_order(sql: &str, tokens: &[Token], given: usize) -> Result<Vec<usize>, DatabaseError> {
    if let Some(token) = tokens.iter().find(|token| token.kind == TokenKind::Named) {
        return Err(unnamed(token.text(sql)));
    }
    let marks = tokens
        .iter()
        .filter(|token| token.kind == TokenKind::Question)
        .count();
    if marks == given {
        return Ok((0..marks).collect());
    }
    Err(DatabaseError::Parameters {
        reason: differing(marks, given, MARK),
    })
}

/// Finds the parameter of each `:name`, each of which may be there more than once.
fn by_name(sql: &str, tokens: &[Token], names: &[&str]) -> Result<Vec<usize>, DatabaseError> {
    nameless(sql, tokens, TokenKind::Question, names)?;
    let marks = tokens.iter().filter(|token| token.kind == TokenKind::Named);
    let order: Result<Vec<usize>, _> = marks.map(|mark| parameter(sql, mark, names)).collect();
    let order = order?;
    all_used(names, &order)?;
    Ok(order)
}
