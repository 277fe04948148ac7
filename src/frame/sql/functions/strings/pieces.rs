//! Parts of texts, and texts made of others.

use polars::prelude::*;

use crate::frame::sql::functions::DataTypeOf as Type;
use crate::frame::sql::functions::Gives::{Argument, Is};
use crate::frame::sql::functions::ParameterType as P;
use crate::frame::sql::functions::kernels::failed;
use crate::frame::sql::functions::rows::{Rows, by_rows, some};
use crate::frame::sql::functions::{Function, scalar};

/// No text may become longer.
const MOST_BYTES: usize = 256 << 20;

pub(in crate::frame::sql::functions) static PIECES: &[Function] = &[
    scalar(
        "substring",
        "text, start[, length]",
        "the characters from a position on, which counts from 1, or from the end if it is negative",
        &[P::Text, P::Int, P::Int],
        Is(Type::Text),
        |args| by_rows(args, substring),
    )
    .optional(1)
    .also(&["substr"]),
    scalar(
        "left",
        "text, count",
        "the first characters",
        &[P::Text, P::Int],
        Is(Type::Text),
        |args| by_rows(args, |rows| ends(rows, true)),
    ),
    scalar(
        "right",
        "text, count",
        "the last characters",
        &[P::Text, P::Int],
        Is(Type::Text),
        |args| by_rows(args, |rows| ends(rows, false)),
    ),
    scalar(
        "split_part",
        "text, separator, position",
        "one part of a text; from the end if the position is negative",
        &[P::Text, P::Text, P::Int],
        Is(Type::Text),
        |args| by_rows(args, split_part),
    )
    .fails(),
    scalar(
        "substring_index",
        "text, separator, count",
        "what is before the separator of this number; behind it if that is negative",
        &[P::Text, P::Text, P::Int],
        Is(Type::Text),
        |args| by_rows(args, substring_index),
    ),
    scalar(
        "overlay",
        "text, new, start[, length]",
        "the text with another in the place of some characters",
        &[P::Text, P::Text, P::Int, P::Int],
        Is(Type::Text),
        |args| by_rows(args, overlay),
    )
    .optional(1),
    scalar(
        "lpad",
        "text, length[, filling]",
        "the text, filled up at its start, or cut",
        &[P::Text, P::Int, P::Text],
        Is(Type::Text),
        |args| by_rows(args, |rows| padded(rows, true)),
    )
    .optional(1)
    .fails(),
    scalar(
        "rpad",
        "text, length[, filling]",
        "the text, filled up at its end, or cut",
        &[P::Text, P::Int, P::Text],
        Is(Type::Text),
        |args| by_rows(args, |rows| padded(rows, false)),
    )
    .optional(1)
    .fails(),
    scalar(
        "repeat",
        "text, count",
        "the text several times",
        &[P::Text, P::Int],
        Is(Type::Text),
        |args| {
            by_rows(args, |rows| {
                let (texts, counts) = (rows.texts(0)?, rows.ints(1)?);
                rows.make_texts(|row, out| {
                    repeated(some!(texts.at(row)), some!(counts.at(row)), out)?;
                    Ok(Some(()))
                })
            })
        },
    )
    .fails(),
    scalar(
        "space",
        "count",
        "so many spaces",
        &[P::Int],
        Is(Type::Text),
        |args| {
            by_rows(args, |rows| {
                let counts = rows.ints(0)?;
                rows.make_texts(|row, out| {
                    repeated(" ", some!(counts.at(row)), out)?;
                    Ok(Some(()))
                })
            })
        },
    )
    .fails(),
    scalar(
        "replace",
        "text, old[, new]",
        "the text with another in the place of each part that is so",
        &[P::Text, P::Text, P::Text],
        Is(Type::Text),
        |args| by_rows(args, replace),
    )
    .optional(1),
    scalar(
        "translate",
        "text, from, to",
        "the text with each character of `from` replaced by that of `to` at its place, or left out",
        &[P::Text, P::Text, P::Text],
        Is(Type::Text),
        |args| by_rows(args, translate),
    ),
    scalar(
        "elt",
        "position, value, …",
        "the value at a position",
        &[P::Int, P::Text],
        Argument(1),
        |args| by_rows(args, elt),
    )
    .rest(P::Text)
    .fails(),
];

