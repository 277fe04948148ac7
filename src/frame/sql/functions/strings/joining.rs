//! Texts put together.

use polars::prelude::*;

use crate::frame::sql::functions::DataTypeOf as Type;
use crate::frame::sql::functions::Gives::{By, Is};
use crate::frame::sql::functions::ParameterType as P;
use crate::frame::sql::functions::rows::{Rows, by_rows, some};
use crate::frame::sql::functions::{Function, scalar};
use crate::frame::sql::types;

pub(in crate::frame::sql::functions) static CONCATENATION: &[Function] = &[
    scalar(
        "||",
        "a || b",
        "both texts as one",
        &[P::Text, P::Text],
        Is(Type::Text),
        |args| by_rows(args, concat),
    ),
    scalar(
        "ltrim from",
        "trim(LEADING characters FROM text)",
        "the text without these characters at its start",
        &[P::Text, P::Text],
        Is(Type::Text),
        |args| {
            by_rows(args, |rows| {
                super::case::trimmed(rows, 0, (rows.width() > 1).then_some(1), true, false)
            })
        },
    )
    .optional(1),
    scalar(
        "rtrim from",
        "trim(TRAILING characters FROM text)",
        "the text without these characters at its end",
        &[P::Text, P::Text],
        Is(Type::Text),
        |args| {
            by_rows(args, |rows| {
                super::case::trimmed(rows, 0, (rows.width() > 1).then_some(1), false, true)
            })
        },
    )
    .optional(1),
];

pub(in crate::frame::sql::functions) static JOINING: &[Function] = &[
    scalar(
        "concat",
        "text, …",
        "all texts as one; NULL if one is NULL",
        &[],
        Is(Type::Text),
        |args| match args.len() {
            0 => lit(""),
            _ => by_rows(args, concat),
        },
    )
    .rest(P::Text),
    scalar(
        "concat_ws",
        "separator, text, …",
        "all texts with a separator between them, without those that are NULL",
        &[P::Text],
        By(joined),
        |args| by_rows(args, concat_ws),
    )
    .rest(P::Any),
];

/// Joins the texts of several expressions; NULL if one is NULL.
pub(in crate::frame::sql::functions) fn joined_texts(first: Expr, rest: &[Expr]) -> Expr {
    let work = |columns: &mut [Column]| {
        let rows = Rows::new(columns);
        let name = columns
            .first()
            .map_or(PlSmallStr::EMPTY, |column| column.name().clone());
        Ok(concat(&rows)?.with_name(name).into_column())
    };
    first.map_many(work, rest, |_, fields| {
        let name = fields
            .first()
            .map_or(PlSmallStr::EMPTY, |field| field.name().clone());
        Ok(Field::new(name, DataType::String))
    })
}

fn concat(rows: &Rows) -> PolarsResult<Series> {
    let texts = (0..rows.width())
        .map(|index| rows.texts(index))
        .collect::<PolarsResult<Vec<_>>>()?;
    rows.make_texts(|row, out| {
        for one in &texts {
            out.push_str(some!(one.at(row)));
        }
        Ok(Some(()))
    })
}

fn joined(dtypes: &[DataType]) -> Result<DataType, String> {
    let is_joined = |dtype: &DataType| match dtype {
        DataType::List(inner) => types::is_text(inner) || **inner == DataType::Null,
        dtype => !dtype.is_nested() && *dtype != DataType::Binary,
    };
    if dtypes.iter().all(is_joined) {
        Ok(DataType::String)
    } else {
        Err("texts and arrays of texts".to_owned())
    }
}

fn concat_ws(rows: &Rows) -> PolarsResult<Series> {
    enum Part {
        Text(StringChunked),
        Texts(ListChunked),
    }
    let separators = rows.texts(0)?;
    let mut parts = Vec::new();
    for index in 1..rows.width() {
        let values = rows.spread(index)?;
        let dtype = values.dtype().clone();
        parts.push(match &dtype {
            DataType::List(_) => {
                let lists = values.cast(&DataType::List(Box::new(DataType::String)))?;
                Part::Texts(lists.list()?.rechunk().into_owned())
            }
            DataType::String => Part::Text(values.str()?.rechunk().into_owned()),
            DataType::Null => continue,
            _ => Part::Text(
                crate::frame::sql::lower::cast::text_of(&values, &dtype)?
                    .str()?
                    .rechunk()
                    .into_owned(),
            ),
        });
    }
    rows.make_texts(|row, out| {
        let separator = some!(separators.at(row));
        let mut is_first = true;
        let mut add = |text: &str| {
            if !std::mem::take(&mut is_first) {
                out.push_str(separator);
            }
            out.push_str(text);
        };
        for part in &parts {
            match part {
                Part::Text(texts) => texts.get(row).into_iter().for_each(&mut add),
                Part::Texts(lists) => {
                    if let Some(texts) = lists.get_as_series(row) {
                        texts.str()?.iter().flatten().for_each(&mut add);
                    }
                }
            }
        }
        Ok(Some(()))
    })
}
