//! Single values → text that fits a table cell and cannot disturb a terminal.

use console::measure_text_width;
use polars::prelude::{AnyValue, Column, DataType, TimeUnit};
use unicode_segmentation::UnicodeSegmentation;

use crate::frame::{Scalar, map_entries};

/// The mark for null; it begins with a mark that becomes an `n`, dimmed where colours are on.
pub(super) const NULL: &str = "\u{E000}ull";

/// The first character of [`NULL`], which no value contains: they have it escaped.
pub(super) const NULL_MARK: char = '\u{E000}';

/// Floats are shown with at most this many decimals.
const DECIMALS: usize = 6;

/// Returns the shown text of the given rows of a column, each at most `limit` wide.
///
/// All floats of a column have the same number of decimals: as many as the longest needs, at most six.
pub(super) fn texts(column: &Column, rows: &[usize], limit: usize) -> Vec<String> {
    let values: Vec<AnyValue<'_>> = rows
        .iter()
        .map(|&row| column.get(row).unwrap_or(AnyValue::Null))
        .collect();
    shown(&values, limit)
}

/// Returns the shown text of values with all their digits, as [`texts`] would show a column of that type.
pub(super) fn short_texts<'a>(
    values: impl Iterator<Item = Option<&'a str>>,
    dtype: &str,
    limit: usize,
) -> Vec<String> {
    let is_float = matches!(dtype, "f32" | "f64");
    let value = |text: Option<&'a str>| match (text, text.and_then(|text| text.parse().ok())) {
        (None, _) => AnyValue::Null,
        (Some(_), Some(number)) if is_float => AnyValue::Float64(number),
        (Some(text), _) => AnyValue::String(text),
    };
    shown(&values.map(value).collect::<Vec<_>>(), limit)
}

fn shown(values: &[AnyValue<'_>], limit: usize) -> Vec<String> {
    let decimals = values
        .iter()
        .filter_map(float)
        .filter(|value| plain(*value))
        .map(needed)
        .max()
        .unwrap_or(1);
    values
        .iter()
        .map(|value| cut(&text(value, decimals), limit))
        .collect()
}

/// Returns whether values of this type line up on the right.
pub(super) fn is_number(dtype: &DataType) -> bool {
    dtype.is_primitive_numeric() || dtype.is_decimal()
}

/// Escapes what would break a line or steer a terminal.
pub(crate) fn escape(text: &str) -> String {
    let harmful = |character: char| {
        character.is_control()
            || matches!(character, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}')
            || character == NULL_MARK
    };
    if !text.contains(harmful) {
        return text.to_owned();
    }
    let mut escaped = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        if harmful(character) {
            escaped.extend(character.escape_default());
        } else {
            escaped.push(character);
        }
    }
    escaped
}

/// Cuts text to a width in terminal columns, with `…` where something is missing.
pub fn cut(text: &str, limit: usize) -> String {
    if width(text) <= limit {
        return text.to_owned();
    }
    let mut short = String::new();
    let mut used = 0;
    for letter in text.graphemes(true) {
        used += width(letter);
        if used + 1 > limit {
            break;
        }
        short.push_str(letter);
    }
    short.push('…');
    short
}

/// Returns how many terminal columns a line of text takes.
pub(super) fn width(text: &str) -> usize {
    if text.is_ascii() {
        return text.len();
    }
    measure_text_width(text)
}

/// Returns the text of one value with all its digits; none for a missing one.
pub fn full_text(column: &Column, row: usize) -> Option<String> {
    match column.get(row).ok()? {
        AnyValue::Null => None,
        AnyValue::String(text) => Some(text.to_owned()),
        AnyValue::StringOwned(text) => Some(text.to_string()),
        AnyValue::Float64(value) => Some(format!("{value:?}")),
        AnyValue::Float32(value) => Some(format!("{value:?}")),
        other if map_entries(&other).is_some() => Some(text(&other, DECIMALS)),
        other => Some(plain_text(&other)),
    }
}

/// Writes the floats of one column as a table shows them: all with the same number of decimals.
pub fn float_texts(values: &[f64]) -> Vec<String> {
    let decimals = values
        .iter()
        .copied()
        .filter(|value| plain(*value))
        .map(needed)
        .max()
        .unwrap_or(1);
    values.iter().map(|value| float_text(*value, decimals)).collect()
}

fn float_text(float: f64, decimals: usize) -> String {
    if float.is_nan() {
        "NaN".to_owned()
    } else if float.is_infinite() {
        if float > 0.0 { "inf" } else { "-inf" }.to_owned()
    } else if plain(float) {
        format!("{float:.decimals$}")
    } else {
        scientific(float)
    }
}

