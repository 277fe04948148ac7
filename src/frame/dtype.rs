//! The names of column types, and their polars types.

use polars::prelude::{DataType, TimeUnit};

use crate::error::nearest;

use super::error::FrameError;
use super::map::as_map;

/// The names that are listed when one is not known; each may be written in any case.
const NAMES: &[&str] = &[
    "Boolean",
    "Int8",
    "Int16",
    "Int32",
    "Int64",
    "UInt8",
    "UInt16",
    "UInt32",
    "UInt64",
    "Float32",
    "Float64",
    "String",
    "Date",
    "Datetime",
    "Duration",
    "Time",
    "Categorical",
    "Binary",
];

/// Other names, of SQL and Python, that mean the same.
const ALIASES: &[(&str, &str)] = &[
    ("bool", "Boolean"),
    ("i8", "Int8"),
    ("i16", "Int16"),
    ("i32", "Int32"),
    ("i64", "Int64"),
    ("u8", "UInt8"),
    ("u16", "UInt16"),
    ("u32", "UInt32"),
    ("u64", "UInt64"),
    ("f32", "Float32"),
    ("f64", "Float64"),
    ("tinyint", "Int8"),
    ("smallint", "Int16"),
    ("int", "Int64"),
    ("integer", "Int32"),
    ("bigint", "Int64"),
    ("long", "Int64"),
    ("real", "Float32"),
    ("float", "Float64"),
    ("double", "Float64"),
    ("double precision", "Float64"),
    ("str", "String"),
    ("utf8", "String"),
    ("text", "String"),
    ("varchar", "String"),
    ("char", "String"),
    ("timestamp", "Datetime"),
    ("interval", "Duration"),
    ("category", "Categorical"),
    ("bytes", "Binary"),
    ("blob", "Binary"),
];

/// Returns the polars type of a name such as `Int64`, `str` or `DOUBLE`.
///
/// Case does not matter. `int` is 64 bits wide, as in Python; SQL's `integer` is 32, as in polars.
pub fn parse_dtype(name: &str) -> Result<DataType, FrameError> {
    let wanted = name.trim().to_lowercase();
    let aliased = ALIASES
        .iter()
        .find(|(alias, _)| *alias == wanted)
        .map_or(wanted.as_str(), |(_, name)| name);
    let canonical = NAMES.iter().find(|known| known.eq_ignore_ascii_case(aliased));
    Ok(match canonical.copied() {
        Some("Boolean") => DataType::Boolean,
        Some("Int8") => DataType::Int8,
        Some("Int16") => DataType::Int16,
        Some("Int32") => DataType::Int32,
        Some("Int64") => DataType::Int64,
        Some("UInt8") => DataType::UInt8,
        Some("UInt16") => DataType::UInt16,
        Some("UInt32") => DataType::UInt32,
        Some("UInt64") => DataType::UInt64,
        Some("Float32") => DataType::Float32,
        Some("Float64") => DataType::Float64,
        Some("String") => DataType::String,
        Some("Date") => DataType::Date,
        Some("Datetime") => DataType::Datetime(TimeUnit::Microseconds, None),
        Some("Duration") => DataType::Duration(TimeUnit::Microseconds),
        Some("Time") => DataType::Time,
        Some("Categorical") => DataType::from_categories(polars::prelude::Categories::global()),
        Some("Binary") => DataType::Binary,
        _ => {
            return Err(FrameError::UnknownType {
                name: name.to_owned(),
                near: suggestion(name),
                known: NAMES,
            });
        }
    })
}

/// Returns the name of a polars type, as polars writes it in Python.
pub fn dtype_name(dtype: &DataType) -> String {
    match dtype {
        DataType::Boolean => "Boolean".to_owned(),
        DataType::Int8 => "Int8".to_owned(),
        DataType::Int16 => "Int16".to_owned(),
        DataType::Int32 => "Int32".to_owned(),
        DataType::Int64 => "Int64".to_owned(),
        DataType::UInt8 => "UInt8".to_owned(),
        DataType::UInt16 => "UInt16".to_owned(),
        DataType::UInt32 => "UInt32".to_owned(),
        DataType::UInt64 => "UInt64".to_owned(),
        DataType::Float32 => "Float32".to_owned(),
        DataType::Float64 => "Float64".to_owned(),
        DataType::String => "String".to_owned(),
        DataType::Binary => "Binary".to_owned(),
        DataType::Date => "Date".to_owned(),
        DataType::Time => "Time".to_owned(),
        DataType::Null => "Null".to_owned(),
        DataType::Datetime(_, None) => "Datetime".to_owned(),
        DataType::Datetime(_, Some(zone)) => format!("Datetime[{zone}]"),
        DataType::Duration(_) => "Duration".to_owned(),
        DataType::Categorical(..) => "Categorical".to_owned(),
        DataType::Enum(..) => "Enum".to_owned(),
        DataType::List(inner) => match as_map(dtype) {
            Some((key, value)) => format!("Map[{}, {}]", dtype_name(key), dtype_name(value)),
            None => format!("List[{}]", dtype_name(inner)),
        },
        DataType::Struct(fields) => {
            let fields: Vec<_> = fields
                .iter()
                .map(|field| format!("{}: {}", field.name(), dtype_name(field.dtype())))
                .collect();
            format!("Struct[{}]", fields.join(", "))
        }
        other => other.to_string(),
    }
}

/// Returns the known name most like `name`.
fn suggestion(name: &str) -> Option<&'static str> {
    nearest(
        name,
        NAMES
            .iter()
            .copied()
            .chain(ALIASES.iter().map(|(alias, _)| *alias)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Problem;

    #[test]
    fn every_listed_name_means_a_type_and_prints_as_itself() {
        for name in NAMES {
            assert_eq!(dtype_name(&parse_dtype(name).unwrap()), *name);
        }
        for (alias, name) in ALIASES {
            assert_eq!(dtype_name(&parse_dtype(&alias.to_uppercase()).unwrap()), *name);
        }
    }

    #[test]
    fn rejects_an_unknown_name_with_the_nearest_one() {
        let error = parse_dtype("Flaot64").unwrap_err();
        assert_eq!(error.to_string(), "there is no type \"Flaot64\"");
        assert_eq!(error.hint().unwrap(), "did you mean \"Float64\"?");
    }
}
