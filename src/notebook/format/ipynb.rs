//! Jupyter's format: JSON with a list of cells. Versions 3 and 4 are read, 4.5 is written.
//!
//! Each cell keeps its piece of the JSON, with its outputs, so that an unchanged notebook is written back as it was.
//! One that was edited is written anew: identities, metadata and attachments of cells stay, outputs do not, because
//! nothing says that they belong to the cells as they are now. A title is `title` in a cell's metadata.

use std::collections::BTreeSet;

use serde_json::map::Map;
use serde_json::value::Value;
use serde_json::{from_str, json};

use super::{BYTE_ORDER_MARK, FormatSyntax, Parsed};
use crate::notebook::body::{Body, Mark};
use crate::notebook::cell::Title;
use crate::notebook::json::{Places, Span, jupyter_text, written_length};
use crate::notebook::piece::{Line, Piece};
use crate::notebook::{Cell, CellKind};

/// Where Databricks keeps what it knows of a cell.
const DATABRICKS: &str = "application/vnd.databricks.v1+cell";

/// The member of a cell's metadata that says what its source cannot: its kind.
const OURS: &str = "sheaf";

/// Magics of Jupyter whose cells are code all the same.
const AROUND_CODE: [&str; 5] = ["capture", "debug", "prun", "time", "timeit"];

/// Kinds that Databricks marks with one `%`, which in Jupyter begins a line of code.
const ONE_PERCENT: [&str; 7] = ["md", "md-sandbox", "python", "r", "R", "scala", "sql"];

/// Kinds that one `%` marks when nothing else stands in the cell.
const ONE_LINE: [&str; 5] = ["conda", "fs", "pip", "run", "sh"];

/// Jupyter's format.
pub(super) struct Ipynb;

/// Why a text is no Jupyter notebook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::notebook) enum Flaw {
    /// It is no JSON.
    Json {
        line: usize,
        column: usize,
        reason: String,
    },
    /// It is JSON, and lacks something.
    Lacks(&'static str),
}

