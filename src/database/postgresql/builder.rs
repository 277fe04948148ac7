//! [`Builder`]: one column of a frame, built value by value from PostgreSQL's binary format.

use polars::chunked_array::builder::get_list_builder;
use polars::prelude::{
    BinaryChunkedBuilder, BooleanChunkedBuilder, ChunkedBuilder as _, DataType, Float32Type, Float64Type,
    Int16Type, Int32Type, Int64Type, Int128Type, IntoSeries as _, PolarsError, PrimitiveChunkedBuilder,
    Series, StringChunkedBuilder, UInt32Type,
};

use super::bytes::fixed;
use super::moments::{date, interval, time, timestamp};
use super::numeric::Numeric;
use super::text::push_text;
use super::wire::Wire;
use crate::database::gathering::{Storage, Unreadable};

/// One column of a frame, while it is built.
pub(super) struct Builder {
    name: String,
    wire: Wire,
    store: Store,
}

/// The values so far, by the way in which a frame stores them.
enum Store {
    Boolean(BooleanChunkedBuilder),
    Int16(PrimitiveChunkedBuilder<Int16Type>),
    Int32(PrimitiveChunkedBuilder<Int32Type>),
    Int64(PrimitiveChunkedBuilder<Int64Type>),
    Int128(PrimitiveChunkedBuilder<Int128Type>),
    UInt32(PrimitiveChunkedBuilder<UInt32Type>),
    Float32(PrimitiveChunkedBuilder<Float32Type>),
    Float64(PrimitiveChunkedBuilder<Float64Type>),
    Text(StringChunkedBuilder),
    Bytes(BinaryChunkedBuilder),
    /// The elements of all lists, and how many of them each list has.
    List(Box<Builder>, Vec<Option<usize>>),
}

impl Storage for Builder {
    type Kind = Wire;
    /// The bytes; `None` is NULL.
    type Value<'a> = Option<&'a [u8]>;

    fn new(name: &str, wire: &Wire, capacity: usize) -> Self {
        let title = name.into();
        let store = match wire {
            Wire::Boolean => Store::Boolean(BooleanChunkedBuilder::new(title, capacity)),
            Wire::Int16 => Store::Int16(PrimitiveChunkedBuilder::new(title, capacity)),
            Wire::Int32 | Wire::Date => Store::Int32(PrimitiveChunkedBuilder::new(title, capacity)),
            Wire::Int64 | Wire::Time | Wire::Timestamp | Wire::TimestampTz | Wire::Interval => {
                Store::Int64(PrimitiveChunkedBuilder::new(title, capacity))
            }
            Wire::Oid => Store::UInt32(PrimitiveChunkedBuilder::new(title, capacity)),
            Wire::Float32 => Store::Float32(PrimitiveChunkedBuilder::new(title, capacity)),
            Wire::Float64 => Store::Float64(PrimitiveChunkedBuilder::new(title, capacity)),
            Wire::Numeric { .. } => Store::Int128(PrimitiveChunkedBuilder::new(title, capacity)),
            Wire::Text { .. } | Wire::Enum(_) | Wire::Char | Wire::Json | Wire::Jsonb | Wire::Uuid => {
                Store::Text(StringChunkedBuilder::new(title, capacity))
            }
            Wire::Bytes => Store::Bytes(BinaryChunkedBuilder::new(title, capacity)),
            Wire::List(element, _) => Store::List(
                Box::new(Self::new(name, element, capacity)),
                Vec::with_capacity(capacity),
            ),
        };
        Self {
            name: name.to_owned(),
            wire: wire.clone(),
            store,
        }
    }

    fn push(&mut self, value: Option<&[u8]>) -> Result<usize, Unreadable> {
        let Some(bytes) = value else {
            self.push_null();
            return Ok(1);
        };
        match self.push_value(bytes)? {
            Some(()) => Ok(bytes.len()),
            None => Err(Unreadable::garbled(&self.wire.dtype())),
        }
    }

    fn finish(self) -> Result<Series, PolarsError> {
        let dtype = self.wire.dtype();
        let series = match self.store {
            Store::Boolean(store) => store.finish().into_series(),
            Store::Int16(store) => store.finish().into_series(),
            Store::Int32(store) => store.finish().into_series(),
            Store::Int64(store) => store.finish().into_series(),
            Store::Int128(store) => match dtype {
                DataType::Decimal(precision, scale) => {
                    let numbers = store.finish().into_decimal_unchecked(precision, scale);
                    return Ok(numbers.into_series());
                }
                _ => store.finish().into_series(),
            },
            Store::UInt32(store) => store.finish().into_series(),
            Store::Float32(store) => store.finish().into_series(),
            Store::Float64(store) => store.finish().into_series(),
            Store::Text(store) => store.finish().into_series(),
            Store::Bytes(store) => store.finish().into_series(),
            Store::List(elements, lengths) => {
                let elements = elements.finish()?;
                let name = self.name.as_str().into();
                let mut lists = get_list_builder(elements.dtype(), elements.len(), lengths.len(), name);
                let mut at = 0;
                for length in lengths {
                    match length {
                        None => lists.append_null(),
                        Some(length) => {
                            lists.append_series(&elements.slice(at, length))?;
                            at += i64::try_from(length).unwrap_or(0);
                        }
                    }
                }
                return Ok(lists.finish().into_series());
            }
        };
        if *series.dtype() == dtype {
            Ok(series)
        } else {
            series.cast(&dtype)
        }
    }

