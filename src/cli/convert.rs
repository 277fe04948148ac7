//! `sheaf convert FILE --to FORMAT`: a notebook in another format, on standard output or in a file.

use std::sync::Arc;

use super::arguments::Convert;
use super::run::workspace_of;
use super::terminal::Terminal;
use crate::error::Error;
use crate::export::{Document, foreign};
use crate::language::Sheaf;
use crate::notebook::{Cell, Notebook, write_text};
use crate::record::Record;
use crate::render::{Paint, cells, plain};
use crate::repl::Screen as _;
use crate::session::Session;

pub(super) fn execute(arguments: &Convert, terminal: &Terminal) -> Result<(), Error> {
    let notebook = Notebook::read(&arguments.file)?;
    let name = arguments.file.file_name().unwrap_or_default().to_string_lossy();
    let document = if Record::path_of(&arguments.file).exists() {
        let record = Record::read(&arguments.file)?;
        let workspace = workspace_of(&arguments.file)?;
        let mut session = Session::new(Arc::new(Sheaf::new()), workspace.mounts(), None);
        for cell in notebook.cells() {
            session.append(cell.clone());
        }
        Document::of_record(&name, &session, &record)
    } else {
        Document::of_notebook(&name, &notebook)
    };
    let text = arguments.to.write(&notebook, &document);
    match &arguments.out {
        None => terminal.out(&text)?,
        Some(out) => write_text(out, &text, arguments.overwrite)?,
    }
    report_foreign(notebook.cells(), terminal);
    Ok(())
}

/// Lists what Sheaf cannot run, cell by cell, with what to write instead.
fn report_foreign(all: &[Cell], terminal: &Terminal) {
    let paint = Paint::new(&terminal.error_style());
    for ((position, cell), found) in all.iter().enumerate().zip(foreign(all, &Sheaf::new())) {
        let label = cells::label(position, Some(cell));
        for one in found {
            let label = paint.warning(&plain(&label));
            terminal.error(&format!("{label}: {}: {}\n", plain(&one.found), one.hint));
        }
    }
}
