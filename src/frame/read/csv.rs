//! Comma-separated values → tables, and for every way they can be malformed an error with a place.
//!
//! polars does the parsing. Around it: decoding (`decoding`), a check of every record before the parse
//! (`layout`, on `records`), and after a failed parse the search for the cell that caused it (`cells`).

mod cells;
mod decoding;
mod layout;
mod options;
mod records;
mod sheet;

use std::num::NonZeroUsize;
use std::sync::Arc;

use polars::prelude::*;

use crate::storage::Location;
use crate::work::{Progress, Task, catch_panic};

use self::layout::Layout;
pub use self::options::CsvOptions;
use self::options::{CheckedOptions, TextEncoding};
use self::sheet::{SAMPLE, Sheet, named_columns, null_values, other, overrides};
use super::columns::{files_of, same_columns};
use super::error::{Content, ReadError};
use super::{Format, source};

/// Comma-separated values.
#[derive(Debug)]
pub(super) struct Csv;

impl Format for Csv {
    fn name(&self) -> &'static str {
        "csv"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["csv", "tsv", "txt", "csv.gz", "csv.zst"]
    }

    fn read(&self, files: &[Location], progress: &Progress) -> Result<DataFrame, ReadError> {
        read_csv(files, &CsvOptions::default(), progress)
    }

    fn scan(&self, files: &[Location]) -> Result<LazyFrame, ReadError> {
        scan_csv(files, &CsvOptions::default(), &Progress::default())
    }
}

/// Reads CSV files into one table, their rows in the order of the files.
///
/// Whole numbers become `Int64`, other numbers `Float64`, `true` and `false` `Boolean`, everything else
/// `String`; a column's type is decided by all of its cells. Files must have the same columns, in any order; a
/// column that holds whole numbers in one and decimals in another is read as decimals from both, and any other
/// disagreement as text.
pub fn read_csv(
    files: &[Location],
    options: &CsvOptions,
    progress: &Progress,
) -> Result<DataFrame, ReadError> {
    let options = options.check()?;
    let Some(first) = files.first() else {
        return Err(ReadError::NoFiles);
    };
    let task = files_of(files, progress);
    let mut sheets = Vec::with_capacity(files.len());
    let mut tables: Vec<DataFrame> = Vec::with_capacity(files.len());
    for file in files {
        let sheet = Sheet::open(file, &options)?;
        let table = sheet.parse(&options)?;
        if let Some(leader) = tables.first() {
            same_columns(first, &names(leader), file, &names(&table))?;
        }
        tables.push(table);
        sheets.push(sheet);
        task.advance(1);
    }
    let types = common_types(&tables);
    for (sheet, table) in sheets.iter().zip(&mut tables) {
        let changed: Vec<_> = types
            .iter()
            .filter(|(name, dtype)| table.column(name).is_ok_and(|column| column.dtype() != dtype))
            .cloned()
            .collect();
        if !changed.is_empty() {
            let mut again = options.clone();
            for (name, dtype) in changed {
                again.overrides.retain(|(column, _)| *column != name);
                again.overrides.push((name, dtype));
            }
            *table = sheet.parse(&again)?;
        }
    }
    let order: Vec<String> = options
        .columns
        .unwrap_or_else(|| types.into_iter().map(|(name, _)| name).collect());
    stack(first, tables, &order, options.n_rows)
}

/// Creates a plan that reads CSV files in pieces, for data larger than memory.
///
/// The files are checked now, as [`read_csv`] does, in constant memory; types are inferred from the first
/// 10,000 rows. Files that are compressed, not in UTF-8, or have blank lines between rows are held in memory.
pub fn scan_csv(
    files: &[Location],
    unchecked: &CsvOptions,
    progress: &Progress,
) -> Result<LazyFrame, ReadError> {
    let options = unchecked.check()?;
    let Some(first) = files.first() else {
        return Err(ReadError::NoFiles);
    };
    let size = |file: &Location| file.version().map_or(0, |version| version.size);
    let task = progress.count("checking", "bytes", files.iter().map(size).sum());
    let mut layouts = Vec::with_capacity(files.len());
    let mut texts = Vec::new();
    for file in files {
        let layout = if let Some(layout) = in_place(file, &options, &task)? {
            layout
        } else {
            let sheet = Sheet::open(file, &options)?;
            texts.push(sheet.body().to_vec().into());
            sheet.layout
        };
        layouts.push(layout);
    }
    // Either all sources are files, or all are in memory.
    let in_place = texts.is_empty();
    if !in_place && texts.len() < files.len() {
        texts.clear();
        for file in files {
            texts.push(Sheet::open(file, &options)?.body().to_vec().into());
        }
    }
    let Some(leader) = layouts.first() else {
        return Err(ReadError::NoFiles);
    };
    for (file, layout) in files.iter().zip(&layouts) {
        same_columns(first, &leader.columns, file, &layout.columns)?;
    }
    if layouts.iter().any(|layout| layout.columns != leader.columns) {
        return in_one_order(files, unchecked, &options, &leader.columns);
    }
    named_columns(first, leader, &options)?;
    let sources = if in_place {
        source::scannable(files)?
    } else {
        ScanSources::Buffers(Arc::from(texts))
    };
    let plan = catch_panic(|| {
        LazyCsvReader::new_with_sources(sources)
            .with_glob(false)
            .with_has_header(options.has_header)
            .with_separator(options.separator)
            .with_quote_char(options.quote)
            .with_eol_char(leader.dialect.end_of_line)
            .with_null_values(null_values(&options))
            .with_try_parse_dates(options.try_parse_dates)
            .with_skip_lines(if in_place { options.skip_rows } else { 0 })
            .with_n_rows(options.n_rows)
            .with_truncate_ragged_lines(options.truncate)
            .with_infer_schema_length(Some(SAMPLE))
            .with_infer_schema_files(NonZeroUsize::MAX)
            .with_dtype_overwrite(overrides(&options, &leader.columns))
            .with_rechunk(false)
            .finish()
    });
    let plan = match plan {
        Ok(plan) => plan.map_err(|error| other(first, &error))?,
        Err(source) => {
            return Err(ReadError::Panicked {
                file: first.name().to_owned(),
                source,
            });
        }
    };
    Ok(match &options.columns {
        Some(columns) => plan.select([by_name(columns.clone(), true, false).as_expr()]),
        None => plan,
    })
}

