//! What would end the transaction of a load in its middle.

use super::lexer::tokens;
use super::name::NAME;
use crate::database::error::DatabaseError;
use crate::database::statement::TokenKind;

/// The words that begin statements that end a transaction, or that begin another.
const ENDING: [&str; 6] = ["commit", "end", "rollback", "abort", "begin", "start"];

/// Refuses statements that would end a transaction: what they did before would stay.
///
/// # Errors
///
/// One of them does.
pub(super) fn check(sql: &str) -> Result<(), DatabaseError> {
    let tokens = tokens(sql);
    for statement in tokens.split(|token| token.kind == TokenKind::Semicolon) {
        let Some(first) = statement.first() else { continue };
        let word = |place: usize, word: &str| {
            let token = statement.get(place);
            token.is_some_and(|token| token.is_word(sql, word))
        };
        // What goes back to a savepoint stays within.
        let is_within = word(0, "rollback") && (word(1, "to") || word(2, "to"));
        let is_prepared = word(0, "prepare") && word(1, "transaction");
        if is_prepared || (!is_within && ENDING.iter().any(|ending| first.is_word(sql, ending))) {
            return Err(DatabaseError::Refused {
                database: NAME,
                message: "it would end the transaction that the load is in".to_owned(),
                code: None,
                at: Some(first.range.start),
                hint: Some("leave it out: before and the load are one transaction already".to_owned()),
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn only_what_ends_a_transaction_is_refused() {
        for sql in [
            "DELETE FROM t",
            "DELETE FROM t WHERE note = 'commit; rollback'",
            "-- commit\nDELETE FROM t; UPDATE t SET a = \"end\"",
            "SAVEPOINT a; DELETE FROM t; ROLLBACK TO a",
            "DO $$ BEGIN NULL; END $$",
            "",
            ";;",
        ] {
            assert!(check(sql).is_ok(), "{sql}");
        }
        for sql in [
            "COMMIT",
            "DELETE FROM t; commit; DELETE FROM u",
            " /* a */ End",
            "ROLLBACK",
            "START TRANSACTION",
            "PREPARE TRANSACTION 'x'",
        ] {
            assert!(check(sql).is_err(), "{sql}");
        }
    }
}
