//! Plans that read CSV files in pieces.
//!
//! The beginning of each file is checked when the plan is made, and what a plan then reads before its result is used, once
//! for as long as the file stays as it is. Nothing that [`read_csv`](super::read_csv) refuses is taken for read.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use polars::prelude::*;

use crate::frame::read::bridge::Bridge;
use crate::frame::read::columns::same_columns;
use crate::frame::read::content::Content;
use crate::frame::read::error::ReadError;
use crate::frame::read::scannable::Scannable;
use crate::frame::read::scanned::{Scan, Scanned};
use crate::frame::read::source;
use crate::storage::{FileVersion, Location};
use crate::work::{Progress, Task, catch_panic};

use super::cells;
use super::layout::Layout;
use super::options::{CheckedOptions, CsvOptions, TextEncoding};
use super::records::Dialect;
use super::sheet::{SAMPLE, SMALL, Sheet, named_columns};
use super::step::{Step, beginning, bodies, samples, told};
use super::stream::Portion;
use super::watch::Watch;

/// Makes a plan that reads CSV files in pieces, for data larger than memory.
///
/// Types are inferred from the first 10,000 rows. The first 4 MiB are checked now, as [`read_csv`](super::read_csv) does,
/// and the rest, in constant memory, when it is needed. Files that are compressed, not in UTF-8, or have blank lines
/// between rows are held in memory. What is not on this machine is checked while polars reads it; only where the result is
/// written while the plan runs, it is read before for the check, too: once over the network where its mount keeps blocks,
/// and else twice.
pub fn scan_csv(named: &[Location], unchecked: &CsvOptions, progress: &Progress) -> Result<Scan, ReadError> {
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
    for file in files {
        let version = file.version();
        if let Some((layout, is_whole)) = in_place(file, &options, &task)? {
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
        return in_one_order(named, unchecked, &options, &leader.columns);
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
        schema: None,
        is_bridged: bridge.is_some(),
    };
    // To infer types, polars would download files as a whole, to a folder of its own.
    let samples = match &bridge {
        Some(_) => ScanSources::Buffers(Arc::from(samples(files, &options, leader)?)),
        None => sources.clone(),
    };
    let mut plan = step.plan(first, samples)?;
    let schema = catch_panic(|| plan.collect_schema());
    let schema = told(first, schema)?;
    if bridge.is_some() {
        step.schema = Some(Arc::clone(&schema));
        plan = step.plan(first, sources.clone())?;
    }
    let checks: Arc<dyn Scanned> = Arc::new(CsvFiles {
        files: files.to_vec(),
        sources,
        bridge,
        schema,
        columns: leader.columns.clone(),
        end_of_line: leader.dialect.end_of_line,
        state: Mutex::new(State {
            checked: is_in_place.then_some(checked),
            watches: BTreeMap::new(),
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

/// The files of one scan, and what is known of them.
struct CsvFiles {
    files: Vec<Location>,
    sources: ScanSources,
    /// What polars reads the files by, where they are not paths of this machine.
    bridge: Option<Arc<Bridge>>,
    options: CheckedOptions,
    schema: SchemaRef,
    columns: Vec<String>,
    end_of_line: u8,
    state: Mutex<State>,
}

struct State {
    /// How far each file was checked; `None` where all are in memory, and were then.
    checked: Option<Vec<Checked>>,
    /// The checks of files that polars is reading, by their position.
    watches: BTreeMap<usize, Arc<Watch>>,
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
    /// Whether polars would make rows of blank lines among them.
    has_blank_rows: bool,
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
    /// Plans to read the first rows of files that are far away, which are read here: polars would have begun to read
    /// much more.
    fn first_rows(&self, rows: usize) -> Result<DslPlan, ReadError> {
        let Some(first) = self.files.first() else {
            return Err(ReadError::NoFiles);
        };
        let dialect = Dialect {
            separator: self.options.separator,
            quote: self.options.quote,
            end_of_line: self.end_of_line,
        };
        let (mut texts, mut missing) = (Vec::new(), rows);
        for file in &self.files {
            let (text, found) = beginning(file, &self.options, dialect, missing)?;
            texts.push(text.into());
            missing = missing.saturating_sub(found);
            if missing == 0 {
                break;
            }
        }
        let step = Step {
            options: &self.options,
            columns: &self.columns,
            end_of_line: self.end_of_line,
            skip_rows: self.options.skip_rows,
            schema: Some(Arc::clone(&self.schema)),
            is_bridged: false,
        };
        Ok(step
            .plan(first, ScanSources::Buffers(Arc::from(texts)))?
            .logical_plan)
    }

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
            is_bridged: false,
        };
        let texts: Vec<_> = bodies(&self.files, options)?;
        let plan = step.plan(first, ScanSources::Buffers(Arc::from(texts)))?;
        Ok(plan.logical_plan)
    }
}

impl CsvFiles {
    fn prepared(
        &self,
        rows: Option<usize>,
        progress: &Progress,
        meanwhile: bool,
    ) -> Result<Option<DslPlan>, ReadError> {
        if let Some(bridge) = &self.bridge {
            bridge.prepare(rows, progress)?;
        }
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        self.check(&mut state, rows, progress, meanwhile)?;
        let few = rows.filter(|rows| self.bridge.is_some() && *rows <= SAMPLE);
        match (&state.instead, few) {
            (None, Some(rows)) if state.checked.is_some() => Ok(Some(self.first_rows(rows)?)),
            (instead, _) => Ok(instead.as_ref().map(|(_, plan)| plan.clone())),
        }
    }

    /// Checks the first rows of the files, or all, as far as they were not; `meanwhile` polars reads them, if it reads
    /// all through the bridge.
    fn check(
        &self,
        state: &mut State,
        rows: Option<usize>,
        progress: &Progress,
        meanwhile: bool,
    ) -> Result<(), ReadError> {
        let State {
            checked,
            watches,
            instead,
        } = state;
        let Some(checked) = checked else {
            return Ok(());
        };
        let versions: Vec<_> = self.files.iter().map(Location::version).collect();
        let sizes = versions.iter().flatten().map(|version| version.size);
        let task = Arc::new(progress.count("checking", "bytes", sizes.sum()));
        let mut options = self.options.clone();
        options.n_rows = match (options.n_rows, rows) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        let bridge = self
            .bridge
            .as_ref()
            .filter(|_| meanwhile && rows.is_none() && instead.is_none());
        for (index, (known, version)) in checked.iter_mut().zip(versions).enumerate() {
            let Some(file) = self.files.get(index) else {
                break;
            };
            if known.covers(version.as_ref(), rows) {
                continue;
            }
            if let (Some(bridge), Some(version)) = (bridge, &version) {
                let watch = Watch::new(file, version.size, &self.options, Arc::clone(&task))?;
                let watch = Arc::new(watch);
                bridge.observe(index, Some(Arc::clone(&watch) as _));
                watches.insert(index, watch);
                continue;
            }
            let is_same = known.version == version;
            let portion = Portion { rows, bytes: None };
            // Who needs some rows does not wait for the end of a file.
            let watch = watches.remove(&index).filter(|_| rows.is_none());
            let watched = watch.and_then(|watch| watch.finish());
            let (layout, is_whole) = match watched {
                Some(watched) => watched?,
                None => Layout::stream(file, &self.options, portion, &task)?,
            };
            if layout.columns != self.columns || layout.dialect.end_of_line != self.end_of_line {
                return Err(ReadError::Changed {
                    file: file.name().to_owned(),
                });
            }
            if !is_same {
                *instead = None;
            }
            *known = Checked {
                version,
                rows: if is_whole { None } else { rows },
                has_blank_rows: layout.has_blank_rows(),
            };
        }
        // Also where that was found before, and reading into memory was stopped or failed.
        let has_blank_rows = checked.iter().any(|known| known.has_blank_rows);
        let is_enough = instead.as_ref().is_some_and(|(known, _)| covers(*known, rows));
        if (has_blank_rows || instead.is_some()) && !is_enough {
            *instead = Some((rows, self.in_memory(&options)?));
        }
        Ok(())
    }
}

impl Scanned for CsvFiles {
    fn sources(&self) -> &ScanSources {
        &self.sources
    }

    fn prepare(&self, rows: Option<usize>, progress: &Progress) -> Result<Option<DslPlan>, ReadError> {
        self.prepared(rows, progress, false)
    }

    fn prepare_meanwhile(
        &self,
        rows: Option<usize>,
        progress: &Progress,
    ) -> Result<Option<DslPlan>, ReadError> {
        self.prepared(rows, progress, true)
    }

    fn confirm(&self, rows: Option<usize>, has_failed: bool, progress: &Progress) -> Result<bool, ReadError> {
        let Some(bridge) = &self.bridge else {
            return Ok(false);
        };
        (0..self.files.len()).for_each(|index| bridge.observe(index, None));
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let was_read_in_place = state.instead.is_none();
        // Where polars has all that it needs, what could not be read besides is no reason to trust the rest.
        let checked = if has_failed && bridge.has_failed() {
            Ok(())
        } else {
            self.check(&mut state, rows, progress, false)
        };
        // Behind a file that is not sound, or could not be read, there may be some that no one asks for any more.
        state.watches.clear();
        checked?;
        Ok(was_read_in_place && state.instead.is_some())
    }

    fn failure(&self) -> Option<ReadError> {
        self.bridge.as_ref()?.failure()
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
