//! Jupyter's format: JSON with a list of cells. Versions 3 and 4 are read, 4.5 is written.
//!
//! Each cell keeps its piece of the JSON, with its outputs, so that an unchanged notebook is written back as it was.
//! One that was edited is rewritten: identities, metadata and attachments of cells stay, outputs do not, because
//! nothing says that they belong to the cells as they are now. A title is `title` in a cell's metadata.

use serde_json::value::Value;
use serde_json::{from_str, json};

use self::reading::read_cell;
use self::writing::write;
use super::{BYTE_ORDER_MARK, FormatSyntax, Parsed};
use crate::notebook::Cell;
use crate::notebook::json::{Positions, Span};
use crate::notebook::piece::Piece;

mod reading;
mod writing;

/// Jupyter's format.
pub(super) struct Ipynb;

/// Why a text is not a Jupyter notebook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::notebook) enum InvalidJupyter {
    /// It is not JSON.
    Json {
        line: usize,
        column: usize,
        reason: String,
    },
    /// It is JSON, and lacks something.
    Missing(&'static str),
}

/// Returns why a text is not a Jupyter notebook; `None` for one that is.
pub(in crate::notebook) fn invalid_jupyter(text: &str) -> Option<InvalidJupyter> {
    match from_str::<Value>(without_mark(text)) {
        Err(error) => {
            let said = error.to_string();
            Some(InvalidJupyter::Json {
                line: error.line(),
                column: error.column(),
                reason: said.split(" at line ").next().unwrap_or_default().to_owned(),
            })
        }
        Ok(value) => lacks(&value).map(InvalidJupyter::Missing),
    }
}

fn lacks(value: &Value) -> Option<&'static str> {
    if !value.get("nbformat").is_some_and(Value::is_number) {
        return Some("`nbformat`, a number");
    }
    let is_cells = |value: &Value| {
        let cells = value.get("cells").and_then(Value::as_array);
        cells.is_some_and(|cells| cells.iter().all(Value::is_object))
    };
    let has_sheets = value
        .get("worksheets")
        .and_then(Value::as_array)
        .is_some_and(|sheets| sheets.iter().all(is_cells));
    (!is_cells(value) && !has_sheets).then_some("`cells`, a list of objects")
}

fn without_mark(text: &str) -> &str {
    text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text)
}

impl FormatSyntax for Ipynb {
    fn name(&self) -> &'static str {
        "ipynb"
    }

    fn detect(&self, text: &str) -> bool {
        without_mark(text).trim_start().starts_with('{') && invalid_jupyter(text).is_none()
    }

    fn parse(&self, text: &str) -> Parsed {
        let whole = without_mark(text);
        let mark = text.len() - whole.len();
        let places = Positions::new(whole);
        let cells = spans(Span::first(whole));
        let starts: Vec<usize> = cells.iter().map(|cell| cell.start).collect();
        let ends = starts.iter().skip(1).copied().chain([whole.len()]);
        let read = cells.iter().zip(ends).map(|(cell, end)| {
            let piece = Piece {
                text: whole.get(cell.start..end).unwrap_or_default(),
                first_line: places.of(cell.start).0,
            };
            read_cell(piece, *cell, &places)
        });
        let lead = starts.first().map_or(text.len(), |start| start + mark);
        Parsed {
            lead: text.get(..lead).unwrap_or_default().to_owned(),
            cells: read.collect(),
        }
    }

    fn print(&self, cells: &[Cell]) -> String {
        let metadata = json!({
            "kernelspec": { "display_name": "Sheaf", "language": "python", "name": "sheaf" },
            "language_info": { "file_extension": ".py", "mimetype": "text/x-python", "name": "python" },
        });
        write(cells, metadata)
    }

    /// Keeps the metadata of the notebook, which name its kernel.
    fn update(&self, old: &str, cells: &[Cell]) -> String {
        let old: Value = from_str(without_mark(old)).unwrap_or_default();
        match old.get("metadata").filter(|_| old.get("cells").is_some()) {
            Some(metadata) if metadata.is_object() => write(cells, metadata.clone()),
            _ => self.print(cells),
        }
    }
}

/// Returns the spans of the cells: in version 3 they are in worksheets.
fn spans(notebook: Span<'_>) -> Vec<Span<'_>> {
    if let Some(cells) = notebook.member("cells") {
        return cells.elements();
    }
    let sheets = notebook.member("worksheets").map(Span::elements);
    let sheets = sheets.into_iter().flatten();
    sheets
        .filter_map(|sheet| sheet.member("cells"))
        .flat_map(Span::elements)
        .collect()
}

#[cfg(test)]
mod tests;
