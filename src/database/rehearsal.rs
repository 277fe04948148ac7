//! [`Rehearsal`]: a session in which everything happens, and nothing lasts.
//!
//! All of it is one transaction, which is never committed. What would be a transaction by itself, a load or a statement, is a step
//! behind a savepoint, so that a step that fails is undone alone, and those before it stay to be seen by those after it.

mod changes;
mod ruling;
mod statements;

use std::collections::{BTreeMap, BTreeSet};

use polars::prelude::DataType;

use super::database::{Creation, Database, Rows, Take};
use super::error::DatabaseError;
use super::judge::Judge;
use super::merge::Merge;
use super::parameter::Parameter;
use super::savepoint::{Extent, Savepoint};
use super::table::{TableColumn, TableName, TableSummary};
use super::table_change::TableChange;
use crate::work::Interrupt;
use statements::{changed, ending};

/// What is known of a table before the first step that changes it.
#[derive(Debug)]
enum Before {
    /// It was not there.
    Absent,
    /// Its rows are in this table, which only this session sees; and these were its columns.
    Copied(TableName, Vec<TableColumn>),
}

/// A session in which everything happens, and nothing lasts.
pub(super) struct Rehearsal {
    session: Box<dyn Database>,
    /// Whether the one transaction is open.
    has_begun: bool,
    /// Whether a load is on its way: a step by itself.
    is_loading: bool,
    /// Why nothing more can be done: a step could not be undone alone.
    broken: Option<String>,
    before: BTreeMap<TableName, Before>,
    /// The tables whose rows were copied before the load that is on its way began.
    known: BTreeSet<TableName>,
    /// How many copies were made.
    copies: u32,
    /// Statements of which it is not known which tables they change.
    unknown: Vec<String>,
}

impl Rehearsal {
    pub(super) fn new(session: Box<dyn Database>) -> Self {
        Self {
            session,
            has_begun: false,
            is_loading: false,
            broken: None,
            before: BTreeMap::new(),
            known: BTreeSet::new(),
            copies: 0,
            unknown: Vec::new(),
        }
    }

    /// Opens the one transaction, where it is not.
    fn enter(&mut self, interrupt: &Interrupt) -> Result<(), DatabaseError> {
        if let Some(reason) = &self.broken {
            return Err(DatabaseError::Usage {
                reason: format!("the debug run cannot go on in this database: {reason}"),
                hint: "what failed before could not be undone by itself; correct that first".to_owned(),
            });
        }
        if !self.has_begun {
            let cannot = |reason: &str| DatabaseError::Usage {
                reason: format!("a debug run cannot use this database: {reason}"),
                hint: "run up to here with --until".to_owned(),
            };
            if self.session.creation() == Creation::Renamed {
                return Err(cannot("it has tables whose changes cannot be undone"));
            }
            self.session.begin(interrupt)?;
            if !self.savepoint(Savepoint::Set(Extent::Step), interrupt)? {
                self.session.rollback();
                return Err(cannot("a step that fails could not be undone by itself"));
            }
            self.savepoint(Savepoint::Keep(Extent::Step), interrupt)?;
            self.has_begun = true;
        }
        Ok(())
    }

    fn savepoint(&mut self, savepoint: Savepoint, interrupt: &Interrupt) -> Result<bool, DatabaseError> {
        self.session.savepoint(savepoint, interrupt)
    }

    /// Undoes the step that has failed.
    fn undo(&mut self, reason: &str) {
        // The step was stopped, and undoing it must not be.
        let undone = self.savepoint(Savepoint::Undo(Extent::Step), &Interrupt::default());
        if !undone.is_ok_and(|undone| undone) {
            self.broken = Some(reason.to_owned());
        }
    }

    /// Does something as a step by itself, or as a part of the load that is on its way.
    fn step<T>(
        &mut self,
        interrupt: &Interrupt,
        work: impl FnOnce(&mut dyn Database) -> Result<T, DatabaseError>,
    ) -> Result<T, DatabaseError> {
        self.enter(interrupt)?;
        if self.is_loading {
            return work(self.session.as_mut());
        }
        self.savepoint(Savepoint::Set(Extent::Step), interrupt)?;
        let done = work(self.session.as_mut());
        match &done {
            Ok(_) => {
                self.savepoint(Savepoint::Keep(Extent::Step), interrupt)?;
            }
            Err(error) => self.undo(&error.to_string()),
        }
        done
    }

