//! Dates, times and moments: how MySQL writes them apart, and how frames count them.

use chrono::{Datelike as _, NaiveDate};
use mysql_async::Value;

/// The days from the first of January of the year 1 to 1970, and one.
const COMMON_ERA: i32 = 719_163;
/// The seconds of a day.
const SECONDS: i64 = 86_400;
/// The microseconds of a day.
pub(super) const DAY: i64 = SECONDS * 1_000_000;

/// Returns the days since 1970 of a date; `None` where it is none of the calendar: MySQL has days and months of zero.
pub(super) fn days(year: u16, month: u8, day: u8) -> Option<i32> {
    let date = NaiveDate::from_ymd_opt(i32::from(year), u32::from(month), u32::from(day))?;
    Some(date.num_days_from_ce() - COMMON_ERA)
}

/// Returns the microseconds since 1970 of a moment.
pub(super) fn moment(days: i32, hour: u8, minute: u8, second: u8, micros: u32) -> i64 {
    i64::from(days) * DAY + clock(hour, minute, second, micros)
}

/// Returns the microseconds since midnight.
pub(super) fn clock(hour: u8, minute: u8, second: u8, micros: u32) -> i64 {
    let seconds = i64::from(hour) * 3600 + i64::from(minute) * 60 + i64::from(second);
    seconds * 1_000_000 + i64::from(micros)
}

/// Writes a date apart; `None` where its year is none of 1 to 9999, which MySQL knows.
pub(super) fn date_value(days: i32) -> Option<Value> {
    let (year, month, day) = parts(days)?;
    Some(Value::Date(year, month, day, 0, 0, 0, 0))
}

/// Writes a moment of microseconds since 1970 apart; `None` where its year is none that MySQL knows.
pub(super) fn moment_value(micros: i64) -> Option<Value> {
    let (year, month, day) = parts(i32::try_from(micros.div_euclid(DAY)).ok()?)?;
    let (hour, minute, second, rest) = clock_parts(micros.rem_euclid(DAY));
    Some(Value::Date(year, month, day, hour, minute, second, rest))
}

/// Writes a time of day of microseconds since midnight apart.
pub(super) fn time_value(micros: i64) -> Value {
    let (hour, minute, second, rest) = clock_parts(micros.rem_euclid(DAY));
    Value::Time(false, 0, hour, minute, second, rest)
}

fn parts(days: i32) -> Option<(u16, u8, u8)> {
    let date = NaiveDate::from_num_days_from_ce_opt(days.checked_add(COMMON_ERA)?)?;
    let year = u16::try_from(date.year())
        .ok()
        .filter(|year| (1..=9999).contains(year))?;
    Some((year, date.month() as u8, date.day() as u8))
}

fn clock_parts(micros: i64) -> (u8, u8, u8, u32) {
    let seconds = micros / 1_000_000;
    (
        (seconds / 3600) as u8,
        (seconds / 60 % 60) as u8,
        (seconds % 60) as u8,
        (micros % 1_000_000) as u32,
    )
}
