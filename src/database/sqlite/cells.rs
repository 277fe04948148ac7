//! [`Cells`]: the values of a column of a result, in the type that they have in a frame.

use polars::prelude::{
    BinaryChunkedBuilder, BooleanChunkedBuilder, ChunkedBuilder, DataType, Float64Type, Int32Type, Int64Type,
    Int128Type, IntoSeries, PlSmallStr, PrimitiveChunkedBuilder, Series, StringChunkedBuilder, TimeUnit,
    TimeZone,
};
use rusqlite::types::ValueRef;

use super::declared::Kind;
use super::moments;

/// How many rows there is room for at first.
const ROOM: usize = 1024;
/// Up to here, each whole number is a float exactly.
const EXACT: u64 = 1 << 53;

/// The values of a column.
pub(super) enum Cells {
    /// So many rows of NULL, of no type yet.
    Nothing(usize),
    Integer(PrimitiveChunkedBuilder<Int64Type>),
    Float(PrimitiveChunkedBuilder<Float64Type>),
    Boolean(BooleanChunkedBuilder),
    /// Days since 1970.
    Date(PrimitiveChunkedBuilder<Int32Type>),
    /// Nanoseconds since midnight.
    Time(PrimitiveChunkedBuilder<Int64Type>),
    /// Microseconds since 1970, where the clock is.
    Moment(PrimitiveChunkedBuilder<Int64Type>),
    /// Microseconds since 1970, in UTC.
    Instant(PrimitiveChunkedBuilder<Int64Type>),
    Text(StringChunkedBuilder),
    Binary(BinaryChunkedBuilder),
    Decimal(PrimitiveChunkedBuilder<Int128Type>, usize, usize),
}

/// Returns a whole number as a float, where one is exactly that.
pub(super) fn exact(number: i64) -> Option<f64> {
    (number.unsigned_abs() <= EXACT).then_some(number as f64)
}

impl Cells {
    pub(super) fn of(kind: Kind, name: &PlSmallStr) -> Self {
        let name = name.clone();
        match kind {
            Kind::Values => Self::Nothing(0),
            Kind::Integer => Self::Integer(PrimitiveChunkedBuilder::new(name, ROOM)),
            Kind::Float => Self::Float(PrimitiveChunkedBuilder::new(name, ROOM)),
            Kind::Boolean => Self::Boolean(BooleanChunkedBuilder::new(name, ROOM)),
            Kind::Date => Self::Date(PrimitiveChunkedBuilder::new(name, ROOM)),
            Kind::Time => Self::Time(PrimitiveChunkedBuilder::new(name, ROOM)),
            Kind::Moment => Self::Moment(PrimitiveChunkedBuilder::new(name, ROOM)),
            Kind::Instant => Self::Instant(PrimitiveChunkedBuilder::new(name, ROOM)),
            Kind::Text => Self::Text(StringChunkedBuilder::new(name, ROOM)),
            Kind::Binary => Self::Binary(BinaryChunkedBuilder::new(name, ROOM)),
            Kind::Decimal { precision, scale } => {
                Self::Decimal(PrimitiveChunkedBuilder::new(name, ROOM), precision, scale)
            }
        }
    }

    /// Makes empty cells of a type that [`Self::dtype`] has returned.
    pub(super) fn for_dtype(dtype: &DataType, name: &PlSmallStr) -> Self {
        let kind = match dtype {
            DataType::Int64 => Kind::Integer,
            DataType::Float64 => Kind::Float,
            DataType::Boolean => Kind::Boolean,
            DataType::Date => Kind::Date,
            DataType::Time => Kind::Time,
            DataType::Datetime(_, None) => Kind::Moment,
            DataType::Datetime(_, Some(_)) => Kind::Instant,
            DataType::String => Kind::Text,
            DataType::Binary => Kind::Binary,
            DataType::Decimal(precision, scale) => Kind::Decimal {
                precision: *precision,
                scale: *scale,
            },
            _ => Kind::Values,
        };
        Self::of(kind, name)
    }

