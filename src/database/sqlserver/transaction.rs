//! The transaction of a load, and what would end it in its middle.

use tiberius::{Client, Row};

use super::catalog::open_transactions;
use super::failure::{of, refused};
use super::lexer::tokens;
use super::pipe::Pipe;
use crate::database::error::DatabaseError;

/// What begins the transaction of a load: an error undoes all of it, and what was read does not change meanwhile.
const BEGIN: &str = "SET XACT_ABORT ON; SET TRANSACTION ISOLATION LEVEL SERIALIZABLE; BEGIN TRANSACTION";
/// How far sessions may see what others write, by the server's numbers from 1 on.
const LEVELS: [&str; 5] = [
    "READ UNCOMMITTED",
    "READ COMMITTED",
    "REPEATABLE READ",
    "SERIALIZABLE",
    "SNAPSHOT",
];

/// Begins a transaction, and returns the statement that gives the session what it had before.
pub(super) async fn begin(client: &mut Client<Pipe>) -> Result<String, DatabaseError> {
    if open_transactions(client).await? != 0 {
        return Err(DatabaseError::Usage {
            reason: "a transaction is open, which would end with the load".to_owned(),
            hint: "end it first: con.execute(\"COMMIT\"), or con.execute(\"ROLLBACK\")".to_owned(),
        });
    }
    let level = level(client).await?;
    run(client, BEGIN).await?;
    Ok(format!(
        "SET XACT_ABORT OFF; SET TRANSACTION ISOLATION LEVEL {level}"
    ))
}

/// Returns how far the session may see what others write.
async fn level(client: &mut Client<Pipe>) -> Result<&'static str, DatabaseError> {
    const COMMITTED: usize = 2;
    let sql = "SELECT CAST(transaction_isolation_level AS int) AS isolation_level \
               FROM sys.dm_exec_sessions WHERE session_id = @@SPID";
    let row = match first(client, sql).await {
        Ok(row) => row,
        // Not everyone may ask.
        Err(DatabaseError::Refused { .. }) => None,
        Err(error) => return Err(error),
    };
    let number = row.and_then(|row| row.try_get::<i32, usize>(0).ok().flatten());
    let number = number
        .and_then(|number| usize::try_from(number).ok())
        .unwrap_or(COMMITTED);
    let level = number.checked_sub(1).and_then(|at| LEVELS.get(at));
    Ok(level.copied().unwrap_or("READ COMMITTED"))
}

async fn first(client: &mut Client<Pipe>, sql: &str) -> Result<Option<Row>, DatabaseError> {
    let results = client.simple_query(sql).await.map_err(of)?;
    results.into_row().await.map_err(of)
}

/// Runs a statement of our own.
pub(super) async fn run(client: &mut Client<Pipe>, sql: &str) -> Result<(), DatabaseError> {
    let results = client.simple_query(sql).await.map_err(of)?;
    results.into_results().await.map_err(of)?;
    Ok(())
}

/// Says that a statement has ended the transaction of a load.
pub(super) fn ended() -> DatabaseError {
    refused(
        "it has ended the transaction of the load, so what it did stays; nothing was loaded",
        None,
        "leave it out, or run it with con.execute(…) before the load",
    )
}

/// Refuses statements that would end a transaction, or begin another: their words cannot be names.
///
/// # Errors
///
/// One of them does.
pub(super) fn check(sql: &str) -> Result<(), DatabaseError> {
    let tokens = tokens(sql);
    for (at, token) in tokens.iter().enumerate() {
        let is_next = |word: &str| {
            let next = tokens.get(at + 1);
            next.is_some_and(|next| next.is_word(sql, word))
        };
        let begins = token.is_word(sql, "begin")
            && (is_next("tran") || is_next("transaction") || is_next("distributed"));
        let switches = token.is_word(sql, "set") && is_next("implicit_transactions");
        if begins || switches || token.is_word(sql, "commit") || token.is_word(sql, "rollback") {
            return Err(refused(
                "it would end the transaction that the load is in, or begin another",
                Some(token.range.start),
                "leave it out: before and the load are one transaction already",
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn only_what_ends_or_begins_a_transaction_is_refused() {
        for sql in [
            "DELETE FROM t",
            "DELETE FROM t WHERE note = 'commit; rollback'",
            "-- commit\nDELETE FROM [rollback]; UPDATE t SET \"commit\" = 1",
            "IF 1 = 1 BEGIN DELETE FROM t END",
            "SAVE TRANSACTION a",
            "TRUNCATE TABLE t",
            "",
        ] {
            assert!(check(sql).is_ok(), "{sql}");
        }
        for sql in [
            "COMMIT",
            "DELETE FROM t commit DELETE FROM u",
            "/* a */ Rollback Transaction",
            "BEGIN TRAN",
            "begin transaction x",
            "SET IMPLICIT_TRANSACTIONS ON",
        ] {
            assert!(check(sql).is_err(), "{sql}");
        }
    }
}
