//! Statements that return no rows.

use mysql_async::prelude::Queryable as _;
use mysql_async::{Conn, Params};

use super::bind::values;
use super::channel::Channel;
use super::failure::{self, refused};
use super::lexer::tokens;
use super::marks::{self, MARK};
use crate::database::error::DatabaseError;
use crate::database::parameter::Parameter;
use crate::database::statement::{Sent, Token, TokenKind, differing};
use crate::work::Interrupt;

/// Runs one statement or, without parameters, several; returns how many rows the last one has changed.
pub(super) fn execute(
    session: &mut Channel,
    sql: &str,
    parameters: &[Parameter],
    interrupt: &Interrupt,
) -> Result<u64, DatabaseError> {
    check(sql)?;
    let sent = marks::sent(sql, parameters)?;
    if parameters.is_empty() {
        return session.run(interrupt, async |conn| several(conn, sql, &sent).await);
    }
    if let Some(at) = sent.second() {
        return Err(refused(
            "it is more than one statement, and has parameters",
            Some(at),
            "run one statement with parameters at a time",
        ));
    }
    let values = values(&sent, parameters)?;
    session.run(interrupt, async |conn| {
        let failed = |error| failure::in_statement(error, &sent);
        let statement = conn.prep(sent.text.as_str()).await.map_err(failed)?;
        let wanted = usize::from(statement.num_params());
        if wanted != values.len() {
            return Err(DatabaseError::Parameters {
                reason: differing(wanted, values.len(), MARK),
            });
        }
        conn.exec_drop(&statement, Params::Positional(values))
            .await
            .map_err(failed)?;
        Ok(conn.affected_rows())
    })
}

async fn several(conn: &mut Conn, sql: &str, sent: &Sent) -> Result<u64, DatabaseError> {
    let failed = |error| failure::in_statement(error, sent);
    let mut result = conn.query_iter(sql).await.map_err(failed)?;
    let mut changed = result.affected_rows();
    while !result.is_empty() {
        while result.next().await.map_err(failed)?.is_some() {}
        changed = result.affected_rows();
    }
    result.drop_result().await.map_err(failed)?;
    Ok(changed)
}

/// Refuses what would change what moments mean in this session, and what would send a file of this machine.
fn check(sql: &str) -> Result<(), DatabaseError> {
    let (mut is_start, mut is_set, mut is_load) = (true, false, false);
    for token in &tokens(sql) {
        if is_start {
            is_set = token.is_word(sql, "set");
            is_load = token.is_word(sql, "load");
        }
        is_start = token.kind == TokenKind::Semicolon;
        if is_load && token.is_word(sql, "local") {
            return Err(refused(
                "it asks for a file of this machine, and none is sent",
                Some(token.range.start),
                "read the file, as in read_csv(…), and load its rows with df.write_table(con, …)",
            ));
        }
        if is_set && is_zone(token, sql) {
            return Err(refused(
                "it sets the time zone of the session, and moments in frames are in UTC",
                Some(token.range.start),
                "leave it out; CONVERT_TZ(moment, '+00:00', 'Europe/Berlin') says what a clock shows elsewhere",
            ));
        }
    }
    Ok(())
}

fn is_zone(token: &Token, sql: &str) -> bool {
    let text = token.text(sql).to_ascii_lowercase();
    let name = text.trim_start_matches('@').trim_start_matches("session.");
    matches!(name, "time_zone" | "local.time_zone")
}
