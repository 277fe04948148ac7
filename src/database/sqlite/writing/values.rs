//! [`Values`]: the values of a column of a frame, as SQLite keeps them in a column of a table.

use std::fmt::Write;

use polars::prelude::{
    BinaryChunked, BooleanChunked, DataType, Float64Chunked, Int32Chunked, Int64Chunked, Int128Chunked,
    PolarsResult, Series, StringChunked, TimeUnit, UInt64Chunked, UInt128Chunked, polars_bail,
};
use rusqlite::Error;
use rusqlite::types::{ToSqlOutput, ValueRef};

use crate::database::sqlite::cells::exact;
use crate::database::sqlite::declared::{Affinity, Kind};
use crate::database::sqlite::fitting::FLOAT_DIGITS;
use crate::database::sqlite::{moments, shown};

/// The values of a column, in one piece, with what the column of the table makes of them.
pub(super) struct Values {
    kind: Kind,
    affinity: Affinity,
    content: Content,
}

enum Content {
    Nothing,
    Integer(Int64Chunked),
    Unsigned(UInt64Chunked),
    Wide(Int128Chunked),
    WideUnsigned(UInt128Chunked),
    Float(Float64Chunked),
    Boolean(BooleanChunked),
    Text(StringChunked),
    Binary(BinaryChunked),
    Date(Int32Chunked),
    Time(Int64Chunked),
    Moment(Int64Chunked, TimeUnit, &'static str),
    Decimal(Int128Chunked, usize),
}

/// A value of one row.
enum Value<'v> {
    Null,
    Integer(i64),
    Float(f64),
    Text(&'v str),
    Written(String),
    Binary(&'v [u8]),
}

impl Values {
    /// Takes the values of a column; `declared` is the type of the column of the table that they go to.
    pub(super) fn of(series: &Series, declared: &str) -> Result<Self, String> {
        Ok(Self {
            kind: Kind::of(declared),
            affinity: Affinity::of(declared),
            content: content(series).map_err(|error| error.to_string())?,
        })
    }

    /// Gives the value of a row to `bind`; the outer error says why it is none that the column can keep.
    pub(super) fn bind(
        &self,
        row: usize,
        bind: impl FnOnce(ToSqlOutput<'_>) -> Result<(), Error>,
    ) -> Result<Result<(), Error>, String> {
        let value = self.value(row)?;
        let value = match &value {
            Value::Null => ValueRef::Null,
            Value::Integer(value) => ValueRef::Integer(self.whole(*value)?),
            Value::Float(value) => ValueRef::Real(*value),
            Value::Text(text) => ValueRef::Text(text.as_bytes()),
            Value::Written(text) => ValueRef::Text(text.as_bytes()),
            Value::Binary(bytes) => ValueRef::Blob(bytes),
        };
        Ok(bind(ToSqlOutput::Borrowed(value)))
    }

    /// Says why the column cannot keep the value of a row.
    pub(super) fn check(&self, row: usize) -> Result<(), String> {
        match self.value(row)? {
            Value::Integer(value) => self.whole(value).map(drop),
            _ => Ok(()),
        }
    }

    /// Shows the value of a row.
    pub(super) fn shown(&self, row: usize) -> String {
        match self.value(row) {
            Ok(Value::Null) => "NULL".to_owned(),
            Ok(Value::Integer(value)) => value.to_string(),
            Ok(Value::Float(value)) => format!("{value:?}"),
            Ok(Value::Text(text)) => format!("'{}'", shown::shortened(text)),
            Ok(Value::Written(text)) => text,
            Ok(Value::Binary(bytes)) => format!("{} bytes", bytes.len()),
            Err(reason) => reason,
        }
    }

    fn value(&self, row: usize) -> Result<Value<'_>, String> {
        let value = match &self.content {
            Content::Nothing => None,
            Content::Integer(values) => values.get(row).map(Value::Integer),
            Content::Unsigned(values) => values.get(row).map(integer).transpose()?,
            Content::Wide(values) => values.get(row).map(integer).transpose()?,
            Content::WideUnsigned(values) => values.get(row).map(integer).transpose()?,
            Content::Float(values) => values.get(row).map(float).transpose()?,
            Content::Boolean(values) => values.get(row).map(|value| Value::Integer(i64::from(value))),
            Content::Text(values) => values.get(row).map(|text| self.text(text)).transpose()?,
            Content::Binary(values) => values.get(row).map(Value::Binary),
            Content::Date(values) => values.get(row).map(date).transpose()?,
            Content::Time(values) => values.get(row).map(|nanoseconds| {
                let mut text = String::with_capacity(18);
                moments::write_time(&mut text, nanoseconds);
                Value::Written(text)
            }),
            Content::Moment(values, unit, zone) => values
                .get(row)
                .map(|value| moment(value, *unit, zone))
                .transpose()?,
            Content::Decimal(values, scale) => values
                .get(row)
                .map(|units| self.decimal(units, *scale))
                .transpose()?,
        };
        Ok(value.unwrap_or(Value::Null))
    }

    /// Checks a whole number against a column of floats, or of decimal numbers.
    fn whole(&self, value: i64) -> Result<i64, String> {
        match self.kind {
            Kind::Float if exact(value).is_none() => Err(format!(
                "{value} is no float exactly, and the column keeps floats"
            )),
            Kind::Decimal { precision, scale } => {
                let limit = 10_u64.checked_pow((precision - scale) as u32);
                let fits = limit.is_none_or(|limit| value.unsigned_abs() < limit);
                fits.then_some(value)
                    .ok_or_else(|| format!("{value} has too many digits for the column"))
            }
            _ => Ok(value),
        }
    }

    /// Checks that a text stays the text that it is.
    fn text<'v>(&self, text: &'v str) -> Result<Value<'v>, String> {
        if self.affinity.reads_numbers() && looks_like_a_number(text) {
            // What is read as a text again is the same one where the number is written in the one way to write it.
            let is_same =
                self.kind == Kind::Text && text.parse().is_ok_and(|number: i64| number.to_string() == text);
            if !is_same {
                return Err(format!(
                    "SQLite would turn the text '{}' into a number in a column of this type",
                    shown::shortened(text)
                ));
            }
        }
        Ok(Value::Text(text))
    }

