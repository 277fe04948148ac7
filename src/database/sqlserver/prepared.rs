//! [`Prepared`]: a statement as it is sent: each mark becomes `@P1`, `@P2` and so on, and a place in it is found again in what
//! was written.

use super::lexer::{Lexeme, LexemeKind, tokens};
use crate::database::error::DatabaseError;
use crate::database::parameter::{Bound, Parameter};
use crate::error::nearest;

/// The words that begin statements that return rows, maybe.
const RETURNING: [&str; 4] = ["select", "with", "exec", "execute"];
/// The words of statements that change rows; they return some where there is OUTPUT.
const CHANGING: [&str; 4] = ["insert", "update", "delete", "merge"];

/// A statement as it is sent.
#[derive(Debug)]
pub(super) struct Prepared {
    /// The text.
    pub(super) text: String,
    /// For each `@P1`, `@P2` and so on: which of the parameters it is. NULL is written as such, and is none of them.
    pub(super) order: Vec<usize>,
    /// Where marks were replaced: their end as sent, and as written.
    moved: Vec<(usize, usize)>,
    /// The lexemes of what was written.
    tokens: Vec<Lexeme>,
}

impl Prepared {
    /// Replaces the marks: `?`, `@p1` or `$1`, or `:name` and `@name`.
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
        let marks = if names.is_empty() {
            by_order(sql, &tokens, parameters.len())?
        } else {
            by_name(sql, &tokens, &names)?
        };
        let bound = |parameter: &Parameter| parameter.value != Bound::Null;
        let order: Vec<usize> = parameters
            .iter()
            .enumerate()
            .filter(|(_, parameter)| bound(parameter))
            .map(|(at, _)| at)
            .collect();
        let (mut text, mut moved) = (String::with_capacity(sql.len()), Vec::new());
        let mut copied = 0;
        for (token, parameter) in marks {
            text.push_str(sql.get(copied..token.range.start).unwrap_or_default());
            match order.iter().position(|known| *known == parameter) {
                Some(number) => text.push_str(&format!("@P{}", number + 1)),
                None => text.push_str("NULL"),
            }
            copied = token.range.end;
            moved.push((text.len(), copied));
        }
        text.push_str(sql.get(copied..).unwrap_or_default());
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

    /// Returns where a second statement begins behind a `;`.
    pub(super) fn second(&self) -> Option<usize> {
        let first = self
            .tokens
            .iter()
            .position(|token| token.kind == LexemeKind::Semicolon)?;
        let after = self.tokens.iter().skip(first);
        let mut after = after.filter(|token| token.kind != LexemeKind::Semicolon);
        after.next().map(|token| token.range.start)
    }

    /// Returns whether a statement may return rows, as far as its words say that.
    pub(super) fn may_return_rows(&self, sql: &str) -> bool {
        let has = |words: &[&str]| {
            let mut tokens = self.tokens.iter();
            tokens.any(|token| words.iter().any(|word| token.is_word(sql, word)))
        };
        let is_bracket = |token: &&Lexeme| matches!(token.text(sql), "(" | ";");
        let first = self.tokens.iter().find(|token| !is_bracket(token));
        let starts =
            |words: &[&str]| first.is_some_and(|first| words.iter().any(|word| first.is_word(sql, word)));
        if has(&["output"]) || starts(&["exec", "execute"]) {
            return true;
        }
        starts(&RETURNING) && !has(&["into"]) && !(starts(&["with"]) && has(&CHANGING))
    }
}

/// The marks of a statement, in their order, each with its parameter.
type Marks<'a> = Vec<(&'a Lexeme, usize)>;

/// Finds the parameter of each mark that has a number, or goes by its order.
fn by_order<'a>(sql: &str, tokens: &'a [Lexeme], given: usize) -> Result<Marks<'a>, DatabaseError> {
    if let Some(token) = tokens.iter().find(|token| token.kind == LexemeKind::Named) {
        return Err(wrong(format!(
            "the statement has the mark `{}`, and no value of that name is given",
            token.text(sql)
        )));
    }
    let questions = tokens.iter().filter(|token| token.kind == LexemeKind::Question);
    let questions: Marks = questions.enumerate().map(|(at, token)| (token, at)).collect();
    if given == 0 || !questions.is_empty() {
        return if questions.len() == given {
            Ok(questions)
        } else {
            Err(wrong(differing(questions.len(), given, "`?`")))
        };
    }
    for kind in [LexemeKind::Variable, LexemeKind::Numbered] {
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
        if kind == LexemeKind::Variable {
            return Err(wrong(differing(most, given, "`@p1`")));
        }
    }
    Err(wrong(differing(0, given, "`?`")))
}

/// Reads the number of `@p1` and `$1`.
fn number(text: &str) -> Option<usize> {
    let digits = text.strip_prefix(['@', '$'])?.trim_start_matches(['p', 'P']);
    digits.parse().ok()
}

/// Finds the parameter of each `:name` and `@name`, each of which may be there more than once.
fn by_name<'a>(sql: &str, tokens: &'a [Lexeme], names: &[&str]) -> Result<Marks<'a>, DatabaseError> {
    if tokens.iter().any(|token| token.kind == LexemeKind::Question) {
        return Err(wrong(format!(
            "the statement has the mark `?`, and the parameters have names: write `:{}`",
            names.first().unwrap_or(&"name")
        )));
    }
    let mut marks = Vec::new();
    for token in tokens {
        let text = token.text(sql);
        let name = text.get(1..).unwrap_or_default();
        let found = names.iter().position(|known| *known == name);
        match (token.kind, found) {
            (LexemeKind::Named | LexemeKind::Variable, Some(parameter)) => marks.push((token, parameter)),
            (LexemeKind::Named, None) => {
                let near = match nearest(name, names.iter().copied()) {
                    Some(near) => format!("did you mean `:{near}`?"),
                    None => format!("there are {}", listed(names)),
                };
                return Err(wrong(format!(
                    "the statement has the mark `{text}`, and no value of that name is given; {near}"
                )));
            }
            // Other variables are the statement's own.
            _ => {}
        }
    }
    let unused = (0..names.len()).find(|at| !marks.iter().any(|(_, parameter)| parameter == at));
    if let Some(name) = unused.and_then(|unused| names.get(unused)) {
        return Err(wrong(format!(
            "a value is given for `:{name}`, and the statement has no such mark"
        )));
    }
    Ok(marks)
}

/// Says how many marks and values there are.
fn differing(marks: usize, given: usize, mark: &str) -> String {
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

fn listed(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`:{name}`")).collect();
    names.join(", ")
}

fn wrong(reason: String) -> DatabaseError {
    DatabaseError::Parameters { reason }
}
