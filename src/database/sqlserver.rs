//! SQL Server and Azure SQL, by their own protocol: queries, and loads by its way for many rows, without a driver to install.
//!
//! What is here decides which of its ways is used; each has a file: [`connect`] opens a session ([`pipe`] and [`transport`]
//! are what it speaks through), [`read`] and [`execute`] run statements, [`write`] loads rows, [`transaction`] keeps a load
//! together, [`catalog`] says what tables there are.

mod announced;
mod bind;
mod catalog;
mod column_store;
mod connect;
mod denial;
mod dialogue;
mod endpoint;
mod execute;
mod failure;
mod handshake;
mod heard;
mod lexer;
mod marks;
mod merging;
mod moments;
mod outbound;
mod packet;
mod pipe;
mod prelogin;
mod read;
mod ruling;
mod sql_type;
#[cfg(test)]
mod tests;
mod transaction;
mod transport;
mod types;
mod violation;
mod write;

use polars::prelude::DataType;

use self::catalog::Described;
use self::dialogue::{Dialogue, STOPPING, UNDOING};
use self::failure::NAME;
use super::database::{Database, Driver, Rows, Take};
use super::error::DatabaseError;
use super::judge::Judge;
use super::merge::Merge;
use super::parameter::Parameter;
use super::table::{TableColumn, TableName, TableSummary};
use super::target::Target;
use crate::work::Interrupt;

/// What opens sessions of SQL Server.
pub(super) const DRIVER: Driver = Driver {
    name: NAME,
    schemes: &["mssql", "sqlserver"],
    open,
    // A deadlock, and rows that have changed since a snapshot.
    passing: &["1205", "3960"],
};

/// How floats are written as such, and known by in an expression.
const FLOAT: &str = " AS float)";

/// An open session.
struct SqlServer {
    session: Dialogue,
    /// While a load goes on: what gives the session what it had before.
    restoring: Option<String>,
    /// How many tables were created for loads.
    stages: u32,
}

fn open(target: &Target, interrupt: &Interrupt) -> Result<Box<dyn Database>, DatabaseError> {
    let address = target.server().ok_or(DatabaseError::Closed)?;
    Ok(Box::new(SqlServer {
        session: connect::connect(address, interrupt)?,
        restoring: None,
        stages: 0,
    }))
}

impl Database for SqlServer {
    fn query(
        &mut self,
        sql: &str,
        parameters: &[Parameter],
        interrupt: &Interrupt,
        take: &mut Take<'_>,
    ) -> Result<(), DatabaseError> {
        let done = read::query(&mut self.session, sql, parameters, interrupt, take);
        done.map_err(|error| failure::suggested(error, || self.tables(interrupt).unwrap_or_default()))
    }

    fn execute(
        &mut self,
        sql: &str,
        parameters: &[Parameter],
        interrupt: &Interrupt,
    ) -> Result<u64, DatabaseError> {
        let is_loading = self.restoring.is_some();
        if is_loading {
            transaction::check(sql)?;
        }
        let changed = execute::execute(&mut self.session, sql, parameters, interrupt);
        let changed = changed
            .map_err(|error| failure::suggested(error, || self.tables(interrupt).unwrap_or_default()))?;
        // A procedure may have ended it.
        if is_loading && self.open_transactions(interrupt)? != 1 {
            return Err(transaction::ended());
        }
        Ok(changed)
    }

    fn tables(&mut self, interrupt: &Interrupt) -> Result<Vec<TableSummary>, DatabaseError> {
        self.session
            .run(interrupt, async |client| catalog::tables(client).await)
    }

    fn columns(
        &mut self,
        table: &TableName,
        interrupt: &Interrupt,
    ) -> Result<Option<Vec<TableColumn>>, DatabaseError> {
        let columns = self.described(table, interrupt)?;
        let columns: Vec<TableColumn> = columns.into_iter().map(|described| described.column).collect();
        Ok((!columns.is_empty()).then_some(columns))
    }

    fn unique_keys(
        &mut self,
        table: &TableName,
        interrupt: &Interrupt,
    ) -> Result<Vec<Vec<String>>, DatabaseError> {
        let keys = self.session.run(interrupt, async |client| {
            catalog::unique_keys(client, table).await
        })?;
        Ok(keys.into_iter().map(|(_, columns)| columns).collect())
    }

