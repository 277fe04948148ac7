//! Takes a text apart into statements, by SQLite's own parser, and runs those that return no rows.

use rusqlite::fallible_iterator::FallibleIterator;
use rusqlite::{Batch, Error, Statement};

use super::failure::{refused, with};
use super::opening::Session;
use super::parameters;
use crate::database::error::DatabaseError;
use crate::database::parameter::Parameter;

/// What begins statements that begin or end a transaction.
const TRANSACTION: [&str; 6] = ["BEGIN", "COMMIT", "END", "ROLLBACK", "SAVEPOINT", "RELEASE"];

/// What begins statements that cannot be undone, or that are without effect in a transaction.
const ALONE: [&str; 4] = ["PRAGMA", "VACUUM", "ATTACH", "DETACH"];

/// Runs one statement or, without parameters, several; returns how many rows the last one has changed.
///
/// Several are kept together or undone together, but for those that no transaction takes. In a load, none of them may end
/// its transaction.
pub(super) fn execute(
    session: &Session,
    sql: &str,
    parameters: &[Parameter],
    is_loading: bool,
) -> Result<u64, DatabaseError> {
    if !parameters.is_empty() {
        let mut statement = single(session, sql)?;
        parameters::bind(session, &mut statement, parameters, sql)?;
        return run(session, statement, sql, is_loading);
    }
    // A transaction around them, and not a savepoint: going back to an outermost savepoint empties the file where it was empty when
    // this session opened it, whoever has filled it since.
    let mut is_together = false;
    let done = all(session, sql, is_loading, &mut is_together);
    if done.is_err() && is_together {
        session.watched.release();
        let _ = session.connection.execute_batch("ROLLBACK");
    }
    done
}

fn all(session: &Session, sql: &str, is_loading: bool, is_together: &mut bool) -> Result<u64, DatabaseError> {
    let command = |text: &str| {
        let done = session.connection.execute_batch(text);
        done.map_err(|error| refused(session, &error, text))
    };
    let mut changed = None;
    let mut statements = Batch::new(&session.connection, sql);
    while let Some(mut statement) = statements.next().map_err(|error| refused(session, &error, sql))? {
        parameters::bind(session, &mut statement, &[], sql)?;
        let word = first_word(&statement.expanded_sql().unwrap_or_default());
        let is_alone = ALONE.contains(&word.as_str()) || TRANSACTION.contains(&word.as_str());
        if is_alone && *is_together {
            command("COMMIT")?;
            *is_together = false;
        } else if !is_alone && session.connection.is_autocommit() {
            command("BEGIN")?;
            *is_together = true;
        }
        changed = Some(run(session, statement, sql, is_loading)?);
    }
    if *is_together {
        command("COMMIT")?;
    }
    changed.ok_or_else(empty)
}

/// Prepares the one statement of a text.
///
/// # Errors
///
/// There is none, or more than one, or SQLite does not understand it.
pub(super) fn single<'s>(session: &'s Session, sql: &str) -> Result<Statement<'s>, DatabaseError> {
    let mut statements = Batch::new(&session.connection, sql);
    let first = statements.next().map_err(|error| refused(session, &error, sql))?;
    let first = first.ok_or_else(empty)?;
    match statements.next() {
        Ok(None) => Ok(first),
        // What comes second may need the first one to be understood.
        Ok(Some(_)) | Err(_) => Err(with(
            "there is more than one statement".to_owned(),
            None,
            Some("give one at a time; con.execute without values runs several".to_owned()),
        )),
    }
}

/// Returns the first word of a statement, in upper case, behind what comments there are.
pub(super) fn first_word(sql: &str) -> String {
    let mut rest = sql.trim_start();
    loop {
        let after = match rest {
            comment if comment.starts_with("--") => comment.split_once('\n').map_or("", |(_, after)| after),
            comment if comment.starts_with("/*") => comment.split_once("*/").map_or("", |(_, after)| after),
            empty if empty.starts_with(';') => empty.trim_start_matches(';'),
            _ => break,
        };
        rest = after.trim_start();
    }
    let end = rest.find(|letter: char| !letter.is_ascii_alphabetic());
    rest.get(..end.unwrap_or(rest.len()))
        .unwrap_or_default()
        .to_ascii_uppercase()
}

fn run(
    session: &Session,
    mut statement: Statement<'_>,
    sql: &str,
    is_loading: bool,
) -> Result<u64, DatabaseError> {
    if is_loading {
        let text = statement.expanded_sql().unwrap_or_default();
        let word = first_word(&text);
        if TRANSACTION.contains(&word.as_str()) {
            return Err(with(
                format!("{word} would begin or end a transaction, and the load is one already"),
                None,
                Some("leave it out: the load is kept as a whole, or undone as a whole".to_owned()),
            ));
        }
    }
    let before = session.connection.total_changes();
    step_through(&mut statement).map_err(|error| refused(session, &error, sql))?;
    // A statement that changes no rows leaves the count of the one before it.
    let is_changed = session.connection.total_changes() != before;
    Ok(if is_changed {
        session.connection.changes()
    } else {
        0
    })
}

fn step_through(statement: &mut Statement<'_>) -> Result<(), Error> {
    let mut rows = statement.raw_query();
    while rows.next()?.is_some() {}
    Ok(())
}

fn empty() -> DatabaseError {
    with("there is no statement in it".to_owned(), None, None)
}
