//! Tables → the Arrow IPC file format (Feather).

use std::io::Write;

use polars::lazy::dsl::FileWriteFormat;
use polars::prelude::*;

use super::{Format, WriteError, encode};

/// The Arrow IPC file format, also called Feather; not compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ipc;

impl Format for Ipc {
    fn name(&self) -> &'static str {
        "ipc"
    }

    fn write(&self, table: &mut DataFrame, out: &mut dyn Write) -> Result<(), WriteError> {
        encode("ipc", || IpcWriter::new(out).finish(table))
    }

    fn pieces(&self) -> FileWriteFormat {
        FileWriteFormat::Ipc(IpcWriterOptions::default())
    }
}
