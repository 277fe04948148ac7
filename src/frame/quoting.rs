//! Writing names and values so that SQL reads them back as they were.

use super::error::FrameError;
use super::scalar::Scalar;

/// Words that mean something to SQL where a name may stand.
const RESERVED: &[&str] = &[
    "all",
    "and",
    "anti",
    "any",
    "array",
    "as",
    "asc",
    "between",
    "by",
    "case",
    "cast",
    "cross",
    "current_date",
    "current_time",
    "current_timestamp",
    "date",
    "datetime",
    "desc",
    "distinct",
    "else",
    "end",
    "except",
    "exists",
    "extract",
    "false",
    "fetch",
    "filter",
    "from",
    "full",
    "group",
    "having",
    "ilike",
    "in",
    "inner",
    "intersect",
    "interval",
    "into",
    "is",
    "join",
    "lateral",
    "left",
    "like",
    "limit",
    "natural",
    "not",
    "null",
    "offset",
    "on",
    "or",
    "order",
    "outer",
    "over",
    "partition",
    "position",
    "qualify",
    "regexp",
    "right",
    "rlike",
    "select",
    "semi",
    "similar",
    "some",
    "struct",
    "substring",
    "table",
    "then",
    "time",
    "timestamp",
    "trim",
    "true",
    "union",
    "unnest",
    "using",
    "values",
    "when",
    "where",
    "window",
    "with",
    "xor",
];

/// Writes a name as SQL reads it, in double quotes where it needs them.
pub(super) fn identifier(name: &str) -> String {
    let mut characters = name.chars();
    let plain = characters
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && characters.all(|character| character.is_ascii_alphanumeric() || character == '_')
        && !RESERVED.contains(&name.to_lowercase().as_str());
    if plain {
        name.to_owned()
    } else {
        format!("\"{}\"", name.replace('"', "\"\""))
    }
}

/// Writes a value as an SQL constant.
pub(super) fn literal(value: &Scalar) -> Result<String, FrameError> {
    Ok(match value {
        Scalar::Null => "NULL".to_owned(),
        Scalar::Bool(true) => "TRUE".to_owned(),
        Scalar::Bool(false) => "FALSE".to_owned(),
        Scalar::Int(value) if i64::try_from(*value).is_ok_and(|value| value > i64::MIN) => value.to_string(),
        Scalar::Float(value) if value.is_finite() => float(*value),
        Scalar::Float(value) if value.is_nan() => "CAST('NaN' AS DOUBLE)".to_owned(),
        Scalar::Float(value) => format!("CAST('{}inf' AS DOUBLE)", if *value < 0.0 { "-" } else { "" }),
        Scalar::String(text) => format!("'{}'", text.replace('\'', "''")),
        Scalar::Date(_) => format!("CAST('{value}' AS DATE)"),
        Scalar::Datetime(_, None) => format!("CAST('{value}' AS TIMESTAMP)"),
        other => {
            return Err(FrameError::Argument {
                verb: "lit",
                argument: "the value",
                expected: "None, a bool, a 64-bit int, a float, a string or a date".to_owned(),
                found: format!("the {} {other}", other.kind()),
            });
        }
    })
}

/// Writes a float with a point, which is what makes it one in SQL.
fn float(value: f64) -> String {
    let text = format!("{value:?}");
    match text.split_once('e') {
        Some((mantissa, exponent)) if !mantissa.contains('.') => format!("{mantissa}.0e{exponent}"),
        _ => text,
    }
}
