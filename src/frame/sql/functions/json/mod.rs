//! JSON in texts. A text that is no JSON gives NULL.

mod path;
mod read;
mod schema;
mod values;
mod write;

use polars::prelude::*;

use self::read::Json;
use super::DataTypeOf as Type;
use super::Gives::{By, ByValue, Is};
use super::ParameterType as P;
use super::kernels::failed;
use super::rows::{Rows, by_rows, some};
use super::{Function, scalar};
use crate::frame::sql::expr::{Expr, Kind, Literal};
use crate::frame::sql::types;

pub(super) static JSON: &[Function] = &[
    scalar(
        "get_json_object",
        "json, path",
        "what is at a path such as `$.a[0].b`",
        &[P::Text, P::Text],
        Is(Type::Text),
        |args| by_rows(args, get),
    ),
    scalar(
        "json_array_length",
        "json",
        "how many elements an array has",
        &[P::Text],
        Is(Type::Int),
        |args| {
            by_rows(args, |rows| {
                let texts = rows.texts(0)?;
                rows.make::<Int32Type>(|row| {
                    Ok(match Json::read(some!(texts.at(row))) {
                        Some(Json::Array(elements)) => Some(elements.len() as i32),
                        _ => None,
                    })
                })
            })
        },
    ),
    scalar(
        "json_object_keys",
        "json",
        "the keys of an object",
        &[P::Text],
        By(|_| Ok(DataType::List(Box::new(DataType::String)))),
        |args| {
            by_rows(args, |rows| {
                let texts = rows.texts(0)?;
                rows.make_lists(|row, out| {
                    let Some(Json::Object(fields)) = Json::read(some!(texts.at(row))) else {
                        return Ok(None);
                    };
                    out.extend(fields.into_iter().map(|(key, _)| key));
                    Ok(Some(()))
                })
            })
        },
    ),
    scalar(
        "from_json",
        "json, schema",
        "a value of a type such as `a INT, b ARRAY<STRING>`; what does not fit is NULL",
        &[P::Text, P::Text],
        ByValue(parsed),
        |args| {
            let dtype = args.gives.clone();
            by_rows(args, move |rows| from_json(rows, &dtype))
        },
    ),
    scalar(
        "to_json",
        "value",
        "a struct, a map or an array as JSON",
        &[P::Any],
        By(|dtypes| match dtypes.first() {
            Some(dtype) if dtype.is_nested() || *dtype == DataType::Null => Ok(DataType::String),
            _ => Err("a struct, a map or an array".to_owned()),
        }),
        |args| by_rows(args, write::to_json),
    )
    .fails(),
    scalar(
        "schema_of_json",
        "json",
        "the type of what is in a JSON text, as from_json takes it",
        &[P::Text],
        Is(Type::Text),
        |args| {
            by_rows(args, |rows| {
                let texts = rows.texts(0)?;
                rows.make_texts(|row, out| {
                    let text = some!(texts.at(row));
                    let json = if text.trim().is_empty() {
                        Some(Json::Null)
                    } else {
                        Json::read(text)
                    };
                    let Some(json) = json else {
                        let instead = "give it a JSON text such as '{\"a\": 1}'";
                        return Err(failed(&format!("`{text}` is no JSON"), instead));
                    };
                    out.push_str(&crate::frame::sql::types::sql_name(&schema::of(&json)));
                    Ok(Some(()))
                })
            })
        },
    )
    .fails(),
];

/// Reads a schema such as `a INT, b STRING`.
pub(super) fn read_schema(text: &str) -> Result<DataType, String> {
    schema::read(text)
}

fn get(rows: &Rows) -> PolarsResult<Series> {
    let (texts, paths) = (rows.texts(0)?, rows.texts(1)?);
    let mut known: Option<(String, Option<Vec<path::PathStep>>)> = None;
    rows.make_texts(|row, out| {
        let (text, written) = (some!(texts.at(row)), some!(paths.at(row)));
        let path = match &mut known {
            Some((one, path)) if one == written => path,
            slot => &mut slot.insert((written.to_owned(), path::read(written))).1,
        };
        let path = some!(path);
        let json = some!(Json::read(text));
        Ok(path::write(&json, path, out).then_some(()))
    })
}

/// The type that `from_json` is asked for.
fn parsed(args: &[Expr]) -> Result<DataType, String> {
    match args.get(1).map(|schema| &schema.kind) {
        Some(Kind::Literal(Literal::Text(text))) => schema::read(text),
        _ => Err("a constant schema such as 'a INT, b STRING'".to_owned()),
    }
}

fn from_json(rows: &Rows, dtype: &DataType) -> PolarsResult<Series> {
    let texts = rows.texts(0)?;
    let of_structs = match dtype {
        DataType::List(inner) => types::is_array(dtype) && matches!(**inner, DataType::Struct(_)),
        _ => false,
    };
    let read = |row| {
        let text = texts.at(row).filter(|text| !text.trim().is_empty())?;
        match (Json::first(text), dtype) {
            (Some(object @ Json::Object(_)), DataType::Struct(_)) => Some(object),
            // Of a text that is no object, a struct has fields that are all NULL.
            (_, DataType::Struct(_)) => Some(Json::Object(Vec::new())),
            // One struct is an array of one.
            (Some(object @ Json::Object(_)), _) if of_structs => Some(Json::Array(vec![object])),
            (json, _) => json,
        }
    };
    let all: Vec<Option<Json>> = (0..rows.length).map(read).collect();
    values::series(&all.iter().map(Option::as_ref).collect::<Vec<_>>(), dtype)
}
