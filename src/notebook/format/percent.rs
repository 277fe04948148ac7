//! The percent format of Jupytext, VS Code and Spyder: a Python file with `# %%` before each cell.
//!
//! A `[markdown]`, `[sql]` or `[raw]` cell is a block of comments or one triple-quoted string. Any cell may also
//! begin with a magic: bare (`%sql`), as a comment (`# %sql`), or as in a Databricks file (`# MAGIC %sql`).

use super::{BYTE_ORDER_MARK, FormatSyntax, Parsed, readable};
use crate::notebook::Cell;
use crate::notebook::body::{Body, Mark};
use crate::notebook::marker::{Marker, is_marker};
use crate::notebook::piece::{Line, Piece};

/// What surrounds the properties of the whole file that Jupytext writes at its beginning.
const PROPERTIES: &str = "# ---";

/// The format with `# %%` markers.
pub(super) struct Percent;

impl FormatSyntax for Percent {
    fn name(&self) -> &'static str {
        "percent"
    }

    fn detect(&self, text: &str) -> bool {
        let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
        text.lines().any(|line| is_marker(line.trim_end_matches('\r')))
    }

    fn parse(&self, text: &str) -> Parsed {
        let start = if text.starts_with(BYTE_ORDER_MARK) {
            BYTE_ORDER_MARK.len_utf8()
        } else {
            0
        };
        let (mark, text) = text.split_at(start);
        let (first, others) = Piece::whole(text).cut_before(is_marker);
        let (lead, unmarked) = first.cut_after(lead_length(first));
        let mut parsed = Parsed {
            lead: format!("{mark}{}", lead.text),
            cells: Vec::new(),
        };
        if unmarked.is_blank() {
            parsed.lead.push_str(unmarked.text);
        } else {
            parsed
                .cells
                .push(read_cell(unmarked, Marker::default(), unmarked.lines()));
        }
        parsed.cells.extend(others.into_iter().map(|piece| {
            let mut lines = piece.lines();
            let marker = lines.next().and_then(|line| Marker::read(line.text));
            read_cell(piece, marker.unwrap_or_default(), lines)
        }));
        parsed
    }

    fn print(&self, cells: &[Cell]) -> String {
        cells.iter().map(write_cell).collect::<Vec<_>>().join("\n")
    }
}

/// Returns how many lines before the first marker belong to the file and not to a cell.
fn lead_length(first: Piece<'_>) -> usize {
    let lines = || first.lines().map(|line| line.text.trim_end());
    let shebang = lines().take_while(|line| line.starts_with("#!")).take(1).count();
    if lines().nth(shebang) != Some(PROPERTIES) {
        return shebang;
    }
    let end = lines().skip(shebang + 1).position(|line| line == PROPERTIES);
    end.map_or(shebang, |end| shebang + 1 + end + 1)
}

fn read_cell<'a>(piece: Piece<'a>, marker: Marker, lines: impl Iterator<Item = Line<'a>>) -> Cell {
    let lines: Vec<Line<'_>> = lines.collect();
    let body = Body::magic(Mark::Magic, &lines)
        .or_else(|| Body::magic(Mark::Bare, &lines))
        .or_else(|| match marker.label.clone() {
            None => Body::magic(Mark::Comment, &lines),
            Some(kind) if kind.is_python() => None,
            Some(kind) => {
                Body::marked(kind.clone(), Mark::Comment, &lines).or_else(|| Body::quoted(kind, &lines))
            }
        })
        .unwrap_or_else(|| Body::plain(marker.label.unwrap_or_default(), &lines));
    Cell {
        attributes: marker.attributes,
        ..Cell::read(piece, marker.title, body)
    }
}