fn text(value: &AnyValue<'_>, decimals: usize) -> String {
    if let Some(float) = float(value) {
        return float_text(float, decimals);
    }
    match value {
        AnyValue::Null => NULL.to_owned(),
        AnyValue::String(text) => escape(text),
        AnyValue::StringOwned(text) => escape(text),
        other => match map_entries(other) {
            Some(entries) => {
                let entries = entries
                    .iter()
                    .map(|(key, value)| format!("{}: {}", within(key), within(value)));
                format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
            }
            None => escape(&plain_text(other)),
        },
    }
}

/// Returns the text of a value as polars writes it.
fn plain_text(value: &AnyValue<'_>) -> String {
    if is_far(value) {
        return Scalar::from(value).to_string();
    }
    value.to_string()
}

/// Returns whether a moment is, or is in, a value that is further from 1970 than polars can write it.
fn is_far(value: &AnyValue<'_>) -> bool {
    const DAYS: i64 = 90_000_000;
    let of_units = |count: &i64, unit: &TimeUnit| {
        let of_day = match unit {
            TimeUnit::Nanoseconds => 86_400_000_000_000,
            TimeUnit::Microseconds => 86_400_000_000,
            TimeUnit::Milliseconds => 86_400_000,
        };
        (count / of_day).abs() > DAYS
    };
    match value {
        AnyValue::Date(days) => i64::from(*days).abs() > DAYS,
        AnyValue::Datetime(count, unit, _) | AnyValue::DatetimeOwned(count, unit, _) => of_units(count, unit),
        AnyValue::List(values) => values.iter().any(|value| is_far(&value)),
        AnyValue::Struct(..) => value._iter_struct_av().any(|value| is_far(&value)),
        AnyValue::StructOwned(parts) => parts.0.iter().any(is_far),
        _ => false,
    }
}

/// Returns the text of a value within another: floats have the decimals that they need.
fn within(value: &AnyValue<'_>) -> String {
    match value {
        AnyValue::Null => "null".to_owned(),
        value => text(value, float(value).map_or(1, needed)),
    }
}

fn float(value: &AnyValue<'_>) -> Option<f64> {
    match value {
        AnyValue::Float32(value) => Some(f64::from(*value)),
        AnyValue::Float64(value) => Some(*value),
        _ => None,
    }
}

/// Returns whether a float is read more easily without an exponent.
fn plain(value: f64) -> bool {
    value == 0.0 || (1e-5..1e15).contains(&value.abs())
}

/// Returns how many decimals a float needs, at least one.
fn needed(value: f64) -> usize {
    let text = format!("{value:.DECIMALS$}");
    let kept = text.trim_end_matches('0');
    kept.rsplit_once('.')
        .map_or(1, |(_, decimals)| decimals.len().max(1))
}

fn scientific(value: f64) -> String {
    let text = format!("{value:.DECIMALS$e}");
    match text.split_once('e') {
        Some((mantissa, exponent)) => {
            let mantissa = mantissa.trim_end_matches('0').trim_end_matches('.');
            format!("{mantissa}e{exponent}")
        }
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use polars::prelude::{IntoColumn, IntoSeries, NamedFrom, Series};

    use super::*;
    use crate::frame::query;
    use crate::work::Interrupt;

    #[test]
    fn moments_of_any_year_have_a_text() {
        let days = Series::new("d".into(), [0, i32::MAX, i32::MIN]);
        let dates = days.cast(&DataType::Date).unwrap();
        let lists = dates.clone().implode().unwrap().into_series();
        let dates = dates.into_column();
        assert_eq!(texts(&dates, &[0, 1], 40), ["1970-01-01", "5881580-07-11"]);
        assert_eq!(full_text(&dates, 2).unwrap(), "-5877641-06-23");
        assert!(texts(&lists.into_column(), &[0], 80)[0].contains("5881580-07-11"));
        let far = Series::new("t".into(), [i64::MAX]);
        let far = far
            .cast(&DataType::Datetime(TimeUnit::Milliseconds, None))
            .unwrap();
        assert!(texts(&far.into_column(), &[0], 80)[0].starts_with("292278994-"));
    }

    #[test]
    fn a_map_is_written_as_keys_and_values() {
        let sql = "SELECT map('a', 1.5, 'b', NULL) AS m, array(struct(1 AS key, 2 AS value)) AS s";
        let made = query(sql, &[]).unwrap();
        let table = made.collect(&Interrupt::default()).unwrap();
        assert_eq!(texts(&table.columns()[0], &[0], 80), ["{a: 1.5, b: null}"]);
        assert_eq!(full_text(&table.columns()[0], 0).unwrap(), "{a: 1.5, b: null}");
        let rows = made.rows(&Interrupt::default()).unwrap();
        assert_eq!(rows[0][0].to_string(), "{a: 1.5, b: null}");
        assert_eq!(rows[0][1].to_string(), "[{key: 1, value: 2}]");
    }
}
