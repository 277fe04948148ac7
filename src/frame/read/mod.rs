//! Files → tables and plans: one format a file, listed in [`FORMATS`].
//!
//! Owns decoding, the checks that give a malformed file an error with a place, and fingerprints. Does not
//! resolve mounts or globs: it is given [`Location`]s.

mod columns;
mod csv;
mod error;
mod fingerprint;
mod ipc;
mod json;
mod ndjson;
mod parquet;
mod source;

use polars::prelude::{DataFrame, LazyFrame};

use crate::storage::Location;
use crate::work::Progress;

pub use self::csv::{CsvOptions, explain_csv, read_csv, scan_csv};
pub use self::error::{BadCell, Content, ReadError};
pub use self::fingerprint::{Fingerprint, fingerprint};
pub use self::ipc::{read_ipc, scan_ipc};
pub use self::json::read_json;
pub use self::ndjson::{read_ndjson, scan_ndjson};
pub use self::parquet::{read_parquet, scan_parquet};

/// A file format that can be read as a table.
pub trait Format: Sync {
    /// Returns its name, as in `read_<name>`.
    fn name(&self) -> &'static str;

    /// Returns the endings its files usually have, without the dot.
    fn extensions(&self) -> &'static [&'static str];

    /// Reads files with the format's default options, their rows under each other; `progress` receives each file.
    fn read(&self, files: &[Location], progress: &Progress) -> Result<DataFrame, ReadError>;

    /// Creates a plan that reads the files when it runs, in pieces where the format allows it.
    fn scan(&self, files: &[Location]) -> Result<LazyFrame, ReadError>;
}

/// Every format that can be read.
pub static FORMATS: [&dyn Format; 5] = [
    &csv::Csv,
    &parquet::Parquet,
    &ndjson::Ndjson,
    &json::Json,
    &ipc::Ipc,
];

/// Returns the format that files with this name usually have.
pub fn format_of(name: &str) -> Option<&'static dyn Format> {
    let name = name.to_lowercase();
    let ends = |extension: &&str| {
        name.strip_suffix(extension)
            .is_some_and(|stem| stem.ends_with('.'))
    };
    FORMATS
        .into_iter()
        .find(|format| format.extensions().iter().any(ends))
}

#[cfg(test)]
mod tests;
