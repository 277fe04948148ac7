//! The Arrow IPC file format (Feather) → tables and plans.

use std::io::Cursor;

use polars::lazy::dsl::UnifiedScanArgs;
use polars::prelude::*;

use crate::storage::Location;
use crate::work::Progress;

use super::error::{Content, ReadError};
use super::{Format, columns, source};

const EXPECTED: &str = "an Arrow IPC file";

/// The Arrow IPC file format, also called Feather.
#[derive(Debug)]
pub(super) struct Ipc;

impl Format for Ipc {
    fn name(&self) -> &'static str {
        "ipc"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["ipc", "arrow", "feather"]
    }

    fn read(&self, files: &[Location], progress: &Progress) -> Result<DataFrame, ReadError> {
        read_ipc(files, progress)
    }

    fn scan(&self, files: &[Location]) -> Result<LazyFrame, ReadError> {
        scan_ipc(files)
    }
}

/// Reads Arrow IPC files with the same columns into one table.
pub fn read_ipc(files: &[Location], progress: &Progress) -> Result<DataFrame, ReadError> {
    columns::stack(files, EXPECTED, progress, |file| {
        source::expect(file, EXPECTED, &[Content::Ipc])?;
        let bytes = source::bytes(file)?;
        source::decode(file, EXPECTED, || IpcReader::new(Cursor::new(bytes)).finish())
    })
}

/// Creates a plan that reads only the columns of Arrow IPC files that it needs.
pub fn scan_ipc(files: &[Location]) -> Result<LazyFrame, ReadError> {
    for file in files {
        source::expect(file, EXPECTED, &[Content::Ipc])?;
    }
    columns::plan(files, EXPECTED, |sources| {
        let arguments = UnifiedScanArgs {
            glob: false,
            ..UnifiedScanArgs::default()
        };
        LazyFrame::scan_ipc_sources(sources, IpcScanOptions::default(), arguments)
    })
}