    pub(super) fn dtype(&self) -> DataType {
        match self {
            Self::Nothing(_) => DataType::Null,
            Self::Integer(_) => DataType::Int64,
            Self::Float(_) => DataType::Float64,
            Self::Boolean(_) => DataType::Boolean,
            Self::Date(_) => DataType::Date,
            Self::Time(_) => DataType::Time,
            Self::Moment(_) => DataType::Datetime(TimeUnit::Microseconds, None),
            Self::Instant(_) => DataType::Datetime(TimeUnit::Microseconds, Some(TimeZone::UTC)),
            Self::Text(_) => DataType::String,
            Self::Binary(_) => DataType::Binary,
            Self::Decimal(_, precision, scale) => DataType::Decimal(*precision, *scale),
        }
    }

    /// Takes the next value; returns whether it is one of them.
    pub(super) fn push(&mut self, value: ValueRef<'_>) -> bool {
        if matches!(value, ValueRef::Null) {
            self.push_null();
            return true;
        }
        match (self, value) {
            (Self::Integer(cells), ValueRef::Integer(value)) => cells.append_value(value),
            (Self::Float(cells), ValueRef::Real(value)) => cells.append_value(value),
            (Self::Float(cells), ValueRef::Integer(value)) => return append(cells, exact(value)),
            (Self::Text(cells), ValueRef::Text(bytes)) => match std::str::from_utf8(bytes) {
                Ok(text) => cells.append_value(text),
                Err(_) => return false,
            },
            (Self::Boolean(cells), ValueRef::Integer(value @ (0 | 1))) => cells.append_value(value == 1),
            (Self::Date(cells), ValueRef::Text(text)) => return append(cells, moments::date(text)),
            (Self::Time(cells), ValueRef::Text(text)) => return append(cells, moments::time(text)),
            (Self::Moment(cells), ValueRef::Text(text)) => {
                // Which moment a clock in another zone means, the column does not say.
                let moment = moments::moment(text).filter(|(_, offset)| offset.is_none());
                return append(cells, moment.map(|(moment, _)| moment));
            }
            (Self::Instant(cells), ValueRef::Text(text)) => {
                // Without an offset it is UTC, as everywhere in SQLite.
                let utc = |(moment, offset): (i64, Option<i64>)| moment - offset.unwrap_or(0) * 1_000_000;
                return append(cells, moments::moment(text).map(utc));
            }
            (Self::Binary(cells), ValueRef::Blob(bytes)) => cells.append_value(bytes),
            (Self::Decimal(cells, precision, scale), value) => {
                return append(cells, decimal(value, *precision, *scale));
            }
            // Types such as JSON have an affinity by which SQLite itself keeps a text of digits as a number.
            (Self::Text(cells), ValueRef::Integer(value)) => cells.append_value(value.to_string()),
            (Self::Text(cells), ValueRef::Real(value)) => cells.append_value(value.to_string()),
            _ => return false,
        }
        true
    }

    fn push_null(&mut self) {
        match self {
            Self::Nothing(rows) => *rows += 1,
            Self::Integer(cells) | Self::Time(cells) | Self::Moment(cells) | Self::Instant(cells) => {
                cells.append_null();
            }
            Self::Float(cells) => cells.append_null(),
            Self::Boolean(cells) => cells.append_null(),
            Self::Date(cells) => cells.append_null(),
            Self::Text(cells) => cells.append_null(),
            Self::Binary(cells) => cells.append_null(),
            Self::Decimal(cells, ..) => cells.append_null(),
        }
    }

