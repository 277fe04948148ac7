//! [`Spool`]: rows that come from somewhere once, kept in a file without a name so that they can be scanned as often as
//! needed.
//!
//! Polars' streaming engine takes rows from files and from memory, and from nothing that gives them batch by batch. A result
//! that may be larger than memory goes through an Arrow IPC file, compressed, that has no name where the system can do
//! that: it takes no more room than the rows, and whatever ends the process removes it.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;
use std::sync::Arc;

use polars::io::ipc::{BatchedWriter, IpcWriter};
use polars::lazy::dsl::UnifiedScanArgs;
use polars::prelude::{
    CompatLevel, DataFrame, DslPlan, HiveOptions, IpcCompression, IpcScanOptions, LazyFrame, PlRefPath,
    PolarsError, PolarsResult, ScanSources, SchemaExt as _, SerWriter as _,
};
use polars_arrow::io::ipc::write::default_ipc_fields;

use super::digest::TableDigest;
use super::error::FrameError;
use super::frame::Frame;
use super::read::{ReadError, Scan, Scanned};
use crate::digest::{Digest, Digester};
use crate::file::AtomicFile;
use crate::work::Progress;

/// Rows on their way into a file without a name.
pub struct Spool {
    file: AtomicFile,
    writer: Option<BatchedWriter<File>>,
    rows: u64,
    digester: Digester,
}

/// What was spooled: the rows as a scan, how many they are, and their digest, batch by batch.
pub struct Spooled {
    /// The rows.
    pub frame: Frame,
    /// How many.
    pub rows: u64,
    /// What tells these rows, in these batches, from others.
    pub digest: Digest,
}

impl Spool {
    /// Creates the file in `folder`, which is there.
    ///
    /// # Errors
    ///
    /// No file can be created there.
    pub fn new(folder: &Path) -> io::Result<Self> {
        Ok(Self {
            file: AtomicFile::create(&folder.join("rows"), true)?,
            writer: None,
            rows: 0,
            digester: Digester::new("spool"),
        })
    }

    /// Adds rows; all batches have the same columns.
    ///
    /// # Errors
    ///
    /// The disk is full.
    pub fn add(&mut self, batch: &DataFrame) -> Result<(), FrameError> {
        let writer = if let Some(writer) = &mut self.writer {
            writer
        } else {
            let file = OpenOptions::new().write(true).open(self.file.path());
            let file = file.map_err(|error| failed(&error.into()))?;
            let arrow = batch.schema().to_arrow(CompatLevel::newest());
            let fields = default_ipc_fields(arrow.iter_values());
            let writer = IpcWriter::new(file).with_compression(Some(IpcCompression::LZ4));
            let begun = writer.batched(batch.schema(), fields);
            self.writer.insert(begun.map_err(|error| failed(&error))?)
        };
        writer.write_batch(batch).map_err(|error| failed(&error))?;
        self.rows += batch.height() as u64;
        self.digester.digest("batch", &TableDigest::of(batch).id.digest);
        Ok(())
    }

    /// Ends the file, and returns its rows as a scan.
    ///
    /// # Errors
    ///
    /// The disk is full.
    pub fn finish(self) -> Result<Spooled, FrameError> {
        let scan = || -> PolarsResult<(LazyFrame, ScanSources)> {
            if let Some(mut writer) = self.writer {
                writer.finish()?;
            }
            let path = PlRefPath::try_from_path(self.file.path())?;
            let sources = ScanSources::Paths([path].into_iter().collect());
            let arguments = UnifiedScanArgs {
                glob: false,
                hive_options: HiveOptions::new_disabled(),
                ..UnifiedScanArgs::default()
            };
            let plan = LazyFrame::scan_ipc_sources(sources.clone(), IpcScanOptions::default(), arguments)?;
            Ok((plan, sources))
        };
        let (plan, sources) = scan().map_err(|error| failed(&error))?;
        let kept = SpoolFile {
            sources,
            _file: self.file,
        };
        let scan = Scan {
            plan,
            checks: vec![Arc::new(kept)],
        };
        Ok(Spooled {
            frame: Frame::checked_scan(scan, Vec::new()),
            rows: self.rows,
            digest: self.digester.finish(),
        })
    }
}

/// The file, which is there as long as something scans it.
struct SpoolFile {
    sources: ScanSources,
    _file: AtomicFile,
}

impl Scanned for SpoolFile {
    fn sources(&self) -> &ScanSources {
        &self.sources
    }

    fn prepare(&self, _rows: Option<usize>, _progress: &Progress) -> Result<Option<DslPlan>, ReadError> {
        Ok(None)
    }

    fn blame(&self) -> Option<ReadError> {
        None
    }

    fn lost(&self) -> ReadError {
        ReadError::NoFiles
    }
}

fn failed(error: &PolarsError) -> FrameError {
    FrameError::from_polars(error, "scan_query", &[])
}
