//! [`Script`]: runs SQL on a connection.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::context::PerformContext;
use super::error::ActivityError;
use super::perform::Perform;
use super::uses::Uses;
use crate::pipeline::text::Text;

/// Runs SQL on a connection, in one transaction; its output says how many rows the last statement has changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    /// The name of a connection.
    pub connection: Text,
    /// One statement, or several.
    pub sql: Text,
}

impl Perform for Script {
    fn kind(&self) -> &'static str {
        "Script"
    }

    fn uses(&self) -> Uses<'_> {
        Uses::default()
            .connection(&self.connection)
            .text("sql", &self.sql)
    }

    fn perform(&self, context: &PerformContext<'_>) -> Result<Value, ActivityError> {
        let name = self.connection.render(context.scope())?;
        let sql = self.sql.render(context.scope())?;
        let interrupt = context.interrupt();
        let connection = context.connection(&name)?;
        let changed = connection.run(|database| {
            database.begin(interrupt)?;
            let done = database.execute(&sql, &[], interrupt);
            let done = done.and_then(|changed| {
                database.commit(interrupt)?;
                Ok(changed)
            });
            if done.is_err() {
                database.rollback();
            }
            done
        });
        Ok(json!({ "rows_changed": changed? }))
    }
}
