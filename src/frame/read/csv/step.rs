//! [`Step`]: how polars is to read CSV files that have been checked, and what it reads of them where that is in memory.

use std::num::NonZeroUsize;

use polars::prelude::*;

use crate::frame::read::error::ReadError;
use crate::frame::read::source;
use crate::storage::Location;
use crate::work::{Stopped, catch_panic};

use super::layout::{Layout, skip};
use super::options::CheckedOptions;
use super::records::{Dialect, Records, occurrences};
use super::sheet::{SAMPLE, Sheet, null_values, other, overrides};

/// How many bytes the rows that types are inferred from are likely to have.
const LIKELY: u64 = 1 << 20;

/// Reads files into memory as polars can take them.
pub(super) fn bodies<T: From<Vec<u8>>>(
    files: &[Location],
    options: &CheckedOptions,
) -> Result<Vec<T>, ReadError> {
    let body = |file| Ok(Sheet::open(file, options)?.body().to_vec().into());
    files.iter().map(body).collect()
}

/// Reads the beginning of each file, as far as types are inferred from it.
pub(super) fn samples<T: From<Vec<u8>>>(
    files: &[Location],
    options: &CheckedOptions,
    layout: &Layout,
) -> Result<Vec<T>, ReadError> {
    let samples = source::each(files, |file| beginning(file, options, layout.dialect, SAMPLE + 1));
    samples.into_iter().map(|sample| Ok(T::from(sample?.0))).collect()
}

/// Reads whole rows from the beginning of a file, at least so many if there are; returns them and how many they are.
pub(super) fn beginning(
    file: &Location,
    options: &CheckedOptions,
    dialect: Dialect,
    rows: usize,
) -> Result<(Vec<u8>, usize), ReadError> {
    let lead = usize::from(options.has_header);
    let mut reader = source::Beginning::open(file, LIKELY)?;
    let mut text = Vec::new();
    loop {
        let read = reader.piece(&mut text)?;
        let last = read == 0;
        let (start, _) = skip(&text, dialect, options.skip_rows);
        let body = text.get(start..).unwrap_or_default();
        // Within quotes there may be more lines than rows: these are counted where there may be enough of them.
        if !last && occurrences(body, dialect.end_of_line) < rows + lead {
            continue;
        }
        let mut records = Records::new(dialect, body, 1, last);
        let mut found = 0;
        // What is wrong is found by the check.
        let is_sound = records.by_ref().all(|record| {
            found += 1;
            record.is_ok()
        });
        if last || found >= rows + lead || !is_sound {
            let end = start + records.consumed().0;
            text.truncate(if last { text.len() } else { end });
            return Ok((text, found.saturating_sub(lead)));
        }
    }
}

/// How polars is to read CSV files that have been checked.
pub(super) struct Step<'a> {
    pub(super) options: &'a CheckedOptions,
    pub(super) columns: &'a [String],
    pub(super) end_of_line: u8,
    pub(super) skip_rows: usize,
    /// The types; `None` to infer them.
    pub(super) schema: Option<SchemaRef>,
    pub(super) is_bridged: bool,
}

impl Step<'_> {
    pub(super) fn plan(&self, first: &Location, sources: ScanSources) -> Result<LazyFrame, ReadError> {
        let options = self.options;
        let overrides = overrides(options, self.columns).filter(|_| self.schema.is_none());
        // Only where there is a bound does polars count rows as it reads them; else it would download files as a whole.
        let n_rows = options.n_rows.or(self.is_bridged.then_some(usize::MAX));
        let plan = catch_panic(|| {
            LazyCsvReader::new_with_sources(sources)
                .with_glob(false)
                .with_has_header(options.has_header)
                .with_separator(options.separator)
                .with_quote_char(options.quote)
                .with_eol_char(self.end_of_line)
                .with_null_values(null_values(options))
                .with_try_parse_dates(options.try_parse_dates)
                .with_skip_lines(self.skip_rows)
                .with_n_rows(n_rows)
                .with_truncate_ragged_lines(options.truncate)
                .with_infer_schema_length(Some(SAMPLE))
                .with_infer_schema_files(NonZeroUsize::MAX)
                .with_dtype_overwrite(overrides)
                .with_schema(self.schema.clone())
                .with_rechunk(false)
                .finish()
        });
        told(first, plan)
    }
}

pub(super) fn told<T>(first: &Location, result: Result<PolarsResult<T>, Stopped>) -> Result<T, ReadError> {
    match result {
        Ok(result) => result.map_err(|error| other(first, &error)),
        Err(source) => Err(ReadError::Panicked {
            file: first.name().to_owned(),
            source,
        }),
    }
}
