//! [`Stream`]: the check of a file in UTF-8 that comes piece by piece, in constant memory.

use crate::frame::read::error::ReadError;
use crate::frame::read::source;
use crate::storage::Location;
use crate::work::Task;

use super::checker::Checker;
use super::decoding;
use super::layout::{Layout, dialect, refuse_foreign, skip};
use super::options::CheckedOptions;
use super::plain;
use super::records::{Dialect, Fault, FaultKind, Records};

/// Rows that were checked, as they are in the file.
pub(super) struct Cut {
    /// Their bytes, perhaps behind others that are no rows.
    pub(super) bytes: Vec<u8>,
    /// Where the first one begins.
    pub(super) start: usize,
    /// How many they are.
    pub(super) rows: usize,
    /// The number of the line in which the first one begins.
    pub(super) line: u64,
    /// Whether there are blank lines between them.
    pub(super) has_blanks: bool,
    /// Whether there are quotes that neither enclose a field nor are doubled within one.
    pub(super) is_odd: bool,
    /// Whether how many fields they have is still to be looked at.
    pub(super) is_uncounted: bool,
}

/// The longest record that is looked for: an unclosed quote must not pull a whole file into memory.
const LONGEST: usize = 1 << 26;

/// How much of a file is checked; `None` stands for no bound.
#[derive(Debug, Clone, Copy)]
pub(super) struct Portion {
    /// So many of its first rows.
    pub(super) rows: Option<usize>,
    /// Whole rows until so many bytes were read.
    pub(super) bytes: Option<u64>,
}

/// A file of which a part was checked.
pub(super) struct Stream {
    location: Location,
    checker: Checker,
    portion: Portion,
    /// How many rows the file has at most for whoever reads it.
    n_rows: Option<usize>,
    dialect: Dialect,
    head: Vec<u8>,
    /// What was not checked yet: the beginning of a record, and what is added to it.
    pub(super) piece: Vec<u8>,
    /// Where that begins, in bytes and in lines.
    offset: u64,
    line: u64,
    read_so_far: u64,
    to_skip: usize,
    has_blanks: bool,
    /// Whether fields are counted by whoever parses the rows.
    pub(super) counts_later: bool,
    /// The rows that were checked last.
    last: Last,
}

/// Where in the piece rows are that were just checked.
#[derive(Default)]
struct Last {
    /// Where they begin, and where they and what is before them ends.
    start: usize,
    end: usize,
    line: u64,
    rows: usize,
    has_blanks: bool,
    is_odd: bool,
    is_uncounted: bool,
}

impl Stream {
    /// Begins with a file whose first bytes are `head`.
    pub(super) fn new(
        location: &Location,
        options: &CheckedOptions,
        portion: Portion,
        head: Vec<u8>,
    ) -> Result<Self, ReadError> {
        refuse_foreign(location, &head)?;
        let dialect = dialect(&head, options);
        let most = match (options.n_rows, portion.rows) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        Ok(Self {
            location: location.clone(),
            checker: Checker::new(location, options, most, dialect),
            portion,
            n_rows: options.n_rows,
            dialect,
            head,
            piece: Vec::new(),
            offset: 0,
            line: 1,
            read_so_far: 0,
            to_skip: options.skip_rows,
            has_blanks: false,
            counts_later: false,
            last: Last::default(),
        })
    }

    /// Checks what was added to the piece, `read` bytes, where 0 stands for the end of the file.
    ///
    /// Returns, when it was enough, whether that was all that is wanted of the file.
    pub(super) fn step(&mut self, read: usize) -> Result<Option<bool>, ReadError> {
        let enough = self.check(read)?;
        if enough.is_none() {
            self.piece.drain(..self.last.end);
            self.passed()?;
        }
        Ok(enough)
    }

    /// Does the same, and returns the rows that were checked; what follows them is put into `next`, an empty piece.
    pub(super) fn cut(&mut self, read: usize, mut next: Vec<u8>) -> Result<Cut, ReadError> {
        self.check(read)?;
        let rest = self.piece.get(self.last.end..).unwrap_or_default();
        next.extend_from_slice(rest);
        let mut bytes = std::mem::replace(&mut self.piece, next);
        bytes.truncate(self.last.end);
        self.passed()?;
        Ok(Cut {
            bytes,
            start: self.last.start,
            rows: self.last.rows,
            line: self.last.line,
            has_blanks: self.last.has_blanks,
            is_odd: self.last.is_odd,
            is_uncounted: self.last.is_uncounted,
        })
    }