/// Plans files whose columns are in different orders one by one: polars goes by position.
fn in_one_order(
    files: &[Location],
    unchecked: &CsvOptions,
    options: &CheckedOptions,
    columns: &[String],
) -> Result<LazyFrame, ReadError> {
    let Some(first) = files.first() else {
        return Err(ReadError::NoFiles);
    };
    let order = options.columns.as_deref().unwrap_or(columns);
    let mut plans = Vec::with_capacity(files.len());
    for file in files {
        let plan = scan_csv(std::slice::from_ref(file), unchecked, &Progress::default())?;
        plans.push(plan.select([by_name(order.to_vec(), true, false).as_expr()]));
    }
    let arguments = UnionArgs {
        to_supertypes: true,
        ..UnionArgs::default()
    };
    let plan = match catch_panic(|| concat(plans, arguments)) {
        Ok(plan) => plan.map_err(|error| other(first, &error))?,
        Err(source) => {
            return Err(ReadError::Panicked {
                file: first.name().to_owned(),
                source,
            });
        }
    };
    Ok(match options.n_rows {
        Some(n_rows) => plan.limit(u32::try_from(n_rows).unwrap_or(u32::MAX)),
        None => plan,
    })
}

/// Checks a file that polars can read where it is; `None` means that it has to be prepared in memory.
fn in_place(file: &Location, options: &CheckedOptions, task: &Task) -> Result<Option<Layout>, ReadError> {
    let compressed = matches!(
        source::content(&source::head(file)?),
        Content::Gzip | Content::Zstd
    );
    if compressed || options.encoding != TextEncoding::Utf8 || file.local().is_none() {
        return Ok(None);
    }
    let layout = Layout::stream(file, options, task)?;
    let as_rows = layout.blanks && layout.columns.len() > 1;
    Ok((!as_rows).then_some(layout))
}

/// Finds the cell that made a plan of [`scan_csv`] fail while it ran, whose types were `schema`.
///
/// Reads the files again, one at a time in memory; `None` means that none of their cells is to blame.
pub fn explain_csv(files: &[Location], options: &CsvOptions, schema: &Schema) -> Option<ReadError> {
    let options = options.check().ok()?;
    files.iter().find_map(|file| match Sheet::open(file, &options) {
        Err(error) => Some(error),
        Ok(sheet) => cells::first_bad_cell(file, &sheet.text, &sheet.layout, &options, Some(schema))
            .map(|cell| ReadError::Cell(Box::new(cell))),
    })
}

fn names(table: &DataFrame) -> Vec<String> {
    table.get_column_names().iter().map(ToString::to_string).collect()
}

/// Returns for each column of the first table the type in which all tables can hold it.
fn common_types(tables: &[DataFrame]) -> Vec<(String, DataType)> {
    let Some(first) = tables.first() else {
        return Vec::new();
    };
    let common = |column: &Column| {
        let name = column.name();
        let mut types = tables
            .iter()
            .filter_map(|table| table.column(name).ok())
            .filter(|column| column.null_count() < column.len())
            .map(|column| column.dtype().clone());
        let first = types.next().unwrap_or_else(|| column.dtype().clone());
        types.fold(first, |common, dtype| match (common, dtype) {
            (common, dtype) if common == dtype => common,
            (DataType::Int64, DataType::Float64) | (DataType::Float64, DataType::Int64) => DataType::Float64,
            _ => DataType::String,
        })
    };
    first
        .columns()
        .iter()
        .map(|column| (column.name().to_string(), common(column)))
        .collect()
}

fn stack(
    first: &Location,
    tables: Vec<DataFrame>,
    order: &[String],
    n_rows: Option<usize>,
) -> Result<DataFrame, ReadError> {
    let stacked = catch_panic(|| -> PolarsResult<DataFrame> {
        let mut tables = tables.into_iter();
        let mut all = match tables.next() {
            Some(table) => table.select(order)?,
            None => DataFrame::empty(),
        };
        for table in tables {
            all.vstack_mut_owned(table.select(order)?)?;
        }
        if let Some(n_rows) = n_rows {
            all = all.head(Some(n_rows));
        }
        all.rechunk_mut();
        Ok(all)
    });
    match stacked {
        Ok(table) => table.map_err(|error| other(first, &error)),
        Err(source) => Err(ReadError::Panicked {
            file: first.name().to_owned(),
            source,
        }),
    }
}

#[cfg(test)]
mod tests;
