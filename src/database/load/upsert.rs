//! Replaces rows by their keys, once they are in a table beside the table, in one statement.

use super::Load;
use super::checked::Checked;
use super::staging::Stage;
use super::verification::{first_row, number};
use crate::database::database::Database;
use crate::database::error::DatabaseError;
use crate::database::merge::Merge;
use crate::database::table::TableName;
use crate::work::Interrupt;

impl Load {
    /// Takes the rows over by their keys; returns how many of them replaced a row.
    pub(super) fn upsert(
        &self,
        database: &mut dyn Database,
        into: &TableName,
        stage: &Stage,
        rows: &Checked<'_, '_>,
        interrupt: &Interrupt,
    ) -> Result<u64, DatabaseError> {
        if !rows.is_sifted() {
            self.check_unique(database, stage, interrupt)?;
        }
        let replaced = self.replaced(database, into, &stage.name, interrupt)?;
        let merge = self.merge(database, into, stage, None);
        let changed = database.merge(&merge, interrupt)?;
        let expected = if self.has_values() {
            rows.rows()
        } else {
            rows.rows() - replaced.min(rows.rows())
        };
        self.check_taken(changed, expected)?;
        Ok(replaced)
    }

    /// Says what a database is to do with the rows beside the table, or with a part of them.
    pub(super) fn merge(
        &self,
        database: &dyn Database,
        into: &TableName,
        stage: &Stage,
        part: Option<(u64, u64)>,
    ) -> Merge {
        let quoted = |is_key: bool| {
            let columns = self
                .columns
                .iter()
                .filter(|column| self.keys.contains(column) == is_key);
            columns.map(|column| database.quoted(column)).collect()
        };
        Merge {
            table: database.qualified(into),
            stage: database.qualified(&stage.name),
            keys: quoted(true),
            values: quoted(false),
            number: stage.row.clone(),
            part,
        }
    }

    /// Checks that no key is there twice: which of the rows is to win, nobody said.
    fn check_unique(
        &self,
        database: &mut dyn Database,
        stage: &Stage,
        interrupt: &Interrupt,
    ) -> Result<(), DatabaseError> {
        let row = &stage.row;
        let keys: Vec<String> = self.keys.iter().map(|key| database.quoted(key)).collect();
        let texts: Vec<String> = keys.iter().map(|key| database.as_text(key)).collect();
        let sql = format!(
            "SELECT {}, {}, {} FROM {} GROUP BY {} HAVING count(*) > 1 ORDER BY min({row}) {}",
            database.as_text(&format!("min({row})")),
            database.as_text(&format!("max({row})")),
            texts.join(", "),
            database.qualified(&stage.name),
            keys.join(", "),
            database.first_only()
        );
        let found = first_row(database, &sql, interrupt)?;
        if found.is_empty() {
            return Ok(());
        }
        let (first, last) = (number(&found, 0)?, number(&found, 1)?);
        let values: Vec<&str> = found
            .iter()
            .skip(2)
            .map(|value| value.as_deref().unwrap_or("NULL"))
            .collect();
        Err(DatabaseError::Value {
            row: last,
            column: self.keys.join(", "),
            reason: format!("the key {} is that of row {first}, too", values.join(", ")),
        })
    }

    /// Counts the rows of the load whose keys the table has already.
    fn replaced(
        &self,
        database: &mut dyn Database,
        into: &TableName,
        stage: &TableName,
        interrupt: &Interrupt,
    ) -> Result<u64, DatabaseError> {
        // The column of the table comes first: by its collation they are compared.
        let same: Vec<String> = self
            .keys
            .iter()
            .map(|key| database.quoted(key))
            .map(|key| format!("old.{key} = new.{key}"))
            .collect();
        let sql = format!(
            "SELECT {} FROM {} AS old JOIN {} AS new ON {}",
            database.as_text("count(*)"),
            database.qualified(into),
            database.qualified(stage),
            same.join(" AND ")
        );
        number(&first_row(database, &sql, interrupt)?, 0)
    }

    /// Returns whether there is more to load than keys.
    fn has_values(&self) -> bool {
        self.columns.iter().any(|column| !self.keys.contains(column))
    }
}
