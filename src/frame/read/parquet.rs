//! Apache Parquet → tables and plans.

use std::io::Cursor;

use polars::prelude::*;

use crate::storage::Location;
use crate::work::Progress;

use super::error::{Content, ReadError};
use super::{columns, source};

const EXPECTED: &str = "a Parquet file";

/// Reads Parquet files with the same columns into one table.
pub fn read_parquet(files: &[Location], progress: &Progress) -> Result<DataFrame, ReadError> {
    columns::stack(files, EXPECTED, progress, |file| {
        source::expect(file, EXPECTED, &[Content::Parquet])?;
        let bytes = source::bytes(file)?;
        source::decode(file, EXPECTED, || ParquetReader::new(Cursor::new(bytes)).finish())
    })
}

/// Creates a plan that reads only the columns and row groups of Parquet files that it needs.
pub fn scan_parquet(files: &[Location]) -> Result<LazyFrame, ReadError> {
    for file in files {
        source::expect(file, EXPECTED, &[Content::Parquet])?;
    }
    columns::plan(files, EXPECTED, |sources| {
        let arguments = ScanArgsParquet {
            glob: false,
            hive_options: HiveOptions::new_disabled(),
            ..ScanArgsParquet::default()
        };
        LazyFrame::scan_parquet_sources(sources, arguments)
    })
}
