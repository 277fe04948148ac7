//! Parameters: values in the form that the statement's marks want, or why they have none.
//!
//! The server says which type each mark has. A value becomes that type where nothing of it is lost; a text becomes any type
//! that is written as one (a date, a UUID, JSON), and the server reads it.

use std::error::Error;

use bytes::{BufMut as _, BytesMut};
use chrono::{NaiveDate, NaiveDateTime, Timelike as _};
use tokio_postgres::types::{Format, IsNull, Kind, ToSql, Type, to_sql_checked};

use super::marks::differing_numbers;
use super::moments::DAY;
use super::numeric;
use crate::database::error::DatabaseError;
use crate::database::parameter::{Bound, Parameter};
use crate::database::statement::Sent;

/// The largest whole number below which a float has all of them.
const EXACT: i64 = 1 << 53;

/// A value, as it is sent.
#[derive(Debug)]
pub(super) struct Argument {
    /// `None` is NULL.
    bytes: Option<BytesMut>,
    is_text: bool,
}

impl ToSql for Argument {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        Ok(match &self.bytes {
            Some(bytes) => {
                out.put_slice(bytes);
                IsNull::No
            }
            None => IsNull::Yes,
        })
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn encode_format(&self, _: &Type) -> Format {
        if self.is_text {
            Format::Text
        } else {
            Format::Binary
        }
    }

    to_sql_checked!();
}

/// Brings the parameters into the form that the marks of a statement want.
///
/// # Errors
///
/// There are more or fewer marks than values, or a value that does not fit its mark.
pub(super) fn arguments(
    sent: &Sent,
    parameters: &[Parameter],
    wanted: &[Type],
) -> Result<Vec<Argument>, DatabaseError> {
    if wanted.len() != sent.order.len() {
        return Err(DatabaseError::Parameters {
            reason: differing_numbers(wanted.len(), sent.order.len()),
        });
    }
    let given = sent.order.iter().filter_map(|at| parameters.get(*at));
    let each = given.zip(wanted).enumerate().map(|(at, (parameter, kind))| {
        argument(&parameter.value, kind).ok_or_else(|| {
            let mark = match &parameter.name {
                Some(name) => format!(":{name}"),
                None => format!("${}", at + 1),
            };
            DatabaseError::Parameters {
                reason: unfit(&mark, kind, &parameter.value),
            }
        })
    });
    each.collect()
}

/// Says why a mark does not take a value.
fn unfit(mark: &str, kind: &Type, value: &Bound) -> String {
    let said = format!("`{mark}` is of type {kind} in this statement");
    let (called, natural) = named(value);
    match (value, kind) {
        (Bound::Text(text), _) if text.contains('\0') => {
            format!("{said}, and its value has a NUL character, which PostgreSQL's texts cannot have")
        }
        (
            Bound::Integer(_) | Bound::Float(_),
            &(Type::INT2 | Type::INT4 | Type::INT8 | Type::FLOAT4 | Type::FLOAT8),
        ) => {
            format!(
                "{said}, and its value, {called}, is not exactly one; `CAST({mark} AS {natural})` takes it"
            )
        }
        // Also the type of a mark of which nothing else is known.
        (_, &(Type::TEXT | Type::VARCHAR)) => {
            format!("{said}, and its value is {called}; `CAST({mark} AS {natural})` takes it")
        }
        _ => format!("{said}, and its value is {called}"),
    }
}

