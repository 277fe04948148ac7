//! Intervals as they are written.

use std::fmt::Write as _;

use super::calendar::DAY;
use super::digits;

/// A span of time. One of months has no days, and the other way round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::frame::sql) struct Interval {
    pub(in crate::frame::sql) months: i64,
    pub(in crate::frame::sql) days: i64,
    pub(in crate::frame::sql) micros: i64,
    /// Whether it is one of years and months, even of none.
    pub(in crate::frame::sql) is_of_months: bool,
    /// Whether it is one of days and times, even of none.
    pub(in crate::frame::sql) is_of_days: bool,
}

/// Reads an interval: an amount of a unit, `'1-2' YEAR TO MONTH`, `'3 04:05:06' DAY TO SECOND`, or `'1 day 2 hours'`.
pub(in crate::frame::sql) fn interval(
    text: &str,
    leading: Option<&str>,
    last: Option<&str>,
) -> Option<Interval> {
    let text = text.trim();
    match (leading, last) {
        (Some(leading), Some(last)) => {
            let (sign, text) = signed(text);
            let (leading, last) = (leading.to_lowercase(), last.to_lowercase());
            if (leading.as_str(), last.as_str()) == ("year", "month") {
                let (years, months) = text.split_once('-')?;
                let months = digits(years)?
                    .checked_mul(12)?
                    .checked_add(digits(months).filter(|months| *months < 12)?)?;
                return Some(Interval {
                    months: sign * months,
                    is_of_months: true,
                    ..Interval::default()
                });
            }
            let micros = clocked(text, &leading, &last)?;
            Some(Interval {
                micros: micros.checked_mul(sign)?,
                is_of_days: true,
                ..Interval::default()
            })
        }
        (Some(leading), None) => {
            let mut all = Interval::default();
            all.add(text, leading)?;
            Some(all)
        }
        (None, _) => {
            let text = match text.get(..9) {
                Some(word) if word.eq_ignore_ascii_case("interval ") => text.get(9..)?,
                _ => text,
            };
            let mut words = text.split_whitespace();
            let mut all = Interval::default();
            while let Some(amount) = words.next() {
                all.add(amount, words.next()?)?;
            }
            (all.is_of_months || all.is_of_days).then_some(all)
        }
    }
}

impl Interval {
    /// Adds an amount of a unit.
    fn add(&mut self, amount: &str, unit: &str) -> Option<()> {
        let (months, days, micros) = unit_of(unit)?;
        let (sign, amount) = signed(amount);
        if micros > 0 {
            let (whole, fraction) = amount.split_once('.').unwrap_or((amount, ""));
            // Only seconds have parts.
            if amount.contains('.') && micros != 1_000_000 {
                return None;
            }
            let whole = if whole.is_empty() && !fraction.is_empty() {
                0
            } else {
                digits(whole)?
            };
            let total = whole
                .checked_mul(micros)?
                .checked_add(super::fraction(fraction)?)?;
            self.micros = self.micros.checked_add(sign * total)?;
        } else {
            let amount = sign.checked_mul(digits(amount)?)?;
            self.months = self.months.checked_add(months.checked_mul(amount)?)?;
            self.days = self.days.checked_add(days.checked_mul(amount)?)?;
        }
        self.is_of_months |= months > 0;
        self.is_of_days |= months == 0;
        Some(())
    }
}

/// Returns months, days and microseconds of a unit, in any of its spellings.
pub(in crate::frame::sql) fn unit_of(name: &str) -> Option<(i64, i64, i64)> {
    let name = name.trim().to_lowercase();
    Some(match name.strip_suffix('s').unwrap_or(&name) {
        "year" => (12, 0, 0),
        "month" => (1, 0, 0),
        "week" => (0, 7, 0),
        "day" => (0, 1, 0),
        "hour" => (0, 0, 3_600_000_000),
        "minute" => (0, 0, 60_000_000),
        "second" => (0, 0, 1_000_000),
        "millisecond" => (0, 0, 1_000),
        "microsecond" => (0, 0, 1),
        _ => return None,
    })
}