fn write_cell(cell: &Cell) -> String {
    let kind = cell.kind();
    let magic = Mark::Magic.put(&cell.to_magic());
    // What is on the magic's own line stays there, which only a magic can show.
    let labelled = Marker::has_label(kind) && !cell.body.on_magic_line;
    let label = labelled.then(|| kind.clone());
    let natural = match &label {
        Some(_) => Some(Mark::Comment.put(cell.source())),
        None if kind.is_python() => Some(cell.source().to_owned()),
        None => None,
    };
    let mut marker = Marker {
        title: cell.title.clone(),
        label,
        attributes: cell.attributes.clone(),
    };
    let head = Marker {
        label: marker.label.clone(),
        ..Marker::default()
    }
    .write()
        + "\n";
    let body = match natural {
        _ if cell.source().is_empty() && labelled => String::new(),
        Some(natural) => readable(&Percent, cell, &head, [natural, magic.clone()]),
        None => magic.clone(),
    };
    if body == magic {
        marker.label = None;
    }
    let end = if body.is_empty() { "" } else { "\n" };
    format!("{}\n{body}{end}", marker.write())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notebook::CellKind;

    const TITANIC: &str = "\
# ---
# jupyter: {}
# ---

# %% [markdown] id=\"intro\"
# # Titanic
#
#   text

# %% Load, then look
titanic = read_csv(\"/mnt/data/titanic.csv\")
titanic

#%% Rate [sql]
\"\"\"
SELECT avg(Survived)
  FROM titanic
\"\"\"
# %%
%sql SELECT 1
# %%
# %fs ls /mnt/data
# %% Nothing

# %%
# MAGIC %run ./other
# %%
# %matplotlib inline
x = 1
";

    #[test]
    fn reads_every_way_of_writing_a_cell() {
        let cells = Percent.parse(TITANIC).cells;
        let shown: Vec<String> = cells
            .iter()
            .map(|cell| {
                format!(
                    "{} {} {:?} line {}+{}",
                    cell.title().unwrap_or("-"),
                    cell.kind(),
                    cell.source(),
                    cell.first_line(),
                    cell.column_shift(1)
                )
            })
            .collect();
        assert_eq!(
            shown.join("\n"),
            "\
- md \"# Titanic\\n\\n  text\" line 6+2
Load, then look python \"titanic = read_csv(\\\"/mnt/data/titanic.csv\\\")\\ntitanic\" line 11+0
Rate sql \"SELECT avg(Survived)\\n  FROM titanic\" line 16+0
- sql \"SELECT 1\" line 20+5
- fs \"ls /mnt/data\" line 22+6
Nothing python \"\" line 23+0
- run \"./other\" line 26+13
- python \"# %matplotlib inline\\nx = 1\" line 28+0"
        );
        assert_eq!(
            Percent.print(&cells),
            "\
# %% [markdown] id=\"intro\"
# # Titanic
#
#   text

# %% Load, then look
titanic = read_csv(\"/mnt/data/titanic.csv\")
titanic

# %% Rate [sql]
# SELECT avg(Survived)
#   FROM titanic

# %%
# MAGIC %sql SELECT 1

# %%
# MAGIC %fs ls /mnt/data

# %% Nothing

# %%
# MAGIC %run ./other

# %%
# %matplotlib inline
x = 1
"
        );
    }

    #[test]
    fn a_triple_quoted_string_is_the_source_of_a_labelled_cell() {
        let cases = [
            ("\"\"\"\na\n\n b\n\"\"\"", "a\n\n b"),
            ("\n'''a'''\n", "a"),
            ("'''a\r'''", "a"),
            ("\"\"\"\"\"\"", ""),
            ("\"\"\"", "\"\"\""),
            ("\"\"\"a'''", "\"\"\"a'''"),
            ("\"\"\"a\"\"\"\nb", "\"\"\"a\"\"\"\nb"),
        ];
        for (text, source) in cases {
            let cells = Percent.parse(&format!("# %% [markdown]\n{text}")).cells;
            assert_eq!(cells, [Cell::new(CellKind::MARKDOWN, None, source)], "{text:?}");
        }
    }

    #[test]
    fn code_before_the_first_marker_is_a_cell() {
        let parsed = Percent.parse("#!/usr/bin/env sheaf\nx = 1\n# %%\ny = 2\n");
        assert_eq!(parsed.lead, "#!/usr/bin/env sheaf\n");
        let sources: Vec<_> = parsed.cells.iter().map(Cell::source).collect();
        assert_eq!(sources, ["x = 1", "y = 2"]);
    }

    #[test]
    fn text_that_looks_like_a_mark_is_written_with_magic_marks() {
        let cases = [
            (
                CellKind::PYTHON,
                "a\n# %%\nb",
                "# MAGIC %python\n# MAGIC a\n# MAGIC # %%\n# MAGIC b\n",
            ),
            (CellKind::PYTHON, "# %sql", "# MAGIC %python\n# MAGIC # %sql\n"),
            (CellKind::MARKDOWN, "%% note", "# MAGIC %md\n# MAGIC %% note\n"),
            (CellKind::SQL, "MAGIC %md", "# MAGIC %sql\n# MAGIC MAGIC %md\n"),
        ];
        for (kind, source, written) in cases {
            let cell = Cell::new(kind, None, source);
            let text = Percent.print(std::slice::from_ref(&cell));
            assert_eq!(text, format!("# %%\n{written}"));
            assert_eq!(Percent.parse(&text).cells, [cell]);
        }
    }
}