/// Brings a value into the form of a type; `None` where it has none there.
pub(super) fn argument(value: &Bound, kind: &Type) -> Option<Argument> {
    let kind = match kind.kind() {
        Kind::Domain(base) => base,
        _ => kind,
    };
    let mut out = BytesMut::new();
    match value {
        Bound::Null => {
            return Some(Argument {
                bytes: None,
                is_text: false,
            });
        }
        Bound::Boolean(value) if *kind == Type::BOOL => out.put_u8(u8::from(*value)),
        Bound::Integer(number) => integer(*number, kind, &mut out)?,
        Bound::Float(number) => float(*number, kind, &mut out)?,
        Bound::Text(text) => {
            // Numbers, booleans and bytes are no texts in a cell, either.
            let is_other = matches!(
                *kind,
                Type::BOOL
                    | Type::INT2
                    | Type::INT4
                    | Type::INT8
                    | Type::OID
                    | Type::FLOAT4
                    | Type::FLOAT8
                    | Type::NUMERIC
                    | Type::BYTEA
            );
            if is_other || text.contains('\0') {
                return None;
            }
            out.put_slice(text.as_bytes());
            return Some(Argument {
                bytes: Some(out),
                is_text: true,
            });
        }
        Bound::Bytes(bytes) if *kind == Type::BYTEA => out.put_slice(bytes),
        Bound::Time(time) if *kind == Type::TIME => {
            let nanoseconds =
                i64::from(time.num_seconds_from_midnight()) * 1_000_000_000 + i64::from(time.nanosecond());
            out.put_i64(whole(nanoseconds)?);
        }
        Bound::Date(date) if *kind == Type::DATE => out.put_i32(i32::try_from(days(*date)).ok()?),
        Bound::Date(date) if *kind == Type::TIMESTAMP => out.put_i64(days(*date).checked_mul(DAY)?),
        Bound::Moment(moment) if *kind == Type::TIMESTAMP => out.put_i64(microseconds(*moment)?),
        Bound::Instant(moment) if *kind == Type::TIMESTAMPTZ => {
            out.put_i64(microseconds(moment.naive_utc())?);
        }
        _ => return None,
    }
    Some(Argument {
        bytes: Some(out),
        is_text: false,
    })
}

fn integer(number: i64, kind: &Type, out: &mut BytesMut) -> Option<()> {
    match *kind {
        Type::INT2 => out.put_i16(number.try_into().ok()?),
        Type::INT4 => out.put_i32(number.try_into().ok()?),
        Type::INT8 => out.put_i64(number),
        Type::OID => out.put_u32(number.try_into().ok()?),
        Type::FLOAT8 if (-EXACT..=EXACT).contains(&number) => out.put_f64(number as f64),
        Type::FLOAT4 if (-(1 << 24)..=1 << 24).contains(&number) => out.put_f32(number as f32),
        Type::NUMERIC => put_numeric(out, |out| numeric::put(i128::from(number), 0, out)),
        _ => return None,
    }
    Some(())
}

fn float(number: f64, kind: &Type, out: &mut BytesMut) -> Option<()> {
    match *kind {
        Type::FLOAT8 => out.put_f64(number),
        Type::FLOAT4 => out.put_f32(number as f32),
        Type::NUMERIC => put_numeric(out, |out| numeric::put_float(number, out)),
        _ => return None,
    }
    Some(())
}

/// Writes a `numeric` without the length that a row has in front of it.
fn put_numeric(out: &mut BytesMut, put: impl FnOnce(&mut BytesMut)) {
    let mut with_length = BytesMut::new();
    put(&mut with_length);
    out.put_slice(with_length.get(4..).unwrap_or_default());
}

fn days(date: NaiveDate) -> i64 {
    let first = NaiveDate::from_ymd_opt(2000, 1, 1).unwrap_or_default();
    date.signed_duration_since(first).num_days()
}

fn microseconds(moment: NaiveDateTime) -> Option<i64> {
    let time = moment.time();
    let nanoseconds =
        i64::from(time.num_seconds_from_midnight()) * 1_000_000_000 + i64::from(time.nanosecond());
    days(moment.date())
        .checked_mul(DAY)?
        .checked_add(whole(nanoseconds)?)
}

/// Returns the microseconds, where there is no finer part.
fn whole(nanoseconds: i64) -> Option<i64> {
    (nanoseconds % 1000 == 0).then_some(nanoseconds / 1000)
}

/// Returns what a person calls the kind of a value, and the type that holds any of its kind.
fn named(value: &Bound) -> (&'static str, &'static str) {
    match value {
        Bound::Null => ("NULL", "text"),
        Bound::Boolean(_) => ("a boolean", "boolean"),
        Bound::Integer(_) => ("a whole number", "bigint"),
        Bound::Float(_) => ("a float", "double precision"),
        Bound::Text(_) => ("a text", "text"),
        Bound::Bytes(_) => ("bytes", "bytea"),
        Bound::Date(_) => ("a date", "date"),
        Bound::Time(_) => ("a time", "time"),
        Bound::Moment(_) => ("a moment without a zone", "timestamp"),
        Bound::Instant(_) => ("a moment in time", "timestamptz"),
    }
}
