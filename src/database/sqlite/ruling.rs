//! Which rule of a table a row breaks, as SQLite says it.

use std::collections::BTreeMap;

use rusqlite::ffi;

use super::Sqlite;
use super::catalog;
use super::concerned::concerned;
use super::failure::refused;
use crate::database::broken_rule::BrokenRule;
use crate::database::database::Database as _;
use crate::database::error::DatabaseError;
use crate::database::rejects::Rule;
use crate::database::ruled::Ruled;
use crate::database::savepoint::{Extent, Savepoint};
use crate::database::table::TableName;
use crate::work::Interrupt;

impl Ruled for Sqlite {
    /// While rows are tried, what they refer to may come behind them: [`Ruled::dangling`] looks when all are there, and SQLite
    /// itself when the transaction ends. It is not turned off before: SQLite would forget what it has not looked at yet.
    fn attempt(&mut self, savepoint: Savepoint, interrupt: &Interrupt) -> Result<bool, DatabaseError> {
        if savepoint == Savepoint::Set(Extent::Rows) {
            self.command("PRAGMA defer_foreign_keys=ON")?;
        }
        self.savepoint(savepoint, interrupt)
    }

    fn forget_deferred(&mut self) {
        // The next statement of a transaction that never lasts is all that it is for.
        let _ = self.command("PRAGMA defer_foreign_keys=OFF");
    }

    fn rank(&mut self, stage: &TableName, number: &str, interrupt: &Interrupt) -> Result<(), DatabaseError> {
        self.session.watched.watch(interrupt)?;
        let index = TableName {
            schema: stage.schema.clone(),
            name: format!("{}_rank", stage.name),
        };
        let (index, table) = (self.qualified(&index), self.quoted(&stage.name));
        self.command(&format!("CREATE INDEX {index} ON {table} ({number})"))
    }

    fn dangling(
        &mut self,
        table: &TableName,
        stage: &TableName,
        number: &str,
        interrupt: &Interrupt,
    ) -> Result<Vec<(u64, BrokenRule)>, DatabaseError> {
        self.session.watched.watch(interrupt)?;
        let failed = |error: rusqlite::Error| refused(&self.session, &error, "");
        let connection = &self.session.connection;
        let is_looked_at: bool = connection
            .pragma_query_value(None, "foreign_keys", |row| row.get(0))
            .map_err(failed)?;
        if !is_looked_at {
            return Ok(Vec::new());
        }
        let mut found: BTreeMap<u64, BrokenRule> = BTreeMap::new();
        for reference in catalog::references(connection, table).map_err(failed)? {
            let columns = || reference.columns.iter();
            let given = columns().map(|(from, _)| format!("own.{} IS NOT NULL", self.quoted(from)));
            let same =
                columns().map(|(from, to)| format!("other.{} = own.{}", self.quoted(to), self.quoted(from)));
            let there = self.qualified(&TableName {
                schema: Some(reference.schema.clone()),
                name: reference.table.clone(),
            });
            let sql = format!(
                "SELECT own.{number} FROM {} AS own WHERE {} AND NOT EXISTS (SELECT 1 FROM {there} AS other WHERE {})",
                self.qualified(stage),
                given.collect::<Vec<_>>().join(" AND "),
                same.collect::<Vec<_>>().join(" AND "),
            );
            // Where the other table is not there, or has no such key, SQLite takes no row, and says so by itself.
            let Ok(mut statement) = connection.prepare(&sql) else {
                continue;
            };
            let rows = statement
                .query_map([], |row| row.get::<_, i64>(0))
                .map_err(failed)?;
            for row in rows {
                let row = row.map_err(failed)?.unsigned_abs();
                found.entry(row).or_insert_with(|| BrokenRule {
                    rule: Rule::Reference,
                    columns: columns().map(|(from, _)| from.clone()).collect(),
                    reason: "FOREIGN KEY constraint failed".to_owned(),
                });
            }
        }
        Ok(found.into_iter().collect())
    }

    fn rule_of(&self, error: &DatabaseError) -> Option<Rule> {
        let DatabaseError::Refused { code: Some(code), .. } = error else {
            return None;
        };
        Some(match code.parse().ok()? {
            ffi::SQLITE_CONSTRAINT_NOTNULL => Rule::NotNull,
            ffi::SQLITE_CONSTRAINT_FOREIGNKEY => Rule::Reference,
            ffi::SQLITE_CONSTRAINT_UNIQUE
            | ffi::SQLITE_CONSTRAINT_PRIMARYKEY
            | ffi::SQLITE_CONSTRAINT_ROWID => Rule::Unique,
            ffi::SQLITE_CONSTRAINT_CHECK => Rule::Check,
            ffi::SQLITE_CONSTRAINT_TRIGGER => Rule::Trigger,
            // What a column that is STRICT does not take, and a key that is no whole number.
            ffi::SQLITE_CONSTRAINT_DATATYPE | ffi::SQLITE_MISMATCH => Rule::Type,
            _ => return None,
        })
    }

    fn broken_rule(
        &mut self,
        table: &TableName,
        rule: Rule,
        error: &DatabaseError,
        interrupt: &Interrupt,
    ) -> Result<BrokenRule, DatabaseError> {
        let message = match error {
            DatabaseError::Refused { message, .. } => message.clone(),
            error => error.to_string(),
        };
        let known = self.columns(table, interrupt)?.unwrap_or_default();
        let columns = concerned(&self.session, table, rule, (&message, &known))?;
        Ok(BrokenRule {
            rule,
            columns,
            reason: message,
        })
    }
}
