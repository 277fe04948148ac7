//! [`KnownTables`]: what tables and columns a database has, as far as a session that is open has told at leisure.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::database::Database;
use super::error::DatabaseError;
use super::table::{TableColumn, TableName};
use crate::work::Interrupt;

/// The most tables whose columns are asked for.
const MOST_TABLES: usize = 500;
/// How long a session is asked at most before it is free for cells again.
const LONGEST: Duration = Duration::from_millis(500);
/// How long an answer counts.
const FRESH: Duration = Duration::from_secs(2);

/// A table or a view, with its columns where they are known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownTable {
    /// Its name.
    pub table: TableName,
    /// Whether it is a view.
    pub is_view: bool,
    /// Its columns, in their order; empty where they were not told yet.
    pub columns: Vec<TableColumn>,
}

/// What was told last, and when.
#[derive(Debug, Default)]
pub(super) struct KnownTables(Mutex<Told>);

#[derive(Debug, Default)]
struct Told {
    tables: Arc<Vec<KnownTable>>,
    at: Option<Instant>,
    is_asked: bool,
}

impl KnownTables {
    /// Returns what is known.
    pub(super) fn all(&self) -> Arc<Vec<KnownTable>> {
        Arc::clone(&self.lock().tables)
    }

    /// Returns whether it is time to ask again, and nobody does; who is told so asks.
    pub(super) fn begin(&self) -> bool {
        let mut told = self.lock();
        let is_fresh = told.at.is_some_and(|at| at.elapsed() < FRESH);
        if is_fresh || told.is_asked {
            return false;
        }
        told.is_asked = true;
        true
    }

    /// Notes what was told; `None` where nobody answered.
    pub(super) fn end(&self, tables: Option<Vec<KnownTable>>) {
        let mut told = self.lock();
        told.is_asked = false;
        told.at = Some(Instant::now());
        if let Some(tables) = tables {
            told.tables = Arc::new(tables);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Told> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Asks a session for its tables, and for the columns of as many as it tells in time; those that were `known` first stay
/// known where time is up.
///
/// No statement is cancelled: that could end a transaction of a cell, or the session.
pub(super) fn ask(
    database: &mut dyn Database,
    known: &[KnownTable],
) -> Result<Vec<KnownTable>, DatabaseError> {
    let begun = Instant::now();
    let interrupt = Interrupt::default();
    let tables = database.tables(&interrupt)?;
    let mut all = Vec::with_capacity(tables.len());
    for summary in tables {
        let is_time = begun.elapsed() < LONGEST && all.len() < MOST_TABLES;
        let columns = if is_time {
            database.columns(&summary.table, &interrupt)?.unwrap_or_default()
        } else {
            let before = known.iter().find(|known| known.table == summary.table);
            before.map_or_else(Vec::new, |before| before.columns.clone())
        };
        all.push(KnownTable {
            table: summary.table,
            is_view: summary.is_view,
            columns,
        });
    }
    Ok(all)
}