fn signed(text: &str) -> (i64, &str) {
    match text.strip_prefix('-') {
        Some(rest) => (-1, rest.trim_start()),
        None => (1, text.strip_prefix('+').unwrap_or(text).trim_start()),
    }
}

/// Reads `3 04:05:06.7` from one unit down to another; only the first may be large.
fn clocked(text: &str, leading: &str, last: &str) -> Option<i64> {
    const UNITS: [(&str, i64, i64); 4] = [
        ("day", DAY, i64::MAX),
        ("hour", 3_600_000_000, 23),
        ("minute", 60_000_000, 59),
        ("second", 1_000_000, 59),
    ];
    let at = |name: &str| UNITS.iter().position(|(unit, _, _)| *unit == name);
    let (first, end) = (at(leading)?, at(last)?);
    if first >= end {
        return None;
    }
    let (text, fraction) = match text.split_once('.') {
        Some((text, fraction)) if last == "second" => (text, super::fraction(fraction)?),
        Some(_) => return None,
        None => (text, 0),
    };
    let mut parts: Vec<&str> = Vec::new();
    let mut rest = text;
    if leading == "day" {
        let (days, times) = text.split_once(' ')?;
        parts.push(days);
        rest = times.trim_start();
    }
    parts.extend(rest.split(':'));
    let units = UNITS.get(first..=end)?;
    if parts.len() != units.len() {
        return None;
    }
    let mut total = fraction;
    for (index, (part, (_, size, most))) in parts.iter().zip(units).enumerate() {
        let value = digits(part).filter(|value| index == 0 || value <= most)?;
        total = total.checked_add(value.checked_mul(*size)?)?;
    }
    Some(total)
}

/// Writes a constant interval.
pub(in crate::frame::sql) fn interval_text(months: i32, days: i32, micros: i64) -> String {
    let mut parts = Vec::new();
    let mut add = |amount: i64, unit: &str| {
        if amount != 0 {
            parts.push((amount, unit.to_owned()));
        }
    };
    add(i64::from(months / 12), "YEAR");
    add(i64::from(months % 12), "MONTH");
    add(i64::from(days), "DAY");
    add(micros / 3_600_000_000, "HOUR");
    add(micros / 60_000_000 % 60, "MINUTE");
    let rest = micros % 60_000_000;
    if let ([(amount, unit)], 0) = (parts.as_slice(), rest) {
        let (sign, amount) = (if *amount < 0 { "-" } else { "" }, amount.abs());
        let is_padded = matches!(unit.as_str(), "HOUR" | "MINUTE");
        let width = if is_padded { 2 } else { 1 };
        return format!("INTERVAL '{sign}{amount:0width$}' {unit}");
    }
    if months != 0 {
        let sign = if months < 0 { "-" } else { "" };
        return format!(
            "INTERVAL '{sign}{}-{}' YEAR TO MONTH",
            (months / 12).abs(),
            (months % 12).abs()
        );
    }
    let seconds = |rest: i64| {
        let mut text = format!("{:02}", rest.abs() / 1_000_000);
        if rest % 1_000_000 != 0 {
            let digits = format!("{:06}", rest.abs() % 1_000_000);
            let _ = write!(text, ".{}", digits.trim_end_matches('0'));
        }
        text
    };
    let sign = if days < 0 || micros < 0 { "-" } else { "" };
    if parts.is_empty() {
        return format!("INTERVAL '{sign}{}' SECOND", seconds(rest));
    }
    format!(
        "INTERVAL '{}' DAY TO SECOND",
        span_text(i64::from(days) * DAY + micros)
    )
}

/// Writes days and time of the day: `1 02:03:04.5`.
pub(in crate::frame::sql) fn span_text(micros: i64) -> String {
    let sign = if micros < 0 { "-" } else { "" };
    let size = micros.unsigned_abs();
    let seconds = size / 1_000_000;
    let mut text = format!(
        "{sign}{} {:02}:{:02}:{:02}",
        seconds / 86_400,
        seconds / 3600 % 24,
        seconds / 60 % 60,
        seconds % 60
    );
    if !size.is_multiple_of(1_000_000) {
        let digits = format!("{:06}", size % 1_000_000);
        let _ = write!(text, ".{}", digits.trim_end_matches('0'));
    }
    text
}
