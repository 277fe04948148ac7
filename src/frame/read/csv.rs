//! Comma-separated values → tables, and for every way they can be malformed an error with a place.
//!
//! polars does the parsing. Around it: decoding (`decoding`), a check of every record before the parse
//! (`layout`, on `records`), and after a failed parse the search for the cell that caused it (`cells`).

mod block;
mod cells;
mod checker;
mod cutting;
mod decoding;
mod fields;
mod files;
mod layout;
mod lines;
mod options;
mod parted;
mod pieces;
mod plain;
mod records;
mod scan;
mod sheet;
mod step;
mod stream;
mod watch;

use polars::prelude::*;

use crate::storage::Location;
use crate::work::{Progress, catch_panic};

pub use self::lines::{RowLine, RowLines};
use self::options::CheckedOptions;
pub use self::options::CsvOptions;
use self::pieces::{Attempt, Pieces, Sizes};
pub use self::scan::scan_csv;
use self::sheet::{Sheet, other};
use super::columns::{files_of, same_columns};
use super::error::ReadError;

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
    let mut texts = Vec::with_capacity(files.len());
    let mut tables: Vec<DataFrame> = Vec::with_capacity(files.len());
    for file in files {
        let (text, table) = read_one(file, &options, Sizes::USUAL)?;
        if let Some(leader) = tables.first() {
            same_columns(first, &names(leader), file, &names(&table))?;
        }
        tables.push(table);
        texts.push(text);
        task.advance(1);
    }
    let types = common_types(&tables);
    for (text, table) in texts.into_iter().zip(&mut tables) {
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
            *table = text.parse(&again)?;
        }
    }
    let order: Vec<String> = options
        .columns
        .unwrap_or_else(|| types.into_iter().map(|(name, _)| name).collect());
    stack(first, tables, &order, options.n_rows)
}

/// The text of one file, which may be parsed again.
enum Kept<'a> {
    Pieces(Pieces<'a>),
    Sheet(Sheet<'a>),
}

impl Kept<'_> {
    fn parse(self, options: &CheckedOptions) -> Result<DataFrame, ReadError> {
        match self {
            Self::Pieces(pieces) => pieces.sheet(options)?.parse(options),
            Self::Sheet(sheet) => sheet.parse(options),
        }
    }
}

fn read_one<'a>(
    file: &'a Location,
    options: &CheckedOptions,
    sizes: Sizes,
) -> Result<(Kept<'a>, DataFrame), ReadError> {
    let (pieces, attempt) = Pieces::read(file, options, sizes)?;
    if let Attempt::Table(table) = attempt {
        return Ok((Kept::Pieces(pieces), table));
    }
    let sheet = pieces.sheet(options)?;
    let table = match attempt {
        Attempt::Unlike => sheet.parse_all(options)?,
        _ => sheet.parse(options)?,
    };
    Ok((Kept::Sheet(sheet), table))
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
