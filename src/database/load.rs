//! [`Load`]: what a load does, whatever the database: `before`, modes, keys, what is checked, one transaction around it.

mod checked;
mod columns;
mod conversion;
mod creation;
mod marker;
mod mode;
mod sieve;
mod sorting;
mod staging;
mod tally;
#[cfg(test)]
mod tests;
mod transaction;
mod unfit;
mod unruly;
mod upsert;
mod verification;

use polars::prelude::DataType;

use super::beside::unused_name;
use super::database::{Database, Rows};
use super::error::DatabaseError;
use super::rejects::Rejects;
use super::report::LoadReport;
use super::table::TableName;
use crate::work::Interrupt;
use marker::{Known, Marker};
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
    /// Whether texts are converted to the types of their columns, as files of texts need it.
    pub converts: bool,
    /// Where rows are sorted out that the table cannot take: how many there may be before nothing is loaded.
    pub max_rejects: Option<u64>,
    /// What names the run that this load belongs to: it is done once for each of them.
    pub run_id: Option<String>,
}

impl Load {
    /// Loads `rows`, in one transaction: all of it is there afterwards, or nothing has changed.
    ///
    /// A load that its run has done before does nothing, and returns what it did then.
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
        self.once(database, rows, None, interrupt)
    }

    /// Loads the rows that the table can take, as [`Load::run`] does, and hands the others to `rejects`.
    ///
    /// They are those with a value that does not fit its column, a NULL where none may be, a key that the table or an earlier row
    /// has, and those that break a rule which the database alone knows: a condition, a reference, what a trigger says.
    ///
    /// # Errors
    ///
    /// Those of [`Load::run`]; too many rows that the table cannot take, or no place to keep them.
    pub fn run_sorting_out(
        &self,
        database: &mut dyn Database,
        rows: &mut Rows<'_>,
        rejects: &mut dyn Rejects,
        interrupt: &Interrupt,
    ) -> Result<LoadReport, DatabaseError> {
        let done = self.once(database, rows, Some(&mut *rejects), interrupt);
        if let Err(DatabaseError::TooManyRejects { .. }) = done {
            // They are what a person needs to see now.
            rejects.finish()?;
        }
        done
    }

    /// Loads the rows, where the run has not done so before.
    fn once(
        &self,
        database: &mut dyn Database,
        rows: &mut Rows<'_>,
        rejects: Option<&mut dyn Rejects>,
        interrupt: &Interrupt,
    ) -> Result<LoadReport, DatabaseError> {
        self.check()?;
        let run = self.run_id.as_deref();
        let marker = run.map(|run| Marker::new(&self.table, run)).transpose()?;
        database.check_load(&self.table, self.before.as_deref(), interrupt)?;
        let Some(marker) = marker else {
            return self.whole(database, rows, rejects, None, interrupt);
        };
        let undone = match marker.begin(database, interrupt)? {
            Known::Done(report) => return Ok(report),
            Known::Undone(id) => Some(id),
            Known::Nothing => None,
        };
        let marking = Some((&marker, undone.as_deref()));
        match self.whole(database, rows, rejects, marking, interrupt) {
            // Of two that do it at the same time one fails, when the other is done.
            Err(error) if !error.breaks() => match marker.find(database, interrupt) {
                Ok(Known::Done(report)) => Ok(report),
                _ => Err(error),
            },
            done => done,
        }
    }

    /// Loads the rows, and marks that it is done.
    fn whole(
        &self,
        database: &mut dyn Database,
        rows: &mut Rows<'_>,
        mut rejects: Option<&mut dyn Rejects>,
        marking: Option<(&Marker<'_>, Option<&str>)>,
        interrupt: &Interrupt,
    ) -> Result<LoadReport, DatabaseError> {
        let replaces = self.mode == Mode::Overwrite || self.before.is_some();
        let locks = replaces && database.columns(&self.table, interrupt)?.is_some();
        let beside = self.create_beside(database, interrupt)?;
        let beside = beside.as_ref();
        let into = beside.map_or(&self.table, |beside| &beside.name);
        let begun = database.begin(interrupt);
        let done = begun.and_then(|()| {
            let locked = if locks {
                database.lock(&self.table, interrupt)
            } else {
                Ok(())
            };
            let done = locked.and_then(|()| {
                let lent = rejects.as_mut().map(|rejects| &mut **rejects as &mut dyn Rejects);
                let report = self.transact(database, (into, beside.is_some()), rows, lent, interrupt)?;
                if let Some((marker, undone)) = marking {
                    let id = beside.map_or_else(unused_name, |beside| Ok(beside.name.name.clone()))?;
                    marker.write(database, (&report, &id), undone, interrupt)?;
                }
                if let Some(rejects) = &mut rejects {
                    // No row is lost: it is in the table, or it is here.
                    rejects.finish()?;
                }
                database.commit(interrupt)?;
                Ok(report)
            });
            if done.is_err() {
                database.rollback();
            }
            done
        });
        match beside {
            Some(beside) => {
                let marked = marking.filter(|_| done.is_ok());
                // That the load is done is not said of a table that is removed.
                beside.settle_after(database, done, |database| {
                    let id = &beside.name.name;
                    let unsay =
                        |(marker, _): (&Marker<'_>, _)| marker.remove(database, id, &Interrupt::default());
                    marked.map_or(Ok(()), unsay).is_ok()
                })
            }
            None => done,
        }
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
