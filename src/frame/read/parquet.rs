//! Apache Parquet → tables and plans.

use std::io::Cursor;

use polars::prelude::*;

use crate::storage::Location;
use crate::work::Progress;

use super::content::Content;
use super::error::ReadError;
use super::partitions::Partitioned;
use super::scanned::Scan;
use super::{columns, source};

const EXPECTED: &str = "a Parquet file";

/// Reads Parquet files with the same columns into one table.
pub fn read_parquet(files: &[Location], progress: &Progress) -> Result<DataFrame, ReadError> {
    if let Some(first) = files.first()
        && files.iter().any(|file| file.local().is_none())
    {
        let _task = columns::files_of(files, progress);
        return columns::whole(&scan_parquet(files)?, first, EXPECTED);
    }
    columns::stack(files, EXPECTED, progress, |file| {
        is_it(file)?;
        let bytes = source::bytes(file)?;
        source::decode(file, EXPECTED, || ParquetReader::new(Cursor::new(bytes)).finish())
    })
}

/// Creates a plan that reads only the columns and row groups of Parquet files that it needs.
pub fn scan_parquet(files: &[Location]) -> Result<Scan, ReadError> {
    columns::plan(files, EXPECTED, is_it, |sources| {
        LazyFrame::scan_parquet_sources(sources, arguments(HiveOptions::new_disabled()))
    })
}

/// Reads a folder of Parquet files whose folders' names are values of columns into one table.
pub fn read_partitioned_parquet(files: &Partitioned, progress: &Progress) -> Result<DataFrame, ReadError> {
    let _task = progress.begin("reading");
    columns::whole(&scan_partitioned_parquet(files)?, files.first()?, EXPECTED)
}

/// Creates a plan of a folder of Parquet files whose folders' names are values of columns; a condition on those decides
/// which files are read.
pub fn scan_partitioned_parquet(files: &Partitioned) -> Result<Scan, ReadError> {
    let first = files.first()?;
    let scannable = files.scannable()?;
    let planned = scannable.decode(first, EXPECTED, || {
        let arguments = arguments(HiveOptions::new_enabled());
        let mut plan = LazyFrame::scan_parquet_sources(scannable.sources.clone(), arguments)?;
        plan.collect_schema()?;
        Ok(plan)
    });
    let plan = planned.or_else(|error| is_it(first).and(Err(error)))?;
    Ok(scannable.scan(plan))
}

fn arguments(hive_options: HiveOptions) -> ScanArgsParquet {
    ScanArgsParquet {
        glob: false,
        hive_options,
        ..ScanArgsParquet::default()
    }
}

fn is_it(file: &Location) -> Result<(), ReadError> {
    source::expect(file, EXPECTED, &[Content::Parquet])
}
