//! What a cell's lines say: its kind and source, freed of the marks that a format puts around them.

use super::cell_kind::{CellKind, word_length};
use super::piece::{Line, trim_blank};

/// The comment prefix of every line of a cell that is not code, so that the file stays valid Python.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    /// `# MAGIC `, as Databricks writes.
    Magic,
    /// `# `.
    Comment,
    /// Nothing, as at a prompt.
    Bare,
}

/// A cell's kind and source, and where in the file each line of the source is.
#[derive(Debug, Clone)]
pub(super) struct Body {
    /// The kind.
    pub(super) kind: CellKind,
    /// The source: lines joined by `\n`, no blank line at either end.
    pub(super) source: String,
    /// Whether the first line of the source is on the line of the magic.
    pub(super) on_magic_line: bool,
    /// The number of the file's line that holds the first line of the source, from 1.
    pub(super) first_line: usize,
    /// For each line of the source, the number of characters before it on the file's line.
    pub(super) shifts: Vec<usize>,
}

impl Mark {
    fn prefix(self) -> &'static str {
        match self {
            Self::Magic => "# MAGIC",
            Self::Comment => "#",
            Self::Bare => "",
        }
    }

    /// Removes the mark from one line; `None` when the line lacks it. A blank line need not have it.
    fn strip(self, line: Line<'_>) -> Option<Line<'_>> {
        if self == Self::Bare || line.is_blank() {
            return Some(line);
        }
        let rest = line.strip_prefix(self.prefix())?;
        match rest.text.chars().next() {
            Some(' ') => rest.after(1),
            Some(_) if self == Self::Magic => None,
            _ => Some(rest),
        }
    }

    fn strip_all<'a>(self, lines: &[Line<'a>]) -> Option<Vec<Line<'a>>> {
        lines.iter().map(|line| self.strip(*line)).collect()
    }

    /// Adds the mark before every line of `text`; an empty line gets no white space at its end.
    pub(super) fn put(self, text: &str) -> String {
        if self == Self::Bare {
            return text.to_owned();
        }
        let marked = text.split('\n').map(|line| {
            let space = if line.is_empty() { "" } else { " " };
            format!("{}{space}{line}", self.prefix())
        });
        marked.collect::<Vec<_>>().join("\n")
    }
}

impl Body {
    /// Reads lines as they are.
    pub(super) fn plain(kind: CellKind, lines: &[Line<'_>]) -> Self {
        let lines = trim_blank(lines);
        Self {
            kind,
            source: lines.iter().map(|line| line.text).collect::<Vec<_>>().join("\n"),
            on_magic_line: false,
            first_line: lines.first().map_or(1, |line| line.number),
            shifts: lines.iter().map(|line| line.column).collect(),
        }
    }

    /// Reads lines that all have `mark` and start with a magic; `None` when they are something else.
    pub(super) fn magic(mark: Mark, lines: &[Line<'_>]) -> Option<Self> {
        let mut stripped = mark.strip_all(trim_blank(lines))?;
        let start = stripped.iter().position(|line| !line.is_blank())?;
        let (kind, argument) = magic_line(*stripped.get(start)?)?;
        let on_magic_line = !argument.is_blank() && !kind.is_python();
        *stripped.get_mut(start)? = argument;
        Some(Self {
            on_magic_line,
            ..Self::plain(kind, stripped.get(start..)?)
        })
    }

    /// Reads lines that all have `mark`; `None` when they do not.
    pub(super) fn marked(kind: CellKind, mark: Mark, lines: &[Line<'_>]) -> Option<Self> {
        Some(Self::plain(kind, &mark.strip_all(lines)?))
    }

    /// Reads the inside of one triple-quoted string; `None` when the lines are something else.
    pub(super) fn quoted(kind: CellKind, lines: &[Line<'_>]) -> Option<Self> {
        let mut lines = trim_blank(lines).to_vec();
        let quotes = ["\"\"\"", "'''"]
            .into_iter()
            .find(|quotes| lines.first().is_some_and(|line| line.text.starts_with(quotes)))?;
        let first = lines.first_mut()?;
        *first = first.after(quotes.len())?;
        let last = lines.last_mut()?;
        last.text = last.text.trim_end().strip_suffix(quotes)?.trim_end_matches('\r');
        Some(Self::plain(kind, &lines))
    }
}

/// Splits `%word rest`.
fn magic_line(line: Line<'_>) -> Option<(CellKind, Line<'_>)> {
    let line = line.trim_start().strip_prefix("%")?;
    let length = word_length(line.text);
    let kind = CellKind::of_magic(line.text.get(..length)?)?;
    let rest = line.after(length)?;
    if rest.text.starts_with(|next: char| !next.is_whitespace()) {
        None
    } else {
        Some((kind, rest.trim_start()))
    }
}
