//! [`Copy`]: copies rows from a file, a table or a query into a file or a table.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use polars::prelude::{DataType, PlSmallStr};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::context::PerformContext;
use super::error::ActivityError;
use super::perform::Perform;
use super::reading::open_source;
use super::source::Source;
use super::uses::Uses;
use crate::database::{DatabaseError, Load, LoadReport, Mode, TableName};
use crate::digest::Digest;
use crate::error::nearest;
use crate::frame::Frame;
use crate::language::RejectsFile;
use crate::pipeline::data::{DataError, check_schema, write_file};
use crate::pipeline::definition::{Dataset, FileDataset, TableDataset};
use crate::pipeline::telling::COPY;
use crate::pipeline::text::Text;

/// How many letters a load's id may have.
const LONGEST_ID: usize = 200;

/// How often it is told how many rows of a file are written.
const TELLING: Duration = Duration::from_millis(100);

/// Copies rows; its output says how many were read, written and rejected.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Copy {
    /// Where the rows come from.
    pub source: Source,
    /// Where they go; several sinks get the same rows, each of them all or none.
    pub sinks: Vec<Sink>,
    /// The column of a sink for each column of the source, by its name, or by its position (`"1"`, `"2"`, …) where the source has
    /// no names; columns that are not named are left out. Without a mapping, columns of the same name belong together.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub mapping: BTreeMap<String, String>,
    /// A file for rows that the table cannot take.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rejects: Option<Text>,
    /// How many rows may be rejected before all of it fails.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_rejects: Option<u64>,
}

/// Where rows go.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sink {
    /// The dataset.
    pub dataset: String,
    /// For a table: SQL that runs before, in the same transaction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Text>,
    /// For a table: `append`, `overwrite`, `error` or `upsert`; `append` where nothing is said. A file is replaced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<String>,
    /// For an upsert: the columns by which a row is known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<String>,
    /// For a table: whether it is created where it is missing.
    #[serde(default)]
    pub create: bool,
}

/// The rows of a copy, with the names that they have in sinks.
struct Mapped {
    frame: Frame,
    columns: Vec<String>,
    types: Vec<DataType>,
    /// How many there are, where that is known before.
    total: Option<u64>,
}

impl Perform for Copy {
    fn kind(&self) -> &'static str {
        COPY
    }

    fn uses(&self) -> Uses<'_> {
        let uses = match &self.source {
            Source::Dataset(name) => Uses::default().dataset(name),
            Source::Query { connection, sql } => {
                Uses::default().connection(connection).text("source.sql", sql)
            }
        };
        let sinks = self.sinks.iter().enumerate();
        sinks.fold(
            uses.maybe("rejects", self.rejects.as_ref()),
            |uses, (index, sink)| {
                let before = format!("sinks[{index}].before");
                uses.dataset(&sink.dataset).maybe(before, sink.before.as_ref())
            },
        )
    }

    fn perform(&self, context: &PerformContext<'_>) -> Result<Value, ActivityError> {
        self.check(context)?;
        // A table that is there says which types its columns have; one that is made gets those that the texts look like.
        let as_texts = self.is_typed_by_tables(context)?;
        let (source, total) = open_source(&self.source, as_texts, context)?;
        let rows = self.mapped(source, total)?;
        let mut sinks = Vec::new();
        for (index, sink) in self.sinks.iter().enumerate() {
            context.check()?;
            sinks.push(match context.dataset(&sink.dataset)? {
                Dataset::Table(table) => self.load(&rows, (index, sink), table, context)?,
                Dataset::File(file) => rows.write(sink, file, context)?,
            });
        }
        let least = |field: &str| sinks.iter().filter_map(|sink| sink.get(field)?.as_u64()).min();
        let written = least("rows_written").unwrap_or(0);
        let rejected = sinks
            .iter()
            .filter_map(|sink| sink.get("rows_rejected")?.as_u64())
            .sum::<u64>();
        Ok(json!({
            "rows_read": written + rejected,
            "rows_written": written,
            "rows_rejected": rejected,
            "sinks": sinks,
        }))
    }
}

