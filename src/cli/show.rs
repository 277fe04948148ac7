//! `sheaf show FILE`: a notebook's cells, numbered and highlighted. Runs nothing.

use super::arguments::Show;
use super::terminal::Terminal;
use crate::repl::Screen as _;
use crate::error::Error;
use crate::notebook::{Cell, Notebook};
use crate::render::highlight::{Language, highlight};
use crate::render::{Paint, Style, plain};

pub(super) fn execute(arguments: &Show, terminal: &Terminal) -> Result<(), Error> {
    let notebook = Notebook::read(&arguments.file)?;
    let cells = notebook
        .cells()
        .iter()
        .zip(1..)
        .map(|(cell, number)| text(number, cell, &terminal.style()));
    terminal.out(&cells.collect::<Vec<_>>().join("\n"))
}

/// Writes a cell: a line with its number, kind and title, and its source.
fn text(number: usize, cell: &Cell, style: &Style) -> String {
    let paint = Paint::new(style);
    let number = paint.dim(&format!("[{number}]"));
    let kind = paint.dim(&format!("%{}", cell.kind()));
    let title = cell.title().map(|title| paint.strong(&plain(title)));
    let heading: Vec<String> = [Some(number), (!cell.kind().is_python()).then_some(kind), title]
        .into_iter()
        .flatten()
        .collect();
    let source = highlight(
        &plain(cell.source()),
        Language::of_magic(cell.kind().word()),
        style.color,
    );
    let end = if source.is_empty() { "" } else { "\n" };
    format!("{}\n{source}{end}", heading.join(" "))
}
