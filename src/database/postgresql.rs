//! PostgreSQL, by its own protocol: queries and loads in its binary format, without a driver to install.
//!
//! What is here decides which of its ways is used; each has a file: [`connect`] opens a session, [`read`] and [`execute`] run
//! statements, [`write`] loads rows, [`catalog`] says what tables there are.

mod bind;
mod builder;
mod bytes;
mod catalog;
mod connect;
mod encode;
mod ending;
mod execute;
mod failure;
mod lexer;
mod link;
mod marks;
mod moments;
mod name;
mod numeric;
mod own_session;
mod read;
mod release;
mod ruling;
mod settings;
#[cfg(test)]
mod tests;
mod text;
mod tls;
mod types;
mod wire;
mod write;

use std::collections::HashMap;

use polars::prelude::DataType;
use tokio_postgres::SimpleQueryMessage;

use self::failure::own;
use self::link::Link;
use self::wire::Wire;
use super::database::{Database, Driver, Rows, Take};
use super::error::DatabaseError;
use super::judge::Judge;
use super::parameter::Parameter;
use super::savepoint::Savepoint;
use super::table::{TableColumn, TableName, TableSummary};
use super::target::Target;
use crate::error::nearest;
use crate::work::Interrupt;

pub use own_session::OwnSession;

/// What opens sessions of PostgreSQL.
pub(super) const DRIVER: Driver = Driver {
    name: name::NAME,
    schemes: &["postgresql", "postgres"],
    open,
    // What is not serializable, and a deadlock.
    passing: &["40001", "40P01"],
};

/// An open session.
struct PostgreSql {
    session: Link,
    /// How the types that a database has for itself are written, by their names: those that `columns` has come across.
    wires: HashMap<String, Option<Wire>>,
    /// How many tables were created for loads.
    stages: u32,
}

fn open(target: &Target, interrupt: &Interrupt) -> Result<Box<dyn Database>, DatabaseError> {
    let address = target.server().ok_or(DatabaseError::Closed)?;
    Ok(Box::new(PostgreSql {
        session: connect::connect(address, interrupt)?,
        wires: HashMap::new(),
        stages: 0,
    }))
}

impl Database for PostgreSql {
    fn query(
        &mut self,
        sql: &str,
        parameters: &[Parameter],
        interrupt: &Interrupt,
        take: &mut Take<'_>,
    ) -> Result<(), DatabaseError> {
        let done = read::query(&self.session, sql, parameters, interrupt, take);
        done.map_err(|error| self.suggested(error, sql, interrupt))
    }

    fn execute(
        &mut self,
        sql: &str,
        parameters: &[Parameter],
        interrupt: &Interrupt,
    ) -> Result<u64, DatabaseError> {
        let done = execute::execute(&self.session, sql, parameters, interrupt);
        done.map_err(|error| self.suggested(error, sql, interrupt))
    }

    fn tables(&mut self, interrupt: &Interrupt) -> Result<Vec<TableSummary>, DatabaseError> {
        let client = self.session.client()?;
        self.session.run(interrupt, catalog::tables(client))
    }

    fn columns(
        &mut self,
        table: &TableName,
        interrupt: &Interrupt,
    ) -> Result<Option<Vec<TableColumn>>, DatabaseError> {
        let client = self.session.client()?;
        let name = self.qualified(table);
        let found = self.session.run(interrupt, async {
            let Some(columns) = catalog::columns(client, table).await? else {
                return Ok(None);
            };
            // Enums and domains have names that say nothing of how they are written.
            if columns
                .iter()
                .all(|column| Wire::named(&column.type_name).is_some())
            {
                return Ok(Some((columns, Vec::new())));
            }
            client.clear_type_cache();
            let described = client
                .prepare(&format!("SELECT * FROM {name}"))
                .await
                .map_err(own)?;
            let wires = described.columns().iter().map(|column| {
                let wire = Wire::of(column.type_(), column.type_modifier());
                (column.name().to_owned(), wire)
            });
            Ok(Some((columns, wires.collect())))
        })?;
        let Some((columns, wires)) = found else {
            return Ok(None);
        };
        for (name, wire) in wires {
            if let Some(column) = columns.iter().find(|column| column.name == name) {
                self.wires.insert(column.type_name.clone(), wire);
            }
        }
        Ok(Some(columns))
    }