/// Tells why a text is no Jupyter notebook; `None` for one that is.
pub(in crate::notebook) fn flaw(text: &str) -> Option<Flaw> {
    match from_str::<Value>(without_mark(text)) {
        Err(error) => {
            let said = error.to_string();
            Some(Flaw::Json {
                line: error.line(),
                column: error.column(),
                reason: said.split(" at line ").next().unwrap_or_default().to_owned(),
            })
        }
        Ok(value) => lacks(&value).map(Flaw::Lacks),
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
        without_mark(text).trim_start().starts_with('{') && flaw(text).is_none()
    }

    fn parse(&self, text: &str) -> Parsed {
        let whole = without_mark(text);
        let mark = text.len() - whole.len();
        let places = Places::new(whole);
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
    fn revise(&self, old: &str, cells: &[Cell]) -> String {
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

fn read_cell(piece: Piece<'_>, span: Span<'_>, places: &Places<'_>) -> Cell {
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

/// A cell's source, and where its parts stand in the file.
struct Source {
    text: String,
    /// For each string: where its text begins in the source, and its line, column and text in the file.
    strings: Vec<(usize, usize, usize, String)>,
}

impl Source {
    /// Reads a string or a list of strings.
    fn read(span: Option<Span<'_>>, places: &Places<'_>) -> Self {
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

fn write(cells: &[Cell], metadata: Value) -> String {
    let mut taken = BTreeSet::new();
    let cells: Vec<Value> = cells.iter().map(|cell| write_cell(cell, &mut taken)).collect();
    jupyter_text(&json!({
        "cells": cells,
        "metadata": metadata,
        "nbformat": 4,
        "nbformat_minor": 5,
    }))
}

fn write_cell(cell: &Cell, taken: &mut BTreeSet<String>) -> Value {
    let old = original(cell);
    let (cell_type, source, kind) = spelled(cell);
    let mut written = Map::new();
    let mut put = |name: &str, value: Value| written.insert(name.to_owned(), value);
    if let Some(attachments) = old.get("attachments").filter(|_| cell_type != "code") {
        put("attachments", attachments.clone());
    }
    put("cell_type", cell_type.into());
    if cell_type == "code" {
        put("execution_count", Value::Null);
    }
    put("id", identity(cell, &old, taken).into());
    let metadata = match old.get("metadata") {
        Some(metadata) if metadata.is_object() => metadata.clone(),
        _ => new_metadata(cell, kind),
    };
    put("metadata", metadata);
    if cell_type == "code" {
        put("outputs", json!([]));
    }
    let lines: Vec<&str> = source.split_inclusive('\n').collect();
    put("source", lines.into());
    Value::Object(written)
}

/// Returns the cell as its file has it, when that is a Jupyter notebook; otherwise nothing.
fn original(cell: &Cell) -> Map<String, Value> {
    let text = cell.text.as_str();
    let read = || {
        let span = Span::first(text);
        let value: Map<String, Value> = from_str(span.text()).ok()?;
        let same = read_cell(Piece::whole(text), span, &Places::new(text)) == *cell;
        (same && value.contains_key("cell_type")).then_some(value)
    };
    if text.starts_with('{') {
        read().unwrap_or_default()
    } else {
        Map::new()
    }
}

/// Returns the type and source under which a cell is written, and its kind where only metadata can tell it.
fn spelled(cell: &Cell) -> (&'static str, String, Option<&str>) {
    let kind = cell.kind();
    if *kind == CellKind::MARKDOWN {
        return ("markdown", cell.source().to_owned(), None);
    }
    if *kind == CellKind::RAW {
        return ("raw", cell.source().to_owned(), None);
    }
    let source = if kind.is_python() {
        cell.source().to_owned()
    } else {
        format!("%{}", cell.to_magic())
    };
    let lines: Vec<Line<'_>> = Piece::whole(&source).lines().collect();
    let read = read_code(None, &lines);
    let is_clear = read.kind == *kind && read.source == cell.source();
    ("code", source, (!is_clear).then_some(kind.word()))
}

fn new_metadata(cell: &Cell, kind: Option<&str>) -> Value {
    let mut metadata = Map::new();
    if let Some(kind) = kind {
        metadata.insert(OURS.to_owned(), json!({ "kind": kind }));
    }
    if let Some(title) = &cell.title {
        if !title.shown {
            metadata.insert("show_title".to_owned(), false.into());
        }
        metadata.insert("title".to_owned(), title.text.as_str().into());
    }
    Value::Object(metadata)
}

/// Returns the identity that a cell has, or one made of what it says; no two cells share one.
fn identity(cell: &Cell, old: &Map<String, Value>, taken: &mut BTreeSet<String>) -> String {
    let valid = |id: &&str| {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        (1..=60).contains(&id.len()) && id.bytes().all(allowed)
    };
    let base = if let Some(id) = old.get("id").and_then(Value::as_str).filter(valid) {
        id.to_owned()
    } else {
        let mut hasher = blake3::Hasher::new();
        for part in [
            cell.kind().word(),
            cell.title().unwrap_or_default(),
            cell.source(),
        ] {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part.as_bytes());
        }
        hasher.finalize().to_hex().chars().take(8).collect()
    };
    let again = (2..).map(|count: u32| format!("{base}-{count}"));
    let free = [base.clone()]
        .into_iter()
        .chain(again)
        .find(|id| !taken.contains(id));
    let id = free.unwrap_or(base);
    taken.insert(id.clone());
    id
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notebook::{Format, Notebook};

    const FOREIGN: &str = r##"{
 "cells": [
  {"cell_type": "markdown", "id": "intro", "metadata": {"tags": ["a"]}, "source": "# Titanic\n\ntext"},
  {
   "cell_type": "code",
   "execution_count": 3,
   "metadata": {"application/vnd.databricks.v1+cell": {"title": "Load", "showTitle": false}},
   "outputs": [{"output_type": "stream", "name": "stdout", "text": ["[{\"]\n"]}],
   "source": [
    "import pandas as pd\n",
    "df = pd.read_csv(\"x.csv\")\n"
   ]
  },
  {"cell_type": "code", "metadata": {}, "source": ["%sql\n", "SELECT \u00e9, 1"]},
  {"cell_type": "code", "metadata": {}, "source": ["%%time\n", "f()"]},
  {"cell_type": "code", "metadata": {}, "source": "%matplotlib inline\nx = 1"},
  {"cell_type": "code", "metadata": {"title": "Shell"}, "source": "%%bash\nls"},
  {"cell_type": "raw", "metadata": {"format": "text/html"}, "source": []}
 ],
 "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3"}, "mine": [1, 2.50]},
 "nbformat": 4, "nbformat_minor": 2
}
"##;

    fn shown(cells: &[Cell]) -> String {
        let lines: Vec<String> = cells
            .iter()
            .map(|cell| {
                let title = cell.title().unwrap_or("-");
                let place = (cell.first_line(), cell.column_shift(1), cell.column_shift(2));
                format!("{title} {} {:?} {place:?}", cell.kind(), cell.source())
            })
            .collect();
        lines.join("\n")
    }

    #[test]
    fn reads_the_cells_of_other_programs() {
        let notebook = Notebook::parse(FOREIGN);
        assert_eq!(notebook.format(), Format::named("ipynb").unwrap());
        assert_eq!(notebook.to_text(), FOREIGN);
        assert!(!notebook.cells()[1].title_shown());
        insta::assert_snapshot!(shown(notebook.cells()), @r##"
        - md "# Titanic\n\ntext" (3, 83, 94)
        Load python "import pandas as pd\ndf = pd.read_csv(\"x.csv\")" (10, 5, 5)
        - sql "SELECT é, 1" (14, 62, 0)
        - python "%%time\nf()" (15, 52, 64)
        - python "%matplotlib inline\nx = 1" (16, 51, 71)
        Shell bash "ls" (17, 75, 0)
        - raw "" (18, 0, 0)
        "##);
    }

    #[test]
    fn an_edited_notebook_keeps_identities_and_metadata() {
        let notebook = Notebook::parse(FOREIGN);
        let mut cells = notebook.cells()[..2].to_vec();
        cells.push(Cell::new(CellKind::SQL, Some("Rate"), "SELECT 1"));
        cells.push(cells[0].clone());
        insta::assert_snapshot!(notebook.with_cells(&cells).to_text(), @r##"
        {
         "cells": [
          {
           "cell_type": "markdown",
           "id": "intro",
           "metadata": {
            "tags": [
             "a"
            ]
           },
           "source": [
            "# Titanic\n",
            "\n",
            "text"
           ]
          },
          {
           "cell_type": "code",
           "execution_count": null,
           "id": "b8d137ca",
           "metadata": {
            "application/vnd.databricks.v1+cell": {
             "title": "Load",
             "showTitle": false
            }
           },
           "outputs": [],
           "source": [
            "import pandas as pd\n",
            "df = pd.read_csv(\"x.csv\")"
           ]
          },
          {
           "cell_type": "code",
           "execution_count": null,
           "id": "8f75e6d5",
           "metadata": {
            "title": "Rate"
           },
           "outputs": [],
           "source": [
            "%%sql\n",
            "SELECT 1"
           ]
          },
          {
           "cell_type": "markdown",
           "id": "intro-2",
           "metadata": {
            "tags": [
             "a"
            ]
           },
           "source": [
            "# Titanic\n",
            "\n",
            "text"
           ]
          }
         ],
         "metadata": {
          "kernelspec": {
           "name": "python3",
           "display_name": "Python 3"
          },
          "mine": [
           1,
           2.50
          ]
         },
         "nbformat": 4,
         "nbformat_minor": 5
        }
        "##);
    }

    #[test]
    fn version_three_has_worksheets_and_headings() {
        let text = r#"{"metadata": {"name": ""}, "nbformat": 3, "nbformat_minor": 0, "worksheets": [{"cells": [
            {"cell_type": "heading", "level": 2, "metadata": {}, "source": ["Load"]},
            {"cell_type": "code", "collapsed": false, "input": ["x = 1"], "language": "python", "metadata": {}, "outputs": []}
        ], "metadata": {}}]}"#;
        let notebook = Notebook::parse(text);
        assert_eq!(notebook.to_text(), text);
        assert_eq!(
            notebook.cells(),
            [
                Cell::new(CellKind::MARKDOWN, None, "## Load"),
                Cell::new(CellKind::PYTHON, None, "x = 1")
            ]
        );
    }

    #[test]
    fn a_kind_that_the_source_cannot_show_is_in_the_metadata() {
        for (kind, source) in [
            ("python", "%sql"),
            ("python", "%%sql\nSELECT 1"),
            ("time", "f()"),
            ("python", "%run ./setup"),
        ] {
            let cell = Cell::new(CellKind::of_magic(kind).unwrap(), None, source);
            let text = Ipynb.print(std::slice::from_ref(&cell));
            assert!(text.contains(&format!("\"kind\": \"{kind}\"")), "{text}");
            assert_eq!(Ipynb.parse(&text).cells, [cell]);
        }
    }

    #[test]
    fn what_is_no_notebook_says_why() {
        let cases = [
            (
                "",
                Some(Flaw::Json {
                    line: 1,
                    column: 0,
                    reason: "EOF while parsing a value".to_owned(),
                }),
            ),
            (
                "{\n\"cells\": [",
                Some(Flaw::Json {
                    line: 2,
                    column: 10,
                    reason: "EOF while parsing a list".to_owned(),
                }),
            ),
            ("[]", Some(Flaw::Lacks("`nbformat`, a number"))),
            (
                "{\"nbformat\": 4, \"cells\": [1]}",
                Some(Flaw::Lacks("`cells`, a list of objects")),
            ),
            ("{\"nbformat\": 4, \"cells\": []}", None),
        ];
        for (text, expected) in cases {
            assert_eq!(flaw(text), expected, "{text}");
            assert_eq!(Notebook::parse(text).to_text(), text);
        }
    }
}