/// Returns where the character of this number starts, from 0.
fn offset(text: &str, characters: usize) -> usize {
    if text.is_ascii() {
        return characters.min(text.len());
    }
    text.char_indices()
        .nth(characters)
        .map_or(text.len(), |(at, _)| at)
}

fn count(text: &str) -> usize {
    if text.is_ascii() {
        text.len()
    } else {
        text.chars().count()
    }
}

/// Returns the characters of a range, from 0.
fn slice(text: &str, from: i64, to: i64) -> &str {
    let at = |position: i64| offset(text, usize::try_from(position.max(0)).unwrap_or(usize::MAX));
    text.get(at(from)..at(to).max(at(from))).unwrap_or("")
}

/// Returns a part as Spark's `substring` does.
pub(super) fn part(text: &str, start: i32, length: i32) -> &str {
    let from = match start {
        0 => 0,
        1.. => i64::from(start) - 1,
        _ => i64::from(start) + count(text) as i64,
    };
    slice(text, from, from.saturating_add(i64::from(length)))
}

fn substring(rows: &Rows) -> PolarsResult<Series> {
    let (texts, starts) = (rows.texts(0)?, rows.ints(1)?);
    let lengths = (rows.width() > 2).then(|| rows.ints(2)).transpose()?;
    rows.make_parts(|row| {
        let (text, start) = (some!(texts.at(row)), some!(starts.at(row)));
        let length = match &lengths {
            Some(lengths) => some!(lengths.at(row)),
            None => i32::MAX,
        };
        Ok(Some(part(text, start, length)))
    })
}

fn ends(rows: &Rows, is_left: bool) -> PolarsResult<Series> {
    let (texts, counts) = (rows.texts(0)?, rows.ints(1)?);
    rows.make_parts(|row| {
        let (text, number) = (some!(texts.at(row)), i64::from(some!(counts.at(row)).max(0)));
        Ok(Some(if is_left {
            slice(text, 0, number)
        } else {
            slice(text, count(text) as i64 - number, i64::MAX)
        }))
    })
}

fn split_part(rows: &Rows) -> PolarsResult<Series> {
    let (texts, separators, positions) = (rows.texts(0)?, rows.texts(1)?, rows.ints(2)?);
    rows.make_parts(|row| {
        let (text, separator) = (some!(texts.at(row)), some!(separators.at(row)));
        let position = some!(positions.at(row));
        if position == 0 {
            return Err(failed(
                "there is no part 0 of a text",
                "split_part counts from 1, and from -1 at the end",
            ));
        }
        let index = position.unsigned_abs() as usize - 1;
        if separator.is_empty() {
            return Ok(Some(if index == 0 { text } else { "" }));
        }
        let found = if position > 0 {
            text.split(separator).nth(index)
        } else {
            let parts: Vec<&str> = text.split(separator).collect();
            parts.into_iter().rev().nth(index)
        };
        Ok(Some(found.unwrap_or("")))
    })
}

fn substring_index(rows: &Rows) -> PolarsResult<Series> {
    let (texts, separators, counts) = (rows.texts(0)?, rows.texts(1)?, rows.ints(2)?);
    rows.make_parts(|row| {
        let (text, separator) = (some!(texts.at(row)), some!(separators.at(row)));
        let number = some!(counts.at(row));
        if number == 0 || separator.is_empty() {
            return Ok(Some(""));
        }
        let index = number.unsigned_abs() as usize - 1;
        Ok(Some(if number > 0 {
            let found = text.match_indices(separator).nth(index);
            found.and_then(|(at, _)| text.get(..at)).unwrap_or(text)
        } else {
            let found = text.rmatch_indices(separator).nth(index);
            found
                .and_then(|(at, _)| text.get(at + separator.len()..))
                .unwrap_or(text)
        }))
    })
}

