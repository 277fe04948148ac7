//! [`Marker`]: that a load of a run is done, in a table beside the tables that are loaded, so that no run loads twice.
//!
//! The row is written in the transaction of the load: it is there with the rows, or not at all. Where a table that is made
//! gets its name after the transaction, the row says which name it had before: as long as such a table is there, the load is
//! not done.

use std::time::{SystemTime, UNIX_EPOCH};

use polars::prelude::{DataFrame, DataType, NamedFrom, Series, TimeUnit};
use serde::{Deserialize, Serialize};

use super::verification::rows_of;
use crate::database::database::Database;
use crate::database::error::DatabaseError;
use crate::database::parameter::{Bound, Parameter};
use crate::database::report::LoadReport;
use crate::database::table::{TableColumn, TableName};
use crate::work::Interrupt;

/// The table of loads that are done; each schema has its own.
const TABLE: &str = "sheaf_loads";
/// The columns by which a load is known.
const RUN: &str = "run_id";
const LOADED: &str = "table_name";
/// What tells two loads of a run apart: the name that the table had before it got its own, or one that no table has.
const AS: &str = "load_id";
const REPORT: &str = "report";
const AT: &str = "loaded_at";
/// The most characters of an id: what every database takes as a key.
const MOST: usize = 200;

/// The row of a load.
pub(super) struct Marker<'a> {
    table: TableName,
    run: &'a str,
    /// The table that is loaded.
    loaded: &'a TableName,
}

/// What is known of a load.
pub(super) enum Known {
    /// It is done.
    Done(LoadReport),
    /// It was to be done, and is not: what its row has as its id.
    Undone(String),
    /// Nothing.
    Nothing,
}

/// What a load did, as it is kept.
#[derive(Serialize, Deserialize)]
struct Kept {
    rows: u64,
    before: Option<u64>,
    removed: Option<u64>,
    replaced: Option<u64>,
    rejected: Option<u64>,
    created: bool,
    rows_after: u64,
    nulls: Vec<(String, u64)>,
}

impl<'a> Marker<'a> {
    /// Returns the marker of what a run loads into a table.
    ///
    /// # Errors
    ///
    /// The id of the run is none.
    pub(super) fn new(loaded: &'a TableName, run: &'a str) -> Result<Self, DatabaseError> {
        let is_id = !run.trim().is_empty() && !run.contains('\0') && run.chars().count() <= MOST;
        if !is_id {
            return Err(DatabaseError::Usage {
                reason: format!("run_id has to be a text of 1 to {MOST} characters"),
                hint: "give what names the run, such as \"nightly 2024-01-31\"".to_owned(),
            });
        }
        let table = TableName {
            schema: loaded.schema.clone(),
            name: TABLE.to_owned(),
        };
        Ok(Self { table, run, loaded })
    }

    /// Returns what is known before the load; the table of markers is made where it is missing.
    ///
    /// # Errors
    ///
    /// The table cannot be made, or not be read.
    pub(super) fn begin(
        &self,
        database: &mut dyn Database,
        interrupt: &Interrupt,
    ) -> Result<Known, DatabaseError> {
        if database.columns(&self.table, interrupt)?.is_none() {
            self.make(database, interrupt)?;
        }
        // It has to be undone with the load.
        database.check_load(&self.table, None, interrupt)?;
        self.find(database, interrupt)
    }

    /// Returns what is known.
    pub(super) fn find(
        &self,
        database: &mut dyn Database,
        interrupt: &Interrupt,
    ) -> Result<Known, DatabaseError> {
        let names = [RUN, LOADED, AS, REPORT].map(|name| database.quoted(name));
        let sql = format!(
            "SELECT {} FROM {} WHERE {}",
            names.join(", "),
            database.qualified(&self.table),
            is_this(database)
        );
        let found = rows_of(database, &sql, &self.parameters(), interrupt)?;
        // What a database compares without a look at capitals is not the same here.
        let this = [Some(self.run), Some(self.loaded.name.as_str())];
        let found = found.into_iter().find(|row| {
            let known = row.iter().map(Option::as_deref);
            known.take(2).eq(this)
        });
        let Some(row) = found else {
            return Ok(Known::Nothing);
        };
        let text = |index: usize| row.get(index).cloned().flatten();
        let id = text(2).unwrap_or_default();
        let made_as = TableName {
            schema: self.table.schema.clone(),
            name: id.clone(),
        };
        // A table that someone has removed since then is loaded again.
        let is_done = database.columns(self.loaded, interrupt)?.is_some()
            && database.columns(&made_as, interrupt)?.is_none();
        if !is_done {
            return Ok(Known::Undone(id));
        }
        let kept = text(3).and_then(|text| serde_json::from_str::<Kept>(&text).ok());
        let kept = kept.ok_or_else(|| {
            let reason = format!("{} has no report of the run {:?}", self.table, self.run);
            DatabaseError::Rows(reason)
        })?;
        Ok(Known::Done(LoadReport {
            table: self.loaded.clone(),
            rows: kept.rows,
            before: kept.before,
            removed: kept.removed,
            replaced: kept.replaced,
            rejected: kept.rejected,
            is_created: kept.created,
            is_repeated: true,
            rows_after: kept.rows_after,
            columns: kept.nulls,
        }))
    }

