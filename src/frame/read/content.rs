//! [`Content`]: what a file really holds.

use std::fmt;

/// What a file really holds, judged by its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Content {
    /// Apache Parquet.
    Parquet,
    /// The Arrow IPC (Feather) file format.
    Ipc,
    /// Data compressed by gzip.
    Gzip,
    /// Data compressed by Zstandard.
    Zstd,
    /// A ZIP archive, which is also what a spreadsheet (`.xlsx`) is.
    Zip,
    /// A `SQLite` database.
    Sqlite,
    /// Text, possibly CSV.
    Text,
    /// One JSON array, or JSON objects line by line.
    Json,
    /// Bytes of an unknown format.
    Binary,
}

impl fmt::Display for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Parquet => "a Parquet file",
            Self::Ipc => "an Arrow IPC file",
            Self::Gzip => "a gzip-compressed file",
            Self::Zstd => "a Zstandard-compressed file",
            Self::Zip => "a ZIP archive or an Excel workbook",
            Self::Sqlite => "an SQLite database",
            Self::Text => "a text file",
            Self::Json => "a JSON file",
            Self::Binary => "a binary file of an unknown format",
        })
    }
}

impl Content {
    /// Returns what to do with such a file instead of reading it as something else.
    pub(super) fn hint(self) -> String {
        match self {
            Content::Parquet => "use read_parquet".to_owned(),
            Content::Ipc => "use read_ipc".to_owned(),
            Content::Json => "use read_json, or read_ndjson for one object on each line".to_owned(),
            Content::Text => "use read_csv".to_owned(),
            Content::Gzip | Content::Zstd | Content::Zip => {
                "unpack it first, or export it as CSV or Parquet".to_owned()
            }
            Content::Sqlite => "query it as a database, or export the table as CSV or Parquet".to_owned(),
            Content::Binary => "check that this is the right file".to_owned(),
        }
    }
}
