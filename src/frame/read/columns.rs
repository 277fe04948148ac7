//! Whether several files can form one table.

use std::sync::Arc;

use polars::prelude::*;

use crate::storage::Location;
use crate::work::{Progress, Task};

use super::error::ReadError;
use super::scannable::Scannable;
use super::scanned::Scan;
use super::source;

/// Refuses a file whose columns are not those of the first file; their order may differ.
pub(super) fn same_columns(
    first: &Location,
    expected: &[String],
    file: &Location,
    found: &[String],
) -> Result<(), ReadError> {
    let without = |these: &[String], others: &[String]| -> Vec<String> {
        these
            .iter()
            .filter(|name| !others.contains(name))
            .cloned()
            .collect()
    };
    let missing = without(expected, found);
    let extra = without(found, expected);
    if missing.is_empty() && extra.is_empty() {
        return Ok(());
    }
    Err(ReadError::Columns {
        file: file.name().to_owned(),
        first: first.name().to_owned(),
        missing,
        extra,
    })
}

/// Refuses a file whose columns are not those of the first file by name and type; their order may differ.
pub(super) fn same_schema(
    first: &Location,
    expected: &Schema,
    file: &Location,
    found: &Schema,
) -> Result<(), ReadError> {
    let names = |schema: &Schema| schema.iter_names().map(ToString::to_string).collect::<Vec<_>>();
    same_columns(first, &names(expected), file, &names(found))?;
    for (column, dtype) in expected.iter() {
        match found.get(column) {
            Some(other) if other != dtype => {
                return Err(ReadError::Types {
                    file: file.name().to_owned(),
                    first: first.name().to_owned(),
                    column: column.to_string(),
                    expected: dtype.to_string(),
                    found: other.to_string(),
                });
            }
            _ => {}
        }
    }
    Ok(())
}

/// Reads files one by one with `read` and puts their rows under each other, in the order of the files.
pub(super) fn stack(
    files: &[Location],
    expected: &'static str,
    progress: &Progress,
    read: impl Fn(&Location) -> Result<DataFrame, ReadError>,
) -> Result<DataFrame, ReadError> {
    let Some((first, others)) = files.split_first() else {
        return Err(ReadError::NoFiles);
    };
    let task = files_of(files, progress);
    let mut all = read(first)?;
    task.advance(1);
    let names = all.get_column_names_owned();
    for file in others {
        let table = read(file)?;
        same_schema(first, all.schema(), file, table.schema())?;
        all = source::decode(file, expected, || {
            all.vstack(&table.select(names.iter().cloned())?)
        })?;
        task.advance(1);
    }
    all.rechunk_mut();
    Ok(all)
}

/// Starts the task of reading files; one file alone is not worth counting.
pub(super) fn files_of(files: &[Location], progress: &Progress) -> Task {
    match files {
        [] | [_] => progress.begin("reading"),
        several => progress.count("reading", "files", several.len() as u64),
    }
}

/// Creates one plan of files of which each can be planned with `scan`, after comparing their schemas.
///
/// `is_it` says what is wrong with a file of which polars can make nothing.
pub(super) fn plan(
    files: &[Location],
    expected: &'static str,
    is_it: impl Fn(&Location) -> Result<(), ReadError> + Sync,
    scan: impl Fn(ScanSources) -> PolarsResult<LazyFrame> + Sync,
) -> Result<Scan, ReadError> {
    let Some(first) = files.first() else {
        return Err(ReadError::NoFiles);
    };
    let scannable = Scannable::new(files)?;
    let schema_of = |(index, file): (usize, &Location)| {
        let schema = scannable.decode(file, expected, || {
            scan(one(&scannable.sources, index))?.collect_schema()
        });
        schema.or_else(|error| is_it(file).and(Err(error)))
    };
    let numbered: Vec<_> = files.iter().enumerate().collect();
    let mut leader: Option<SchemaRef> = None;
    for (file, schema) in files.iter().zip(source::each(&numbered, |&file| schema_of(file))) {
        let schema = schema?;
        match &leader {
            None => leader = Some(schema),
            Some(leader) => same_schema(first, leader, file, &schema)?,
        }
    }
    let plan = scannable.decode(first, expected, || scan(scannable.sources.clone()))?;
    Ok(scannable.scan(plan))
}

/// Returns one of several sources.
fn one(sources: &ScanSources, index: usize) -> ScanSources {
    match sources {
        ScanSources::Buffers(all) => ScanSources::Buffers(all.get(index).cloned().into_iter().collect()),
        ScanSources::Paths(all) => ScanSources::Paths(all.get(index).cloned().into_iter().collect()),
        // There are none of these here.
        ScanSources::Files(all) => ScanSources::Files(Arc::clone(all)),
    }
}

/// Runs a scan of `first` and others, and returns all of its rows.
pub(super) fn whole(scan: &Scan, first: &Location, expected: &'static str) -> Result<DataFrame, ReadError> {
    let collect = || {
        Ok(scan
            .plan
            .clone()
            .collect_with_engine(Engine::Streaming)?
            .unwrap_single())
    };
    let mut table = source::decode(first, expected, collect).map_err(|error| {
        scan.checks
            .iter()
            .find_map(|check| check.failure())
            .unwrap_or(error)
    })?;
    table.rechunk_mut();
    Ok(table)
}
