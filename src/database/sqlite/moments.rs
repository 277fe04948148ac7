//! Dates, times and moments as ISO texts, as SQLite's own functions read and write them.

use chrono::{Datelike, NaiveDate};

/// The days from the first day that chrono counts to 1970-01-01.
const EPOCH: i32 = 719_163;
const SECOND: i64 = 1_000_000_000;
const DAY_SECONDS: i64 = 86_400;

/// Reads `2024-01-31` as days since 1970-01-01.
pub(super) fn date(text: &[u8]) -> Option<i32> {
    let &[y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = text else {
        return None;
    };
    let year = number(&[y1, y2, y3, y4])?;
    let date = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, number(&[m1, m2])?, number(&[d1, d2])?)?;
    Some(date.num_days_from_ce() - EPOCH)
}

/// Reads `12:30`, `12:30:00` and `12:30:00.123456789` as nanoseconds since midnight.
pub(super) fn time(text: &[u8]) -> Option<i64> {
    let (minutes, rest) = text.split_at_checked(5)?;
    let &[h1, h2, b':', m1, m2] = minutes else {
        return None;
    };
    let (hour, minute) = (number(&[h1, h2])?, number(&[m1, m2])?);
    let (second, fraction) = match rest {
        [] => (0, 0),
        [b':', s1, s2] => (number(&[*s1, *s2])?, 0),
        [b':', s1, s2, b'.', fraction @ ..] => (number(&[*s1, *s2])?, nanoseconds(fraction)?),
        _ => return None,
    };
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    Some((i64::from(hour) * 3600 + i64::from(minute) * 60 + i64::from(second)) * SECOND + fraction)
}

/// Reads a date, with a time behind a space or a `T`, and maybe an offset, as microseconds since 1970 where the clock is.
///
/// With the offset in seconds, where there is one. What is finer than a microsecond is no moment here.
pub(super) fn moment(text: &[u8]) -> Option<(i64, Option<i64>)> {
    let (day, rest) = text.split_at_checked(10)?;
    let days = i64::from(date(day)?);
    let (nanoseconds, offset) = match rest {
        [] => (0, None),
        [b' ' | b'T', rest @ ..] => {
            let end = rest
                .iter()
                .position(|byte| matches!(byte, b'Z' | b'z' | b'+' | b'-' | b' '));
            let (clock, zone) = rest.split_at_checked(end.unwrap_or(rest.len()))?;
            (time(clock)?, offset(zone)?)
        }
        _ => return None,
    };
    if nanoseconds % 1000 != 0 {
        return None;
    }
    Some((days * DAY_SECONDS * 1_000_000 + nanoseconds / 1000, offset))
}

/// Reads an offset, `Z`, `+01:00`, `+0100` or `+01`, in seconds; the outer `None` is for what is none.
#[allow(clippy::option_option)]
fn offset(text: &[u8]) -> Option<Option<i64>> {
    let text = text.strip_prefix(b" ").unwrap_or(text);
    let (sign, hours, minutes) = match text {
        [] => return Some(None),
        b"Z" | b"z" => return Some(Some(0)),
        [sign, h1, h2] => (sign, number(&[*h1, *h2])?, 0),
        [sign, h1, h2, b':', m1, m2] | [sign, h1, h2, m1, m2] => {
            (sign, number(&[*h1, *h2])?, number(&[*m1, *m2])?)
        }
        _ => return None,
    };
    let seconds = i64::from(hours) * 3600 + i64::from(minutes) * 60;
    match sign {
        _ if hours > 23 || minutes > 59 => None,
        b'+' => Some(Some(seconds)),
        b'-' => Some(Some(-seconds)),
        _ => None,
    }
}

fn number(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0_u32, |number, digit| {
        digit
            .is_ascii_digit()
            .then(|| number * 10 + u32::from(digit - b'0'))
    })
}

/// Reads the digits behind the point; more than nine are allowed where they are zeros.
fn nanoseconds(digits: &[u8]) -> Option<i64> {
    let mut value = 0;
    for (place, digit) in digits.iter().enumerate() {
        match digit {
            b'0'..=b'9' if place < 9 => value = value * 10 + i64::from(digit - b'0'),
            b'0' => {}
            _ => return None,
        }
    }
    let missing = 9_usize.saturating_sub(digits.len());
    (!digits.is_empty()).then(|| value * 10_i64.pow(missing as u32))
}

/// Writes a date; `None` where its year is not one of 0000 to 9999, which SQLite knows.
pub(super) fn write_date(out: &mut String, days: i32) -> Option<()> {
    let date = NaiveDate::from_num_days_from_ce_opt(days.checked_add(EPOCH)?)?;
    let year = u32::try_from(date.year()).ok().filter(|year| *year <= 9999)?;
    digits(out, u64::from(year), 4);
    out.push('-');
    digits(out, u64::from(date.month()), 2);
    out.push('-');
    digits(out, u64::from(date.day()), 2);
    Some(())
}

/// Writes a time of day of nanoseconds since midnight, with as many digits behind the point as it has: none, 3, 6 or 9.
pub(super) fn write_time(out: &mut String, nanoseconds: i64) {
    let nanoseconds = nanoseconds.rem_euclid(DAY_SECONDS * SECOND) as u64;
    let (seconds, fraction) = (nanoseconds / SECOND as u64, nanoseconds % SECOND as u64);
    digits(out, seconds / 3600, 2);
    out.push(':');
    digits(out, seconds / 60 % 60, 2);
    out.push(':');
    digits(out, seconds % 60, 2);
    let (fraction, count) = match fraction {
        0 => return,
        fraction if fraction % 1_000_000 == 0 => (fraction / 1_000_000, 3),
        fraction if fraction % 1000 == 0 => (fraction / 1000, 6),
        fraction => (fraction, 9),
    };
    out.push('.');
    digits(out, fraction, count);
}

/// Writes a moment of microseconds since 1970; `None` where its year is not one of 0000 to 9999.
pub(super) fn write_moment(out: &mut String, microseconds: i64) -> Option<()> {
    let day = DAY_SECONDS * 1_000_000;
    write_date(out, i32::try_from(microseconds.div_euclid(day)).ok()?)?;
    out.push(' ');
    write_time(out, microseconds.rem_euclid(day) * 1000);
    Some(())
}

fn digits(out: &mut String, number: u64, count: u32) {
    for place in (0..count).rev() {
        let digit = number / 10_u64.pow(place) % 10;
        out.push(char::from(b'0' + digit as u8));
    }
}
