//! Plans that read CSV files in pieces.
//!
//! The beginning of each file is checked when the plan is made, and what a plan then reads before its result is used, once
//! for as long as the file stays as it is. Nothing that [`read_csv`](super::read_csv) refuses is taken for read.

use std::ops::RangeInclusive;
use std::sync::Arc;

use polars::prelude::*;

use crate::frame::read::columns::same_columns;
use crate::frame::read::content::Content;
use crate::frame::read::error::ReadError;
use crate::frame::read::scannable::Scannable;
use crate::frame::read::scanned::{Scan, Scanned};
use crate::frame::read::source;
use crate::storage::Location;
use crate::work::{Progress, Task, catch_panic};

use super::files::{Checked, CsvFiles, ScannedCsv};
use super::layout::Layout;
use super::options::{CheckedOptions, CsvOptions, TextEncoding};
use super::parted::is_plain_type;
use super::sheet::{SMALL, Sheet, named_columns, overrides};
use super::step::{Step, bodies, samples, told};
use super::stream::Portion;

/// How many bytes of a file are read, checked and parsed at a time: few enough to stay in a processor's cache, and of a smaller
/// file fewer, as a number of parts are in memory at the same time.
const PARTS: RangeInclusive<u64> = (256 << 10)..=(1 << 20);

/// Into how many parts a file is cut, as far as they are of such sizes.
const COUNT: u64 = 256;

/// Makes a plan that reads CSV files in pieces, for data larger than memory.
///
/// Types are inferred from the first 10,000 rows. The first 4 MiB are checked now, as [`read_csv`](super::read_csv) does,
/// and the rest, in constant memory, while it is read. Files that are compressed or not in UTF-8 are held in memory, and where
/// only the first rows are needed also those that have blank lines between rows.
pub fn scan_csv(named: &[Location], unchecked: &CsvOptions, progress: &Progress) -> Result<Scan, ReadError> {
    scan_in(named, unchecked, PARTS, progress)
}

/// Does the same, where parts are of so many bytes.
pub(super) fn scan_in(
    named: &[Location],
    unchecked: &CsvOptions,
    parts: RangeInclusive<u64>,
    progress: &Progress,
) -> Result<Scan, ReadError> {
    let options = unchecked.check()?;
    let scannable = Scannable::new(named)?;
    // All that is read now and later is of one version.
    let pinned = scannable.bridge.as_ref().map(|bridge| bridge.files());
    let files = pinned.as_deref().unwrap_or(named);
    let Some(first) = files.first() else {
        return Err(ReadError::NoFiles);
    };
    let task = progress.count("checking", "bytes", files.len() as u64 * SMALL as u64);
    let mut layouts = Vec::with_capacity(files.len());
    let mut checked = Vec::with_capacity(files.len());
    let mut texts = Vec::new();
    let begun = source::each(files, |file| in_place(file, &options, &task));
    for (file, begun) in files.iter().zip(begun) {
        let version = file.version();
        if let Some((layout, is_whole)) = begun? {
            checked.push(Checked {
                version,
                rows: if is_whole { None } else { Some(0) },
                has_blank_rows: false,
            });
            layouts.push(layout);
        } else {
            let sheet = Sheet::open(file, &options)?;
            texts.push(sheet.body().to_vec().into());
            layouts.push(sheet.layout);
        }
    }
    // Either all sources are files, or all are in memory.
    let is_in_place = texts.is_empty();
    if !is_in_place && texts.len() < files.len() {
        texts = bodies(files, &options)?;
    }
    let Some(leader) = layouts.first() else {
        return Err(ReadError::NoFiles);
    };
    for (file, layout) in files.iter().zip(&layouts) {
        same_columns(first, &leader.columns, file, &layout.columns)?;
    }
    if layouts.iter().any(|layout| layout.columns != leader.columns) {
        return in_one_order((named, parts), unchecked, &options, &leader.columns);
    }
    named_columns(first, leader, &options)?;
    let (sources, bridge) = if is_in_place {
        (scannable.sources, scannable.bridge)
    } else {
        (ScanSources::Buffers(Arc::from(texts)), None)
    };
    let mut step = Step {
        options: &options,
        columns: &leader.columns,
        end_of_line: leader.dialect.end_of_line,
        skip_rows: if is_in_place { options.skip_rows } else { 0 },
        schema: given(&options, &leader.columns),
        is_bridged: bridge.is_some(),
    };
    let (plan, schema) = if let Some(schema) = step.schema.clone() {
        (step.plan(first, sources.clone())?, schema)
    } else {
        // To infer types, polars would download files as a whole, to a folder of its own.
        let samples = match &bridge {
            Some(_) => ScanSources::Buffers(Arc::from(samples(files, &options, leader)?)),
            None => sources.clone(),
        };
        let mut plan = step.plan(first, samples)?;
        let schema = told(first, catch_panic(|| plan.collect_schema()))?;
        if bridge.is_some() {
            step.schema = Some(Arc::clone(&schema));
            plan = step.plan(first, sources.clone())?;
        }
        (plan, schema)
    };
    let sizes = files.iter().filter_map(Location::version);
    let size: u64 = sizes.map(|version| version.size).sum();
    let scanned = ScannedCsv {
        files: files.to_vec(),
        sources,
        bridge,
        schema,
        columns: leader.columns.clone(),
        end_of_line: leader.dialect.end_of_line,
        options: options.clone(),
        part: (size / COUNT).clamp(*parts.start(), *parts.end()),
    };
    let checks: Arc<dyn Scanned> = Arc::new(CsvFiles::new(scanned, is_in_place.then_some(checked)));
    Ok(Scan {
        plan: match &options.columns {
            Some(columns) => plan.select([by_name(columns.clone(), true, false).as_expr()]),
            None => plan,
        },
        checks: vec![checks],
    })
}

