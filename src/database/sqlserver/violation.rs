//! [`Destination`]: the table that rows go to from a temporary table, and which row it does not take.
//!
//! The server says which rule is broken, and not by which row. So the rows are put there in halves, until the first is found
//! that is not taken; all of it is undone afterwards.

use tiberius::error::{Error, TokenError};

use super::catalog::{self, Described};
use super::dialogue::{Dialogue, UNDOING};
use super::failure::of;
use crate::database::error::DatabaseError;
use crate::database::table::TableName;

/// The errors that are about a row: NULL, rules, ranges, lengths, values that are there already.
const OF_ROW: [u32; 12] = [220, 242, 245, 515, 517, 547, 2601, 2627, 2628, 8114, 8115, 8152];
/// A row with these values is there already.
const DUPLICATE: [u32; 2] = [2601, 2627];

/// Where the rows of a temporary table go.
pub(super) struct Destination {
    table: TableName,
    /// What comes before the statement, and behind it.
    around: (String, String),
    insert: String,
    /// The column that has the numbers of the rows.
    number: String,
    /// The columns that rows are loaded into.
    names: Vec<String>,
}

impl Destination {
    /// Describes the way of the rows of `from`, whose columns are those of the table, and as the last one their numbers.
    pub(super) fn new(
        table: &TableName,
        into: &str,
        targets: &[Described],
        from: &str,
        columns: &[String],
    ) -> Self {
        let (number, columns) = columns
            .split_last()
            .map_or((String::new(), &[][..]), |(number, rest)| (number.clone(), rest));
        let quoted: Vec<String> = targets
            .iter()
            .map(|target| format!("[{}]", target.column.name.replace(']', "]]")))
            .collect();
        // An error that is about one row is not to undo the others before it is known which row that is.
        let keep = "SET XACT_ABORT OFF; ";
        let around = if targets.iter().any(|target| target.is_identity) {
            (
                format!("{keep}SET IDENTITY_INSERT {into} ON; "),
                format!("; SET IDENTITY_INSERT {into} OFF"),
            )
        } else {
            (keep.to_owned(), String::new())
        };
        Self {
            table: table.clone(),
            around,
            insert: format!(
                "INSERT INTO {into} ({}) SELECT {} FROM {from}",
                quoted.join(", "),
                columns.join(", ")
            ),
            number,
            names: targets.iter().map(|target| target.column.name.clone()).collect(),
        }
    }

    /// Writes the statement that takes all rows, or those from one number to another.
    pub(super) fn statement(&self, rows: Option<(u64, u64)>) -> String {
        let (before, after) = &self.around;
        let number = &self.number;
        match rows {
            None => format!("{before}{} ORDER BY {number}{after}", self.insert),
            // Where the server has undone everything, what follows would stay.
            Some((first, last)) => format!(
                "{before}IF @@TRANCOUNT > 0 {} WHERE {number} BETWEEN {first} AND {last}{after}",
                self.insert
            ),
        }
    }
}

/// Says which row was not taken, and why.
pub(super) fn violated(
    session: &mut Dialogue,
    destination: &Destination,
    answer: TokenError,
    (first, last): (u64, u64),
) -> DatabaseError {
    if !OF_ROW.contains(&answer.code()) {
        reset(session, destination);
        return of(Error::Server(answer));
    }
    let (mut low, mut high, mut answer) = (first, last, answer);
    let mut is_sure = true;
    while low < high && is_sure {
        let middle = low + (high - low) / 2;
        match attempt(session, destination, (low, middle)) {
            Ok(Some(said)) => (high, answer) = (middle, said),
            Ok(None) => low = middle + 1,
            Err(_) => is_sure = false,
        }
    }
    // It is refused on its own, too, or it was not that row.
    let alone = if is_sure {
        attempt(session, destination, (low, low)).ok().flatten()
    } else {
        None
    };
    reset(session, destination);
    match alone {
        Some(answer) if OF_ROW.contains(&answer.code()) => of_row(session, destination, answer, low),
        _ => of(Error::Server(answer)),
    }
}

