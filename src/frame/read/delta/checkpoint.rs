//! Checkpoints: all of a version of a table, as Parquet or JSON → the same actions that commits have.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io::Cursor;
use std::path::Path;

use polars::prelude::*;

use super::action::{Action, Add, DataFormat, DeletionVector, MetaData, Protocol, Sidecar};
use super::error::DeltaError;
use crate::frame::read::error::ReadError;
use crate::frame::read::source;
use crate::storage::Location;

const EXPECTED: &str = "a checkpoint of a Delta table";

/// The kinds of actions that are needed.
const COLUMNS: [&str; 4] = ["add", "metaData", "protocol", "sidecar"];

/// Reads one part of a checkpoint, or of what such a part has aside.
pub(super) fn read(file: &Location) -> Result<Vec<Action>, ReadError> {
    let bytes = source::bytes(file)?;
    // The protocol writes it so, and in no other letters.
    if Path::new(file.name()).extension() == Some(OsStr::new("json")) {
        return Ok(lines(file, &bytes)?);
    }
    let table = source::decode(file, EXPECTED, || {
        let mut reader = ParquetReader::new(Cursor::new(bytes));
        let known = reader.schema()?;
        let wanted = COLUMNS.iter().filter(|name| known.contains(name));
        let wanted = wanted.map(|name| (*name).to_owned()).collect();
        reader.with_columns(Some(wanted)).finish()
    })?;
    source::decode(file, EXPECTED, || part(&table))
}

/// Reads the lines of a file of the log.
pub(super) fn lines(file: &Location, text: &[u8]) -> Result<Vec<Action>, DeltaError> {
    let mut actions = Vec::new();
    for (index, line) in text.split(|byte| *byte == b'\n').enumerate() {
        if line.trim_ascii().is_empty() {
            continue;
        }
        let action = serde_json::from_slice(line).map_err(|error| DeltaError::Damaged {
            file: file.name().to_owned(),
            line: Some(index as u64 + 1),
            detail: format!("this is no entry of a Delta log ({})", without_place(&error)),
        })?;
        actions.push(action);
    }
    Ok(actions)
}

/// Returns what a parser says without the place, which is that of one line.
fn without_place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split(" at line ").next().unwrap_or(&text).to_owned()
}

fn part(table: &DataFrame) -> PolarsResult<Vec<Action>> {
    let mut actions = Vec::new();
    if let Some(adds) = ActionRows::of(table, "add")? {
        actions.extend(adds.adds()?.into_iter().map(|add| Action {
            add: Some(add),
            ..Action::default()
        }));
    }
    if let Some(rows) = ActionRows::of(table, "metaData")? {
        actions.extend(rows.meta_data()?.map(|meta_data| Action {
            meta_data: Some(meta_data),
            ..Action::default()
        }));
    }
    if let Some(rows) = ActionRows::of(table, "protocol")? {
        actions.extend(rows.protocol()?.map(|protocol| Action {
            protocol: Some(protocol),
            ..Action::default()
        }));
    }
    if let Some(rows) = ActionRows::of(table, "sidecar")? {
        let paths = rows.parts.column("path")?.str()?.iter().flatten();
        actions.extend(paths.map(|path| Action {
            sidecar: Some(Sidecar {
                path: path.to_owned(),
            }),
            ..Action::default()
        }));
    }
    Ok(actions)
}

/// The actions of one kind: their parts by name, one row for each.
struct ActionRows {
    parts: DataFrame,
}

impl ActionRows {
    /// Takes the rows that have an action of a kind; `None` where there is none.
    fn of(table: &DataFrame, kind: &str) -> PolarsResult<Option<Self>> {
        let Ok(column) = table.column(kind) else {
            return Ok(None);
        };
        let there = column.filter(&column.is_not_null())?;
        if there.is_empty() {
            return Ok(None);
        }
        let parts = there.struct_()?.clone().unnest();
        Ok(Some(Self { parts }))
    }

    fn text(&self, name: &str, row: usize) -> PolarsResult<Option<String>> {
        Ok(self.parts.column(name)?.str()?.get(row).map(str::to_owned))
    }

    fn number(&self, name: &str, row: usize) -> PolarsResult<Option<i64>> {
        let Ok(column) = self.parts.column(name) else {
            return Ok(None);
        };
        Ok(column.cast(&DataType::Int64)?.i64()?.get(row))
    }