/// Returns the columns of files where each has a type that is given, and is one of single cells: then nothing is inferred.
fn given(options: &CheckedOptions, columns: &[String]) -> Option<SchemaRef> {
    let schema = overrides(options, columns)?;
    let is_whole = schema.len() == columns.len() && schema.iter_values().all(is_plain_type);
    // In the order of the files.
    let field = |column: &String| schema.get_field(column);
    is_whole.then(|| Arc::new(columns.iter().filter_map(field).collect()))
}

/// Plans files whose columns stand in different orders one by one: polars goes by position.
fn in_one_order(
    (files, parts): (&[Location], RangeInclusive<u64>),
    unchecked: &CsvOptions,
    options: &CheckedOptions,
    columns: &[String],
) -> Result<Scan, ReadError> {
    let Some(first) = files.first() else {
        return Err(ReadError::NoFiles);
    };
    let order = options.columns.as_deref().unwrap_or(columns);
    let mut plans = Vec::with_capacity(files.len());
    let mut checks = Vec::with_capacity(files.len());
    for file in files {
        let scan = scan_in(
            std::slice::from_ref(file),
            unchecked,
            parts.clone(),
            &Progress::default(),
        )?;
        plans.push(scan.plan.select([by_name(order.to_vec(), true, false).as_expr()]));
        checks.extend(scan.checks);
    }
    let arguments = UnionArgs {
        to_supertypes: true,
        ..UnionArgs::default()
    };
    let plan = told(first, catch_panic(|| concat(plans, arguments)))?;
    let plan = match options.n_rows {
        Some(n_rows) => plan.limit(u32::try_from(n_rows).unwrap_or(u32::MAX)),
        None => plan,
    };
    Ok(Scan { plan, checks })
}

/// Checks the beginning of a file that polars can read where it is, and tells whether that was all of it; `None` means
/// that it has to be prepared in memory.
fn in_place(
    file: &Location,
    options: &CheckedOptions,
    task: &Task,
) -> Result<Option<(Layout, bool)>, ReadError> {
    let compressed = matches!(
        source::content(&source::head(file)?),
        Content::Gzip | Content::Zstd
    );
    if compressed || options.encoding != TextEncoding::Utf8 {
        return Ok(None);
    }
    let portion = Portion {
        rows: None,
        bytes: Some(SMALL as u64),
    };
    let (layout, is_whole) = Layout::stream(file, options, portion, task)?;
    Ok((!layout.has_blank_rows()).then_some((layout, is_whole)))
}
