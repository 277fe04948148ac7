//! Reading the cells of a Jupyter notebook, with the positions of their lines in the file.

use serde_json::from_str;
use serde_json::value::Value;

use crate::notebook::body::{Body, Mark};
use crate::notebook::cell::Title;
use crate::notebook::json::{Positions, Span, written_length};
use crate::notebook::kinds::{Extent, listed};
use crate::notebook::piece::{Line, Piece};
use crate::notebook::{Cell, CellKind};

/// Where Databricks keeps what it knows of a cell.
const DATABRICKS: &str = "application/vnd.databricks.v1+cell";

/// The member of a cell's metadata for what its source cannot show: its kind.
pub(super) const OURS: &str = "sheaf";

/// Magics of Jupyter whose cells are code all the same.
const AROUND_CODE: [&str; 5] = ["capture", "debug", "prun", "time", "timeit"];

/// Reads a cell from its JSON, which is `piece` of the file.
pub(super) fn read_cell(piece: Piece<'_>, span: Span<'_>, places: &Positions<'_>) -> Cell {
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
pub(super) fn read_code(explicit: Option<CellKind>, lines: &[Line<'_>]) -> Body {
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

/// Returns whether one `%` marks the kind of the cell, as Databricks writes it; in Jupyter it begins a line of code.
fn is_databricks(body: &Body) -> bool {
    listed(body.kind.word()).is_some_and(|kind| match kind.extent {
        Extent::Below => body.kind != CellKind::RAW,
        // In Jupyter this is a line of code, unless nothing else is in the cell.
        Extent::Line | Extent::LineOrBelow => !body.source.contains('\n'),
    })
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
