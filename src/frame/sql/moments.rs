//! Texts ⇄ dates, timestamps, intervals and numbers, as Spark reads and writes them.

use std::fmt::Write as _;

const DAY: i64 = 86_400_000_000;

/// Returns days since 1970-01-01 of a date of the Gregorian calendar.
pub(super) fn days(year: i32, month: u32, day: u32) -> Option<i32> {
    let date = calendar::days(i64::from(year), month, day)?;
    i32::try_from(date).ok()
}

/// Returns year, month and day.
pub(super) fn civil(days: i32) -> (i32, u32, u32) {
    calendar::civil(i64::from(days))
}

/// Reads `2024-01-31`, also `2024-1`, `2024`, and what stands behind a blank or `T`.
pub(super) fn date(text: &str) -> Option<i32> {
    let text = text.trim();
    let text = text.split([' ', 'T']).next()?;
    let (sign, text) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let mut parts = text.split('-');
    let year = parts
        .next()
        .filter(|year| year.len() >= 4 && year.len() <= 7)
        .and_then(digits)?;
    let month = parts
        .next()
        .map_or(Some(1), |part| digits(part).filter(|_| part.len() <= 2))?;
    let day = parts
        .next()
        .map_or(Some(1), |part| digits(part).filter(|_| part.len() <= 2))?;
    if parts.next().is_some() {
        return None;
    }
    days(
        sign * i32::try_from(year).ok()?,
        u32::try_from(month).ok()?,
        u32::try_from(day).ok()?,
    )
}

fn digits(text: &str) -> Option<i64> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

/// Reads `2024-01-31 10:20:30.123456`, with `T`, without seconds, with a zone such as `Z` or `+02:00`; returns
/// microseconds since 1970-01-01 in UTC.
pub(super) fn timestamp(text: &str) -> Option<i64> {
    let text = text.trim();
    let at = text
        .char_indices()
        .skip(4)
        .find(|(_, character)| matches!(character, ' ' | 'T'))
        .map(|(at, _)| at);
    let (day, time) = match at {
        Some(at) => (text.get(..at)?, text.get(at + 1..)?.trim()),
        None => (text, ""),
    };
    let day = i64::from(date(day)?).checked_mul(DAY)?;
    if time.is_empty() {
        return Some(day);
    }
    let (time, offset) = zone(time)?;
    day.checked_add(clock(time)?)?.checked_sub(offset)
}

/// Splits a zone off; returns its offset in microseconds.
fn zone(time: &str) -> Option<(&str, i64)> {
    let time = time.trim_end();
    for name in ["UTC", "GMT", "Z"] {
        if let Some(rest) = time.strip_suffix(name) {
            return Some((rest.trim_end(), 0));
        }
    }
    let Some(at) = time.rfind(['+', '-']) else {
        return Some((time, 0));
    };
    let (before, zone) = time.split_at(at);
    let before = before
        .trim_end()
        .trim_end_matches("UTC")
        .trim_end_matches("GMT")
        .trim_end();
    let sign = if zone.starts_with('-') { -1 } else { 1 };
    let mut parts = zone.get(1..)?.split(':');
    let hours = parts.next().and_then(digits).filter(|hours| *hours <= 18)?;
    let minutes = parts
        .next()
        .map_or(Some(0), digits)
        .filter(|minutes| *minutes < 60)?;
    Some((before, sign * (hours * 60 + minutes) * 60_000_000))
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
    let (seconds, fraction) = seconds.split_once('.').unwrap_or((seconds, ""));
    let seconds = part(Some(seconds), 59)?;
    let mut micros = 0;
    if !fraction.is_empty() {
        digits(fraction)
            .or(Some(0))
            .filter(|_| fraction.bytes().all(|byte| byte.is_ascii_digit()))?;
        let six: String = fraction.chars().chain("000000".chars()).take(6).collect();
        micros = digits(&six)?;
    }
    Some(((hours * 60 + minutes) * 60 + seconds) * 1_000_000 + micros)
}

