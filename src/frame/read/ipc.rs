//! The Arrow IPC file format (Feather) → tables and plans.

use std::io::Cursor;

use polars::lazy::dsl::UnifiedScanArgs;
use polars::prelude::*;

use crate::storage::Location;
use crate::work::Progress;

use super::error::{Content, ReadError};
use super::{columns, source};

const EXPECTED: &str = "an Arrow IPC file";

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
            hive_options: HiveOptions::new_disabled(),
            ..UnifiedScanArgs::default()
        };
        LazyFrame::scan_ipc_sources(sources, IpcScanOptions::default(), arguments)
    })
}
