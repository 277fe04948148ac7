//! [`Encoder`]: the values of one column of a frame in PostgreSQL's binary format, as the column of the table wants them.
//!
//! Which column goes into which is decided before, in `types.rs`; here single values are refused: too large, too long, none
//! of those that an enum has.

mod numbers;

use bytes::{BufMut as _, BytesMut};
use polars::prelude::{
    BinaryChunked, BooleanChunked, ChunkExplode as _, DataType, Float64Chunked, Int32Chunked, Int64Chunked,
    Int128Chunked, ListChunked, PolarsError, Series, StringChunked, TimeUnit,
};

use super::moments::{DAYS, MICROSECONDS};
use super::text::put_text;
use super::unfit::too_long;
use super::wire::Wire;

/// The values of one column, each to be written by its row.
pub(super) struct Encoder {
    source: Source,
    wire: Wire,
    /// The type of the column, as the database writes it.
    type_name: String,
}

/// The values of a column, by what they are.
enum Source {
    Null,
    Boolean(BooleanChunked),
    Integer(Int64Chunked),
    /// Numbers with so many digits behind the point.
    Decimal(Int128Chunked, usize),
    Float {
        values: Float64Chunked,
        /// Whether they were shorter before.
        is_single: bool,
    },
    Text(StringChunked),
    Bytes(BinaryChunked),
    Date(Int32Chunked),
    /// Nanoseconds of a day.
    Time(Int64Chunked),
    Moment(Int64Chunked, TimeUnit),
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
        let series = series.rechunk();
        let physical = || series.to_physical_repr().into_owned();
        let source = match series.dtype() {
            DataType::Boolean => Source::Boolean(series.bool()?.clone()),
            DataType::UInt64 | DataType::Int128 | DataType::UInt128 => {
                Source::Decimal(series.strict_cast(&DataType::Int128)?.i128()?.clone(), 0)
            }
            dtype if dtype.is_integer() => {
                Source::Integer(series.strict_cast(&DataType::Int64)?.i64()?.clone())
            }
            dtype if dtype.is_float() => Source::Float {
                is_single: *dtype == DataType::Float32,
                values: series.cast(&DataType::Float64)?.f64()?.clone(),
            },
            DataType::Decimal(_, scale) => Source::Decimal(physical().i128()?.clone(), *scale),
            DataType::String => Source::Text(series.str()?.clone()),
            DataType::Categorical(..) | DataType::Enum(..) => {
                Source::Text(series.cast(&DataType::String)?.str()?.clone())
            }
            DataType::Binary => Source::Bytes(series.binary()?.clone()),
            DataType::Date => Source::Date(physical().i32()?.clone()),
            DataType::Time => Source::Time(physical().i64()?.clone()),
            DataType::Datetime(unit, _) => Source::Moment(physical().i64()?.clone(), *unit),
            DataType::Duration(unit) => Source::Duration(physical().i64()?.clone(), *unit),
            DataType::List(_) => list(series.list()?.clone(), wire, type_name)?,
            _ => Source::Null,
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
            Source::Null => None,
            Source::Boolean(values) => values.get(row).map(|value| {
                out.put_i32(1);
                out.put_u8(u8::from(value));
                Ok(())
            }),
            Source::Integer(values) => values
                .get(row)
                .map(|value| self.put_whole(i128::from(value), out)),
            Source::Decimal(values, 0) => values.get(row).map(|value| self.put_whole(value, out)),
            Source::Decimal(values, scale) => {
                values.get(row).map(|value| self.put_decimal(value, *scale, out))
            }
            Source::Float { values, is_single } => values
                .get(row)
                .map(|value| self.put_float(value, *is_single, out)),
            Source::Text(values) => values
                .get(row)
                .map(|value| put_text(value, &self.wire, &self.type_name, out)),
            Source::Bytes(values) => values.get(row).map(|value| {
                out.put_i32(i32::try_from(value.len()).map_err(|_| too_long(value.len()))?);
                out.put_slice(value);
                Ok(())
            }),
            Source::Date(values) => values.get(row).map(|value| self.put_date(value, out)),
            Source::Time(values) => values.get(row).map(|value| {
                let time = microseconds(value, TimeUnit::Nanoseconds)?;
                out.put_i32(8);
                out.put_i64(time);
                Ok(())
            }),
            Source::Moment(values, unit) => values.get(row).map(|value| {
                let moment = microseconds(value, *unit)?.checked_sub(MICROSECONDS);
                let moment = moment.filter(|moment| !matches!(*moment, i64::MIN | i64::MAX));
                out.put_i32(8);
                out.put_i64(moment.ok_or("the moment is too far away for the database")?);
                Ok(())
            }),
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
