//! [`Database`]: an open session of a database, whichever it is.

use polars::prelude::{DataFrame, DataType};

use super::error::DatabaseError;
use super::judge::Judge;
use super::merge::Merge;
use super::parameter::Parameter;
use super::ruled::Ruled;
use super::savepoint::Savepoint;
use super::table::{TableColumn, TableName, TableSummary};
use super::table_change::TableChange;
use super::target::Target;
use crate::work::Interrupt;

/// A kind of database: how its URLs begin, and how a session of it is opened.
#[derive(Debug, Clone, Copy)]
pub struct Driver {
    /// What a person calls it: "PostgreSQL".
    pub name: &'static str,
    /// How its URLs begin, without `jdbc:`: `["postgresql", "postgres"]`.
    pub schemes: &'static [&'static str],
    /// Opens a session.
    pub(super) open: OpenSession,
    /// The codes of errors for which others were in the way: what was undone may go well the next time.
    pub(super) passing: &'static [&'static str],
}

/// Opens a session.
pub(super) type OpenSession = fn(&Target, &Interrupt) -> Result<Box<dyn Database>, DatabaseError>;

/// Takes the batches of a result, in their order; each has all columns, with the same names and types.
///
/// A result without rows is one batch without rows.
pub type Take<'a> = dyn FnMut(DataFrame) -> Result<(), DatabaseError> + 'a;

/// The rows of a load, batch by batch: each has the columns of the load, in their order.
pub type Rows<'a> = dyn Iterator<Item = Result<DataFrame, DatabaseError>> + 'a;

/// How a table that a load creates comes to be there with its rows, or not at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Creation {
    /// In the transaction of the load, which undoes that, too.
    InTransaction,
    /// Under a name of its own, and before the transaction, because creating a table ends one; it gets its name when all of
    /// it is there.
    Renamed,
}

/// An open session of a database.
///
/// Each function can be stopped: when the interrupt is set, the statement is cancelled where it runs, also on a server, and
/// the answer is [`DatabaseError::Interrupted`].
pub trait Database: Send + Ruled {
    /// Runs a query, and hands its rows over in batches of some ten thousands.
    ///
    /// Parameters are bound where the database has its marks for them (`?` and `:name`, `$1`), never pasted.
    fn query(
        &mut self,
        sql: &str,
        parameters: &[Parameter],
        interrupt: &Interrupt,
        take: &mut Take<'_>,
    ) -> Result<(), DatabaseError>;

    /// Runs one statement or, without parameters, several; returns how many rows the last one has changed.
    fn execute(
        &mut self,
        sql: &str,
        parameters: &[Parameter],
        interrupt: &Interrupt,
    ) -> Result<u64, DatabaseError>;

    /// Lists the tables and views that a person has made, sorted by schema and name.
    fn tables(&mut self, interrupt: &Interrupt) -> Result<Vec<TableSummary>, DatabaseError>;

    /// Describes the columns of a table or a view, in their order; `None` where there is none of that name.
    fn columns(
        &mut self,
        table: &TableName,
        interrupt: &Interrupt,
    ) -> Result<Option<Vec<TableColumn>>, DatabaseError>;

    /// Returns the columns of each unique constraint and index (the primary key among them) of a table.
    fn unique_keys(
        &mut self,
        table: &TableName,
        interrupt: &Interrupt,
    ) -> Result<Vec<Vec<String>>, DatabaseError>;

    /// Begins a transaction in which a load is to happen: nobody else writes to what it writes meanwhile.
    fn begin(&mut self, interrupt: &Interrupt) -> Result<(), DatabaseError>;

    /// Keeps others from writing to a table until the transaction ends, where the rows that it has are to go; called first in
    /// it, with a table that is there.
    ///
    /// A database in which `begin` does that already, or in which two such transactions cannot both end well, has nothing to do.
    fn lock(&mut self, _table: &TableName, _interrupt: &Interrupt) -> Result<(), DatabaseError> {
        Ok(())
    }

    /// Makes all since `begin` last.
    fn commit(&mut self, interrupt: &Interrupt) -> Result<(), DatabaseError>;

    /// Undoes all since `begin`; what cannot be undone because the session is broken, the database undoes by itself.
    fn rollback(&mut self);

    /// Sets a savepoint in a transaction, or keeps or undoes what was done since; returns whether there are savepoints.
    fn savepoint(&mut self, _savepoint: Savepoint, _interrupt: &Interrupt) -> Result<bool, DatabaseError> {
        Ok(false)
    }

    /// Returns what a rehearsal would have changed; a session in which things last has none.
    fn rehearsed(&mut self, _interrupt: &Interrupt) -> Result<Vec<TableChange>, DatabaseError> {
        Ok(Vec::new())
    }

    /// Makes the session fit for use again after an interruption, with no transaction open; returns whether it is.
    ///
    /// One that is not is closed, and the next use opens another. A database in memory would be lost by that.
    fn recover(&mut self) -> bool {
        false
    }

    /// Returns whether it is known that the session is over; nothing is sent to find out.
    fn is_over(&mut self) -> bool {
        false
    }

    /// Makes the session as it was when it was opened, with no transaction and without all that was set in it, created for it
    /// alone or locked by it; returns whether it is, and may wait for somebody else.
    ///
    /// One that is not is closed. A file is opened at once, and waits for nobody.
    fn release(&mut self) -> bool {
        false
    }

