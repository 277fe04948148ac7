//! Casts of texts: what they have to look like.

use polars::prelude::*;

use super::fallible::{each, narrowed, refused};
use crate::frame::sql::{moments, types};

/// Reads values of a type.
pub(super) fn read(series: &Series, to: &DataType, tries: bool) -> PolarsResult<Series> {
    let name = PlSmallStr::EMPTY;
    let text = series.cast(&DataType::String)?;
    let text = text.str()?;
    let quoted = |value: &&str| format!("'{value}'");
    Ok(match to {
        DataType::Boolean => {
            let read = |value: &&str| match value.trim().to_lowercase().as_str() {
                "t" | "true" | "y" | "yes" | "1" => Some(true),
                "f" | "false" | "n" | "no" | "0" => Some(false),
                _ => None,
            };
            BooleanChunked::from_iter_options(name, each(text.iter(), to, tries, read, quoted)?.into_iter())
                .into_series()
        }
        to if types::is_whole(to) => {
            // `try_cast('1.5' AS INT)` is 1 in neither mode: ANSI refuses it.
            let read = |value: &&str| value.trim().parse::<i64>().ok();
            let values = Int64Chunked::from_iter_options(
                name,
                each(text.iter(), to, tries, read, quoted)?.into_iter(),
            );
            return narrowed(&values.into_series(), to, tries);
        }
        DataType::Float32 | DataType::Float64 => {
            let read = |value: &&str| number(value);
            let values = Float64Chunked::from_iter_options(
                name,
                each(text.iter(), to, tries, read, quoted)?.into_iter(),
            );
            values.into_series().cast(to)?
        }
        DataType::Decimal(precision, scale) => {
            let read = |value: &&str| decimal(value, *precision, *scale);
            let values = Int128Chunked::from_iter_options(
                name,
                each(text.iter(), to, tries, read, quoted)?.into_iter(),
            );
            values.into_decimal(*precision, *scale)?.into_series()
        }
        DataType::Date => {
            let read = |value: &&str| moments::date(value);
            let values = Int32Chunked::from_iter_options(
                name,
                each(text.iter(), to, tries, read, quoted)?.into_iter(),
            );
            values.into_date().into_series()
        }
        DataType::Datetime(unit, zone) => {
            let read = |value: &&str| moments::timestamp(value);
            let values = Int64Chunked::from_iter_options(
                name,
                each(text.iter(), to, tries, read, quoted)?.into_iter(),
            );
            values
                .into_datetime(TimeUnit::Microseconds, zone.clone())
                .into_series()
                .cast(&DataType::Datetime(*unit, zone.clone()))?
        }
        DataType::Time => {
            let read = |value: &&str| moments::clock(value.trim()).map(|micros| micros * 1000);
            let values = Int64Chunked::from_iter_options(
                name,
                each(text.iter(), to, tries, read, quoted)?.into_iter(),
            );
            values.into_time().into_series()
        }
        DataType::Binary => series.cast(&DataType::Binary)?,
        other => return Err(refused("a text", other)),
    })
}

fn number(text: &str) -> Option<f64> {
    let text = text.trim();
    match text.to_lowercase().as_str() {
        "nan" => Some(f64::NAN),
        "inf" | "infinity" | "+inf" | "+infinity" => Some(f64::INFINITY),
        "-inf" | "-infinity" => Some(f64::NEG_INFINITY),
        _ => {
            // Java's numbers may end in the letter of their type.
            let text = text.strip_suffix(['d', 'D', 'f', 'F']).unwrap_or(text);
            let is_number = text
                .bytes()
                .all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
            if is_number { text.parse().ok() } else { None }
        }
    }
}

/// Reads a decimal of a scale, rounding half up; `None` if it has too many digits.
pub(super) fn decimal(text: &str, precision: usize, scale: usize) -> Option<i128> {
    let text = text.trim();
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (sign, mantissa) = match mantissa.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, mantissa.strip_prefix('+').unwrap_or(mantissa)),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let trimmed = digits.trim_start_matches('0');
    // The value is the digits times ten to the power of this.
    let power = exponent - i32::try_from(fraction.len()).ok()?;
    let move_by = power + i32::try_from(scale).ok()?;
    let unscaled: i128 = if move_by >= 0 {
        if trimmed.is_empty() {
            0
        } else if trimmed.len() + move_by as usize > 38 {
            return None;
        } else {
            format!("{trimmed}{}", "0".repeat(move_by as usize))
                .parse()
                .ok()?
        }
    } else {
        let cut = trimmed.len().saturating_sub(move_by.unsigned_abs() as usize);
        let kept: i128 = trimmed
            .get(..cut)
            .filter(|kept| !kept.is_empty())
            .map_or(Some(0), |kept| kept.parse().ok())?;
        let is_up = move_by.unsigned_abs() as usize <= trimmed.len()
            && trimmed.as_bytes().get(cut).is_some_and(|digit| *digit >= b'5');
        kept + i128::from(is_up)
    };
    if unscaled.to_string().len() > precision && unscaled != 0 {
        return None;
    }
    Some(sign * unscaled)
}
