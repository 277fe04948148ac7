//! [`Scalar`]: one value of a table, outside of it.

use std::fmt;

use polars::prelude::{AnyValue, Series, TimeUnit};
use serde::{Deserialize, Serialize};

use super::map::map_entries;

/// One value of a table.
///
/// Integers of every width are one variant, as are floats: what a value was stored as is the column's type.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Scalar {
    /// No value.
    Null,
    /// True or false.
    Bool(bool),
    /// An integer of any width.
    Int(i128),
    /// A floating-point number.
    Float(f64),
    /// Text.
    String(String),
    /// Bytes.
    Binary(Vec<u8>),
    /// Days since 1970-01-01.
    Date(i32),
    /// Nanoseconds since 1970-01-01, and the time zone if there is one.
    Datetime(i128, Option<String>),
    /// Nanoseconds between two times.
    Duration(i128),
    /// Nanoseconds since midnight.
    Time(i64),
    /// Several values.
    List(Vec<Scalar>),
    /// Named values.
    Struct(Vec<(String, Scalar)>),
    /// Values by keys.
    Map(Vec<(Scalar, Scalar)>),
}

impl Scalar {
    /// Returns the name of the value's kind, for messages.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Float(_) => "float",
            Self::String(_) => "string",
            Self::Binary(_) => "bytes",
            Self::Date(_) => "date",
            Self::Datetime(..) => "datetime",
            Self::Duration(_) => "duration",
            Self::Time(_) => "time",
            Self::List(_) => "list",
            Self::Struct(_) => "struct",
            Self::Map(_) => "map",
        }
    }
}

/// Returns every value of a column.
pub(super) fn scalars(series: &Series) -> Vec<Scalar> {
    series.iter().map(|value| Scalar::from(&value)).collect()
}

fn nanoseconds(count: i64, unit: TimeUnit) -> i128 {
    i128::from(count)
        * match unit {
            TimeUnit::Nanoseconds => 1,
            TimeUnit::Microseconds => 1_000,
            TimeUnit::Milliseconds => 1_000_000,
        }
}

impl From<&AnyValue<'_>> for Scalar {
    fn from(value: &AnyValue<'_>) -> Self {
        match value {
            AnyValue::Null => Self::Null,
            AnyValue::Boolean(value) => Self::Bool(*value),
            AnyValue::String(text) => Self::String((*text).to_owned()),
            AnyValue::StringOwned(text) => Self::String(text.to_string()),
            AnyValue::UInt8(value) => Self::Int((*value).into()),
            AnyValue::UInt16(value) => Self::Int((*value).into()),
            AnyValue::UInt32(value) => Self::Int((*value).into()),
            AnyValue::UInt64(value) => Self::Int((*value).into()),
            AnyValue::Int8(value) => Self::Int((*value).into()),
            AnyValue::Int16(value) => Self::Int((*value).into()),
            AnyValue::Int32(value) => Self::Int((*value).into()),
            AnyValue::Int64(value) => Self::Int((*value).into()),
            AnyValue::Int128(value) => Self::Int(*value),
            AnyValue::Float32(value) => Self::Float((*value).into()),
            AnyValue::Float64(value) => Self::Float(*value),
            AnyValue::Binary(bytes) => Self::Binary(bytes.to_vec()),
            AnyValue::BinaryOwned(bytes) => Self::Binary(bytes.clone()),
            AnyValue::Date(days) => Self::Date(*days),
            AnyValue::Datetime(count, unit, zone) => {
                Self::Datetime(nanoseconds(*count, *unit), zone.map(ToString::to_string))
            }
            AnyValue::DatetimeOwned(count, unit, zone) => {
                Self::Datetime(nanoseconds(*count, *unit), zone.as_ref().map(ToString::to_string))
            }
            AnyValue::Duration(count, unit) => Self::Duration(nanoseconds(*count, *unit)),
            AnyValue::Time(count) => Self::Time(*count),
            AnyValue::List(values) => match map_entries(value) {
                Some(entries) => {
                    let pairs = entries.iter();
                    Self::Map(
                        pairs
                            .map(|(key, value)| (Self::from(key), Self::from(value)))
                            .collect(),
                    )
                }
                None => Self::List(scalars(values)),
            },
            AnyValue::Struct(_, _, fields) => {
                let values = value._iter_struct_av();
                Self::Struct(
                    fields
                        .iter()
                        .zip(values)
                        .map(|(field, value)| (field.name().to_string(), Self::from(&value)))
                        .collect(),
                )
            }
            AnyValue::StructOwned(parts) => {
                let (values, fields) = &**parts;
                Self::Struct(
                    fields
                        .iter()
                        .zip(values)
                        .map(|(field, value)| (field.name().to_string(), Self::from(value)))
                        .collect(),
                )
            }
            // Categories, decimals and what else prints as text.
            other => other.get_str().map_or_else(
                || {
                    other
                        .extract::<f64>()
                        .map_or_else(|| Self::String(other.to_string()), Self::Float)
                },
                |text| Self::String(text.to_owned()),
            ),
        }
    }
}