    fn compares(&self, column: &TableColumn) -> bool {
        // It has no equality for these; of the types that a database has for itself, it may have none.
        match Wire::named(&column.type_name) {
            Some(wire) => !wire.is_json() && !column.type_name.contains("xml"),
            None => false,
        }
    }

    fn unique_keys(
        &mut self,
        table: &TableName,
        interrupt: &Interrupt,
    ) -> Result<Vec<Vec<String>>, DatabaseError> {
        let client = self.session.client()?;
        self.session.run(interrupt, catalog::unique_keys(client, table))
    }

    fn check_load(
        &mut self,
        _table: &TableName,
        before: Option<&str>,
        _interrupt: &Interrupt,
    ) -> Result<(), DatabaseError> {
        before.map_or(Ok(()), ending::check)
    }

    /// Of two that remove all rows at once each would see those of before alone, and both would end well.
    fn lock(&mut self, table: &TableName, interrupt: &Interrupt) -> Result<(), DatabaseError> {
        let sql = format!("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE", self.qualified(table));
        self.execute(&sql, &[], interrupt).map(drop)
    }

    fn begin(&mut self, interrupt: &Interrupt) -> Result<(), DatabaseError> {
        let client = self.session.client()?;
        self.session.run(interrupt, async {
            // A transaction that a person has begun would end with the load. Only within one, time stands still.
            let asked = "SELECT pg_catalog.now() = pg_catalog.statement_timestamp()";
            let answers = client.simple_query(asked).await.map_err(own)?;
            let is_free = answers.iter().any(|answer| match answer {
                SimpleQueryMessage::Row(row) => row.try_get(0).is_ok_and(|value| value == Some("t")),
                _ => false,
            });
            if !is_free {
                return Err(DatabaseError::Usage {
                    reason: "a transaction is open, which would end with the load".to_owned(),
                    hint: "end it first: con.execute(\"COMMIT\"), or con.execute(\"ROLLBACK\")".to_owned(),
                });
            }
            // What others write meanwhile is not seen: counts before and after a load differ by its rows alone, and nobody
            // has to wait for it. Where both change one row, the server refuses this transaction.
            let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ";
            client.batch_execute(begin).await.map_err(own)
        })
    }

    fn commit(&mut self, interrupt: &Interrupt) -> Result<(), DatabaseError> {
        let client = self.session.client()?;
        let commit = async { client.batch_execute("COMMIT").await.map_err(own) };
        let done = self.session.finish(interrupt, commit, || {
            failure::broken("the server does not answer")
        });
        done.map_err(DatabaseError::unanswered)
    }

    fn is_over(&mut self) -> bool {
        self.session
            .client()
            .map_or(true, tokio_postgres::Client::is_closed)
    }

    fn savepoint(&mut self, savepoint: Savepoint, interrupt: &Interrupt) -> Result<bool, DatabaseError> {
        let client = self.session.client()?;
        self.session.run(interrupt, async {
            client.batch_execute(&savepoint.statement()).await.map_err(own)
        })?;
        Ok(true)
    }

    fn rollback(&mut self) {
        if let Ok(client) = self.session.client() {
            self.session.settle(client.batch_execute("ROLLBACK"));
        }
    }

    fn recover(&mut self) -> bool {
        let Ok(client) = self.session.client() else {
            return false;
        };
        let rolled_back = self.session.settle(client.batch_execute("ROLLBACK"));
        rolled_back.is_some_and(|result| result.is_ok())
    }

    fn release(&mut self) -> bool {
        self.wires.clear();
        let Ok(client) = self.session.client() else {
            return false;
        };
        let released = self.session.settle(release::release(client, self.session.path()));
        released.is_some_and(|result| result.unwrap_or(false))
    }

    fn resume(&mut self) -> bool {
        let Ok(client) = self.session.client() else {
            return false;
        };
        let answered = self.session.settle(client.simple_query(""));
        answered.is_some_and(|result| result.is_ok())
    }

    fn type_for(&self, dtype: &DataType) -> Option<String> {
        types::type_for(dtype)
    }

    fn misfit(&self, dtype: &DataType, column: &TableColumn) -> Option<String> {
        match self.wire(column) {
            Some(wire) => types::misfit(dtype, &wire),
            None => Some(format!(
                "rows cannot be loaded into a column of type {}",
                column.type_name
            )),
        }
    }

