//! [`Engine`]: a database that keeps the store, as the store speaks with it.
//!
//! The statements are the store's, and the same for each: marks are `?1`, `?2`, …, truths are 0 and 1.

use std::cell::RefCell;

use super::disk::Pending;
use super::trouble::Trouble;
use super::value::{Row, Stored};
use crate::database::Bound;

/// A database that keeps the store.
///
/// It is one session: who has it waits for each answer. Between [`begin`](Self::begin) and the end of a transaction nobody else
/// writes, so that what was read in it still holds.
pub(super) trait Engine: Send {
    /// Runs a statement, and returns how many rows it has changed.
    fn execute(&mut self, sql: &str, values: &[Bound]) -> Result<u64, Trouble>;

    /// Runs a statement that has rows, and returns them.
    fn query(&mut self, sql: &str, values: &[Bound]) -> Result<Vec<Row>, Trouble>;

    /// Begins a transaction; one that was not ended is undone.
    fn begin(&mut self) -> Result<(), Trouble>;

    /// Makes all since [`begin`](Self::begin) last, or finds out whether it does where the answer is lost.
    fn commit(&mut self) -> Result<(), Trouble>;

    /// Returns what the last commit still waits for until it lasts; none where a commit itself does.
    fn pending(&mut self) -> Option<Pending> {
        None
    }

    /// Undoes all since [`begin`](Self::begin).
    fn rollback(&mut self);

    /// Puts in order what it keeps for itself, where much of that has come together.
    fn tidy(&mut self) -> Result<(), Trouble> {
        Ok(())
    }
}

/// A session of the database, or a transaction in it.
pub(super) struct Dialogue<'a>(RefCell<&'a mut dyn Engine>);

impl<'a> Dialogue<'a> {
    pub(super) fn new(engine: &'a mut dyn Engine) -> Self {
        Self(RefCell::new(engine))
    }

    /// Runs a statement, and returns how many rows it has changed.
    pub(super) fn execute(&self, sql: &str, values: &[Bound]) -> Result<u64, Trouble> {
        self.0.borrow_mut().execute(sql, values)
    }

    /// Runs a statement that has rows, and reads them.
    pub(super) fn rows<T>(
        &self,
        sql: &str,
        values: &[Bound],
        read: impl FnMut(&Row) -> Result<T, Trouble>,
    ) -> Result<Vec<T>, Trouble> {
        let rows = self.0.borrow_mut().query(sql, values)?;
        rows.iter().map(read).collect()
    }

    /// Runs a statement that has a row, and reads it; nothing where there is none.
    pub(super) fn row<T>(
        &self,
        sql: &str,
        values: &[Bound],
        read: impl FnOnce(&Row) -> Result<T, Trouble>,
    ) -> Result<Option<T>, Trouble> {
        let rows = self.0.borrow_mut().query(sql, values)?;
        rows.first().map(read).transpose()
    }

    /// Runs a statement that has one value, and returns it.
    pub(super) fn one<T: Stored>(&self, sql: &str, values: &[Bound]) -> Result<T, Trouble> {
        let found = self.row(sql, values, |row| row.get(0))?;
        found.ok_or_else(|| Trouble::failed("a row is missing that was there"))
    }
}
