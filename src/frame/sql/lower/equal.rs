//! Rows that are equal. polars cannot hash a single column of decimals: bytes stand for its values.

use polars::prelude::{DataType, LazyFrame, PlSmallStr, UniqueKeepStrategy, by_name, col};

use super::PolarsExpr;
use crate::frame::sql::functions::keys;

/// Returns what stands for a value where rows are joined or grouped by it: equal where the value is equal, NULL where it is.
pub(super) fn key(value: PolarsExpr, dtype: &DataType) -> PolarsExpr {
    if dtype.is_decimal() { keys(value) } else { value }
}

/// Keeps the first of rows that are equal in columns; of all columns where none are named.
pub(super) fn unique(rows: LazyFrame, columns: &[(PlSmallStr, DataType)], is_all: bool) -> LazyFrame {
    if let [(name, dtype)] = columns
        && dtype.is_decimal()
    {
        let made = PlSmallStr::from(format!("{name} key"));
        return rows
            .with_columns([key(col(name.clone()), dtype).alias(made.clone())])
            .unique_stable(
                Some(by_name([made.clone()], true, false)),
                UniqueKeepStrategy::First,
            )
            .drop(by_name([made], true, false));
    }
    let names = columns.iter().map(|(name, _)| name.clone());
    let on = (!is_all).then(|| by_name(names, true, false));
    rows.unique_stable(on, UniqueKeepStrategy::First)
}