/// Writes the value as the language would: text bare, dates in ISO 8601, floats with a point.
impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const DAY: i128 = 86_400_000_000_000;
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Int(value) => write!(f, "{value}"),
            Self::Float(value) => write!(f, "{value:?}"),
            Self::String(text) => f.write_str(text),
            Self::Binary(bytes) => bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}")),
            Self::Date(days) => write_date(f, i64::from(*days)),
            Self::Datetime(count, zone) => {
                write_date(f, count.div_euclid(DAY) as i64)?;
                f.write_str(" ")?;
                write_time(f, count.rem_euclid(DAY) as i64)?;
                zone.as_ref().map_or(Ok(()), |zone| write!(f, " {zone}"))
            }
            Self::Duration(count) => write!(f, "{:?}s", *count as f64 / 1e9),
            Self::Time(count) => write_time(f, *count),
            Self::List(values) => {
                f.write_str("[")?;
                for (index, value) in values.iter().enumerate() {
                    write!(f, "{}{value}", if index > 0 { ", " } else { "" })?;
                }
                f.write_str("]")
            }
            Self::Map(entries) => {
                f.write_str("{")?;
                for (index, (key, value)) in entries.iter().enumerate() {
                    write!(f, "{}{key}: {value}", if index > 0 { ", " } else { "" })?;
                }
                f.write_str("}")
            }
            Self::Struct(fields) => {
                f.write_str("{")?;
                for (index, (name, value)) in fields.iter().enumerate() {
                    write!(f, "{}{name}: {value}", if index > 0 { ", " } else { "" })?;
                }
                f.write_str("}")
            }
        }
    }
}

/// Writes a day of the proleptic Gregorian calendar, counted from 1970-01-01, after Howard Hinnant's
/// `civil_from_days`.
fn write_date(f: &mut fmt::Formatter<'_>, days: i64) -> fmt::Result {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    write!(f, "{year:04}-{month:02}-{day:02}")
}

fn write_time(f: &mut fmt::Formatter<'_>, nanoseconds: i64) -> fmt::Result {
    let seconds = nanoseconds / 1_000_000_000;
    write!(
        f,
        "{:02}:{:02}:{:02}",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    )?;
    match nanoseconds % 1_000_000_000 {
        0 => Ok(()),
        part if part % 1_000_000 == 0 => write!(f, ".{:03}", part / 1_000_000),
        part if part % 1_000 == 0 => write!(f, ".{:06}", part / 1_000),
        part => write!(f, ".{part:09}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_print_in_iso_8601() {
        let cases = [
            (Scalar::Date(0), "1970-01-01"),
            (Scalar::Date(-1), "1969-12-31"),
            (Scalar::Date(11_016), "2000-02-29"),
            (Scalar::Datetime(-1_000_000, None), "1969-12-31 23:59:59.999"),
            (
                Scalar::Datetime(1_000_000_000, Some("UTC".to_owned())),
                "1970-01-01 00:00:01 UTC",
            ),
            (Scalar::Time(45_296_000_000_007), "12:34:56.000000007"),
            (Scalar::Duration(1_500_000_000), "1.5s"),
            (Scalar::List(vec![Scalar::Int(1), Scalar::Null]), "[1, null]"),
        ];
        for (scalar, text) in cases {
            assert_eq!(scalar.to_string(), text);
        }
    }
}
