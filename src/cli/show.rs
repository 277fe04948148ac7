//! `sheaf show FILE`: a notebook's cells, numbered and highlighted, and what Sheaf cannot run in them. Runs nothing.

use std::path::Path;

use super::arguments::Show;
use super::terminal::Terminal;
use crate::assist::unsupported::{Unsupported, unsupported};
use crate::error::Error;
use crate::job::{Job, Options, workspace_of};
use crate::language::SheafLanguage;
use crate::notebook::Notebook;
use crate::record::Record;
use crate::render::{Paint, cells, plain};
use crate::repl::Screen as _;

pub(super) fn execute(arguments: &Show, terminal: &Terminal) -> Result<(), Error> {
    let notebook = Notebook::read(&arguments.file)?;
    let style = terminal.style();
    let found = unsupported(notebook.cells(), &SheafLanguage::new());
    let outputs = if arguments.outputs {
        recorded(
            &Record::read(&arguments.file)?,
            &arguments.file,
            &notebook,
            terminal,
        )?
    } else {
        notebook.cells().iter().map(|_| String::new()).collect()
    };
    let cells = notebook.cells().iter().zip(1..).zip(found).zip(outputs);
    let cells = cells.map(|(((cell, number), found), outputs)| {
        let marks: String = found.iter().map(|one| mark(one, Paint::new(&style))).collect();
        format!("{}{marks}{outputs}", cells::text(number, cell, &style))
    });
    terminal.out(&cells.collect::<Vec<_>>().join("\n"))
}

/// Writes what a cell has that Sheaf cannot run, as a line below it.
fn mark(one: &Unsupported, paint: Paint) -> String {
    let place = paint.warning(&format!("! line {}:", one.line));
    format!("{place} {}: {}\n", plain(&one.found), one.hint)
}

/// Finds for each cell of a notebook the recorded cell that belongs to it: its position, and whether its source is the
/// same.
pub(super) fn belonging(
    record: &Record,
    file: &Path,
    notebook: &Notebook,
) -> Result<Vec<Option<(usize, bool)>>, Error> {
    // It tells what is the same source; none of its cells is run.
    let job = Job::of_notebook(notebook, file, &workspace_of(file)?, &Options::default())?;
    let session = job.session();
    let ids = session.ids();
    let sources = ids.iter().map(|id| session.report(*id).map(|facts| facts.source));
    Ok(record.belonging(sources.flatten()))
}

/// Writes the cells of a notebook as they ran, with what its record has for each.
pub(super) fn executed(
    record: &Record,
    file: &Path,
    notebook: &Notebook,
    terminal: &Terminal,
) -> Result<String, Error> {
    let style = terminal.style();
    let outputs = recorded(record, file, notebook, terminal)?;
    let cells = notebook.cells().iter().zip(1..).zip(outputs);
    let cells =
        cells.map(|((cell, number), outputs)| format!("{}{outputs}", cells::text(number, cell, &style)));
    Ok(cells.collect::<Vec<_>>().join("\n"))
}

/// Writes what the record has for each cell.
fn recorded(
    record: &Record,
    file: &Path,
    notebook: &Notebook,
    terminal: &Terminal,
) -> Result<Vec<String>, Error> {
    let style = terminal.style();
    let paint = Paint::new(&style);
    let pairs = belonging(record, file, notebook)?;
    let pairs = notebook.cells().iter().zip(pairs);
    let texts = pairs.map(|(source, pair)| match pair {
        Some((at, is_same)) => record.cells.get(at).map_or(String::new(), |cell| {
            let seconds = record.timing.cells.get(at).map_or(0.0, |timing| timing.seconds);
            // Of an edited cell it is not known which line that is now.
            let source = is_same.then_some(source.source());
            cell.text(source, seconds, &style)
        }),
        None => format!("{}\n", paint.dim("(not in the record)")),
    });
    Ok(texts.collect())
}
