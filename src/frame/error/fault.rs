//! What is wrong with SQL, in words, and the place of it, underlined.

use std::ops::Range;

use sqlparser::tokenizer::Span;

use crate::frame::sql::{SqlError, SqlErrorKind, offset};

/// How many characters of a line are shown around a fault.
const SHOWN: usize = 100;

/// What is wrong with SQL, and where, for someone who shows the place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqlFault {
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
    /// The part of the text that is wrong, in bytes.
    pub place: Range<usize>,
}

/// Says what is wrong apart from where; nothing where no place is known.
pub(super) fn fault(verb: &str, text: &str, error: &SqlError) -> Option<SqlFault> {
    if error.place == Span::empty() {
        return None;
    }
    let message = match &error.kind {
        SqlErrorKind::Syntax { .. } => format!("cannot read the SQL: {error}"),
        _ => message(verb, text, error),
    };
    Some(SqlFault {
        message,
        hint: error.hint(),
        place: offset(text, error.place.start)..offset(text, error.place.end),
    })
}

/// Says what is wrong.
pub(super) fn message(verb: &str, text: &str, error: &SqlError) -> String {
    match &error.kind {
        SqlErrorKind::Syntax { .. } => format!("cannot read the SQL {}: {error}", quoted(text, error.place)),
        // These speak of the whole.
        SqlErrorKind::NotAQuery { .. }
        | SqlErrorKind::TooLarge { .. }
        | SqlErrorKind::TooDeep { .. }
        | SqlErrorKind::UnknownTable { .. } => error.to_string(),
        _ => format!("{verb}: {error}"),
    }
}

/// Says what to do, and shows where.
pub(super) fn hint(text: &str, error: &SqlError) -> Option<String> {
    let place = underlined(text, error.place);
    match (error.hint(), place) {
        (Some(hint), Some(place)) => Some(format!("{hint}\n{place}")),
        (None, Some(place)) => Some(format!("look here:\n{place}")),
        (hint, None) => hint,
    }
}

/// Quotes a text of one short line, with the place of the fault.
fn quoted(text: &str, place: Span) -> String {
    let line = usize::try_from(place.start.line).unwrap_or_default();
    let column = place.start.column;
    let count = text.lines().count();
    let is_known = place != Span::empty();
    if count <= 1 && text.chars().count() <= 2 * SHOWN {
        return if is_known {
            format!("`{}` at character {column}", text.trim_end())
        } else {
            format!("`{}`", text.trim_end())
        };
    }
    match is_known {
        true if count <= 1 => format!("at character {column}"),
        true => format!("at line {line}, character {column}"),
        false => String::new(),
    }
}

/// Draws the line of a fault with a mark below it; nothing where the whole text is the fault.
fn underlined(text: &str, place: Span) -> Option<String> {
    if place == Span::empty() {
        return None;
    }
    let number = usize::try_from(place.start.line).ok()?;
    let line: Vec<char> = text
        .lines()
        .nth(number.checked_sub(1)?)
        .unwrap_or_default()
        .chars()
        .collect();
    let start = usize::try_from(place.start.column)
        .ok()?
        .saturating_sub(1)
        .min(line.len());
    let end = if place.end.line > place.start.line {
        line.len()
    } else {
        // The end of a place is behind its last character.
        usize::try_from(place.end.column).ok()?.saturating_sub(1)
    };
    let end = end.clamp(start, line.len()).max(start + 1);
    if number == 1 && start == 0 && end >= text.trim_end().chars().count() {
        return None;
    }
    // Of a long line, what is around the fault.
    let from = if line.len() <= SHOWN {
        0
    } else {
        start.saturating_sub(SHOWN / 2)
    };
    let to = line.len().min(from + SHOWN);
    let shown: String = line.get(from..to)?.iter().collect();
    let before = if from > 0 { "…" } else { "" };
    let after = if to < line.len() { "…" } else { "" };
    let margin = match text.lines().count() {
        0 | 1 => String::new(),
        _ => format!("line {number}: "),
    };
    let indent = " ".repeat(margin.chars().count() + before.chars().count() + start - from);
    let marks = "^".repeat(end.min(to.max(start + 1)) - start);
    Some(format!("    {margin}{before}{shown}{after}\n    {indent}{marks}"))
}