    pub(super) fn finish(self, name: &PlSmallStr) -> Series {
        let dtype = self.dtype();
        match self {
            Self::Nothing(rows) => Series::new_null(name.clone(), rows),
            Self::Integer(cells) => cells.finish().into_series(),
            Self::Float(cells) => cells.finish().into_series(),
            Self::Boolean(cells) => cells.finish().into_series(),
            Self::Date(cells) => cells.finish().into_date().into_series(),
            Self::Time(cells) => cells.finish().into_time().into_series(),
            Self::Moment(cells) | Self::Instant(cells) => match dtype {
                DataType::Datetime(unit, zone) => cells.finish().into_datetime(unit, zone).into_series(),
                _ => cells.finish().into_series(),
            },
            Self::Text(cells) => cells.finish().into_series(),
            Self::Binary(cells) => cells.finish().into_series(),
            Self::Decimal(cells, precision, scale) => cells
                .finish()
                .into_decimal_unchecked(precision, scale)
                .into_series(),
        }
    }

    /// Says what the values are, for messages.
    pub(super) fn noun(&self) -> &'static str {
        match self {
            Self::Nothing(_) => "NULL",
            Self::Integer(_) => "integers",
            Self::Float(_) => "floats",
            Self::Boolean(_) => "booleans",
            Self::Date(_) => "dates",
            Self::Time(_) => "times",
            Self::Moment(_) | Self::Instant(_) => "moments",
            Self::Text(_) => "texts",
            Self::Binary(_) => "bytes",
            Self::Decimal(..) => "decimal numbers",
        }
    }

    /// Says how a value would have to be written, where its type alone does not say it.
    pub(super) fn expected(&self, value: ValueRef<'_>) -> String {
        let text = match (self, value) {
            (Self::Boolean(_), _) => ", which is 0 or 1",
            (Self::Date(_), _) => ", which is written as 2024-01-31",
            (Self::Time(_), _) => ", which is written as 12:30:00",
            (Self::Moment(_), ValueRef::Text(text))
                if matches!(moments::moment(text), Some((_, Some(_)))) =>
            {
                ", which has no offset: datetime(…) makes it UTC"
            }
            (Self::Moment(_), _) => ", which is written as 2024-01-31 12:30:00.000000",
            (Self::Instant(_), _) => ", which is written as 2024-01-31 12:30:00.000000+00:00",
            (Self::Float(_), ValueRef::Integer(_)) => ", and no float is exactly that",
            _ => "",
        };
        text.to_owned()
    }
}

fn append<T: polars::prelude::PolarsNumericType>(
    cells: &mut PrimitiveChunkedBuilder<T>,
    value: Option<T::Native>,
) -> bool {
    match value {
        Some(value) => {
            cells.append_value(value);
            true
        }
        None => false,
    }
}

/// Reads a decimal number of so many digits, as a count of its smallest unit; `None` where that would change it.
fn decimal(value: ValueRef<'_>, precision: usize, scale: usize) -> Option<i128> {
    let factor = 10_i128.checked_pow(scale as u32)?;
    let units = match value {
        ValueRef::Integer(value) => i128::from(value).checked_mul(factor)?,
        ValueRef::Real(value) => {
            let units = (value * factor as f64).round();
            // A float is the nearest one to the decimal number, or it is another number; both sides are exact up to here.
            let is_near = units.abs() <= EXACT as f64 && scale <= 22;
            if is_near {
                (units / factor as f64).eq(&value).then_some(units as i128)?
            } else {
                of_text(&value.to_string(), scale)?
            }
        }
        ValueRef::Text(text) => of_text(std::str::from_utf8(text).ok()?, scale)?,
        ValueRef::Null | ValueRef::Blob(_) => return None,
    };
    (units.unsigned_abs() < 10_u128.checked_pow(precision as u32)?).then_some(units)
}

fn of_text(text: &str, scale: usize) -> Option<i128> {
    let text = text.trim();
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let fraction = fraction.trim_end_matches('0');
    let is_number = !(whole.is_empty() && fraction.is_empty())
        && whole
            .bytes()
            .chain(fraction.bytes())
            .all(|digit| digit.is_ascii_digit());
    if !is_number || fraction.len() > scale {
        return None;
    }
    let units: i128 = format!("0{whole}{fraction:0<scale$}").parse().ok()?;
    Some(sign * units)
}
