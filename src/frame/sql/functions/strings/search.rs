//! Where a text is in another, and how far two are from each other.

use polars::prelude::*;

use crate::frame::sql::functions::DataTypeOf as Type;
use crate::frame::sql::functions::Gives::Is;
use crate::frame::sql::functions::ParameterType as P;
use crate::frame::sql::functions::rows::{Rows, by_rows, some};
use crate::frame::sql::functions::{Function, scalar};

pub(in crate::frame::sql::functions) static SEARCH: &[Function] = &[
    scalar(
        "instr",
        "text, part",
        "the position of a part, from 1; 0 if it is not there",
        &[P::Text, P::Text],
        Is(Type::Int),
        |args| by_rows(args, |rows| located(rows, 0, 1)),
    ),
    scalar(
        "locate",
        "part, text[, start]",
        "the position of a part from `start` on, from 1; 0 if it is not there",
        &[P::Text, P::Text, P::Int],
        Is(Type::Int),
        |args| by_rows(args, |rows| located(rows, 1, 0)),
    )
    .optional(1)
    .also(&["position"]),
    scalar(
        "contains",
        "text, part",
        "whether a text has a part",
        &[P::Text, P::Text],
        Is(Type::Boolean),
        |args| by_rows(args, |rows| tested(rows, |text, part| text.contains(part))),
    ),
    scalar(
        "startswith",
        "text, part",
        "whether a text starts with a part",
        &[P::Text, P::Text],
        Is(Type::Boolean),
        |args| by_rows(args, |rows| tested(rows, |text, part| text.starts_with(part))),
    )
    .also(&["starts_with"]),
    scalar(
        "endswith",
        "text, part",
        "whether a text ends with a part",
        &[P::Text, P::Text],
        Is(Type::Boolean),
        |args| by_rows(args, |rows| tested(rows, |text, part| text.ends_with(part))),
    )
    .also(&["ends_with"]),
    scalar(
        "find_in_set",
        "text, list",
        "the position of a text in a list with commas; 0 if it is not there",
        &[P::Text, P::Text],
        Is(Type::Int),
        |args| {
            by_rows(args, |rows| {
                let (texts, lists) = (rows.texts(0)?, rows.texts(1)?);
                rows.make::<Int32Type>(|row| {
                    let (text, list) = (some!(texts.at(row)), some!(lists.at(row)));
                    let found = list.split(',').position(|one| one == text);
                    Ok(Some(found.map_or(0, |index| index as i32 + 1)))
                })
            })
        },
    ),
    scalar(
        "levenshtein",
        "text, other[, most]",
        "how many characters have to be changed, added or left out; -1 if more than `most`",
        &[P::Text, P::Text, P::Int],
        Is(Type::Int),
        |args| by_rows(args, levenshtein),
    )
    .optional(1),
    scalar(
        "soundex",
        "text",
        "the code of how an English name sounds",
        &[P::Text],
        Is(Type::Text),
        |args| by_rows(args, |rows| super::case::mapped(rows, soundex)),
    ),
];

fn located(rows: &Rows, text: usize, part: usize) -> PolarsResult<Series> {
    let (texts, parts) = (rows.texts(text)?, rows.texts(part)?);
    let starts = (rows.width() > 2).then(|| rows.ints(2)).transpose()?;
    rows.make::<Int32Type>(|row| {
        let start = match &starts {
            // Without a start, Spark's answer is 0.
            Some(starts) => match starts.at(row) {
                Some(start) => start,
                None => return Ok(Some(0)),
            },
            None => 1,
        };
        let (text, part) = (some!(texts.at(row)), some!(parts.at(row)));
        let Ok(skipped) = usize::try_from(i64::from(start) - 1) else {
            return Ok(Some(0));
        };
        let at = text
            .char_indices()
            .map(|(at, _)| at)
            .chain([text.len()])
            .nth(skipped);
        let found = at.and_then(|at| {
            let rest = text.get(at..)?;
            let before = rest.get(..rest.find(part)?)?;
            Some(skipped + before.chars().count() + 1)
        });
        Ok(Some(found.map_or(0, |position| position as i32)))
    })
}

fn tested(rows: &Rows, test: impl Fn(&str, &str) -> bool) -> PolarsResult<Series> {
    let (texts, parts) = (rows.texts(0)?, rows.texts(1)?);
    rows.make_booleans(|row| Ok(Some(test(some!(texts.at(row)), some!(parts.at(row))))))
}

fn levenshtein(rows: &Rows) -> PolarsResult<Series> {
    let (texts, others) = (rows.texts(0)?, rows.texts(1)?);
    let limits = (rows.width() > 2).then(|| rows.ints(2)).transpose()?;
    let (mut left, mut costs) = (Vec::new(), Vec::new());
    rows.make::<Int32Type>(|row| {
        let (text, other) = (some!(texts.at(row)), some!(others.at(row)));
        let most = match &limits {
            Some(limits) => some!(limits.at(row)),
            None => i32::MAX,
        };
        left.clear();
        left.extend(text.chars());
        costs.clear();
        costs.extend(0..=left.len() as i32);
        for (index, other) in other.chars().enumerate() {
            // The cost of the cell above and to the left.
            let mut diagonal = index as i32;
            let mut before = index as i32 + 1;
            if let Some(first) = costs.first_mut() {
                *first = before;
            }
            for (cost, one) in costs.iter_mut().skip(1).zip(&left) {
                let changed = diagonal + i32::from(*one != other);
                diagonal = *cost;
                *cost = changed.min(diagonal + 1).min(before + 1);
                before = *cost;
            }
        }
        let distance = costs.last().copied().unwrap_or(0);
        Ok(Some(if distance > most { -1 } else { distance }))
    })
}

fn soundex(text: &str, out: &mut String) {
    let code = |one: char| match one.to_ascii_uppercase() {
        'B' | 'F' | 'P' | 'V' => Some('1'),
        'C' | 'G' | 'J' | 'K' | 'Q' | 'S' | 'X' | 'Z' => Some('2'),
        'D' | 'T' => Some('3'),
        'L' => Some('4'),
        'M' | 'N' => Some('5'),
        'R' => Some('6'),
        'H' | 'W' => Some('7'),
        _ if one.is_ascii_alphabetic() => Some('0'),
        _ => None,
    };
    let mut rest = text.chars();
    let Some(first) = rest.next().filter(char::is_ascii_alphabetic) else {
        out.push_str(text);
        return;
    };
    out.push(first.to_ascii_uppercase());
    let mut last = code(first);
    for one in rest {
        if out.len() == 4 {
            break;
        }
        match code(one) {
            // H and W do not part equal sounds.
            Some('7') => {}
            Some('0') => last = Some('0'),
            None => last = None,
            Some(digit) => {
                if last != Some(digit) {
                    out.push(digit);
                }
                last = Some(digit);
            }
        }
    }
    while out.len() < 4 {
        out.push('0');
    }
}
