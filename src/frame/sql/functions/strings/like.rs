//! LIKE: `%` is any text, `_` any character, line breaks among them.

use polars::prelude::*;

use super::pattern;
use crate::frame::sql::functions::DataTypeOf as Type;
use crate::frame::sql::functions::Gives::Is;
use crate::frame::sql::functions::ParameterType as P;
use crate::frame::sql::functions::kernels::failed;
use crate::frame::sql::functions::rows::{Rows, by_rows, some};
use crate::frame::sql::functions::{Function, scalar};

pub(in crate::frame::sql::functions) static LIKE: &[Function] = &[
    scalar(
        "like",
        "text, pattern[, escape]",
        "whether a text is as the pattern, in which `%` is any text and `_` any character",
        &[P::Text, P::Text, P::Text],
        Is(Type::Boolean),
        |args| by_rows(args, |rows| like(rows, false)),
    )
    .optional(1)
    .fails(),
    scalar(
        "ilike",
        "text, pattern[, escape]",
        "as LIKE, whether letters are small or large",
        &[P::Text, P::Text, P::Text],
        Is(Type::Boolean),
        |args| by_rows(args, |rows| like(rows, true)),
    )
    .optional(1)
    .fails(),
    scalar(
        "rlike",
        "text, regex",
        "whether a regular expression is found in a text",
        &[P::Text, P::Text],
        Is(Type::Boolean),
        |args| by_rows(args, super::matching::is_found),
    )
    .fails()
    .also(&["regexp", "regexp_like"]),
    scalar(
        "similar to",
        "text SIMILAR TO pattern",
        "whether a text is as the pattern, which is one of LIKE with `|`, `*`, `+`, `?`, `{}`, `()` and `[]`",
        &[P::Text, P::Text, P::Text],
        Is(Type::Boolean),
        |args| by_rows(args, similar),
    )
    .optional(1)
    .fails(),
];

/// One part of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LikePiece {
    Char(char),
    One,
    Any,
}

/// A pattern in the way that is fastest to compare.
#[derive(Debug)]
enum Like {
    Is(String),
    Starts(String),
    Ends(String),
    Has(String),
    Parts(Vec<LikePiece>),
}

/// Returns the character behind which wildcards are characters.
fn escape(escape: Option<&str>) -> Result<char, String> {
    let Some(escape) = escape else { return Ok('\\') };
    let mut characters = escape.chars();
    match (characters.next(), characters.next()) {
        (Some(one), None) => Ok(one),
        _ => Err("ESCAPE is one character".to_owned()),
    }
}

fn parts(pattern: &str, escape: char) -> Result<Vec<LikePiece>, String> {
    let mut parts = Vec::new();
    let mut rest = pattern.chars();
    while let Some(one) = rest.next() {
        parts.push(match one {
            _ if one == escape => match rest.next() {
                Some(next) if next == escape || matches!(next, '%' | '_') => LikePiece::Char(next),
                _ => {
                    return Err(format!(
                        "behind the escape character `{escape}` comes `%`, `_` or `{escape}`"
                    ));
                }
            },
            '%' => LikePiece::Any,
            '_' => LikePiece::One,
            one => LikePiece::Char(one),
        });
    }
    parts.dedup_by(|one, before| *one == LikePiece::Any && *before == LikePiece::Any);
    Ok(parts)
}

/// Says what is wrong with a pattern.
pub(super) fn check(pattern: &str, escaped: Option<&str>) -> Result<(), String> {
    parts(pattern, escape(escaped)?).map(|_| ())
}

impl Like {
    fn new(pattern: &str, escaped: Option<&str>) -> PolarsResult<Self> {
        let parts = escape(escaped)
            .and_then(|escape| parts(pattern, escape))
            .map_err(|reason| failed(&format!("the pattern `{pattern}` of LIKE is wrong"), &reason))?;
        let (starts_any, inner) = match parts.as_slice() {
            [LikePiece::Any, rest @ ..] => (true, rest),
            all => (false, all),
        };
        let (ends_any, inner) = match inner {
            [rest @ .., LikePiece::Any] => (true, rest),
            all => (false, all),
        };
        let text: Option<String> = inner
            .iter()
            .map(|part| match part {
                LikePiece::Char(one) => Some(*one),
                LikePiece::One | LikePiece::Any => None,
            })
            .collect();
        Ok(match (text, starts_any, ends_any) {
            (Some(text), false, false) => Self::Is(text),
            (Some(text), false, true) => Self::Starts(text),
            (Some(text), true, false) => Self::Ends(text),
            (Some(text), true, true) => Self::Has(text),
            (None, _, _) => Self::Parts(parts),
        })
    }