/// Tries some of the rows; returns what the server says against them.
fn attempt(
    session: &mut Dialogue,
    destination: &Destination,
    rows: (u64, u64),
) -> Result<Option<TokenError>, DatabaseError> {
    let sql = destination.statement(Some(rows));
    session.settle(UNDOING, async |client| {
        let done = match client.simple_query(&sql).await {
            Ok(results) => results.into_results().await.map(drop),
            Err(error) => Err(error),
        };
        match done {
            Ok(()) => Ok(None),
            Err(Error::Server(answer)) => Ok(Some(answer)),
            Err(error) => Err(of(error)),
        }
    })
}

/// Has the server count rows by itself again.
fn reset(session: &mut Dialogue, destination: &Destination) {
    let sql = destination.around.1.trim_start_matches("; ").to_owned();
    if !sql.is_empty() {
        // Where the session is lost, so is what it was told.
        let _ = session.settle(UNDOING, async |client| {
            super::transaction::run(client, &sql).await
        });
    }
}

/// Makes the error of a row.
fn of_row(session: &mut Dialogue, destination: &Destination, answer: TokenError, row: u64) -> DatabaseError {
    let message = answer.message().to_owned();
    if DUPLICATE.contains(&answer.code()) {
        let value = message
            .rsplit_once("value is ")
            .map(|(_, value)| value.trim_end_matches('.').to_owned());
        return DatabaseError::Value {
            row,
            column: key_columns(session, destination, &message),
            reason: match value {
                Some(value) => format!("{value} is there already, in another row"),
                None => message,
            },
        };
    }
    if let Some(column) = column(&message).filter(|column| destination.names.contains(column)) {
        return DatabaseError::Value {
            row,
            column,
            reason: message,
        };
    }
    of(Error::Server(answer))
        .reworded(|message, hint| (format!("row {row}: {message}"), hint))
        .by_the_rule()
}

/// Finds the columns of the key that a message names.
fn key_columns(session: &mut Dialogue, destination: &Destination, message: &str) -> String {
    let Some(key) = key(message) else {
        return destination.names.join(", ");
    };
    let table = &destination.table;
    let known = session.settle(UNDOING, async |client| catalog::unique_keys(client, table).await);
    let mut known = known.unwrap_or_default();
    let found = match known.as_slice() {
        [_] => known.pop(),
        _ => known.into_iter().find(|(name, _)| *name == key),
    };
    found.map_or(key, |(_, columns)| columns.join(", "))
}

/// Reads the name of the key of `Violation of PRIMARY KEY constraint 'PK_t'.` and `… with unique index 'ix'.`
pub(super) fn key(message: &str) -> Option<String> {
    let (_, rest) = message
        .split_once("constraint '")
        .or_else(|| message.split_once("index '"))?;
    rest.split_once('\'').map(|(name, _)| name.to_owned())
}

/// Reads the column that a message names: `column 'age'`, `into column 'age'`.
pub(super) fn column(message: &str) -> Option<String> {
    let (_, rest) = message.split_once("column '")?;
    rest.split_once('\'').map(|(name, _)| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{column, key};

    #[test]
    fn the_column_and_the_key_are_read_from_what_the_server_says() {
        let null =
            "Cannot insert the value NULL into column 'age', table 'd.dbo.t'; column does not allow nulls.";
        assert_eq!(column(null).as_deref(), Some("age"));
        let rule = "The INSERT statement conflicted with the CHECK constraint \"ck\". The conflict occurred in \
                    database \"d\", table \"dbo.t\", column 'age'.";
        assert_eq!(column(rule).as_deref(), Some("age"));
        let twice = "Violation of PRIMARY KEY constraint 'PK_t'. Cannot insert duplicate key in object 'dbo.t'. \
                     The duplicate key value is (5).";
        assert_eq!(key(twice).as_deref(), Some("PK_t"));
        let index = "Cannot insert duplicate key row in object 'dbo.t' with unique index 'ix_name'. \
                     The duplicate key value is (a, 5).";
        assert_eq!(key(index).as_deref(), Some("ix_name"));
        assert_eq!((key("x"), column("x")), (None, None));
    }
}
