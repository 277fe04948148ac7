//! The check of a CSV file before polars reads it: header, separator, equal field counts, quotes.

use crate::error::nearest;
use crate::frame::read::content::Content;
use crate::frame::read::error::{ReadError, quoted};
use crate::frame::read::source;
use crate::storage::Location;
use crate::work::Task;

use super::decoding;
use super::options::CheckedOptions;
use super::records::{Dialect, Fault, FaultKind, Record, Records};

/// How many characters of a row or a cell an error shows.
const SHOWN: usize = 60;

/// The longest record that is looked for: an unclosed quote must not pull a whole file into memory.
const LONGEST: usize = 1 << 26;

/// The separators that are looked for in a header that has no comma.
const LIKELY: [u8; 3] = *b";\t|";

/// What a well-formed file turned out to be.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Layout {
    pub(super) dialect: Dialect,
    /// The column names, as polars will call them.
    pub(super) columns: Vec<String>,
    /// Where the header or the first row begins, in bytes and in lines.
    pub(super) start: usize,
    pub(super) first_line: u64,
    /// Where the last row wanted ends.
    pub(super) end: usize,
    /// Whether there are blank lines, of which polars would make rows of nulls.
    pub(super) blanks: bool,
}

/// How much of a file is checked; `None` stands for no bound.
#[derive(Debug, Clone, Copy)]
pub(super) struct Portion {
    /// So many of its first rows.
    pub(super) rows: Option<usize>,
    /// Whole rows until so many bytes were read.
    pub(super) bytes: Option<u64>,
}

struct Checker<'a> {
    location: &'a Location,
    options: &'a CheckedOptions,
    /// How many rows are taken at most.
    most: Option<usize>,
    dialect: Dialect,
    header: Option<(u64, Vec<String>)>,
    rows: usize,
    suspect: Option<u8>,
}

impl Layout {
    /// Checks a decoded file in memory.
    pub(super) fn of(location: &Location, text: &[u8], options: &CheckedOptions) -> Result<Self, ReadError> {
        refuse_foreign(location, text)?;
        let dialect = dialect(text, options);
        let (start, first_line) = skip(text, dialect, options.skip_rows);
        let body = text.get(start..).unwrap_or_default();
        let mut checker = Checker::new(location, options, options.n_rows, dialect);
        let mut records = Records::new(dialect, body, first_line, true);
        checker.take(&mut records)?;
        let end = start + records.consumed().0;
        let blanks = records.blanks() > 0;
        Ok(Self {
            dialect,
            columns: checker.finish(true)?,
            start,
            first_line,
            end,
            blanks,
        })
    }

    /// Checks a portion of a file of any size in UTF-8, in constant memory; tells whether that was all that is wanted.
    ///
    /// `task` counts the bytes.
    pub(super) fn stream(
        location: &Location,
        options: &CheckedOptions,
        portion: Portion,
        task: &Task,
    ) -> Result<(Self, bool), ReadError> {
        let head = source::head(location)?;
        refuse_foreign(location, &head)?;
        let dialect = dialect(&head, options);
        let mut file = source::Beginning::open(location, portion.bytes.unwrap_or(u64::MAX))?;
        let most = match (options.n_rows, portion.rows) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        let mut checker = Checker::new(location, options, most, dialect);
        let mut read_so_far = 0;
        let mut piece = Vec::new();
        let mut offset = 0_u64;
        let mut line = 1_u64;
        let mut to_skip = options.skip_rows;
        let mut blanks = false;
        let is_whole = loop {
            let before = piece.len();
            let read = file.piece(&mut piece)?;
            let last = read == 0;
            read_so_far += read as u64;
            task.advance(read as u64);
            // Only whole lines are sure to be whole characters.
            let whole = if last {
                piece.len()
            } else {
                let fresh = piece.get(before..).unwrap_or_default();
                let end = fresh.iter().rposition(|&byte| byte == dialect.end_of_line);
                end.map_or(0, |end| before + end + 1)
            };
            let text = piece.get(..whole).unwrap_or_default();
            decoding::validate(location, text, offset, line, &head)?;
            let mark = if offset == 0 && text.starts_with(b"\xEF\xBB\xBF") {
                3
            } else {
                0
            };
            let (skipped, at_line) = skip(text.get(mark..).unwrap_or_default(), dialect, to_skip);
            to_skip -= ((at_line - 1) as usize).min(to_skip);
            line += at_line - 1;
            let begin = mark + skipped;
            let mut records = Records::new(dialect, text.get(begin..).unwrap_or_default(), line, last);
            checker.take(&mut records)?;
            blanks |= records.blanks() > 0;
            let (consumed, next) = records.consumed();
            line = next;
            let reached = |rows: Option<usize>| rows.is_some_and(|rows| checker.rows >= rows);
            if last || reached(options.n_rows) {
                break true;
            }
            // A header alone does not say whether its separator is the right one.
            let has_rows = checker.rows > checker.lead();
            if reached(portion.rows) || (has_rows && portion.bytes.is_some_and(|bytes| read_so_far >= bytes))
            {
                break false;
            }
            let consumed = begin + consumed;
            if piece.len() - consumed > LONGEST {
                let kind = FaultKind::Unclosed;
                return Err(checker.fault(Fault {
                    kind,
                    line,
                    field: 1,
                    found: b"",
                }));
            }
            piece.drain(..consumed);
            offset += consumed as u64;
        };
        let layout = Self {
            dialect,
            columns: checker.finish(is_whole)?,
            start: 0,
            first_line: 1,
            end: 0,
            blanks,
        };
        Ok((layout, is_whole))
    }

