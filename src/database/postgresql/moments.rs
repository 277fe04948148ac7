//! Dates, times and durations: how PostgreSQL counts them, and how frames do.
//!
//! PostgreSQL counts from the year 2000 and has infinity; frames count from 1970, and show years as far as their calendar
//! goes, which is less.

use chrono::{Datelike as _, NaiveDate};

use crate::database::gathering::Unreadable;

/// The days from 1970 to 2000.
pub(super) const DAYS: i32 = 10_957;
/// The microseconds of a day.
pub(super) const DAY: i64 = 86_400_000_000;
/// The microseconds from 1970 to 2000.
pub(super) const MICROSECONDS: i64 = DAYS as i64 * DAY;
/// The days from the first of January of the year 1 to 1970.
const COMMON_ERA: i32 = 719_163;

/// Turns the days of a `date` into those of a frame.
pub(super) fn date(days: i32) -> Result<i32, Unreadable> {
    if matches!(days, i32::MIN | i32::MAX) {
        let sign = if days < 0 { "-" } else { "" };
        return Err(Unreadable::new(
            format!("{sign}infinity is no date of a frame"),
            "CAST({} AS text)",
        ));
    }
    let since = days.checked_add(DAYS).filter(|since| is_shown(i64::from(*since)));
    since.ok_or_else(|| {
        Unreadable::new(
            format!("the date {days} days after 2000-01-01 is too far away for a frame"),
            "CAST({} AS text)",
        )
    })
}

/// Turns the microseconds of a `timestamp` into those of a frame.
pub(super) fn timestamp(microseconds: i64) -> Result<i64, Unreadable> {
    if matches!(microseconds, i64::MIN | i64::MAX) {
        let sign = if microseconds < 0 { "-" } else { "" };
        return Err(Unreadable::new(
            format!("{sign}infinity is no moment of a frame"),
            "CAST({} AS text)",
        ));
    }
    let since = microseconds
        .checked_add(MICROSECONDS)
        .filter(|since| is_shown(since.div_euclid(DAY)));
    since.ok_or_else(|| {
        let days = microseconds.div_euclid(DAY);
        Unreadable::new(
            format!("the moment {days} days after 2000-01-01 is too far away for a frame"),
            "CAST({} AS text)",
        )
    })
}

/// Turns the microseconds of a `time` into the nanoseconds of a frame.
pub(super) fn time(microseconds: i64) -> Result<i64, Unreadable> {
    if (0..DAY).contains(&microseconds) {
        return Ok(microseconds * 1000);
    }
    Err(Unreadable::new(
        "24:00:00 is no time of a frame, whose days end before it",
        "CAST({} AS interval)",
    ))
}

/// Turns an `interval` (microseconds, days, months) into microseconds.
pub(super) fn interval(bytes: [u8; 16]) -> Result<i64, Unreadable> {
    let number = u128::from_be_bytes(bytes);
    let microseconds = (number >> 64) as i64;
    let (days, months) = ((number >> 32) as i32, number as i32);
    if months != 0 {
        let reason = format!("an interval has {months} months, which differ in their length");
        return Err(Unreadable::new(reason, "CAST({} AS text)"));
    }
    let all = i64::from(days)
        .checked_mul(DAY)
        .and_then(|days| days.checked_add(microseconds));
    all.ok_or_else(|| {
        Unreadable::new(
            format!("an interval of {days} days is too long for a frame"),
            "CAST({} AS text)",
        )
    })
}

/// Returns whether the calendar of frames has a day, counted from 1970.
fn is_shown(day: i64) -> bool {
    let first = i64::from(NaiveDate::MIN.num_days_from_ce() - COMMON_ERA);
    let last = i64::from(NaiveDate::MAX.num_days_from_ce() - COMMON_ERA);
    // A day at each end is left for zones.
    (first < day) && (day < last)
}