/// Reads an interval as months, days and microseconds: an amount of a unit, `'1-2' YEAR TO MONTH`, `'3 04:05:06' DAY TO
/// SECOND`, or `'1 day 2 hours'`.
pub(super) fn interval(text: &str, leading: Option<&str>, last: Option<&str>) -> Option<(i32, i32, i64)> {
    let text = text.trim();
    let unit = |name: &str| match name.to_lowercase().trim_end_matches('s') {
        "year" => Some((12_i64, 0_i64, 0_i64)),
        "quarter" => Some((3, 0, 0)),
        "month" => Some((1, 0, 0)),
        "week" => Some((0, 7, 0)),
        "day" => Some((0, 1, 0)),
        "hour" => Some((0, 0, 3_600_000_000)),
        "minute" => Some((0, 0, 60_000_000)),
        "second" => Some((0, 0, 1_000_000)),
        "millisecond" => Some((0, 0, 1_000)),
        "microsecond" => Some((0, 0, 1)),
        _ => None,
    };
    let narrow = |months: i64, days: i64, micros: i64| {
        Some((i32::try_from(months).ok()?, i32::try_from(days).ok()?, micros))
    };
    match (leading, last) {
        (Some(leading), Some(last)) => {
            let (sign, text) = match text.strip_prefix('-') {
                Some(rest) => (-1, rest),
                None => (1, text.strip_prefix('+').unwrap_or(text)),
            };
            match (leading.to_lowercase().as_str(), last.to_lowercase().as_str()) {
                ("year", "month") => {
                    let (years, months) = text.split_once('-')?;
                    narrow(
                        sign * (digits(years)? * 12 + digits(months).filter(|months| *months < 12)?),
                        0,
                        0,
                    )
                }
                ("day", "hour" | "minute" | "second") => {
                    let (days, time) = text.split_once(' ')?;
                    narrow(0, sign * digits(days)?, sign * clock(time)?)
                }
                ("hour", "minute" | "second") => narrow(0, 0, sign * clock(text)?),
                ("minute", "second") => narrow(0, 0, sign * clock(&format!("0:{text}"))?),
                _ => None,
            }
        }
        (Some(leading), None) => {
            let (months, days, micros) = unit(leading)?;
            if micros > 0 {
                let amount: f64 = text.parse().ok()?;
                return narrow(0, 0, (amount * micros as f64).round() as i64);
            }
            let amount: i64 = text.parse().ok()?;
            narrow(months.checked_mul(amount)?, days.checked_mul(amount)?, 0)
        }
        (None, _) => {
            let text = text.strip_prefix("interval ").unwrap_or(text);
            let mut words = text.split_whitespace();
            let (mut months, mut days, mut micros, mut any) = (0_i64, 0_i64, 0_i64, false);
            while let Some(amount) = words.next() {
                let (m, d, u) = unit(words.next()?)?;
                if u > 0 {
                    let amount: f64 = amount.parse().ok()?;
                    micros = micros.checked_add((amount * u as f64).round() as i64)?;
                } else {
                    let amount: i64 = amount.parse().ok()?;
                    months = months.checked_add(m.checked_mul(amount)?)?;
                    days = days.checked_add(d.checked_mul(amount)?)?;
                }
                any = true;
            }
            if any { narrow(months, days, micros) } else { None }
        }
    }
}

/// Writes a date.
pub(super) fn date_text(days: i32) -> String {
    let (year, month, day) = civil(days);
    format!("{year:04}-{month:02}-{day:02}")
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

/// Writes an interval.
pub(super) fn interval_text(months: i32, days: i32, micros: i64) -> String {
    let mut parts = Vec::new();
    let mut add = |amount: i64, unit: &str| {
        if amount != 0 {
            parts.push(format!("{amount} {unit}{}", if amount == 1 { "" } else { "s" }));
        }
    };
    add(i64::from(months / 12), "year");
    add(i64::from(months % 12), "month");
    add(i64::from(days), "day");
    add(micros / 3_600_000_000, "hour");
    add(micros / 60_000_000 % 60, "minute");
    let rest = micros % 60_000_000;
    if rest != 0 {
        let seconds = rest as f64 / 1e6;
        parts.push(format!("{seconds} seconds"));
    }
    if parts.is_empty() {
        parts.push("0 seconds".to_owned());
    }
    format!("INTERVAL '{}'", parts.join(" "))
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

/// The Gregorian calendar in both directions (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms").
mod calendar {
    pub(super) fn days(year: i64, month: u32, day: u32) -> Option<i64> {
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let length = match month {
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            4 | 6 | 9 | 11 => 30,
            2 if leap => 29,
            2 => 28,
            _ => return None,
        };
        if day == 0 || day > length {
            return None;
        }
        let shifted = if month <= 2 { year - 1 } else { year };
        let era = shifted.div_euclid(400);
        let of_era = shifted.rem_euclid(400);
        let from_march = i64::from((month + 9) % 12);
        let of_year = (153 * from_march + 2) / 5 + i64::from(day) - 1;
        let day_of_era = of_era * 365 + of_era / 4 - of_era / 100 + of_year;
        Some(era * 146_097 + day_of_era - 719_468)
    }

    pub(super) fn civil(days: i64) -> (i32, u32, u32) {
        let shifted = days + 719_468;
        let era = shifted.div_euclid(146_097);
        let day_of_era = shifted.rem_euclid(146_097);
        let of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let of_year = day_of_era - (365 * of_era + of_era / 4 - of_era / 100);
        let from_march = (5 * of_year + 2) / 153;
        let day = of_year - (153 * from_march + 2) / 5 + 1;
        let month = if from_march < 10 {
            from_march + 3
        } else {
            from_march - 9
        };
        let year = of_era + era * 400 + i64::from(month <= 2);
        (year as i32, month as u32, day as u32)
    }
}
