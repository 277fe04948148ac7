//! Dates, timestamps and intervals.
//!
//! Timestamps are moments; what their clocks show is meant in UTC, whatever zone a column has.

mod arithmetic;
mod convert;
mod fields;
mod rows;
mod spans;
mod zones;

pub(super) use self::arithmetic::LATER;
pub(super) use self::convert::CONVERSIONS;
pub(super) use self::fields::PARTS;
pub(super) use self::spans::{INTERVALS, SPANS};
pub(super) use self::zones::ZONES;

use crate::frame::sql::expr::{Expr, Kind, Literal};
use crate::frame::sql::functions::Function;
use crate::frame::sql::moments::pattern::Pattern;
use crate::frame::sql::moments::zone::Zone;

/// Returns why a function is not there for these arguments, and what to write in its place.
///
/// What a constant says wrong is said before anything runs.
pub(super) fn refusal(function: &Function, args: &[Expr]) -> Option<(String, String)> {
    let constant = |index: usize| match args.get(index).map(|arg| &arg.kind) {
        Some(Kind::Literal(Literal::Text(text))) => Some(text.as_str()),
        _ => None,
    };
    let is_now = match function.name {
        "current_date" | "current_timestamp" => true,
        "unix_timestamp" => args.is_empty(),
        _ => false,
    };
    if is_now {
        let what = format!("{}(), which is another value at each run,", function.name);
        let instead = "give the day as a parameter, `:day`, or as a widget: CREATE WIDGET TEXT day DEFAULT '2024-01-31'";
        return Some((what, instead.to_owned()));
    }
    let pattern = match function.name {
        "date_format" => constant(1).map(|text| (text, Pattern::to_write(text))),
        "from_unixtime" => constant(1).map(|text| (text, Pattern::to_write(text))),
        "to_date" | "try_to_date" | "to_timestamp" | "try_to_timestamp" | "unix_timestamp" => {
            constant(1).map(|text| (text, Pattern::to_read(text)))
        }
        _ => None,
    };
    if let Some((text, Err(reason))) = pattern {
        let instead = "a pattern is written as in `yyyy-MM-dd HH:mm:ss`";
        return Some((
            format!("the pattern `{text}`, which {reason},"),
            instead.to_owned(),
        ));
    }
    let zones: &[usize] = match (function.name, args.len()) {
        ("from_utc_timestamp" | "to_utc_timestamp" | "at time zone", _) => &[1],
        ("convert_timezone", 2) => &[0],
        ("convert_timezone", _) => &[0, 1],
        ("make_timestamp" | "try_make_timestamp", _) => &[6],
        _ => &[],
    };
    let unknown = zones
        .iter()
        .filter_map(|index| constant(*index))
        .find(|name| Zone::read(name).is_none())?;
    let instead = "write a name such as Europe/Berlin, or an offset such as +02:00";
    Some((
        format!("the time zone `{unknown}`, which is not known,"),
        instead.to_owned(),
    ))
}
