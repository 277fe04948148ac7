//! Which type a new column gets, and which values go into which column.
//!
//! Values change their form on the way where nothing of them is lost; what would have to be guessed (a number from a text,
//! the zone of a moment) is refused before the first row goes out, with what to write instead.

use polars::prelude::DataType;

use super::declared::Declared;
use crate::database::decimal::MOST_DIGITS;

/// Returns the type of a new column; `None` where there is none for such values.
pub(super) fn type_for(dtype: &DataType) -> Option<String> {
    Some(match dtype {
        DataType::Decimal(precision, scale) if *precision <= MOST_DIGITS => {
            // MySQL keeps at most 30 digits behind the point, MariaDB 38.
            format!("decimal({precision},{scale})")
        }
        // Texts compare as in frames only where the database says so; which letters it can keep is not left to it.
        DataType::String | DataType::Categorical(..) | DataType::Enum(..) => {
            "longtext CHARACTER SET utf8mb4".to_owned()
        }
        DataType::Binary => "longblob".to_owned(),
        // Without NULL, older servers would fill in the time of the load.
        DataType::Datetime(_, Some(_)) => "timestamp(6) NULL".to_owned(),
        _ => plain(dtype)?.to_owned(),
    })
}

/// Returns the type of a new column by which rows are known: one that an index takes, and that tells all texts apart.
pub(super) fn key_type_for(dtype: &DataType) -> Option<String> {
    Some(match dtype {
        DataType::String | DataType::Categorical(..) | DataType::Enum(..) => {
            "varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin".to_owned()
        }
        DataType::Binary => "varbinary(255)".to_owned(),
        DataType::Datetime(_, Some(_)) => "timestamp(6)".to_owned(),
        _ => return type_for(dtype),
    })
}

fn plain(dtype: &DataType) -> Option<&'static str> {
    Some(match dtype {
        DataType::Boolean => "tinyint(1)",
        DataType::Int8 => "tinyint",
        DataType::Int16 => "smallint",
        DataType::Int32 => "int",
        DataType::Int64 => "bigint",
        DataType::UInt8 => "tinyint unsigned",
        DataType::UInt16 => "smallint unsigned",
        DataType::UInt32 => "int unsigned",
        DataType::UInt64 => "bigint unsigned",
        DataType::Float32 => "float",
        DataType::Float64 => "double",
        DataType::Date => "date",
        DataType::Time => "time(6)",
        DataType::Datetime(_, None) => "datetime(6)",
        _ => return None,
    })
}

/// Says why values of `dtype` cannot go into a column; `None` where they can, maybe but for some.
pub(super) fn misfit(dtype: &DataType, type_name: &str) -> Option<String> {
    let Some(declared) = Declared::of(type_name) else {
        return Some(format!("rows cannot be loaded into a column of type {type_name}"));
    };
    let is_whole = matches!(declared, Declared::Whole(..) | Declared::Boolean | Declared::Year);
    let is_number = is_whole
        || matches!(
            declared,
            Declared::Float32 | Declared::Float64 | Declared::Decimal { .. }
        );
    let is_text = matches!(
        declared,
        Declared::Text { .. } | Declared::Choice(_) | Declared::Written
    );
    let is_fine = match dtype {
        DataType::Null => true,
        DataType::Boolean => matches!(declared, Declared::Boolean | Declared::Whole(..)),
        dtype if dtype.is_integer() => is_number,
        DataType::Float32 | DataType::Float64 => is_number && !is_whole,
        DataType::Decimal(_, scale) => is_number && (!is_whole || *scale == 0),
        DataType::String | DataType::Categorical(..) | DataType::Enum(..) => is_text,
        DataType::Binary => matches!(declared, Declared::Bytes { .. }),
        DataType::Date => matches!(declared, Declared::Date | Declared::Moment(_)),
        DataType::Time => matches!(declared, Declared::Time(_)),
        DataType::Datetime(_, None) => matches!(declared, Declared::Moment(_)),
        DataType::Datetime(_, Some(_)) => matches!(declared, Declared::Instant(_)),
        _ => return Some(format!("MySQL has no type for values of {dtype}")),
    };
    if is_fine {
        return None;
    }
    let advice = match (dtype, declared) {
        (DataType::Datetime(_, None), Declared::Instant(_)) => {
            "which moments they are is not known without a zone: give them one first"
        }
        (DataType::Datetime(_, Some(_)), Declared::Moment(_)) => {
            "they would lose their zone: take it off first, in the zone that is wanted"
        }
        (DataType::Date, Declared::Instant(_)) => {
            "in which zone a day begins is not known: make them moments with a zone first"
        }
        (DataType::Datetime(..), Declared::Date) => "they would lose their time: take their dates first",
        (DataType::Float32 | DataType::Float64 | DataType::Decimal(..), _) if is_whole => {
            "they would lose what is behind the point: round them, and cast them first"
        }
        _ => "cast them first",
    };
    Some(format!(
        "its values are {dtype}, and the column is {type_name}: {advice}"
    ))
}
