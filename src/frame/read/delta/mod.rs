//! Delta tables: folders of Parquet files, of which a log says which are current.
//!
//! The log is read here, at one version that stays the same whatever others write meanwhile; polars reads the files, and of
//! those only the ones that a query needs. Rows that a deletion vector names are left out, and columns have the names of the
//! table. What a table uses that is not read here (columns by number, other types, …) is refused by name. Nothing is written.

mod action;
mod checkpoint;
mod deletion;
mod error;
mod log;
mod protocol;
mod scan;
mod schema;
mod snapshot;
mod value;

use polars::prelude::DataFrame;

use self::action::DeletionVector;
use self::log::Log;
use self::schema::Columns;
use self::snapshot::Snapshot;
use self::value::Partitioning;
use super::error::ReadError;
use super::scanned::Scan;
use crate::storage::Location;
use crate::work::Progress;

pub use self::error::DeltaError;

/// The folder of the log, in that of a table.
pub(super) const LOG_FOLDER: &str = "_delta_log";

/// One version of a Delta table.
#[derive(Debug, Clone)]
pub struct DeltaTable {
    folder: Location,
    version: u64,
    /// What the log has of this version.
    entries: Vec<Location>,
    /// All columns, in their order.
    columns: Columns,
    partitioning: Partitioning,
    files: Vec<DataFile>,
}

/// A file with rows of a table.
#[derive(Debug, Clone)]
struct DataFile {
    /// Its path from the table's folder.
    path: String,
    size: u64,
    /// The value of each partition column, in their order, as folders name them.
    values: Vec<Option<String>>,
    /// Where it stands which of its rows are deleted.
    deletions: Option<DeletionVector>,
}

impl DeltaTable {
    /// Reads the log of the table in a folder, as it was at a version, or is now.
    ///
    /// # Errors
    ///
    /// There is no table, or no such version; the log cannot be read; the table uses what is not read here.
    pub fn open(folder: &Location, version: Option<u64>) -> Result<Self, ReadError> {
        let log = Log::of(folder)?;
        let way = log.way_to(version)?;
        let snapshot = Snapshot::read(&log, &way)?;
        Ok(snapshot.table(folder, &log, &way)?)
    }

    /// Returns the newest version of the table in a folder; `None` where there is none.
    ///
    /// # Errors
    ///
    /// The log cannot be listed.
    pub fn newest(folder: &Location) -> Result<Option<u64>, ReadError> {
        match Log::of(folder) {
            Ok(log) => Ok(log.newest()),
            Err(ReadError::Delta(DeltaError::NoTable { .. })) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Returns which version it is.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Returns the files of the log that say what this version is: they tell it from any other.
    pub fn entries(&self) -> &[Location] {
        &self.entries
    }

    /// Plans to read the rows; conditions on partition columns decide which files are read.
    pub fn scan(&self) -> Result<Scan, ReadError> {
        scan::plan(self)
    }

    /// Reads all rows.
    pub fn read(&self, progress: &Progress) -> Result<DataFrame, ReadError> {
        let _task = progress.begin("reading");
        scan::whole(self)
    }
}

#[cfg(test)]
mod tests;