    /// Returns the names of the columns, once they are known, and how records are distinguished.
    pub(super) fn known(&self) -> (Option<&[String]>, Dialect) {
        (self.checker.columns(), self.dialect)
    }

    /// Goes on behind what was checked.
    fn passed(&mut self) -> Result<(), ReadError> {
        self.offset += self.last.end as u64;
        if self.piece.len() > LONGEST {
            let kind = FaultKind::Unclosed;
            return Err(self.checker.fault(Fault {
                kind,
                line: self.line,
                field: 1,
                found: b"",
            }));
        }
        Ok(())
    }

    /// Checks what was added to the piece, and remembers where the rows are.
    fn check(&mut self, read: usize) -> Result<Option<bool>, ReadError> {
        let last = read == 0;
        self.read_so_far += read as u64;
        // Only whole lines are sure to be whole characters.
        let whole = if last {
            self.piece.len()
        } else {
            let before = self.piece.len().saturating_sub(read);
            let fresh = self.piece.get(before..).unwrap_or_default();
            let end = fresh.iter().rposition(|&byte| byte == self.dialect.end_of_line);
            end.map_or(0, |end| before + end + 1)
        };
        let text = self.piece.get(..whole).unwrap_or_default();
        decoding::validate(&self.location, text, self.offset, self.line, &self.head)?;
        let mark = if self.offset == 0 && text.starts_with(b"\xEF\xBB\xBF") {
            3
        } else {
            0
        };
        let (skipped, at_line) = skip(text.get(mark..).unwrap_or_default(), self.dialect, self.to_skip);
        self.to_skip -= ((at_line - 1) as usize).min(self.to_skip);
        self.line += at_line - 1;
        let begin = mark + skipped;
        let body = text.get(begin..).unwrap_or_default();
        let mut records = Records::new(self.dialect, body, self.line, last);
        let before = self.checker.rows;
        self.checker.take_header(&mut records)?;
        let (start, line) = records.consumed();
        let plain = if self.counts_later && self.checker.counts_alone() {
            plain::lines(body.get(start..).unwrap_or_default(), self.dialect)
        } else {
            None
        };
        let (consumed, next) = if let Some(rows) = plain {
            self.checker.rows += rows;
            (body.len(), line + rows as u64)
        } else {
            self.checker.take(&mut records)?;
            records.consumed()
        };
        self.last = Last {
            start: begin + start,
            end: begin + consumed,
            line,
            rows: self.checker.rows - before,
            has_blanks: records.blanks() > 0,
            is_odd: records.is_odd(),
            is_uncounted: plain.is_some(),
        };
        self.has_blanks |= self.last.has_blanks;
        self.line = next;
        let rows = self.checker.rows;
        let reached = |wanted: Option<usize>| wanted.is_some_and(|wanted| rows >= wanted);
        if last || reached(self.n_rows) {
            return Ok(Some(true));
        }
        // A header alone does not say whether its separator is the right one.
        let has_rows = rows > self.checker.lead();
        let has_bytes = self.portion.bytes.is_some_and(|bytes| self.read_so_far >= bytes);
        if reached(self.portion.rows) || (has_rows && has_bytes) {
            return Ok(Some(false));
        }
        Ok(None)
    }

    /// Returns what the file turned out to be.
    pub(super) fn finish(self, is_whole: bool) -> Result<Layout, ReadError> {
        Ok(Layout {
            dialect: self.dialect,
            columns: self.checker.finish(is_whole)?,
            start: 0,
            first_line: 1,
            end: 0,
            blanks: self.has_blanks,
        })
    }
}

impl Layout {
    /// Checks a portion of a file of any size in UTF-8, in constant memory; tells whether that was all that is wanted.
    ///
    /// `task` counts the bytes.
    pub(super) fn stream(
        location: &Location,
        options: &CheckedOptions,
        portion: Portion,
        task: &Task,
    ) -> Result<(Self, bool), ReadError> {
        let mut stream = Stream::new(location, options, portion, source::head(location)?)?;
        let mut file = source::Beginning::open(location, portion.bytes.unwrap_or(u64::MAX))?;
        loop {
            let read = file.piece(&mut stream.piece)?;
            task.advance(read as u64);
            if let Some(is_whole) = stream.step(read)? {
                return Ok((stream.finish(is_whole)?, is_whole));
            }
        }
    }
}
