//! One CSV file, decoded and checked, and its parse by polars.

use std::io::Cursor;
use std::sync::Arc;

use polars::prelude::*;

use crate::frame::read::content::Content;
use crate::frame::read::error::ReadError;
use crate::frame::read::source;
use crate::storage::Location;
use crate::work::catch_panic;

use super::layout::Layout;
use super::options::{CheckedOptions, TextEncoding};
use super::records::Records;
use super::{cells, decoding};

/// Files up to this many bytes have the types of their columns inferred from all rows at once.
pub(super) const SMALL: usize = 4 << 20;

/// How many rows of a larger file are looked at first.
pub(super) const SAMPLE: usize = 10_000;

/// A decoded and checked file.
pub(super) struct Sheet<'a> {
    location: &'a Location,
    pub(super) text: Vec<u8>,
    pub(super) layout: Layout,
    /// The records alone, where the text has blank lines that polars would take for rows.
    compact: Option<Vec<u8>>,
}

impl<'a> Sheet<'a> {
    pub(super) fn open(location: &'a Location, options: &CheckedOptions) -> Result<Self, ReadError> {
        Self::of(location, source::bytes(location)?, options)
    }

    /// Decodes and checks the bytes of a file, unpacked.
    pub(super) fn of(
        location: &'a Location,
        raw: Vec<u8>,
        options: &CheckedOptions,
    ) -> Result<Self, ReadError> {
        let found = source::content(&raw);
        let wide = matches!(options.encoding, TextEncoding::Other(_));
        let foreign = matches!(
            found,
            Content::Parquet | Content::Ipc | Content::Zip | Content::Sqlite
        ) || (found == Content::Binary && !wide);
        if foreign {
            return Err(ReadError::Foreign {
                file: location.name().to_owned(),
                expected: "a CSV file",
                found,
            });
        }
        let text = decoding::decode(location, raw, options.encoding)?;
        let layout = Layout::of(location, &text, options)?;
        named_columns(location, &layout, options)?;
        let mut sheet = Self {
            location,
            text,
            layout,
            compact: None,
        };
        if sheet.layout.has_blank_rows() {
            sheet.compact = Some(sheet.without_blanks());
        }
        Ok(sheet)
    }

    pub(super) fn body(&self) -> &[u8] {
        let all = || {
            self.text
                .get(self.layout.start..self.layout.end)
                .unwrap_or_default()
        };
        self.compact.as_deref().unwrap_or_else(all)
    }

    fn without_blanks(&self) -> Vec<u8> {
        let body = self.body();
        let mut compact = Vec::with_capacity(body.len());
        for record in Records::new(self.layout.dialect, body, 1, true).filter_map(Result::ok) {
            compact.extend_from_slice(record.bytes);
            compact.push(self.layout.dialect.end_of_line);
        }
        compact
    }

    /// Parses the rows, inferring types from a sample first where there are many.
    pub(super) fn parse(&self, options: &CheckedOptions) -> Result<DataFrame, ReadError> {
        if self.body().len() > SMALL {
            let parsed = self.polars(options, Some(SAMPLE))?;
            if let Ok(table) = parsed
                && !starts_late(&table, SAMPLE)
            {
                return Ok(table);
            }
        }
        self.parse_all(options)
    }

    /// Parses the rows, inferring types from all of them.
    pub(super) fn parse_all(&self, options: &CheckedOptions) -> Result<DataFrame, ReadError> {
        self.polars(options, None)?.map_err(|error| {
            match cells::first_bad_cell(self.location, &self.text, &self.layout, options, None) {
                Some(cell) => ReadError::Cell(Box::new(cell)),
                None => other(self.location, &error),
            }
        })
    }

    fn polars(
        &self,
        options: &CheckedOptions,
        sample: Option<usize>,
    ) -> Result<PolarsResult<DataFrame>, ReadError> {
        let read = reading(options, self.layout.dialect.end_of_line)
            .with_has_header(options.has_header)
            .with_infer_schema_length(sample)
            .with_schema_overwrite(overrides(options, &self.layout.columns))
            .with_columns(kept(options));
        parsed(self.location, read, self.body())
    }
}

/// Returns how polars is to read text, whatever types it has.
pub(super) fn reading(options: &CheckedOptions, end_of_line: u8) -> CsvReadOptions {
    CsvReadOptions::default().map_parse_options(|parse| {
        parse
            .with_separator(options.separator)
            .with_quote_char(options.quote)
            .with_eol_char(end_of_line)
            .with_null_values(null_values(options))
            .with_try_parse_dates(options.try_parse_dates)
            .with_truncate_ragged_lines(options.truncate)
    })
}

/// Returns the columns that are wanted; `None` for all.
fn kept(options: &CheckedOptions) -> Option<Arc<[PlSmallStr]>> {
    let names = options.columns.as_ref()?;
    Some(names.iter().map(PlSmallStr::from).collect())
}

/// Lets polars parse a text.
pub(super) fn parsed(
    location: &Location,
    read: CsvReadOptions,
    text: &[u8],
) -> Result<PolarsResult<DataFrame>, ReadError> {
    let parsed = catch_panic(|| read.into_reader_with_file_handle(Cursor::new(text)).finish());
    parsed.map_err(|source| ReadError::Panicked {
        file: location.name().to_owned(),
        source,
    })
}

/// Tells a table with a text column whose whole sample was null: its type may come from the rows after it.
pub(super) fn starts_late(table: &DataFrame, sample: usize) -> bool {
    table.columns().iter().any(|column| {
        column.dtype() == &DataType::String
            && column.null_count() < column.len()
            && column.head(Some(sample)).null_count() == sample
    })
}

pub(super) fn named_columns(
    location: &Location,
    layout: &Layout,
    options: &CheckedOptions,
) -> Result<(), ReadError> {
    for (column, _) in &options.overrides {
        layout.position(location, "schema_overrides", column)?;
    }
    for column in options.columns.iter().flatten() {
        layout.position(location, "columns", column)?;
    }
    Ok(())
}

/// Returns the types of columns that are not to be inferred.
pub(super) fn overrides(options: &CheckedOptions, columns: &[String]) -> Option<SchemaRef> {
    if !options.infer {
        let given = |column: &String| options.overrides.iter().find(|(name, _)| name == column);
        let dtype = |column| given(column).map_or(DataType::String, |(_, dtype)| dtype.clone());
        let fields = columns
            .iter()
            .map(|column| Field::new(column.into(), dtype(column)));
        return Some(Arc::new(fields.collect()));
    }
    if options.overrides.is_empty() {
        return None;
    }
    let schema: Schema = options
        .overrides
        .iter()
        .filter(|(name, _)| columns.contains(name))
        .map(|(name, dtype)| Field::new(name.into(), dtype.clone()))
        .collect();
    Some(Arc::new(schema))
}

pub(super) fn null_values(options: &CheckedOptions) -> Option<NullValues> {
    let values = &options.null_values;
    (!values.is_empty()).then(|| NullValues::AllColumns(values.iter().map(PlSmallStr::from).collect()))
}

pub(super) fn other(location: &Location, error: &PolarsError) -> ReadError {
    ReadError::Other {
        file: location.name().to_owned(),
        expected: "a CSV file",
        detail: source::one_line(&error.to_string()),
    }
}
