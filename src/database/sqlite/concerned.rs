//! Which columns of a table a rule is about that a row breaks.

use super::catalog;
use super::failure::refused;
use super::opening::Session;
use crate::database::broken_rule::mentioned;
use crate::database::error::DatabaseError;
use crate::database::rejects::Rule;
use crate::database::table::{TableColumn, TableName};

/// Returns the columns of a table that a rule is about, by what SQLite says of it; `known` are those of the table.
pub(super) fn concerned(
    session: &Session,
    table: &TableName,
    rule: Rule,
    (message, known): (&str, &[TableColumn]),
) -> Result<Vec<String>, DatabaseError> {
    let failed = |error: rusqlite::Error| refused(session, &error, "");
    let after = message.split_once(" failed: ").map_or("", |(_, after)| after);
    Ok(match rule {
        Rule::Check => {
            let condition = catalog::condition(&session.connection, table, after).map_err(failed)?;
            mentioned(condition.as_deref().unwrap_or(after), known)
        }
        Rule::Reference => catalog::referring(&session.connection, table).map_err(failed)?,
        _ => {
            let names = after.split(", ").filter_map(|name| name.rsplit_once('.'));
            names.map(|(_, name)| name.to_owned()).collect()
        }
    })
}
