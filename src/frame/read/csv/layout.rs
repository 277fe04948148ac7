//! [`Layout`]: what a CSV file that was checked turned out to be.

use crate::error::nearest;
use crate::frame::read::content::Content;
use crate::frame::read::error::ReadError;
use crate::frame::read::source;
use crate::storage::Location;

use super::checker::Checker;
use super::options::CheckedOptions;
use super::records::{Dialect, Records};

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

/// Returns how the records of a text are distinguished.
pub(super) fn dialect(text: &[u8], options: &CheckedOptions) -> Dialect {
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

/// Refuses a text that is plainly of another format.
pub(super) fn refuse_foreign(location: &Location, text: &[u8]) -> Result<(), ReadError> {
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
