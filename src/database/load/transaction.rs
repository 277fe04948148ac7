//! What happens in the transaction of a load.

use super::checked::Checked;
use super::conversion::Conversion;
use super::sieve::Sieve;
use super::{Load, Mode, verification};
use crate::database::database::{Database, Rows};
use crate::database::error::DatabaseError;
use crate::database::rejects::Rejects;
use crate::database::report::LoadReport;
use crate::database::table::TableName;
use crate::work::Interrupt;

impl Load {
    /// Loads the rows, and looks whether they are there; nothing of it lasts yet.
    ///
    /// `into` is the table, or the one that is to become it.
    pub(super) fn transact(
        &self,
        database: &mut dyn Database,
        (into, is_beside): (&TableName, bool),
        rows: &mut Rows<'_>,
        rejects: Option<&mut dyn Rejects>,
        interrupt: &Interrupt,
    ) -> Result<LoadReport, DatabaseError> {
        let before = match &self.before {
            Some(sql) => Some(database.execute(sql, &[], interrupt)?),
            None => None,
        };
        let found = database.columns(into, interrupt)?;
        let is_created = is_beside || found.is_none();
        let columns = match (found, self.mode) {
            (Some(_), Mode::Error) if !is_beside => {
                return Err(DatabaseError::TableExists {
                    table: self.table.clone(),
                });
            }
            (Some(columns), _) => columns,
            (None, _) => self.create(database, into, interrupt)?,
        };
        let conversion = if self.converts {
            Conversion::of(
                (&self.columns, &self.types),
                database,
                (into, &columns),
                interrupt,
            )?
        } else {
            None
        };
        let types = conversion
            .as_ref()
            .map(|conversion| conversion.types(&self.types));
        let targets = self.targets(database, &columns, types.as_deref().unwrap_or(&self.types))?;
        if self.mode == Mode::Upsert {
            let unique = database.unique_keys(into, interrupt)?;
            self.check_keys(database, &unique)?;
        }
        let removed = match self.mode {
            Mode::Overwrite => {
                let sql = format!("DELETE FROM {}", database.qualified(into));
                Some(database.execute(&sql, &[], interrupt)?)
            }
            _ => None,
        };
        let rows_before = match (is_created, self.mode) {
            (true, _) | (_, Mode::Overwrite) => 0,
            _ => verification::count(database, into, interrupt)?,
        };
        let keys = if self.mode == Mode::Upsert {
            self.keys.as_slice()
        } else {
            &[]
        };
        let sieve = match rejects {
            Some(rejects) => {
                let judge = database.judge(into, &targets, interrupt)?;
                Some(Sieve::new(judge, rejects, self.max_rejects))
            }
            None => None,
        };
        // A table that was just made has no rules but those of its types.
        let is_staged = self.mode == Mode::Upsert || (sieve.is_some() && !is_created);
        let mut checked = Checked::new(rows, (&targets, keys), conversion, sieve, interrupt);
        let replaced = if is_staged {
            self.load_staged(database, into, (&columns, &targets), &mut checked, interrupt)?
        } else {
            let taken = database.insert(into, &targets, &mut checked, interrupt);
            let taken = taken.map_err(|error| checked.told(error))?;
            self.check_taken(taken, checked.rows())?;
            None
        };
        let rows_after = rows_before + checked.rows() - replaced.unwrap_or(0);
        if rows_before == 0 {
            verification::whole(database, into, &targets, &checked, rows_after, interrupt)?;
        } else {
            verification::counted(database, into, rows_after, interrupt)?;
        }
        Ok(LoadReport {
            table: self.table.clone(),
            rows: checked.rows(),
            before,
            removed,
            replaced,
            rejected: checked.rejected(),
            is_created,
            is_repeated: false,
            rows_after,
            columns: checked.nulls(),
        })
    }
}
