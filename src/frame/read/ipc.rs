//! The Arrow IPC file format (Feather) → tables and plans.

use std::io::{self, BufReader, Cursor, Read, Seek, SeekFrom};
use std::sync::{Arc, PoisonError};

use either::Either;
use polars::io::mmap::MmapBytesReader;
use polars::lazy::dsl::UnifiedScanArgs;
use polars::prelude::*;
use polars_plan::dsl::FileScanIR;
use polars_plan::plans::{FileInfo, IR};

use crate::storage::Location;
use crate::work::Progress;

use super::content::Content;
use super::error::ReadError;
use super::scannable::Scannable;
use super::scanned::Scan;
use super::{columns, source};

const EXPECTED: &str = "an Arrow IPC file";

/// How much is read at a time to find the columns of a file.
const FOOTER: usize = 64 << 10;

/// Reads Arrow IPC files with the same columns into one table.
pub fn read_ipc(files: &[Location], progress: &Progress) -> Result<DataFrame, ReadError> {
    columns::stack(files, EXPECTED, progress, |file| {
        is_it(file)?;
        let bytes = source::bytes(file)?;
        source::decode(file, EXPECTED, || IpcReader::new(Cursor::new(bytes)).finish())
    })
}

/// Creates a plan that reads Arrow IPC files in pieces, of files of this machine only the columns that it needs.
pub fn scan_ipc(files: &[Location]) -> Result<Scan, ReadError> {
    if files.iter().any(|file| file.local().is_none()) {
        return scan_far(files);
    }
    columns::plan(files, EXPECTED, is_it, scan)
}

fn is_it(file: &Location) -> Result<(), ReadError> {
    source::expect(file, EXPECTED, &[Content::Ipc])
}

fn scan(sources: ScanSources) -> PolarsResult<LazyFrame> {
    let arguments = UnifiedScanArgs {
        glob: false,
        hive_options: HiveOptions::new_disabled(),
        ..UnifiedScanArgs::default()
    };
    LazyFrame::scan_ipc_sources(sources, IpcScanOptions::default(), arguments)
}

/// Plans files that are not paths of this machine; polars would begin with a folder of its own for what it downloads.
fn scan_far(files: &[Location]) -> Result<Scan, ReadError> {
    let scannable = Scannable::new(files)?;
    let pinned = scannable
        .bridge
        .as_ref()
        .map_or_else(Vec::new, |bridge| bridge.files());
    let Some((first, others)) = pinned.split_first() else {
        return Err(ReadError::NoFiles);
    };
    let arrow = arrow_schema(first)?;
    let schema: SchemaRef = Arc::new(Schema::from_arrow_schema(&arrow));
    for (file, other) in others.iter().zip(source::each(others, arrow_schema)) {
        let other = Schema::from_arrow_schema(other?.as_ref());
        columns::same_schema(first, &schema, file, &other)?;
    }
    let plan = scannable.decode(first, EXPECTED, || scan(scannable.sources.clone()))?;
    if let DslPlan::Scan {
        sources,
        unified_scan_args,
        cached_ir,
        ..
    } = &plan.logical_plan
    {
        let resolved = IR::Scan {
            sources: sources.clone(),
            file_info: FileInfo::new(schema, Some(Either::Left(arrow)), (None, usize::MAX)),
            hive_parts: None,
            predicate: None,
            predicate_file_skip_applied: None,
            output_schema: None,
            scan_type: Box::new(FileScanIR::Ipc {
                options: IpcScanOptions::default(),
                metadata: None,
            }),
            unified_scan_args: unified_scan_args.clone(),
        };
        *cached_ir.lock().unwrap_or_else(PoisonError::into_inner) = Some(resolved);
    }
    Ok(scannable.scan(plan))
}

/// Reads the columns of a file, which are at its end.
fn arrow_schema(file: &Location) -> Result<Arc<ArrowSchema>, ReadError> {
    is_it(file)?;
    let size = file.version().map_or(0, |version| version.size);
    let bytes = Buffered(BufReader::with_capacity(FOOTER, Ranges { file, size, at: 0 }));
    source::decode(file, EXPECTED, || IpcReader::new(bytes).schema())
}

/// The same for polars, which is neither given a file nor all of its bytes.
struct Buffered<'a>(BufReader<Ranges<'a>>);

impl Read for Buffered<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Seek for Buffered<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.0.seek(to)
    }
}

impl MmapBytesReader for Buffered<'_> {}

/// The bytes of a file, wherever they are asked for.
struct Ranges<'a> {
    file: &'a Location,
    size: u64,
    at: u64,
}

impl Read for Ranges<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let end = self.at.saturating_add(buffer.len() as u64).min(self.size);
        let bytes = self.file.range(self.at.min(end)..end)?;
        if let Some(to) = buffer.get_mut(..bytes.len()) {
            to.copy_from_slice(&bytes);
        }
        self.at += bytes.len() as u64;
        Ok(bytes.len())
    }
}

impl Seek for Ranges<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.size.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}
