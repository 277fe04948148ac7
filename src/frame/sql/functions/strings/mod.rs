//! Text. Positions and lengths are of characters, counted from 1.

mod addresses;
mod case;
mod checks;
mod encodings;
mod formats;
mod joining;
mod like;
mod matching;
mod number_formats;
mod number_patterns;
mod pattern;
mod pieces;
mod search;

pub(super) use self::addresses::ADDRESSES;
pub(super) use self::case::CASE;
pub(super) use self::checks::CHECKS;
pub(super) use self::encodings::ENCODINGS;
pub(super) use self::formats::FORMATS;
pub(super) use self::joining::{CONCATENATION, JOINING, joined_texts};
pub(super) use self::like::LIKE;
pub(super) use self::matching::MATCHING;
pub(super) use self::number_formats::NUMBER_FORMATS;
pub(super) use self::pieces::PIECES;
pub(super) use self::search::SEARCH;

use crate::frame::sql::expr::{Expr, Kind, Literal};
use crate::frame::sql::functions::Function;

/// Returns why a function is not there for these arguments, and what to write in its place.
pub(super) fn refusal(function: &Function, args: &[Expr]) -> Option<(String, String)> {
    let constant = |index: usize| match args.get(index).map(|arg| &arg.kind) {
        Some(Kind::Literal(Literal::Text(text))) => Some(text.as_str()),
        _ => None,
    };
    let what = match function.name {
        "split_part" => match args.get(2).map(|arg| &arg.kind) {
            Some(Kind::Literal(Literal::Int(0))) => {
                return Some((
                    "part 0 of split_part".to_owned(),
                    "parts are counted from 1, and from -1 at the end".to_owned(),
                ));
            }
            _ => return None,
        },
        "like" | "ilike" => like::check(constant(1)?, constant(2)),
        "similar to" => pattern::similar(constant(1)?, constant(2)).and_then(|regex| pattern::check(&regex)),
        "rlike" | "split" | "regexp_replace" | "regexp_extract" | "regexp_extract_all" | "regexp_count"
        | "regexp_instr" | "regexp_substr" => {
            pattern::java(constant(1)?).and_then(|pattern| pattern::check(&pattern.regex))
        }
        _ => return None,
    };
    let reason = what.err()?;
    Some((format!("the pattern `{}`", constant(1)?), reason))
}
