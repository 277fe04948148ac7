//! [`Gatherer`]: one column of a frame, built value by value.

use mysql_async::Value;
use polars::prelude::{
    BinaryChunkedBuilder, BooleanChunkedBuilder, ChunkedBuilder as _, DataType, Float32Type, Float64Type,
    Int8Type, Int16Type, Int32Type, Int64Type, Int128Type, IntoSeries as _, PolarsError,
    PrimitiveChunkedBuilder, Series, StringChunkedBuilder, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};

use super::meaning::Meaning;
use super::moments;
use crate::database::decimal;
use crate::database::gathering::{Storage, Unreadable};

/// One column of a frame, while it is built.
pub(super) struct Gatherer {
    kind: Meaning,
    store: Gathered,
}

/// The values so far, by the way in which a frame stores them.
enum Gathered {
    Boolean(BooleanChunkedBuilder),
    Int8(PrimitiveChunkedBuilder<Int8Type>),
    Int16(PrimitiveChunkedBuilder<Int16Type>),
    Int32(PrimitiveChunkedBuilder<Int32Type>),
    Int64(PrimitiveChunkedBuilder<Int64Type>),
    Int128(PrimitiveChunkedBuilder<Int128Type>),
    UInt8(PrimitiveChunkedBuilder<UInt8Type>),
    UInt16(PrimitiveChunkedBuilder<UInt16Type>),
    UInt32(PrimitiveChunkedBuilder<UInt32Type>),
    UInt64(PrimitiveChunkedBuilder<UInt64Type>),
    Float32(PrimitiveChunkedBuilder<Float32Type>),
    Float64(PrimitiveChunkedBuilder<Float64Type>),
    Text(StringChunkedBuilder),
    Bytes(BinaryChunkedBuilder),
}

/// Runs the same for the store of each column.
macro_rules! with_store {
    ($store:expr, $each:ident => $work:expr) => {
        match $store {
            Gathered::Boolean($each) => $work,
            Gathered::Int8($each) => $work,
            Gathered::Int16($each) => $work,
            Gathered::Int32($each) => $work,
            Gathered::Int64($each) => $work,
            Gathered::Int128($each) => $work,
            Gathered::UInt8($each) => $work,
            Gathered::UInt16($each) => $work,
            Gathered::UInt32($each) => $work,
            Gathered::UInt64($each) => $work,
            Gathered::Float32($each) => $work,
            Gathered::Float64($each) => $work,
            Gathered::Text($each) => $work,
            Gathered::Bytes($each) => $work,
        }
    };
}

impl Storage for Gatherer {
    type Kind = Meaning;
    type Value<'a> = &'a Value;

    fn new(name: &str, kind: &Meaning, capacity: usize) -> Self {
        let name = name.into();
        let store = match *kind {
            Meaning::Boolean | Meaning::Bit => Gathered::Boolean(BooleanChunkedBuilder::new(name, capacity)),
            Meaning::Int8 => Gathered::Int8(PrimitiveChunkedBuilder::new(name, capacity)),
            Meaning::Int16 | Meaning::Year => Gathered::Int16(PrimitiveChunkedBuilder::new(name, capacity)),
            Meaning::Int32 | Meaning::Date => Gathered::Int32(PrimitiveChunkedBuilder::new(name, capacity)),
            Meaning::Int64 | Meaning::Time | Meaning::Moment | Meaning::Instant => {
                Gathered::Int64(PrimitiveChunkedBuilder::new(name, capacity))
            }
            Meaning::UInt8 => Gathered::UInt8(PrimitiveChunkedBuilder::new(name, capacity)),
            Meaning::UInt16 => Gathered::UInt16(PrimitiveChunkedBuilder::new(name, capacity)),
            Meaning::UInt32 => Gathered::UInt32(PrimitiveChunkedBuilder::new(name, capacity)),
            Meaning::UInt64 | Meaning::Bits => Gathered::UInt64(PrimitiveChunkedBuilder::new(name, capacity)),
            Meaning::Float32 => Gathered::Float32(PrimitiveChunkedBuilder::new(name, capacity)),
            Meaning::Float64 => Gathered::Float64(PrimitiveChunkedBuilder::new(name, capacity)),
            Meaning::Decimal { .. } => Gathered::Int128(PrimitiveChunkedBuilder::new(name, capacity)),
            Meaning::Text => Gathered::Text(StringChunkedBuilder::new(name, capacity)),
            Meaning::Bytes => Gathered::Bytes(BinaryChunkedBuilder::new(name, capacity)),
        };
        Self { kind: *kind, store }
    }

    fn push(&mut self, value: &Value) -> Result<usize, Unreadable> {
        let bytes = match value {
            Value::NULL => {
                with_store!(&mut self.store, store => store.append_null());
                return Ok(0);
            }
            Value::Bytes(bytes) => bytes.len(),
            _ => 0,
        };
        match self.push_value(value)? {
            Some(()) => Ok(bytes),
            None => Err(Unreadable::garbled(&self.kind.dtype())),
        }
    }

    fn finish(self) -> Result<Series, PolarsError> {
        let dtype = self.kind.dtype();
        let series = match (self.store, &dtype) {
            (Gathered::Int128(store), DataType::Decimal(precision, scale)) => {
                let numbers = store.finish().into_decimal_unchecked(*precision, *scale);
                return Ok(numbers.into_series());
            }
            (store, _) => with_store!(store, store => store.finish().into_series()),
        };
        if *series.dtype() == dtype {
            Ok(series)
        } else {
            series.cast(&dtype)
        }
    }

