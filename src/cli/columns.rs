//! Results as columns of text or as JSON.

use serde_json::Value;

use super::error::CliError;
use super::terminal::Terminal;
use crate::error::Error;
use crate::repl::Screen as _;

/// Prints rows of text in columns, or their JSON.
pub(super) fn print(
    is_json: bool,
    head: &[&str],
    rows: &[Vec<String>],
    json: Value,
    terminal: &Terminal,
) -> Result<(), Error> {
    if is_json {
        let text = serde_json::to_string_pretty(&json).map_err(|error| CliError::Output {
            reason: error.to_string(),
        })?;
        return terminal.verbatim(&format!("{text}\n"));
    }
    let head: Vec<String> = head.iter().map(|&word| word.to_owned()).collect();
    let all: Vec<&Vec<String>> = std::iter::once(&head).chain(rows).collect();
    let width = |column: usize| {
        let cells = all.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..head.len()).map(width).collect();
    let mut text = String::new();
    for row in all {
        let cells = row
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:width$}"));
        let line = cells.collect::<Vec<_>>().join("  ");
        text += line.trim_end();
        text.push('\n');
    }
    terminal.out(&text)
}