impl Copy {
    /// Checks what can be without any row.
    fn check(&self, context: &PerformContext<'_>) -> Result<(), ActivityError> {
        let wrong = |field: &str, found: &str, expected| {
            Err(ActivityError::Value {
                field: field.to_owned(),
                found: found.to_owned(),
                expected,
            })
        };
        if self.sinks.is_empty() {
            return wrong("sinks", "empty", "a list with the dataset that the rows go to");
        }
        let mut tables = 0;
        for sink in &self.sinks {
            match context.dataset(&sink.dataset)? {
                Dataset::Table(_) => tables += 1,
                Dataset::File(_) if sink.before.is_some() || sink.mode.is_some() || !sink.keys.is_empty() => {
                    return wrong(
                        "a file as a sink",
                        "given together with `before`, `mode` or `keys`",
                        "given alone: a file is replaced as a whole",
                    );
                }
                Dataset::File(_) => {}
            }
        }
        match (&self.rejects, self.max_rejects, tables) {
            (Some(_), _, 0) => wrong(
                "rejects",
                "given for files",
                "for a table: a file takes every row",
            ),
            (Some(_), _, 2..) => wrong(
                "rejects",
                "given for several tables",
                "for one: copy into each table on its own",
            ),
            (None, Some(_), _) => wrong(
                "max_rejects",
                "given alone",
                "given together with `rejects`, the file for those rows",
            ),
            _ => Ok(()),
        }
    }

