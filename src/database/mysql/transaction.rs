//! The transaction of a load, and what would end it in its middle.
//!
//! MySQL ends a transaction by itself where a statement creates or changes tables. So those are not run in a load; and after
//! each statement of a person it is looked whether the transaction is still open.

use mysql_async::consts::StatusFlags;
use mysql_async::prelude::Queryable as _;
use mysql_async::{Conn, Params};

use super::connect::PREPARE;
use super::failure::{of, refused};
use super::lexer::tokens;
use crate::database::error::DatabaseError;
use crate::database::statement::{Token, TokenKind};

/// The words that begin statements that end a transaction.
const ENDING: [&str; 31] = [
    "alter",
    "analyze",
    "begin",
    "cache",
    "change",
    "check",
    "checksum",
    "commit",
    "create",
    "drop",
    "flush",
    "grant",
    "install",
    "lock",
    "optimize",
    "purge",
    "rename",
    "repair",
    "reset",
    "restart",
    "revoke",
    "rollback",
    "shutdown",
    "start",
    "stop",
    "truncate",
    "uninstall",
    "unlock",
    "xa",
    "import",
    "clone",
];

/// What is not kept as it is sent in some modes of the server.
const EXACT: &str =
    "SET SESSION sql_mode = CONCAT_WS(',', NULLIF(@@SESSION.sql_mode, ''), 'NO_AUTO_VALUE_ON_ZERO')";

/// Checks that no transaction of a person is open.
pub(super) async fn check_free(conn: &mut Conn) -> Result<(), DatabaseError> {
    conn.query_drop("DO 0").await.map_err(of)?;
    if is_open(conn) {
        return Err(DatabaseError::Usage {
            reason: "a transaction is open, which would end with the load".to_owned(),
            hint: "end it first: con.execute(\"COMMIT\"), or con.execute(\"ROLLBACK\")".to_owned(),
        });
    }
    Ok(())
}

/// Begins a transaction, and returns the mode that the session had before.
pub(super) async fn begin(conn: &mut Conn) -> Result<String, DatabaseError> {
    check_free(conn).await?;
    let mode: Option<String> = conn.query_first("SELECT @@SESSION.sql_mode").await.map_err(of)?;
    for sql in [PREPARE, EXACT, "START TRANSACTION"] {
        conn.query_drop(sql).await.map_err(of)?;
    }
    Ok(mode.unwrap_or_default())
}

/// Gives the session the mode that it had before a load.
pub(super) async fn restore(conn: &mut Conn, mode: &str) -> Result<(), DatabaseError> {
    let sql = "SET SESSION sql_mode = ?";
    conn.exec_drop(sql, Params::Positional(vec![mode.into()]))
        .await
        .map_err(of)
}

/// Returns whether a transaction is open, as the last answer says.
pub(super) fn is_open(conn: &Conn) -> bool {
    conn.last_ok_packet().is_some_and(|answer| {
        answer
            .status_flags()
            .contains(StatusFlags::SERVER_STATUS_IN_TRANS)
    })
}

/// Says that a statement has ended the transaction of a load.
pub(super) fn ended() -> DatabaseError {
    refused(
        "it has ended the transaction of the load, so what it did stays; nothing was loaded",
        None,
        "leave it out, or run it with con.execute(…) before the load",
    )
}

/// Returns the names of the tables that statements write to, each without that of its database; those that a procedure or a trigger
/// writes to are not known.
pub(super) fn written(sql: &str) -> Vec<String> {
    let tokens = tokens(sql);
    let mut found = Vec::new();
    for statement in tokens.split(|token| token.kind == TokenKind::Semicolon) {
        let is = |token: &Token, words: &[&str]| words.iter().any(|word| token.is_word(sql, word));
        let Some((first, rest)) = statement.split_first() else {
            continue;
        };
        // What stands before these words names what is written to; of a row that is added, one table is.
        let (end, is_one): (&[&str], bool) = if is(first, &["insert", "replace", "load"]) {
            (
                &["values", "value", "select", "set", "with", "table", "partition"],
                true,
            )
        } else if is(first, &["update"]) {
            (&["set"], false)
        } else if is(first, &["delete"]) {
            (&["where", "order", "limit", "returning"], false)
        } else {
            continue;
        };
        let rest: Vec<&Token> = if is(first, &["load"]) {
            // LOAD DATA … INTO TABLE name
            rest.iter()
                .skip_while(|token| !token.is_word(sql, "table"))
                .skip(1)
                .collect()
        } else {
            rest.iter().collect()
        };
        let skipped = [
            "low_priority",
            "delayed",
            "high_priority",
            "ignore",
            "into",
            "quick",
            "from",
            "using",
        ];
        let mut names = Vec::new();
        for (at, token) in rest.iter().enumerate() {
            let is_name = matches!(token.kind, TokenKind::Word | TokenKind::Quoted);
            if token.text(sql) == "(" || is(token, end) {
                break;
            }
            let is_before_dot = rest.get(at + 1).is_some_and(|next| next.text(sql) == ".");
            if is_name && !is_before_dot && !is(token, &skipped) {
                names.push(token.text(sql).trim_matches('`').replace("``", "`"));
                if is_one {
                    break;
                }
            }
        }
        found.append(&mut names);
    }
    found
}

/// Refuses statements that would end a transaction.
///
/// # Errors
///
/// One of them does.
pub(super) fn check(sql: &str) -> Result<(), DatabaseError> {
    let tokens = tokens(sql);
    for statement in tokens.split(|token| token.kind == TokenKind::Semicolon) {
        let Some(first) = statement.first() else { continue };
        let word = |at: usize, word: &str| {
            statement
                .get(at)
                .is_some_and(|token: &Token| token.is_word(sql, word))
        };
        let is_ending = ENDING.iter().any(|ending| first.is_word(sql, ending));
        // What only this session sees does not count.
        let is_temporary = (word(0, "create")
            && (word(1, "temporary") || (word(1, "or") && word(3, "temporary"))))
            || (word(0, "drop") && word(1, "temporary"));
        let is_back = word(0, "rollback") && statement.iter().any(|token| token.is_word(sql, "to"));
        let is_switch = word(0, "set")
            && statement.iter().any(|token| {
                let text = token.text(sql).to_ascii_lowercase();
                text.trim_start_matches('@').trim_start_matches("session.") == "autocommit"
                    || text == "password"
            });
        let is_index = word(0, "load") && word(1, "index");
        if (is_ending && !is_temporary && !is_back) || is_switch || is_index {
            let name = first.text(sql).to_ascii_uppercase();
            let hint = if name == "TRUNCATE" {
                let table = statement
                    .iter()
                    .skip(1)
                    .find(|token| !token.is_word(sql, "table"));
                let table = table.map_or("…", |token| token.text(sql));
                format!("write DELETE FROM {table}, which the load can undo, or give mode=\"overwrite\"")
            } else {
                "leave it out, or run it with con.execute(…) before the load".to_owned()
            };
            return Err(refused(
                format!("{name} ends a transaction, and a load is kept as a whole, or undone as a whole"),
                Some(first.range.start),
                hint,
            ));
        }
    }
    Ok(())
}
