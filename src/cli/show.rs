//! `sheaf show FILE`: a notebook's cells, numbered and highlighted. Runs nothing.

use super::arguments::Show;
use super::terminal::Terminal;
use crate::error::Error;
use crate::notebook::Notebook;
use crate::render::cells;
use crate::repl::Screen as _;

pub(super) fn execute(arguments: &Show, terminal: &Terminal) -> Result<(), Error> {
    let notebook = Notebook::read(&arguments.file)?;
    let cells = notebook
        .cells()
        .iter()
        .zip(1..)
        .map(|(cell, number)| cells::text(number, cell, &terminal.style()));
    terminal.out(&cells.collect::<Vec<_>>().join("\n"))
}
