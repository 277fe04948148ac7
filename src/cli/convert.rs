//! `sheaf convert FILE --to FORMAT`: a notebook in another format, on standard output or in a file.

use super::arguments::Convert;
use super::show;
use super::terminal::Terminal;
use crate::assist::unsupported::unsupported;
use crate::error::Error;
use crate::export::Document;
use crate::language::SheafLanguage;
use crate::notebook::{Cell, Notebook, write_text};
use crate::record::Record;
use crate::render::{Paint, cells, plain};
use crate::repl::Screen as _;

pub(super) fn execute(arguments: &Convert, terminal: &Terminal) -> Result<(), Error> {
    let notebook = Notebook::read(&arguments.file)?;
    let name = arguments.file.file_name().unwrap_or_default().to_string_lossy();
    let mut document = Document::of_notebook(&name, &notebook).with_pictures(&arguments.file);
    if Record::path_of(&arguments.file).exists() {
        let record = Record::read(&arguments.file)?;
        let pairs = show::belonging(&record, &arguments.file, &notebook)?;
        document = document.with_record(&record, &pairs);
    }
    let text = arguments.to.write(&notebook, &document);
    match &arguments.out {
        None => terminal.verbatim(&text)?,
        Some(out) => write_text(out, &text, arguments.overwrite)?,
    }
    report_unsupported(notebook.cells(), terminal);
    Ok(())
}

/// Lists what Sheaf cannot run, cell by cell, with what to write instead.
fn report_unsupported(all: &[Cell], terminal: &Terminal) {
    let paint = Paint::new(&terminal.error_style());
    for ((position, cell), found) in all
        .iter()
        .enumerate()
        .zip(unsupported(all, &SheafLanguage::new()))
    {
        let label = cells::label(position, Some(cell));
        for one in found {
            let label = paint.warning(&plain(&label));
            terminal.error(&format!("{label}: {}: {}\n", plain(&one.found), one.hint));
        }
    }
}