    /// Tells whether polars would make rows of blank lines; in a file of one column a blank line is a null.
    pub(super) fn has_blank_rows(&self) -> bool {
        self.blanks && self.columns.len() > 1
    }

    /// Returns the position of a column, or what to say about one that an option names.
    pub(super) fn position(
        &self,
        location: &Location,
        option: &'static str,
        column: &str,
    ) -> Result<usize, ReadError> {
        self.columns
            .iter()
            .position(|name| name == column)
            .ok_or_else(|| ReadError::UnknownColumn {
                file: location.name().to_owned(),
                option,
                column: column.to_owned(),
                nearest: nearest(column, self.columns.iter().map(String::as_str)).map(str::to_owned),
                columns: self.columns.clone(),
            })
    }
}

impl<'a> Checker<'a> {
    fn new(
        location: &'a Location,
        options: &'a CheckedOptions,
        most: Option<usize>,
        dialect: Dialect,
    ) -> Self {
        Self {
            location,
            options,
            most,
            dialect,
            header: None,
            rows: 0,
            suspect: None,
        }
    }

    fn take(&mut self, records: &mut Records<'_>) -> Result<(), ReadError> {
        loop {
            if self.header.is_some() && self.most.is_some_and(|rows| self.rows >= rows) {
                return Ok(());
            }
            match records.next() {
                None => return Ok(()),
                Some(Err(fault)) => return Err(self.fault(fault)),
                Some(Ok(record)) if self.header.is_none() => {
                    self.begin(record)?;
                    self.rows += self.lead();
                }
                Some(Ok(record)) => {
                    self.row(record)?;
                    self.rows += 1;
                }
            }
        }
    }

    /// Returns how many rows the first record is: none where it is the header.
    fn lead(&self) -> usize {
        usize::from(!self.options.has_header)
    }

    fn begin(&mut self, record: Record<'_>) -> Result<(), ReadError> {
        let fields = record.split(self.dialect);
        if self.options.guess && fields.len() == 1 {
            self.suspect = LIKELY.into_iter().find(|byte| record.bytes.contains(byte));
        }
        let columns: Vec<String> = if self.options.has_header {
            fields.into_iter().map(std::borrow::Cow::into_owned).collect()
        } else {
            (1..=fields.len())
                .map(|number| format!("column_{number}"))
                .collect()
        };
        for (second, column) in columns.iter().enumerate() {
            let first = columns.iter().position(|name| name == column);
            if let Some(first) = first.filter(|first| *first < second) {
                return Err(ReadError::DuplicateColumn {
                    file: self.location.name().to_owned(),
                    line: record.line,
                    column: column.clone(),
                    first: first + 1,
                    second: second + 1,
                });
            }
        }
        self.header = Some((record.line, columns));
        Ok(())
    }

