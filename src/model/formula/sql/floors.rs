//! [`Floors`]: queries that read each other, as one text.
//!
//! Knows nothing of models. A line is never broken or moved but at its start: a text inside it may have line breaks of its own.

/// Queries, each of which reads the one before; the first reads the table.
#[derive(Debug)]
pub(super) struct Floors {
    /// The table, as the database writes it.
    pub(super) table: String,
    /// From the first to the last but one.
    pub(super) below: Vec<Floor>,
    /// What the last query gives.
    pub(super) answer: Vec<Column>,
}

/// One query, by a name.
#[derive(Debug)]
pub(super) struct Floor {
    pub(super) name: String,
    pub(super) columns: Vec<Column>,
}

/// A column of a query.
#[derive(Debug, Clone)]
pub(super) struct Column {
    lines: Vec<String>,
    alias: Option<String>,
}

impl Column {
    /// Makes a column that keeps its name.
    pub(super) fn plain(name: &str) -> Self {
        Self {
            lines: vec![name.to_owned()],
            alias: None,
        }
    }

    /// Makes a column of an expression.
    pub(super) fn new(expression: String, alias: &str) -> Self {
        Self::of_lines(vec![expression], alias)
    }

    /// Makes a column of an expression of several lines.
    pub(super) fn of_lines(lines: Vec<String>, alias: &str) -> Self {
        Self {
            lines,
            alias: Some(alias.to_owned()),
        }
    }
}

impl Floors {
    /// Writes the floors one after the other, each by its name.
    pub(super) fn named(&self) -> String {
        let mut text = String::new();
        let mut from = self.table.as_str();
        for (index, floor) in self.below.iter().enumerate() {
            text.push_str(if index == 0 { "WITH " } else { ", " });
            text.push_str(&format!("{} AS (\n", floor.name));
            text.push_str(&select(&floor.columns, 1));
            text.push_str(&format!("\n  FROM {from}\n)"));
            from = &floor.name;
        }
        if !text.is_empty() {
            text.push('\n');
        }
        format!("{text}{}\nFROM {from}", select(&self.answer, 0))
    }

    /// Writes the floors inside each other, the first innermost.
    pub(super) fn nested(&self) -> String {
        self.nest(&format!("\nFROM {}", self.table), 0)
    }

    /// Writes the floors for each row of the table, and gives all its columns beside the answer's, which have these names.
    pub(super) fn beside(&self, lateral: &str, names: &[String]) -> String {
        let answer: Vec<String> = names.iter().map(|name| format!(", answer.{name}")).collect();
        format!(
            "SELECT source.*{}\nFROM {} AS source\n{lateral} (\n{}\n) AS answer",
            answer.concat(),
            self.table,
            self.nest("", 1)
        )
    }

    fn nest(&self, innermost: &str, depth: usize) -> String {
        let above = self.below.len();
        let innermost = innermost.replacen('\n', &format!("\n{}", indent(depth + above)), 1);
        let mut from = innermost;
        for (index, floor) in self.below.iter().enumerate() {
            let at = depth + above - index;
            let query = format!("{}{from}", select(&floor.columns, at));
            let outer = indent(at - 1);
            from = format!("\n{outer}FROM (\n{query}\n{outer}) AS {}", floor.name);
        }
        format!("{}{from}", select(&self.answer, depth))
    }
}

/// Writes SELECT and its columns, each in lines of its own.
fn select(columns: &[Column], depth: usize) -> String {
    let columns: Vec<String> = columns.iter().map(|column| column.written(depth + 1)).collect();
    format!("{}SELECT\n{}", indent(depth), columns.join(",\n"))
}

impl Column {
    fn written(&self, depth: usize) -> String {
        let mut text = String::new();
        for (index, line) in self.lines.iter().enumerate() {
            if index > 0 {
                text.push('\n');
            }
            text.push_str(&indent(depth));
            text.push_str(line);
        }
        if let Some(alias) = &self.alias {
            text.push_str(&format!(" AS {alias}"));
        }
        text
    }
}

fn indent(depth: usize) -> String {
    "  ".repeat(depth)
}
