//! [`Checker`]: the check of records in their order: header, separator, equal field counts, quotes.

use crate::frame::read::error::{ReadError, quoted};
use crate::storage::Location;

use super::options::CheckedOptions;
use super::records::{Dialect, Fault, FaultKind, Record, Records};

/// How many characters of a row or a cell an error shows.
const SHOWN: usize = 60;

/// The separators that are looked for in a header that has no comma.
const LIKELY: [u8; 3] = *b";\t|";

/// What is known of the records of a file so far.
pub(super) struct Checker {
    location: Location,
    options: CheckedOptions,
    /// How many rows are taken at most.
    most: Option<usize>,
    dialect: Dialect,
    header: Option<(u64, Vec<String>)>,
    /// How many rows were taken.
    pub(super) rows: usize,
    suspect: Option<u8>,
}

impl Checker {
    pub(super) fn new(
        location: &Location,
        options: &CheckedOptions,
        most: Option<usize>,
        dialect: Dialect,
    ) -> Self {
        Self {
            location: location.clone(),
            options: options.clone(),
            most,
            dialect,
            header: None,
            rows: 0,
            suspect: None,
        }
    }

    /// Returns the names of the columns, once there was a record.
    pub(super) fn columns(&self) -> Option<&[String]> {
        self.header.as_ref().map(|(_, columns)| columns.as_slice())
    }

    /// Returns whether all that is left to check of a record without quotes is how many fields it has.
    pub(super) fn counts_alone(&self) -> bool {
        let (most, suspect) = (self.most.is_none(), self.suspect.is_none());
        let has_some = self.columns().is_some_and(|columns| columns.len() > 1);
        has_some && most && suspect && !self.options.truncate
    }

    /// Checks the header, if that is next; without one, the first record is a row, and stays.
    pub(super) fn take_header(&mut self, records: &mut Records<'_>) -> Result<(), ReadError> {
        if self.header.is_some() || !self.options.has_header {
            return Ok(());
        }
        match records.next() {
            None => Ok(()),
            Some(Err(fault)) => Err(self.fault(fault)),
            Some(Ok(record)) => self.begin(record),
        }
    }

    /// Checks the records that are next, or as many of them as are wanted.
    pub(super) fn take(&mut self, records: &mut Records<'_>) -> Result<(), ReadError> {
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
    pub(super) fn lead(&self) -> usize {
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
                return Err(wrong_separator(&self.location, *line, columns, likely));
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

    /// Returns what is to be said of quotes that are not closed or opened.
    pub(super) fn fault(&self, fault: Fault<'_>) -> ReadError {
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

    /// Returns the names of the columns, when all records there are, or some, were taken.
    pub(super) fn finish(self, is_whole: bool) -> Result<Vec<String>, ReadError> {
        let alone = is_whole && self.rows == self.lead();
        let Some((line, columns)) = self.header else {
            return Err(ReadError::Empty {
                file: self.location.name().to_owned(),
            });
        };
        match self.suspect {
            // Nothing follows that could speak against the other separator.
            Some(likely) if alone => Err(wrong_separator(&self.location, line, &columns, likely)),
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
