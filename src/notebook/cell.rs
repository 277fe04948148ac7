//! One cell of a notebook.

use super::body::{Body, Mark};
use super::cell_kind::CellKind;
use super::kinds::Extent;
use super::piece::{Line, Piece};

/// A piece of source of one kind, with its title, as it is in a file or as someone typed it.
///
/// Two cells are equal when they say the same (kind, title and source), wherever and however they are written.
#[derive(Debug, Clone)]
pub struct Cell {
    /// What the file holds from this cell's separator to the next; empty for a cell made here.
    pub(super) text: String,
    pub(super) title: Option<Title>,
    /// The percent format's `key=value` words, as written.
    pub(super) attributes: Vec<String>,
    pub(super) body: Body,
}

/// A cell's title, one line that is not blank.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Title {
    pub(super) text: String,
    pub(super) shown: bool,
}

impl Title {
    /// Returns `text` as a title: line breaks become spaces; `None` when nothing is left.
    pub(super) fn new(text: &str, shown: bool) -> Option<Self> {
        let text = text.replace(['\r', '\n'], " ").trim().to_owned();
        (!text.is_empty()).then_some(Self { text, shown })
    }
}

impl Cell {
    /// Creates a cell that is in no file yet.
    ///
    /// Line endings in `source` become `\n`, and blank lines at its ends are dropped, as they would be by
    /// writing it to a file and reading it back.
    pub fn new(kind: CellKind, title: Option<&str>, source: &str) -> Self {
        let mut lines: Vec<Line<'_>> = Piece::whole(source).lines().collect();
        let command = kind.info().extent == Extent::Line;
        if let Some(first) = lines.iter_mut().find(|line| command && !line.is_blank()) {
            *first = first.trim_start();
        }
        let mut body = Body::plain(kind, &lines);
        body.on_magic_line = command && !body.source.is_empty();
        Self {
            text: String::new(),
            title: title.and_then(|title| Title::new(title, true)),
            attributes: Vec::new(),
            body,
        }
    }

    /// Reads a cell as it is typed at a prompt: code, or a magic such as `%sql SELECT 1`, without `# MAGIC`.
    pub fn from_prompt(text: &str) -> Self {
        let lines: Vec<Line<'_>> = Piece::whole(text).lines().collect();
        let body = Body::magic(Mark::Bare, &lines).unwrap_or_else(|| Body::plain(CellKind::PYTHON, &lines));
        Self {
            text: text.to_owned(),
            title: None,
            attributes: Vec::new(),
            body,
        }
    }

    /// Creates the cell that a format read from `piece`.
    pub(super) fn read(piece: Piece<'_>, title: Option<Title>, mut body: Body) -> Self {
        if body.source.is_empty() {
            body.first_line = piece.first_line;
        }
        Self {
            text: piece.text.to_owned(),
            title,
            attributes: Vec::new(),
            body,
        }
    }

    /// Returns the kind.
    pub fn kind(&self) -> &CellKind {
        &self.body.kind
    }

    /// Returns the title; it is one line and not blank.
    pub fn title(&self) -> Option<&str> {
        self.title.as_ref().map(|title| title.text.as_str())
    }

    /// Returns whether there is a title that its author wants shown (`# DBTITLE 1,…`, not `0`).
    pub fn title_shown(&self) -> bool {
        self.title.as_ref().is_some_and(|title| title.shown)
    }

    /// Returns what runs: everything after the magic's word, or all of a cell without a magic.
    ///
    /// Marks (`# MAGIC `, `# `) are taken off, lines end with `\n`, and there is no blank line at either end.
    /// `%sql SELECT 1` and `%sql` with `SELECT 1` on the next line have the same source.
    pub fn source(&self) -> &str {
        &self.body.source
    }

    /// Returns what follows the magic's word on its own line, the beginning of [`source`](Self::source):
    /// `ls /mnt/data` for `%fs ls /mnt/data`. It is empty when the source begins on a later line.
    pub fn argument(&self) -> &str {
        if self.body.on_magic_line {
            self.source().split('\n').next().unwrap_or_default()
        } else {
            ""
        }
    }

    /// Returns the line of the file, from 1, that holds the first line of [`source`](Self::source).
    ///
    /// For a cell that is in no file the source is the file.
    pub fn first_line(&self) -> usize {
        self.body.first_line
    }

