//! [`Pages`]: the table or long text that was shown last, and the page that one is at.

use polars::prelude::DataFrame;

use crate::render::table::page;
use crate::render::{Style, fold};

/// Lines of a page that are not rows: the shape, the header, the frame around it and the next prompt.
const AROUND: usize = 8;
/// The fewest rows of a page.
const FEWEST: usize = 5;
/// Lines of the next prompt: its number, and what is typed.
const PROMPT: usize = 2;

/// What is shown page by page.
enum Content {
    Table(DataFrame),
    /// Lines.
    Text(Vec<String>),
}

/// A table or a text, and the page that one is at.
#[derive(Default)]
pub(super) struct Pages {
    content: Option<Content>,
    /// From 1; 0 before the first.
    page: usize,
}

impl Pages {
    /// Starts with another table.
    pub(super) fn turn_to(&mut self, rows: DataFrame) {
        self.content = Some(Content::Table(rows));
        self.page = 0;
    }

    /// Starts with a text.
    pub(super) fn turn_to_text(&mut self, text: &str) {
        self.content = Some(Content::Text(text.lines().map(str::to_owned).collect()));
        self.page = 0;
    }

    /// Returns the page one is at, and how many there are, on a screen of `height` lines.
    pub(super) fn position(&self, height: usize, style: &Style) -> Option<(usize, usize)> {
        let count = match self.content.as_ref()? {
            Content::Table(rows) => rows.height().div_ceil(rows_of(height)),
            Content::Text(lines) => text_pages(lines, height, style.width).len(),
        };
        Some((self.page, count.max(1)))
    }

    /// Goes to a page and returns its text.
    pub(super) fn go_to(&mut self, wanted: usize, height: usize, style: &Style) -> Option<String> {
        self.page = wanted;
        Some(match self.content.as_ref()? {
            Content::Table(rows) => {
                let count = rows_of(height);
                page(rows, wanted.saturating_sub(1) * count, count, style)
            }
            Content::Text(lines) => {
                let pages = text_pages(lines, height, style.width);
                let shown = pages.get(wanted.checked_sub(1)?)?.join("\n");
                let more = if wanted < pages.len() {
                    "; %page shows the next"
                } else {
                    ""
                };
                let place = format!("page {wanted} of {}{more}", pages.len());
                format!("{shown}\n{}", style.dim(&place))
            }
        })
    }
}

/// Returns whether a text can be seen at once, with the next prompt below it.
pub(super) fn fits(text: &str, height: usize, width: usize) -> bool {
    text.lines().map(|line| rows_of_line(line, width)).sum::<usize>() + PROMPT <= height
}

fn rows_of(height: usize) -> usize {
    height.saturating_sub(AROUND).max(FEWEST)
}

/// Returns how many lines of the screen a line of text takes.
fn rows_of_line(line: &str, width: usize) -> usize {
    fold(line, width).split('\n').count()
}

/// Cuts lines into pages.
fn text_pages(lines: &[String], height: usize, width: usize) -> Vec<&[String]> {
    // Below a page stands which one it is.
    let room = height.saturating_sub(PROMPT + 1).max(FEWEST);
    let mut pages = Vec::new();
    let (mut start, mut taken) = (0, 0);
    for (at, line) in lines.iter().enumerate() {
        let rows = rows_of_line(line, width);
        if taken + rows > room && at > start {
            pages.extend(lines.get(start..at));
            (start, taken) = (at, 0);
        }
        taken += rows;
    }
    pages.extend(lines.get(start..));
    pages
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_into_screens_and_a_folded_line_counts_for_its_rows() {
        let lines: Vec<String> = (1..=12).map(|number| format!("line {number}")).collect();
        let counts = |lines: &[String], height| -> Vec<usize> {
            let pages = text_pages(lines, height, 20);
            pages.iter().map(|page| page.len()).collect()
        };
        assert_eq!(counts(&lines, 9), [6, 6]);
        assert_eq!(counts(&lines, 8), [5, 5, 2]);
        let long = vec!["x".repeat(41), "y".to_owned(), "z".repeat(20), "end".to_owned()];
        assert_eq!(counts(&long, 8), [3, 1]);
        assert!(fits(&lines.join("\n"), 14, 20));
        assert!(!fits(&lines.join("\n"), 13, 20));
    }
}
