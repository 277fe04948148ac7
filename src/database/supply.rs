//! [`Supply`]: the values of one column of a frame, by what they are, for those who write them one by one.

use polars::prelude::{
    BinaryChunked, BooleanChunked, DataType, Float64Chunked, Int32Chunked, Int64Chunked, Int128Chunked,
    PolarsError, Series, StringChunked, TimeUnit,
};

/// The values of a column, by what they are.
pub(super) enum Supply {
    /// All of them are NULL, or of no type that goes into a table.
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
}

impl Supply {
    /// Brings the values of a column into the form in which they are read here.
    ///
    /// # Errors
    ///
    /// Polars does not do that.
    pub(super) fn of(series: &Series) -> Result<Self, PolarsError> {
        let series = series.rechunk();
        let physical = || series.to_physical_repr().into_owned();
        Ok(match series.dtype() {
            DataType::Boolean => Supply::Boolean(series.bool()?.clone()),
            DataType::UInt64 | DataType::Int128 | DataType::UInt128 => {
                Supply::Decimal(series.strict_cast(&DataType::Int128)?.i128()?.clone(), 0)
            }
            dtype if dtype.is_integer() => {
                Supply::Integer(series.strict_cast(&DataType::Int64)?.i64()?.clone())
            }
            dtype if dtype.is_float() => Supply::Float {
                is_single: *dtype == DataType::Float32,
                values: series.cast(&DataType::Float64)?.f64()?.clone(),
            },
            DataType::Decimal(_, scale) => Supply::Decimal(physical().i128()?.clone(), *scale),
            DataType::String => Supply::Text(series.str()?.clone()),
            DataType::Categorical(..) | DataType::Enum(..) => {
                Supply::Text(series.cast(&DataType::String)?.str()?.clone())
            }
            DataType::Binary => Supply::Bytes(series.binary()?.clone()),
            DataType::Date => Supply::Date(physical().i32()?.clone()),
            DataType::Time => Supply::Time(physical().i64()?.clone()),
            DataType::Datetime(unit, _) => Supply::Moment(physical().i64()?.clone(), *unit),
            _ => Supply::Null,
        })
    }
}

/// Returns a float in 32 bits, where it stays the same.
///
/// # Errors
///
/// Why a column of `type_name` cannot take it, with the value.
pub(super) fn shortened(value: f64, type_name: &str) -> Result<f32, String> {
    let short = value as f32;
    if short.is_infinite() {
        return Err(format!("{value:?} is not in the range of {type_name}"));
    }
    if f64::from(short).total_cmp(&value).is_ne() {
        return Err(format!(
            "{value:?} is not exactly a number of type {type_name}; cast it to 32 bits first"
        ));
    }
    Ok(short)
}
