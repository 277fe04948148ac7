//! [`RowLines`]: in which line of which file the rows of CSV files stand, found by reading the files once more.

use crate::frame::read::content::Content;
use crate::frame::read::error::ReadError;
use crate::frame::read::source;
use crate::storage::{Location, Reader};

use super::layout::{Layout, dialect, skip};
use super::options::{CheckedOptions, TextEncoding};
use super::records::{Dialect, Records};
use super::sheet::Sheet;

/// A row of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowLine<'a> {
    /// The file's name.
    pub file: &'a str,
    /// The physical line it begins in, counted from 1: blank lines, line breaks in quotes and the header count.
    pub line: u64,
}

/// The rows of files that are read one behind the other, with their lines.
///
/// Rows are looked up best in their order: for one before the last, the files are read from their beginning again.
pub struct RowLines {
    files: Vec<CsvPart>,
    /// The files before the one that is being read, and how many rows they have.
    at: usize,
    before: u64,
    reading: Option<Reading>,
}

/// A file, and how it is read.
#[derive(Debug, Clone)]
pub(super) struct CsvPart {
    pub(super) location: Location,
    pub(super) options: CheckedOptions,
    /// Whether it has one column, in which a blank line is a row.
    pub(super) has_one_column: bool,
}

/// A file that is being read.
struct Reading {
    unread: Unread,
    dialect: Dialect,
    has_header: bool,
    to_skip: usize,
    /// The line behind what was read.
    line: u64,
    /// How many rows came before the last piece, and the lines of those in it.
    before: u64,
    lines: Vec<u64>,
}

/// What of a file was not read yet.
enum Unread {
    /// All of it was decoded.
    Whole(Vec<u8>),
    /// It comes piece by piece; of the last one, this is left.
    Pieces {
        reader: Reader,
        rest: Vec<u8>,
        is_first: bool,
    },
    /// There is no more of it.
    Ended,
}

impl RowLines {
    pub(super) fn of(files: Vec<CsvPart>) -> Self {
        Self {
            files,
            at: 0,
            before: 0,
            reading: None,
        }
    }

    /// Adds the rows of files that are read behind these.
    #[must_use]
    pub(in crate::frame) fn and(mut self, other: Self) -> Self {
        self.files.extend(other.files);
        self
    }

    /// Returns whether the rows are those of several files.
    pub fn are_of_several(&self) -> bool {
        self.files.len() > 1
    }

    /// Finds a row, counted from 1; `None` where there are not so many.
    ///
    /// # Errors
    ///
    /// A file cannot be read.
    pub fn find(&mut self, row: u64) -> Result<Option<RowLine<'_>>, ReadError> {
        let passed = self.before + self.reading.as_ref().map_or(0, |reading| reading.before);
        if row <= passed {
            (self.at, self.before, self.reading) = (0, 0, None);
        }
        while let Some(part) = self.files.get(self.at) {
            if self.reading.is_none() {
                self.reading = Some(Reading::begin(part)?);
            }
            let Some(reading) = &mut self.reading else { break };
            let wanted = row.saturating_sub(self.before + reading.before + 1);
            let wanted = usize::try_from(wanted).unwrap_or(usize::MAX);
            if let Some(line) = reading.lines.get(wanted).copied() {
                let file = part.location.name();
                return Ok(Some(RowLine { file, line }));
            }
            if !reading.step(part)? {
                self.before += reading.rows(part);
                self.at += 1;
                self.reading = None;
            }
        }
        Ok(None)
    }
}

impl Reading {
    fn begin(part: &CsvPart) -> Result<Self, ReadError> {
        let head = source::head(&part.location)?;
        let is_packed = matches!(source::content(&head), Content::Gzip | Content::Zstd);
        let mut reading = Self {
            unread: Unread::Pieces {
                reader: source::open(&part.location)?,
                rest: Vec::new(),
                is_first: true,
            },
            dialect: dialect(&head, &part.options),
            has_header: part.options.has_header,
            to_skip: part.options.skip_rows,
            line: 1,
            before: 0,
            lines: Vec::new(),
        };
        if is_packed || part.options.encoding != TextEncoding::Utf8 {
            let Sheet { text, layout, .. } = Sheet::open(&part.location, &part.options)?;
            let Layout {
                dialect,
                start,
                first_line,
                ..
            } = layout;
            reading.dialect = dialect;
            reading.to_skip = 0;
            reading.line = first_line;
            reading.unread = Unread::Whole(text.get(start..).unwrap_or_default().to_vec());
        }
        Ok(reading)
    }

    /// Returns how many rows it has, when it was read.
    fn rows(&self, part: &CsvPart) -> u64 {
        let found = self.before + self.lines.len() as u64;
        part.options.n_rows.map_or(found, |most| found.min(most as u64))
    }

    /// Reads the next piece; returns whether there was one.
    fn step(&mut self, part: &CsvPart) -> Result<bool, ReadError> {
        self.before += self.lines.len() as u64;
        self.lines.clear();
        match std::mem::replace(&mut self.unread, Unread::Ended) {
            Unread::Ended => return Ok(false),
            Unread::Whole(text) => {
                self.take(&text, true, part.has_one_column);
            }
            Unread::Pieces {
                mut reader,
                mut rest,
                is_first,
            } => {
                let read = reader
                    .piece(&mut rest)
                    .map_err(|error| source::unreadable(&part.location, error))?;
                let mark = if is_first && rest.starts_with(b"\xEF\xBB\xBF") {
                    3
                } else {
                    0
                };
                let text = rest.get(mark..).unwrap_or_default();
                let taken = mark + self.take(text, read == 0, part.has_one_column);
                if read > 0 {
                    rest.drain(..taken);
                    self.unread = Unread::Pieces {
                        reader,
                        rest,
                        is_first: false,
                    };
                }
            }
        }
        Ok(true)
    }

    /// Notes the lines of the rows of a text; returns how many bytes they take.
    fn take(&mut self, text: &[u8], is_last: bool, has_one_column: bool) -> usize {
        let (skipped, at_line) = skip(text, self.dialect, self.to_skip);
        self.to_skip -= usize::try_from(at_line - 1)
            .unwrap_or(usize::MAX)
            .min(self.to_skip);
        self.line += at_line - 1;
        let body = text.get(skipped..).unwrap_or_default();
        let mut records = Records::new(self.dialect, body, self.line, is_last);
        let mut blanks = 0;
        while let Some(Ok(record)) = records.next() {
            let passed = records.blanks() - blanks;
            blanks = records.blanks();
            if self.has_header {
                self.has_header = false;
                continue;
            }
            if has_one_column {
                let first = record.line.saturating_sub(passed as u64);
                self.lines.extend(first..record.line);
            }
            self.lines.push(record.line);
        }
        let (consumed, next) = records.consumed();
        if has_one_column && !self.has_header && !is_last {
            // The record that they stand before comes with the next piece.
            let behind = (records.blanks() - blanks) as u64;
            self.lines.extend(next.saturating_sub(behind)..next);
        }
        self.line = next;
        skipped + consumed
    }
}