    fn adds(&self) -> PolarsResult<Vec<Add>> {
        let required = |name| polars_err!(ComputeError: "an action lacks its {name}");
        let paths = self.parts.column("path")?.str()?.clone();
        let sizes = self.parts.column("size")?.cast(&DataType::UInt64)?;
        let sizes = sizes.u64()?.clone();
        let times = match self.parts.column("modificationTime") {
            Ok(times) => Some(times.cast(&DataType::Int64)?.i64()?.clone()),
            Err(_) => None,
        };
        let values = self.parts.column("partitionValues").ok();
        let deletions = match self.parts.column("deletionVector") {
            Ok(column) if column.null_count() < column.len() => Some(deletions(column)?),
            _ => None,
        };
        let mut adds = Vec::with_capacity(self.parts.height());
        for row in 0..self.parts.height() {
            adds.push(Add {
                path: paths.get(row).ok_or_else(|| required("path"))?.to_owned(),
                partition_values: values.map_or_else(|| Ok(BTreeMap::new()), |values| map(values, row))?,
                size: sizes.get(row).ok_or_else(|| required("size"))?,
                modification_time: times
                    .as_ref()
                    .and_then(|times| times.get(row))
                    .unwrap_or_default(),
                deletion_vector: deletions
                    .as_ref()
                    .and_then(|deletions| deletions.get(row).cloned().flatten()),
            });
        }
        Ok(adds)
    }

    /// Returns what the table is; the last one counts.
    fn meta_data(&self) -> PolarsResult<Option<MetaData>> {
        let Some(row) = self.parts.height().checked_sub(1) else {
            return Ok(None);
        };
        let Some(schema_string) = self.text("schemaString", row)? else {
            return Ok(None);
        };
        let format = match self.parts.column("format") {
            Ok(format) => {
                let fields = format.struct_()?.clone().unnest();
                fields.column("provider")?.str()?.get(row).map(str::to_owned)
            }
            Err(_) => None,
        };
        let configuration = self.parts.column("configuration").ok();
        Ok(Some(MetaData {
            format: format.map_or_else(DataFormat::default, |provider| DataFormat { provider }),
            schema_string,
            partition_columns: match self.parts.column("partitionColumns") {
                Ok(columns) => texts(columns, row)?.unwrap_or_default(),
                Err(_) => Vec::new(),
            },
            configuration: configuration
                .map_or_else(|| Ok(BTreeMap::new()), |settings| map(settings, row))?,
        }))
    }

    /// Returns what a program must know; the last one counts.
    fn protocol(&self) -> PolarsResult<Option<Protocol>> {
        let Some(row) = self.parts.height().checked_sub(1) else {
            return Ok(None);
        };
        let version = self.number("minReaderVersion", row)?;
        let version = version.and_then(|version| u64::try_from(version).ok());
        let Some(min_reader_version) = version else {
            return Ok(None);
        };
        Ok(Some(Protocol {
            min_reader_version,
            reader_features: match self.parts.column("readerFeatures") {
                Ok(features) => texts(features, row)?,
                Err(_) => None,
            },
        }))
    }
}

/// Returns where it stands, for each file, which of its rows are deleted.
fn deletions(column: &Column) -> PolarsResult<Vec<Option<DeletionVector>>> {
    let is_there = column.is_not_null();
    let parts = column.struct_()?.clone().unnest();
    let text = |name: &str| PolarsResult::Ok(parts.column(name)?.str()?.clone());
    let number = |name: &str| PolarsResult::Ok(parts.column(name)?.cast(&DataType::UInt64)?.u64()?.clone());
    let (kinds, texts) = (text("storageType")?, text("pathOrInlineDv")?);
    let (offsets, sizes, rows) = (number("offset")?, number("sizeInBytes")?, number("cardinality")?);
    let lacks = || polars_err!(ComputeError: "a deletion vector lacks a part");
    let vector = |row: usize| -> PolarsResult<DeletionVector> {
        Ok(DeletionVector {
            storage_type: kinds.get(row).ok_or_else(lacks)?.to_owned(),
            path_or_inline_dv: texts.get(row).ok_or_else(lacks)?.to_owned(),
            offset: offsets.get(row),
            size_in_bytes: sizes.get(row).ok_or_else(lacks)?,
            cardinality: rows.get(row).ok_or_else(lacks)?,
        })
    };
    let rows = is_there.iter().enumerate();
    rows.map(|(row, is_there)| (is_there == Some(true)).then(|| vector(row)).transpose())
        .collect()
}

/// Returns a list of texts.
fn texts(lists: &Column, row: usize) -> PolarsResult<Option<Vec<String>>> {
    let Some(list) = lists.list()?.get_as_series(row) else {
        return Ok(None);
    };
    Ok(Some(list.str()?.iter().flatten().map(str::to_owned).collect()))
}

/// Returns a map of texts, which is a list of pairs.
fn map(maps: &Column, row: usize) -> PolarsResult<BTreeMap<String, Option<String>>> {
    let Some(pairs) = maps.list()?.get_as_series(row) else {
        return Ok(BTreeMap::new());
    };
    if pairs.is_empty() {
        return Ok(BTreeMap::new());
    }
    let pairs = pairs.struct_()?.clone().unnest();
    let (keys, values) = (pairs.column("key")?.str()?, pairs.column("value")?.str()?);
    let pairs = keys.iter().zip(values.iter());
    Ok(pairs
        .filter_map(|(key, value)| Some((key?.to_owned(), value.map(str::to_owned))))
        .collect())
}