    fn decimal(&self, units: i128, scale: usize) -> Result<Value<'static>, String> {
        let text = decimal_text(units, scale);
        if self.affinity.reads_numbers() {
            let digits = units
                .unsigned_abs()
                .checked_ilog10()
                .map_or(1, |log| log as usize + 1);
            let is_whole = text.parse::<i64>().is_ok() && self.affinity != Affinity::Real;
            if digits > FLOAT_DIGITS && !is_whole {
                return Err(format!(
                    "{text} has {digits} digits, and SQLite keeps {FLOAT_DIGITS} of them in a column of this type"
                ));
            }
        }
        Ok(Value::Written(text))
    }
}

fn content(series: &Series) -> PolarsResult<Content> {
    Ok(match series.dtype() {
        DataType::Null => Content::Nothing,
        DataType::UInt64 => Content::Unsigned(series.u64()?.clone()),
        DataType::Int128 => Content::Wide(series.i128()?.clone()),
        DataType::UInt128 => Content::WideUnsigned(series.u128()?.clone()),
        dtype if dtype.is_integer() => Content::Integer(series.strict_cast(&DataType::Int64)?.i64()?.clone()),
        DataType::Float32 | DataType::Float64 => {
            Content::Float(series.cast(&DataType::Float64)?.f64()?.clone())
        }
        DataType::Boolean => Content::Boolean(series.bool()?.clone()),
        DataType::String => Content::Text(series.str()?.clone()),
        DataType::Binary => Content::Binary(series.binary()?.clone()),
        DataType::Date => Content::Date(series.to_physical_repr().i32()?.clone()),
        DataType::Time => Content::Time(series.to_physical_repr().i64()?.clone()),
        DataType::Datetime(unit, zone) => {
            let end = if zone.is_some() { "+00:00" } else { "" };
            Content::Moment(series.to_physical_repr().i64()?.clone(), *unit, end)
        }
        DataType::Decimal(_, scale) => Content::Decimal(series.to_physical_repr().i128()?.clone(), *scale),
        DataType::Categorical(..) | DataType::Enum(..) => {
            Content::Text(series.strict_cast(&DataType::String)?.str()?.clone())
        }
        dtype => polars_bail!(InvalidOperation: "SQLite has no type for values of type {dtype}"),
    })
}

fn integer<'v, T: Copy + std::fmt::Display>(value: T) -> Result<Value<'v>, String>
where
    i64: TryFrom<T>,
{
    i64::try_from(value).map(Value::Integer).map_err(|_| {
        format!(
            "{value} is larger than a whole number of SQLite can be, which is {}",
            i64::MAX
        )
    })
}

fn float<'v>(value: f64) -> Result<Value<'v>, String> {
    if value.is_nan() {
        return Err("NaN, which SQLite has not: it would become NULL".to_owned());
    }
    Ok(Value::Float(value))
}

fn date<'v>(days: i32) -> Result<Value<'v>, String> {
    let mut text = String::with_capacity(10);
    moments::write_date(&mut text, days)
        .ok_or_else(|| "the year is not one of 0000 to 9999, which SQLite knows".to_owned())?;
    Ok(Value::Written(text))
}

fn moment<'v>(value: i64, unit: TimeUnit, zone: &str) -> Result<Value<'v>, String> {
    let microseconds = match unit {
        TimeUnit::Nanoseconds if value % 1000 != 0 => {
            return Err("it has nanoseconds, and moments in SQLite are kept to the microsecond".to_owned());
        }
        TimeUnit::Nanoseconds => Some(value / 1000),
        TimeUnit::Microseconds => Some(value),
        TimeUnit::Milliseconds => value.checked_mul(1000),
    };
    let mut text = String::with_capacity(32);
    microseconds
        .and_then(|microseconds| moments::write_moment(&mut text, microseconds))
        .ok_or_else(|| "the year is not one of 0000 to 9999, which SQLite knows".to_owned())?;
    text.push_str(zone);
    Ok(Value::Written(text))
}

fn decimal_text(units: i128, scale: usize) -> String {
    let sign = if units < 0 { "-" } else { "" };
    let digits = units.unsigned_abs();
    let factor = 10_u128.pow(scale as u32);
    let mut text = format!("{sign}{}", digits / factor);
    if scale > 0 {
        // Writing into a text cannot fail.
        let _ = write!(text, ".{:0scale$}", digits % factor);
    }
    text
}

/// Returns whether SQLite takes a text for a number, by its rules: `12`, `-1.5e3`, spaces around it.
fn looks_like_a_number(text: &str) -> bool {
    let text = text.trim_matches(|letter: char| letter.is_ascii_whitespace() || letter == '\x0b');
    let is_made_of_its_letters = text
        .bytes()
        .all(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'));
    is_made_of_its_letters && text.parse::<f64>().is_ok()
}
