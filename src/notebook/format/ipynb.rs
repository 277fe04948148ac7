//! Jupyter's format: JSON with a list of cells. Versions 3 and 4 are read, 4.5 is written.
//!
//! Each cell keeps its piece of the JSON, with its outputs, so that an unchanged notebook is written back as it was.
//! One that was edited is rewritten: identities, metadata and attachments of cells stay, outputs do not, because
//! nothing says that they belong to the cells as they are now. A title is `title` in a cell's metadata.

use serde_json::value::Value;
use serde_json::{from_str, json};

use self::writing::write;
use super::{BYTE_ORDER_MARK, FormatSyntax, Parsed};
use crate::notebook::body::{Body, Mark};
use crate::notebook::cell::Title;
use crate::notebook::json::{Positions, Span, written_length};
use crate::notebook::piece::{Line, Piece};
use crate::notebook::{Cell, CellKind};

mod writing;

/// Where Databricks keeps what it knows of a cell.
const DATABRICKS: &str = "application/vnd.databricks.v1+cell";

/// The member of a cell's metadata that says what its source cannot: its kind.
const OURS: &str = "sheaf";

/// Magics of Jupyter whose cells are code all the same.
const AROUND_CODE: [&str; 5] = ["capture", "debug", "prun", "time", "timeit"];

/// Kinds that Databricks marks with one `%`, which in Jupyter begins a line of code.
const ONE_PERCENT: [&str; 7] = ["md", "md-sandbox", "python", "r", "R", "scala", "sql"];

/// Kinds that one `%` marks when nothing else is in the cell.
const ONE_LINE: [&str; 5] = ["conda", "fs", "pip", "run", "sh"];

/// Jupyter's format.
pub(super) struct Ipynb;

/// Why a text is not a Jupyter notebook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::notebook) enum InvalidJupyter {
    /// It is not JSON.
    Json {
        line: usize,
        column: usize,
        reason: String,
    },
    /// It is JSON, and lacks something.
    Missing(&'static str),
}

/// Returns why a text is not a Jupyter notebook; `None` for one that is.
pub(in crate::notebook) fn invalid_jupyter(text: &str) -> Option<InvalidJupyter> {
    match from_str::<Value>(without_mark(text)) {
        Err(error) => {
            let said = error.to_string();
            Some(InvalidJupyter::Json {
                line: error.line(),
                column: error.column(),
                reason: said.split(" at line ").next().unwrap_or_default().to_owned(),
            })
        }
        Ok(value) => lacks(&value).map(InvalidJupyter::Missing),
    }
}

fn lacks(value: &Value) -> Option<&'static str> {
    if !value.get("nbformat").is_some_and(Value::is_number) {
        return Some("`nbformat`, a number");
    }
    let is_cells = |value: &Value| {
        let cells = value.get("cells").and_then(Value::as_array);
        cells.is_some_and(|cells| cells.iter().all(Value::is_object))
    };
    let has_sheets = value
        .get("worksheets")
        .and_then(Value::as_array)
        .is_some_and(|sheets| sheets.iter().all(is_cells));
    (!is_cells(value) && !has_sheets).then_some("`cells`, a list of objects")
}

fn without_mark(text: &str) -> &str {
    text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text)
}

impl FormatSyntax for Ipynb {
    fn name(&self) -> &'static str {
        "ipynb"
    }

    fn detect(&self, text: &str) -> bool {
        without_mark(text).trim_start().starts_with('{') && invalid_jupyter(text).is_none()
    }

    fn parse(&self, text: &str) -> Parsed {
        let whole = without_mark(text);
        let mark = text.len() - whole.len();
        let places = Positions::new(whole);
        let cells = spans(Span::first(whole));
        let starts: Vec<usize> = cells.iter().map(|cell| cell.start).collect();
        let ends = starts.iter().skip(1).copied().chain([whole.len()]);
        let read = cells.iter().zip(ends).map(|(cell, end)| {
            let piece = Piece {
                text: whole.get(cell.start..end).unwrap_or_default(),
                first_line: places.of(cell.start).0,
            };
            read_cell(piece, *cell, &places)
        });
        let lead = starts.first().map_or(text.len(), |start| start + mark);
        Parsed {
            lead: text.get(..lead).unwrap_or_default().to_owned(),
            cells: read.collect(),
        }
    }

    fn print(&self, cells: &[Cell]) -> String {
        let metadata = json!({
            "kernelspec": { "display_name": "Sheaf", "language": "python", "name": "sheaf" },
            "language_info": { "file_extension": ".py", "mimetype": "text/x-python", "name": "python" },
        });
        write(cells, metadata)
    }

    /// Keeps the metadata of the notebook, which name its kernel.
    fn update(&self, old: &str, cells: &[Cell]) -> String {
        let old: Value = from_str(without_mark(old)).unwrap_or_default();
        match old.get("metadata").filter(|_| old.get("cells").is_some()) {
            Some(metadata) if metadata.is_object() => write(cells, metadata.clone()),
            _ => self.print(cells),
        }
    }
}

