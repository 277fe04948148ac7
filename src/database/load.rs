//! [`Load`]: what a load does, whatever the database: `before`, modes, keys, what is checked, one transaction around it.

mod checked;
mod columns;
mod creation;
mod mode;
#[cfg(test)]
mod tests;
mod unfit;
mod upsert;
mod verification;

use polars::prelude::DataType;

use super::database::{Database, Rows};
use super::error::DatabaseError;
use super::report::LoadReport;
use super::table::TableName;
use crate::work::Interrupt;
use checked::Checked;
pub use mode::Mode;
pub(super) use verification::{first_row, number};

/// What is loaded into a table, and how.
#[derive(Debug, Clone)]
pub struct Load {
    /// The table.
    pub table: TableName,
    /// What happens to the rows that it has.
    pub mode: Mode,
    /// For an upsert: the columns of the table by which a row is known.
    pub keys: Vec<String>,
    /// A statement that runs before the rows are loaded, in the same transaction.
    pub before: Option<String>,
    /// The column of the table for each column of the frame, in the order of the frame's.
    pub columns: Vec<String>,
    /// The type of each column of the frame.
    pub types: Vec<DataType>,
    /// Whether the table is created where it is missing.
    pub create: bool,
}

impl Load {
    /// Loads `rows`, in one transaction: all of it is there afterwards, or nothing has changed.
    ///
    /// # Errors
    ///
    /// Columns, types, keys or values that do not fit; a statement that is refused; a connection that breaks. In each case the
    /// table is as it was.
    pub fn run(
        &self,
        database: &mut dyn Database,
        rows: &mut Rows<'_>,
        interrupt: &Interrupt,
    ) -> Result<LoadReport, DatabaseError> {
        self.check()?;
        database.check_load(&self.table, self.before.as_deref(), interrupt)?;
        let replaces = self.mode == Mode::Overwrite || self.before.is_some();
        let locks = replaces && database.columns(&self.table, interrupt)?.is_some();
        let beside = self.create_beside(database, interrupt)?;
        let into = beside.as_ref().map_or(&self.table, |beside| &beside.name);
        let begun = database.begin(interrupt);
        let done = begun.and_then(|()| {
            let locked = if locks {
                database.lock(&self.table, interrupt)
            } else {
                Ok(())
            };
            let done = locked.and_then(|()| self.transact(database, into, beside.is_some(), rows, interrupt));
            let done = done.and_then(|report| {
                database.commit(interrupt)?;
                Ok(report)
            });
            if done.is_err() {
                database.rollback();
            }
            done
        });
        match &beside {
            Some(beside) => beside.settle(database, done),
            None => done,
        }
    }

    fn transact(
        &self,
        database: &mut dyn Database,
        into: &TableName,
        is_beside: bool,
        rows: &mut Rows<'_>,
        interrupt: &Interrupt,
    ) -> Result<LoadReport, DatabaseError> {
        let before = match &self.before {
            Some(sql) => Some(database.execute(sql, &[], interrupt)?),
            None => None,
        };
        let found = database.columns(into, interrupt)?;
        let is_created = is_beside || found.is_none();
        let columns = match (found, self.mode) {
            (Some(_), Mode::Error) if !is_beside => {
                return Err(DatabaseError::TableExists {
                    table: self.table.clone(),
                });
            }
            (Some(columns), _) => columns,
            (None, _) => self.create(database, into, interrupt)?,
        };
        let targets = self.targets(database, &columns)?;
        if self.mode == Mode::Upsert {
            self.check_keys(&database.unique_keys(into, interrupt)?)?;
        }
        let removed = match self.mode {
            Mode::Overwrite => {
                let sql = format!("DELETE FROM {}", database.qualified(into));
                Some(database.execute(&sql, &[], interrupt)?)
            }
            _ => None,
        };
        let rows_before = match (is_created, self.mode) {
            (true, _) | (_, Mode::Overwrite) => 0,
            _ => verification::count(database, into, interrupt)?,
        };
        let keys = if self.mode == Mode::Upsert {
            self.keys.as_slice()
        } else {
            &[]
        };
        let mut checked = Checked::new(rows, &targets, keys, interrupt);
        let replaced = if self.mode == Mode::Upsert {
            Some(self.upsert(database, into, (&columns, &targets), &mut checked, interrupt)?)
        } else {
            let taken = database.insert(into, &targets, &mut checked, interrupt)?;
            self.check_taken(taken, checked.rows())?;
            None
        };
        let rows_after = rows_before + checked.rows() - replaced.unwrap_or(0);
        if rows_before == 0 {
            verification::whole(database, into, &targets, &checked, rows_after, interrupt)?;
        } else {
            verification::counted(database, into, rows_after, interrupt)?;
        }
        Ok(LoadReport {
            table: self.table.clone(),
            rows: checked.rows(),
            before,
            removed,
            replaced,
            is_created,
            rows_after,
            columns: checked.nulls(),
        })
    }

    fn check_taken(&self, taken: u64, sent: u64) -> Result<(), DatabaseError> {
        if taken == sent {
            return Ok(());
        }
        Err(DatabaseError::Verification {
            table: self.table.clone(),
            reason: format!("the database took {taken} of {sent} rows"),
        })
    }
}
