//! [`OwnSession`]: a session for what the program itself keeps in a database.
//!
//! Its statements are ours: they are prepared once, and their values are numbers and texts. What a person writes goes another
//! way, through [`Database`](crate::database::Database).

use std::collections::HashMap;
use std::error::Error;

use tokio_postgres::types::{FromSql, Type};
use tokio_postgres::{Row, Statement};

use super::bind::{Argument, argument};
use super::connect;
use super::failure::own;
use super::link::Link;
use crate::database::error::DatabaseError;
use crate::database::parameter::Bound;
use crate::database::target::Target;
use crate::work::Interrupt;

/// How many statements stay prepared.
const KEPT: usize = 256;

/// A session for what the program itself keeps in a database.
///
/// Each call can be stopped, and is when the interrupt's time is over; the session cannot be used afterwards.
pub struct OwnSession {
    link: Link,
    statements: HashMap<String, Statement>,
}

impl OwnSession {
    /// What a person calls the database that such sessions are of.
    pub const DATABASE: &'static str = super::name::NAME;

    /// Opens a session.
    ///
    /// # Errors
    ///
    /// It is no server, cannot be reached, or does not let one in.
    pub fn open(target: &Target, interrupt: &Interrupt) -> Result<Self, DatabaseError> {
        let address = target.server().ok_or(DatabaseError::Closed)?;
        Ok(Self {
            link: connect::connect(address, interrupt)?,
            statements: HashMap::new(),
        })
    }

    /// Runs statements without values, in one message.
    ///
    /// # Errors
    ///
    /// The server refuses one, or does not answer.
    pub fn batch(&self, sql: &str, interrupt: &Interrupt) -> Result<(), DatabaseError> {
        let client = self.link.client()?;
        let run = async { client.batch_execute(sql).await.map_err(own) };
        self.link.run(interrupt, run)
    }

    /// Runs a statement with `$1`, `$2`, …, and returns its rows.
    ///
    /// # Errors
    ///
    /// The server refuses it, or does not answer; a value is of no type that is kept so.
    pub fn query(
        &mut self,
        sql: &str,
        values: &[Bound],
        interrupt: &Interrupt,
    ) -> Result<Vec<Vec<Bound>>, DatabaseError> {
        let statement = self.prepared(sql, interrupt)?;
        let arguments = arguments(&statement, values)?;
        let client = self.link.client()?;
        let found = self.link.run(interrupt, async {
            let stream = client.query_raw(&statement, &arguments).await.map_err(own)?;
            futures::TryStreamExt::try_collect::<Vec<Row>>(stream)
                .await
                .map_err(own)
        })?;
        found.iter().map(values_of).collect()
    }

    /// Runs a statement with `$1`, `$2`, …, and returns how many rows it has changed.
    ///
    /// # Errors
    ///
    /// The server refuses it, or does not answer.
    pub fn execute(
        &mut self,
        sql: &str,
        values: &[Bound],
        interrupt: &Interrupt,
    ) -> Result<u64, DatabaseError> {
        let statement = self.prepared(sql, interrupt)?;
        let arguments = arguments(&statement, values)?;
        let client = self.link.client()?;
        self.link.run(interrupt, async {
            client.execute_raw(&statement, &arguments).await.map_err(own)
        })
    }

    fn prepared(&mut self, sql: &str, interrupt: &Interrupt) -> Result<Statement, DatabaseError> {
        if let Some(statement) = self.statements.get(sql) {
            return Ok(statement.clone());
        }
        let client = self.link.client()?;
        let prepared = self
            .link
            .run(interrupt, async { client.prepare(sql).await.map_err(own) })?;
        if self.statements.len() >= KEPT {
            self.statements.clear();
        }
        self.statements.insert(sql.to_owned(), prepared.clone());
        Ok(prepared)
    }
}

fn arguments(statement: &Statement, values: &[Bound]) -> Result<Vec<Argument>, DatabaseError> {
    let each = values.iter().zip(statement.params()).map(|(value, kind)| {
        argument(value, kind).ok_or_else(|| DatabaseError::Parameters {
            reason: format!("a value is not of the type {kind}"),
        })
    });
    each.collect()
}

fn values_of(row: &Row) -> Result<Vec<Bound>, DatabaseError> {
    let each = (0..row.len()).map(|column| {
        let cell: Result<Cell, _> = row.try_get(column);
        cell.map(|cell| cell.0)
            .map_err(|error| DatabaseError::Rows(error.to_string()))
    });
    each.collect()
}

/// A value as the server sends it.
struct Cell(Bound);

impl<'a> FromSql<'a> for Cell {
    fn from_sql(kind: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(match *kind {
            Type::BOOL => Bound::Boolean(bool::from_sql(kind, raw)?),
            Type::INT2 => Bound::Integer(i16::from_sql(kind, raw)?.into()),
            Type::INT4 => Bound::Integer(i32::from_sql(kind, raw)?.into()),
            Type::INT8 => Bound::Integer(i64::from_sql(kind, raw)?),
            Type::FLOAT8 => Bound::Float(f64::from_sql(kind, raw)?),
            _ => Bound::Text(String::from_sql(kind, raw)?),
        }))
    }

    fn from_sql_null(_: &Type) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(Bound::Null))
    }

    fn accepts(kind: &Type) -> bool {
        matches!(
            *kind,
            Type::BOOL | Type::INT2 | Type::INT4 | Type::INT8 | Type::FLOAT8
        ) || String::accepts(kind)
    }
}
