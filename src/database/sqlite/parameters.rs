//! Binds values to the marks of a statement; never is a value pasted into its text.

use std::fmt::Write;

use chrono::{Datelike, NaiveDate, NaiveDateTime, Timelike};
use rusqlite::Statement;
use rusqlite::types::{ToSqlOutput, Value};

use super::opening::Session;
use crate::database::error::DatabaseError;
use crate::database::parameter::{Bound, Parameter};

/// Binds all parameters: those without a name by their order, those with one by the marks of that name.
///
/// # Errors
///
/// A mark without a value, a value without a mark, or a value that SQLite has no way to keep.
pub(super) fn bind(
    session: &Session,
    statement: &mut Statement<'_>,
    parameters: &[Parameter],
    sql: &str,
) -> Result<(), DatabaseError> {
    let marks = statement.parameter_count();
    let names: Vec<Option<String>> = (1..=marks).map(|mark| name_of(statement, mark)).collect();
    let values = if parameters.iter().any(|parameter| parameter.name.is_some()) {
        by_name(&names, parameters)?
    } else {
        by_order(&names, parameters)?
    };
    for (index, value) in values.into_iter().enumerate() {
        let value = ToSqlOutput::Owned(owned(value, index + 1)?);
        let bound = statement.raw_bind_parameter(index + 1, value);
        bound.map_err(|error| super::refused(session, &error, sql))?;
    }
    Ok(())
}

/// Returns the name of a mark without what begins it; `?` and `?1` have none.
fn name_of(statement: &Statement<'_>, mark: usize) -> Option<String> {
    let name = statement.parameter_name(mark)?;
    name.strip_prefix([':', '@', '$']).map(str::to_owned)
}

fn by_order<'p>(
    names: &[Option<String>],
    parameters: &'p [Parameter],
) -> Result<Vec<&'p Bound>, DatabaseError> {
    let marks: Vec<&str> = names.iter().flatten().map(String::as_str).collect();
    if !marks.is_empty() {
        let given = if parameters.is_empty() {
            "no values are given"
        } else {
            "the values have no names"
        };
        return wrong(format!("the statement has {}, and {given}", marked(&marks)));
    }
    if names.len() != parameters.len() {
        let marks = counted(names.len(), "mark", "marks");
        let values = match parameters.len() {
            0 => "no values are".to_owned(),
            1 => "1 value is".to_owned(),
            count => format!("{count} values are"),
        };
        return wrong(format!(
            "the statement has {marks} for values, and {values} given"
        ));
    }
    Ok(parameters.iter().map(|parameter| &parameter.value).collect())
}

fn by_name<'p>(
    names: &[Option<String>],
    parameters: &'p [Parameter],
) -> Result<Vec<&'p Bound>, DatabaseError> {
    if names.iter().any(Option::is_none) {
        return wrong("the statement has ? for values, and the values have names".to_owned());
    }
    let given = |parameter: &'p Parameter| {
        let name = parameter.name.as_deref()?;
        Some((
            name.strip_prefix([':', '@', '$']).unwrap_or(name),
            &parameter.value,
        ))
    };
    let given: Vec<(&str, &Bound)> = parameters.iter().filter_map(given).collect();
    if given.len() != parameters.len() {
        return wrong("some of the values have names, and some have none".to_owned());
    }
    let wanted: Vec<&str> = names.iter().flatten().map(String::as_str).collect();
    let is_given = |name: &str| given.iter().any(|(known, _)| *known == name);
    let missing: Vec<&str> = wanted.iter().copied().filter(|name| !is_given(name)).collect();
    if !missing.is_empty() {
        return wrong(format!(
            "the statement has {}, and no value of that name is given",
            marked(&missing)
        ));
    }
    let unknown: Vec<&str> = given
        .iter()
        .map(|(name, _)| *name)
        .filter(|name| !wanted.contains(name))
        .collect();
    if !unknown.is_empty() {
        return wrong(format!(
            "the statement has no {}, for which a value is given",
            marked(&unknown)
        ));
    }
    let value = |name: &&str| {
        given
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| *value)
    };
    Ok(wanted.iter().filter_map(value).collect())
}

/// Writes a value as SQLite keeps it: dates and moments as ISO texts, booleans as 0 and 1.
fn owned(value: &Bound, place: usize) -> Result<Value, DatabaseError> {
    Ok(match value {
        Bound::Null => Value::Null,
        Bound::Boolean(value) => Value::Integer(i64::from(*value)),
        Bound::Integer(value) => Value::Integer(*value),
        Bound::Float(value) if value.is_nan() => {
            return wrong(format!("value {place} is NaN, which SQLite would take as NULL"));
        }
        Bound::Float(value) => Value::Real(*value),
        Bound::Text(text) => Value::Text(text.clone()),
        Bound::Bytes(bytes) => Value::Blob(bytes.clone()),
        Bound::Date(date) => Value::Text(of_date(*date, place)?),
        Bound::Time(time) => Value::Text(of_time(time)),
        Bound::Moment(moment) => Value::Text(of_moment(moment, place)?),
        Bound::Instant(instant) => Value::Text(of_moment(&instant.naive_utc(), place)? + "+00:00"),
    })
}

fn of_date(date: NaiveDate, place: usize) -> Result<String, DatabaseError> {
    if !(0..=9999).contains(&date.year()) {
        return wrong(format!(
            "value {place} is the date {date}, and SQLite knows the years 0000 to 9999"
        ));
    }
    Ok(format!(
        "{:04}-{:02}-{:02}",
        date.year(),
        date.month(),
        date.day()
    ))
}

fn of_time(time: &impl Timelike) -> String {
    let mut text = format!("{:02}:{:02}:{:02}", time.hour(), time.minute(), time.second());
    let nanoseconds = time.nanosecond() % 1_000_000_000;
    // Writing into a text cannot fail.
    let _ = match nanoseconds {
        0 => Ok(()),
        some if some % 1000 == 0 => write!(text, ".{:06}", some / 1000),
        some => write!(text, ".{some:09}"),
    };
    text
}

fn of_moment(moment: &NaiveDateTime, place: usize) -> Result<String, DatabaseError> {
    Ok(format!("{} {}", of_date(moment.date(), place)?, of_time(moment)))
}

fn marked(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!(":{name}")).collect();
    names.join(", ")
}

fn counted(count: usize, one: &str, many: &str) -> String {
    match count {
        0 => format!("no {many}"),
        1 => format!("1 {one}"),
        _ => format!("{count} {many}"),
    }
}

fn wrong<T>(reason: String) -> Result<T, DatabaseError> {
    Err(DatabaseError::Parameters { reason })
}
