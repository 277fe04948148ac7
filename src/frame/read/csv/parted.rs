//! [`PartedCsv`]: CSV files as a table that comes part by part, which polars parses and nothing else.
//!
//! polars' own source of CSV searches lines byte by byte, and maps whole files into memory. Here lines are known from the check,
//! fields that no one asked for are left out before the parse, and there are only as many parts in memory as are worked on.

use std::sync::Arc;

use polars::io::csv::read::_csv_read_internal::{NullValuesCompiled, read_chunk};
use polars::prelude::*;

use crate::frame::read::parts::Parts;

use super::cutting::{Cutting, Unsound};
use super::fields::Fields;
use super::options::CheckedOptions;
use super::records::Dialect;
use super::sheet::reading;

/// The files of one run of a scan.
pub(super) struct PartedCsv {
    cutting: Cutting,
    columns: CsvColumns,
}

/// The columns of CSV files, and how they are parsed.
pub(super) struct CsvColumns {
    /// All columns of the files.
    schema: SchemaRef,
    /// Which of them are wanted, in their order.
    wanted: Vec<usize>,
    parse: Arc<CsvParseOptions>,
    nulls: Vec<String>,
    null_values: Option<NullValuesCompiled>,
    is_strict: bool,
}

impl CsvColumns {
    /// Prepares to parse these columns, or all.
    ///
    /// # Errors
    ///
    /// polars does not take the texts that stand for nulls.
    pub(super) fn new(
        options: &CheckedOptions,
        end_of_line: u8,
        schema: SchemaRef,
        columns: Option<&[PlSmallStr]>,
    ) -> PolarsResult<Self> {
        let is_wanted =
            |name: &PlSmallStr| columns.is_none_or(|columns| columns.iter().any(|column| column == name));
        let places = schema.iter_names().enumerate();
        let wanted = places.filter_map(|(place, name)| is_wanted(name).then_some(place));
        let wanted = wanted.collect();
        let parse = reading(options, end_of_line).get_parse_options();
        let null_values = parse.null_values.clone().map(|values| values.compile(&schema));
        Ok(Self {
            null_values: null_values.transpose()?,
            nulls: options.null_values.clone(),
            is_strict: !options.truncate,
            schema,
            wanted,
            parse,
        })
    }

    /// Returns whether fields are looked at at all, so that they can be counted.
    pub(super) fn has_some(&self) -> bool {
        !self.wanted.is_empty()
    }

    /// Parses the columns that are wanted of whole records; `is_odd` tells whether their quotes are not as usual, so that polars
    /// has to find the fields.
    pub(super) fn table(
        &self,
        bytes: &[u8],
        rows: usize,
        (dialect, is_odd): (Dialect, bool),
    ) -> PolarsResult<DataFrame> {
        if self.wanted.is_empty() || rows == 0 {
            let empty = self
                .wanted
                .iter()
                .filter_map(|place| self.schema.get_at_index(*place));
            let empty = empty.map(|(name, dtype)| Column::full_null(name.clone(), rows, dtype));
            return DataFrame::new(rows, empty.collect());
        }
        if !is_odd {
            let fields = Fields {
                dialect,
                schema: &self.schema,
                wanted: &self.wanted,
                nulls: &self.nulls,
                is_strict: self.is_strict,
            };
            return fields.parse(bytes, rows);
        }
        let table = read_chunk(
            bytes,
            &self.parse,
            &self.schema,
            false,
            &self.wanted,
            0,
            rows,
            self.null_values.as_ref(),
            usize::MAX,
            bytes.len(),
            Some(0),
        )?;
        if table.height() != rows {
            let detail = format!("polars has read {} rows of {rows}", table.height());
            return Err(PolarsError::ComputeError(detail.into()));
        }
        Ok(table)
    }
}

impl PartedCsv {
    /// Tells whether files of these columns can be read so: cells of a type that is parsed one by one, whatever the others are.
    pub(super) fn can_take(options: &CheckedOptions, schema: &Schema) -> bool {
        options.n_rows.is_none()
            && !options.try_parse_dates
            && !options.truncate
            && schema.len() > 1
            && schema.iter_values().all(is_plain_type)
    }

    /// Begins a run.
    pub(super) fn new(cutting: Cutting, columns: CsvColumns) -> Self {
        Self { cutting, columns }
    }

    /// Returns what cuts the files.
    pub(super) fn cutting(&self) -> &Cutting {
        &self.cutting
    }
}

impl Parts for PartedCsv {
    fn count(&self) -> usize {
        self.cutting.count()
    }

    fn schema(&self) -> &SchemaRef {
        &self.columns.schema
    }

    fn part(&self, number: usize) -> PolarsResult<DataFrame> {
        let unsound = |Unsound| PolarsError::ComputeError("a file is not sound".into());
        let rows = self
            .cutting
            .take(number, self.columns.has_some())
            .map_err(unsound)?;
        let parsed = self
            .columns
            .table(rows.bytes(), rows.count, (rows.dialect, rows.is_odd))?;
        let height = rows.count;
        self.cutting.give_back(number, rows);
        // What no one asked for is there, and has no values.
        let columns = self.columns.schema.iter().map(|(name, dtype)| {
            parsed
                .column(name)
                .map_or_else(|_| Column::full_null(name.clone(), height, dtype), Clone::clone)
        });
        DataFrame::new(height, columns.collect())
    }
}

/// Returns whether cells of a type are parsed one by one, whatever the others are.
pub(super) fn is_plain_type(dtype: &DataType) -> bool {
    dtype.is_primitive_numeric() || matches!(dtype, DataType::String | DataType::Boolean)
}
