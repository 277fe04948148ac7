//! [`CsvFiles`]: the files of one scan, and how far they were checked.
//!
//! What a plan needs of them is read part by part, and checked meanwhile, where that can be; else polars reads them, and they are
//! checked before, or while it does.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use polars::prelude::*;

use crate::frame::read::bridge::Bridge;
use crate::frame::read::error::ReadError;
use crate::frame::read::parts::{Parts, plan as parts_plan};
use crate::frame::read::scanned::{Scanned, Wanted};
use crate::frame::read::source;
use crate::storage::{FileVersion, Location};
use crate::work::{Progress, catch_panic};

use super::cells;
use super::cutting::Cutting;
use super::layout::Layout;
use super::lines::{CsvPart, RowLines};
use super::options::CheckedOptions;
use super::parted::{CsvColumns, PartedCsv};
use super::records::Dialect;
use super::sheet::{SAMPLE, Sheet};
use super::step::{Step, beginning, bodies, told};
use super::stream::Portion;
use super::watch::Watch;

/// How many bytes of a file a part takes in where one is taken after the other: there are some in memory at the same time, and
/// who takes them so gains nothing from larger ones.
const TAKEN_PART: u64 = 128 << 10;

/// What is scanned, and how.
pub(super) struct ScannedCsv {
    pub(super) files: Vec<Location>,
    pub(super) sources: ScanSources,
    /// What polars reads the files by, where they are not paths of this machine.
    pub(super) bridge: Option<Arc<Bridge>>,
    pub(super) options: CheckedOptions,
    pub(super) schema: SchemaRef,
    pub(super) columns: Vec<String>,
    pub(super) end_of_line: u8,
    /// How many bytes a part of them takes in.
    pub(super) part: u64,
}

/// The files of one scan, and what is known of them.
pub(super) struct CsvFiles {
    scanned: ScannedCsv,
    state: Mutex<State>,
}

struct State {
    /// How far each file was checked; `None` where all are in memory, and were then.
    checked: Option<Vec<Checked>>,
    /// The checks of files that polars is reading, by their position.
    watches: BTreeMap<usize, Arc<Watch>>,
    /// What is read instead of the files, and for how many rows, where they cannot be read in place.
    instead: Option<(Option<usize>, DslPlan)>,
    /// Runs that read the files part by part, and check them meanwhile.
    parted: Vec<Arc<PartedCsv>>,
}

/// How far a file was checked.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Checked {
    /// What it was then.
    pub(super) version: Option<FileVersion>,
    /// How many rows; `None` for all.
    pub(super) rows: Option<usize>,
    /// Whether polars would make rows of blank lines among them.
    pub(super) has_blank_rows: bool,
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
    /// Remembers how far each file was checked; `None` where all are in memory, and were then.
    pub(super) fn new(scanned: ScannedCsv, checked: Option<Vec<Checked>>) -> Self {
        Self {
            scanned,
            state: Mutex::new(State {
                checked,
                watches: BTreeMap::new(),
                instead: None,
                parted: Vec::new(),
            }),
        }
    }

    /// Plans to read the first rows of files that are far away, which are read here: polars would have begun to read
    /// much more.
    fn first_rows(&self, rows: usize) -> Result<DslPlan, ReadError> {
        let Some(first) = self.scanned.files.first() else {
            return Err(ReadError::NoFiles);
        };
        let dialect = Dialect {
            separator: self.scanned.options.separator,
            quote: self.scanned.options.quote,
            end_of_line: self.scanned.end_of_line,
        };
        let (mut texts, mut missing) = (Vec::new(), rows);
        for file in &self.scanned.files {
            let (text, found) = beginning(file, &self.scanned.options, dialect, missing)?;
            texts.push(text.into());
            missing = missing.saturating_sub(found);
            if missing == 0 {
                break;
            }
        }
        let step = Step {
            options: &self.scanned.options,
            columns: &self.scanned.columns,
            end_of_line: self.scanned.end_of_line,
            skip_rows: self.scanned.options.skip_rows,
            schema: Some(Arc::clone(&self.scanned.schema)),
            is_bridged: false,
        };
        Ok(step
            .plan(first, ScanSources::Buffers(Arc::from(texts)))?
            .logical_plan)
    }

    /// Reads the files into memory, without what polars would take for rows.
    fn in_memory(&self, options: &CheckedOptions) -> Result<DslPlan, ReadError> {
        let Some(first) = self.scanned.files.first() else {
            return Err(ReadError::NoFiles);
        };
        let step = Step {
            options: &self.scanned.options,
            columns: &self.scanned.columns,
            end_of_line: self.scanned.end_of_line,
            skip_rows: 0,
            schema: Some(Arc::clone(&self.scanned.schema)),
            is_bridged: false,
        };
        let texts: Vec<_> = bodies(&self.scanned.files, options)?;
        let plan = step.plan(first, ScanSources::Buffers(Arc::from(texts)))?;
        Ok(plan.logical_plan)
    }
}

