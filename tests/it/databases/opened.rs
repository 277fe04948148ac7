//! Connections as tests use them, without a cell around them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use polars::prelude::{AnyValue, DataFrame};
use sheaf::database::{Bound, Connection, DatabaseError, Load, LoadReport, Mode, Parameter, Pool, TableName};
use sheaf::error::Problem as _;
use sheaf::secret::{Destination, Reference, Resolver, SecretError, SecretValue};
use sheaf::work::Interrupt;

/// How many rows a batch of a load has.
const BATCH: usize = 10_000;

/// An open connection, and the flag that stops what it does.
pub struct Opened {
    pub connection: Connection,
    pub interrupt: Interrupt,
}

/// Nobody has secrets.
struct Nobody;

impl Resolver for Nobody {
    fn values(
        &self,
        _: &BTreeSet<Reference>,
        _: &Destination,
    ) -> Result<BTreeMap<Reference, SecretValue>, SecretError> {
        Ok(BTreeMap::new())
    }
}

impl Opened {
    /// Connects to a database whose address needs no secrets.
    pub fn to(url: &str) -> Self {
        Self::try_to(url).unwrap_or_else(|error| panic!("{url}: {error}"))
    }

    /// Connects, or says why that is refused.
    pub fn try_to(url: &str) -> Result<Self, DatabaseError> {
        let opened = Self::new(url)?;
        opened.open()?;
        Ok(opened)
    }

    /// Prepares a connection, which is not open yet.
    pub fn new(url: &str) -> Result<Self, DatabaseError> {
        Ok(Self {
            connection: Connection::new(url, None, None, None)?,
            interrupt: Interrupt::default(),
        })
    }

    /// Takes a session of a pool, or opens one that goes there.
    pub fn open_from(&self, pool: &Pool) -> Result<(), DatabaseError> {
        let target = self.connection.target(&Nobody, |name| Ok(PathBuf::from(name)))?;
        self.connection.open_from(pool, &target, &self.interrupt)
    }

    /// Opens a session, where the one before has broken.
    pub fn open(&self) -> Result<(), DatabaseError> {
        let target = self.connection.target(&Nobody, |name| Ok(PathBuf::from(name)))?;
        self.connection.open(&target, &self.interrupt)
    }

    /// Runs a query with values for its marks.
    pub fn asked(&self, sql: &str, values: &[Parameter]) -> Result<DataFrame, DatabaseError> {
        let mut whole: Option<DataFrame> = None;
        self.connection.run(|database| {
            database.query(sql, values, &self.interrupt, &mut |batch| {
                match &mut whole {
                    Some(whole) => {
                        whole.vstack_mut(&batch).unwrap();
                    }
                    None => whole = Some(batch),
                }
                Ok(())
            })
        })?;
        Ok(whole.unwrap())
    }

    /// Runs a query that is right.
    pub fn query(&self, sql: &str) -> DataFrame {
        self.asked(sql, &[])
            .unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    /// Runs a query, and shows its rows: a line for each, `|` between the values.
    pub fn rows(&self, sql: &str) -> String {
        match self.asked(sql, &[]) {
            Ok(frame) => shown(&frame),
            Err(error) => told(&error),
        }
    }

    /// Runs statements that are right.
    pub fn execute(&self, sql: &str) -> u64 {
        self.run(sql).unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    /// Runs statements.
    pub fn run(&self, sql: &str) -> Result<u64, DatabaseError> {
        self.connection
            .run(|database| database.execute(sql, &[], &self.interrupt))
    }

    /// Loads a frame, some rows at a time.
    pub fn load(&self, load: &Load, frame: &DataFrame) -> Result<LoadReport, DatabaseError> {
        let starts = (0..frame.height().max(1)).step_by(BATCH);
        let mut batches = starts.map(|start| Ok(frame.slice(start as i64, BATCH)));
        self.load_batches(load, &mut batches)
    }

    /// Loads batches as they come.
    pub fn load_batches(
        &self,
        load: &Load,
        batches: &mut dyn Iterator<Item = Result<DataFrame, DatabaseError>>,
    ) -> Result<LoadReport, DatabaseError> {
        self.connection
            .run(|database| load.run(database, batches, &self.interrupt))
    }

    /// Asks for a stop after a while.
    pub fn interrupt_after(&self, time: Duration) {
        let interrupt = self.interrupt.clone();
        thread::spawn(move || {
            thread::sleep(time);
            interrupt.trigger();
        });
    }
}

/// Describes the load of all columns of a frame into a table.
pub fn load(table: &str, mode: Mode, frame: &DataFrame) -> Load {
    let names = frame.get_column_names_owned();
    Load {
        table: TableName {
            schema: None,
            name: table.to_owned(),
        },
        mode,
        keys: Vec::new(),
        before: None,
        columns: names.iter().map(ToString::to_string).collect(),
        types: frame.dtypes(),
        create: true,
        converts: false,
        max_rejects: None,
        run_id: None,
    }
}

/// Gives values to marks by their order.
pub fn values<const N: usize>(values: [Bound; N]) -> Vec<Parameter> {
    let values = values.into_iter();
    values.map(|value| Parameter { name: None, value }).collect()
}

/// Gives values to marks by their names.
pub fn named<const N: usize>(values: [(&str, Bound); N]) -> Vec<Parameter> {
    let values = values.into_iter();
    values
        .map(|(name, value)| Parameter {
            name: Some(name.to_owned()),
            value,
        })
        .collect()
}

/// Shows the rows of a frame: a line for each, `|` between the values.
pub fn shown(frame: &DataFrame) -> String {
    let value = |value: AnyValue<'_>| match value {
        AnyValue::String(text) => text.to_owned(),
        AnyValue::StringOwned(text) => text.to_string(),
        AnyValue::Float64(number) => format!("{number:?}"),
        AnyValue::Float32(number) => format!("{number:?}"),
        value => value.to_string(),
    };
    let row = |row: usize| {
        let values = frame
            .columns()
            .iter()
            .map(|column| value(column.get(row).unwrap()));
        values.collect::<Vec<_>>().join("|")
    };
    (0..frame.height()).map(row).collect::<Vec<_>>().join("\n")
}

/// Shows an error, and what it says to do.
pub fn told(error: &DatabaseError) -> String {
    match error.hint() {
        Some(hint) => format!("{error}\n→ {hint}"),
        None => error.to_string(),
    }
}