/// Returns where the cells stand: in version 3 they are in worksheets.
fn spans(notebook: Span<'_>) -> Vec<Span<'_>> {
    if let Some(cells) = notebook.member("cells") {
        return cells.elements();
    }
    let sheets = notebook.member("worksheets").map(Span::elements);
    let sheets = sheets.into_iter().flatten();
    sheets
        .filter_map(|sheet| sheet.member("cells"))
        .flat_map(Span::elements)
        .collect()
}

fn read_cell(piece: Piece<'_>, span: Span<'_>, places: &Positions<'_>) -> Cell {
    let value: Value = from_str(span.text()).unwrap_or_default();
    let word = |name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default();
    let metadata = value.get("metadata").cloned().unwrap_or_default();
    let source = Source::read(span.member("source").or_else(|| span.member("input")), places);
    let lines = source.lines();
    let body = match word("cell_type") {
        "code" => read_code(explicit_kind(&metadata), &lines),
        "markdown" => Body::plain(CellKind::MARKDOWN, &lines),
        "heading" => {
            let level = value
                .get("level")
                .and_then(Value::as_u64)
                .unwrap_or(1)
                .clamp(1, 6);
            let mut body = Body::plain(CellKind::MARKDOWN, &lines);
            body.source = format!("{} {}", "#".repeat(level as usize), body.source);
            body
        }
        _ => Body::plain(CellKind::RAW, &lines),
    };
    Cell::read(piece, read_title(&metadata), body)
}

fn read_title(metadata: &Value) -> Option<Title> {
    let shown = |of: &Value, name: &str| of.get(name).and_then(Value::as_bool).unwrap_or(true);
    let text = |of: &Value| of.get("title").and_then(Value::as_str).map(str::to_owned);
    let theirs = metadata.get(DATABRICKS).unwrap_or(&Value::Null);
    Title::new(&text(metadata).unwrap_or_default(), shown(metadata, "show_title"))
        .or_else(|| Title::new(&text(theirs)?, shown(theirs, "showTitle")))
}

fn explicit_kind(metadata: &Value) -> Option<CellKind> {
    CellKind::of_magic(metadata.get(OURS)?.get("kind")?.as_str()?)
}

/// Reads the source of a code cell; `explicit` is the kind that its metadata names.
fn read_code(explicit: Option<CellKind>, lines: &[Line<'_>]) -> Body {
    match explicit {
        Some(kind) if kind.is_python() => Body::plain(kind, lines),
        Some(kind) => cell_magic(lines)
            .filter(|body| body.kind == kind)
            .unwrap_or_else(|| Body::plain(kind, lines)),
        None => cell_magic(lines)
            .filter(|body| !AROUND_CODE.contains(&body.kind.word()))
            .or_else(|| Body::magic(Mark::Bare, lines).filter(is_databricks))
            .unwrap_or_else(|| Body::plain(CellKind::PYTHON, lines)),
    }
}

/// Reads `%%word` and what follows.
fn cell_magic(lines: &[Line<'_>]) -> Option<Body> {
    let mut lines = lines.to_vec();
    let first = lines.iter_mut().find(|line| !line.is_blank())?;
    *first = first.trim_start().strip_prefix("%")?;
    Body::magic(Mark::Bare, &lines)
}

fn is_databricks(body: &Body) -> bool {
    let word = body.kind.word();
    ONE_PERCENT.contains(&word) || (ONE_LINE.contains(&word) && !body.source.contains('\n'))
}

/// A cell's source, and where its parts are in the file.
struct Source {
    text: String,
    /// For each string: where its text begins in the source, and its line, column and text in the file.
    strings: Vec<(usize, usize, usize, String)>,
}

impl Source {
    /// Reads a string or a list of strings.
    fn read(span: Option<Span<'_>>, places: &Positions<'_>) -> Self {
        let mut read = Self {
            text: String::new(),
            strings: Vec::new(),
        };
        let Some(span) = span else { return read };
        let strings = if span.text().starts_with('[') {
            span.elements()
        } else {
            vec![span]
        };
        for string in strings {
            let Some(text) = string.string() else { continue };
            let (line, column) = places.of(string.start + 1);
            let written = string.text().trim_matches('"').to_owned();
            read.strings.push((read.text.len(), line, column, written));
            read.text.push_str(&text);
        }
        read
    }

    /// Returns the lines, each with its place in the file.
    fn lines(&self) -> Vec<Line<'_>> {
        let mut offset = 0;
        let lines = self.text.split_inclusive('\n').map(|line| {
            let begin = offset;
            offset += line.len();
            let index = self
                .strings
                .partition_point(|(start, ..)| *start <= begin)
                .saturating_sub(1);
            let place = self.strings.get(index);
            let (number, column) = place.map_or((1, 0), |(start, number, column, written)| {
                (*number, column + written_length(written, begin - start))
            });
            Line {
                number,
                column,
                text: line.trim_end_matches(['\n', '\r']),
            }
        });
        lines.collect()
    }
}

#[cfg(test)]
mod tests;
