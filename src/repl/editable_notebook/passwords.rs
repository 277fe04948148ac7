//! Cells without the passwords that they have as text, and with something else in their place.

use std::collections::BTreeMap;
use std::ops::Range;

use super::{EditableNotebook, named};
use crate::notebook::{Cell, Notebook};
use crate::session::passwords::{replaced, without};

impl EditableNotebook {
    /// Returns the notebook as it would be saved, without passwords that its cells have as text.
    pub(in crate::repl) fn notebook_without_passwords(&self) -> Notebook {
        let found = self.session.passwords_from(0);
        if found.is_empty() {
            return self.notebook();
        }
        let cells: Vec<Cell> = self.cells();
        let cells = cells.iter().enumerate().map(|(position, cell)| {
            let source = without(position, cell.source(), &found);
            Cell::new(cell.kind().clone(), cell.title(), &source)
        });
        self.file.with_cells(&cells.collect::<Vec<_>>())
    }

    /// Writes other expressions in the place of some, by the positions of their cells; none of these is run.
    pub(in crate::repl) fn replace_expressions(
        &mut self,
        new: &BTreeMap<usize, Vec<(Range<usize>, String)>>,
    ) {
        let before = self.session.snapshot();
        let mut numbers = Vec::new();
        for (position, new) in new {
            let Some(id) = self.session.id(*position) else {
                continue;
            };
            if let Some(cell) = self.session.cell(id) {
                let cell = Cell::new(cell.kind().clone(), cell.title(), &replaced(cell.source(), new));
                self.session.edit(id, cell);
                self.drafts.remove(&id);
                numbers.push(position + 1);
            }
        }
        self.remember(format!("{} changed", named(&numbers)), before);
    }
}