    fn check_load(
        &mut self,
        _table: &TableName,
        before: Option<&str>,
        _interrupt: &Interrupt,
    ) -> Result<(), DatabaseError> {
        before.map_or(Ok(()), transaction::check)
    }

    fn begin(&mut self, interrupt: &Interrupt) -> Result<(), DatabaseError> {
        let begun = self
            .session
            .run(interrupt, async |client| transaction::begin(client).await);
        match begun {
            Ok(restoring) => {
                self.restoring = Some(restoring);
                Ok(())
            }
            Err(error) => {
                if matches!(error, DatabaseError::Interrupted) {
                    self.rollback();
                }
                Err(error)
            }
        }
    }

    /// Of two that remove all rows at once, each would wait for the other at its end.
    fn lock(&mut self, table: &TableName, interrupt: &Interrupt) -> Result<(), DatabaseError> {
        let sql = format!(
            "SELECT TOP (1) 1 AS locked FROM {} WITH (TABLOCKX, HOLDLOCK)",
            self.qualified(table)
        );
        self.say(&sql, interrupt)
    }

    fn commit(&mut self, interrupt: &Interrupt) -> Result<(), DatabaseError> {
        if interrupt.is_set() {
            return Err(DatabaseError::Interrupted);
        }
        // From here on nobody can stop it: it would not be known whether it has happened.
        let done = self.say("COMMIT TRANSACTION", &Interrupt::default());
        done.map_err(DatabaseError::unanswered)?;
        self.restore();
        Ok(())
    }

    fn rollback(&mut self) {
        // What fails here, the server undoes when the session ends.
        let sql = "IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION";
        let _ = self
            .session
            .settle(UNDOING, async |client| transaction::run(client, sql).await);
        self.restore();
    }

    fn recover(&mut self) -> bool {
        let is_fit = self.session.stop();
        self.rollback();
        is_fit && self.session.parts().is_ok()
    }

    fn release(&mut self) -> bool {
        self.rollback();
        self.session.reset(connect::PREPARE)
    }

    fn resume(&mut self) -> bool {
        let answered = self.session.settle(STOPPING, async |client| {
            transaction::run(client, "SELECT 1 AS one").await
        });
        answered.is_ok()
    }

    fn type_for(&self, dtype: &DataType) -> Option<String> {
        types::type_for(dtype)
    }

    fn misfit(&self, dtype: &DataType, column: &TableColumn) -> Option<String> {
        types::misfit(dtype, &column.type_name)
    }

    fn judge(
        &mut self,
        table: &TableName,
        columns: &[TableColumn],
        interrupt: &Interrupt,
    ) -> Result<Judge, DatabaseError> {
        let known = self.described(table, interrupt)?;
        write::judge(&write::matching(&known, columns)?)
    }

    fn insert(
        &mut self,
        table: &TableName,
        columns: &[TableColumn],
        rows: &mut Rows<'_>,
        interrupt: &Interrupt,
    ) -> Result<u64, DatabaseError> {
        self.stages += 1;
        let into = self.qualified(table);
        write::insert(
            &mut self.session,
            table,
            &into,
            columns,
            (self.stages, rows),
            interrupt,
        )
    }

    fn stage(&mut self, like: &TableName, interrupt: &Interrupt) -> Result<TableName, DatabaseError> {
        self.stage_of("old.*", like, interrupt)
    }

    fn numbered_stage(
        &mut self,
        like: &TableName,
        number: &str,
        interrupt: &Interrupt,
    ) -> Result<TableName, DatabaseError> {
        let columns = format!("old.*, CAST(NULL AS bigint) AS {}", self.quoted(number));
        self.stage_of(&columns, like, interrupt)
    }

    fn take_over(
        &mut self,
        table: &TableName,
        columns: &[String],
        insert: &str,
        interrupt: &Interrupt,
    ) -> Result<u64, DatabaseError> {
        let columns: Vec<String> = columns.iter().map(|name| self.quoted(name)).collect();
        self.fill(&self.qualified(table), &columns, insert, interrupt)
    }

