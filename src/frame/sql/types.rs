//! Types: their SQL names, and which of two different types values are compared and combined in.

use polars::prelude::{DataType, TimeUnit};

pub(super) use crate::frame::map::{MAP_KEY, MAP_VALUE, as_map};

/// The type of timestamps without a zone, which are those of UTC.
pub(super) fn timestamp() -> DataType {
    DataType::Datetime(TimeUnit::Microseconds, None)
}

/// The type of spans of time.
pub(super) fn interval() -> DataType {
    DataType::Duration(TimeUnit::Microseconds)
}

/// The type of spans of months, which are of no one length: a struct, so that it is never taken for a number.
pub(super) fn months() -> DataType {
    DataType::Struct(vec![polars::prelude::Field::new(MONTHS.into(), DataType::Int32)])
}

/// The name of the one field of spans of months.
pub(super) const MONTHS: &str = "interval months";

/// Returns whether it is the type of spans of months.
pub(super) fn is_months(dtype: &DataType) -> bool {
    match dtype {
        DataType::Struct(fields) => match fields.as_slice() {
            [field] => field.name() == MONTHS && *field.dtype() == DataType::Int32,
            _ => false,
        },
        _ => false,
    }
}

/// Returns whether it is a type of spans of time.
pub(super) fn is_interval(dtype: &DataType) -> bool {
    matches!(dtype, DataType::Duration(_)) || is_months(dtype)
}

/// Returns the SQL name of a type.
pub(super) fn sql_name(dtype: &DataType) -> String {
    match dtype {
        DataType::Null => "VOID".to_owned(),
        DataType::Boolean => "BOOLEAN".to_owned(),
        DataType::Int8 => "TINYINT".to_owned(),
        DataType::Int16 => "SMALLINT".to_owned(),
        DataType::Int32 => "INT".to_owned(),
        DataType::Int64 => "BIGINT".to_owned(),
        DataType::UInt8 => "TINYINT UNSIGNED".to_owned(),
        DataType::UInt16 => "SMALLINT UNSIGNED".to_owned(),
        DataType::UInt32 => "INT UNSIGNED".to_owned(),
        DataType::UInt64 => "BIGINT UNSIGNED".to_owned(),
        DataType::Float32 => "FLOAT".to_owned(),
        DataType::Float64 => "DOUBLE".to_owned(),
        DataType::Decimal(precision, scale) => format!("DECIMAL({precision},{scale})"),
        DataType::String | DataType::Categorical(..) | DataType::Enum(..) => "STRING".to_owned(),
        DataType::Binary => "BINARY".to_owned(),
        DataType::Date => "DATE".to_owned(),
        DataType::Datetime(_, None) => "TIMESTAMP".to_owned(),
        DataType::Datetime(_, Some(zone)) => format!("TIMESTAMP ({})", zone.as_str()),
        DataType::Duration(_) => "INTERVAL DAY TO SECOND".to_owned(),
        DataType::Time => "TIME".to_owned(),
        DataType::List(inner) => match as_map(dtype) {
            Some((key, value)) => format!("MAP<{}, {}>", sql_name(key), sql_name(value)),
            None => format!("ARRAY<{}>", sql_name(inner)),
        },
        months if is_months(months) => "INTERVAL YEAR TO MONTH".to_owned(),
        DataType::Struct(fields) => {
            let fields: Vec<String> = fields
                .iter()
                .map(|field| format!("{}: {}", field.name(), sql_name(field.dtype())))
                .collect();
            format!("STRUCT<{}>", fields.join(", "))
        }
        other => other.to_string().to_uppercase(),
    }
}

