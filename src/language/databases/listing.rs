//! What a database holds, as frames: its tables, and the columns of one of them.

use polars::prelude::{Column, DataFrame, NamedFrom, Series};

use super::super::OrFail;
use super::super::frame::FrameValue;
use crate::database::{DatabaseError, TableColumn, TableSummary};
use crate::frame::Frame;

/// Puts tables and views into a frame.
pub(super) fn tables(tables: &[TableSummary]) -> anyhow::Result<FrameValue> {
    let schemas: Vec<Option<String>> = tables
        .iter()
        .map(|summary| summary.table.schema.clone())
        .collect();
    let names: Vec<&str> = tables.iter().map(|summary| summary.table.name.as_str()).collect();
    let kinds = tables
        .iter()
        .map(|summary| if summary.is_view { "view" } else { "table" });
    let columns = vec![
        Series::new("schema".into(), schemas).into(),
        Series::new("name".into(), names).into(),
        Series::new("type".into(), kinds.collect::<Vec<_>>()).into(),
    ];
    frame(tables.len(), columns)
}

/// Puts the columns of a table into a frame.
pub(super) fn columns(columns: &[TableColumn]) -> anyhow::Result<FrameValue> {
    let texts = |of: fn(&TableColumn) -> &str| columns.iter().map(of).collect::<Vec<_>>();
    let flags = |of: fn(&TableColumn) -> bool| columns.iter().map(of).collect::<Vec<_>>();
    let shown = vec![
        Series::new("column".into(), texts(|column| &column.name)).into(),
        Series::new("type".into(), texts(|column| &column.type_name)).into(),
        Series::new("nullable".into(), flags(|column| column.is_nullable)).into(),
        Series::new("default".into(), flags(|column| column.has_default)).into(),
        Series::new("key".into(), flags(|column| column.is_key)).into(),
    ];
    frame(columns.len(), shown)
}

fn frame(rows: usize, columns: Vec<Column>) -> anyhow::Result<FrameValue> {
    let table = DataFrame::new(rows, columns).map_err(|error| DatabaseError::Rows(error.to_string()));
    Ok(FrameValue::new(Frame::from_dataframe(table.or_fail()?)))
}
