//! A table → HTML: numbers on the right with the same decimals, missing values dim, all digits where they are asked for.

use std::fmt::Write as _;

use super::element::escaped;
use crate::export::markdown::caption;
use crate::record::Table;
use crate::render::float_texts;

/// Text of more characters than this may not fit into a column.
const LONG: usize = 40;

/// Tables up to this many characters wide fit a page and a sheet of paper, with the longest of their texts.
const PAGE: usize = 100;

/// Writes a table with its caption, in a box that scrolls.
pub(super) fn table(table: &Table) -> String {
    let size = escaped(&caption(table));
    let fit = if width(table, usize::MAX) <= PAGE {
        " whole"
    } else {
        // Longer text is folded on paper.
        fit(width(table, LONG))
    };
    format!(
        "<figure class=\"table{fit}\"><div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Table: {size}\">\n\
         <table>\n{}{}</table></div>\n<figcaption>{size}</figcaption></figure>\n",
        head(table),
        rows(table, true)
    )
}

/// Writes a table for a notebook's output, which has no style sheet of ours.
pub(in crate::export) fn plain_table(table: &Table) -> String {
    let names: Vec<String> = table.columns.iter().map(|(name, _)| escaped(name)).collect();
    let names = if names.is_empty() {
        String::new()
    } else {
        format!("<th>{}</th>", names.join("</th><th>"))
    };
    format!(
        "<table>\n<thead><tr>{names}</tr></thead>\n{}</table>\n<p>{}</p>",
        rows(table, false),
        escaped(&caption(table))
    )
}

/// Returns about how many characters stand side by side in a row.
fn width(table: &Table, longest: usize) -> usize {
    let columns = table.columns.iter().enumerate().map(|(column, (name, dtype))| {
        let cells = values(table, column).into_iter().map(|value| match value {
            Value::Text { shown, .. } => shown.chars().count().min(longest),
            Value::Null => 4,
        });
        let head = name.chars().count().max(dtype.chars().count());
        cells.max().unwrap_or_default().max(head) + 3
    });
    columns.sum()
}

/// Names the class of a table that is too wide for a sheet of paper, which makes it smaller there.
fn fit(width: usize) -> &'static str {
    match width {
        0..=100 => "",
        101..=125 => " fit-80",
        126..=165 => " fit-60",
        166..=250 => " fit-40",
        _ => " fit-40 too-wide",
    }
}

fn head(table: &Table) -> String {
    let mut written = "<thead><tr>".to_owned();
    for (column, (name, dtype)) in table.columns.iter().enumerate() {
        let class = if table.is_number(column) {
            " class=\"num\""
        } else {
            ""
        };
        let _ = write!(
            written,
            "<th scope=\"col\"{class}><span class=\"name\">{}</span> <span class=\"type\">{}</span></th>",
            escaped(name),
            escaped(dtype)
        );
    }
    written + "</tr></thead>\n"
}

fn rows(table: &Table, styled: bool) -> String {
    let columns: Vec<Vec<Value<'_>>> = (0..table.columns.len())
        .map(|column| values(table, column))
        .collect();
    let mut written = "<tbody>\n".to_owned();
    for row in 0..table.rows.len() {
        if table.gap() == Some(row) {
            gap(&mut written, table, styled);
        }
        written.push_str("<tr>");
        for (column, values) in columns.iter().enumerate() {
            let number = styled && table.is_number(column);
            match values.get(row) {
                Some(Value::Text { shown, whole }) => {
                    let class = if number { " class=\"num\"" } else { "" };
                    let digits = match whole {
                        Some(whole) if styled => format!(" title=\"{}\"", escaped(whole)),
                        // It may be cut off on a screen.
                        None if styled && shown.chars().count() > LONG => {
                            format!(" title=\"{}\"", escaped(shown))
                        }
                        _ => String::new(),
                    };
                    let _ = write!(written, "<td{class}{digits}>{}</td>", escaped(shown));
                }
                Some(Value::Null) | None => written.push_str(match (styled, number) {
                    (true, true) => "<td class=\"num null\">null</td>",
                    (true, false) => "<td class=\"null\">null</td>",
                    (false, _) => "<td><em>null</em></td>",
                }),
            }
        }
        written.push_str("</tr>\n");
    }
    written + "</tbody>"
}

/// Describes how many rows are left out.
fn gap(written: &mut String, table: &Table, styled: bool) {
    let left_out = table.height.unwrap_or_default().saturating_sub(table.rows.len());
    let class = if styled { " class=\"gap\"" } else { "" };
    let _ = writeln!(
        written,
        "<tr{class}><td colspan=\"{}\"><span>… {} rows not shown …</span></td></tr>",
        table.columns.len().max(1),
        crate::export::markdown::with_thousands(left_out)
    );
}

/// A value as it is shown, with all its digits where that is another text; or a missing one.
enum Value<'a> {
    Text { shown: String, whole: Option<&'a str> },
    Null,
}

fn values(table: &Table, column: usize) -> Vec<Value<'_>> {
    let texts: Vec<Option<&str>> = table
        .rows
        .iter()
        .map(|row| row.get(column).and_then(Option::as_deref))
        .collect();
    let is_float = table
        .columns
        .get(column)
        .is_some_and(|(_, dtype)| matches!(dtype.as_str(), "f32" | "f64"));
    let numbers: Vec<f64> = texts
        .iter()
        .flatten()
        .filter_map(|text| text.parse().ok())
        .collect();
    let all_parse = is_float && numbers.len() == texts.iter().flatten().count();
    let mut rounded = if all_parse {
        float_texts(&numbers)
    } else {
        Vec::new()
    }
    .into_iter();
    texts
        .into_iter()
        .map(|text| match text {
            None => Value::Null,
            Some(text) => {
                let shown = rounded.next().unwrap_or_else(|| text.to_owned());
                let whole = (shown != text).then_some(text);
                Value::Text { shown, whole }
            }
        })
        .collect()
}
