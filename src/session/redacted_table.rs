//! [`redacted`]: a copy of a table without the values of secrets, for what is shown and told of it.

use std::borrow::Cow;
use std::collections::BTreeSet;

use polars::prelude::{Column, DataFrame, DataType, IntoColumn as _, IntoSeries as _, Series, StringChunked};

use crate::secret::redaction::{contains, redact};

/// Returns a copy of a table without the values of secrets; `None` where it holds none.
///
/// Texts are searched, the names of columns, and texts within lists and structs; a column of these is shown as text then.
/// Numbers, times and bytes are not searched.
pub(super) fn redacted(table: &DataFrame) -> Option<DataFrame> {
    let columns: Vec<Option<Column>> = table.columns().iter().map(column).collect();
    let has_name = |column: &Column| contains(column.name().as_bytes());
    if columns.iter().all(Option::is_none) && !table.columns().iter().any(has_name) {
        return None;
    }
    let mut names = BTreeSet::new();
    let kept = columns.into_iter().zip(table.columns());
    let kept = kept.map(|(redacted, column)| {
        let mut kept = redacted.unwrap_or_else(|| column.clone());
        let name = redact(column.name());
        let mut unique = name.clone().into_owned();
        let mut number = 1;
        while !names.insert(unique.clone()) {
            number += 1;
            unique = format!("{name} {number}");
        }
        kept.rename(unique.into());
        kept
    });
    DataFrame::new(table.height(), kept.collect()).ok()
}

/// Returns a column without the values of secrets; `None` where it holds none.
fn column(column: &Column) -> Option<Column> {
    if !has_text(column.dtype()) {
        return None;
    }
    let series = column.as_materialized_series();
    let texts = as_text(series)?;
    let has_value = texts.iter().flatten().any(|text| contains(text.as_bytes()));
    if !has_value {
        return None;
    }
    let redacted: StringChunked = texts
        .iter()
        .map(|text| text.map(redact))
        .collect::<Vec<Option<Cow<'_, str>>>>()
        .into_iter()
        .collect();
    Some(
        redacted
            .with_name(series.name().clone())
            .into_series()
            .into_column(),
    )
}

fn has_text(dtype: &DataType) -> bool {
    match dtype {
        DataType::String | DataType::Categorical(..) | DataType::Enum(..) => true,
        DataType::List(inner) | DataType::Array(inner, _) => has_text(inner),
        DataType::Struct(fields) => fields.iter().any(|field| has_text(field.dtype())),
        _ => false,
    }
}

/// Returns the texts of a column, as they are or as they are shown.
fn as_text(series: &Series) -> Option<StringChunked> {
    if let Ok(texts) = series.str() {
        return Some(texts.clone());
    }
    if let Ok(texts) = series.cast(&DataType::String) {
        return texts.str().ok().cloned();
    }
    let texts = (0..series.len()).map(|at| series.get(at).ok().map(|value| value.to_string()));
    Some(texts.collect())
}
