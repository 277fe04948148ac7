//! How cells are named, and where their errors are in a file.

use std::fmt::Write as _;
use std::time::{Duration, SystemTime};

use super::failure::Origin;
use super::highlight::{Language, highlight};
use super::paint::Paint;
use super::style::Style;
use super::text::plain;
use crate::notebook::Cell;
use crate::session::Session;
use crate::source::{CellError, Source};

/// The longest name made of a cell's first line, in characters.
const LONGEST_NAME: usize = 60;

/// Returns a cell's title, or else the first line that says what it does.
pub fn name(cell: &Cell) -> String {
    if let Some(title) = cell.title() {
        return title.to_owned();
    }
    let says = |line: &&str| !line.is_empty() && (!line.starts_with('#') || cell.kind().is_markdown());
    let line = cell
        .source()
        .lines()
        .map(str::trim)
        .find(says)
        .unwrap_or_default();
    let line = if cell.kind().is_markdown() {
        line.trim_start_matches(['#', ' '])
    } else {
        line
    };
    match line.char_indices().nth(LONGEST_NAME) {
        Some((end, _)) => format!("{}…", line[..end].trim_end()),
        None => line.to_owned(),
    }
}

/// Writes a cell's error with its place in `file` or in the cell.
pub fn failure(error: &CellError, session: &Session, file: Option<&str>, style: &Style) -> String {
    super::failure::failure(error, style, |source| origin(source, error, session, file))
}

fn origin(source: &Source, error: &CellError, session: &Session, file: Option<&str>) -> Origin {
    // The error's own place, or else the call that came from this source.
    let mut spots = error.spot.iter().chain(error.calls.iter().map(|call| &call.spot));
    let line = spots
        .find(|spot| spot.source == *source)
        .map_or(1, |spot| spot.line);
    match source {
        Source::File(name) => Origin {
            file: Some(name.clone()),
            first_line: 1,
            shift: 0,
            cell: None,
        },
        Source::Included(cell) => Origin {
            file: Some(cell.file.clone()),
            first_line: cell.first_line,
            shift: cell.column_shift(line),
            cell: Some(cell.label()),
        },
        Source::Text(_) => Origin {
            file: None,
            first_line: 1,
            shift: 0,
            cell: None,
        },
        Source::Cell(id) => {
            let cell = session.cell(*id);
            Origin {
                file: file.map(str::to_owned),
                first_line: cell.map_or(1, Cell::first_line),
                shift: cell.map_or(0, |cell| cell.column_shift(line)),
                cell: session.position(*id).map(|position| label(position, cell)),
            }
        }
    }
}

/// Returns a cell's display name: `cell 3 "Load"`.
pub fn label(position: usize, cell: Option<&Cell>) -> String {
    let mut label = format!("cell {}", position + 1);
    if let Some(title) = cell.and_then(Cell::title) {
        let _ = write!(label, " \"{title}\"");
    }
    label
}

/// Writes a cell's heading.
pub fn heading(position: usize, cell: &Cell, style: &Style) -> String {
    let paint = Paint::new(style);
    format!(
        "{} {}\n",
        paint.dim(&format!("[{}]", position + 1)),
        paint.strong(&name(cell))
    )
}

/// Writes a cell: a line with its number, from 1, its kind and its title, and its source, each with its line end.
pub fn text(number: usize, cell: &Cell, style: &Style) -> String {
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

/// Writes how long something took: `850 µs`, `12.3 ms`, `4.56 s`, `2 min 5 s`.
pub fn time(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    match seconds {
        _ if seconds < 1e-3 => format!("{:.0} µs", seconds * 1e6),
        _ if seconds < 1.0 => format!("{:.1} ms", seconds * 1e3),
        _ if seconds < 60.0 => format!("{seconds:.2} s"),
        _ => format!("{} min {} s", time.as_secs() / 60, time.as_secs() % 60),
    }
}

/// Writes a moment: `2026-01-31 02:00:14 UTC`.
pub fn moment(moment: SystemTime) -> String {
    let written = humantime::format_rfc3339_seconds(moment).to_string();
    format!("{} UTC", written.trim_end_matches('Z').replace('T', " "))
}

/// Writes a number of cells: `1 cell`, `3 cells`.
pub fn count(cells: usize) -> String {
    if cells == 1 {
        "1 cell".to_owned()
    } else {
        format!("{cells} cells")
    }
}

/// Writes how long ago something was, in the largest unit: `5 minutes`, `2 days`.
pub fn ago(time: Duration) -> String {
    let seconds = time.as_secs();
    let (count, unit) = match seconds {
        0..60 => (seconds, "second"),
        60..3600 => (seconds / 60, "minute"),
        3600..86_400 => (seconds / 3600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}
