//! [`Encoder`]: the values of one column of a frame in PostgreSQL's binary format, as the column of the table wants them.
//!
//! Which column goes into which is decided before, in `types.rs`; here single values are refused: too large, too long, none
//! of those that an enum has.

mod numbers;

use bytes::{BufMut as _, BytesMut};
use polars::prelude::{
    BooleanChunked, ChunkExplode as _, DataType, Int64Chunked, ListChunked, PolarsError, Series, TimeUnit,
};

use super::bytes::too_long;
use super::moments::{DAYS, MICROSECONDS};
use super::text::put_text;
use super::wire::Wire;
use crate::database::supply::Supply;

/// The values of one column, each to be written by its row.
pub(super) struct Encoder {
    source: Source,
    wire: Wire,
    /// The type of the column, as the database writes it.
    type_name: String,
}

/// The values of a column, by what they are.
enum Source {
    /// What each database has.
    Plain(Supply),
    Duration(Int64Chunked, TimeUnit),
    List {
        nulls: BooleanChunked,
        offsets: Vec<i64>,
        elements: Box<Encoder>,
        kind: u32,
    },
}

impl Encoder {
    /// Prepares a column of a batch.
    ///
    /// # Errors
    ///
    /// Polars does not bring its values into the form in which they are read here.
    pub(super) fn new(series: &Series, wire: &Wire, type_name: &str) -> Result<Self, PolarsError> {
        let source = match series.dtype() {
            DataType::Duration(unit) => {
                let values = series.rechunk().to_physical_repr().i64()?.clone();
                Source::Duration(values, *unit)
            }
            DataType::List(_) => list(series.rechunk().list()?.clone(), wire, type_name)?,
            _ => Source::Plain(Supply::of(series)?),
        };
        Ok(Self {
            source,
            wire: wire.clone(),
            type_name: type_name.to_owned(),
        })
    }

    /// Writes the value of a row, with its length in front.
    ///
    /// # Errors
    ///
    /// Why the column cannot take it, with the value.
    pub(super) fn put(&self, row: usize, out: &mut BytesMut) -> Result<(), String> {
        let is_there = match &self.source {
            Source::Plain(values) => self.put_plain(values, row, out),
            Source::Duration(values, unit) => values.get(row).map(|value| {
                let length = microseconds(value, *unit)?;
                out.put_i32(16);
                out.put_i64(length);
                // Days and months, which are not of one length.
                out.put_i64(0);
                Ok(())
            }),
            Source::List {
                nulls,
                offsets,
                elements,
                kind,
            } => (nulls.get(row) == Some(false)).then(|| put_list(offsets, elements, *kind, row, out)),
        };
        is_there.unwrap_or_else(|| {
            out.put_i32(-1);
            Ok(())
        })
    }

    /// Writes the value of a row, where it has one.
    fn put_plain(&self, values: &Supply, row: usize, out: &mut BytesMut) -> Option<Result<(), String>> {
        Some(match values {
            Supply::Null => return None,
            Supply::Boolean(values) => {
                let value = values.get(row)?;
                out.put_i32(1);
                out.put_u8(u8::from(value));
                Ok(())
            }
            Supply::Integer(values) => self.put_whole(i128::from(values.get(row)?), out),
            Supply::Decimal(values, 0) => self.put_whole(values.get(row)?, out),
            Supply::Decimal(values, scale) => self.put_decimal(values.get(row)?, *scale, out),
            Supply::Float { values, is_single } => self.put_float(values.get(row)?, *is_single, out),
            Supply::Text(values) => put_text(values.get(row)?, &self.wire, &self.type_name, out),
            Supply::Bytes(values) => put_bytes(values.get(row)?, out),
            Supply::Date(values) => self.put_date(values.get(row)?, out),
            Supply::Time(values) => put_time(values.get(row)?, out),
            Supply::Moment(values, unit) => put_moment(values.get(row)?, *unit, out),
        })
    }

    fn put_date(&self, value: i32, out: &mut BytesMut) -> Result<(), String> {
        let days = value
            .checked_sub(DAYS)
            .filter(|days| *days != i32::MIN && *days != i32::MAX);
        let days = days.ok_or("the date is too far away for the database")?;
        if self.wire == Wire::Timestamp {
            let moment = i64::from(days) * super::moments::DAY;
            out.put_i32(8);
            out.put_i64(moment);
        } else {
            out.put_i32(4);
            out.put_i32(days);
        }
        Ok(())
    }
}

fn put_bytes(value: &[u8], out: &mut BytesMut) -> Result<(), String> {
    out.put_i32(i32::try_from(value.len()).map_err(|_| too_long(value.len()))?);
    out.put_slice(value);
    Ok(())
}

fn put_time(value: i64, out: &mut BytesMut) -> Result<(), String> {
    let time = microseconds(value, TimeUnit::Nanoseconds)?;
    out.put_i32(8);
    out.put_i64(time);
    Ok(())
}

fn put_moment(value: i64, unit: TimeUnit, out: &mut BytesMut) -> Result<(), String> {
    let moment = microseconds(value, unit)?.checked_sub(MICROSECONDS);
    let moment = moment.filter(|moment| !matches!(*moment, i64::MIN | i64::MAX));
    let moment = moment.ok_or("the moment is too far away for the database")?;
    out.put_i32(8);
    out.put_i64(moment);
    Ok(())
}

/// Prepares lists: their elements are those of one column.
fn list(values: ListChunked, wire: &Wire, type_name: &str) -> Result<Source, PolarsError> {
    let (element, kind) = match wire {
        Wire::List(element, kind) => (&**element, *kind),
        other => (other, 0),
    };
    let type_name = type_name.strip_suffix("[]").unwrap_or(type_name);
    let elements = Box::new(Encoder::new(&values.get_inner(), element, type_name)?);
    Ok(Source::List {
        offsets: values.offsets()?.iter().copied().collect(),
        nulls: values.is_null(),
        elements,
        kind,
    })
}

/// Writes an array of one dimension.
fn put_list(
    offsets: &[i64],
    elements: &Encoder,
    kind: u32,
    row: usize,
    out: &mut BytesMut,
) -> Result<(), String> {
    let bound = |at: usize| {
        offsets
            .get(at)
            .and_then(|at| usize::try_from(*at).ok())
            .unwrap_or(0)
    };
    let range = bound(row)..bound(row + 1);
    let start = out.len();
    out.put_i32(0);
    out.put_i32(i32::from(!range.is_empty()));
    // That there may be NULLs; the server looks for itself.
    out.put_i32(1);
    out.put_u32(kind);
    if !range.is_empty() {
        out.put_i32(i32::try_from(range.len()).map_err(|_| too_long(range.len()))?);
        out.put_i32(1);
    }
    for at in range {
        elements.put(at, out)?;
    }
    let length = i32::try_from(out.len() - start - 4).map_err(|_| too_long(out.len() - start))?;
    if let Some(slot) = out.get_mut(start..start + 4) {
        slot.copy_from_slice(&length.to_be_bytes());
    }
    Ok(())
}

/// Returns the microseconds of a length of time, where that loses nothing.
fn microseconds(value: i64, unit: TimeUnit) -> Result<i64, String> {
    match unit {
        TimeUnit::Nanoseconds if value % 1000 != 0 => {
            Err("it has nanoseconds, and the database keeps microseconds; round it first".to_owned())
        }
        TimeUnit::Nanoseconds => Ok(value / 1000),
        TimeUnit::Microseconds => Ok(value),
        TimeUnit::Milliseconds => value
            .checked_mul(1000)
            .ok_or_else(|| "it is too far away for the database".to_owned()),
    }
}
