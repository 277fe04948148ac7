//! Tables → newline-delimited JSON, one object on each line.

use std::io::Write;

use polars::lazy::dsl::FileWriteFormat;
use polars::prelude::*;

use super::{Format, WriteError, encode};

/// Newline-delimited JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ndjson;

impl Format for Ndjson {
    fn name(&self) -> &'static str {
        "ndjson"
    }

    fn write(&self, table: &mut DataFrame, out: &mut dyn Write) -> Result<(), WriteError> {
        encode("ndjson", || {
            JsonWriter::new(out)
                .with_json_format(JsonFormat::JsonLines)
                .finish(table)
        })
    }

    fn pieces(&self) -> FileWriteFormat {
        FileWriteFormat::NDJson(NDJsonWriterOptions {
            check_extension: false,
            ..NDJsonWriterOptions::default()
        })
    }
}
