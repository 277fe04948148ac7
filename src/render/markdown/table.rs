//! A markdown table → a box-drawn one, as data frames have.

use comfy_table::{Cell, CellAlignment, ContentArrangement, Table as Drawn};
use pulldown_cmark::Alignment;

use crate::render::table::LINES;

/// A column takes this much beside its text: a border and two blanks; and a table one more border.
const NARROWEST: usize = 4;

/// A table that is being read: the first row is its head.
#[derive(Debug)]
pub(super) struct Table {
    alignments: Vec<Alignment>,
    pub(super) rows: Vec<Vec<String>>,
}

impl Table {
    pub(super) fn new(alignments: Vec<Alignment>) -> Self {
        Self {
            alignments,
            rows: Vec::new(),
        }
    }

    /// Draws the table with long cells folded to the width; one with too many columns as lines.
    pub(super) fn draw(&self, width: usize) -> String {
        let Some((head, rows)) = self.rows.split_first() else {
            return String::new();
        };
        if head.len() * NARROWEST + 1 > width {
            let lines: Vec<String> = self.rows.iter().map(|row| row.join(" | ")).collect();
            return lines.join("\n");
        }
        let mut drawn = Drawn::new();
        drawn.load_style(LINES);
        drawn.set_content_arrangement(ContentArrangement::Dynamic);
        drawn.set_width(u16::try_from(width).unwrap_or(u16::MAX));
        drawn.set_header(self.cells(head));
        for row in rows {
            drawn.add_row(self.cells(row));
        }
        drawn.to_string()
    }

    fn cells(&self, row: &[String]) -> Vec<Cell> {
        row.iter()
            .zip(&self.alignments)
            .map(|(text, alignment)| {
                Cell::new(text).set_alignment(match alignment {
                    Alignment::None | Alignment::Left => CellAlignment::Left,
                    Alignment::Center => CellAlignment::Center,
                    Alignment::Right => CellAlignment::Right,
                })
            })
            .collect()
    }
}
