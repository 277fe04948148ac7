//! Files → tables and plans: one format a file.
//!
//! Owns decoding, the checks that give a malformed file an error with a place, and fingerprints. Does not
//! resolve mounts or globs: it is given [`Location`](crate::storage::Location)s.

mod columns;
mod csv;
mod error;
mod fingerprint;
mod ipc;
mod json;
mod ndjson;
mod parquet;
mod scanned;
mod source;

pub use self::csv::{CsvOptions, read_csv, scan_csv};
pub use self::error::{BadCell, Content, ReadError};
pub use self::fingerprint::{Fingerprint, fingerprint};
pub use self::ipc::{read_ipc, scan_ipc};
pub use self::json::read_json;
pub use self::ndjson::{read_ndjson, scan_ndjson};
pub use self::parquet::{read_parquet, scan_parquet};
pub use self::scanned::{Scan, Scanned};

#[cfg(test)]
mod tests;