impl CsvFiles {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins to read all of the files part by part, and to check them meanwhile, where that can be.
    fn in_parts(
        &self,
        wanted: &Wanted,
        part: u64,
        progress: &Progress,
    ) -> Result<Option<Arc<PartedCsv>>, ReadError> {
        let mut state = self.state();
        let is_plain = wanted.rows.is_none()
            && !wanted.is_shared
            && state.checked.is_some()
            && PartedCsv::can_take(&self.scanned.options, &self.scanned.schema);
        let Some(first) = self.scanned.files.first().filter(|_| is_plain) else {
            return Ok(None);
        };
        if let Some(bridge) = &self.scanned.bridge {
            bridge.prepare(None, progress)?;
        }
        let sizes = self.scanned.files.iter().filter_map(Location::version);
        let task = progress.count("checking", "bytes", sizes.map(|version| version.size).sum());
        let cutting = Cutting::new(
            &self.scanned.files,
            &self.scanned.options,
            (&self.scanned.columns, self.scanned.end_of_line),
            (self.scanned.bridge.is_some(), part),
            task,
        );
        let begin = || {
            let schema = Arc::clone(&self.scanned.schema);
            let columns = wanted.columns.as_deref();
            CsvColumns::new(&self.scanned.options, self.scanned.end_of_line, schema, columns)
        };
        let columns = told(first, catch_panic(begin))?;
        let parted = Arc::new(PartedCsv::new(cutting, columns));
        state.parted.push(Arc::clone(&parted));
        Ok(Some(parted))
    }

    /// Remembers that files were checked as a whole.
    fn note(&self, cutting: &Cutting) {
        let mut state = self.state();
        let mut has_changed = false;
        for (place, known) in state.checked.iter_mut().flatten().enumerate() {
            let version = cutting.version(place).cloned();
            has_changed |= known.version != version;
            *known = Checked {
                version,
                rows: None,
                has_blank_rows: cutting.has_blanks(place),
            };
        }
        if has_changed {
            state.instead = None;
        }
    }

    fn prepared(
        &self,
        rows: Option<usize>,
        progress: &Progress,
        meanwhile: bool,
    ) -> Result<Option<DslPlan>, ReadError> {
        if let Some(bridge) = &self.scanned.bridge {
            bridge.prepare(rows, progress)?;
        }
        let mut state = self.state();
        self.check(&mut state, rows, progress, meanwhile)?;
        let few = rows.filter(|rows| self.scanned.bridge.is_some() && *rows <= SAMPLE);
        match (&state.instead, few) {
            (None, Some(rows)) if state.checked.is_some() => Ok(Some(self.first_rows(rows)?)),
            (instead, _) => Ok(instead.as_ref().map(|(_, plan)| plan.clone())),
        }
    }

