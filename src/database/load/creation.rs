//! Creates the table of a load where it is missing, so that it is there with all of its rows, or not at all.

use polars::prelude::DataType;

use super::{Load, unfit};
use crate::database::beside::Beside;
use crate::database::database::{Creation, Database};
use crate::database::error::DatabaseError;
use crate::database::table::{TableColumn, TableName};
use crate::work::Interrupt;

impl Load {
    /// Creates the table: its columns are those of the load, and the keys of an upsert are its primary key.
    pub(super) fn create(
        &self,
        database: &mut dyn Database,
        into: &TableName,
        interrupt: &Interrupt,
    ) -> Result<Vec<TableColumn>, DatabaseError> {
        if !self.create {
            return Err(database.no_table(into, interrupt));
        }
        let mut parts = Vec::new();
        for (name, dtype) in self.columns.iter().zip(&self.types) {
            let type_name = self
                .type_of(database, name, dtype)
                .ok_or_else(|| unfit::no_type(name, dtype))?;
            parts.push(
                format!("{} {type_name}", database.quoted(name))
                    .trim_end()
                    .to_owned(),
            );
        }
        // There are keys for an upsert alone.
        if !self.keys.is_empty() {
            let keys: Vec<String> = self.keys.iter().map(|key| database.quoted(key)).collect();
            parts.push(format!("PRIMARY KEY ({})", keys.join(", ")));
        }
        let sql = format!("CREATE TABLE {} ({})", database.qualified(into), parts.join(", "));
        database.execute(&sql, &[], interrupt)?;
        let made = database.columns(into, interrupt)?;
        made.ok_or_else(|| DatabaseError::Verification {
            table: self.table.clone(),
            reason: "it was created, and is not there".to_owned(),
        })
    }

    /// Creates the table under a name of its own where it is missing and the database creates none in a transaction.
    pub(super) fn create_beside(
        &self,
        database: &mut dyn Database,
        interrupt: &Interrupt,
    ) -> Result<Option<Beside<'_>>, DatabaseError> {
        if !self.create
            || database.creation() == Creation::InTransaction
            || database.columns(&self.table, interrupt)?.is_some()
        {
            return Ok(None);
        }
        let beside = Beside::of(&self.table)?;
        match self.create(database, &beside.name, interrupt) {
            Ok(_) => Ok(Some(beside)),
            // It may have been created before what failed.
            Err(error) => beside.settle(database, Err(error)),
        }
    }

    fn type_of(&self, database: &dyn Database, name: &String, dtype: &DataType) -> Option<String> {
        if self.keys.contains(name) {
            database.key_type_for(dtype)
        } else {
            database.type_for(dtype)
        }
    }
}
