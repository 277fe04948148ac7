//! A notebook: cells in order, and the text they came from.

use std::collections::BTreeMap;

use super::cell::Cell;
use super::format::{Format, print_appended};
use super::outputs::{JupyterOutput, jupyter_attachments, jupyter_outputs};

/// The cells of one text, in one format.
///
/// Every text is a notebook, and [`to_text`](Self::to_text) gives back the text that was parsed, byte for byte:
/// each cell keeps its piece of it, separators and line endings included.
#[derive(Debug, Clone)]
pub struct Notebook {
    format: Format,
    lead: String,
    cells: Vec<Cell>,
}

impl Notebook {
    /// Reads a text in the format that it is written in. A text without any format's marks is one cell, a
    /// blank one has none.
    pub fn parse(text: &str) -> Self {
        Self::parse_as(Format::detect(text), text)
    }

    /// Creates a notebook of cells, written in the one layout that `format` has for them.
    ///
    /// The cells read back are equal to those given as far as the format can hold them: a plain text keeps no
    /// titles and no ends of cells, and no format keeps a notebook whose only cell is empty.
    pub fn from_cells(format: Format, cells: &[Cell]) -> Self {
        Self::parse_as(format, &format.syntax().print(cells))
    }

    fn parse_as(format: Format, text: &str) -> Self {
        let parsed = format.syntax().parse(text);
        Self {
            format,
            lead: parsed.lead,
            cells: parsed.cells,
        }
    }

    /// Returns what is behind `text`, a notebook of Databricks', once `cells` follow its own.
    pub fn continuation(text: &str, cells: &[Cell]) -> String {
        let end = if text.ends_with('\n') { "" } else { "\n" };
        format!("{end}{}", print_appended(cells))
    }

    /// Returns the notebook with other cells: in the same format, and with what its file says of itself.
    #[must_use]
    pub fn with_cells(&self, cells: &[Cell]) -> Self {
        Self::parse_as(self.format, &self.format.syntax().update(&self.to_text(), cells))
    }

    /// Returns the format.
    pub fn format(&self) -> Format {
        self.format
    }

    /// Returns what each cell showed in Jupyter, as the file has it; nothing for notebooks of other formats.
    pub fn outputs(&self) -> Vec<Vec<JupyterOutput>> {
        if self.format().name() == "ipynb" {
            jupyter_outputs(&self.to_text())
        } else {
            Vec::new()
        }
    }

    /// Returns the pictures that are attached to each cell in Jupyter: by the address in its Markdown, the address that is
    /// the picture; nothing for notebooks of other formats.
    pub fn attachments(&self) -> Vec<BTreeMap<String, String>> {
        if self.format().name() == "ipynb" {
            jupyter_attachments(&self.to_text())
        } else {
            Vec::new()
        }
    }

    /// Returns the cells in document order.
    pub fn cells(&self) -> &[Cell] {
        &self.cells
    }

    /// Returns the text of the file.
    pub fn to_text(&self) -> String {
        let cells: String = self.cells.iter().map(|cell| cell.text.as_str()).collect();
        format!("{}{cells}", self.lead)
    }

