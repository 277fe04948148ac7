//! [`Batch`]: the rows of a result that become one frame.

use polars::prelude::{DataFrame, IntoColumn as _, PolarsError};

use super::header::Header;
use super::storage::Storage;
use crate::database::error::DatabaseError;

/// The rows of a result that become one frame, while it is built.
pub(in crate::database) struct Batch<S> {
    columns: Vec<S>,
    rows: usize,
    /// The bytes of texts that were read.
    bytes: usize,
    /// How many rows came before this batch.
    before: u64,
}

impl<S: Storage> Batch<S> {
    /// Begins a batch of at most `capacity` rows, before which there were `before`.
    pub(in crate::database) fn begin(header: &Header<S>, capacity: usize, before: u64) -> Self {
        let columns = header.columns.iter();
        Self {
            columns: columns.map(|(name, kind)| S::new(name, kind, capacity)).collect(),
            rows: 0,
            bytes: 0,
            before,
        }
    }

    pub(in crate::database) fn rows(&self) -> usize {
        self.rows
    }

    pub(in crate::database) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Adds a row.
    ///
    /// # Errors
    ///
    /// A value that its column cannot hold.
    pub(in crate::database) fn push<'a>(
        &mut self,
        header: &Header<S>,
        values: impl Iterator<Item = S::Value<'a>>,
    ) -> Result<(), DatabaseError> {
        for ((at, column), value) in self.columns.iter_mut().enumerate().zip(values) {
            match column.push(value) {
                Ok(bytes) => self.bytes += bytes,
                Err(unfit) => {
                    let row = self.before + self.rows as u64 + 1;
                    return Err(header.unfit(at, row, unfit));
                }
            }
        }
        self.rows += 1;
        Ok(())
    }

    /// Makes a frame of the rows.
    ///
    /// # Errors
    ///
    /// Polars does not make one of them.
    pub(in crate::database) fn finish(self) -> Result<DataFrame, DatabaseError> {
        let columns = self.columns.into_iter();
        let columns = columns.map(|column| Ok(column.finish()?.into_column()));
        let columns: Result<Vec<_>, PolarsError> = columns.collect();
        let frame = columns.and_then(|columns| DataFrame::new(self.rows, columns));
        frame.map_err(|error| DatabaseError::Rows(error.to_string()))
    }
}
