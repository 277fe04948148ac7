//! Texts ⇄ dates, timestamps, intervals and numbers, as Spark reads and writes them.

pub(super) mod calendar;
mod interval;
pub(super) mod pattern;
pub(super) mod zone;

use std::fmt::Write as _;

use self::calendar::DAY;
pub(super) use self::interval::{interval, interval_text, unit_of};
use self::zone::Zone;

/// Returns year, month and day.
pub(super) fn civil(days: i32) -> (i64, i64, i64) {
    calendar::civil(i64::from(days))
}

/// Reads `2024-01-31`, also `2024-1`, `2024`; behind a day may stand a blank or `T` and anything.
pub(super) fn date(text: &str) -> Option<i32> {
    let (date, rest, parts) = split_date(text.trim())?;
    (rest.is_empty() || parts == 3).then_some(date)
}

/// Reads a date; returns what stands behind it, and how many of year, month and day there are.
fn split_date(text: &str) -> Option<(i32, &str, usize)> {
    let (sign, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let end = unsigned.find([' ', 'T']).unwrap_or(unsigned.len());
    let (date, rest) = unsigned.split_at(end);
    let mut parts = date.split('-');
    let year = parts
        .next()
        .filter(|year| year.len() >= 4 && year.len() <= 7)
        .and_then(digits)?;
    let part = |part: Option<&str>| match part {
        None => Some(1),
        Some(part) if part.len() <= 2 => digits(part),
        Some(_) => None,
    };
    let (month, day) = (part(parts.next())?, part(parts.next())?);
    if parts.next().is_some() {
        return None;
    }
    let days = calendar::days(sign * year, month, day)?;
    Some((i32::try_from(days).ok()?, rest, date.split('-').count()))
}

pub(super) fn digits(text: &str) -> Option<i64> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

/// Reads `2024-01-31 10:20:30.123456`, with `T`, without seconds, with a zone such as `Z`, `+02:00` or `Europe/Berlin`;
/// returns microseconds since 1970-01-01 in UTC.
pub(super) fn timestamp(text: &str) -> Option<i64> {
    let (local, zone) = timestamp_and_zone(text)?;
    zone.map_or(Some(local), |zone| zone.utc(local))
}

fn timestamp_and_zone(text: &str) -> Option<(i64, Option<Zone>)> {
    let (day, rest, parts) = split_date(text.trim())?;
    let day = i64::from(day).checked_mul(DAY)?;
    let time = rest.get(1..).unwrap_or_default().trim();
    if time.is_empty() {
        return (rest.is_empty() || parts == 3).then_some((day, None));
    }
    if parts != 3 {
        return None;
    }
    let end = time
        .find(|character: char| !matches!(character, '0'..='9' | ':' | '.'))
        .unwrap_or(time.len());
    let (time, zone) = time.split_at(end);
    let local = day.checked_add(clock(time)?)?;
    let zone = match zone.trim() {
        "" => None,
        zone => Some(Zone::read(zone)?),
    };
    Some((local, zone))
}

/// Reads `10:20:30.123456`, as microseconds.
pub(super) fn clock(text: &str) -> Option<i64> {
    let mut parts = text.split(':');
    let part = |text: Option<&str>, most: i64| {
        let text = text?;
        digits(text).filter(|value| *value <= most && text.len() <= 2)
    };
    let hours = part(parts.next(), 23)?;
    let minutes = match parts.next() {
        None => 0,
        some => part(some, 59)?,
    };
    let seconds = parts.next().unwrap_or("0");
    if parts.next().is_some() {
        return None;
    }
    let (seconds, part_of_second) = seconds.split_once('.').unwrap_or((seconds, ""));
    let seconds = part(Some(seconds), 59)?;
    Some(((hours * 60 + minutes) * 60 + seconds) * 1_000_000 + fraction(part_of_second)?)
}

/// Reads the digits behind the point of seconds, as microseconds; more than six say nothing.
fn fraction(text: &str) -> Option<i64> {
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let six = text.bytes().chain(std::iter::repeat(b'0')).take(6);
    Some(six.fold(0, |value, digit| value * 10 + i64::from(digit - b'0')))
}

/// Writes a date.
pub(super) fn date_text(days: i32) -> String {
    let (year, month, day) = civil(days);
    if (0..10_000).contains(&year) {
        return format!("{year:04}-{month:02}-{day:02}");
    }
    // As Java does: a year of more than four digits has a sign.
    let sign = if year < 0 { '-' } else { '+' };
    format!("{sign}{:04}-{month:02}-{day:02}", year.abs())
}

/// Writes a timestamp, without zeros at the end of its fraction.
pub(in crate::frame) fn timestamp_text(micros: i64) -> String {
    let day = micros.div_euclid(DAY);
    let rest = micros.rem_euclid(DAY);
    let (seconds, fraction) = (rest / 1_000_000, rest % 1_000_000);
    let date = date_text(i32::try_from(day).unwrap_or(i32::MAX));
    let mut text = format!(
        "{date} {:02}:{:02}:{:02}",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    );
    if fraction > 0 {
        let digits = format!("{fraction:06}");
        let _ = write!(text, ".{}", digits.trim_end_matches('0'));
    }
    text
}

/// Writes a double as Java does: `1.0`, `1.5E10`, `Infinity`.
pub(super) fn double(value: f64) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "Infinity" } else { "-Infinity" }.to_owned();
    }
    let size = value.abs();
    if size == 0.0 || (1e-3..1e7).contains(&size) {
        let text = format!("{value}");
        return if text.contains('.') { text } else { text + ".0" };
    }
    let text = format!("{value:E}");
    match text.split_once('E') {
        Some((digits, exponent)) if !digits.contains('.') => format!("{digits}.0E{exponent}"),
        _ => text,
    }
}

/// Writes a decimal of a scale.
pub(in crate::frame) fn decimal(unscaled: i128, scale: usize) -> String {
    let sign = if unscaled < 0 { "-" } else { "" };
    let digits = format!("{:0>width$}", unscaled.unsigned_abs(), width = scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    if scale == 0 {
        format!("{sign}{whole}")
    } else {
        format!("{sign}{whole}.{fraction}")
    }
}