    /// Returns whether a session that has waited is still there for somebody else.
    fn resume(&mut self) -> bool {
        false
    }

    /// Returns the type that a new column for values of `dtype` gets; `None` where the database has none for them.
    fn type_for(&self, dtype: &DataType) -> Option<String>;

    /// Says why values of `dtype` cannot go into a column, before the first row goes out; `None` where they can.
    fn misfit(&self, dtype: &DataType, column: &TableColumn) -> Option<String>;

    /// Returns what says of single values why these columns of a table cannot take them, before they are sent.
    ///
    /// Of a database whose judge says nothing, a load with such a value fails as a whole.
    fn judge(
        &mut self,
        _table: &TableName,
        _columns: &[TableColumn],
        _interrupt: &Interrupt,
    ) -> Result<Judge, DatabaseError> {
        Ok(Box::new(|_| Ok(Vec::new())))
    }

    /// Puts rows into a table, by the fastest way there is, and returns how many the database says it took.
    ///
    /// `columns` are those of the table that the columns of the rows go to, in the order of the rows' columns.
    fn insert(
        &mut self,
        table: &TableName,
        columns: &[TableColumn],
        rows: &mut Rows<'_>,
        interrupt: &Interrupt,
    ) -> Result<u64, DatabaseError>;

    /// Creates an empty table beside `like`, with the same columns and without its constraints, which only this session sees.
    fn stage(&mut self, like: &TableName, interrupt: &Interrupt) -> Result<TableName, DatabaseError>;

    /// Creates a table as [`Database::stage`] does, with a further column for the numbers of rows.
    fn numbered_stage(
        &mut self,
        like: &TableName,
        number: &str,
        interrupt: &Interrupt,
    ) -> Result<TableName, DatabaseError> {
        let stage = self.stage(like, interrupt)?;
        let (from, number) = (self.qualified(&stage), self.quoted(number));
        self.execute(
            &format!("ALTER TABLE {from} ADD COLUMN {number} BIGINT"),
            &[],
            interrupt,
        )?;
        Ok(stage)
    }

    /// Removes a table that was created beside another.
    fn unstage(&mut self, stage: &TableName, interrupt: &Interrupt) -> Result<(), DatabaseError> {
        let sql = format!("DROP TABLE {}", self.qualified(stage));
        self.execute(&sql, &[], interrupt).map(|_| ())
    }

    /// Takes rows over into these columns of a table, by an INSERT of a query, and returns how many rows it has added.
    ///
    /// A database that lets nobody fill in what it counts up by itself is told that this INSERT may.
    fn take_over(
        &mut self,
        _table: &TableName,
        _columns: &[String],
        insert: &str,
        interrupt: &Interrupt,
    ) -> Result<u64, DatabaseError> {
        self.execute(insert, &[], interrupt)
    }

    /// Takes the rows of a table beside a table over, by their keys, and returns how many rows of it that has changed.
    fn merge(&mut self, merge: &Merge, interrupt: &Interrupt) -> Result<u64, DatabaseError> {
        self.execute(&merge.statement(), &[], interrupt)
    }

    /// Says why a load could not be undone as a whole, before anything of it is done.
    fn check_load(
        &mut self,
        _table: &TableName,
        _before: Option<&str>,
        _interrupt: &Interrupt,
    ) -> Result<(), DatabaseError> {
        Ok(())
    }

    /// Returns how a table that a load creates comes to be.
    fn creation(&self) -> Creation {
        Creation::InTransaction
    }

    /// Returns the type that a new column gets by which rows are known.
    fn key_type_for(&self, dtype: &DataType) -> Option<String> {
        self.type_for(dtype)
    }

    /// Writes an expression whose value is that of another one as a text, with all of its digits.
    fn as_text(&self, expression: &str) -> String {
        format!("CAST({expression} AS TEXT)")
    }

    /// Returns whether the database tells whether two values of a column are equal: of some types it does not.
    fn compares(&self, _column: &TableColumn) -> bool {
        true
    }

    /// Writes an expression whose value is that of another one as a float.
    fn as_float(&self, expression: &str) -> String {
        format!("CAST({expression} AS DOUBLE PRECISION)")
    }

    /// Writes an expression that adds up the whole numbers of a column.
    fn as_sum(&self, column: &str) -> String {
        format!("sum({column})")
    }

    /// Writes what ends a query that has an order, so that its first row alone is returned.
    fn first_only(&self) -> &'static str {
        "LIMIT 1"
    }

    /// Writes the statement that creates a table of the rows of a query.
    fn create_of(&self, table: &str, query: &str) -> String {
        format!("CREATE TABLE {table} AS {query}")
    }

    /// Says that there is no such table, and which there are.
    fn no_table(&mut self, table: &TableName, interrupt: &Interrupt) -> DatabaseError {
        match self.tables(interrupt) {
            Ok(tables) => DatabaseError::NoTable {
                table: table.clone(),
                known: tables.iter().map(|summary| summary.table.to_string()).collect(),
            },
            Err(error) => error,
        }
    }

    /// Writes a name as the database quotes it.
    fn quoted(&self, name: &str) -> String {
        format!("\"{}\"", name.replace('"', "\"\""))
    }

    /// Writes the name of a table, with its schema where that is said, as the database quotes it.
    fn qualified(&self, table: &TableName) -> String {
        let schema = table.schema.as_ref().map(|schema| self.quoted(schema) + ".");
        schema.unwrap_or_default() + &self.quoted(&table.name)
    }
}
