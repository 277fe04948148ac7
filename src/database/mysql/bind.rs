//! Parameters: values in the form in which MySQL's protocol has them, or why they have none.

use chrono::{Datelike as _, NaiveDate, NaiveDateTime, NaiveTime, Timelike as _};
use mysql_async::Value;

use super::failure::refused;

use crate::database::error::DatabaseError;
use crate::database::parameter::{Bound, Parameter};
use crate::database::statement::Sent;

/// Returns the value of each mark of a statement.
///
/// # Errors
///
/// A value that MySQL has no way to keep.
pub(super) fn values(sent: &Sent, parameters: &[Parameter]) -> Result<Vec<Value>, DatabaseError> {
    let given = sent.order.iter().filter_map(|at| parameters.get(*at));
    let each = given.enumerate().map(|(at, parameter)| {
        value(&parameter.value).ok_or_else(|| {
            let mark = match &parameter.name {
                Some(name) => format!(":{name}"),
                None => format!("? number {}", at + 1),
            };
            DatabaseError::Parameters {
                reason: format!("the value of `{mark}` {}", unfit(&parameter.value)),
            }
        })
    });
    each.collect()
}

/// Refuses what is larger than the server takes at once: it would end the session without a word.
///
/// # Errors
///
/// The statement and its values are.
pub(super) fn check_size(sql: &str, parameters: &[Parameter], most: usize) -> Result<(), DatabaseError> {
    let values = parameters.iter().map(|parameter| match &parameter.value {
        Bound::Text(text) => text.len(),
        Bound::Bytes(bytes) => bytes.len(),
        _ => 0,
    });
    let size = sql.len() + values.sum::<usize>() + 32 * (parameters.len() + 1);
    if size <= most {
        return Ok(());
    }
    Err(refused(
        format!("with its values, it has {size} bytes, and the server takes {most} at once"),
        None,
        "send less at once, or have the server's max_allowed_packet raised",
    ))
}

/// Says why MySQL has no such value.
fn unfit(value: &Bound) -> &'static str {
    match value {
        Bound::Float(_) => "is NaN or infinite, and MySQL has no such numbers",
        Bound::Time(_) => "is finer than a microsecond, and MySQL keeps microseconds",
        _ => "is finer than a microsecond, or its year is none of 1 to 9999, which are those of MySQL",
    }
}

fn value(value: &Bound) -> Option<Value> {
    Some(match value {
        Bound::Null => Value::NULL,
        Bound::Boolean(value) => Value::Int(i64::from(*value)),
        Bound::Integer(value) => Value::Int(*value),
        Bound::Float(value) => Value::Double(Some(*value).filter(|value| value.is_finite())?),
        Bound::Text(text) => Value::Bytes(text.as_bytes().to_vec()),
        Bound::Bytes(bytes) => Value::Bytes(bytes.clone()),
        Bound::Date(date) => {
            let (year, month, day) = parts(*date)?;
            Value::Date(year, month, day, 0, 0, 0, 0)
        }
        Bound::Time(time) => {
            let (hour, minute, second, micros) = clock(*time)?;
            Value::Time(false, 0, hour, minute, second, micros)
        }
        Bound::Moment(moment) => moment_value(*moment)?,
        Bound::Instant(moment) => moment_value(moment.naive_utc())?,
    })
}

fn moment_value(moment: NaiveDateTime) -> Option<Value> {
    let (year, month, day) = parts(moment.date())?;
    let (hour, minute, second, micros) = clock(moment.time())?;
    Some(Value::Date(year, month, day, hour, minute, second, micros))
}

fn parts(date: NaiveDate) -> Option<(u16, u8, u8)> {
    let year = u16::try_from(date.year()).ok();
    let year = year.filter(|year| (1..=9999).contains(year))?;
    Some((year, date.month() as u8, date.day() as u8))
}

/// Returns the parts of a time, where there is none finer than a microsecond.
fn clock(time: NaiveTime) -> Option<(u8, u8, u8, u32)> {
    let nanoseconds = time.nanosecond();
    (nanoseconds.is_multiple_of(1000) && nanoseconds < 1_000_000_000).then_some((
        time.hour() as u8,
        time.minute() as u8,
        time.second() as u8,
        nanoseconds / 1000,
    ))
}