    fn quoted(name: &str) -> String {
        let is_plain = |c: char| c == '_' || c.is_ascii_alphanumeric();
        // An expression has a name that is none of a column.
        if name.is_empty() || name.contains(['(', ' ', '\'']) {
            "…".to_owned()
        } else if name.chars().all(is_plain) {
            name.to_owned()
        } else {
            format!("`{}`", name.replace('`', "``"))
        }
    }
}

impl Gatherer {
    /// Adds a value; `None` where what was sent is no value of its type.
    fn push_value(&mut self, value: &Value) -> Result<Option<()>, Unreadable> {
        let kind = self.kind;
        Ok(match (&mut self.store, value) {
            (Gathered::Boolean(store), value) => match boolean(value)? {
                Some(value) => {
                    store.append_value(value);
                    Some(())
                }
                None => None,
            },
            (Gathered::Int8(store), value) => whole(value).map(|value| store.append_value(value)),
            (Gathered::Int16(store), value) => whole(value).map(|value| store.append_value(value)),
            (Gathered::Int32(store), Value::Date(year, month, day, ..)) => {
                store.append_value(date(*year, *month, *day)?);
                Some(())
            }
            (Gathered::Int32(store), value) => whole(value).map(|value| store.append_value(value)),
            (Gathered::Int64(store), Value::Date(year, month, day, hour, minute, second, micros)) => {
                let days = date(*year, *month, *day)?;
                store.append_value(moments::moment(days, *hour, *minute, *second, *micros));
                Some(())
            }
            (Gathered::Int64(store), Value::Time(..)) => {
                store.append_value(time(value)?);
                Some(())
            }
            (Gathered::Int64(store), value) => whole(value).map(|value| store.append_value(value)),
            (Gathered::Int128(store), Value::Bytes(text)) => {
                let Meaning::Decimal { scale, .. } = kind else {
                    return Ok(None);
                };
                let number = decimal::read(text, scale).ok_or_else(|| {
                    let reason = format!(
                        "{} has more than the 38 digits that a number of a frame has",
                        String::from_utf8_lossy(text)
                    );
                    Unreadable::new(reason, "CAST({} AS CHAR)")
                })?;
                store.append_value(number);
                Some(())
            }
            (Gathered::UInt8(store), value) => whole(value).map(|value| store.append_value(value)),
            (Gathered::UInt16(store), value) => whole(value).map(|value| store.append_value(value)),
            (Gathered::UInt32(store), value) => whole(value).map(|value| store.append_value(value)),
            (Gathered::UInt64(store), Value::Bytes(bits)) => {
                bits_of(bits).map(|value| store.append_value(value))
            }
            (Gathered::UInt64(store), value) => whole(value).map(|value| store.append_value(value)),
            (Gathered::Float32(store), Value::Float(value)) => {
                store.append_value(*value);
                Some(())
            }
            (Gathered::Float64(store), Value::Double(value)) => {
                store.append_value(*value);
                Some(())
            }
            (Gathered::Text(store), Value::Bytes(text)) => std::str::from_utf8(text)
                .ok()
                .map(|text| store.append_value(text)),
            (Gathered::Bytes(store), Value::Bytes(bytes)) => {
                store.append_value(bytes);
                Some(())
            }
            _ => None,
        })
    }
}

/// Reads a whole number.
fn whole<T: TryFrom<i64> + TryFrom<u64>>(value: &Value) -> Option<T> {
    match value {
        Value::Int(value) => T::try_from(*value).ok(),
        Value::UInt(value) => T::try_from(*value).ok(),
        _ => None,
    }
}

fn bits_of(bits: &[u8]) -> Option<u64> {
    let add = |number: u64, byte: &u8| Some(number.checked_mul(256)? + u64::from(*byte));
    bits.iter().try_fold(0, add)
}

/// Reads a boolean; `Ok(None)` where it is none.
fn boolean(value: &Value) -> Result<Option<bool>, Unreadable> {
    let number = match value {
        Value::Bytes(bits) => bits_of(bits).and_then(|number| i64::try_from(number).ok()),
        value => whole(value),
    };
    match number {
        None => Ok(None),
        Some(0) => Ok(Some(false)),
        Some(1) => Ok(Some(true)),
        Some(number) => Err(Unreadable::new(
            format!("{number} is neither 0 nor 1, which are what a boolean is in MySQL"),
            "CAST({} AS SIGNED)",
        )),
    }
}

fn date(year: u16, month: u8, day: u8) -> Result<i32, Unreadable> {
    moments::days(year, month, day).ok_or_else(|| {
        Unreadable::new(
            format!("{year:04}-{month:02}-{day:02} is no day of the calendar"),
            "CAST({} AS CHAR)",
        )
    })
}

/// Reads a time of day, in nanoseconds.
fn time(value: &Value) -> Result<i64, Unreadable> {
    match value {
        Value::Time(false, 0, hour, minute, second, micros) if *hour < 24 => {
            Ok(moments::clock(*hour, *minute, *second, *micros) * 1000)
        }
        Value::Time(is_negative, days, hour, minute, second, _) => {
            let sign = if *is_negative { "-" } else { "" };
            let hours = u64::from(*days) * 24 + u64::from(*hour);
            Err(Unreadable::new(
                format!("{sign}{hours:02}:{minute:02}:{second:02} is no time of a day"),
                "TIME_TO_SEC({})",
            ))
        }
        _ => Err(Unreadable::garbled(&Meaning::Time.dtype())),
    }
}
