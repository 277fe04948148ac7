//! Plans that read CSV files in pieces.
//!
//! The beginning of each file is checked when the plan is made, and what a plan then reads before it runs, once for as
//! long as the file stays as it is. Nothing that [`read_csv`](super::read_csv) refuses is read.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};

use polars::prelude::*;

use crate::frame::read::columns::same_columns;
use crate::frame::read::error::{Content, ReadError};
use crate::frame::read::scanned::{Scan, Scanned};
use crate::frame::read::source;
use crate::storage::{FileVersion, Location};
use crate::work::{Progress, Task, catch_panic};

use super::cells;
use super::layout::{Layout, Portion};
use super::options::{CheckedOptions, CsvOptions, TextEncoding};
use super::sheet::{SAMPLE, SMALL, Sheet, named_columns, null_values, other, overrides};

/// Makes a plan that reads CSV files in pieces, for data larger than memory.
///
/// Types are inferred from the first 10,000 rows. The first 4 MiB are checked now, as [`read_csv`](super::read_csv) does,
/// and the rest, in constant memory, when it is needed. Files that are compressed, not in UTF-8, not on this machine, or
/// have blank lines between rows are held in memory.
pub fn scan_csv(files: &[Location], unchecked: &CsvOptions, progress: &Progress) -> Result<Scan, ReadError> {
    let options = unchecked.check()?;
    let Some(first) = files.first() else {
        return Err(ReadError::NoFiles);
    };
    let task = progress.count("checking", "bytes", files.len() as u64 * SMALL as u64);
    let mut layouts = Vec::with_capacity(files.len());
    let mut checked = Vec::with_capacity(files.len());
    let mut texts = Vec::new();
    for file in files {
        let version = file.version();
        if let Some((layout, is_whole)) = in_place(file, &options, &task)? {
            checked.push(Checked {
                version,
                rows: if is_whole { None } else { Some(0) },
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
        return in_one_order(files, unchecked, &options, &leader.columns);
    }
    named_columns(first, leader, &options)?;
    let sources = if is_in_place {
        source::scannable(files)?
    } else {
        ScanSources::Buffers(Arc::from(texts))
    };
    let step = Step {
        options: &options,
        columns: &leader.columns,
        end_of_line: leader.dialect.end_of_line,
        skip_rows: if is_in_place { options.skip_rows } else { 0 },
        schema: None,
    };
    let mut plan = step.plan(first, sources.clone())?;
    let schema = catch_panic(|| plan.collect_schema());
    let schema = told(first, schema)?;
    let checks: Arc<dyn Scanned> = Arc::new(CsvFiles {
        files: files.to_vec(),
        sources,
        schema,
        columns: leader.columns.clone(),
        end_of_line: leader.dialect.end_of_line,
        state: Mutex::new(State {
            checked: is_in_place.then_some(checked),
            instead: None,
        }),
        options: options.clone(),
    });
    Ok(Scan {
        plan: match &options.columns {
            Some(columns) => plan.select([by_name(columns.clone(), true, false).as_expr()]),
            None => plan,
        },
        checks: vec![checks],
    })
}

/// Plans files whose columns stand in different orders one by one: polars goes by position.
fn in_one_order(
    files: &[Location],
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
        let scan = scan_csv(std::slice::from_ref(file), unchecked, &Progress::default())?;
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
    if compressed || options.encoding != TextEncoding::Utf8 || file.local().is_none() {
        return Ok(None);
    }
    let portion = Portion {
        rows: None,
        bytes: Some(SMALL as u64),
    };
    let (layout, is_whole) = Layout::stream(file, options, portion, task)?;
    Ok((!layout.has_blank_rows()).then_some((layout, is_whole)))
}

/// Reads files into memory as polars can take them.
fn bodies<T: From<Vec<u8>>>(files: &[Location], options: &CheckedOptions) -> Result<Vec<T>, ReadError> {
    let body = |file| Ok(Sheet::open(file, options)?.body().to_vec().into());
    files.iter().map(body).collect()
}

/// How polars is to read CSV files that have been checked.
struct Step<'a> {
    options: &'a CheckedOptions,
    columns: &'a [String],
    end_of_line: u8,
    skip_rows: usize,
    /// The types; `None` to infer them.
    schema: Option<SchemaRef>,
}

impl Step<'_> {
    fn plan(&self, first: &Location, sources: ScanSources) -> Result<LazyFrame, ReadError> {
        let options = self.options;
        let overrides = overrides(options, self.columns).filter(|_| self.schema.is_none());
        let plan = catch_panic(|| {
            LazyCsvReader::new_with_sources(sources)
                .with_glob(false)
                .with_has_header(options.has_header)
                .with_separator(options.separator)
                .with_quote_char(options.quote)
                .with_eol_char(self.end_of_line)
                .with_null_values(null_values(options))
                .with_try_parse_dates(options.try_parse_dates)
                .with_skip_lines(self.skip_rows)
                .with_n_rows(options.n_rows)
                .with_truncate_ragged_lines(options.truncate)
                .with_infer_schema_length(Some(SAMPLE))
                .with_infer_schema_files(NonZeroUsize::MAX)
                .with_dtype_overwrite(overrides)
                .with_schema(self.schema.clone())
                .with_rechunk(false)
                .finish()
        });
        told(first, plan)
    }
}

fn told<T>(first: &Location, result: Result<PolarsResult<T>, crate::work::Stopped>) -> Result<T, ReadError> {
    match result {
        Ok(result) => result.map_err(|error| other(first, &error)),
        Err(source) => Err(ReadError::Panicked {
            file: first.name().to_owned(),
            source,
        }),
    }
}

/// The files of one scan, and what is known of them.
struct CsvFiles {
    files: Vec<Location>,
    sources: ScanSources,
    options: CheckedOptions,
    schema: SchemaRef,
    columns: Vec<String>,
    end_of_line: u8,
    state: Mutex<State>,
}

struct State {
    /// How far each file was checked; `None` where all are in memory, and were then.
    checked: Option<Vec<Checked>>,
    /// What is read instead of the files, and for how many rows, where they cannot be read in place.
    instead: Option<(Option<usize>, DslPlan)>,
}

/// How far a file was checked.
#[derive(Debug, Clone, PartialEq)]
struct Checked {
    /// What it was then.
    version: Option<FileVersion>,
    /// How many rows; `None` for all.
    rows: Option<usize>,
}

impl Checked {
    fn covers(&self, version: Option<&FileVersion>, rows: Option<usize>) -> bool {
        self.version.as_ref() == version && covers(self.rows, rows)
    }
}

/// Tells whether `known` rows, or all, are as many as are needed.
fn covers(known: Option<usize>, needed: Option<usize>) -> bool {
    known.is_none_or(|known| needed.is_some_and(|needed| needed <= known))
}

impl CsvFiles {
    /// Reads the files into memory, without what polars would take for rows.
    fn in_memory(&self, options: &CheckedOptions) -> Result<DslPlan, ReadError> {
        let Some(first) = self.files.first() else {
            return Err(ReadError::NoFiles);
        };
        let step = Step {
            options: &self.options,
            columns: &self.columns,
            end_of_line: self.end_of_line,
            skip_rows: 0,
            schema: Some(Arc::clone(&self.schema)),
        };
        let texts: Vec<_> = bodies(&self.files, options)?;
        let plan = step.plan(first, ScanSources::Buffers(Arc::from(texts)))?;
        Ok(plan.logical_plan)
    }
}

impl Scanned for CsvFiles {
    fn sources(&self) -> &ScanSources {
        &self.sources
    }

    fn prepare(&self, rows: Option<usize>, progress: &Progress) -> Result<Option<DslPlan>, ReadError> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let State { checked, instead } = &mut *state;
        let Some(checked) = checked else {
            return Ok(None);
        };
        let versions: Vec<_> = self.files.iter().map(Location::version).collect();
        let sizes = versions.iter().flatten().map(|version| version.size);
        let task = progress.count("checking", "bytes", sizes.sum());
        let mut options = self.options.clone();
        options.n_rows = match (options.n_rows, rows) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        let mut has_blank_rows = false;
        for ((file, version), known) in self.files.iter().zip(versions).zip(checked) {
            if known.covers(version.as_ref(), rows) {
                continue;
            }
            let is_same = known.version == version;
            let portion = Portion { rows, bytes: None };
            let (layout, is_whole) = Layout::stream(file, &self.options, portion, &task)?;
            if layout.columns != self.columns || layout.dialect.end_of_line != self.end_of_line {
                return Err(ReadError::Changed {
                    file: file.name().to_owned(),
                });
            }
            if !is_same {
                *instead = None;
            }
            has_blank_rows |= layout.has_blank_rows();
            *known = Checked {
                version,
                rows: if is_whole { None } else { rows },
            };
        }
        let is_enough = instead.as_ref().is_some_and(|(known, _)| covers(*known, rows));
        if has_blank_rows || (instead.is_some() && !is_enough) {
            *instead = Some((rows, self.in_memory(&options)?));
        }
        Ok(instead.as_ref().map(|(_, plan)| plan.clone()))
    }

    fn blame(&self) -> Option<ReadError> {
        self.files
            .iter()
            .find_map(|file| match Sheet::open(file, &self.options) {
                Err(error) => Some(error),
                Ok(sheet) => cells::first_bad_cell(
                    file,
                    &sheet.text,
                    &sheet.layout,
                    &self.options,
                    Some(&self.schema),
                )
                .map(|cell| ReadError::Cell(Box::new(cell))),
            })
    }

    fn lost(&self) -> ReadError {
        ReadError::Other {
            file: self
                .files
                .first()
                .map_or_else(String::new, |file| file.name().to_owned()),
            expected: "a CSV file",
            detail: "it has blank lines between rows; read it with read_csv".to_owned(),
        }
    }
}
