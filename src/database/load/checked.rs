//! [`Checked`]: the rows of a load on their way: checked for NULLs where none may be, or sorted out; counted and summed up.

use polars::prelude::{DataFrame, Int64Chunked, IntoColumn, IntoSeries, NewChunkedArray};

use super::conversion::Conversion;
use super::sieve::Sieve;
use super::tally::Tally;
use crate::database::database::Rows;
use crate::database::error::DatabaseError;
use crate::database::judge::UnfitValue;
use crate::database::rejects::Rejected;
use crate::database::table::TableColumn;
use crate::work::Interrupt;

/// The rows of a load, batch by batch.
pub(super) struct Checked<'r, 'i> {
    rows: &'r mut Rows<'i>,
    interrupt: &'r Interrupt,
    columns: Vec<Tally>,
    count: u64,
    /// What converts texts, where they go to columns of other types.
    conversion: Option<Conversion>,
    /// What sorts rows out, where that is wanted; otherwise the first one that cannot be taken ends the load.
    sieve: Option<Sieve<'r>>,
    /// Whether each batch gets the numbers of its rows as a further column.
    is_numbered: Option<String>,
}

impl<'r, 'i> Checked<'r, 'i> {
    pub(super) fn new(
        rows: &'r mut Rows<'i>,
        (targets, keys): (&[TableColumn], &[String]),
        conversion: Option<Conversion>,
        sieve: Option<Sieve<'r>>,
        interrupt: &'r Interrupt,
    ) -> Self {
        Self {
            rows,
            interrupt,
            columns: targets.iter().map(|column| Tally::new(column, keys)).collect(),
            count: 0,
            conversion,
            sieve,
            is_numbered: None,
        }
    }

    /// Adds a last column with the numbers of the rows, counted from 1.
    pub(super) fn number_rows(&mut self, name: &str) {
        self.is_numbered = Some(name.to_owned());
    }

    /// Returns how many rows have gone by, without those that were sorted out.
    pub(super) fn rows(&self) -> u64 {
        self.count
    }

    /// Returns the columns.
    pub(super) fn columns(&self) -> &[Tally] {
        &self.columns
    }

    /// Returns each column with how many of its values are NULL.
    pub(super) fn nulls(&self) -> Vec<(String, u64)> {
        self.columns
            .iter()
            .map(|column| (column.name.clone(), column.nulls))
            .collect()
    }

    /// Returns whether rows are sorted out.
    pub(super) fn is_sifted(&self) -> bool {
        self.sieve.is_some()
    }

    /// Returns how many rows were sorted out, where that is wanted.
    pub(super) fn rejected(&self) -> Option<u64> {
        self.sieve.as_ref().map(Sieve::count)
    }

    /// Sorts out a row that has gone by.
    pub(super) fn reject(&mut self, rejected: &Rejected) -> Result<(), DatabaseError> {
        self.sieve.as_mut().map_or(Ok(()), |sieve| sieve.reject(rejected))
    }

    /// Says how many rows are left of those that have gone by, and how many NULLs each column has in them.
    pub(super) fn leave(&mut self, rows: u64, nulls: &[u64]) {
        self.count = rows;
        for (column, nulls) in self.columns.iter_mut().zip(nulls) {
            column.leave(*nulls);
        }
    }

    /// Names the row of the frame in an error that counts those alone that were sent.
    pub(super) fn told(&self, error: DatabaseError) -> DatabaseError {
        match &self.sieve {
            Some(sieve) => sieve.told(error),
            None => error,
        }
    }

    fn check(&mut self, batch: DataFrame) -> Result<DataFrame, DatabaseError> {
        if batch.width() != self.columns.len() {
            return Err(DatabaseError::Rows(format!(
                "the frame has {} columns, and {} are loaded",
                batch.width(),
                self.columns.len()
            )));
        }
        let (written, batch, unread) = match &self.conversion {
            Some(conversion) => {
                let (converted, unread) = conversion.convert(&batch)?;
                (batch, converted, unread)
            }
            None => (batch.clone(), batch, Vec::new()),
        };
        let (batch, numbers) = if let Some(sieve) = &mut self.sieve {
            let (batch, numbers) = sieve.sift((&written, batch), unread, &self.columns)?;
            (batch, Some(numbers))
        } else {
            if let Some(unread) = unread.into_iter().next() {
                return Err(self.unread(unread));
            }
            self.check_nulls(&batch)?;
            (batch, None)
        };
        for (values, column) in batch.columns().iter().zip(&mut self.columns) {
            let added = column.add(values);
            added.map_err(|error| DatabaseError::Rows(error.to_string()))?;
        }
        let first = self.count as i64 + 1;
        self.count += batch.height() as u64;
        let Some(name) = &self.is_numbered else {
            return Ok(batch);
        };
        let numbers = numbers.unwrap_or_else(|| (first..=self.count as i64).collect());
        let numbers = Int64Chunked::from_iter_values(name.as_str().into(), numbers.into_iter());
        let mut columns = batch.columns().to_vec();
        columns.push(numbers.into_series().into_column());
        DataFrame::new(batch.height(), columns).map_err(|error| DatabaseError::Rows(error.to_string()))
    }

    /// Says which text is no value of its column.
    fn unread(&self, unread: UnfitValue) -> DatabaseError {
        let column = self.columns.get(unread.column);
        DatabaseError::Value {
            row: self.count + unread.row as u64 + 1,
            column: column.map_or_else(String::new, |column| column.name.clone()),
            reason: unread.reason,
        }
    }

    fn check_nulls(&self, batch: &DataFrame) -> Result<(), DatabaseError> {
        for (values, column) in batch.columns().iter().zip(&self.columns) {
            let Some(reason) = column.must_be.filter(|_| values.null_count() > 0) else {
                continue;
            };
            let nulls = values.is_null();
            let row = nulls.iter().position(|is_null| is_null == Some(true));
            return Err(DatabaseError::Value {
                row: self.count + row.unwrap_or(0) as u64 + 1,
                column: column.name.clone(),
                reason: reason.to_owned(),
            });
        }
        Ok(())
    }
}

impl Iterator for Checked<'_, '_> {
    type Item = Result<DataFrame, DatabaseError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.interrupt.is_set() {
            return Some(Err(DatabaseError::Interrupted));
        }
        let batch = self.rows.next()?;
        Some(batch.and_then(|batch| self.check(batch)))
    }
}
