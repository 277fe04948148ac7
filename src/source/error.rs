//! [`CellError`]: what went wrong in a cell, and the places in source that it is about.

use std::fmt;
use std::ops::Range;

use sha2::{Digest as _, Sha256};

use crate::error::{Error, Kind, Problem};
use crate::notebook::Cell;
use crate::work::Stopped;

/// A cell's identity: it stays the same while cells move around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CellId(pub(crate) u64);

/// Where source text came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A cell of the session.
    Cell(CellId),
    /// A file that a cell loaded.
    File(String),
    /// A cell of another notebook that a cell of the session includes.
    Included(IncludedCell),
    /// A cell of the session, known only by a digest of its text; [`Session::run`](crate::session::Session::run) names the cell.
    Text(u64),
}

/// Where a cell of an included notebook stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncludedCell {
    /// The notebook's file, as messages name it.
    pub file: String,
    /// The cell's number in it, from 1.
    pub number: usize,
    /// The cell's title.
    pub title: Option<String>,
    /// The file's line that holds the first line of the cell's source.
    pub first_line: usize,
    /// How many characters stand before the first line of the source on the file's line.
    first_shift: usize,
    /// How many stand before each other line.
    shift: usize,
}

impl IncludedCell {
    /// Notes where `cell`, the one with this `number` in `file`, stands.
    pub(crate) fn new(file: &str, number: usize, cell: &Cell) -> Self {
        Self {
            file: file.to_owned(),
            number,
            title: cell.title().map(str::to_owned),
            first_line: cell.first_line(),
            first_shift: cell.column_shift(1),
            shift: cell.column_shift(2),
        }
    }

    /// Returns the cell's display name: `cell 3 "Load"`.
    pub fn label(&self) -> String {
        match &self.title {
            Some(title) => format!("cell {} \"{title}\"", self.number),
            None => format!("cell {}", self.number),
        }
    }

    /// Returns how many characters are in the file before the source's line `source_line`, from 1.
    pub fn column_shift(&self, source_line: usize) -> usize {
        if source_line <= 1 {
            self.first_shift
        } else {
            self.shift
        }
    }

    /// Names a place in the source by the file: `setup.py:12:3`.
    pub(crate) fn place(&self, line: usize, column: usize) -> String {
        let shift = self.column_shift(line);
        format!(
            "{}:{}:{}",
            self.file,
            self.first_line + line.saturating_sub(1),
            column + shift
        )
    }
}

impl Source {
    /// Returns the source that is a cell with this text.
    pub(crate) fn of_text(text: &str) -> Self {
        let digest = Sha256::digest(text);
        let first = digest.iter().take(8);
        Self::Text(first.fold(0, |sum, byte| sum << 8 | u64::from(*byte)))
    }

    /// Writes the name under which Starlark knows this source.
    ///
    /// A function shows this name when it is printed. So it must not depend on what was tried before, nor on where
    /// the cell stands: a cell goes by its text.
    pub(crate) fn encode(&self) -> String {
        match self {
            Self::Cell(CellId(id)) => format!("cell {id}"),
            Self::File(name) => name.clone(),
            Self::Included(cell) => cell.place(1, 1),
            Self::Text(digest) => format!("cell#{digest:016x}"),
        }
    }

    /// Reads the name under which Starlark knows a source.
    pub(crate) fn decode(name: &str) -> Self {
        let digest = name.strip_prefix("cell#");
        match digest.and_then(|digest| u64::from_str_radix(digest, 16).ok()) {
            Some(digest) => Self::Text(digest),
            None => Self::File(name.to_owned()),
        }
    }
}

/// A stretch of source: lines and columns count from 1, columns in characters; the end is exclusive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spot {
    /// Which source.
    pub source: Source,
    /// The first line.
    pub line: usize,
    /// The first column.
    pub column: usize,
    /// The last line.
    pub end_line: usize,
    /// The column after the last one.
    pub end_column: usize,
    /// The whole first line, to show.
    pub text: String,
}

impl Spot {
    /// Marks a part of a source, in bytes of its `text`.
    pub(crate) fn of_range(source: Source, text: &str, range: Range<usize>) -> Self {
        let position = |at: usize| {
            let before = text.get(..at).unwrap_or(text);
            let last = before.rsplit('\n').next().unwrap_or_default();
            (before.matches('\n').count() + 1, last.chars().count() + 1)
        };
        let (line, column) = position(range.start);
        let (end_line, end_column) = position(range.end);
        let first = text.lines().nth(line - 1).unwrap_or_default();
        Self {
            source,
            line,
            column,
            end_line,
            end_column,
            text: first.to_owned(),
        }
    }
}

