//! What the tests of databases share: secrets, sessions of SQLite, frames, and how results and errors are shown.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use polars::prelude::{AnyValue, Column, DataFrame, IntoColumn, NamedFrom, Series};

use super::database::Database;
use super::error::DatabaseError;
use super::load::{Load, Mode};
use super::parameter::{Bound, Parameter};
use super::rejects::{Rejected, Rejects};
use super::report::LoadReport;
use super::sqlite;
use super::table::{TableColumn, TableName};
use super::target::Target;
use crate::error::Problem;
use crate::secret::{Destination, Reference, Resolver, SecretError, SecretValue};
use crate::work::Interrupt;

/// Gives each secret the value that is its key.
pub(super) struct Keys;

impl Resolver for Keys {
    fn values(
        &self,
        references: &BTreeSet<Reference>,
        _destination: &Destination,
    ) -> Result<BTreeMap<Reference, SecretValue>, SecretError> {
        let value = |reference: &Reference| SecretValue::new(reference.key().as_bytes().to_vec());
        Ok(references
            .iter()
            .map(|reference| (reference.clone(), value(reference)))
            .collect())
    }
}

/// A session, and the flag that stops its work.
pub(super) struct Opened {
    pub(super) database: Box<dyn Database>,
    pub(super) interrupt: Interrupt,
}

/// Opens a database in memory.
pub(super) fn memory() -> Opened {
    session(&Target::Memory).unwrap()
}

/// Opens a file.
pub(super) fn file(path: &Path) -> Opened {
    session(&target(path)).unwrap()
}

pub(super) fn target(path: &Path) -> Target {
    Target::File {
        path: path.to_owned(),
        name: format!("/mnt/data/{}", path.file_name().unwrap().to_string_lossy()),
    }
}

pub(super) fn session(target: &Target) -> Result<Opened, DatabaseError> {
    let interrupt = Interrupt::default();
    let database = (sqlite::DRIVER.open)(target, &interrupt)?;
    Ok(Opened { database, interrupt })
}

impl Opened {
    pub(super) fn batches(
        &mut self,
        sql: &str,
        values: &[Parameter],
    ) -> Result<Vec<DataFrame>, DatabaseError> {
        let mut batches = Vec::new();
        self.database.query(sql, values, &self.interrupt, &mut |batch| {
            batches.push(batch);
            Ok(())
        })?;
        Ok(batches)
    }

    pub(super) fn query_with(&mut self, sql: &str, values: &[Parameter]) -> Result<DataFrame, DatabaseError> {
        let mut batches = self.batches(sql, values)?.into_iter();
        let mut whole = batches.next().expect("a result has a batch");
        for batch in batches {
            whole.vstack_mut(&batch).unwrap();
        }
        Ok(whole)
    }

    pub(super) fn query(&mut self, sql: &str) -> Result<DataFrame, DatabaseError> {
        self.query_with(sql, &[])
    }

    /// Runs a query and shows its rows, each in a line.
    pub(super) fn rows(&mut self, sql: &str) -> String {
        match self.query(sql) {
            Ok(frame) => shown(&frame),
            Err(error) => told(&error),
        }
    }

    pub(super) fn execute(&mut self, sql: &str) -> Result<u64, DatabaseError> {
        self.database.execute(sql, &[], &self.interrupt)
    }

    pub(super) fn load(&mut self, load: &Load, frame: &DataFrame) -> Result<LoadReport, DatabaseError> {
        self.load_in(load, std::slice::from_ref(frame))
    }

    pub(super) fn load_in(
        &mut self,
        load: &Load,
        batches: &[DataFrame],
    ) -> Result<LoadReport, DatabaseError> {
        let mut rows = batches.iter().cloned().map(Ok);
        load.run(self.database.as_mut(), &mut rows, &self.interrupt)
    }

    /// Loads what the table can take, and returns what it cannot take, too.
    pub(super) fn sort_out(
        &mut self,
        load: &Load,
        batches: &[DataFrame],
    ) -> (Result<LoadReport, DatabaseError>, Sorted) {
        let mut rows = batches.iter().cloned().map(Ok);
        let mut sorted = Sorted::default();
        let done = load.run_sorting_out(self.database.as_mut(), &mut rows, &mut sorted, &self.interrupt);
        (done, sorted)
    }

