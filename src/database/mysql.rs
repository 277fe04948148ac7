//! MySQL and MariaDB, by their own protocol: queries in its binary form, and loads, without a driver to install.
//!
//! What is here decides which of its ways is used; each has a file: [`connect`] opens a session, [`read`] and [`execute`] run
//! statements, [`write`] loads rows, [`transaction`] keeps a load together, [`catalog`] says what tables there are.

mod bind;
mod catalog;
mod channel;
mod connect;
mod declared;
mod execute;
mod failure;
mod gatherer;
mod landing;
mod lexer;
mod login;
mod marks;
mod meaning;
mod merging;
mod moments;
mod outgoing;
mod read;
mod rejected;
mod rejection;
mod ruling;
#[cfg(test)]
mod tests;
mod tls;
mod transaction;
mod types;
mod write;

use mysql_async::ChangeUserOpts;
use mysql_async::prelude::Queryable as _;
use polars::prelude::DataType;

use self::channel::{Channel, STOPPING, UNDOING};
use self::failure::{NAME, of};
use self::landing::Landing;
use super::database::{Creation, Database, Driver, Rows, Take};
use super::error::DatabaseError;
use super::judge::Judge;
use super::merge::Merge;
use super::parameter::Parameter;
use super::savepoint::Savepoint;
use super::table::{TableColumn, TableName, TableSummary};
use super::target::Target;
use crate::work::Interrupt;

/// What opens sessions of MySQL and MariaDB.
pub(super) const DRIVER: Driver = Driver {
    name: NAME,
    schemes: &["mysql", "mariadb"],
    open,
    // A lock that was waited for too long, and a deadlock; in MariaDB, a row that has changed since it was read.
    passing: &["1205", "1213", "1020"],
};

/// What the server takes at once, where it does not say.
const PACKET: usize = 1 << 20;

/// An open session.
struct MySql {
    session: Channel,
    /// The mode that the session had before the load that is going on.
    mode: Option<String>,
    /// The most bytes that the server takes at once.
    most: usize,
    /// How many tables were created for loads.
    stages: u32,
}

fn open(target: &Target, interrupt: &Interrupt) -> Result<Box<dyn Database>, DatabaseError> {
    let address = target.server().ok_or(DatabaseError::Closed)?;
    let mut session = connect::connect(address, interrupt)?;
    let most: Option<u64> = session.run(interrupt, async |conn| {
        conn.query_first("SELECT @@max_allowed_packet").await.map_err(of)
    })?;
    Ok(Box::new(MySql {
        session,
        mode: None,
        most: most.and_then(|most| usize::try_from(most).ok()).unwrap_or(PACKET),
        stages: 0,
    }))
}

impl Database for MySql {
    fn query(
        &mut self,
        sql: &str,
        parameters: &[Parameter],
        interrupt: &Interrupt,
        take: &mut Take<'_>,
    ) -> Result<(), DatabaseError> {
        bind::check_size(sql, parameters, self.most)?;
        let done = read::query(&mut self.session, sql, parameters, interrupt, take);
        done.map_err(|error| failure::suggested(error, || self.tables(interrupt).unwrap_or_default()))
    }

    fn execute(
        &mut self,
        sql: &str,
        parameters: &[Parameter],
        interrupt: &Interrupt,
    ) -> Result<u64, DatabaseError> {
        let is_loading = self.mode.is_some();
        if is_loading {
            transaction::check(sql)?;
        }
        bind::check_size(sql, parameters, self.most)?;
        let changed = execute::execute(&mut self.session, sql, parameters, interrupt);
        let changed = changed
            .map_err(|error| failure::suggested(error, || self.tables(interrupt).unwrap_or_default()))?;
        // A procedure may have ended it.
        if is_loading && !transaction::is_open(self.session.parts()?.1) {
            return Err(transaction::ended());
        }
        Ok(changed)
    }

    fn tables(&mut self, interrupt: &Interrupt) -> Result<Vec<TableSummary>, DatabaseError> {
        self.session
            .run(interrupt, async |conn| catalog::tables(conn).await)
    }