    fn merge(&mut self, merge: &Merge, interrupt: &Interrupt) -> Result<u64, DatabaseError> {
        let replaced = match merging::update(merge) {
            Some(sql) => self.execute(&sql, &[], interrupt)?,
            None => 0,
        };
        let columns = [merge.keys.as_slice(), merge.values.as_slice()].concat();
        let added = self.fill(&merge.table, &columns, &merging::insert(merge), interrupt)?;
        Ok(replaced + added)
    }

    fn key_type_for(&self, dtype: &DataType) -> Option<String> {
        types::key_type_for(dtype)
    }

    fn as_text(&self, expression: &str) -> String {
        // Of a float, six digits would be left otherwise.
        if expression.contains(FLOAT) {
            return format!("CONVERT(nvarchar(max), {expression}, 3)");
        }
        // There may be more rows than a number of 32 bits can count.
        let counted = match expression.strip_prefix("count(") {
            Some(rest) => format!("count_big({rest}"),
            None => expression.to_owned(),
        };
        format!("CAST({counted} AS nvarchar(max))")
    }

    fn as_float(&self, expression: &str) -> String {
        format!("CAST({expression}{FLOAT}")
    }

    fn as_sum(&self, column: &str) -> String {
        format!("sum(CAST({column} AS bigint))")
    }

    fn first_only(&self) -> &'static str {
        "OFFSET 0 ROWS FETCH NEXT 1 ROWS ONLY"
    }

    fn create_of(&self, table: &str, query: &str) -> String {
        format!("SELECT * INTO {table} FROM ({query}) AS made")
    }

    fn quoted(&self, name: &str) -> String {
        format!("[{}]", name.replace(']', "]]"))
    }
}

impl SqlServer {
    /// Runs a statement of our own.
    fn say(&mut self, sql: &str, interrupt: &Interrupt) -> Result<(), DatabaseError> {
        let said = self
            .session
            .finish(interrupt, async |client| transaction::run(client, sql).await);
        said.map(|_| ())
    }

    fn described(
        &mut self,
        table: &TableName,
        interrupt: &Interrupt,
    ) -> Result<Vec<Described>, DatabaseError> {
        self.session
            .run(interrupt, async |client| catalog::columns(client, table).await)
    }

    /// Runs an INSERT into columns of a table, also where the server counts one of them up by itself; all as statements have
    /// them.
    fn fill(
        &mut self,
        table: &str,
        columns: &[String],
        insert: &str,
        interrupt: &Interrupt,
    ) -> Result<u64, DatabaseError> {
        let identity = self
            .session
            .run(interrupt, async |client| catalog::identity(client, table).await)?;
        if identity.is_none_or(|name| !columns.contains(&self.quoted(&name))) {
            return self.execute(insert, &[], interrupt);
        }
        let sql = format!("SET IDENTITY_INSERT {table} ON; {insert}; SET IDENTITY_INSERT {table} OFF");
        self.execute(&sql, &[], interrupt)
    }

    fn open_transactions(&mut self, interrupt: &Interrupt) -> Result<i64, DatabaseError> {
        self.session
            .run(interrupt, async |client| catalog::open_transactions(client).await)
    }

    /// Creates an empty table beside `like`, which only this session sees, with some of its columns.
    fn stage_of(
        &mut self,
        columns: &str,
        like: &TableName,
        interrupt: &Interrupt,
    ) -> Result<TableName, DatabaseError> {
        self.stages += 1;
        let stage = TableName {
            schema: None,
            name: format!("#sheaf_stage_{}", self.stages),
        };
        // Behind an outer join each column may be NULL, and none is counted up by the server.
        let sql = format!(
            "SELECT TOP 0 {columns} INTO {} FROM (SELECT 1 AS one) AS one LEFT JOIN {} AS old ON 1 = 0",
            self.qualified(&stage),
            self.qualified(like)
        );
        self.say(&sql, interrupt)?;
        Ok(stage)
    }

    /// Gives the session what it had before a load.
    fn restore(&mut self) {
        if let Some(sql) = self.restoring.take() {
            // Only what a person runs later may notice.
            let _ = self
                .session
                .settle(UNDOING, async |client| transaction::run(client, &sql).await);
        }
    }
}
