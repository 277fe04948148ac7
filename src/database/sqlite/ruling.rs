//! Which rule of a table a row breaks, as SQLite says it.

use rusqlite::ffi;

use super::Sqlite;
use super::concerned::concerned;
use crate::database::broken_rule::BrokenRule;
use crate::database::database::Database as _;
use crate::database::error::DatabaseError;
use crate::database::rejects::Rule;
use crate::database::ruled::Ruled;
use crate::database::savepoint::Savepoint;
use crate::database::table::TableName;
use crate::work::Interrupt;

impl Ruled for Sqlite {
    fn attempt(&mut self, savepoint: Savepoint, interrupt: &Interrupt) -> Result<bool, DatabaseError> {
        self.savepoint(savepoint, interrupt)
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
