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
    /// The first and the last number of the rows that are taken over; all of them where that is not said.
    pub part: Option<(u64, u64)>,
}

impl Merge {
    /// Writes the beginning of the statement, which puts all rows into the table, in their order.
    pub(super) fn insertion(&self) -> String {
        let columns = [self.keys.as_slice(), self.values.as_slice()].concat().join(", ");
        // Without `WHERE`, SQLite takes what follows for a part of the query.
        let condition = self.within("").unwrap_or_else(|| "true".to_owned());
        format!(
            "INSERT INTO {} ({columns}) SELECT {columns} FROM {} WHERE {condition} ORDER BY {}",
            self.table, self.stage, self.number
        )
    }

    /// Writes the condition by which a row of the stage is one of the part; `of` stands before the name of its column.
    pub(super) fn within(&self, of: &str) -> Option<String> {
        let (first, last) = self.part?;
        Some(format!("{of}{} BETWEEN {first} AND {last}", self.number))
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
