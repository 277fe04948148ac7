//! Plans of the files of a table.

use std::sync::Arc;

use polars::io::HiveOptions;
use polars::prelude::*;
use polars_plan::dsl::{
    CastColumnsPolicy, DslBuilder, DslPlan, ExtraColumnsPolicy, MissingColumnsPolicy, ScanSources,
    UnifiedScanArgs,
};

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
    let Some(first) = table.files.first() else {
        let none = DataFrame::empty_with_schema(&table.schema);
        return Ok(Scan {
            plan: none.lazy(),
            checks: Vec::new(),
        });
    };
    let files = table.files.iter();
    let bridge = Bridge::unasked(files.map(|file| (table.location(file), file.size)), |index| {
        let values = table.files.get(index).map_or(&[][..], |file| &file.values);
        table.partitioning.folders(values)
    })?;
    let sources = bridge.sources().clone();
    let plan = source::decode(&table.location(first), EXPECTED, || {
        let options = ParquetOptions {
            schema: Some(Arc::new(table.partitioning.in_files(&table.schema))),
            ..ParquetOptions::default()
        };
        let plan: LazyFrame = DslBuilder::scan_parquet(sources, options, arguments(table))?
            .build()
            .into();
        Ok(if table.partitioning.is_empty() {
            plan
        } else {
            plan.select(table.partitioning.selection(&table.schema))
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

/// Reads all rows of a table.
pub(super) fn whole(table: &DeltaTable) -> Result<DataFrame, ReadError> {
    let scan = plan(table)?;
    match table.files.first() {
        Some(first) => columns::whole(&scan, &table.location(first), EXPECTED),
        None => Ok(DataFrame::empty_with_schema(&table.schema)),
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
            ReadError::Missing { file } => DeltaError::Vacuumed {
                table: self.table.clone(),
                version: self.version,
                file,
            }
            .into(),
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
