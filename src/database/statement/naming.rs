//! Which parameter belongs to which mark, and what is said where they do not belong together.

use super::token::{Token, TokenKind};
use crate::database::error::DatabaseError;
use crate::database::parameter::Parameter;
use crate::error::nearest;

/// Returns the names of the parameters: of all of them, or of none.
///
/// # Errors
///
/// Some have names, and some have none.
pub(in crate::database) fn names(parameters: &[Parameter]) -> Result<Vec<&str>, DatabaseError> {
    let names = parameters
        .iter()
        .filter_map(|parameter| parameter.name.as_deref());
    let names: Vec<&str> = names.collect();
    if names.is_empty() || names.len() == parameters.len() {
        return Ok(names);
    }
    Err(wrong("some of the parameters have names, and some have none"))
}

/// Finds the parameter of a mark that has a name.
///
/// # Errors
///
/// There is none of that name.
pub(in crate::database) fn parameter(
    sql: &str,
    mark: &Token,
    names: &[&str],
) -> Result<usize, DatabaseError> {
    let text = mark.text(sql);
    let name = text.get(1..).unwrap_or_default();
    if let Some(found) = names.iter().position(|known| *known == name) {
        return Ok(found);
    }
    let near = match nearest(name, names.iter().copied()) {
        Some(near) => format!("did you mean `:{near}`?"),
        None => format!("there are {}", listed(names)),
    };
    Err(wrong(format!(
        "the statement has the mark `{text}`, and no value of that name is given; {near}"
    )))
}

/// Checks that each parameter that has a name belongs to a mark.
///
/// # Errors
///
/// One does not.
pub(in crate::database) fn all_used(names: &[&str], used: &[usize]) -> Result<(), DatabaseError> {
    let mut unused = names.iter().enumerate().filter(|(at, _)| !used.contains(at));
    match unused.next() {
        None => Ok(()),
        Some((_, name)) => Err(wrong(format!(
            "a value is given for `:{name}`, and the statement has no such mark"
        ))),
    }
}

/// Checks that parameters with names do not meet marks of `kind`, which have none.
///
/// # Errors
///
/// There is such a mark.
pub(in crate::database) fn nameless(
    sql: &str,
    tokens: &[Token],
    kind: TokenKind,
    names: &[&str],
) -> Result<(), DatabaseError> {
    let Some(token) = tokens.iter().find(|token| token.kind == kind) else {
        return Ok(());
    };
    Err(wrong(format!(
        "the statement has the mark `{}`, and the parameters have names: write `:{}`",
        token.text(sql),
        names.first().unwrap_or(&"name")
    )))
}

/// Says how many marks, which look like `mark`, and how many values there are.
pub(in crate::database) fn differing(marks: usize, given: usize, mark: &str) -> String {
    let marks = match marks {
        0 => "no mark".to_owned(),
        1 => format!("one mark, {mark},"),
        _ => format!("{marks} marks, {mark},"),
    };
    let given = match given {
        0 => "no value is given".to_owned(),
        1 => "one value is given".to_owned(),
        _ => format!("{given} values are given"),
    };
    format!("the statement has {marks} and {given}")
}

/// Says that a mark has a name, and no parameter has one.
pub(in crate::database) fn unnamed(mark: &str) -> DatabaseError {
    wrong(format!(
        "the statement has the mark `{mark}`, and no value of that name is given"
    ))
}

fn listed(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`:{name}`")).collect();
    names.join(", ")
}

fn wrong(reason: impl Into<String>) -> DatabaseError {
    DatabaseError::Parameters {
        reason: reason.into(),
    }
}
