//! A plain text without marks: all of it is one cell.

use super::{BYTE_ORDER_MARK, FormatSyntax, Parsed};
use crate::notebook::Cell;

/// A file of source.
pub(super) struct Plain;

impl FormatSyntax for Plain {
    fn name(&self) -> &'static str {
        "plain"
    }

    fn detect(&self, _: &str) -> bool {
        true
    }

    fn parse(&self, text: &str) -> Parsed {
        let start = if text.starts_with(BYTE_ORDER_MARK) {
            BYTE_ORDER_MARK.len_utf8()
        } else {
            0
        };
        let (lead, source) = text.split_at(start);
        if source.trim().is_empty() {
            return Parsed {
                lead: text.to_owned(),
                cells: Vec::new(),
            };
        }
        Parsed {
            lead: lead.to_owned(),
            cells: vec![Cell::from_prompt(source)],
        }
    }

    fn keeps_cells(&self) -> bool {
        false
    }

    /// Writes the cells one after the other. Titles, and where a cell ends, are not kept.
    fn print(&self, cells: &[Cell]) -> String {
        let cells: Vec<String> = cells
            .iter()
            .map(|cell| format!("{}\n", cell.to_prompt()))
            .collect();
        cells.join("\n")
    }
}
