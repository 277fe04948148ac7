//! SQLite: a database that is one file, or in memory, and that is built into this program.
//!
//! What its columns mean (SQLite itself keeps any value in any column) is decided in `declared.rs`, once, for what is read
//! and for what is written. Nothing of SQLite is named outside this folder.

mod catalog;
mod cells;
mod column;
mod concerned;
mod declared;
mod failure;
mod fitting;
mod functions;
mod message;
mod moments;
mod opening;
mod parameters;
mod reading;
mod ruling;
mod shown;
mod statements;
#[cfg(test)]
mod tests;
mod writing;

use polars::prelude::DataType;

use super::database::{Database, Driver, Rows, Take};
use super::error::DatabaseError;
use super::judge::Judge;
use super::parameter::Parameter;
use super::rejects::Rule;
use super::ruled::Ruled as _;
use super::savepoint::Savepoint;
use super::table::{TableColumn, TableName, TableSummary};
use super::target::Target;
use crate::work::Interrupt;
use failure::refused;
use message::NAME;
use opening::Session;

/// SQLite, whose URLs are `sqlite:/mnt/data/passengers.db` and `sqlite::memory:`.
pub(super) const DRIVER: Driver = Driver {
    name: NAME,
    schemes: &["sqlite"],
    open,
    // What others have changed since it was read, and a file that is being put in order; a lock was waited for already.
    passing: &["261", "517"],
};

/// An open session.
struct Sqlite {
    session: Session,
    /// Whether the transaction of a load is open, which statements of a cell may not end.
    is_loading: bool,
    /// How many tables were staged, so that each has a name of its own.
    staged: u32,
}

fn open(target: &Target, interrupt: &Interrupt) -> Result<Box<dyn Database>, DatabaseError> {
    Ok(Box::new(Sqlite {
        session: opening::open(target, interrupt)?,
        is_loading: false,
        staged: 0,
    }))
}

impl Sqlite {
    /// Runs statements of our own that return nothing.
    fn command(&self, sql: &str) -> Result<(), DatabaseError> {
        let done = self.session.connection.execute_batch(sql);
        done.map_err(|error| refused(&self.session, &error, sql))
    }
}

impl Database for Sqlite {
    fn query(
        &mut self,
        sql: &str,
        parameters: &[Parameter],
        interrupt: &Interrupt,
        take: &mut Take<'_>,
    ) -> Result<(), DatabaseError> {
        self.session.watched.watch(interrupt)?;
        reading::query(&self.session, sql, parameters, interrupt, take)
    }

    fn execute(
        &mut self,
        sql: &str,
        parameters: &[Parameter],
        interrupt: &Interrupt,
    ) -> Result<u64, DatabaseError> {
        self.session.watched.watch(interrupt)?;
        statements::execute(&self.session, sql, parameters, self.is_loading)
    }

    fn tables(&mut self, interrupt: &Interrupt) -> Result<Vec<TableSummary>, DatabaseError> {
        self.session.watched.watch(interrupt)?;
        let found = catalog::tables(&self.session.connection);
        found.map_err(|error| refused(&self.session, &error, ""))
    }

    fn columns(
        &mut self,
        table: &TableName,
        interrupt: &Interrupt,
    ) -> Result<Option<Vec<TableColumn>>, DatabaseError> {
        self.session.watched.watch(interrupt)?;
        let found = catalog::columns(&self.session.connection, table);
        found.map_err(|error| refused(&self.session, &error, ""))
    }

    fn unique_keys(
        &mut self,
        table: &TableName,
        interrupt: &Interrupt,
    ) -> Result<Vec<Vec<String>>, DatabaseError> {
        self.session.watched.watch(interrupt)?;
        let found = catalog::unique_keys(&self.session.connection, table);
        found.map_err(|error| refused(&self.session, &error, ""))
    }

    fn begin(&mut self, interrupt: &Interrupt) -> Result<(), DatabaseError> {
        self.session.watched.watch(interrupt)?;
        // Takes the lock for writing at once: who cannot have it later would have loaded for nothing.
        self.command("BEGIN IMMEDIATE")?;
        self.is_loading = true;
        Ok(())
    }

    fn commit(&mut self, interrupt: &Interrupt) -> Result<(), DatabaseError> {
        self.session.watched.watch(interrupt)?;
        self.command("COMMIT")
            .map_err(|error| match self.rule_of(&error) {
                // What refers to nothing is looked at only now.
                Some(Rule::Reference) => failure::at_the_end(&self.session.connection, error),
                _ => error,
            })?;
        self.is_loading = false;
        Ok(())
    }

    fn savepoint(&mut self, savepoint: Savepoint, interrupt: &Interrupt) -> Result<bool, DatabaseError> {
        self.session.watched.watch(interrupt)?;
        self.command(&savepoint.statement())?;
        Ok(true)
    }

    fn rollback(&mut self) {
        self.is_loading = false;
        self.session.watched.release();
        if !self.session.connection.is_autocommit() {
            // What fails here, SQLite undoes when the file is opened again.
            let _ = self.session.connection.execute_batch("ROLLBACK");
        }
    }

    fn recover(&mut self) -> bool {
        self.rollback();
        self.session.connection.is_autocommit()
    }

    fn type_for(&self, dtype: &DataType) -> Option<String> {
        fitting::type_for(dtype)
    }

    fn misfit(&self, dtype: &DataType, column: &TableColumn) -> Option<String> {
        fitting::misfit(dtype, &column.type_name)
    }

    fn judge(
        &mut self,
        _table: &TableName,
        columns: &[TableColumn],
        _interrupt: &Interrupt,
    ) -> Result<Judge, DatabaseError> {
        Ok(writing::judge(columns))
    }

    fn insert(
        &mut self,
        table: &TableName,
        columns: &[TableColumn],
        rows: &mut Rows<'_>,
        interrupt: &Interrupt,
    ) -> Result<u64, DatabaseError> {
        self.session.watched.watch(interrupt)?;
        let into = self.qualified(table);
        writing::insert(&self.session, (table, &into), columns, rows, interrupt)
    }

    fn stage(&mut self, like: &TableName, interrupt: &Interrupt) -> Result<TableName, DatabaseError> {
        self.session.watched.watch(interrupt)?;
        self.staged += 1;
        let made = catalog::stage(&self.session.connection, like, self.staged);
        made.map_err(|error| refused(&self.session, &error, ""))
    }
}