    fn quoted(name: &str) -> String {
        let is_plain = |b: u8| b == b'_' || b.is_ascii_lowercase() || b.is_ascii_digit();
        match name {
            "" | "?column?" => "…".to_owned(),
            _ if name.bytes().all(is_plain) => name.to_owned(),
            _ => format!("\"{}\"", name.replace('"', "\"\"")),
        }
    }
}

impl Builder {
    fn push_null(&mut self) {
        match &mut self.store {
            Store::Boolean(store) => store.append_null(),
            Store::Int16(store) => store.append_null(),
            Store::Int32(store) => store.append_null(),
            Store::Int64(store) => store.append_null(),
            Store::Int128(store) => store.append_null(),
            Store::UInt32(store) => store.append_null(),
            Store::Float32(store) => store.append_null(),
            Store::Float64(store) => store.append_null(),
            Store::Text(store) => store.append_null(),
            Store::Bytes(store) => store.append_null(),
            Store::List(_, lengths) => lengths.push(None),
        }
    }

    /// Adds a value; `None` where what was sent is no value of its type.
    fn push_value(&mut self, bytes: &[u8]) -> Result<Option<()>, Unreadable> {
        let wire = &self.wire;
        Ok(match &mut self.store {
            Store::Boolean(store) => fixed(bytes).map(|[byte]| store.append_value(byte != 0)),
            Store::Int16(store) => fixed(bytes).map(|bytes| store.append_value(i16::from_be_bytes(bytes))),
            Store::Int32(store) => {
                let Some(mut number) = fixed(bytes).map(i32::from_be_bytes) else {
                    return Ok(None);
                };
                if *wire == Wire::Date {
                    number = date(number)?;
                }
                store.append_value(number);
                Some(())
            }
            Store::Int64(store) => {
                let Some(number) = long(wire, bytes)? else {
                    return Ok(None);
                };
                store.append_value(number);
                Some(())
            }
            Store::Int128(store) => {
                let (Wire::Numeric { precision, scale, .. }, Some(number)) = (wire, Numeric::new(bytes))
                else {
                    return Ok(None);
                };
                let scaled = number.scaled(*precision, *scale);
                store.append_value(scaled.ok_or_else(|| inexact(&number, *precision, *scale))?);
                Some(())
            }
            Store::UInt32(store) => fixed(bytes).map(|bytes| store.append_value(u32::from_be_bytes(bytes))),
            Store::Float32(store) => fixed(bytes).map(|bytes| store.append_value(f32::from_be_bytes(bytes))),
            Store::Float64(store) => fixed(bytes).map(|bytes| store.append_value(f64::from_be_bytes(bytes))),
            Store::Text(store) => push_text(store, wire, bytes),
            Store::Bytes(store) => {
                store.append_value(bytes);
                Some(())
            }
            Store::List(elements, lengths) => push_list(elements, lengths, bytes)?,
        })
    }
}

/// Reads what a frame stores in 64 bits; `Ok(None)` where it is not that.
fn long(wire: &Wire, bytes: &[u8]) -> Result<Option<i64>, Unreadable> {
    if *wire == Wire::Interval {
        return fixed(bytes).map(interval).transpose();
    }
    let number = fixed(bytes).map(i64::from_be_bytes);
    match wire {
        Wire::Time => number.map(time).transpose(),
        Wire::Timestamp | Wire::TimestampTz => number.map(timestamp).transpose(),
        _ => Ok(number),
    }
}

/// Adds an array; `Ok(None)` where it is none.
fn push_list(
    elements: &mut Builder,
    lengths: &mut Vec<Option<usize>>,
    bytes: &[u8],
) -> Result<Option<()>, Unreadable> {
    let Some((dimensions, rest)) = bytes
        .split_first_chunk()
        .map(|(head, rest)| (i32::from_be_bytes(*head), rest))
    else {
        return Ok(None);
    };
    if dimensions > 1 {
        return Err(Unreadable::new(
            format!("an array has {dimensions} dimensions, and a list has one"),
            "CAST({} AS text)",
        ));
    }
    // Whether there are NULLs, and the type of the elements, which the statement has said.
    let Some(mut rest) = rest.get(8..) else {
        return Ok(None);
    };
    if dimensions == 0 {
        lengths.push(Some(0));
        return Ok(Some(()));
    }
    let Some((count, behind)) = int(rest) else {
        return Ok(None);
    };
    // Where the first element is counted from.
    let Some(behind) = behind.get(4..) else {
        return Ok(None);
    };
    rest = behind;
    let Ok(count) = usize::try_from(count) else {
        return Ok(None);
    };
    for _ in 0..count {
        let Some((length, behind)) = int(rest) else {
            return Ok(None);
        };
        let Ok(length) = usize::try_from(length) else {
            elements.push(None)?;
            rest = behind;
            continue;
        };
        let Some((value, behind)) = behind.split_at_checked(length) else {
            return Ok(None);
        };
        elements.push(Some(value))?;
        rest = behind;
    }
    lengths.push(Some(count));
    Ok(Some(()))
}

fn int(bytes: &[u8]) -> Option<(i32, &[u8])> {
    let (head, rest) = bytes.split_first_chunk()?;
    Some((i32::from_be_bytes(*head), rest))
}

fn inexact(number: &Numeric<'_>, precision: usize, scale: usize) -> Unreadable {
    let text = number.text();
    if text.ends_with(|last: char| last.is_ascii_alphabetic()) {
        return Unreadable::new(
            format!("{text} is no number of a decimal column"),
            "CAST({} AS double precision)",
        );
    }
    let reason = format!("{text} is no number of {precision} digits with {scale} of them after the point");
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let instead = if digits > 38 {
        "CAST({} AS double precision)"
    } else {
        "CAST({} AS numeric(38, 10))"
    };
    Unreadable::new(reason, instead)
}
