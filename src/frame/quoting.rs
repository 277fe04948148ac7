//! Writing values so that SQL reads them back as they were.

use super::error::FrameError;
use super::scalar::Scalar;

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
        Scalar::String(text) => format!("'{}'", within_text(text)),
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

/// Writes characters as they are within the quotes of a text: a backslash begins an escape in SQL, as in Python.
pub(super) fn within_text(characters: &str) -> String {
    characters.replace('\\', "\\\\").replace('\'', "''")
}

/// Writes a float with a point, which is what makes it one in SQL.
fn float(value: f64) -> String {
    let text = format!("{value:?}");
    match text.split_once('e') {
        Some((mantissa, exponent)) if !mantissa.contains('.') => format!("{mantissa}.0e{exponent}"),
        _ => text,
    }
}
