//! Files → tables and plans: one format a file.
//!
//! Owns decoding, the checks that give a malformed file an error with a place, and fingerprints. Does not
//! resolve mounts or globs: it is given [`Location`](crate::storage::Location)s.

mod bridge;
mod columns;
mod content;
mod csv;
mod delta;
mod error;
mod finding;
mod fingerprint;
mod ipc;
mod json;
mod ndjson;
mod parquet;
mod partitions;
mod parts;
mod scannable;
mod scanned;
mod source;

pub use self::content::Content;
pub use self::csv::{CsvOptions, RowLine, RowLines, read_csv, scan_csv};
pub use self::delta::{DeltaError, DeltaTable};
pub use self::error::{BadCell, ReadError};
pub use self::finding::Finding;
pub use self::fingerprint::{Fingerprint, fingerprint};
pub use self::ipc::{read_ipc, scan_ipc};
pub use self::json::read_json;
pub use self::ndjson::{read_ndjson, scan_ndjson};
pub use self::parquet::{read_parquet, read_partitioned_parquet, scan_parquet, scan_partitioned_parquet};
pub use self::partitions::{Found, Partitioned};
pub use self::parts::Parts;
pub use self::scanned::{Scan, Scanned, Wanted};

pub(super) use self::parts::plan as parts_plan;

#[cfg(test)]
mod tests;
