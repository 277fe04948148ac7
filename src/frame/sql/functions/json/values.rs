//! JSON as columns of a type.

use polars::prelude::*;

use super::read::Json;
use crate::frame::sql::expr::CastHow;
use crate::frame::sql::types;

/// Returns whether a whole value is of the kind that a type is of.
pub(super) fn fits(json: &Json, dtype: &DataType) -> bool {
    match dtype {
        DataType::Struct(_) => matches!(json, Json::Object(_)),
        DataType::List(_) if types::as_map(dtype).is_some() => matches!(json, Json::Object(_)),
        DataType::List(_) => matches!(json, Json::Array(_)),
        _ => true,
    }
}

/// Makes a column; what does not fit is NULL.
pub(super) fn series(values: &[Option<&Json>], dtype: &DataType) -> PolarsResult<Series> {
    let name = PlSmallStr::EMPTY;
    match dtype {
        DataType::Struct(fields) => {
            let columns = fields.iter().map(|field| {
                let inner: Vec<Option<&Json>> = values
                    .iter()
                    .map(|value| match value {
                        Some(Json::Object(fields)) => {
                            let found = fields.iter().rfind(|(key, _)| key == field.name().as_str());
                            found.map(|(_, value)| value)
                        }
                        _ => None,
                    })
                    .collect();
                Ok(series(&inner, field.dtype())?.with_name(field.name().clone()))
            });
            let columns = columns.collect::<PolarsResult<Vec<Series>>>()?;
            let made = StructChunked::from_series(name, values.len(), columns.iter())?;
            let is_there: BooleanChunked = values
                .iter()
                .map(|value| Some(matches!(value, Some(Json::Object(_)))))
                .collect();
            let made = made.into_series();
            made.zip_with(
                &is_there,
                &Series::full_null(PlSmallStr::EMPTY, values.len(), dtype),
            )
        }
        DataType::List(inner) => {
            let map = types::as_map(dtype).map(|(_, value)| value.clone());
            let mut lists: Vec<Option<Series>> = Vec::with_capacity(values.len());
            for value in values {
                lists.push(match (value, &map) {
                    (Some(Json::Array(elements)), None) => {
                        let elements: Vec<Option<&Json>> = elements.iter().map(Some).collect();
                        Some(series(&elements, inner)?)
                    }
                    (Some(Json::Object(fields)), Some(of)) => {
                        let keys = StringChunked::from_iter_values(
                            types::MAP_KEY.into(),
                            fields.iter().map(|(key, _)| key.as_str()),
                        );
                        let inner: Vec<Option<&Json>> = fields.iter().map(|(_, value)| Some(value)).collect();
                        let entries = [
                            keys.into_series(),
                            series(&inner, of)?.with_name(types::MAP_VALUE.into()),
                        ];
                        Some(
                            StructChunked::from_series("".into(), fields.len(), entries.iter())?
                                .into_series(),
                        )
                    }
                    _ => None,
                });
            }
            let made: ListChunked = lists.into_iter().collect();
            made.into_series().cast(dtype)
        }
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
            let of_text = matches!(dtype, DataType::Date | DataType::Datetime(..));
            let texts: StringChunked = values
                .iter()
                .map(|value| match value {
                    Some(Json::Text(text)) if of_text => Some(text.as_str()),
                    Some(Json::Number(number)) if !of_text => {
                        let is_whole = number.bytes().all(|one| one == b'-' || one.is_ascii_digit());
                        (is_whole || !types::is_whole(dtype)).then_some(number.as_str())
                    }
                    _ => None,
                })
                .collect();
            let frame = DataFrame::new(
                values.len(),
                vec![texts.into_series().with_name("json".into()).into_column()],
            )?;
            let cast =
                crate::frame::sql::lower::cast::cast(col("json"), &DataType::String, dtype, CastHow::Try);
            let made = frame.lazy().select([cast.alias("json")]).collect()?;
            Ok(made.column("json")?.as_materialized_series().clone())
        }
    }
}