/// One call on the way to an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The function that was called.
    pub function: String,
    /// Where it was called from.
    pub spot: Spot,
}

/// Why a cell failed.
#[derive(Debug, Clone)]
pub struct CellError {
    /// What is wrong, in one sentence.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// Where it is, when it is about a place.
    pub spot: Option<Spot>,
    /// The calls that led there, outermost first; empty when the place is at the cell's top level.
    pub calls: Vec<Call>,
    /// Decides the exit code.
    pub kind: Kind,
}

impl CellError {
    /// Creates an error that is about no particular place in the cell.
    pub fn of(error: impl Into<Error>) -> Self {
        let error = error.into();
        Self {
            message: error.to_string(),
            hint: error.hint(),
            spot: None,
            calls: Vec::new(),
            kind: error.kind(),
        }
    }

    /// Adds the place it is about, unless it has one.
    #[must_use]
    pub fn at(mut self, spot: Option<Spot>) -> Self {
        self.spot = self.spot.or(spot);
        self
    }

    /// Adds that it happened in something that was run from `spot`, around the calls it has already.
    #[must_use]
    pub(crate) fn through(mut self, function: String, spot: Option<Spot>) -> Self {
        if let Some(spot) = spot {
            self.calls.insert(0, Call { function, spot });
        }
        self
    }

    /// Reports that the cell in which it came about, where its outermost call or its place is, is at `source`.
    #[must_use]
    pub(crate) fn begun_at(mut self, source: &Source) -> Self {
        let outermost = self.calls.first_mut().map(|call| &mut call.spot);
        if let Some(spot) = outermost.or(self.spot.as_mut())
            && matches!(spot.source, Source::Text(_))
        {
            spot.source = source.clone();
        }
        self
    }

    /// Names the cells of the places it is about, as far as `find` knows the one with a text.
    #[must_use]
    pub(crate) fn in_cells(mut self, find: impl Fn(&Source) -> Option<Source>) -> Self {
        let spots = self.calls.iter_mut().map(|call| &mut call.spot);
        for spot in spots.chain(self.spot.as_mut()) {
            if matches!(spot.source, Source::Text(_))
                && let Some(found) = find(&spot.source)
            {
                spot.source = found;
            }
        }
        self
    }

    /// Describes where every place stands for someone who knows it by another name.
    #[must_use]
    pub(crate) fn seen_by(mut self, name: impl Fn(&Source) -> Option<Source>) -> Self {
        let spots = self.calls.iter_mut().map(|call| &mut call.spot);
        for spot in spots.chain(self.spot.as_mut()) {
            if let Some(named) = name(&spot.source) {
                spot.source = named;
            }
        }
        self
    }

    /// Returns whether the cell was stopped by someone rather than by a fault.
    pub fn interrupted(&self) -> bool {
        self.kind == Kind::Interrupted
    }
}

impl fmt::Display for CellError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for CellError {}

impl Problem for CellError {
    fn hint(&self) -> Option<String> {
        self.hint.clone()
    }

    fn kind(&self) -> Kind {
        self.kind
    }
}

impl From<Stopped> for CellError {
    fn from(stopped: Stopped) -> Self {
        Self::of(stopped)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_known_again_by_its_name() {
        for source in [
            Source::of_text("x = 1"),
            Source::File("lib/x.star".to_owned()),
            Source::File("cell".to_owned()),
        ] {
            assert_eq!(Source::decode(&source.encode()), source);
        }
    }

    #[test]
    fn a_part_of_a_source_has_lines_and_columns() {
        let place = |text: &str, part: &str| {
            let start = text.find(part).unwrap();
            let spot = Spot::of_range(Source::of_text(text), text, start..start + part.len());
            (spot.line, spot.column, spot.end_line, spot.end_column, spot.text)
        };
        let text = "ä = 1\nb = ö";
        assert_eq!(place(text, "= 1"), (1, 3, 1, 6, "ä = 1".to_owned()));
        assert_eq!(place(text, "ö"), (2, 5, 2, 6, "b = ö".to_owned()));
        assert_eq!(place(text, "1\nb"), (1, 5, 2, 2, "ä = 1".to_owned()));
    }

    #[test]
    fn a_place_in_an_included_cell_is_one_of_its_file() {
        let cell = Cell::from_prompt("\n%sql SELECT 1\nFROM x");
        let place = IncludedCell::new("setup.py", 3, &cell);
        assert_eq!(
            (place.label().as_str(), place.place(1, 1).as_str()),
            ("cell 3", "setup.py:2:6")
        );
        assert_eq!(place.place(2, 6), "setup.py:3:6");
    }
}
