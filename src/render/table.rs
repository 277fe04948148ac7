//! Tables, series and records → box-drawn text. Computes nothing: it shows what it is given.

mod layout;

use comfy_table::{ColumnConstraint, ContentArrangement, Table, Width};
use polars::prelude::{Column, DataFrame, Series};

pub(super) use layout::LINES;
pub(crate) use layout::grouped;
use layout::{Showable, render};

use super::cell::{escape, short_texts, width};
use super::fold::fold;
use super::style::Style;

/// Tables up to this many rows are shown whole.
const WHOLE: usize = 10;

/// How many first and last rows of a longer table are shown.
const ENDS: usize = 5;

/// Shows a table: its shape, names and types of its columns, and its rows.
///
/// Of more than ten rows the first and last five are shown. Long texts are cut to the width there is. Where the
/// columns do not fit even so, the middle ones are folded away and named below.
pub fn table(df: &DataFrame, style: &Style) -> String {
    let (rows, gap) = outer(df.height());
    let shape = format!("shape: ({}, {})", grouped(df.height()), grouped(df.width()));
    render(&shape, df.columns(), &rows, gap, style)
}

/// Shows a table of `height` rows, of which `rows` holds all, or at least the first and last few.
pub fn table_of(rows: &DataFrame, height: usize, style: &Style) -> String {
    if rows.height() >= height {
        return table(rows, style);
    }
    let shape = format!("shape: ({}, {})", grouped(height), grouped(rows.width()));
    let (shown, gap) = outer(rows.height());
    render(&shape, rows.columns(), &shown, gap, style)
}

/// Shows a series of `height` values, of which `values` holds all, or at least the first and last few.
pub fn series_of(values: &Series, height: usize, style: &Style) -> String {
    let shape = format!("shape: ({},)", grouped(height));
    let (shown, gap) = outer(values.len());
    render(&shape, &[Column::from(values.clone())], &shown, gap, style)
}

/// Returns which of `height` rows are shown, and after how many of them some are left out.
fn outer(height: usize) -> (Vec<usize>, Option<usize>) {
    if height > WHOLE {
        ((0..ENDS).chain(height - ENDS..height).collect(), Some(ENDS))
    } else {
        ((0..height).collect(), None)
    }
}

/// Shows rows of a table whose height is not known, below `head` in place of the shape.
pub fn excerpt(df: &DataFrame, head: &str, style: &Style) -> String {
    let rows: Vec<usize> = (0..df.height()).collect();
    render(head, df.columns(), &rows, None, style)
}

/// Shows a series: its length, name and type, and its values, as [`table`] shows a table of one column.
pub fn series(series: &Series, style: &Style) -> String {
    series_of(series, series.len(), style)
}

/// What is above a table of which the texts are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// A table of so many rows.
    Table(usize),
    /// A series of so many values.
    Series(usize),
    /// The first rows of a table whose height is not known.
    Streamed,
}

/// Shows a table of which the texts of all rows, or of the first and last ones, are known, as [`table`] shows it.
///
/// A column is its name and its type; a missing value is `None`.
pub fn texts_table(
    shape: Shape,
    columns: &[(String, String)],
    rows: &[Vec<Option<String>>],
    style: &Style,
) -> String {
    let (picked, gap) = match shape {
        Shape::Streamed => ((0..rows.len()).collect(), None),
        Shape::Table(_) | Shape::Series(_) => outer(rows.len()),
    };
    let head = match shape {
        Shape::Table(height) => format!("shape: ({}, {})", grouped(height), grouped(columns.len())),
        Shape::Series(height) => format!("shape: ({},)", grouped(height)),
        Shape::Streamed => "first rows of a streamed frame".to_owned(),
    };
    let columns: Vec<TextColumn<'_>> = (0..)
        .zip(columns)
        .map(|(position, (name, dtype))| TextColumn {
            name,
            dtype,
            position,
            rows,
        })
        .collect();
    render(&head, &columns, &picked, gap, style)
}

/// A column of texts with all their digits.
struct TextColumn<'a> {
    name: &'a str,
    dtype: &'a str,
    position: usize,
    rows: &'a [Vec<Option<String>>],
}

impl Showable for TextColumn<'_> {
    fn name(&self) -> &str {
        self.name
    }

    fn dtype(&self) -> String {
        self.dtype.to_owned()
    }

    fn is_number(&self) -> bool {
        let (letter, bits) = self.dtype.split_at_checked(1).unwrap_or_default();
        self.dtype.starts_with("decimal") || matches!(letter, "i" | "u" | "f") && bits.parse::<u8>().is_ok()
    }

    fn texts(&self, rows: &[usize], limit: usize) -> Vec<String> {
        let value = |row: &usize| self.rows.get(*row)?.get(self.position)?.as_deref();
        short_texts(rows.iter().map(value), self.dtype, limit)
    }
}

/// Shows rows of texts under their headings, as [`table`] shows a frame.
///
/// Long texts are folded to the width, between words. Where the longest words are too wide for that, each row is
/// shown as lines of its own, a heading and a text each.
pub fn listing(headings: &[&str], rows: &[Vec<String>], style: &Style) -> String {
    let rows: Vec<Vec<String>> = rows
        .iter()
        .map(|row| row.iter().map(|text| escape(text)).collect())
        .collect();
    let words = |text: &str| text.split(' ').map(width).max().unwrap_or(0);
    let least = headings.iter().enumerate().map(|(column, heading)| {
        let texts = rows.iter().filter_map(|row| row.get(column));
        texts
            .map(|text| words(text))
            .max()
            .unwrap_or(0)
            .max(words(heading))
    });
    let least: Vec<usize> = least.collect();
    if 1 + least.iter().map(|word| word + 3).sum::<usize>() > style.width {
        return stacked(headings, &rows, style);
    }
    let mut table = Table::new();
    table.load_style(LINES);
    table.set_content_arrangement(ContentArrangement::Dynamic);
    table.set_width(u16::try_from(style.width).unwrap_or(u16::MAX));
    table.set_header(headings.iter().copied());
    for row in rows {
        table.add_row(row);
    }
    table.set_constraints(least.into_iter().map(|word| {
        let around = u16::try_from(word + 2).unwrap_or(u16::MAX);
        ColumnConstraint::LowerBoundary(Width::Fixed(around))
    }));
    table.to_string()
}

/// Shows each row as lines of a heading and a text, rows apart by an empty line.
fn stacked(headings: &[&str], rows: &[Vec<String>], style: &Style) -> String {
    let widest = headings.iter().map(|heading| width(heading)).max().unwrap_or(0);
    let room = style.width.saturating_sub(widest + 2).max(1);
    let rows = rows.iter().map(|row| {
        let lines = headings.iter().zip(row).map(|(heading, text)| {
            let text = fold(text, room).replace('\n', &format!("\n{}", " ".repeat(widest + 2)));
            let gap = " ".repeat(widest + 2 - width(heading));
            format!("{}{gap}{text}", style.dim(heading))
        });
        lines.collect::<Vec<_>>().join("\n")
    });
    rows.collect::<Vec<_>>().join("\n\n")
}

/// Shows `count` rows of a table from row `first`, counted from 0, and says which they are.
pub fn page(df: &DataFrame, first: usize, count: usize, style: &Style) -> String {
    let height = df.height();
    let last = first.saturating_add(count).min(height);
    let rows: Vec<usize> = (first.min(last)..last).collect();
    let shape = format!(
        "rows {} to {} of {}",
        grouped(first.min(last) + 1),
        grouped(last),
        grouped(height)
    );
    render(&shape, df.columns(), &rows, None, style)
}

#[cfg(test)]
mod tests;
