//! Texts that are checked, masked or quoted.

use polars::prelude::*;

use super::case::mapped;
use crate::frame::sql::functions::DataTypeOf as Type;
use crate::frame::sql::functions::Gives::Is;
use crate::frame::sql::functions::ParameterType as P;
use crate::frame::sql::functions::kernels::failed;
use crate::frame::sql::functions::rows::{Rows, by_rows, some};
use crate::frame::sql::functions::{Function, scalar};

pub(in crate::frame::sql::functions) static CHECKS: &[Function] = &[
    scalar(
        "luhn_check",
        "digits",
        "whether the last digit of a number, as of a card, fits to the others",
        &[P::Text],
        Is(Type::Boolean),
        |args| {
            by_rows(args, |rows| {
                let texts = rows.texts(0)?;
                rows.make_booleans(|row| Ok(Some(luhn(some!(texts.at(row))))))
            })
        },
    ),
    scalar(
        "is_valid_utf8",
        "bytes",
        "whether bytes are a text in UTF-8",
        &[P::Binary],
        Is(Type::Boolean),
        |args| {
            by_rows(args, |rows| {
                let values = rows.bytes(0)?;
                rows.make_booleans(|row| Ok(Some(std::str::from_utf8(some!(values.at(row))).is_ok())))
            })
        },
    ),
    scalar(
        "mask",
        "text[, large[, small[, digit[, other]]]]",
        "the text with X for large letters, x for small ones and n for digits; NULL leaves what it is for",
        &[P::Text, P::Text, P::Text, P::Text, P::Text],
        Is(Type::Text),
        |args| by_rows(args, mask),
    )
    .optional(4)
    .fails(),
    scalar(
        "quote",
        "text",
        "the text in quotes, as it is written in a query",
        &[P::Text],
        Is(Type::Text),
        |args| {
            by_rows(args, |rows| {
                mapped(rows, |text, out| {
                    out.push('\'');
                    out.push_str(&text.replace('\'', "\\'"));
                    out.push('\'');
                })
            })
        },
    ),
];

fn luhn(text: &str) -> bool {
    let digits = text.chars().rev().map(|digit| digit.to_digit(10));
    let sum = digits.enumerate().try_fold(0, |sum, (place, digit)| {
        let digit = digit? << (place % 2);
        Some(sum + if digit > 9 { digit - 9 } else { digit })
    });
    !text.is_empty() && sum.is_some_and(|sum| sum % 10 == 0)
}

/// What a character is to `mask`: a large letter, a small one, a digit, or another.
fn class(one: char) -> usize {
    match one {
        one if one.is_uppercase() => 0,
        one if one.is_lowercase() => 1,
        one if one.is_numeric() => 2,
        _ => 3,
    }
}

fn mask(rows: &Rows) -> PolarsResult<Series> {
    let texts = rows.texts(0)?;
    let given = (1..rows.width())
        .map(|index| rows.texts(index))
        .collect::<PolarsResult<Vec<_>>>()?;
    rows.make_texts(|row, out| {
        let text = some!(texts.at(row));
        let mut masks = [Some("X"), Some("x"), Some("n"), None];
        for (mask, given) in masks.iter_mut().zip(&given) {
            *mask = given.at(row);
        }
        if let Some(long) = masks.iter().flatten().find(|mask| mask.chars().count() != 1) {
            return Err(failed(
                &format!("`{long}` is not one character"),
                "mask with one character",
            ));
        }
        for one in text.chars() {
            match masks.get(class(one)).copied().flatten() {
                Some(mask) => out.push_str(mask),
                None => out.push(one),
            }
        }
        Ok(Some(()))
    })
}