    pub(super) fn columns(&mut self, table: &str) -> Vec<TableColumn> {
        self.database
            .columns(&name(table), &self.interrupt)
            .unwrap()
            .unwrap()
    }
}

/// Keeps rows that were sorted out, each in a line.
#[derive(Default)]
pub(super) struct Sorted {
    pub(super) lines: Vec<String>,
    pub(super) is_finished: bool,
}

impl Rejects for Sorted {
    fn name(&self) -> &'static str {
        "the list"
    }

    fn take(&mut self, rejected: &Rejected) -> Result<(), DatabaseError> {
        let value = rejected.value.as_deref().unwrap_or("NULL");
        self.lines.push(format!(
            "{} {} {value}: {}: {}",
            rejected.row,
            rejected.column,
            rejected.rule.name(),
            rejected.reason
        ));
        Ok(())
    }

    fn finish(&mut self) -> Result<(), DatabaseError> {
        self.is_finished = true;
        Ok(())
    }
}

/// Describes a load of all columns of a frame.
pub(super) fn load(table: &str, mode: Mode, frame: &DataFrame) -> Load {
    Load {
        table: name(table),
        mode,
        keys: Vec::new(),
        before: None,
        columns: frame
            .get_column_names_owned()
            .iter()
            .map(ToString::to_string)
            .collect(),
        types: frame.dtypes(),
        create: true,
        converts: false,
        max_rejects: None,
        run_id: None,
    }
}

pub(super) fn name(table: &str) -> TableName {
    TableName {
        schema: None,
        name: table.to_owned(),
    }
}

pub(super) fn frame(columns: Vec<Column>) -> DataFrame {
    DataFrame::new_infer_height(columns).unwrap()
}

pub(super) fn column<V, T: ?Sized>(name: &str, values: V) -> Column
where
    Series: NamedFrom<V, T>,
{
    Series::new(name.into(), values).into_column()
}

pub(super) fn values(values: &[Bound]) -> Vec<Parameter> {
    let value = |value: &Bound| Parameter {
        name: None,
        value: value.clone(),
    };
    values.iter().map(value).collect()
}

pub(super) fn named(values: &[(&str, Bound)]) -> Vec<Parameter> {
    let value = |(name, value): &(&str, Bound)| Parameter {
        name: Some((*name).to_owned()),
        value: value.clone(),
    };
    values.iter().map(value).collect()
}

/// Shows a frame: a line of names and types, and one for each row.
pub(super) fn shown(frame: &DataFrame) -> String {
    let head: Vec<String> = frame
        .columns()
        .iter()
        .map(|column| format!("{}: {}", column.name(), column.dtype()))
        .collect();
    let mut text = head.join(", ");
    for row in 0..frame.height() {
        let cells: Vec<String> = frame
            .columns()
            .iter()
            .map(|column| match column.get(row).unwrap() {
                AnyValue::String(text) => text.to_owned(),
                AnyValue::StringOwned(text) => text.to_string(),
                AnyValue::Binary(bytes) => format!("{bytes:?}"),
                AnyValue::BinaryOwned(bytes) => format!("{bytes:?}"),
                AnyValue::Float64(number) => format!("{number:?}"),
                value => value.to_string(),
            })
            .collect();
        text += &format!("\n{}", cells.join(" | "));
    }
    text
}

/// Shows an error with what it says to do.
pub(super) fn told(error: &DatabaseError) -> String {
    match error.hint() {
        Some(hint) => format!("{error}\n→ {hint}"),
        None => error.to_string(),
    }
}

/// Gives batches, and sets a flag with one of them.
pub(super) fn stopping_at(
    interrupt: Interrupt,
    batches: Vec<DataFrame>,
    at: usize,
) -> impl Iterator<Item = Result<DataFrame, DatabaseError>> {
    batches.into_iter().enumerate().map(move |(index, batch)| {
        if index == at {
            interrupt.trigger();
        }
        Ok(batch)
    })
}
