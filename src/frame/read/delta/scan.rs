//! Plans of the files of a table.

use std::sync::Arc;

use polars::io::{HiveOptions, RowIndex};
use polars::prelude::*;
use polars_plan::dsl::{
    CastColumnsPolicy, DslBuilder, DslPlan, ExtraColumnsPolicy, MissingColumnsPolicy, ScanSources,
    UnifiedScanArgs,
};

use super::deletion::{self, Deleted};
use super::{DataFile, DeltaTable};
use crate::frame::read::bridge::Bridge;
use crate::frame::read::error::ReadError;
use crate::frame::read::scanned::{Scan, Scanned};
use crate::frame::read::{columns, source};
use crate::storage::Location;
use crate::work::Progress;

use super::error::DeltaError;

const EXPECTED: &str = "a Parquet file of a Delta table";

impl DeltaTable {
    fn name(&self) -> &str {
        self.folder.name().trim_end_matches('/')
    }

    /// Returns where a file is.
    fn location(&self, file: &DataFile) -> Location {
        self.folder
            .join(format!("{}/{}", self.name(), file.path), &file.path)
    }
}

/// Plans to read a table.
pub(super) fn plan(table: &DeltaTable) -> Result<Scan, ReadError> {
    let mut deleted = vec![None; table.files.len()];
    let places: Vec<Location> = table.files.iter().map(|file| table.location(file)).collect();
    let has_some = |(index, _): &(usize, &Location)| {
        table
            .files
            .get(*index)
            .is_some_and(|file| file.deletions.is_some())
    };
    let with_some: Vec<(usize, &Location)> = places.iter().enumerate().filter(has_some).collect();
    let read = source::each(&with_some, |(index, _)| match table.files.get(*index) {
        Some(file) => self::deleted(table, file),
        None => Ok(None),
    });
    for ((index, _), read) in with_some.iter().zip(read) {
        if let Some(slot) = deleted.get_mut(*index) {
            *slot = read?;
        }
    }
    let mut scans = Vec::new();
    // A file of which rows are deleted is a step of its own, and all others between are one together.
    let groups = table.files.iter().zip(deleted).collect::<Vec<_>>();
    for group in groups.chunk_by(|(_, one), (_, other)| one.is_none() && other.is_none()) {
        let files: Vec<&DataFile> = group.iter().map(|(file, _)| *file).collect();
        let deleted = group.iter().find_map(|(_, deleted)| deleted.clone());
        scans.push(part(table, &files, deleted)?);
    }
    let (Some(last), Some(file)) = (scans.pop(), table.files.first()) else {
        let none = DataFrame::empty_with_schema(&table.columns.schema);
        return Ok(Scan {
            plan: none.lazy(),
            checks: Vec::new(),
        });
    };
    if scans.is_empty() {
        return Ok(last);
    }
    scans.push(last);
    let plans: Vec<LazyFrame> = scans.iter().map(|scan| scan.plan.clone()).collect();
    let plan = source::decode(&table.location(file), EXPECTED, || {
        concat(plans, UnionArgs::default())
    })?;
    let checks = scans.into_iter().flat_map(|scan| scan.checks).collect();
    Ok(Scan { plan, checks })
}

/// Reads which rows of a file are deleted.
fn deleted(table: &DeltaTable, file: &DataFile) -> Result<Option<Arc<Deleted>>, ReadError> {
    let Some(vector) = &file.deletions else {
        return Ok(None);
    };
    let at = |path: &str| table.folder.join(format!("{}/{path}", table.name()), path);
    let entry = table.entries.first().map_or(table.name(), Location::name);
    let unsupported = |feature| DeltaError::Unsupported {
        table: table.name().to_owned(),
        version: table.version,
        feature,
    };
    let read = deletion::read(vector, at, entry, unsupported);
    let read = read.map_err(|error| match error {
        ReadError::Missing { file } => vacuumed(table.name(), table.version, file),
        error => error,
    });
    read.map(Arc::new).map(Some)
}

