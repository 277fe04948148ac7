//! Files of a mount as frames, and frames as files.

use std::path::Path;

use super::error::DataError;
use super::options;
use super::schema::overrides;
use crate::error::Error;
use crate::frame::Frame;
use crate::frame::read::{self, Finding, Found};
use crate::frame::write::{self, Format, Ipc, Mode, Ndjson, Parquet};
use crate::pipeline::definition::{FileDataset, FileFormat};
use crate::storage::{Location, Mounts};
use crate::work::Interrupt;

/// Reads the files at `path` as a frame that streams.
///
/// The types of CSV columns are those of the dataset's schema, where it has one; `as_texts` leaves the others texts.
///
/// # Errors
///
/// There are no such files, or they are not what the dataset says.
pub(in crate::pipeline) fn read_file(
    (dataset, as_texts): (&FileDataset, bool),
    path: &str,
    mounts: &Mounts,
    interrupt: &Interrupt,
) -> Result<Frame, DataError> {
    let format = format_of(dataset, path)?;
    options::check(format, &dataset.options)?;
    let found = Finding::of(path, mounts)?.found;
    let progress = interrupt.progress();
    let (scan, files) = match (format, found) {
        (FileFormat::Parquet, Found::Partitioned(files)) => {
            let scan = read::scan_partitioned_parquet(&files).map_err(DataError::of)?;
            (scan, files.files().to_vec())
        }
        (format, found) => {
            let files = found.into_files().map_err(DataError::of)?;
            let scan = match format {
                FileFormat::Csv => {
                    let mut reading = options::reading(&dataset.options)?;
                    reading.infer_schema = !(as_texts && dataset.schema.is_empty());
                    reading.schema_overrides = overrides(&dataset.schema)?;
                    match read::scan_csv(&files, &reading, progress) {
                        // Columns may have gone: what has changed is told then, and not that a type is of none.
                        Err(error) if !dataset.schema.is_empty() => {
                            reading.schema_overrides.clear();
                            let plain = read::scan_csv(&files, &reading, progress);
                            let plain = plain.map_err(|_| DataError::of(error))?;
                            return Ok(Frame::checked_scan(plain, files));
                        }
                        scan => scan,
                    }
                }
                FileFormat::Parquet => read::scan_parquet(&files),
                FileFormat::Ndjson => read::scan_ndjson(&files),
                FileFormat::Ipc => read::scan_ipc(&files),
            };
            (scan.map_err(DataError::of)?, files)
        }
    };
    let sources = files.iter().map(Location::unpinned).collect();
    Ok(Frame::checked_scan(scan, sources))
}

/// Writes a frame to the file at `path`, which appears whole or not at all, and replaces one that is there.
///
/// # Errors
///
/// The rows cannot be computed, or the file cannot be written.
pub(in crate::pipeline) fn write_file(
    frame: &Frame,
    dataset: &FileDataset,
    location: &Location,
    interrupt: &Interrupt,
) -> Result<(), DataError> {
    let format = format_of(dataset, location.name())?;
    options::check(format, &dataset.options)?;
    let written = match format {
        FileFormat::Csv => put(frame, &options::writing(&dataset.options)?, location, interrupt),
        FileFormat::Parquet => put(frame, &Parquet::DEFAULT, location, interrupt),
        FileFormat::Ndjson => put(frame, &Ndjson, location, interrupt),
        FileFormat::Ipc => put(frame, &Ipc, location, interrupt),
    };
    Ok(written?)
}

fn put(frame: &Frame, format: &dyn Format, location: &Location, interrupt: &Interrupt) -> Result<(), Error> {
    if frame.is_scan() {
        return frame.sink(format, location, Mode::Overwrite, interrupt);
    }
    let mut table = frame.collect(interrupt)?;
    Ok(write::write_to(format, &mut table, location, Mode::Overwrite)?)
}

/// Returns what is in a file: what the dataset says, or what the ending of its name says.
fn format_of(dataset: &FileDataset, path: &str) -> Result<FileFormat, DataError> {
    if let Some(format) = dataset.format {
        return Ok(format);
    }
    let ending = Path::new(path).extension().and_then(|ending| ending.to_str());
    match ending.map(str::to_ascii_lowercase).as_deref() {
        Some("csv" | "tsv" | "txt") => Ok(FileFormat::Csv),
        Some("parquet" | "pq") => Ok(FileFormat::Parquet),
        Some("ndjson" | "jsonl") => Ok(FileFormat::Ndjson),
        Some("ipc" | "arrow" | "feather") => Ok(FileFormat::Ipc),
        _ => Err(DataError::NoFormat {
            path: path.to_owned(),
        }),
    }
}
