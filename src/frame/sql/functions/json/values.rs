//! JSON as columns of a type, as Spark's PERMISSIVE mode has it.
//!
//! What does not fit is NULL: a field of a struct, with the rest of it as it is; but an array or a map that holds a value
//! that does not fit is one that does not fit itself.

use std::ops::Range;

use polars::prelude::*;

use super::read::Json;
use crate::frame::sql::expr::CastHow;
use crate::frame::sql::functions::collections::listed;
use crate::frame::sql::types;

/// Values of a type; where `misfits` is true, there was one that does not fit, and is NULL.
struct Converted {
    values: Series,
    misfits: Vec<bool>,
}

/// Makes a column; what does not fit is NULL.
pub(super) fn series(values: &[Option<&Json>], dtype: &DataType) -> PolarsResult<Series> {
    Ok(converted(values, dtype)?.values)
}

fn converted(values: &[Option<&Json>], dtype: &DataType) -> PolarsResult<Converted> {
    match dtype {
        DataType::Struct(fields) => structs(values, fields),
        DataType::List(_) if let Some((_, value)) = types::as_map(dtype) => maps(values, value),
        DataType::List(inner) => arrays(values, inner),
        _ => {
            let made = simple(values, dtype)?;
            let nulls = made.is_null();
            let there = values.iter().map(|value| is_there(*value));
            let misfits = there
                .zip(nulls.iter())
                .map(|(there, null)| there && null == Some(true));
            Ok(Converted {
                misfits: misfits.collect(),
                values: made,
            })
        }
    }
}

fn is_there(value: Option<&Json>) -> bool {
    value.is_some_and(|value| *value != Json::Null)
}

fn structs(values: &[Option<&Json>], fields: &[Field]) -> PolarsResult<Converted> {
    let columns = fields.iter().map(|field| {
        let name = field.name().as_str();
        let inner: Vec<Option<&Json>> = values.iter().map(|value| of_field((*value)?, name)).collect();
        Ok(series(&inner, field.dtype())?.with_name(field.name().clone()))
    });
    let columns = columns.collect::<PolarsResult<Vec<Series>>>()?;
    let made = StructChunked::from_series(PlSmallStr::EMPTY, values.len(), columns.iter())?.into_series();
    let is_object = |value: Option<&Json>| matches!(value, Some(Json::Object(_)));
    let objects: BooleanChunked = values.iter().map(|value| Some(is_object(*value))).collect();
    let nothing = Series::full_null(PlSmallStr::EMPTY, values.len(), made.dtype());
    Ok(Converted {
        values: made.zip_with(&objects, &nothing)?,
        misfits: misfits(values, |value| matches!(value, Json::Object(_))),
    })
}

/// Returns the value of a key: of several the last.
fn of_field<'a>(object: &'a Json, name: &str) -> Option<&'a Json> {
    let Json::Object(fields) = object else { return None };
    let found = fields.iter().rfind(|(key, _)| key == name);
    found.map(|(_, value)| value)
}

/// Returns which values are there and of another kind.
fn misfits(values: &[Option<&Json>], fits: impl Fn(&Json) -> bool) -> Vec<bool> {
    let misfit = |value: Option<&Json>| is_there(value) && !value.is_some_and(&fits);
    values.iter().copied().map(misfit).collect()
}

fn arrays(values: &[Option<&Json>], inner: &DataType) -> PolarsResult<Converted> {
    let mut elements: Vec<Option<&Json>> = Vec::new();
    let mut spans = Vec::with_capacity(values.len());
    for value in values {
        spans.push(match value {
            Some(Json::Array(array)) => {
                let start = elements.len();
                elements.extend(array.iter().map(Some));
                Some(start..elements.len())
            }
            _ => None,
        });
    }
    let elements = converted(&elements, inner)?;
    gathered(values, &elements.values, &elements.misfits, spans, |value| {
        matches!(value, Json::Array(_))
    })
}