fn overlay(rows: &Rows) -> PolarsResult<Series> {
    let (texts, others, starts) = (rows.texts(0)?, rows.texts(1)?, rows.ints(2)?);
    let lengths = (rows.width() > 3).then(|| rows.ints(3)).transpose()?;
    rows.make_texts(|row, out| {
        let (text, other) = (some!(texts.at(row)), some!(others.at(row)));
        let start = some!(starts.at(row));
        let length = match &lengths {
            Some(lengths) => some!(lengths.at(row)),
            None => -1,
        };
        let length = if length < 0 { count(other) as i32 } else { length };
        out.push_str(part(text, 1, start.saturating_sub(1)));
        out.push_str(other);
        out.push_str(part(text, start.saturating_add(length), i32::MAX));
        Ok(Some(()))
    })
}

fn padded(rows: &Rows, is_left: bool) -> PolarsResult<Series> {
    let (texts, lengths) = (rows.texts(0)?, rows.ints(1)?);
    let fillings = (rows.width() > 2).then(|| rows.texts(2)).transpose()?;
    rows.make_texts(|row, out| {
        let (text, length) = (some!(texts.at(row)), i64::from(some!(lengths.at(row)).max(0)));
        let filling = match &fillings {
            Some(fillings) => some!(fillings.at(row)),
            None => " ",
        };
        let kept = slice(text, 0, length);
        let missing = length as usize - count(kept);
        if !is_left {
            out.push_str(kept);
        }
        if !filling.is_empty() {
            room(missing.saturating_mul(4))?;
            out.extend(filling.chars().cycle().take(missing));
        }
        if is_left {
            out.push_str(kept);
        }
        Ok(Some(()))
    })
}

fn room(bytes: usize) -> PolarsResult<()> {
    if bytes > MOST_BYTES {
        return Err(failed(
            &format!("a text of {bytes} bytes is too long"),
            "ask for a shorter one",
        ));
    }
    Ok(())
}

fn repeated(text: &str, times: i32, out: &mut String) -> PolarsResult<()> {
    let times = usize::try_from(times).unwrap_or(0);
    room(text.len().saturating_mul(times))?;
    (0..times).for_each(|_| out.push_str(text));
    Ok(())
}

fn replace(rows: &Rows) -> PolarsResult<Series> {
    let (texts, olds) = (rows.texts(0)?, rows.texts(1)?);
    let news = (rows.width() > 2).then(|| rows.texts(2)).transpose()?;
    rows.make_texts(|row, out| {
        let (text, old) = (some!(texts.at(row)), some!(olds.at(row)));
        let new = match &news {
            Some(news) => some!(news.at(row)),
            None => "",
        };
        if old.is_empty() {
            out.push_str(text);
            return Ok(Some(()));
        }
        for (index, part) in text.split(old).enumerate() {
            if index > 0 {
                out.push_str(new);
            }
            out.push_str(part);
        }
        Ok(Some(()))
    })
}

fn translate(rows: &Rows) -> PolarsResult<Series> {
    let (texts, froms, tos) = (rows.texts(0)?, rows.texts(1)?, rows.texts(2)?);
    rows.make_texts(|row, out| {
        let (text, from, to) = (some!(texts.at(row)), some!(froms.at(row)), some!(tos.at(row)));
        for one in text.chars() {
            match from.chars().position(|other| other == one) {
                Some(index) => out.extend(to.chars().nth(index)),
                None => out.push(one),
            }
        }
        Ok(Some(()))
    })
}

fn elt(rows: &Rows) -> PolarsResult<Series> {
    let positions = rows.ints(0)?;
    let values = (1..rows.width())
        .map(|index| rows.texts(index))
        .collect::<PolarsResult<Vec<_>>>()?;
    rows.make_parts(|row| {
        let position = some!(positions.at(row));
        let value = usize::try_from(position)
            .ok()
            .and_then(|position| values.get(position.checked_sub(1)?));
        match value {
            Some(value) => Ok(value.at(row)),
            None => Err(failed(
                &format!("elt has no value {position}"),
                &format!("its values are counted from 1 to {}", values.len()),
            )),
        }
    })
}