    fn row(&mut self, record: Record<'_>) -> Result<(), ReadError> {
        let Some((line, columns)) = &self.header else {
            return Ok(());
        };
        if let Some(likely) = self.suspect {
            if !record.bytes.contains(&likely) {
                self.suspect = None;
            } else if self.rows == self.lead() {
                return Err(wrong_separator(self.location, *line, columns, likely));
            }
        }
        if record.fields == columns.len() || self.options.truncate {
            return Ok(());
        }
        Err(ReadError::Ragged {
            file: self.location.name().to_owned(),
            line: record.line,
            expected: columns.len(),
            header: *line,
            found: record.fields,
            row: quoted(&String::from_utf8_lossy(record.bytes), SHOWN),
        })
    }

    fn fault(&self, fault: Fault<'_>) -> ReadError {
        let file = self.location.name().to_owned();
        let line = fault.line;
        let name = self
            .header
            .as_ref()
            .and_then(|(_, columns)| columns.get(fault.field - 1));
        let column = match name {
            Some(name) => format!("column `{name}` (number {})", fault.field),
            None => format!("column number {}", fault.field),
        };
        let found = quoted(&String::from_utf8_lossy(fault.found), SHOWN);
        match fault.kind {
            FaultKind::Unclosed => ReadError::UnclosedQuote { file, line, column },
            FaultKind::TextAfter => {
                let separator = char::from(self.dialect.separator);
                ReadError::TextAfterQuote {
                    file,
                    line,
                    column,
                    separator,
                    found,
                }
            }
            FaultKind::Stray => ReadError::StrayQuote {
                file,
                line,
                column,
                found,
            },
        }
    }

    fn finish(self, is_whole: bool) -> Result<Vec<String>, ReadError> {
        let alone = is_whole && self.rows == self.lead();
        let Some((line, columns)) = self.header else {
            return Err(ReadError::Empty {
                file: self.location.name().to_owned(),
            });
        };
        match self.suspect {
            // Nothing follows that could speak against the other separator.
            Some(likely) if alone => Err(wrong_separator(self.location, line, &columns, likely)),
            _ => Ok(columns),
        }
    }
}

fn wrong_separator(location: &Location, line: u64, columns: &[String], likely: u8) -> ReadError {
    ReadError::WrongSeparator {
        file: location.name().to_owned(),
        line,
        header: quoted(columns.first().map_or("", String::as_str), SHOWN),
        likely: char::from(likely),
    }
}

fn dialect(text: &[u8], options: &CheckedOptions) -> Dialect {
    // Files of the classic Mac OS end their lines with a carriage return alone.
    let classic = !text.contains(&b'\n') && text.contains(&b'\r');
    let end_of_line = if classic { b'\r' } else { b'\n' };
    Dialect {
        separator: options.separator,
        quote: options.quote,
        end_of_line,
    }
}

/// Returns where the text begins after `lines` physical lines, in bytes and in lines.
pub(super) fn skip(text: &[u8], dialect: Dialect, lines: usize) -> (usize, u64) {
    let mut at = 0;
    for skipped in 0..lines {
        let rest = text.get(at..).unwrap_or_default();
        match rest.iter().position(|&byte| byte == dialect.end_of_line) {
            Some(end) => at += end + 1,
            None => return (text.len(), 1 + skipped as u64),
        }
    }
    (at, 1 + lines as u64)
}

fn refuse_foreign(location: &Location, text: &[u8]) -> Result<(), ReadError> {
    let found = source::content(text);
    let refused = match found {
        Content::Text | Content::Gzip | Content::Zstd => false,
        Content::Json => {
            let first = text
                .split(|&byte| byte == b'\n')
                .next()
                .unwrap_or_default()
                .trim_ascii();
            first == b"[" || first == b"{" || serde_json::from_slice::<serde::de::IgnoredAny>(first).is_ok()
        }
        _ => true,
    };
    if refused {
        return Err(ReadError::Foreign {
            file: location.name().to_owned(),
            expected: "a CSV file",
            found,
        });
    }
    Ok(())
}
