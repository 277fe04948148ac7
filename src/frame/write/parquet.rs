//! Tables → Apache Parquet.

use std::io::Write;
use std::sync::Arc;

use polars::lazy::dsl::FileWriteFormat;
use polars::prelude::*;

use super::{Format, WriteError, encode};

/// Apache Parquet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parquet {
    compression: ParquetCompression,
}

impl Parquet {
    /// Compressed by Zstandard.
    pub const DEFAULT: Self = Self {
        compression: ParquetCompression::Zstd(None),
    };

    /// Checks and takes the compression: `"zstd"`, `"snappy"`, `"gzip"`, `"brotli"`, `"lz4"` or `"uncompressed"`.
    pub fn new(compression: &str) -> Result<Self, WriteError> {
        let compression = match compression {
            "zstd" => ParquetCompression::Zstd(None),
            "snappy" => ParquetCompression::Snappy,
            "gzip" => ParquetCompression::Gzip(None),
            "brotli" => ParquetCompression::Brotli(None),
            "lz4" => ParquetCompression::Lz4Raw,
            "uncompressed" => ParquetCompression::Uncompressed,
            _ => {
                return Err(WriteError::Option {
                    option: "compression",
                    value: format!("{compression:?}"),
                    expected: "\"zstd\", \"snappy\", \"gzip\", \"brotli\", \"lz4\" or \"uncompressed\"",
                });
            }
        };
        Ok(Self { compression })
    }
}

impl Format for Parquet {
    fn name(&self) -> &'static str {
        "parquet"
    }

    fn write(&self, table: &mut DataFrame, out: &mut dyn Write) -> Result<(), WriteError> {
        encode("parquet", || {
            ParquetWriter::new(out)
                .with_compression(self.compression)
                .finish(table)
        })?;
        Ok(())
    }

    fn pieces(&self) -> FileWriteFormat {
        FileWriteFormat::Parquet(Arc::new(ParquetWriteOptions {
            compression: self.compression,
            ..ParquetWriteOptions::default()
        }))
    }
}