    /// Copies the rows of a table before the first step that changes them.
    fn touch(&mut self, table: &TableName, interrupt: &Interrupt) -> Result<(), DatabaseError> {
        if self.before.contains_key(table) {
            return Ok(());
        }
        let copy = TableName {
            schema: None,
            name: format!("sheaf_before_{}", self.copies + 1),
        };
        self.copies += 1;
        let before = if let Some(columns) = self.session.columns(table, interrupt)? {
            let (from, to) = (self.session.qualified(table), self.session.qualified(&copy));
            let sql = format!("CREATE TEMPORARY TABLE {to} AS SELECT * FROM {from}");
            self.session.execute(&sql, &[], interrupt)?;
            Before::Copied(copy, columns)
        } else {
            Before::Absent
        };
        self.before.insert(table.clone(), before);
        Ok(())
    }

    /// Looks at statements before they run: what they would end is refused, and what they change is noted.
    fn look_at(&mut self, sql: &str, interrupt: &Interrupt) -> Result<(), DatabaseError> {
        if let Some(word) = ending(sql) {
            return Err(DatabaseError::Usage {
                reason: format!("a debug run cannot undo {word}"),
                hint: "its statements are a part of one transaction, which it undoes at its end".to_owned(),
            });
        }
        if let Some(tables) = changed(sql) {
            return tables.iter().try_for_each(|table| self.touch(table, interrupt));
        }
        self.unknown.push(sql.trim().to_owned());
        Ok(())
    }
}

impl Database for Rehearsal {
    fn query(
        &mut self,
        sql: &str,
        parameters: &[Parameter],
        interrupt: &Interrupt,
        take: &mut Take<'_>,
    ) -> Result<(), DatabaseError> {
        if let Some(word) = ending(sql) {
            return Err(DatabaseError::Usage {
                reason: format!("a debug run cannot undo {word}"),
                hint: "leave it out".to_owned(),
            });
        }
        self.step(interrupt, |session| {
            session.query(sql, parameters, interrupt, take)
        })
    }

    fn execute(
        &mut self,
        sql: &str,
        parameters: &[Parameter],
        interrupt: &Interrupt,
    ) -> Result<u64, DatabaseError> {
        self.enter(interrupt)?;
        self.look_at(sql, interrupt)?;
        self.step(interrupt, |session| session.execute(sql, parameters, interrupt))
    }

    fn tables(&mut self, interrupt: &Interrupt) -> Result<Vec<TableSummary>, DatabaseError> {
        let mut tables = self.step(interrupt, |session| session.tables(interrupt))?;
        tables.retain(|summary| !summary.table.name.starts_with("sheaf_before_"));
        Ok(tables)
    }

    fn columns(
        &mut self,
        table: &TableName,
        interrupt: &Interrupt,
    ) -> Result<Option<Vec<TableColumn>>, DatabaseError> {
        self.session.columns(table, interrupt)
    }

    fn unique_keys(
        &mut self,
        table: &TableName,
        interrupt: &Interrupt,
    ) -> Result<Vec<Vec<String>>, DatabaseError> {
        self.session.unique_keys(table, interrupt)
    }

    fn begin(&mut self, interrupt: &Interrupt) -> Result<(), DatabaseError> {
        self.enter(interrupt)?;
        self.savepoint(Savepoint::Set(Extent::Step), interrupt)?;
        self.known = self.before.keys().cloned().collect();
        self.is_loading = true;
        Ok(())
    }

    fn lock(&mut self, table: &TableName, interrupt: &Interrupt) -> Result<(), DatabaseError> {
        self.session.lock(table, interrupt)
    }

    fn commit(&mut self, interrupt: &Interrupt) -> Result<(), DatabaseError> {
        self.savepoint(Savepoint::Keep(Extent::Step), interrupt)?;
        self.session.forget_deferred();
        self.is_loading = false;
        Ok(())
    }

    fn rollback(&mut self) {
        if self.is_loading {
            self.is_loading = false;
            self.undo("a load that failed");
            self.session.forget_deferred();
            // The copies that were made within it are gone with it.
            self.before.retain(|table, _| self.known.contains(table));
        }
    }

    fn recover(&mut self) -> bool {
        // The step that was stopped is undone, or else all of it is lost.
        self.broken.is_none()
    }

    fn type_for(&self, dtype: &DataType) -> Option<String> {
        self.session.type_for(dtype)
    }

