//! Which type a new column gets, and which values go into which column.
//!
//! Values change their form on the way where nothing of them is lost; what would have to be guessed (a number from a text,
//! the zone of a moment) is refused before the first row goes out, with what to write instead.

use polars::prelude::DataType;

use super::wire::Wire;

/// Returns the type of a new column; `None` where there is none for such values.
pub(super) fn type_for(dtype: &DataType) -> Option<String> {
    Some(match dtype {
        DataType::Boolean => "boolean".to_owned(),
        DataType::Int8 | DataType::Int16 | DataType::UInt8 => "smallint".to_owned(),
        DataType::Int32 | DataType::UInt16 => "integer".to_owned(),
        DataType::Int64 | DataType::UInt32 => "bigint".to_owned(),
        DataType::UInt64 => "numeric(20,0)".to_owned(),
        DataType::Float32 => "real".to_owned(),
        DataType::Float64 => "double precision".to_owned(),
        DataType::Decimal(precision, scale) => format!("numeric({precision},{scale})"),
        DataType::String | DataType::Categorical(..) | DataType::Enum(..) => "text".to_owned(),
        DataType::Binary => "bytea".to_owned(),
        DataType::Date => "date".to_owned(),
        DataType::Time => "time without time zone".to_owned(),
        DataType::Datetime(_, None) => "timestamp without time zone".to_owned(),
        DataType::Datetime(_, Some(_)) => "timestamp with time zone".to_owned(),
        DataType::Duration(_) => "interval".to_owned(),
        DataType::List(element) if !matches!(**element, DataType::List(_)) => {
            format!("{}[]", type_for(element)?)
        }
        _ => return None,
    })
}

/// Says why values of `dtype` cannot go into a column that is written as `wire`; `None` where they can.
pub(super) fn misfit(dtype: &DataType, wire: &Wire) -> Option<String> {
    let is_text = matches!(
        wire,
        Wire::Text { .. } | Wire::Enum(_) | Wire::Char | Wire::Json | Wire::Jsonb | Wire::Uuid
    );
    let is_whole = matches!(wire, Wire::Int16 | Wire::Int32 | Wire::Int64 | Wire::Oid);
    let is_number = is_whole || matches!(wire, Wire::Float32 | Wire::Float64 | Wire::Numeric { .. });
    let is_fine = match dtype {
        DataType::Null => true,
        DataType::Boolean => *wire == Wire::Boolean,
        dtype if dtype.is_integer() => is_number,
        DataType::Float32 | DataType::Float64 => is_number && !is_whole,
        DataType::Decimal(_, scale) => is_number && (!is_whole || *scale == 0),
        DataType::String | DataType::Categorical(..) | DataType::Enum(..) => is_text,
        DataType::Binary => *wire == Wire::Bytes,
        DataType::Date => matches!(wire, Wire::Date | Wire::Timestamp),
        DataType::Time => *wire == Wire::Time,
        DataType::Datetime(_, None) => *wire == Wire::Timestamp,
        DataType::Datetime(_, Some(_)) => *wire == Wire::TimestampTz,
        DataType::Duration(_) => *wire == Wire::Interval,
        DataType::List(element) => match wire {
            Wire::List(wire, _) => return misfit(element, wire),
            _ => false,
        },
        _ => return Some(format!("PostgreSQL has no type for values of {dtype}")),
    };
    if is_fine {
        return None;
    }
    let advice = match (dtype, wire) {
        (DataType::Datetime(_, None), Wire::TimestampTz) => {
            "which moments they are is not known without a zone: give them one first"
        }
        (DataType::Datetime(_, Some(_)), Wire::Timestamp) => {
            "they would lose their zone: take it off first, in the zone that is wanted"
        }
        (DataType::Date, Wire::TimestampTz) => {
            "in which zone a day begins is not known: make them moments with a zone first"
        }
        (DataType::Datetime(..), Wire::Date) => "they would lose their time: take their dates first",
        (DataType::Float32 | DataType::Float64 | DataType::Decimal(..), _) if is_whole => {
            "they would lose what is behind the point: round them, and cast them first"
        }
        (_, Wire::List(..)) => "the column takes lists",
        _ => "cast them first",
    };
    Some(format!("its values are {dtype}: {advice}"))
}
