//! Loads by a table beside the table: the rows go there first, where the database can compare their keys.

use super::Load;
use super::checked::Checked;
use super::verification::{first_row, number};
use crate::database::database::Database;
use crate::database::error::DatabaseError;
use crate::database::table::{TableColumn, TableName};
use crate::work::Interrupt;

/// The table beside the table of a load.
pub(super) struct Stage {
    pub(super) name: TableName,
    /// The column that has the numbers of the rows in the frame, as it is named and as it is quoted.
    pub(super) number: String,
    pub(super) row: String,
}

impl Load {
    /// Puts the rows beside the table, sorts out those whose keys are not theirs alone where that is wanted, and takes the
    /// rest over; returns how many of them replaced a row, where they may.
    pub(super) fn load_staged(
        &self,
        database: &mut dyn Database,
        into: &TableName,
        (columns, targets): (&[TableColumn], &[TableColumn]),
        rows: &mut Checked<'_, '_>,
        interrupt: &Interrupt,
    ) -> Result<Option<u64>, DatabaseError> {
        let number = free_name("sheaf_row", columns);
        let stage = Stage {
            name: database.numbered_stage(into, &number, interrupt)?,
            row: database.quoted(&number),
            number,
        };
        let mut staged = targets.to_vec();
        staged.push(TableColumn {
            name: stage.number.clone(),
            type_name: "BIGINT".to_owned(),
            is_nullable: true,
            has_default: false,
            is_generated: false,
            is_key: false,
        });
        rows.number_rows(&stage.number);
        let taken = database.insert(&stage.name, &staged, rows, interrupt);
        let taken = taken.map_err(|error| rows.told(error))?;
        self.check_taken(taken, rows.rows())?;
        let stage = if rows.is_sifted() {
            self.sort_out(database, into, (columns, stage), rows, interrupt)?
        } else {
            stage
        };
        let replaced = self.take_over_ruled(database, into, (targets, &stage), rows, interrupt)?;
        database.unstage(&stage.name, interrupt)?;
        Ok(replaced)
    }

    /// Counts the NULLs of each column beside the table.
    pub(super) fn staged_nulls(
        &self,
        database: &mut dyn Database,
        stage: &Stage,
        rows: u64,
        interrupt: &Interrupt,
    ) -> Result<Vec<u64>, DatabaseError> {
        // Less than any database has columns in a result.
        const ASKED: usize = 200;
        let from = database.qualified(&stage.name);
        let mut nulls = Vec::new();
        for columns in self.quoted_columns(database).chunks(ASKED) {
            let asked = columns
                .iter()
                .map(|name| database.as_text(&format!("count({name})")));
            let asked: Vec<String> = asked.collect();
            let sql = format!("SELECT {} FROM {from}", asked.join(", "));
            let row = first_row(database, &sql, interrupt)?;
            for index in 0..columns.len() {
                nulls.push(rows.saturating_sub(number(&row, index)?));
            }
        }
        Ok(nulls)
    }

    pub(super) fn quoted_columns(&self, database: &dyn Database) -> Vec<String> {
        self.columns.iter().map(|name| database.quoted(name)).collect()
    }
}

/// Says that a rule was broken for which no single row can be sorted out.
pub(super) fn for_the_whole(error: DatabaseError) -> DatabaseError {
    error.reworded(|message, hint| {
        let own =
            "nothing was loaded: what breaks this rule is no single row, so rejects= cannot sort it out";
        let hint = hint.map_or_else(|| own.to_owned(), |hint| format!("{own}; {hint}"));
        (message, Some(hint))
    })
}

/// Returns a name that begins so, and that no column of the table has.
pub(super) fn free_name(start: &str, columns: &[TableColumn]) -> String {
    let mut name = start.to_owned();
    while columns
        .iter()
        .any(|column| column.name.eq_ignore_ascii_case(&name))
    {
        name.push('_');
    }
    name
}
