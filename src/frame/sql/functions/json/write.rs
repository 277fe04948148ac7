//! Values as JSON.

use polars::prelude::*;

use super::read::quoted;
use crate::frame::sql::functions::kernels::failed;
use crate::frame::sql::functions::rows::Rows;
use crate::frame::sql::{moments, types};

pub(super) fn to_json(rows: &Rows) -> PolarsResult<Series> {
    let values = rows.spread(0)?;
    let dtype = values.dtype().clone();
    rows.make_texts(|row, out| {
        let value = values.get(row)?;
        if value.is_null() {
            return Ok(None);
        }
        write(&value, &dtype, out)?;
        Ok(Some(()))
    })
}

fn write(value: &AnyValue<'_>, dtype: &DataType, out: &mut String) -> PolarsResult<()> {
    match value {
        AnyValue::Null => out.push_str("null"),
        AnyValue::Boolean(value) => out.push_str(if *value { "true" } else { "false" }),
        AnyValue::String(text) => quoted(text, out),
        AnyValue::StringOwned(text) => quoted(text, out),
        AnyValue::Float64(value) if value.is_finite() => out.push_str(&moments::double(*value)),
        AnyValue::Float32(value) if value.is_finite() => out.push_str(&moments::double(f64::from(*value))),
        AnyValue::Float64(value) => quoted(
            if value.is_nan() {
                "NaN"
            } else if *value > 0.0 {
                "Infinity"
            } else {
                "-Infinity"
            },
            out,
        ),
        AnyValue::Decimal(value, _, scale) => out.push_str(&moments::decimal(*value, *scale)),
        AnyValue::Date(days) => quoted(&moments::date_text(*days), out),
        AnyValue::Datetime(..) | AnyValue::DatetimeOwned(..) => {
            let micros = Series::from_any_values_and_dtype(
                PlSmallStr::EMPTY,
                std::slice::from_ref(value),
                dtype,
                true,
            )?
            .cast(&DataType::Datetime(TimeUnit::Microseconds, None))?
            .cast(&DataType::Int64)?;
            let micros = micros.i64()?.get(0).unwrap_or(0);
            // Java's pattern has milliseconds.
            let text = moments::timestamp_text(micros.div_euclid(1_000_000) * 1_000_000);
            let millis = micros.rem_euclid(1_000_000) / 1000;
            quoted(&format!("{}.{millis:03}Z", text.replacen(' ', "T", 1)), out);
        }
        AnyValue::List(elements) => {
            let DataType::List(inner) = dtype else {
                return Err(refused(dtype));
            };
            if let Some((key, of)) = types::as_map(dtype) {
                return map(elements, key, of, out);
            }
            out.push('[');
            for index in 0..elements.len() {
                if index > 0 {
                    out.push(',');
                }
                write(&elements.get(index)?, inner, out)?;
            }
            out.push(']');
        }
        AnyValue::Struct(..) | AnyValue::StructOwned(_) => {
            let DataType::Struct(fields) = dtype else {
                return Err(refused(dtype));
            };
            let mut is_first = true;
            out.push('{');
            for (field, value) in fields.iter().zip(parts(value)) {
                // Spark leaves out what is NULL.
                if value.is_null() {
                    continue;
                }
                if !std::mem::take(&mut is_first) {
                    out.push(',');
                }
                quoted(field.name(), out);
                out.push(':');
                write(&value, field.dtype(), out)?;
            }
            out.push('}');
        }
        other if other.is_primitive_numeric() => out.push_str(&other.to_string()),
        _ => return Err(refused(dtype)),
    }
    Ok(())
}

fn map(entries: &Series, key: &DataType, of: &DataType, out: &mut String) -> PolarsResult<()> {
    out.push('{');
    for index in 0..entries.len() {
        if index > 0 {
            out.push(',');
        }
        let entry = entries.get(index)?;
        let mut parts = parts(&entry).into_iter();
        let (name, value) = (parts.next(), parts.next());
        match name {
            Some(AnyValue::String(text)) => quoted(text, out),
            Some(name) => {
                let mut text = String::new();
                write(&name, key, &mut text)?;
                if text.starts_with('"') {
                    out.push_str(&text);
                } else {
                    quoted(&text, out);
                }
            }
            None => {}
        }
        out.push(':');
        write(&value.unwrap_or(AnyValue::Null), of, out)?;
    }
    out.push('}');
    Ok(())
}

/// Returns the values of a struct's fields.
fn parts<'v>(value: &'v AnyValue<'v>) -> Vec<AnyValue<'v>> {
    match value {
        AnyValue::Struct(..) => value._iter_struct_av().collect(),
        AnyValue::StructOwned(payload) => payload.0.clone(),
        _ => Vec::new(),
    }
}

fn refused(dtype: &DataType) -> PolarsError {
    failed(
        &format!("to_json cannot write {}", types::sql_name(dtype)),
        "cast it to STRING",
    )
}
