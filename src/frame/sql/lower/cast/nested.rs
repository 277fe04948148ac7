//! Casts of arrays, maps and structs: elements one by one, fields by position; and what they are as text.

use polars::prelude::*;

use crate::frame::sql::types;

/// Makes arrays, maps or structs those of another type; `inner` makes what is in them of another type.
pub(super) fn cast(
    series: &Series,
    from: &DataType,
    to: &DataType,
    inner: &dyn Fn(&Series, &DataType, &DataType) -> PolarsResult<Series>,
) -> PolarsResult<Series> {
    // What a NULL hides is not converted, as it could fail.
    let series = series.propagate_nulls().unwrap_or_else(|| series.clone());
    match (from, to) {
        (DataType::List(from), DataType::List(to)) => {
            let series = series.trim_lists_to_normalized_offsets().unwrap_or(series);
            let lists = series.list()?;
            let made = lists.apply_to_inner(&|elements| inner(&elements, from, to))?;
            Ok(made.into_series())
        }
        (DataType::Struct(from), DataType::Struct(to)) => {
            let values = series.struct_()?;
            let fields = values.fields_as_series();
            let fields = fields
                .iter()
                .zip(from.iter().zip(to))
                .map(|(values, (from, to))| {
                    let made = inner(values, from.dtype(), to.dtype())?;
                    Ok(made.with_name(to.name().clone()))
                });
            let fields = fields.collect::<PolarsResult<Vec<Series>>>()?;
            let made = StructChunked::from_series(PlSmallStr::EMPTY, series.len(), fields.iter())?;
            Ok(made.with_outer_validity(values.rechunk_validity()).into_series())
        }
        (_, to) => series.strict_cast(to),
    }
}

/// Writes the values of a series of a type as texts.
type TextOf<'a> = &'a dyn Fn(&Series, &DataType) -> PolarsResult<Series>;

/// Writes arrays, maps and structs as Spark does: `[1, null]`, `{a -> 1}`, `{1, x}`.
pub(super) fn texts(series: &Series, dtype: &DataType, text_of: TextOf<'_>) -> PolarsResult<Series> {
    match dtype {
        DataType::List(inner) => lists(series, inner, types::as_map(dtype).is_some(), text_of),
        _ => joined(series, ("{", ", ", "}"), text_of),
    }
}

fn lists(series: &Series, inner: &DataType, is_map: bool, text_of: TextOf<'_>) -> PolarsResult<Series> {
    let lists = series.list()?.rechunk();
    let elements = lists.get_inner();
    let elements = if is_map {
        joined(&elements, ("", " -> ", ""), text_of)?
    } else {
        text_of(&elements, inner)?
    };
    let elements = elements.str()?.rechunk();
    let (open, close) = if is_map { ('{', '}') } else { ('[', ']') };
    let nulls = series.is_null();
    let mut out = StringChunkedBuilder::new(PlSmallStr::EMPTY, series.len());
    let mut text = String::new();
    for chunk in lists.downcast_iter() {
        let mut start = *chunk.offsets().first() as usize;
        for (row, length) in chunk.offsets().lengths().enumerate() {
            let span = start..start + length;
            start += length;
            if nulls.get(row) == Some(true) {
                out.append_null();
                continue;
            }
            text.clear();
            text.push(open);
            for (index, element) in span.enumerate() {
                if index > 0 {
                    text.push_str(", ");
                }
                text.push_str(elements.get(element).unwrap_or("null"));
            }
            text.push(close);
            out.append_value(&text);
        }
    }
    Ok(out.finish().into_series())
}

/// Writes the fields of structs between `open` and `close`.
fn joined(
    series: &Series,
    (open, between, close): (&str, &str, &str),
    text_of: TextOf<'_>,
) -> PolarsResult<Series> {
    let fields = series.struct_()?.fields_as_series();
    let fields = fields.iter().map(|field| text_of(field, field.dtype()));
    let fields = fields.collect::<PolarsResult<Vec<Series>>>()?;
    let fields = fields
        .iter()
        .map(|field| field.str())
        .collect::<PolarsResult<Vec<_>>>()?;
    let fields: Vec<StringChunked> = fields
        .into_iter()
        .map(|field| field.rechunk().into_owned())
        .collect();
    let nulls = series.is_null();
    let mut out = StringChunkedBuilder::new(PlSmallStr::EMPTY, series.len());
    let mut text = String::new();
    for row in 0..series.len() {
        if nulls.get(row) == Some(true) {
            out.append_null();
            continue;
        }
        text.clear();
        text.push_str(open);
        for (index, field) in fields.iter().enumerate() {
            if index > 0 {
                text.push_str(between);
            }
            text.push_str(field.get(row).unwrap_or("null"));
        }
        text.push_str(close);
        out.append_value(&text);
    }
    Ok(out.finish().into_series())
}