    fn columns(
        &mut self,
        table: &TableName,
        interrupt: &Interrupt,
    ) -> Result<Option<Vec<TableColumn>>, DatabaseError> {
        self.session
            .run(interrupt, async |conn| catalog::columns(conn, table).await)
    }

    fn unique_keys(
        &mut self,
        table: &TableName,
        interrupt: &Interrupt,
    ) -> Result<Vec<Vec<String>>, DatabaseError> {
        self.session
            .run(interrupt, async |conn| catalog::unique_keys(conn, table).await)
    }

    fn begin(&mut self, interrupt: &Interrupt) -> Result<(), DatabaseError> {
        let begun = self
            .session
            .run(interrupt, async |conn| transaction::begin(conn).await);
        match begun {
            Ok(mode) => {
                self.mode = Some(mode);
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

    fn commit(&mut self, interrupt: &Interrupt) -> Result<(), DatabaseError> {
        if interrupt.is_set() {
            return Err(DatabaseError::Interrupted);
        }
        // From here on nobody can stop it: it would not be known whether it has happened.
        let unstopped = Interrupt::default();
        let done = self.session.run(&unstopped, async |conn| {
            conn.query_drop("COMMIT").await.map_err(of)
        });
        done.map_err(DatabaseError::unanswered)?;
        self.restore();
        Ok(())
    }

    fn savepoint(&mut self, savepoint: Savepoint, interrupt: &Interrupt) -> Result<bool, DatabaseError> {
        self.session.run(interrupt, async |conn| {
            conn.query_drop(savepoint.statement()).await.map_err(of)
        })?;
        Ok(true)
    }

    fn rollback(&mut self) {
        // What fails here, the server undoes when the session ends.
        let _ = self.session.settle(UNDOING, async |conn| {
            conn.query_drop("ROLLBACK").await.map_err(of)
        });
        self.restore();
    }

    fn recover(&mut self) -> bool {
        let is_fit = self.session.stop();
        self.rollback();
        is_fit && self.session.parts().is_ok()
    }

    fn release(&mut self) -> bool {
        self.mode = None;
        let released = self
            .session
            .settle(UNDOING, async |conn| conn.reset().await.map_err(of));
        released.unwrap_or(false)
    }

    /// Who one is, is said again: the database and the roles are those of the beginning, which nothing else gives back, and one
    /// who may not log in any more is not let in.
    fn resume(&mut self) -> bool {
        let resumed = self.session.settle(STOPPING, async |conn| {
            conn.change_user(ChangeUserOpts::default()).await.map_err(of)?;
            conn.query_drop(connect::PREPARE).await.map_err(of)
        });
        resumed.is_ok()
    }

    fn type_for(&self, dtype: &DataType) -> Option<String> {
        types::type_for(dtype)
    }

    fn misfit(&self, dtype: &DataType, column: &TableColumn) -> Option<String> {
        types::misfit(dtype, &column.type_name)
    }

    fn judge(
        &mut self,
        _table: &TableName,
        columns: &[TableColumn],
        _interrupt: &Interrupt,
    ) -> Result<Judge, DatabaseError> {
        Ok(write::judge(columns))
    }

    fn insert(
        &mut self,
        table: &TableName,
        columns: &[TableColumn],
        rows: &mut Rows<'_>,
        interrupt: &Interrupt,
    ) -> Result<u64, DatabaseError> {
        let names: Vec<String> = columns.iter().map(|column| self.quoted(&column.name)).collect();
        let into = Landing {
            table,
            into: self.qualified(table),
            names: names.join(", "),
            columns,
            most: self.most,
        };
        write::insert(&mut self.session, &into, rows, interrupt)
    }

    fn stage(&mut self, like: &TableName, interrupt: &Interrupt) -> Result<TableName, DatabaseError> {
        self.stage_of("*", "", like, interrupt)
    }

    fn numbered_stage(
        &mut self,
        like: &TableName,
        number: &str,
        interrupt: &Interrupt,
    ) -> Result<TableName, DatabaseError> {
        // A column that is added later would end the transaction, also that of a temporary table.
        let number = self.quoted(number);
        let columns = format!("*, CAST({} AS SIGNED) AS {number}", i64::MAX);
        // Rows come in the order of their numbers, so the key costs nothing.
        self.stage_of(&columns, &format!("(PRIMARY KEY ({number}))"), like, interrupt)
    }

    fn unstage(&mut self, stage: &TableName, interrupt: &Interrupt) -> Result<(), DatabaseError> {
        let sql = format!("DROP TEMPORARY TABLE {}", self.qualified(stage));
        self.execute(&sql, &[], interrupt).map(|_| ())
    }

    fn merge(&mut self, merge: &Merge, interrupt: &Interrupt) -> Result<u64, DatabaseError> {
        let changed = self.execute(&merging::statement(merge), &[], interrupt)?;
        // A row that is replaced counts twice, or not at all where it is the same; the server says how many there were.
        let info = self.session.parts()?.1.info().into_owned();
        Ok(match merging::records(&info) {
            Some(records) if !merge.values.is_empty() => records,
            _ => changed,
        })
    }

    fn check_load(
        &mut self,
        table: &TableName,
        before: Option<&str>,
        interrupt: &Interrupt,
    ) -> Result<(), DatabaseError> {
        if let Some(sql) = before {
            transaction::check(sql)?;
        }
        let written = before.map_or_else(Vec::new, transaction::written);
        let (engine, lasting) = self.session.run(interrupt, async |conn| {
            // Creating the table would end it.
            transaction::check_free(conn).await?;
            let lasting = if written.is_empty() {
                Vec::new()
            } else {
                catalog::lasting_tables(conn).await?
            };
            Ok((catalog::lasting_engine(conn, table).await?, lasting))
        })?;
        let of_load = engine.map(|engine| (self.qualified(table), engine));
        let mut lasting = lasting.into_iter();
        let of_before =
            lasting.find(|(name, _)| written.iter().any(|written| written.eq_ignore_ascii_case(name)));
        let of_before = of_before.map(|(name, engine)| (self.quoted(&name), engine));
        match of_load.or(of_before) {
            None => Ok(()),
            Some((name, engine)) => Err(DatabaseError::Usage {
                reason: format!(
                    "{} is a table of {engine}, which cannot undo a load that fails",
                    name.replace('`', "")
                ),
                hint: format!("give it another engine: con.execute(\"ALTER TABLE {name} ENGINE = InnoDB\")"),
            }),
        }
    }

    fn creation(&self) -> Creation {
        Creation::Renamed
    }

    fn key_type_for(&self, dtype: &DataType) -> Option<String> {
        types::key_type_for(dtype)
    }

    fn as_text(&self, expression: &str) -> String {
        format!("CAST({expression} AS CHAR)")
    }

    fn as_float(&self, expression: &str) -> String {
        format!("({expression} + 0e0)")
    }

    fn quoted(&self, name: &str) -> String {
        format!("`{}`", name.replace('`', "``"))
    }
}

impl MySql {
    /// Creates an empty table beside `like`, which only this session sees, with some of its columns and maybe a key.
    fn stage_of(
        &mut self,
        columns: &str,
        key: &str,
        like: &TableName,
        interrupt: &Interrupt,
    ) -> Result<TableName, DatabaseError> {
        self.stages += 1;
        let stage = TableName {
            schema: like.schema.clone(),
            name: format!("sheaf_stage_{}", self.stages),
        };
        let sql = format!(
            "CREATE TEMPORARY TABLE {} {key} ENGINE = InnoDB AS SELECT {columns} FROM {} LIMIT 0",
            self.qualified(&stage),
            self.qualified(like)
        );
        self.execute(&sql, &[], interrupt)?;
        Ok(stage)
    }

    /// Gives the session the mode that it had before a load.
    fn restore(&mut self) {
        if let Some(mode) = self.mode.take() {
            // Only what a person runs later may notice.
            let _ = self
                .session
                .settle(STOPPING, async |conn| transaction::restore(conn, &mode).await);
        }
    }
}