    /// Says that the load is done, in its transaction; of two that do so at once, one fails.
    ///
    /// `id` is the name of the table before it gets its own, or one that no table has. What `undone` says is no more.
    pub(super) fn write(
        &self,
        database: &mut dyn Database,
        (report, id): (&LoadReport, &str),
        undone: Option<&str>,
        interrupt: &Interrupt,
    ) -> Result<(), DatabaseError> {
        if let Some(undone) = undone {
            self.remove(database, undone, interrupt)?;
        }
        let kept = Kept {
            rows: report.rows,
            before: report.before,
            removed: report.removed,
            replaced: report.replaced,
            rejected: report.rejected,
            created: report.is_created,
            rows_after: report.rows_after,
            nulls: report.columns.clone(),
        };
        let kept = serde_json::to_string(&kept).map_err(|error| DatabaseError::Rows(error.to_string()))?;
        let text = |name: &str, value: Option<&str>| Series::new(name.into(), [value]).into();
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let now = Series::new(AT.into(), [i64::try_from(now.as_micros()).unwrap_or_default()]);
        let moment = DataType::Datetime(TimeUnit::Microseconds, None);
        let now = now.cast(&moment).map(Into::into);
        let row = now.and_then(|now| {
            let columns = vec![
                text(RUN, Some(self.run)),
                text(LOADED, Some(&self.loaded.name)),
                text(AS, Some(id)),
                text(REPORT, Some(&kept)),
                now,
            ];
            DataFrame::new(1, columns)
        });
        let row = row.map_err(|error| DatabaseError::Rows(error.to_string()))?;
        let known = database.columns(&self.table, interrupt)?.unwrap_or_default();
        let columns = row.columns().iter().map(|column| {
            let column = known.iter().find(|known| known.name == column.name().as_str());
            column.cloned().ok_or_else(|| self.foreign())
        });
        let columns: Vec<TableColumn> = columns.collect::<Result<_, _>>()?;
        database.insert(&self.table, &columns, &mut std::iter::once(Ok(row)), interrupt)?;
        Ok(())
    }

    /// Removes the row that has this id, and no other one.
    pub(super) fn remove(
        &self,
        database: &mut dyn Database,
        id: &str,
        interrupt: &Interrupt,
    ) -> Result<(), DatabaseError> {
        let (table, column) = (database.qualified(&self.table), database.quoted(AS));
        let sql = format!(
            "DELETE FROM {table} WHERE {} AND {column} = :id",
            is_this(database)
        );
        let mut parameters = self.parameters().to_vec();
        parameters.push(Parameter {
            name: Some("id".to_owned()),
            value: Bound::Text(id.to_owned()),
        });
        database.execute(&sql, &parameters, interrupt).map(drop)
    }

    fn make(&self, database: &mut dyn Database, interrupt: &Interrupt) -> Result<(), DatabaseError> {
        let none = || DatabaseError::Rows("the database has no type for texts".to_owned());
        let key = database.key_type_for(&DataType::String).ok_or_else(none)?;
        let text = database.type_for(&DataType::String).ok_or_else(none)?;
        let moment = database.type_for(&DataType::Datetime(TimeUnit::Microseconds, None));
        let moment = moment.ok_or_else(none)?;
        let [run, loaded, id, report, at] = [RUN, LOADED, AS, REPORT, AT].map(|name| database.quoted(name));
        let sql = format!(
            "CREATE TABLE {} ({run} {key} NOT NULL, {loaded} {key} NOT NULL, {id} {key} NOT NULL, {report} {text}, \
             {at} {moment}, PRIMARY KEY ({run}, {loaded}))",
            database.qualified(&self.table)
        );
        let Err(error) = database.execute(&sql, &[], interrupt) else {
            return Ok(());
        };
        // Someone else may have made it at the same time.
        if !error.breaks() && database.columns(&self.table, interrupt)?.is_some() {
            return Ok(());
        }
        Err(match error {
            DatabaseError::Refused {
                database,
                message,
                code,
                ..
            } => DatabaseError::Refused {
                database,
                message,
                code,
                at: None,
                hint: Some(format!(
                    "run_id needs the table {}; whoever may create it can run {sql}",
                    self.table
                )),
            },
            error => error,
        })
    }

    fn parameters(&self) -> [Parameter; 2] {
        [("run", self.run), ("loaded", self.loaded.name.as_str())].map(|(name, text)| Parameter {
            name: Some(name.to_owned()),
            value: Bound::Text(text.to_owned()),
        })
    }

    fn foreign(&self) -> DatabaseError {
        DatabaseError::Usage {
            reason: format!("the table {} is none of the loads that are done", self.table),
            hint: "give it another name, or load without run_id".to_owned(),
        }
    }
}

/// Writes the condition by which a row is that of a load.
fn is_this(database: &dyn Database) -> String {
    let [run, loaded] = [RUN, LOADED].map(|name| database.quoted(name));
    format!("{run} = :run AND {loaded} = :loaded")
}
