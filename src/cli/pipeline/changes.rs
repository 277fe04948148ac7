//! What a debug run would have changed, as text and as JSON.

use std::fmt::Write as _;

use polars::prelude::DataFrame;
use serde_json::{Value, json};

use crate::cli::terminal::Terminal;
use crate::database::TableChange;
use crate::error::Error;
use crate::pipeline::activity::{Changes, rows_of};
use crate::render::{Paint, plain};
use crate::repl::Screen as _;

/// Prints what would have changed.
pub(super) fn print(changes: &Changes, terminal: &Terminal) -> Result<(), Error> {
    let paint = Paint::new(&terminal.style());
    let mut text = String::new();
    for (connection, change) in &changes.tables {
        match change {
            TableChange::Rows {
                table,
                added,
                removed,
                changed,
                sample: (gone, new),
                new_columns,
                gone_columns,
            } => {
                let _ = writeln!(
                    text,
                    "  {} of {}: {} added, {removed} removed, {changed} changed{}{}",
                    plain(&table.to_string()),
                    plain(connection),
                    count(*added),
                    columns(new_columns, "added"),
                    columns(gone_columns, "removed")
                );
                for (sign, rows) in [("-", gone), ("+", new)] {
                    for row in rows_of(rows) {
                        let _ = writeln!(
                            text,
                            "    {}",
                            paint.dim(&format!("{sign} {}", plain(&row.to_string())))
                        );
                    }
                }
            }
            TableChange::Unknown(sql) => {
                let first = sql.lines().next().unwrap_or_default();
                let _ = writeln!(text, "  {}: not shown: {}", plain(connection), plain(first));
            }
        }
    }
    for (name, size) in &changes.files {
        let _ = writeln!(text, "  {}: {size} bytes", plain(name));
    }
    for (path, what) in &changes.skipped {
        let _ = writeln!(text, "  {}: left out: {what}", plain(path));
    }
    let head = if text.is_empty() {
        "nothing would have changed\n"
    } else {
        "this is what would have changed; nothing was kept:\n"
    };
    terminal.out(&format!("{head}{text}"))
}

/// Says which columns came, or went.
fn columns(names: &[String], word: &str) -> String {
    let names: Vec<String> = names.iter().map(|name| plain(name)).collect();
    match names.as_slice() {
        [] => String::new(),
        [only] => format!("; the column {only} {word}"),
        several => format!("; the columns {} {word}", several.join(", ")),
    }
}

fn count(rows: u64) -> String {
    if rows == 1 {
        "1 row".to_owned()
    } else {
        format!("{rows} rows")
    }
}

/// Writes what would have changed.
pub(super) fn json(changes: &Changes) -> Value {
    let rows = |rows: &DataFrame| Value::Array(rows_of(rows));
    let tables = changes.tables.iter().map(|(connection, change)| match change {
        TableChange::Rows {
            table,
            added,
            removed,
            changed,
            sample: (gone, new),
            new_columns,
            gone_columns,
        } => {
            let mut change = json!({
                "connection": connection,
                "table": table.to_string(),
                "added": added,
                "removed": removed,
                "changed": changed,
                "sample": { "removed": rows(gone), "added": rows(new) },
            });
            if let Some(fields) = change.as_object_mut()
                && !(new_columns.is_empty() && gone_columns.is_empty())
            {
                let columns = json!({ "added": new_columns, "removed": gone_columns });
                fields.insert("columns".to_owned(), columns);
            }
            change
        }
        TableChange::Unknown(sql) => json!({ "connection": connection, "unknown": sql }),
    });
    let files = changes
        .files
        .iter()
        .map(|(name, size)| json!({ "file": name, "bytes": size }));
    let skipped = changes
        .skipped
        .iter()
        .map(|(path, what)| json!({ "activity": path, "what": what }));
    json!({
        "tables": tables.collect::<Vec<_>>(),
        "files": files.collect::<Vec<_>>(),
        "skipped": skipped.collect::<Vec<_>>(),
    })
}
