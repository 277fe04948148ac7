//! [`Pages`]: the table that was shown last, and the page that one is at.

use polars::prelude::DataFrame;

use crate::render::Style;
use crate::render::table::page;

/// Lines of a page that are not rows: the shape, the header, the frame around it and the next prompt.
const AROUND: usize = 8;
/// The fewest rows of a page.
const FEWEST: usize = 5;

/// A table and the page that one is at.
#[derive(Default)]
pub(super) struct Pages {
    rows: Option<DataFrame>,
    /// From 1; 0 before the first.
    page: usize,
}

impl Pages {
    /// Begins with another table.
    pub(super) fn turn_to(&mut self, rows: DataFrame) {
        self.rows = Some(rows);
        self.page = 0;
    }

    /// Returns the page one is at, and how many there are, on a screen of `height` lines.
    pub(super) fn position(&self, height: usize) -> Option<(usize, usize)> {
        let rows = self.rows.as_ref()?;
        Some((self.page, rows.height().div_ceil(rows_of(height)).max(1)))
    }

    /// Goes to a page and returns its text.
    pub(super) fn go_to(&mut self, wanted: usize, height: usize, style: &Style) -> Option<String> {
        let rows = self.rows.as_ref()?;
        let count = rows_of(height);
        self.page = wanted;
        let first = wanted.saturating_sub(1) * count;
        Some(page(rows, first, count, style))
    }
}

fn rows_of(height: usize) -> usize {
    height.saturating_sub(AROUND).max(FEWEST)
}