    /// Returns the same cells in another format; in its own format a notebook stays as it is.
    ///
    /// Kinds, titles and sources are kept, and the kind of line ending. What the other format has no place for
    /// is not: a percent cell's attributes, and what is before the first cell.
    #[must_use]
    pub fn convert(&self, format: Format) -> Self {
        if format == self.format {
            return self.clone();
        }
        let text = format.syntax().print(&self.cells);
        let crlf = self
            .to_text()
            .split_inclusive('\n')
            .next()
            .is_some_and(|line| line.ends_with("\r\n"));
        let text = if crlf { text.replace('\n', "\r\n") } else { text };
        Self::parse_as(format, &text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::notebook::CellKind;

    fn databricks() -> Format {
        Format::named("databricks").unwrap()
    }

    fn ipynb() -> Format {
        Format::named("ipynb").unwrap()
    }

    fn percent() -> Format {
        Format::named("percent").unwrap()
    }

    /// Words and line endings that mean something to a format, or nearly.
    fn fragment() -> impl Strategy<Value = String> {
        let marks = prop::sample::select(vec![
            "# Databricks notebook source",
            "\u{feff}",
            "# COMMAND ----------",
            "# MAGIC",
            "# MAGIC ",
            "# MAGIC %sql",
            "# MAGIC %python",
            "# DBTITLE 0,",
            "# DBTITLE 1,Load",
            "# %%",
            "#%%",
            "# %% [markdown]",
            "# %% T [sql]",
            "# ",
            "#",
            "%sql",
            "%fs",
            "%%",
            " ",
            "\t",
            "\n",
            "\n",
            "\n",
            "\r\n",
            "\r",
            "\"\"\"",
            "'''",
            "# ---",
            "é",
            "x = 1",
            "[md]",
            "key=\"value\"",
            "a=[",
            "title=\"t\"",
            "show_title=false",
            "#!",
            "MAGIC %md",
            "\u{2028}",
        ]);
        prop_oneof![9 => marks.prop_map(str::to_owned), 1 => any::<String>()]
    }

    fn text() -> impl Strategy<Value = String> {
        let start = prop::sample::select(vec!["", "# Databricks notebook source\n", "# %%\n"]);
        (start, prop::collection::vec(fragment(), 0..30))
            .prop_map(|(start, rest)| start.to_owned() + &rest.concat())
    }

    fn cell() -> impl Strategy<Value = Cell> {
        let kind = prop::sample::select(vec![
            "python",
            "md",
            "sql",
            "fs",
            "run",
            "sh",
            "md-sandbox",
            "raw",
            "foo",
        ]);
        let title = prop::option::of(prop::collection::vec(fragment(), 0..4));
        let source = prop::collection::vec(fragment(), 0..12);
        (kind, title, source).prop_map(|(kind, title, source)| {
            let title = title.map(|words| words.concat());
            Cell::new(
                CellKind::of_magic(kind).unwrap(),
                title.as_deref(),
                &source.concat(),
            )
        })
    }

    fn is_one_empty_cell(cells: &[Cell]) -> bool {
        matches!(cells, [cell] if *cell == Cell::from_prompt(""))
    }

    /// Each line of a source, found again in the file by its place.
    fn places_point_into(text: &str, cell: &Cell) -> bool {
        let lines: Vec<&str> = text
            .strip_prefix('\u{feff}')
            .unwrap_or(text)
            .split('\n')
            .collect();
        cell.source().is_empty()
            || cell.source().split('\n').enumerate().all(|(index, line)| {
                let file_line: String = lines[cell.file_line(index + 1) - 1]
                    .chars()
                    .skip(cell.column_shift(index + 1))
                    .collect();
                file_line.starts_with(line)
            })
    }

    proptest! {
        #[test]
        fn any_text_is_written_back_unchanged(text in any::<String>()) {
            prop_assert_eq!(Notebook::parse(&text).to_text(), text);
        }

        #[test]
        fn text_made_of_marks_is_written_back_unchanged(text in text()) {
            let notebook = Notebook::parse(&text);
            prop_assert_eq!(notebook.to_text(), text.as_str());
            for cell in notebook.cells() {
                prop_assert!(places_point_into(&text, cell), "{:?}", cell);
                prop_assert!(Cell::from_prompt(&cell.to_prompt()).has_body_of(cell));
            }
        }

        #[test]
        fn cells_are_read_back_from_every_marked_format(cells in prop::collection::vec(cell(), 0..5)) {
            prop_assume!(!is_one_empty_cell(&cells));
            for format in [databricks(), ipynb(), percent()] {
                let notebook = Notebook::from_cells(format, &cells);
                prop_assert_eq!(notebook.cells(), &cells[..], "{}", notebook.to_text());
                if !cells.is_empty() {
                    let read = Notebook::parse(&notebook.to_text());
                    prop_assert_eq!(read.format(), format);
                    prop_assert_eq!(read.cells(), &cells[..]);
                }
            }
        }

        #[test]
        fn converting_there_and_back_keeps_kinds_titles_and_sources(text in text()) {
            let notebook = Notebook::parse(&text);
            prop_assume!(!is_one_empty_cell(notebook.cells()));
            let there = notebook.convert(percent());
            prop_assert_eq!(there.cells(), notebook.cells(), "{}", there.to_text());
            let jupyter = there.convert(ipynb());
            prop_assert_eq!(jupyter.cells(), notebook.cells(), "{}", jupyter.to_text());
            prop_assert!(crate::notebook::format::invalid_jupyter(&jupyter.to_text()).is_none());
            let back = jupyter.convert(databricks());
            prop_assert_eq!(back.cells(), notebook.cells(), "{}", back.to_text());
        }
    }

    #[test]
    fn detects_the_format() {
        let cases = [
            ("", "plain", 0),
            ("\u{feff}\r\n", "plain", 0),
            ("x = 1", "plain", 1),
            ("# COMMAND ----------\nx = 1", "plain", 1),
            ("# Databricks notebook source", "databricks", 0),
            (
                "\u{feff}# Databricks notebook source \r\n# %%\r\nx",
                "databricks",
                1,
            ),
            (
                "# Databricks notebook source\n# COMMAND ----------\n",
                "databricks",
                2,
            ),
            ("x\n# %% y", "percent", 2),
            ("# %%", "percent", 1),
        ];
        for (text, format, cells) in cases {
            let notebook = Notebook::parse(text);
            assert_eq!(
                (notebook.format().name(), notebook.cells().len()),
                (format, cells),
                "{text:?}"
            );
            assert_eq!(notebook.to_text(), text);
        }
    }

    #[test]
    fn converts_and_keeps_line_endings() {
        let text = "# Databricks notebook source\r\n# DBTITLE 0,A\r\nx = 1\r\n\r\n# COMMAND ----------\r\n\r\n# MAGIC %md\r\n# MAGIC hi\r\n";
        let converted = Notebook::parse(text).convert(percent());
        assert_eq!(
            converted.to_text(),
            "# %% A show_title=false\r\nx = 1\r\n\r\n# %% [markdown]\r\n# hi\r\n"
        );
        assert_eq!(converted.convert(databricks()).to_text(), text);
    }
}
