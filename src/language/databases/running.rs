//! What a connection runs for a cell: again where that is safe, and with rows that are kept where the cell wants that.

use std::sync::Arc;

use polars::prelude::DataFrame;
use starlark::eval::Evaluator;

use super::super::{OrFail, context};
use super::connection::ConnectionValue;
use super::keeping::Keeping;
use super::parameters::Given;
use super::reading::rows;
use super::retrying::{Again, persist};
use crate::database::{Database, DatabaseError};
use crate::model::{UnseenQuery, Warning};
use crate::session::CellContext;
use crate::work::Interrupt;

impl ConnectionValue {
    /// Returns the rows of a query, as they are kept or as the database has them now.
    pub(super) fn rows_of(
        &self,
        (sql, given): (&str, Given),
        keeping: Option<&Keeping>,
        context: &CellContext,
    ) -> Result<DataFrame, DatabaseError> {
        let ask = |version: &str| self.asked(version, Given::none(), context);
        let key = match keeping {
            Some(keeping) => keeping.key(&given.after(sql), &self.connection(), context, ask)?,
            None => None,
        };
        if let Some((key, keeping)) = key.as_ref().zip(keeping)
            && let Some(rows) = context.kept_rows().find(key, keeping.ttl)
        {
            return Ok(rows);
        }
        let found = self.asked(sql, given, context)?;
        if let Some(key) = key {
            context.kept_rows().keep(key, &found);
        }
        Ok(found)
    }

    /// Asks the database.
    fn asked(&self, sql: &str, given: Given, context: &CellContext) -> Result<DataFrame, DatabaseError> {
        let text = sql.to_owned();
        let found = self.run_again(context, Again::of(sql), move |database, interrupt| {
            rows(database, &text, &given, interrupt)
        });
        self.shared(context).notes(sql);
        found
    }

    /// Runs `work` in the session, as [`ConnectionValue::run_in`] does, and again where it failed on its way and that is safe.
    pub(in crate::language) fn run_again<T: Send + 'static>(
        &self,
        context: &CellContext,
        again: Again,
        work: impl Fn(&mut dyn Database, &Interrupt) -> Result<T, DatabaseError> + Send + Sync + 'static,
    ) -> Result<T, DatabaseError> {
        let work = Arc::new(work);
        persist(&self.shared(context), again, context.interrupt(), || {
            let each = Arc::clone(&work);
            self.run_in(context, move |database, interrupt| each(database, interrupt))
        })
    }

    /// Warns of categories that training did not have, as predictions do; the database counts them.
    pub(super) fn warn_unseen(
        &self,
        query: Option<UnseenQuery>,
        eval: &Evaluator<'_, '_, '_>,
    ) -> anyhow::Result<()> {
        let Some(query) = query else {
            return Ok(());
        };
        let context = context(eval)?;
        let rows = self
            .rows_of((&query.sql, Given::none()), None, context)
            .or_fail()?;
        for unseen in query.read(&rows) {
            context.warn(Warning::Unseen(unseen).to_string());
        }
        Ok(())
    }
}
