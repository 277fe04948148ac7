//! Which type a new column gets, and which values go into which column.
//!
//! Values change their form on the way where nothing of them is lost; what would have to be guessed (a number from a text,
//! the zone of a moment) is refused before the first row goes out, with what to write instead.

use polars::prelude::{DataType, TimeUnit};

use super::sql_type::SqlType;
use crate::database::decimal::MOST_DIGITS;

/// Returns the type of a new column; `None` where there is none for such values.
pub(super) fn type_for(dtype: &DataType) -> Option<String> {
    Some(match dtype {
        DataType::Decimal(precision, scale) if *precision <= MOST_DIGITS => {
            format!("decimal({precision},{scale})")
        }
        DataType::String | DataType::Categorical(..) | DataType::Enum(..) => "nvarchar(max)".to_owned(),
        DataType::Datetime(unit, zone) => {
            let digits = if *unit == TimeUnit::Nanoseconds { 7 } else { 6 };
            let name = if zone.is_some() {
                "datetimeoffset"
            } else {
                "datetime2"
            };
            format!("{name}({digits})")
        }
        _ => plain(dtype)?.to_owned(),
    })
}

/// Returns the type of a new column by which rows are known: one that an index takes, and that tells all texts apart.
pub(super) fn key_type_for(dtype: &DataType) -> Option<String> {
    Some(match dtype {
        DataType::String | DataType::Categorical(..) | DataType::Enum(..) => {
            "nvarchar(450) COLLATE Latin1_General_100_BIN2".to_owned()
        }
        DataType::Binary => "varbinary(900)".to_owned(),
        _ => return type_for(dtype),
    })
}

fn plain(dtype: &DataType) -> Option<&'static str> {
    Some(match dtype {
        DataType::Boolean => "bit",
        DataType::UInt8 => "tinyint",
        DataType::Int8 | DataType::Int16 => "smallint",
        DataType::Int32 | DataType::UInt16 => "int",
        DataType::Int64 | DataType::UInt32 => "bigint",
        DataType::UInt64 => "decimal(20,0)",
        DataType::Float32 => "real",
        DataType::Float64 => "float",
        DataType::Binary => "varbinary(max)",
        DataType::Date => "date",
        DataType::Time => "time(7)",
        _ => return None,
    })
}

/// Says why values of `dtype` cannot go into a column; `None` where they can, maybe but for some.
pub(super) fn misfit(dtype: &DataType, type_name: &str) -> Option<String> {
    let Some(kind) = SqlType::named(type_name) else {
        return Some(format!("rows cannot be loaded into a column of type {type_name}"));
    };
    let is_whole = matches!(
        kind,
        SqlType::Bit | SqlType::TinyInt | SqlType::SmallInt | SqlType::Int | SqlType::BigInt
    );
    let is_exact = matches!(
        kind,
        SqlType::Decimal { .. } | SqlType::Money | SqlType::SmallMoney
    );
    let is_number = is_whole || is_exact || matches!(kind, SqlType::Real | SqlType::Float);
    let is_moment = matches!(
        kind,
        SqlType::DateTime | SqlType::SmallDateTime | SqlType::DateTime2(_)
    );
    let is_instant = matches!(kind, SqlType::DateTimeOffset(_));
    let is_fine = match dtype {
        DataType::Null => true,
        DataType::Boolean => is_whole,
        dtype if dtype.is_integer() => is_number,
        DataType::Float32 | DataType::Float64 => is_number && !is_whole,
        DataType::Decimal(_, scale) => is_number && (!is_whole || *scale == 0),
        DataType::String | DataType::Categorical(..) | DataType::Enum(..) => {
            matches!(kind, SqlType::Text { .. } | SqlType::Xml | SqlType::Guid)
        }
        DataType::Binary => matches!(kind, SqlType::Bytes { .. }),
        DataType::Date => is_moment || kind == SqlType::Date,
        DataType::Time => matches!(kind, SqlType::Time(_)),
        DataType::Datetime(_, None) => is_moment,
        DataType::Datetime(_, Some(_)) => is_instant,
        _ => return Some(format!("SQL Server has no type for values of {dtype}")),
    };
    if is_fine {
        return None;
    }
    let advice = match dtype {
        DataType::Datetime(_, None) if is_instant => {
            "which moments they are is not known without a zone: give them one first"
        }
        DataType::Datetime(_, Some(_)) if is_moment => {
            "they would lose their zone: take it off first, in the zone that is wanted"
        }
        DataType::Date if is_instant => {
            "in which zone a day begins is not known: make them moments with a zone first"
        }
        DataType::Datetime(..) if kind == SqlType::Date => {
            "they would lose their time: take their dates first"
        }
        DataType::Float32 | DataType::Float64 | DataType::Decimal(..) if is_whole => {
            "they would lose what is behind the point: round them, and cast them first"
        }
        _ => "cast them first",
    };
    Some(format!(
        "its values are {dtype}, and the column is {type_name}: {advice}"
    ))
}

#[cfg(test)]
mod tests {
    use polars::prelude::{DataType, TimeUnit, TimeZone};

    use super::{key_type_for, misfit, type_for};

    #[test]
    fn values_go_into_the_type_that_a_new_column_gets_for_them() {
        for dtype in [
            DataType::Boolean,
            DataType::Int8,
            DataType::UInt8,
            DataType::Int64,
            DataType::UInt64,
            DataType::Float32,
            DataType::Float64,
            DataType::Decimal(38, 10),
            DataType::String,
            DataType::Binary,
            DataType::Date,
            DataType::Time,
            DataType::Datetime(TimeUnit::Nanoseconds, None),
            DataType::Datetime(TimeUnit::Milliseconds, Some(TimeZone::UTC)),
        ] {
            let new = type_for(&dtype).unwrap();
            assert_eq!(misfit(&dtype, &new), None, "{dtype} into {new}");
            assert!(key_type_for(&dtype).is_some());
        }
        assert_eq!(type_for(&DataType::Duration(TimeUnit::Microseconds)), None);
    }

    #[test]
    fn what_would_lose_something_is_refused_with_what_to_do() {
        let utc = DataType::Datetime(TimeUnit::Microseconds, Some(TimeZone::UTC));
        for (dtype, into, expected) in [
            (DataType::Float64, "int", "round them"),
            (DataType::String, "int", "cast them first"),
            (DataType::Int64, "nvarchar(10)", "cast them first"),
            (utc.clone(), "datetime2(7)", "lose their zone"),
            (utc, "date", "lose their time"),
            (DataType::Date, "datetimeoffset(7)", "in which zone a day begins"),
            (DataType::String, "sql_variant", "rows cannot be loaded"),
            (
                DataType::List(Box::new(DataType::Int64)),
                "int",
                "has no type for values",
            ),
        ] {
            let found = misfit(&dtype, into).unwrap();
            assert!(found.contains(expected), "{dtype} into {into}: {found}");
        }
    }
}