    /// Reads what those files begin with of which not all rows were checked, by their position, several at a time.
    fn heads(
        &self,
        checked: &[Checked],
        versions: &[Option<FileVersion>],
    ) -> BTreeMap<usize, Result<Vec<u8>, ReadError>> {
        let known = checked.iter().zip(versions);
        let all = self.scanned.files.iter().zip(known).enumerate();
        let unchecked = all.filter(|(_, (_, (known, version)))| !known.covers(version.as_ref(), None));
        let unchecked: Vec<(usize, &Location)> = unchecked.map(|(index, (file, _))| (index, file)).collect();
        let heads = source::each(&unchecked, |(_, file)| source::head(file));
        unchecked.iter().map(|(index, _)| *index).zip(heads).collect()
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
            ..
        } = state;
        let Some(checked) = checked else {
            return Ok(());
        };
        let versions: Vec<_> = self.scanned.files.iter().map(Location::version).collect();
        let sizes = versions.iter().flatten().map(|version| version.size);
        let task = Arc::new(progress.count("checking", "bytes", sizes.sum()));
        let mut options = self.scanned.options.clone();
        options.n_rows = match (options.n_rows, rows) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        let bridge = self
            .scanned
            .bridge
            .as_ref()
            .filter(|_| meanwhile && rows.is_none() && instead.is_none());
        let mut heads = match bridge {
            Some(_) => self.heads(checked, &versions),
            None => BTreeMap::new(),
        };
        for (index, (known, version)) in checked.iter_mut().zip(versions).enumerate() {
            let Some(file) = self.scanned.files.get(index) else {
                break;
            };
            if known.covers(version.as_ref(), rows) {
                continue;
            }
            if let (Some(bridge), Some(version), Some(head)) = (bridge, &version, heads.remove(&index)) {
                let (options, task) = (&self.scanned.options, Arc::clone(&task));
                let watch = Watch::new(file, version.size, head?, options, task)?;
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
                None => Layout::stream(file, &self.scanned.options, portion, &task)?,
            };
            if layout.columns != self.scanned.columns
                || layout.dialect.end_of_line != self.scanned.end_of_line
            {
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
        &self.scanned.sources
    }

    fn schema(&self) -> Option<&SchemaRef> {
        Some(&self.scanned.schema)
    }

    fn prepare(&self, rows: Option<usize>, progress: &Progress) -> Result<Option<DslPlan>, ReadError> {
        self.prepared(rows, progress, false)
    }

    fn prepare_meanwhile(&self, wanted: &Wanted, progress: &Progress) -> Result<Option<DslPlan>, ReadError> {
        let parted = self.in_parts(wanted, self.scanned.part, progress)?;
        match (parted, self.scanned.files.first()) {
            (Some(parted), Some(first)) => told(first, catch_panic(|| parts_plan(parted))).map(Some),
            _ => self.prepared(wanted.rows, progress, !wanted.is_final),
        }
    }

    fn parts(&self, wanted: &Wanted, progress: &Progress) -> Result<Option<Arc<dyn Parts>>, ReadError> {
        let part = self.scanned.part.min(TAKEN_PART);
        Ok(self.in_parts(wanted, part, progress)?.map(|parted| parted as _))
    }

    fn confirm(&self, rows: Option<usize>, has_failed: bool, progress: &Progress) -> Result<bool, ReadError> {
        let parted = self.state().parted.pop();
        if let Some(parted) = parted {
            parted.cutting().finish()?;
            self.note(parted.cutting());
            return Ok(false);
        }
        let Some(bridge) = &self.scanned.bridge else {
            return Ok(false);
        };
        (0..self.scanned.files.len()).for_each(|index| bridge.observe(index, None));
        let mut state = self.state();
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
        let parted = self.state().parted.pop();
        if let Some(failure) = parted.and_then(|parted| parted.cutting().failure()) {
            return Some(failure);
        }
        self.scanned.bridge.as_ref()?.failure()
    }

    fn blame(&self) -> Option<ReadError> {
        self.scanned
            .files
            .iter()
            .find_map(|file| match Sheet::open(file, &self.scanned.options) {
                Err(error) => Some(error),
                Ok(sheet) => cells::first_bad_cell(
                    file,
                    &sheet.text,
                    &sheet.layout,
                    &self.scanned.options,
                    Some(&self.scanned.schema),
                )
                .map(|cell| ReadError::Cell(Box::new(cell))),
            })
    }

    fn row_lines(&self) -> Option<RowLines> {
        let part = |location: &Location| CsvPart {
            location: location.clone(),
            options: self.scanned.options.clone(),
            has_one_column: self.scanned.columns.len() == 1,
        };
        Some(RowLines::of(self.scanned.files.iter().map(part).collect()))
    }

    fn lost(&self) -> Option<ReadError> {
        Some(ReadError::Other {
            file: self
                .scanned
                .files
                .first()
                .map_or_else(String::new, |file| file.name().to_owned()),
            expected: "a CSV file",
            detail: "it has blank lines between rows; read it with read_csv".to_owned(),
        })
    }
}
