//! [`Filling`]: the rows of a query into a table of the same database, without a way through this program.

use super::beside::Beside;
use super::database::{Creation, Database};
use super::error::DatabaseError;
use super::load::{Mode, first_row, number};
use super::table::TableName;
use crate::work::Interrupt;

/// A query whose rows become rows of a table.
#[derive(Debug, Clone)]
pub struct Filling {
    /// The table.
    pub table: TableName,
    /// What happens to the rows that it has; it is made where it is missing.
    pub mode: Mode,
    /// The query.
    pub sql: String,
    /// Its columns.
    pub columns: Vec<String>,
    /// A column of it that is NULL for rows that must not be.
    pub checked: String,
    /// What such rows are.
    pub refused: &'static str,
}

/// What was filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Filled {
    /// How many rows the query gave.
    pub rows: u64,
    /// How many were removed because the table was overwritten.
    pub removed: Option<u64>,
    /// Whether the table was created.
    pub is_created: bool,
}

impl Filling {
    /// Runs the query and keeps its rows, in one transaction.
    ///
    /// # Errors
    ///
    /// The table is there and must not be, the query is refused, or a row must not be. The table is as it was then.
    pub fn run(&self, database: &mut dyn Database, interrupt: &Interrupt) -> Result<Filled, DatabaseError> {
        database.check_load(&self.table, None, interrupt)?;
        let is_there = database.columns(&self.table, interrupt)?.is_some();
        if database.creation() == Creation::Renamed && !is_there {
            let beside = Beside::of(&self.table)?;
            let done = self.create(database, &beside.name, interrupt);
            return beside.settle(database, done);
        }
        database.begin(interrupt)?;
        let locked = if is_there && self.mode == Mode::Overwrite {
            database.lock(&self.table, interrupt)
        } else {
            Ok(())
        };
        let done = locked.and_then(|()| self.fill(database, interrupt));
        let done = done.and_then(|filled| {
            database.commit(interrupt)?;
            Ok(filled)
        });
        if done.is_err() {
            database.rollback();
        }
        done
    }

    fn fill(&self, database: &mut dyn Database, interrupt: &Interrupt) -> Result<Filled, DatabaseError> {
        let table = database.qualified(&self.table);
        let is_created = database.columns(&self.table, interrupt)?.is_none();
        if is_created {
            return self.create(database, &self.table, interrupt);
        }
        self.check(database, &format!("({}) AS refused", self.sql), interrupt)?;
        let removed = match self.mode {
            Mode::Error | Mode::Upsert => {
                return Err(DatabaseError::TableExists {
                    table: self.table.clone(),
                });
            }
            Mode::Overwrite => Some(database.execute(&format!("DELETE FROM {table}"), &[], interrupt)?),
            Mode::Append => None,
        };
        let columns: Vec<String> = self
            .columns
            .iter()
            .map(|column| database.quoted(column))
            .collect();
        let insert = format!("INSERT INTO {table} ({}) {}", columns.join(", "), self.sql);
        Ok(Filled {
            rows: database.execute(&insert, &[], interrupt)?,
            removed,
            is_created,
        })
    }

    /// Creates a table of the query's rows.
    fn create(
        &self,
        database: &mut dyn Database,
        into: &TableName,
        interrupt: &Interrupt,
    ) -> Result<Filled, DatabaseError> {
        let table = database.qualified(into);
        let create = database.create_of(&table, &self.sql);
        database.execute(&create, &[], interrupt)?;
        self.check(database, &table, interrupt)?;
        Ok(Filled {
            rows: count(database, &table, None, interrupt)?,
            removed: None,
            is_created: true,
        })
    }

    /// Checks that there is no row that must not be.
    fn check(
        &self,
        database: &mut dyn Database,
        from: &str,
        interrupt: &Interrupt,
    ) -> Result<(), DatabaseError> {
        match count(database, from, Some(&self.checked), interrupt)? {
            0 => Ok(()),
            refused => Err(DatabaseError::Rows(format!("{refused} {}", self.refused))),
        }
    }
}

/// Counts rows, or those in which a column is NULL.
fn count(
    database: &mut dyn Database,
    from: &str,
    null: Option<&str>,
    interrupt: &Interrupt,
) -> Result<u64, DatabaseError> {
    let condition = null.map_or_else(String::new, |column| {
        format!(" WHERE {} IS NULL", database.quoted(column))
    });
    let sql = format!("SELECT {} FROM {from}{condition}", database.as_text("count(*)"));
    number(&first_row(database, &sql, interrupt)?, 0)
}
