//! Which rule of a table a row breaks, as SQL Server says it.

use super::violation::{column, key};
use super::{SqlServer, catalog};
use crate::database::broken_rule::BrokenRule;
use crate::database::database::Database as _;
use crate::database::error::DatabaseError;
use crate::database::rejects::Rule;
use crate::database::ruled::Ruled;
use crate::database::savepoint::{Extent, Savepoint};
use crate::database::table::TableName;
use crate::work::Interrupt;

impl Ruled for SqlServer {
    /// While rows are tried, an error is to undo its own statement alone; a savepoint is forgotten with its transaction.
    fn attempt(&mut self, savepoint: Savepoint, interrupt: &Interrupt) -> Result<bool, DatabaseError> {
        let sql = match savepoint {
            Savepoint::Set(Extent::Rows) => {
                format!("SET XACT_ABORT OFF; SAVE TRANSACTION {}", Extent::Rows.name())
            }
            Savepoint::Set(extent) => format!("SAVE TRANSACTION {}", extent.name()),
            Savepoint::Undo(extent) => format!("ROLLBACK TRANSACTION {}", extent.name()),
            Savepoint::Keep(Extent::Rows) => "SET XACT_ABORT ON".to_owned(),
            Savepoint::Keep(_) => return Ok(true),
        };
        self.say(&sql, interrupt)?;
        Ok(true)
    }

    fn rank(&mut self, stage: &TableName, number: &str, interrupt: &Interrupt) -> Result<(), DatabaseError> {
        let sql = format!("CREATE INDEX sheaf_rank ON {} ({number})", self.qualified(stage));
        self.say(&sql, interrupt)
    }

    fn rule_of(&self, error: &DatabaseError) -> Option<Rule> {
        let DatabaseError::Refused {
            code: Some(code),
            message,
            ..
        } = error
        else {
            return None;
        };
        Some(match code.parse::<u32>().ok()? {
            515 => Rule::NotNull,
            2601 | 2627 => Rule::Unique,
            547 if message.contains("FOREIGN KEY") => Rule::Reference,
            547 | 550 => Rule::Check,
            220 | 242 | 245 | 517 | 2628 | 8114 | 8115 | 8134 | 8152 => Rule::Type,
            // What triggers say with THROW and RAISERROR.
            50_000.. => Rule::Trigger,
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
        let DatabaseError::Refused { message, .. } = error else {
            return Ok(BrokenRule::told(rule, error));
        };
        let columns = match rule {
            Rule::Unique => {
                let name = key(message).unwrap_or_default();
                let keys = self.session.run(interrupt, async |client| {
                    catalog::unique_keys(client, table).await
                })?;
                let found = keys.into_iter().find(|(key, _)| *key == name);
                found.map_or_else(Vec::new, |(_, columns)| columns)
            }
            // A reference is told with the column of the other table.
            Rule::Reference => {
                let name = quoted(message).unwrap_or_default().to_owned();
                self.session.run(interrupt, async |client| {
                    catalog::referring(client, table, &name).await
                })?
            }
            _ => column(message).into_iter().collect(),
        };
        Ok(BrokenRule {
            rule,
            columns,
            reason: message.clone(),
        })
    }
}

/// Reads the name of `… conflicted with the CHECK constraint "ck_age". …`
fn quoted(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once('"')?;
    rest.split_once('"').map(|(name, _)| name)
}
