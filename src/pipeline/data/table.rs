//! Tables and queries as frames.

use std::path::Path;

use super::error::DataError;
use crate::database::{Connection, DatabaseError, TableName};
use crate::frame::{Frame, Spool};
use crate::work::Interrupt;

/// Reads the rows of a query into a file without a name in `folder`, as a frame that streams; returns how many they are, too.
///
/// # Errors
///
/// The database refuses the query, or the rows cannot be kept.
pub(in crate::pipeline) fn read_query(
    connection: &Connection,
    sql: &str,
    folder: &Path,
    interrupt: &Interrupt,
) -> Result<(Frame, u64), DataError> {
    let unkept = |error: std::io::Error| DatabaseError::Rows(format!("the rows cannot be kept: {error}"));
    let mut spool = Spool::new(folder).map_err(unkept)?;
    connection.run(|database| {
        database.query(sql, &[], interrupt, &mut |batch| {
            spool.add(&batch).map_err(DatabaseError::frame)
        })
    })?;
    let spooled = spool.finish().map_err(DataError::of)?;
    Ok((spooled.frame, spooled.rows))
}

/// Reads all rows of a table, as [`read_query`] does.
///
/// # Errors
///
/// There is no such table, or it cannot be read.
pub(in crate::pipeline) fn read_table(
    connection: &Connection,
    table: &TableName,
    folder: &Path,
    interrupt: &Interrupt,
) -> Result<(Frame, u64), DataError> {
    let sql = connection.run(|database| {
        if database.columns(table, interrupt)?.is_none() {
            return Err(database.no_table(table, interrupt));
        }
        Ok(format!("SELECT * FROM {}", database.qualified(table)))
    })?;
    read_query(connection, &sql, folder, interrupt)
}