    /// Returns the line of the file, from 1, that holds the source's line `source_line`, from 1.
    pub fn file_line(&self, source_line: usize) -> usize {
        self.body.first_line + source_line.saturating_sub(1)
    }

    /// Returns how many characters are in the file before the source's line `source_line`, from 1.
    ///
    /// It is 8 behind `# MAGIC `, and what to add to a column of the source to point into the file.
    pub fn column_shift(&self, source_line: usize) -> usize {
        self.body
            .shifts
            .get(source_line.saturating_sub(1))
            .copied()
            .unwrap_or(0)
    }

    /// Returns the cell as it would be typed at a prompt; [`from_prompt`](Self::from_prompt) reads it back.
    pub fn to_prompt(&self) -> String {
        let bare = self.kind().is_python() && Self::from_prompt(self.source()).has_body_of(self);
        if bare {
            self.source().to_owned()
        } else {
            self.to_magic()
        }
    }

    /// Returns the magic's word and the source, even for Python.
    pub(super) fn to_magic(&self) -> String {
        let between = match (self.source().is_empty(), self.body.on_magic_line) {
            (true, _) => "",
            (false, true) => " ",
            (false, false) => "\n",
        };
        format!("%{}{between}{}", self.kind(), self.source())
    }

    /// Returns whether the kinds and sources are the same.
    pub(super) fn has_body_of(&self, other: &Self) -> bool {
        self.kind() == other.kind() && self.source() == other.source()
    }
}

impl PartialEq for Cell {
    fn eq(&self, other: &Self) -> bool {
        self.has_body_of(other) && self.title == other.title
    }
}

impl Eq for Cell {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prompt_takes_code_or_a_magic() {
        let cases = [
            ("x = 1\ny = 2\n", "python", "", "x = 1\ny = 2", 1, [0, 0]),
            ("\n\nx = 1", "python", "", "x = 1", 3, [0, 0]),
            ("%sql SELECT 1", "sql", "SELECT 1", "SELECT 1", 1, [5, 0]),
            (
                "%sql big <<\n  SELECT 1",
                "sql",
                "big <<",
                "big <<\n  SELECT 1",
                1,
                [5, 0],
            ),
            ("  %sql  \r\n\r\nSELECT 1\r\n", "sql", "", "SELECT 1", 3, [0, 0]),
            (
                "%fs ls /mnt/data",
                "fs",
                "ls /mnt/data",
                "ls /mnt/data",
                1,
                [4, 0],
            ),
            ("%md-sandbox\n# Hé", "md-sandbox", "", "# Hé", 2, [0, 0]),
            ("%python x = 1", "python", "", "x = 1", 1, [8, 0]),
            ("%run", "run", "", "", 1, [0, 0]),
            ("%%time\nf()", "python", "", "%%time\nf()", 1, [0, 0]),
            ("%5\n", "python", "", "%5", 1, [0, 0]),
            ("", "python", "", "", 1, [0, 0]),
        ];
        for (text, kind, argument, source, first_line, shifts) in cases {
            let cell = Cell::from_prompt(text);
            assert_eq!(cell.kind().word(), kind, "{text:?}");
            assert_eq!(cell.argument(), argument, "{text:?}");
            assert_eq!(cell.source(), source, "{text:?}");
            if !source.is_empty() {
                assert_eq!(cell.first_line(), first_line, "{text:?}");
                assert_eq!([cell.column_shift(1), cell.column_shift(2)], shifts, "{text:?}");
            }
            assert_eq!(Cell::from_prompt(&cell.to_prompt()), cell, "{text:?}");
        }
    }

    #[test]
    fn a_new_cell_is_normalised_as_a_file_would() {
        let cell = Cell::new(CellKind::PYTHON, Some(" Load\nit "), "\n  x = 1\r\n\r\n");
        assert_eq!((cell.title(), cell.source()), (Some("Load it"), "  x = 1"));
        let cell = Cell::new(CellKind::PYTHON, Some(" "), "%sql SELECT 1");
        assert_eq!(
            (cell.title(), cell.to_prompt().as_str()),
            (None, "%python\n%sql SELECT 1")
        );
        let cell = Cell::new(CellKind::of_magic("fs").unwrap(), None, "\n ls /mnt");
        assert_eq!(
            (cell.argument(), cell.to_prompt().as_str()),
            ("ls /mnt", "%fs ls /mnt")
        );
    }
}