/// Plans to read some files of a table, or one without the rows of it that are deleted.
fn part(table: &DeltaTable, files: &[&DataFile], deleted: Option<Arc<Deleted>>) -> Result<Scan, ReadError> {
    let bridge = Bridge::unasked(
        files.iter().map(|file| (table.location(file), file.size)),
        |index| {
            let values = files.get(index).map_or(&[][..], |file| &file.values);
            table.partitioning.folders(values)
        },
    )?;
    let sources = bridge.sources().clone();
    let first = files
        .first()
        .map_or_else(|| table.folder.clone(), |file| table.location(file));
    let plan = source::decode(&first, EXPECTED, || {
        let options = ParquetOptions {
            schema: Some(Arc::new(table.partitioning.in_files(&table.columns))),
            ..ParquetOptions::default()
        };
        let row = deleted.as_ref().map(|_| row_name(table));
        let arguments = UnifiedScanArgs {
            row_index: row.clone().map(|name| RowIndex { name, offset: 0 }),
            ..arguments(table)
        };
        let mut plan: LazyFrame = DslBuilder::scan_parquet(sources, options, arguments)?
            .build()
            .into();
        if let (Some(deleted), Some(row)) = (deleted, row.clone()) {
            plan = plan.filter(is_left(deleted, row));
        }
        let is_plain = table.partitioning.is_empty() && !table.columns.are_renamed() && row.is_none();
        Ok(if is_plain {
            plan
        } else {
            plan.select(table.partitioning.selection(&table.columns))
        })
    })?;
    let files: Arc<dyn Scanned> = Arc::new(TableFiles {
        table: table.name().to_owned(),
        version: table.version,
        bridge,
    });
    Ok(Scan {
        plan,
        checks: vec![files],
    })
}

/// Returns a name for the numbers of rows that no column has.
fn row_name(table: &DeltaTable) -> PlSmallStr {
    let mut name = PlSmallStr::from_static("row");
    while table.columns.has(&name) || table.partitioning.in_addresses().contains(&name) {
        name = format!("{name}_").into();
    }
    name
}

/// Says of the rows of a file, by their numbers in it, which are not deleted.
fn is_left(deleted: Arc<Deleted>, row: PlSmallStr) -> Expr {
    let left = move |rows: Column| {
        let rows = rows.cast(&DataType::UInt64)?;
        let left = deleted.left(rows.u64()?.into_no_null_iter());
        Ok(Column::new(rows.name().clone(), left))
    };
    let is_truth = |_: &Schema, field: &Field| Ok(Field::new(field.name.clone(), DataType::Boolean));
    Expr::Column(row).map(left, is_truth)
}

fn vacuumed(table: &str, version: u64, file: String) -> ReadError {
    DeltaError::Vacuumed {
        table: table.to_owned(),
        version,
        file,
    }
    .into()
}

/// Reads all rows of a table.
pub(super) fn whole(table: &DeltaTable) -> Result<DataFrame, ReadError> {
    let scan = plan(table)?;
    match table.files.first() {
        Some(first) => columns::whole(&scan, &table.location(first), EXPECTED),
        None => Ok(DataFrame::empty_with_schema(&table.columns.schema)),
    }
}

/// Says how the files are read: columns that came later are null in older files, and those that went are passed over.
fn arguments(table: &DeltaTable) -> UnifiedScanArgs {
    let hive_options = if table.partitioning.is_empty() {
        HiveOptions::new_disabled()
    } else {
        HiveOptions {
            schema: Some(Arc::new(table.partitioning.in_addresses())),
            ..HiveOptions::new_enabled()
        }
    };
    UnifiedScanArgs {
        hive_options,
        glob: false,
        missing_columns_policy: MissingColumnsPolicy::Insert,
        extra_columns_policy: ExtraColumnsPolicy::Ignore,
        cast_columns_policy: CastColumnsPolicy {
            // Spark writes moments in nanoseconds, and in no time zone.
            datetime_nanoseconds_downcast: true,
            datetime_milliseconds_upcast: true,
            datetime_convert_timezone: true,
            missing_struct_fields: MissingColumnsPolicy::Insert,
            extra_struct_fields: ExtraColumnsPolicy::Ignore,
            ..CastColumnsPolicy::ERROR_ON_MISMATCH
        },
        ..UnifiedScanArgs::default()
    }
}

/// The files of a scan.
struct TableFiles {
    table: String,
    version: u64,
    bridge: Bridge,
}

impl Scanned for TableFiles {
    fn sources(&self) -> &ScanSources {
        self.bridge.sources()
    }

    fn prepare(&self, rows: Option<usize>, progress: &Progress) -> Result<Option<DslPlan>, ReadError> {
        self.bridge.prepare(rows, progress)
    }

    fn failure(&self) -> Option<ReadError> {
        Some(match self.bridge.failure()? {
            ReadError::Missing { file } => vacuumed(&self.table, self.version, file),
            error => error,
        })
    }

    fn blame(&self) -> Option<ReadError> {
        None
    }

    fn lost(&self) -> Option<ReadError> {
        None
    }
}