    fn judge(
        &mut self,
        _table: &TableName,
        columns: &[TableColumn],
        _interrupt: &Interrupt,
    ) -> Result<Judge, DatabaseError> {
        let wires = columns.iter().map(|column| self.wire(column));
        Ok(write::judge(columns, wires.collect()))
    }

    fn insert(
        &mut self,
        table: &TableName,
        columns: &[TableColumn],
        rows: &mut Rows<'_>,
        interrupt: &Interrupt,
    ) -> Result<u64, DatabaseError> {
        let names: Vec<String> = columns.iter().map(|column| self.quoted(&column.name)).collect();
        write::insert(
            &self.session,
            &self.qualified(table),
            &names.join(", "),
            columns,
            rows,
            interrupt,
        )
    }

    fn stage(&mut self, like: &TableName, interrupt: &Interrupt) -> Result<TableName, DatabaseError> {
        self.stages += 1;
        let stage = TableName {
            schema: Some("pg_temp".to_owned()),
            name: format!("sheaf_stage_{}", self.stages),
        };
        let client = self.session.client()?;
        let columns = self
            .session
            .run(interrupt, catalog::plain_columns(client, like))?;
        // `LIKE` would bring along that columns must not be NULL, also of those that are not loaded.
        let create = format!(
            "CREATE TEMPORARY TABLE {} ON COMMIT DROP AS SELECT {} FROM {} WITH NO DATA",
            self.quoted(&stage.name),
            columns.as_deref().unwrap_or("*"),
            self.qualified(like)
        );
        self.say(&create, interrupt)?;
        Ok(stage)
    }
}

impl PostgreSql {
    /// Returns how values of a column are written.
    fn wire(&self, column: &TableColumn) -> Option<Wire> {
        let known = self.wires.get(&column.type_name).cloned();
        known.unwrap_or_else(|| Wire::named(&column.type_name))
    }

    /// Runs a statement of our own.
    fn say(&self, sql: &str, interrupt: &Interrupt) -> Result<(), DatabaseError> {
        let client = self.session.client()?;
        let run = async { client.batch_execute(sql).await.map_err(own) };
        self.session.run(interrupt, run)
    }

    /// Adds which table may be meant by one that there is not.
    fn suggested(&mut self, error: DatabaseError, sql: &str, interrupt: &Interrupt) -> DatabaseError {
        match error {
            DatabaseError::Refused {
                database,
                message,
                code,
                at: Some(at),
                hint: None,
            } if code.as_deref() == Some("42P01") => {
                // In a transaction that has failed, nothing can be asked.
                let known = self.tables(interrupt).unwrap_or_default();
                DatabaseError::Refused {
                    hint: suggestion(&named_at(sql, at), &known),
                    database,
                    message,
                    code,
                    at: Some(at),
                }
            }
            other => other,
        }
    }
}

/// Returns the name of the table at a place of a statement, without its schema.
fn named_at(sql: &str, at: usize) -> String {
    let rest = sql.get(at..).unwrap_or_default();
    let mut found = lexer::tokens(rest).into_iter();
    let mut name = found.next().map(|token| token.text(rest)).unwrap_or_default();
    while found.next().is_some_and(|token| token.text(rest) == ".") {
        name = found.next().map_or(name, |token| token.text(rest));
    }
    name.trim_matches('"').replace("\"\"", "\"")
}

/// Says which table may be meant; one of another schema, or in capitals, is written in full.
fn suggestion(name: &str, known: &[TableSummary]) -> Option<String> {
    let near = nearest(name, known.iter().map(|known| known.table.name.as_str()));
    let Some(near) = near else {
        return Some("con.tables() lists those that there are".to_owned());
    };
    let named = || known.iter().filter(|known| known.table.name == near);
    let is_plain = |known: &&TableSummary| matches!(known.table.schema.as_deref(), None | Some("public"));
    let summary = named().find(is_plain).or_else(|| named().next())?;
    let quoted = |name: &str| {
        let is_plain = |c: char| c == '_' || c.is_ascii_lowercase() || c.is_ascii_digit();
        let is_plain = name.chars().all(is_plain) && !name.starts_with(|c: char| c.is_ascii_digit());
        if is_plain {
            name.to_owned()
        } else {
            format!("\"{}\"", name.replace('"', "\"\""))
        }
    };
    let full = match summary.table.schema.as_deref() {
        None | Some("public") => quoted(near),
        Some(schema) => format!("{}.{}", quoted(schema), quoted(near)),
    };
    Some(format!("did you mean {full}?"))
}
