//! SQLite's mathematical functions, which a build of it may leave out, and this one does.
//!
//! They are its own by name and by what they give: NULL for what is no number, and where there is no result.

use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, Result};

/// A function of one number.
type OfOne = fn(f64) -> f64;

const OF_ONE: [(&str, OfOne); 11] = [
    ("exp", f64::exp),
    ("ln", f64::ln),
    ("log", f64::log10),
    ("log10", f64::log10),
    ("log2", f64::log2),
    ("sqrt", f64::sqrt),
    ("sin", f64::sin),
    ("cos", f64::cos),
    ("tan", f64::tan),
    ("atan", f64::atan),
    ("degrees", f64::to_degrees),
];

/// Those that leave a whole number as it is.
const ROUNDED: [(&str, OfOne); 4] = [
    ("floor", f64::floor),
    ("ceil", f64::ceil),
    ("ceiling", f64::ceil),
    ("trunc", f64::trunc),
];

/// Adds the functions to a connection.
pub(super) fn add(connection: &Connection) -> Result<()> {
    let flags =
        FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_INNOCUOUS;
    for (name, function) in OF_ONE {
        connection.create_scalar_function(name, 1, flags, move |call| Ok(number(call, 0).map(function)))?;
    }
    for (name, function) in ROUNDED {
        connection.create_scalar_function(name, 1, flags, move |call| {
            Ok(match call.get_raw(0) {
                ValueRef::Integer(whole) => Value::Integer(whole),
                _ => number(call, 0).map_or(Value::Null, |number| Value::Real(function(number))),
            })
        })?;
    }
    for name in ["pow", "power"] {
        connection.create_scalar_function(name, 2, flags, |call| {
            let both = number(call, 0).zip(number(call, 1));
            Ok(both.map(|(base, exponent)| base.powf(exponent)))
        })?;
    }
    Ok(())
}

/// Returns an argument that is a number; one that is a text is none, also where it reads like one.
fn number(call: &Context<'_>, place: usize) -> Option<f64> {
    match call.get_raw(place) {
        ValueRef::Integer(whole) => Some(whole as f64),
        ValueRef::Real(number) => Some(number),
        ValueRef::Null | ValueRef::Text(_) | ValueRef::Blob(_) => None,
    }
}
