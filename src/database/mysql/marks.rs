//! [`Marked`]: a statement as it is sent: `:name` becomes `?`, and a place in it is found again in what was written.

use super::lexer::{Piece, PieceKind, tokens};
use crate::database::error::DatabaseError;
use crate::database::parameter::{Bound, Parameter};
use crate::error::nearest;

/// A statement as it is sent.
#[derive(Debug)]
pub(super) struct Marked {
    /// The text.
    pub(super) text: String,
    /// For each `?`: which of the parameters it is.
    pub(super) order: Vec<usize>,
    /// Where something was replaced: its end as sent, and as written.
    moved: Vec<(usize, usize)>,
    /// The tokens of what was written.
    tokens: Vec<Piece>,
}

impl Marked {
    /// Replaces the marks that have names by `?`.
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
        let order = if names.is_empty() {
            by_order(sql, &tokens, parameters.len())?
        } else {
            by_name(sql, &tokens, &names)?
        };
        let (text, moved) = written(sql, &tokens, &order, parameters);
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

    /// Returns where a second statement begins.
    pub(super) fn second(&self) -> Option<usize> {
        let first = self
            .tokens
            .iter()
            .position(|token| token.kind == PieceKind::Semicolon)?;
        let after = self.tokens.iter().skip(first);
        let mut after = after.filter(|token| token.kind != PieceKind::Semicolon);
        after.next().map(|token| token.range.start)
    }

    /// Returns whether it is known only when the statement has run whether it returns rows: that of a procedure, and in
    /// MariaDB of one that changes rows and returns them.
    pub(super) fn may_return_rows(&self, sql: &str) -> bool {
        let is_call = self
            .tokens
            .first()
            .is_some_and(|first| first.is_word(sql, "call"));
        is_call || self.tokens.iter().any(|token| token.is_word(sql, "returning"))
    }
}

/// Writes a statement with `?` for all of its marks.
///
/// Bytes would be a text for the server, and a date a moment, did the statement not say otherwise. The library looks for marks, too,
/// and takes what follows `-'` or `/'` for one that is no text: a space helps it.
fn written(
    sql: &str,
    tokens: &[Piece],
    order: &[usize],
    parameters: &[Parameter],
) -> (String, Vec<(usize, usize)>) {
    let (mut text, mut moved) = (String::with_capacity(sql.len()), Vec::new());
    let mut order = order.iter();
    let mut copied = 0;
    let mut before: Option<&Piece> = None;
    for token in tokens {
        let is_close = before.is_some_and(|before| {
            before.range.end == token.range.start && matches!(before.text(sql), "-" | "/")
        });
        let new = match token.kind {
            PieceKind::Named | PieceKind::Question => {
                let parameter = order.next().and_then(|at| parameters.get(*at));
                match parameter.map(|parameter| &parameter.value) {
                    Some(Bound::Bytes(_)) => Some(("CAST(? AS BINARY)", token.range.end)),
                    Some(Bound::Date(_)) => Some(("CAST(? AS DATE)", token.range.end)),
                    _ if token.kind == PieceKind::Question => None,
                    _ => Some(("?", token.range.end)),
                }
            }
            PieceKind::Quoted if is_close => Some((" ", token.range.start)),
            _ => None,
        };
        if let Some((new, end)) = new {
            text.push_str(sql.get(copied..token.range.start).unwrap_or_default());
            text.push_str(new);
            copied = end;
            moved.push((text.len(), copied));
        }
        before = Some(token);
    }
    text.push_str(sql.get(copied..).unwrap_or_default());
    (text, moved)
}

/// Finds the parameter of each `?`, which go by their order.
fn by_order(sql: &str, tokens: &[Piece], given: usize) -> Result<Vec<usize>, DatabaseError> {
    if let Some(token) = tokens.iter().find(|token| token.kind == PieceKind::Named) {
        return Err(wrong(format!(
            "the statement has the mark `{}`, and no value of that name is given",
            token.text(sql)
        )));
    }
    let marks = tokens
        .iter()
        .filter(|token| token.kind == PieceKind::Question)
        .count();
    if marks == given {
        return Ok((0..marks).collect());
    }
    Err(wrong(differing(marks, given)))
}

/// Finds the parameter of each `:name`, each of which may be there more than once.
fn by_name(sql: &str, tokens: &[Piece], names: &[&str]) -> Result<Vec<usize>, DatabaseError> {
    if tokens.iter().any(|token| token.kind == PieceKind::Question) {
        return Err(wrong(format!(
            "the statement has the mark `?`, and the parameters have names: write `:{}`",
            names.first().unwrap_or(&"name")
        )));
    }
    let mut order = Vec::new();
    for token in tokens.iter().filter(|token| token.kind == PieceKind::Named) {
        let name = token.text(sql).trim_start_matches(':');
        let Some(parameter) = names.iter().position(|known| *known == name) else {
            let near = match nearest(name, names.iter().copied()) {
                Some(near) => format!("did you mean `:{near}`?"),
                None => format!("there are {}", listed(names)),
            };
            return Err(wrong(format!(
                "the statement has the mark `:{name}`, and no value of that name is given; {near}"
            )));
        };
        order.push(parameter);
    }
    let unused = (0..names.len()).find(|parameter| !order.contains(parameter));
    if let Some(name) = unused.and_then(|unused| names.get(unused)) {
        return Err(wrong(format!(
            "a value is given for `:{name}`, and the statement has no such mark"
        )));
    }
    Ok(order)
}

/// Says how many marks and values there are.
pub(super) fn differing(marks: usize, given: usize) -> String {
    let marks = match marks {
        0 => "no mark".to_owned(),
        1 => "one mark, `?`,".to_owned(),
        _ => format!("{marks} marks, `?`,"),
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