/// Returns the name of a type in small letters, as `typeof` gives it: `struct<a:int>`.
pub(in crate::frame) fn short_name(dtype: &DataType) -> String {
    match dtype {
        DataType::List(inner) => match as_map(dtype) {
            Some((key, value)) => format!("map<{},{}>", short_name(key), short_name(value)),
            None => format!("array<{}>", short_name(inner)),
        },
        DataType::Struct(fields) if !is_months(dtype) => {
            let fields: Vec<String> = fields
                .iter()
                .map(|field| format!("{}:{}", field.name(), short_name(field.dtype())))
                .collect();
            format!("struct<{}>", fields.join(","))
        }
        other => sql_name(other).to_lowercase(),
    }
}

pub(super) fn is_text(dtype: &DataType) -> bool {
    matches!(
        dtype,
        DataType::String | DataType::Categorical(..) | DataType::Enum(..)
    )
}

pub(super) fn is_whole(dtype: &DataType) -> bool {
    dtype.is_integer()
}

pub(super) fn is_number(dtype: &DataType) -> bool {
    dtype.is_integer() || dtype.is_float() || dtype.is_decimal()
}

pub(super) fn is_moment(dtype: &DataType) -> bool {
    matches!(dtype, DataType::Date | DataType::Datetime(..))
}

/// Returns the signed type in which whole numbers of a type are computed with.
pub(super) fn signed(dtype: &DataType) -> DataType {
    match dtype {
        DataType::UInt8 => DataType::Int16,
        DataType::UInt16 => DataType::Int32,
        DataType::UInt32 | DataType::UInt64 => DataType::Int64,
        other => other.clone(),
    }
}

fn rank(dtype: &DataType) -> Option<u8> {
    Some(match dtype {
        DataType::Int8 => 1,
        DataType::Int16 => 2,
        DataType::Int32 => 3,
        DataType::Int64 => 4,
        _ => return None,
    })
}

/// How many digits before the point a whole number of a type can have.
fn digits(dtype: &DataType) -> usize {
    match dtype {
        DataType::Int8 => 3,
        DataType::Int16 => 5,
        DataType::Int32 => 10,
        _ => 19,
    }
}

/// Returns the type in which values of both types are compared, or combined into one column; `None` where there is none.
///
/// As Spark has it in ANSI mode: text beside another type becomes that type.
pub(super) fn common(one: &DataType, other: &DataType) -> Option<DataType> {
    if one == other {
        return Some(one.clone());
    }
    if is_text(one) && is_text(other) {
        return Some(DataType::String);
    }
    let (one, other) = (signed(one), signed(other));
    if one == other {
        return Some(one);
    }
    if let (Some(first), Some(second)) = (rank(&one), rank(&other)) {
        return Some(if first > second { one } else { other });
    }
    Some(match (&one, &other) {
        (DataType::Null, dtype) | (dtype, DataType::Null) => dtype.clone(),
        (DataType::Decimal(p1, s1), DataType::Decimal(p2, s2)) => {
            let scale = *s1.max(s2);
            let whole = (p1 - s1).max(p2 - s2);
            DataType::Decimal((whole + scale).min(38), scale)
        }
        (DataType::Decimal(precision, scale), whole) | (whole, DataType::Decimal(precision, scale))
            if rank(whole).is_some() =>
        {
            let before = (precision - scale).max(digits(whole));
            DataType::Decimal((before + scale).min(38), *scale)
        }
        (one, other) if is_number(one) && is_number(other) => DataType::Float64,
        (text, whole) | (whole, text) if is_text(text) && rank(whole).is_some() => DataType::Int64,
        (text, number) | (number, text) if is_text(text) && is_number(number) => DataType::Float64,
        (text, dtype) | (dtype, text)
            if is_text(text)
                && matches!(
                    dtype,
                    DataType::Boolean
                        | DataType::Date
                        | DataType::Datetime(..)
                        | DataType::Time
                        | DataType::Binary
                ) =>
        {
            dtype.clone()
        }
        (DataType::Date, zoned @ DataType::Datetime(..))
        | (zoned @ DataType::Datetime(..), DataType::Date) => zoned.clone(),
        (DataType::Datetime(_, zone), DataType::Datetime(_, other)) => {
            let zone = zone.clone().or_else(|| other.clone());
            DataType::Datetime(TimeUnit::Microseconds, zone)
        }
        (DataType::Duration(_), DataType::Duration(_)) => interval(),
        (map, array) if as_map(map).is_some() != as_map(array).is_some() => return None,
        (DataType::List(one), DataType::List(other)) => DataType::List(Box::new(common(one, other)?)),
        (DataType::Struct(one), DataType::Struct(other)) if one.len() == other.len() => {
            let fields = one.iter().zip(other).map(|(one, other)| {
                let dtype = common(one.dtype(), other.dtype())?;
                Some(polars::prelude::Field::new(one.name().clone(), dtype))
            });
            DataType::Struct(fields.collect::<Option<_>>()?)
        }
        _ => return None,
    })
}

