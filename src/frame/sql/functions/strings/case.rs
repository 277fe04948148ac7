//! Small and large letters, blanks at the ends, lengths.

use polars::prelude::*;

use crate::frame::sql::functions::DataTypeOf as Type;
use crate::frame::sql::functions::Gives::{By, Is};
use crate::frame::sql::functions::ParameterType as P;
use crate::frame::sql::functions::rows::{Rows, by_rows, some};
use crate::frame::sql::functions::{Function, scalar};

pub(in crate::frame::sql::functions) static CASE: &[Function] = &[
    scalar(
        "upper",
        "text",
        "the text in large letters",
        &[P::Text],
        Is(Type::Text),
        |args| {
            by_rows(args, |rows| {
                mapped(rows, |text, out| out.push_str(&text.to_uppercase()))
            })
        },
    )
    .also(&["ucase"]),
    scalar(
        "lower",
        "text",
        "the text in small letters",
        &[P::Text],
        Is(Type::Text),
        |args| {
            by_rows(args, |rows| {
                mapped(rows, |text, out| out.push_str(&text.to_lowercase()))
            })
        },
    )
    .also(&["lcase"]),
    scalar(
        "initcap",
        "text",
        "the text with a large letter after every space, and small ones behind it",
        &[P::Text],
        Is(Type::Text),
        |args| by_rows(args, |rows| mapped(rows, initcap)),
    ),
    scalar(
        "reverse",
        "text",
        "the characters from the last to the first",
        &[P::Text],
        Is(Type::Text),
        |args| {
            by_rows(args, |rows| {
                mapped(rows, |text, out| out.extend(text.chars().rev()))
            })
        },
    ),
    scalar(
        "trim",
        "text",
        "the text without spaces at both ends",
        &[P::Text],
        Is(Type::Text),
        |args| by_rows(args, |rows| trimmed(rows, 0, None, true, true)),
    ),
    scalar(
        "btrim",
        "text[, characters]",
        "the text without spaces, or these characters, at both ends",
        &[P::Text, P::Text],
        Is(Type::Text),
        |args| {
            by_rows(args, |rows| {
                trimmed(rows, 0, (rows.width() > 1).then_some(1), true, true)
            })
        },
    )
    .optional(1),
    scalar(
        "ltrim",
        "[characters, ]text",
        "the text without spaces, or these characters, at its start",
        &[P::Text, P::Text],
        Is(Type::Text),
        |args| by_rows(args, |rows| trimmed_last(rows, true)),
    )
    .optional(1),
    scalar(
        "rtrim",
        "[characters, ]text",
        "the text without spaces, or these characters, at its end",
        &[P::Text, P::Text],
        Is(Type::Text),
        |args| by_rows(args, |rows| trimmed_last(rows, false)),
    )
    .optional(1),
    scalar(
        "length",
        "text",
        "how many characters a text has, or bytes binary data",
        &[P::Any],
        By(measured),
        |args| by_rows(args, length),
    )
    .also(&["char_length", "character_length", "len"]),
    scalar(
        "octet_length",
        "text",
        "how many bytes it has",
        &[P::Any],
        By(measured),
        |args| by_rows(args, |rows| bytes(rows, 1)),
    ),
    scalar(
        "bit_length",
        "text",
        "how many bits it has",
        &[P::Any],
        By(measured),
        |args| by_rows(args, |rows| bytes(rows, 8)),
    ),
];

/// What `TRIM(… FROM text)` is.
pub(in crate::frame::sql::functions) fn trimmed(
    rows: &Rows,
    of: usize,
    what: Option<usize>,
    start: bool,
    end: bool,
) -> PolarsResult<Series> {
    let texts = rows.texts(of)?;
    let characters = what.map(|index| rows.texts(index)).transpose()?;
    rows.make_parts(|row| {
        let mut text = some!(texts.at(row));
        let set = match &characters {
            Some(characters) => some!(characters.at(row)),
            None => " ",
        };
        let is_cut = |one: char| set.contains(one);
        if start {
            text = text.trim_start_matches(is_cut);
        }
        if end {
            text = text.trim_end_matches(is_cut);
        }
        Ok(Some(text))
    })
}

/// Spark's `ltrim` and `rtrim` take the characters before the text.
fn trimmed_last(rows: &Rows, start: bool) -> PolarsResult<Series> {
    match rows.width() {
        1 => trimmed(rows, 0, None, start, !start),
        _ => trimmed(rows, 1, Some(0), start, !start),
    }
}

/// Computes a text of each text.
pub(super) fn mapped(rows: &Rows, one: impl Fn(&str, &mut String)) -> PolarsResult<Series> {
    let texts = rows.texts(0)?;
    rows.make_texts(|row, out| {
        one(some!(texts.at(row)), out);
        Ok(Some(()))
    })
}

fn initcap(text: &str, out: &mut String) {
    for (index, word) in text.split(' ').enumerate() {
        if index > 0 {
            out.push(' ');
        }
        let mut rest = word.chars();
        if let Some(first) = rest.next() {
            // One letter that is two in capitals keeps one capital: `ß` is `Ss`.
            let mut capitals = first.to_uppercase();
            out.extend(capitals.next());
            out.extend(capitals.flat_map(char::to_lowercase));
        }
        out.push_str(&rest.as_str().to_lowercase());
    }
}

fn measured(dtypes: &[DataType]) -> Result<DataType, String> {
    match dtypes.first() {
        Some(dtype) if dtype.is_nested() => Err("text or binary data (`size` counts elements)".to_owned()),
        _ => Ok(DataType::Int32),
    }
}

fn length(rows: &Rows) -> PolarsResult<Series> {
    if *rows.series(0)?.0.dtype() == DataType::Binary {
        return bytes(rows, 1);
    }
    let texts = as_texts(rows)?;
    let count = |text: &str| {
        if text.is_ascii() {
            text.len()
        } else {
            text.chars().count()
        }
    };
    rows.make::<Int32Type>(|row| Ok(texts.get(row).map(|text| count(text) as i32)))
}

fn bytes(rows: &Rows, times: usize) -> PolarsResult<Series> {
    if *rows.series(0)?.0.dtype() == DataType::Binary {
        let values = rows.bytes(0)?;
        return rows.make::<Int32Type>(|row| Ok(values.at(row).map(|value| (value.len() * times) as i32)));
    }
    let texts = as_texts(rows)?;
    rows.make::<Int32Type>(|row| Ok(texts.get(row).map(|text| (text.len() * times) as i32)))
}

/// The texts of an argument of any type, a value for every row.
fn as_texts(rows: &Rows) -> PolarsResult<StringChunked> {
    let values = rows.spread(0)?;
    let dtype = values.dtype().clone();
    let texts = if dtype == DataType::String {
        values
    } else {
        crate::frame::sql::lower::cast::text_of(&values, &dtype)?
    };
    Ok(texts.str()?.rechunk().into_owned())
}
