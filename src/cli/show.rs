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
    let paint = Paint::new(&terminal.style());
    let pairs = belonging(record, file, notebook)?;
    let pairs = notebook.cells().iter().zip(pairs);
    let texts = pairs.map(|(source, pair)| match pair {
        Some((at, is_same)) => record.cells.get(at).map_or(String::new(), |cell| {
            let seconds = record.timing.cells.get(at).map_or(0.0, |timing| timing.seconds);
            // Of an edited cell it is not known which line that is now.
            let source = is_same.then_some(source.source());
            outputs(cell, source, seconds, terminal)
        }),
        None => format!("{}\n", paint.dim("(not in the record)")),
    });
    Ok(texts.collect())
}

fn outputs(cell: &RecordedCell, source: Option<&str>, seconds: f64, terminal: &Terminal) -> String {
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
        text += &error
            .place
            .zip(source)
            .map_or_else(String::new, |(place, source)| underlined(source, place, paint));
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
    if source.is_none() {
        told = format!("edited since; {told}");
    }
    text + &format!("{}\n", paint.dim(&format!("({told})")))
}

/// Writes a line of a cell, with a mark below the place of its error.
fn underlined(source: &str, (line, column): (usize, usize), paint: Paint) -> String {
    let Some(text) = line.checked_sub(1).and_then(|line| source.lines().nth(line)) else {
        return String::new();
    };
    // As wide as what stands before it: tabs and wide letters.
    let before = text.chars().take(column.saturating_sub(1));
    let before: String = before.map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
    let number = line.to_string();
    let bar = paint.dim("|");
    let gap = " ".repeat(number.len());
    let mark = paint.error("^");
    format!(
        "{} {bar} {}\n{gap} {bar} {before}{mark}\n",
        paint.dim(&number),
        plain(text)
    )
}