    fn misfit(&self, dtype: &DataType, column: &TableColumn) -> Option<String> {
        self.session.misfit(dtype, column)
    }

    fn judge(
        &mut self,
        table: &TableName,
        columns: &[TableColumn],
        interrupt: &Interrupt,
    ) -> Result<Judge, DatabaseError> {
        self.session.judge(table, columns, interrupt)
    }

    fn insert(
        &mut self,
        table: &TableName,
        columns: &[TableColumn],
        rows: &mut Rows<'_>,
        interrupt: &Interrupt,
    ) -> Result<u64, DatabaseError> {
        self.touch(table, interrupt)?;
        self.session.insert(table, columns, rows, interrupt)
    }

    fn stage(&mut self, like: &TableName, interrupt: &Interrupt) -> Result<TableName, DatabaseError> {
        // An upsert: its rows go from there into this table.
        self.touch(like, interrupt)?;
        let stage = self.session.stage(like, interrupt)?;
        self.before.insert(stage.clone(), Before::Absent);
        Ok(stage)
    }

    fn numbered_stage(
        &mut self,
        like: &TableName,
        number: &str,
        interrupt: &Interrupt,
    ) -> Result<TableName, DatabaseError> {
        self.touch(like, interrupt)?;
        let stage = self.session.numbered_stage(like, number, interrupt)?;
        self.before.insert(stage.clone(), Before::Absent);
        Ok(stage)
    }

    fn unstage(&mut self, stage: &TableName, interrupt: &Interrupt) -> Result<(), DatabaseError> {
        self.before.remove(stage);
        self.session.unstage(stage, interrupt)
    }

    fn take_over(
        &mut self,
        table: &TableName,
        columns: &[String],
        insert: &str,
        interrupt: &Interrupt,
    ) -> Result<u64, DatabaseError> {
        self.touch(table, interrupt)?;
        self.session.take_over(table, columns, insert, interrupt)
    }

    fn merge(&mut self, merge: &Merge, interrupt: &Interrupt) -> Result<u64, DatabaseError> {
        self.session.merge(merge, interrupt)
    }

    fn check_load(
        &mut self,
        table: &TableName,
        before: Option<&str>,
        interrupt: &Interrupt,
    ) -> Result<(), DatabaseError> {
        if self.creation() == Creation::Renamed && self.has_begun {
            return Err(DatabaseError::Usage {
                reason: format!("a debug run cannot load {table} after other steps in the same database"),
                hint: "this database does not say then whether it could undo the load; run up to here with --until"
                    .to_owned(),
            });
        }
        self.session.check_load(table, before, interrupt)
    }

    fn creation(&self) -> Creation {
        self.session.creation()
    }

    fn key_type_for(&self, dtype: &DataType) -> Option<String> {
        self.session.key_type_for(dtype)
    }

    fn as_text(&self, expression: &str) -> String {
        self.session.as_text(expression)
    }

    fn compares(&self, column: &TableColumn) -> bool {
        self.session.compares(column)
    }

    fn as_float(&self, expression: &str) -> String {
        self.session.as_float(expression)
    }

    fn as_sum(&self, column: &str) -> String {
        self.session.as_sum(column)
    }

    fn first_only(&self) -> &'static str {
        self.session.first_only()
    }

    fn create_of(&self, table: &str, query: &str) -> String {
        self.session.create_of(table, query)
    }

    fn no_table(&mut self, table: &TableName, interrupt: &Interrupt) -> DatabaseError {
        self.session.no_table(table, interrupt)
    }

    fn quoted(&self, name: &str) -> String {
        self.session.quoted(name)
    }

    fn qualified(&self, table: &TableName) -> String {
        self.session.qualified(table)
    }

    fn rehearsed(&mut self, interrupt: &Interrupt) -> Result<Vec<TableChange>, DatabaseError> {
        let mut changes = Vec::new();
        for (table, before) in &self.before {
            let before = match before {
                Before::Absent => None,
                Before::Copied(copy, columns) => Some((copy, columns.as_slice())),
            };
            changes.extend(changes::of(self.session.as_mut(), table, before, interrupt)?);
        }
        let unknown = self.unknown.iter().cloned().map(TableChange::Unknown);
        Ok(changes.into_iter().chain(unknown).collect())
    }
}

impl Drop for Rehearsal {
    fn drop(&mut self) {
        if self.has_begun {
            self.session.rollback();
        }
    }
}

#[cfg(test)]
mod tests;
