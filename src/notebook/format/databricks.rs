//! The Databricks source format: a Python file with `# COMMAND ----------` between cells.
//!
//! The first line is `# Databricks notebook source`. A cell may begin with `# DBTITLE 1,Title`; a cell whose
//! kind is not Python has `# MAGIC ` before every line, and its magic on the first. A cell in which only some
//! lines are `# MAGIC` is Python with comments.

use super::{BYTE_ORDER_MARK, FormatSyntax, Parsed, readable};
use crate::notebook::body::{Body, Mark};
use crate::notebook::cell::Title;
use crate::notebook::piece::{Line, Piece, trim_blank};
use crate::notebook::{Cell, CellKind};

const HEADER: &str = "# Databricks notebook source";
const SEPARATOR: &str = "# COMMAND ----------";

/// Databricks' own format, and what Sheaf saves.
pub(super) struct Databricks;

impl FormatSyntax for Databricks {
    fn name(&self) -> &'static str {
        "databricks"
    }

    fn detect(&self, text: &str) -> bool {
        let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
        text.lines().next().is_some_and(|line| line.trim_end() == HEADER)
    }

    fn parse(&self, text: &str) -> Parsed {
        let (header, rest) = Piece::whole(text).cut_after(1);
        let (first, others) = rest.cut_before(|line| line.trim_end() == SEPARATOR);
        if others.is_empty() && first.is_blank() {
            return Parsed {
                lead: text.to_owned(),
                cells: Vec::new(),
            };
        }
        let mut cells = vec![read_cell(first, &first.lines().collect::<Vec<_>>())];
        cells.extend(
            others
                .iter()
                .map(|piece| read_cell(*piece, &piece.lines().skip(1).collect::<Vec<_>>())),
        );
        Parsed {
            lead: header.text.to_owned(),
            cells,
        }
    }

    fn print(&self, cells: &[Cell]) -> String {
        match cells.split_first() {
            Some((first, others)) => format!("{HEADER}\n{}{}", write_cell(first), print_appended(others)),
            None => format!("{HEADER}\n"),
        }
    }
}

/// Writes cells that follow others, each with the separator above it.
pub(in crate::notebook) fn print_appended(cells: &[Cell]) -> String {
    let mut text = String::new();
    for cell in cells {
        text += &format!("\n{SEPARATOR}\n\n{}", write_cell(cell));
    }
    text
}

fn read_cell(piece: Piece<'_>, lines: &[Line<'_>]) -> Cell {
    let mut lines = trim_blank(lines);
    let mut title = None;
    if let Some((first, rest)) = lines.split_first()
        && let Some((shown, text)) = read_title(first.text)
    {
        title = Title::new(text, shown);
        lines = rest;
    }
    let body = Body::magic(Mark::Magic, lines)
        .or_else(|| Body::magic(Mark::Bare, lines))
        .unwrap_or_else(|| Body::plain(CellKind::PYTHON, lines));
    Cell::read(piece, title, body)
}

/// Reads `# DBTITLE 1,Title`: whether the title is shown, and its text, which may be blank.
fn read_title(line: &str) -> Option<(bool, &str)> {
    let (shown, text) = line.strip_prefix("# DBTITLE ")?.split_once(',')?;
    match shown.trim() {
        "0" => Some((false, text)),
        "1" => Some((true, text)),
        _ => None,
    }
}

/// Writes a cell, without a separator.
fn write_cell(cell: &Cell) -> String {
    let marked = Mark::Magic.put(&cell.to_magic());
    let body = match cell.source() {
        _ if !cell.kind().is_python() => marked,
        "" => String::new(),
        source => readable(
            &Databricks,
            cell,
            &format!("{HEADER}\n"),
            [source.to_owned(), marked],
        ),
    };
    let title = cell
        .title
        .as_ref()
        .map(|title| format!("# DBTITLE {},{}\n", u8::from(title.shown), title.text));
    let end = if body.is_empty() { "" } else { "\n" };
    format!("{}{body}{end}", title.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TITANIC: &str = "\
# Databricks notebook source
# MAGIC %md
# MAGIC # Titanic
# MAGIC
# MAGIC 
# MAGIC   text

# COMMAND ----------

# DBTITLE 1,Load, then look
titanic = read_csv(\"/mnt/data/titanic.csv\")
titanic

# COMMAND ----------

# DBTITLE 0,Rate
# MAGIC %sql rate <<
# MAGIC   SELECT avg(Survived)

# COMMAND ----------

# COMMAND ----------

# MAGIC %fs ls /mnt/data

# COMMAND ----------

# MAGIC one line only
x = 1

# COMMAND ----------  
%scala
val x = 1";

    fn show(cells: &[Cell]) -> String {
        let lines = cells.iter().map(|cell| {
            format!(
                "{:?} {} {} {:?} {:?} line {}+{}\n",
                cell.title(),
                cell.title_shown(),
                cell.kind(),
                cell.argument(),
                cell.source(),
                cell.first_line(),
                cell.column_shift(1)
            )
        });
        lines.collect()
    }

    #[test]
    fn reads_titles_kinds_sources_and_places() {
        let parsed = Databricks.parse(TITANIC);
        assert_eq!(
            show(&parsed.cells),
            "\
None false md \"\" \"# Titanic\\n\\n\\n  text\" line 3+8
Some(\"Load, then look\") true python \"\" \"titanic = read_csv(\\\"/mnt/data/titanic.csv\\\")\\ntitanic\" line 11+0
Some(\"Rate\") false sql \"rate <<\" \"rate <<\\n  SELECT avg(Survived)\" line 17+13
None false python \"\" \"\" line 20+0
None false fs \"ls /mnt/data\" \"ls /mnt/data\" line 24+12
None false python \"\" \"# MAGIC one line only\\nx = 1\" line 28+0
None false scala \"\" \"val x = 1\" line 33+0
"
        );
    }

    #[test]
    fn writes_in_one_layout() {
        let written = Databricks.print(&Databricks.parse(TITANIC).cells);
        assert_eq!(
            written,
            TITANIC
                .replace("# MAGIC \n", "# MAGIC\n")
                .replace("----------\n\n# COMMAND", "----------\n\n\n# COMMAND")
                .replace(
                    "----------  \n%scala\nval x = 1",
                    "----------\n\n# MAGIC %scala\n# MAGIC val x = 1\n"
                )
        );
    }

    #[test]
    fn code_that_looks_like_a_mark_is_written_as_an_explicit_python_cell() {
        let cases = [
            (
                "a = 1\n# COMMAND ----------\nb = 2",
                "# MAGIC %python\n# MAGIC a = 1\n# MAGIC # COMMAND ----------\n# MAGIC b = 2\n",
            ),
            (
                "# DBTITLE 1,x\na",
                "# MAGIC %python\n# MAGIC # DBTITLE 1,x\n# MAGIC a\n",
            ),
            ("# MAGIC %sql", "# MAGIC %python\n# MAGIC # MAGIC %sql\n"),
            ("%sql", "# MAGIC %python\n# MAGIC %sql\n"),
            ("# MAGIC sql", "# MAGIC sql\n"),
        ];
        for (source, written) in cases {
            let cell = Cell::new(CellKind::PYTHON, None, source);
            let text = Databricks.print(std::slice::from_ref(&cell));
            assert_eq!(text, format!("{HEADER}\n{written}"));
            assert_eq!(Databricks.parse(&text).cells, [cell]);
        }
    }
}
