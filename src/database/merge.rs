//! [`Merge`]: what an upsert asks a database for, once its rows are in a table beside the table.

/// Rows in a table beside a table, which are to take the places of those with their keys, or to be added.
///
/// All names are as the database writes them in statements.
#[derive(Debug, Clone)]
pub struct Merge {
    /// The table.
    pub table: String,
    /// Where the rows are.
    pub stage: String,
    /// The columns by which a row is known.
    pub keys: Vec<String>,
    /// The other columns that are loaded.
    pub values: Vec<String>,
    /// The column of the stage that has the numbers of the rows.
    pub number: String,
}

impl Merge {
    /// Writes the beginning of the statement, which puts all rows into the table, in their order.
    pub(super) fn insertion(&self) -> String {
        let columns = [self.keys.as_slice(), self.values.as_slice()].concat().join(", ");
        // Without `WHERE`, SQLite takes what follows for a part of the query.
        format!(
            "INSERT INTO {} ({columns}) SELECT {columns} FROM {} WHERE true ORDER BY {}",
            self.table, self.stage, self.number
        )
    }

    /// Writes the statement as most databases understand it.
    pub(super) fn statement(&self) -> String {
        let values: Vec<String> = self
            .values
            .iter()
            .map(|column| format!("{column} = excluded.{column}"))
            .collect();
        let action = if values.is_empty() {
            "NOTHING".to_owned()
        } else {
            format!("UPDATE SET {}", values.join(", "))
        };
        format!(
            "{} ON CONFLICT ({}) DO {action}",
            self.insertion(),
            self.keys.join(", ")
        )
    }
}
