//! [`Sent`]: a statement as it is sent: `:name` becomes `$1`, and a place in it is found again in what was written.

use super::lexer::{Token, TokenKind, tokens};
use crate::database::error::DatabaseError;
use crate::database::parameter::Parameter;
use crate::error::nearest;

/// The keywords that begin statements whose `$1` can only be marks: those that create functions have others.
const PLAIN: [&str; 8] = [
    "select", "with", "values", "table", "insert", "update", "delete", "merge",
];

/// A statement as it is sent.
#[derive(Debug)]
pub(super) struct Sent {
    /// The text.
    pub(super) text: String,
    /// For each `$n`: which of the parameters it is.
    pub(super) order: Vec<usize>,
    /// Where marks were replaced: their end as sent, and as written.
    moved: Vec<(usize, usize)>,
    /// The tokens of what was written.
    tokens: Vec<Token>,
}

impl Sent {
    /// Replaces the marks that have names by `$1`, `$2` and so on.
    ///
    /// # Errors
    ///
    /// Marks and parameters that do not belong together.
    pub(super) fn new(sql: &str, parameters: &[Parameter]) -> Result<Self, DatabaseError> {
        let tokens = tokens(sql);
        let names: Vec<&str> = parameters
            .iter()
            .filter_map(|parameter| parameter.name.as_deref())
            .collect();
        if !names.is_empty() && names.len() != parameters.len() {
            return Err(wrong(
                "some of the parameters have names, and some have none".to_owned(),
            ));
        }
        let sent = if names.is_empty() {
            let found = marks(sql, &tokens, &names).next();
            if let Some((_, name)) = found {
                return Err(wrong(format!(
                    "the statement has the mark `:{name}`, and no value of that name is given"
                )));
            }
            check_numbered(sql, &tokens, parameters.len())?;
            (sql.to_owned(), (0..parameters.len()).collect(), Vec::new())
        } else {
            named(sql, &tokens, &names)?
        };
        let (text, order, moved) = sent;
        Ok(Self {
            text,
            order,
            moved,
            tokens,
        })
    }

    /// Finds a place of what is sent in what was written, both in bytes.
    pub(super) fn written(&self, at: usize) -> usize {
        let mut place = at;
        for (sent, written) in &self.moved {
            if at < *sent {
                break;
            }
            place = at - sent + written;
        }
        place
    }

    /// Finds the place of the character `position`, counted from 1, in what was written, in bytes.
    pub(super) fn place(&self, position: usize) -> Option<usize> {
        let before = position.checked_sub(1)?;
        let at = self
            .text
            .char_indices()
            .map(|(at, _)| at)
            .chain([self.text.len()])
            .nth(before)?;
        Some(self.written(at))
    }

    /// Returns whether a statement copies rows through the connection.
    pub(super) fn copies(&self, sql: &str) -> bool {
        let mut statements = self.tokens.split(|token| token.kind == TokenKind::Semicolon);
        statements.any(|tokens| {
            let is_copy = tokens.first().is_some_and(|first| first.is_word(sql, "copy"));
            let is_here = |token: &Token| token.is_word(sql, "stdin") || token.is_word(sql, "stdout");
            is_copy && tokens.iter().any(is_here)
        })
    }

    /// Returns where a second statement begins.
    pub(super) fn second(&self) -> Option<usize> {
        let first = self
            .tokens
            .iter()
            .position(|token| token.kind == TokenKind::Semicolon)?;
        let after = self.tokens.iter().skip(first);
        let mut after = after.filter(|token| token.kind != TokenKind::Semicolon);
        after.next().map(|token| token.range.start)
    }
}

/// What is sent, the parameter of each `$n`, and where marks were replaced.
type Replaced = (String, Vec<usize>, Vec<(usize, usize)>);

/// Replaces `:name` by `$n`; each name has one number, however often it is there.
fn named(sql: &str, tokens: &[Token], names: &[&str]) -> Result<Replaced, DatabaseError> {
    if let Some(token) = tokens.iter().find(|token| token.kind == TokenKind::Numbered) {
        return Err(wrong(format!(
            "the statement has the mark `{}`, and the parameters have names: write `:{}`",
            token.text(sql),
            names.first().unwrap_or(&"name")
        )));
    }
    let (mut text, mut order, mut moved) = (String::with_capacity(sql.len()), Vec::new(), Vec::new());
    let mut copied = 0;
    for (token, name) in marks(sql, tokens, names) {
        let Some(parameter) = names.iter().position(|known| *known == name) else {
            let near = match nearest(name, names.iter().copied()) {
                Some(near) => format!("did you mean `:{near}`?"),
                None => format!("there are {}", listed(names)),
            };
            return Err(wrong(format!(
                "the statement has the mark `:{name}`, and no value of that name is given; {near}"
            )));
        };
        let number = order
            .iter()
            .position(|known| *known == parameter)
            .unwrap_or_else(|| {
                order.push(parameter);
                order.len() - 1
            });
        text.push_str(sql.get(copied..token.range.start).unwrap_or_default());
        text.push_str(&format!("${}", number + 1));
        copied = token.range.end;
        moved.push((text.len(), copied));
    }
    text.push_str(sql.get(copied..).unwrap_or_default());
    let unused = (0..names.len()).find(|parameter| !order.contains(parameter));
    if let Some(name) = unused.and_then(|unused| names.get(unused)) {
        return Err(wrong(format!(
            "a value is given for `:{name}`, and the statement has no such mark"
        )));
    }
    Ok((text, order, moved))
}

/// Returns the marks that have names. Between brackets `:n` may also be the end of a slice, and is one where no parameter
/// is called like it.
fn marks<'a>(
    sql: &'a str,
    tokens: &'a [Token],
    names: &'a [&'a str],
) -> impl Iterator<Item = (&'a Token, &'a str)> {
    let mut depth = 0_usize;
    tokens.iter().filter_map(move |token| {
        match token.kind {
            TokenKind::Open => depth += 1,
            TokenKind::Close => depth = depth.saturating_sub(1),
            TokenKind::Named => {
                let name = token.text(sql).trim_start_matches(':');
                if depth == 0 || names.contains(&name) {
                    return Some((token, name));
                }
            }
            _ => {}
        }
        None
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
    Err(wrong(if has_question {
        "the marks of PostgreSQL are `$1`, `$2` or `:name`; `?` is an operator of it".to_owned()
    } else {
        differing(marks, given)
    }))
}

/// Says how many marks and values there are.
pub(super) fn differing(marks: usize, given: usize) -> String {
    let marks = match marks {
        0 => "no mark".to_owned(),
        1 => "one mark, `$1`,".to_owned(),
        _ => format!("{marks} marks, `$1` to `${marks}`,"),
    };
    let given = match given {
        0 => "no value is given".to_owned(),
        1 => "one value is given".to_owned(),
        _ => format!("{given} values are given"),
    };
    format!("the statement has {marks} and {given}")
}

fn listed(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`:{name}`")).collect();
    names.join(", ")
}

fn wrong(reason: String) -> DatabaseError {
    DatabaseError::Parameters { reason }
}
