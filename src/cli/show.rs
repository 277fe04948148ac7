//! `sheaf show FILE`: a notebook's cells, numbered and highlighted, and what Sheaf cannot run in them. Runs nothing.

use std::path::Path;
use std::time::Duration;

use super::arguments::Show;
use super::terminal::Terminal;
use crate::assist::unsupported::{Unsupported, unsupported};
use crate::error::Error;
use crate::job::{Job, Options, workspace_of};
use crate::language::SheafLanguage;
use crate::notebook::Notebook;
use crate::record::{Record, RecordedCell, Status};
use crate::render::{Paint, cells, plain};
use crate::repl::Screen as _;

pub(super) fn execute(arguments: &Show, terminal: &Terminal) -> Result<(), Error> {
    let notebook = Notebook::read(&arguments.file)?;
    let style = terminal.style();
    let found = unsupported(notebook.cells(), &SheafLanguage::new());
    let outputs = if arguments.outputs {
        recorded(&arguments.file, &notebook, terminal)?
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

/// Writes what the record has for each cell.
fn recorded(file: &Path, notebook: &Notebook, terminal: &Terminal) -> Result<Vec<String>, Error> {
    let record = Record::read(file)?;
    let paint = Paint::new(&terminal.style());
    let pairs = belonging(&record, file, notebook)?;
    let texts = pairs.into_iter().map(|pair| match pair {
        Some((at, is_same)) => record.cells.get(at).map_or(String::new(), |cell| {
            let seconds = record.timing.cells.get(at).map_or(0.0, |timing| timing.seconds);
            outputs(cell, is_same, seconds, terminal)
        }),
        None => format!("{}\n", paint.dim("(not in the record)")),
    });
    Ok(texts.collect())
}

fn outputs(cell: &RecordedCell, is_same: bool, seconds: f64, terminal: &Terminal) -> String {
    let style = terminal.style();
    let paint = Paint::new(&style);
    let mut text = String::new();
    // Text is its own output.
    let shown = cell.outputs.iter().filter(|_| !cell.is_text());
    for shown in shown {
        text += &format!("{}\n", shown.text(&style));
    }
    if let Some(error) = &cell.error {
        text += &format!("{}{}\n", paint.error("error: "), plain(&error.message));
        if let Some(hint) = &error.hint {
            text += &format!("{}{}\n", paint.hint("hint: "), plain(hint));
        }
    }
    let time = cells::time(Duration::try_from_secs_f64(seconds).unwrap_or_default());
    let mut told = match cell.status {
        Status::Done if cell.is_text() => return text,
        Status::Done => time,
        Status::Failed => format!("failed after {time}"),
        Status::Interrupted => format!("interrupted after {time}"),
        Status::NotRun => "not run".to_owned(),
    };
    if !is_same {
        told = format!("edited since; {told}");
    }
    text + &format!("{}\n", paint.dim(&format!("({told})")))
}
