//! [`Beside`]: a table that is made under a name of its own, and gets its name when all of it is there.
//!
//! It is for databases whose transactions end where a table is created: whoever looks for the table finds all of it, or
//! none.

use super::database::Database;
use super::error::DatabaseError;
use super::table::TableName;
use crate::work::Interrupt;

/// A table that is to be another one.
#[derive(Debug)]
pub(super) struct Beside<'a> {
    /// The name that it has meanwhile.
    pub(super) name: TableName,
    /// The table that it is to be.
    table: &'a TableName,
}

impl<'a> Beside<'a> {
    /// Finds a name for it that no other table has.
    ///
    /// # Errors
    ///
    /// The system gives no random number.
    pub(super) fn of(table: &'a TableName) -> Result<Self, DatabaseError> {
        let name = TableName {
            schema: table.schema.clone(),
            name: unused_name()?,
        };
        Ok(Self { name, table })
    }

    /// Gives the table its name, or removes it where what made it has failed.
    ///
    /// Nobody can stop that: what was made would stay behind under the other name.
    ///
    /// # Errors
    ///
    /// Those of what made it; the table is there meanwhile.
    pub(super) fn settle<T>(
        &self,
        database: &mut dyn Database,
        done: Result<T, DatabaseError>,
    ) -> Result<T, DatabaseError> {
        self.settle_after(database, done, |_| true)
    }

    /// Does as [`Beside::settle`] does; before the table is removed, `forget` makes sure that nothing says that it is done.
    ///
    /// Where that cannot be done, the table stays under the name that it has, by which it is known not to be done.
    ///
    /// # Errors
    ///
    /// Those of what made it.
    pub(super) fn settle_after<T>(
        &self,
        database: &mut dyn Database,
        done: Result<T, DatabaseError>,
        forget: impl FnOnce(&mut dyn Database) -> bool,
    ) -> Result<T, DatabaseError> {
        let renamed = done.and_then(|done| {
            self.rename(database)?;
            Ok(done)
        });
        renamed.map_err(|error| {
            database.recover();
            let is_removed = forget(database) && self.remove(database);
            match error {
                DatabaseError::Verification { table, reason } if table == self.name => {
                    DatabaseError::Verification {
                        table: self.table.clone(),
                        reason,
                    }
                }
                DatabaseError::Broken { database, reason } if !is_removed => DatabaseError::Broken {
                    database,
                    reason: format!(
                        "{reason}; the table {}, from which {} was to be made, may be left behind",
                        self.name, self.table
                    ),
                },
                error => error,
            }
        })
    }

    fn rename(&self, database: &mut dyn Database) -> Result<(), DatabaseError> {
        let unstopped = Interrupt::default();
        if database.columns(self.table, &unstopped)?.is_some() {
            return Err(DatabaseError::Verification {
                table: self.table.clone(),
                reason: "someone else has created it meanwhile".to_owned(),
            });
        }
        let sql = format!(
            "ALTER TABLE {} RENAME TO {}",
            database.qualified(&self.name),
            database.qualified(self.table)
        );
        let renamed = database.execute(&sql, &[], &unstopped);
        // As with a transaction: it has its name, or not, and nobody has said so.
        renamed.map(|_| ()).map_err(DatabaseError::unanswered)
    }

    /// Removes the table, and returns whether it is gone.
    fn remove(&self, database: &mut dyn Database) -> bool {
        let sql = format!("DROP TABLE IF EXISTS {}", database.qualified(&self.name));
        database.execute(&sql, &[], &Interrupt::default()).is_ok()
    }
}

/// Returns a name that no other table has.
///
/// # Errors
///
/// The system gives no random number.
pub(super) fn unused_name() -> Result<String, DatabaseError> {
    let mut number = [0; 8];
    getrandom::fill(&mut number)
        .map_err(|error| DatabaseError::Rows(format!("this system gives no random number: {error}")))?;
    Ok(format!("sheaf_load_{:016x}", u64::from_le_bytes(number)))
}
