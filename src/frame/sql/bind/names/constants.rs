//! The names of constants.

use std::fmt::Write as _;

use polars::prelude::DataType;

use crate::frame::sql::expr::Literal;
use crate::frame::sql::moments;

/// Returns the name of a constant.
pub(in crate::frame::sql::bind) fn constant(literal: &Literal, dtype: &DataType) -> String {
    match literal {
        Literal::Null => "NULL".to_owned(),
        Literal::Bool(value) => value.to_string(),
        Literal::Int(value) => value.to_string(),
        Literal::Double(value) => moments::double(*value),
        Literal::Decimal(value) => match dtype {
            DataType::Decimal(_, scale) => moments::decimal(*value, *scale),
            _ => value.to_string(),
        },
        Literal::Text(text) => text.clone(),
        Literal::Binary(bytes) => {
            let mut digits = String::with_capacity(2 * bytes.len());
            for byte in bytes {
                let _ = write!(digits, "{byte:02X}");
            }
            format!("X'{digits}'")
        }
        Literal::Date(days) => format!("DATE '{}'", moments::date_text(*days)),
        Literal::Timestamp(micros) => format!("TIMESTAMP '{}'", moments::timestamp_text(*micros)),
        Literal::Interval { months, days, micros } => moments::interval_text(*months, *days, *micros),
    }
}