/// Returns the type that all of several types have in common.
pub(super) fn common_of<'a>(mut dtypes: impl Iterator<Item = &'a DataType>) -> Option<DataType> {
    let first = dtypes.next()?.clone();
    dtypes.try_fold(first, |common_so_far, dtype| common(&common_so_far, dtype))
}

/// Returns whether a cast from one type to another means anything.
pub(super) fn can_cast(from: &DataType, to: &DataType) -> bool {
    let is_simple = |dtype: &DataType| !dtype.is_nested();
    match (from, to) {
        (DataType::Null, _) => true,
        (one, other) if one == other => true,
        (DataType::Duration(_), DataType::Duration(_)) => true,
        // What an interval is as text or as a number depends on its unit, which is not part of the type.
        (from, to) if [from, to].into_iter().any(is_interval) => false,
        // Text can hold anything.
        (DataType::List(_) | DataType::Struct(_), DataType::String) => true,
        (from, to) if as_map(from).is_some() != as_map(to).is_some() => false,
        (DataType::List(from), DataType::List(to)) => can_cast(from, to),
        (DataType::Struct(from), DataType::Struct(to)) => {
            from.len() == to.len()
                && from
                    .iter()
                    .zip(to)
                    .all(|(from, to)| can_cast(from.dtype(), to.dtype()))
        }
        (from, to) if !is_simple(from) || !is_simple(to) => false,
        (from, to) if is_text(from) || is_text(to) => true,
        (from, to) if is_number(from) && is_number(to) => true,
        (DataType::Boolean, to) => is_number(to),
        (from, DataType::Boolean) => is_number(from),
        (from, to) if is_moment(from) && is_moment(to) => true,
        (DataType::Datetime(..), to) => is_number(to),
        (from, DataType::Datetime(..)) => is_number(from),
        (DataType::Time, DataType::Time) => true,
        _ => false,
    }
}

/// Returns whether values of a type are maps or hold some: maps are neither compared nor ordered.
pub(super) fn has_map(dtype: &DataType) -> bool {
    match dtype {
        DataType::List(inner) => as_map(dtype).is_some() || has_map(inner),
        DataType::Struct(fields) => fields.iter().any(|field| has_map(field.dtype())),
        _ => false,
    }
}

/// Returns whether values of a type are arrays: a map, which polars holds as one, is none.
pub(super) fn is_array(dtype: &DataType) -> bool {
    matches!(dtype, DataType::List(_)) && as_map(dtype).is_none()
}

/// Returns the type of maps.
pub(super) fn map(key: DataType, value: DataType) -> DataType {
    pairs((MAP_KEY, key), (MAP_VALUE, value))
}

/// Returns the type of a map's entries: an array of structs of `key` and `value`.
pub(super) fn entries(key: DataType, value: DataType) -> DataType {
    pairs(("key", key), ("value", value))
}

fn pairs(one: (&str, DataType), other: (&str, DataType)) -> DataType {
    let fields = [one, other].map(|(name, dtype)| polars::prelude::Field::new(name.into(), dtype));
    DataType::List(Box::new(DataType::Struct(fields.into())))
}
