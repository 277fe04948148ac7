//! `sheaf show FILE`: a notebook's cells, numbered and highlighted, and what Sheaf cannot run in them. Runs nothing.

use super::arguments::Show;
use super::terminal::Terminal;
use crate::error::Error;
use crate::export::{Foreign, foreign};
use crate::language::Sheaf;
use crate::notebook::Notebook;
use crate::render::{Paint, cells, plain};
use crate::repl::Screen as _;

pub(super) fn execute(arguments: &Show, terminal: &Terminal) -> Result<(), Error> {
    let notebook = Notebook::read(&arguments.file)?;
    let style = terminal.style();
    let found = foreign(notebook.cells(), &Sheaf::new());
    let cells = notebook.cells().iter().zip(1..).zip(found);
    let cells = cells.map(|((cell, number), found)| {
        let marks: String = found.iter().map(|one| mark(one, Paint::new(&style))).collect();
        format!("{}{marks}", cells::text(number, cell, &style))
    });
    terminal.out(&cells.collect::<Vec<_>>().join("\n"))
}

/// Writes what a cell has that Sheaf cannot run, as a line below it.
fn mark(one: &Foreign, paint: Paint) -> String {
    let place = paint.warning(&format!("! line {}:", one.line));
    format!("{place} {}: {}\n", plain(&one.found), one.hint)
}
