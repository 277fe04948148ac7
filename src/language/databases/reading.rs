//! Runs a query of a cell: its rows as one table, or in a file that is scanned.

use std::sync::mpsc::sync_channel;
use std::thread;

use polars::prelude::DataFrame;

use super::parameters::Given;
use crate::database::{Database, DatabaseError};
use crate::frame::{Spool, Spooled};
use crate::work::Interrupt;

/// Runs a query, and returns its rows as one table.
pub(in crate::language) fn rows(
    database: &mut dyn Database,
    sql: &str,
    given: &Given,
    interrupt: &Interrupt,
) -> Result<DataFrame, DatabaseError> {
    let mut table: Option<DataFrame> = None;
    let mut take = |batch: DataFrame| {
        match &mut table {
            Some(table) => {
                let added = table.vstack_mut_owned(batch);
                added.map_err(|error| DatabaseError::Rows(error.to_string()))?;
            }
            None => table = Some(batch),
        }
        Ok(())
    };
    database.query(sql, &given.values, interrupt, &mut take)?;
    let mut table = table.unwrap_or_default();
    table.rechunk_mut();
    Ok(table)
}

/// Runs a query, and spools its rows on another thread while the next ones come.
pub(super) fn spooled(
    database: &mut dyn Database,
    sql: &str,
    given: &Given,
    mut spool: Spool,
    interrupt: &Interrupt,
) -> Result<Spooled, DatabaseError> {
    let gone = || DatabaseError::Rows("the rows could not be kept".to_owned());
    let (sender, receiver) = sync_channel::<DataFrame>(1);
    thread::scope(|scope| {
        let keeping = scope.spawn(move || {
            for batch in receiver {
                spool.add(&batch)?;
            }
            spool.finish()
        });
        let asked = database.query(sql, &given.values, interrupt, &mut |batch| {
            sender.send(batch).map_err(|_| gone())
        });
        drop(sender);
        // Why rows are not kept says more than that nobody takes them.
        let kept = keeping
            .join()
            .map_err(|_| gone())?
            .map_err(DatabaseError::frame)?;
        asked.map(|()| kept)
    })
}