fn maps(values: &[Option<&Json>], of: &DataType) -> PolarsResult<Converted> {
    let (mut keys, mut inner): (Vec<&str>, Vec<Option<&Json>>) = (Vec::new(), Vec::new());
    let mut spans = Vec::with_capacity(values.len());
    for value in values {
        spans.push(match value {
            Some(Json::Object(fields)) => {
                let start = keys.len();
                keys.extend(fields.iter().map(|(key, _)| key.as_str()));
                inner.extend(fields.iter().map(|(_, value)| Some(value)));
                Some(start..keys.len())
            }
            _ => None,
        });
    }
    let inner = converted(&inner, of)?;
    let keys = StringChunked::from_iter_values(types::MAP_KEY.into(), keys.into_iter());
    let fields = [
        keys.into_series(),
        inner.values.with_name(types::MAP_VALUE.into()),
    ];
    let length = inner.misfits.len();
    let entries = StructChunked::from_series(PlSmallStr::EMPTY, length, fields.iter())?.into_series();
    gathered(values, &entries, &inner.misfits, spans, |value| {
        matches!(value, Json::Object(_))
    })
}

/// Makes arrays of elements; one of which an element does not fit does not either.
fn gathered(
    values: &[Option<&Json>],
    elements: &Series,
    misfits_of: &[bool],
    mut spans: Vec<Option<Range<usize>>>,
    fits: impl Fn(&Json) -> bool,
) -> PolarsResult<Converted> {
    let mut misfits = misfits(values, fits);
    for (span, misfit) in spans.iter_mut().zip(&mut misfits) {
        let inner = span.clone().and_then(|span| misfits_of.get(span));
        if inner.is_some_and(|inner| inner.contains(&true)) {
            (*span, *misfit) = (None, true);
        }
    }
    Ok(Converted {
        values: listed(elements, &spans)?,
        misfits,
    })
}

/// Makes a column of texts, truth values, numbers, dates or timestamps.
fn simple(values: &[Option<&Json>], dtype: &DataType) -> PolarsResult<Series> {
    match dtype {
        DataType::String => {
            let texts = values.iter().map(|value| match value {
                None | Some(Json::Null) => None,
                Some(Json::Text(text)) => Some(text.clone()),
                Some(other) => {
                    let mut text = String::new();
                    other.write(&mut text);
                    Some(text)
                }
            });
            Ok(texts.collect::<StringChunked>().into_series())
        }
        DataType::Boolean => {
            let values = values.iter().map(|value| match value {
                Some(Json::Bool(value)) => Some(*value),
                _ => None,
            });
            Ok(values.collect::<BooleanChunked>().into_series())
        }
        _ => {
            let texts = values
                .iter()
                .map(|value| value.and_then(|value| written(value, dtype)));
            let texts: StringChunked = texts.collect();
            let texts = texts.into_series().with_name("json".into()).into_column();
            let frame = DataFrame::new(values.len(), vec![texts])?;
            let cast =
                crate::frame::sql::lower::cast::cast(col("json"), &DataType::String, dtype, CastHow::Try);
            let made = frame.lazy().select([cast.alias("json")]).collect()?;
            Ok(made.column("json")?.as_materialized_series().clone())
        }
    }
}

/// Returns what is cast to a number, a date or a timestamp; `None` for a value of another kind.
fn written(value: &Json, dtype: &DataType) -> Option<String> {
    match value {
        Json::Text(text) => {
            let fits = match dtype {
                DataType::Date | DataType::Datetime(..) | DataType::Decimal(..) => true,
                DataType::Float32 | DataType::Float64 => matches!(
                    text.as_str(),
                    "NaN" | "Infinity" | "+Infinity" | "+INF" | "-Infinity" | "-INF"
                ),
                _ => false,
            };
            fits.then(|| text.clone())
        }
        Json::Number(number) => {
            let is_whole = number.bytes().all(|one| one == b'-' || one.is_ascii_digit());
            match dtype {
                // Seconds since 1970.
                DataType::Datetime(..) if is_whole => {
                    let micros = number.parse::<i64>().ok()?.checked_mul(1_000_000)?;
                    Some(crate::frame::sql::moments::timestamp_text(micros))
                }
                DataType::Date | DataType::Datetime(..) => None,
                _ => (is_whole || !types::is_whole(dtype)).then(|| number.clone()),
            }
        }
        _ => None,
    }
}