    /// Returns whether all sinks are tables that are there already.
    fn is_typed_by_tables(&self, context: &PerformContext<'_>) -> Result<bool, ActivityError> {
        for sink in &self.sinks {
            if sink.create || matches!(context.dataset(&sink.dataset)?, Dataset::File(_)) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Says which columns of the source go where.
    fn mapped(&self, frame: Frame, total: Option<u64>) -> Result<Mapped, ActivityError> {
        let schema = frame.schema().map_err(ActivityError::of)?;
        let names: Vec<&str> = schema.iter_names().map(PlSmallStr::as_str).collect();
        let source = |key: &str| {
            let by_place = || {
                let place: usize = key.parse().ok()?;
                names.get(place.checked_sub(1)?).copied()
            };
            names.iter().copied().find(|name| *name == key).or_else(by_place)
        };
        let mut targets: BTreeMap<&str, &str> = BTreeMap::new();
        for (key, target) in &self.mapping {
            let Some(name) = source(key) else {
                return Err(ActivityError::Mapping {
                    column: key.clone(),
                    hint: match nearest(key, names.iter().copied()) {
                        Some(near) => format!("did you mean {near:?}?"),
                        None => format!("it has {}", names.join(", ")),
                    },
                });
            };
            if targets.insert(name, target).is_some() {
                return Err(ActivityError::Mapping {
                    column: key.clone(),
                    hint: format!("the column {name:?} is mapped twice, by its name and by its position"),
                });
            }
        }
        let (mut from, mut columns, mut types) = (Vec::new(), Vec::new(), Vec::new());
        for (name, dtype) in schema.iter() {
            let target = if self.mapping.is_empty() {
                Some(name.as_str())
            } else {
                targets.get(name.as_str()).copied()
            };
            if let Some(target) = target {
                from.push(name.to_string());
                columns.push(target.to_owned());
                types.push(dtype.clone());
            }
        }
        let frame = if from.len() == names.len() {
            frame
        } else {
            frame.only(&from).map_err(ActivityError::of)?
        };
        Ok(Mapped {
            frame,
            columns,
            types,
            total,
        })
    }

    /// Loads the rows into a table: all of them, or none.
    fn load(
        &self,
        rows: &Mapped,
        (index, sink): (usize, &Sink),
        table: &TableDataset,
        context: &PerformContext<'_>,
    ) -> Result<Value, ActivityError> {
        let text = table.table.render(context.scope())?;
        let before = sink
            .before
            .as_ref()
            .map(|text| text.render(context.scope()))
            .transpose()?;
        let load = Load {
            table: TableName::parse(&text).ok_or(DataError::NotATable(text))?,
            mode: Mode::parse(sink.mode.as_deref().unwrap_or("append"))?,
            keys: sink.keys.clone(),
            before,
            columns: rows.columns.clone(),
            types: rows.types.clone(),
            create: sink.create,
            converts: true,
            max_rejects: self.max_rejects,
            // Of a run that has lost the answer to its commit, the next attempt loads nothing twice.
            run_id: Some(load_id(&context.load_id(), index)),
        };
        let rejects = self
            .rejects
            .as_ref()
            .map(|path| path.render(context.scope()))
            .transpose()?;
        let location = rejects
            .as_ref()
            .map(|path| context.mounts().resolve(path))
            .transpose();
        let location = location.map_err(ActivityError::of)?;
        let connection = context.connection(&table.connection.render(context.scope())?)?;
        let interrupt = context.interrupt();
        let batches = rows.frame.batches(interrupt).map_err(ActivityError::of)?;
        let mut done = 0;
        let mut counted = batches.map(|batch| {
            let batch = batch.map_err(DatabaseError::frame)?;
            done += batch.height() as u64;
            context.progress(done, rows.total);
            Ok(batch)
        });
        let report = connection.run(|database| match &location {
            None => load.run(database, &mut counted, interrupt),
            Some(location) => {
                let mut rejects = RejectsFile::new(location, &rows.frame)?;
                load.run_sorting_out(database, &mut counted, &mut rejects, interrupt)
            }
        })?;
        Ok(told(&report, &sink.dataset, rejects))
    }
}

impl Mapped {
    /// Writes the rows to a file, which appears whole or not at all.
    fn write(
        &self,
        sink: &Sink,
        file: &FileDataset,
        context: &PerformContext<'_>,
    ) -> Result<Value, ActivityError> {
        let path = file.path.render(context.scope())?;
        let location = context.mounts().resolve(&path).map_err(ActivityError::of)?;
        let rows = self.renamed()?;
        check_schema(&sink.dataset, &file.schema, &rows)?;
        // Counted as they are written: read once more, the source might have others.
        let (rows, count) = rows.counted().map_err(ActivityError::of)?;
        let is_over = AtomicBool::new(false);
        let written = thread::scope(|scope| {
            let tell = || {
                while !is_over.load(Ordering::Relaxed) {
                    thread::park_timeout(TELLING);
                    context.progress(count.rows(), self.total);
                }
            };
            // Without it nobody sees how far it is.
            let teller = thread::Builder::new()
                .name("progress".to_owned())
                .spawn_scoped(scope, tell);
            let written = write_file(&rows, file, &location, context.interrupt());
            is_over.store(true, Ordering::Relaxed);
            if let Ok(teller) = &teller {
                teller.thread().unpark();
            }
            written
        });
        written?;
        Ok(json!({ "dataset": sink.dataset, "path": path, "rows_written": count.rows() }))
    }

    /// Returns the frame with the names that its columns have in sinks.
    fn renamed(&self) -> Result<Frame, ActivityError> {
        let names = self.frame.columns().map_err(ActivityError::of)?;
        let pairs = names.into_iter().zip(self.columns.iter().cloned());
        let changed: Vec<(String, String)> = pairs.filter(|(old, new)| old != new).collect();
        if changed.is_empty() {
            return Ok(self.frame.clone());
        }
        self.frame.rename(&changed).map_err(ActivityError::of)
    }
}

/// Returns what names a load: the run, the activity, the sink.
fn load_id(of_activity: &str, index: usize) -> String {
    let id = format!("{of_activity}/{index}");
    if id.chars().count() <= LONGEST_ID {
        return id;
    }
    let run = id.split('/').next().unwrap_or_default();
    format!("{run}/{}", Digest::of_bytes(id.as_bytes()))
}

/// Returns what a load did, as expressions and people read it.
fn told(report: &LoadReport, dataset: &str, rejects: Option<String>) -> Value {
    let nulls = report
        .columns
        .iter()
        .map(|(name, nulls)| (name.clone(), json!(nulls)));
    let mut told = json!({
        "dataset": dataset,
        "table": report.table.to_string(),
        "rows_written": report.rows,
        "rows_after": report.rows_after,
        "created": report.is_created,
        "repeated": report.is_repeated,
        "nulls": nulls.collect::<serde_json::Map<_, _>>(),
    });
    let counts = [
        ("before", report.before),
        ("removed", report.removed),
        ("replaced", report.replaced),
        ("rows_rejected", report.rejected),
    ];
    if let Some(fields) = told.as_object_mut() {
        fields.extend(
            counts
                .into_iter()
                .filter_map(|(name, count)| Some((name.to_owned(), json!(count?)))),
        );
        fields.extend(rejects.map(|path| ("rejects".to_owned(), json!(path))));
    }
    told
}