    fn matches(&self, text: &str) -> bool {
        match self {
            Self::Is(all) => text == all,
            Self::Starts(start) => text.starts_with(start.as_str()),
            Self::Ends(end) => text.ends_with(end.as_str()),
            Self::Has(part) => text.contains(part.as_str()),
            Self::Parts(parts) => matches(parts, text),
        }
    }
}

/// Compares from the left; behind the last `%` so far, tries again one character later.
fn matches(parts: &[LikePiece], text: &str) -> bool {
    let (mut parts, mut rest) = (parts, text.chars());
    let mut again: Option<(&[LikePiece], std::str::Chars<'_>)> = None;
    loop {
        let mut after = rest.clone();
        let goes_on = match parts.split_first() {
            Some((LikePiece::Any, [])) => return true,
            Some((LikePiece::Any, behind)) => {
                again = Some((behind, rest.clone()));
                parts = behind;
                continue;
            }
            Some((part, behind)) => match (after.next(), part) {
                (Some(one), LikePiece::Char(other)) if one != *other => None,
                (Some(_), _) => Some(behind),
                (None, _) => return false,
            },
            None if rest.as_str().is_empty() => return true,
            None => None,
        };
        match (goes_on, &mut again) {
            (Some(behind), _) => (parts, rest) = (behind, after),
            (None, Some((behind, from))) => {
                if from.next().is_none() {
                    return false;
                }
                (parts, rest) = (*behind, from.clone());
            }
            (None, None) => return false,
        }
    }
}

fn like(rows: &Rows, ignores_case: bool) -> PolarsResult<Series> {
    let (texts, patterns) = (rows.texts(0)?, rows.texts(1)?);
    let escapes = (rows.width() > 2).then(|| rows.texts(2)).transpose()?;
    let mut known: Option<(String, Option<String>, Like)> = None;
    rows.make_booleans(|row| {
        let (text, pattern) = (some!(texts.at(row)), some!(patterns.at(row)));
        let escape = match &escapes {
            Some(escapes) => Some(some!(escapes.at(row))),
            None => None,
        };
        let like = match &mut known {
            Some((one, other, like)) if one == pattern && other.as_deref() == escape => like,
            slot => {
                let like = if ignores_case {
                    Like::new(&pattern.to_lowercase(), escape.map(str::to_lowercase).as_deref())?
                } else {
                    Like::new(pattern, escape)?
                };
                &mut slot
                    .insert((pattern.to_owned(), escape.map(str::to_owned), like))
                    .2
            }
        };
        Ok(Some(if ignores_case {
            like.matches(&text.to_lowercase())
        } else {
            like.matches(text)
        }))
    })
}

fn similar(rows: &Rows) -> PolarsResult<Series> {
    let (texts, patterns) = (rows.texts(0)?, rows.texts(1)?);
    let escapes = (rows.width() > 2).then(|| rows.texts(2)).transpose()?;
    let mut known = None;
    rows.make_booleans(|row| {
        let (text, pattern) = (some!(texts.at(row)), some!(patterns.at(row)));
        let escape = match &escapes {
            Some(escapes) => Some(some!(escapes.at(row))),
            None => None,
        };
        let is_known = matches!(&known, Some((one, _)) if one == pattern);
        if !is_known || escapes.is_some() {
            let made =
                pattern::similar(pattern, escape).map_err(|reason| pattern::wrong(pattern, &reason))?;
            known = Some((pattern.to_owned(), pattern::compiled!(pattern, &made)));
        }
        Ok(known.as_ref().map(|(_, regex)| regex.is_match(text)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_is_any_text_and_underscore_any_character() {
        let like = |text: &str, pattern: &str| Like::new(pattern, None).unwrap().matches(text);
        assert!(like("abcabd", "a%abd"));
        assert!(like("aXbXXc", "a_b%c"));
        assert!(!like("aXbXXcd", "a_b%c"));
        assert!(like("a\nb", "a_b"));
        assert!(like("日本語", "日_語"));
        assert!(like("", "%"));
        assert!(!like("", "_"));
        assert!(like("100%", "100\\%"));
        assert!(like("ab", "%_%_%"));
        assert!(!like("a", "%_%_%"));
        assert!(check("a\\b", None).is_err());
        assert!(check("a\\", None).is_err());
    }
}
