//! [`Frame`]: a handle on a table that is planned, collected, or scanned again each time.
//!
//! Owns the state of a table and the one place where plans are run. The operations on tables are in the
//! files named after them.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use polars::prelude::{DataFrame, Engine, IntoLazy, LazyFrame, OptFlags, PolarsResult, SchemaRef};

use crate::storage::Location;

use super::determinism::Deterministic;
use super::digest::TableDigest;
use super::error::FrameError;
use super::read::{ReadError, Scan, Scanned};
use super::scans::{self, When};
use super::sql;
use super::witness::{Watchers, Witness};
use crate::work::{Interrupt, Progress, catch_panic, on_deep_stack};

/// How many operations may be chained before a plan is collected: plans are walked recursively.
const DEEPEST: usize = 100;

/// A table: a polars plan, its result, or a scan of files.
///
/// A handle: clones share one materialisation, so that a plan that several names refer to is run once. A frame
/// that comes from files through `scan_*` keeps nothing: it is streamed again each time it is needed.
#[derive(Clone)]
pub struct Frame(Arc<Inner>);

struct Inner {
    state: Mutex<Materialization>,
    schema: OnceLock<SchemaRef>,
    digest: OnceLock<TableDigest>,
    sources: Vec<Location>,
    checks: Vec<Arc<dyn Scanned>>,
    witnesses: Vec<Arc<dyn Witness>>,
    scan: bool,
    depth: usize,
}

enum Materialization {
    Planned(Box<LazyFrame>),
    Collected(DataFrame),
}

impl Frame {
    fn new(state: Materialization, sources: Vec<Location>, scan: bool, depth: usize) -> Self {
        Self::checked(Watchers::default(), state, sources, scan, depth)
    }

    fn checked(
        watchers: Watchers,
        state: Materialization,
        sources: Vec<Location>,
        scan: bool,
        depth: usize,
    ) -> Self {
        Self(Arc::new(Inner {
            state: Mutex::new(state),
            schema: OnceLock::new(),
            digest: OnceLock::new(),
            sources,
            checks: watchers.checks,
            witnesses: watchers.witnesses,
            scan,
            depth,
        }))
    }

    /// Wraps a table that is in memory.
    pub fn from_dataframe(table: DataFrame) -> Self {
        Self::new(Materialization::Collected(table), Vec::new(), false, 0)
    }

    /// Wraps a plan that is run once, when its result is first needed.
    pub fn planned(plan: LazyFrame) -> Self {
        Self::new(Materialization::Planned(Box::new(plan)), Vec::new(), false, 1)
    }

    /// Wraps a scan of `sources`, which is run each time its result is needed and never kept.
    pub fn scan(plan: LazyFrame, sources: Vec<Location>) -> Self {
        Self::new(Materialization::Planned(Box::new(plan)), sources, true, 1)
    }

    /// Wraps a scan of `sources` whose files are checked as they are needed.
    pub fn checked_scan(scan: Scan, sources: Vec<Location>) -> Self {
        let known = scans::known_schema(&scan);
        let state = Materialization::Planned(Box::new(scan.plan));
        let frame = Self::checked(Watchers::of(scan.checks), state, sources, true, 1);
        let _ = known.map(|schema| frame.0.schema.set(schema));
        frame
    }

    /// Returns the plan of a scan as it may run: the rows that it will read are checked now.
    pub fn prepared(&self, progress: &Progress) -> Result<LazyFrame, ReadError> {
        self.prepared_when(When::Before, progress)
    }

    /// Makes sure that what a plan read while it ran was sound; returns whether it has to run once more.
    pub(super) fn confirmed(&self, has_failed: bool, progress: &Progress) -> Result<bool, ReadError> {
        scans::confirmed(&self.lazy().logical_plan, &self.0.checks, has_failed, progress)
    }

    /// Returns the plan of a scan whose rows are checked by then.
    pub(super) fn prepared_when(&self, when: When, progress: &Progress) -> Result<LazyFrame, ReadError> {
        let plan = self.lazy();
        let flags = plan.get_current_optimizations();
        let plan = scans::prepared(plan.logical_plan, &self.0.checks, when, progress)?;
        Ok(LazyFrame::from_logical_plan(plan, flags))
    }

    /// Wraps a part of this scan that is needed once.
    fn part(&self, plan: LazyFrame) -> Self {
        let state = Materialization::Planned(Box::new(plan));
        Self::checked(self.watchers(), state, Vec::new(), true, 1)
    }

    /// Returns the first rows of a scan, as a scan.
    #[must_use]
    pub fn first_rows(&self, rows: u32) -> Self {
        self.part(self.lazy().limit(rows))
    }

    /// Finds what made polars fail with `message`: a store that could not be read, or the place in a scanned file, reading
    /// the files again.
    pub fn blame(&self, message: &str) -> Option<ReadError> {
        if let Some(failure) = self.0.checks.iter().find_map(|files| files.failure()) {
            return Some(failure);
        }
        let unreadable = message.contains("could not parse");
        self.0
            .checks
            .iter()
            .filter(|_| unreadable)
            .find_map(|files| files.blame())
    }

    /// Wraps a plan made of `inputs`: a scan if one of them is, with the sources of all, its schema checked.
    pub(super) fn derived(plan: LazyFrame, inputs: &[&Self], verb: &'static str) -> Result<Self, FrameError> {
        Self::derived_from(None, plan, inputs, verb)
    }

    /// Wraps a plan over `inputs` whose columns are known.
    pub(super) fn derived_as(
        schema: SchemaRef,
        plan: LazyFrame,
        inputs: &[&Self],
        verb: &'static str,
    ) -> Result<Self, FrameError> {
        Self::derived_from(Some(schema), plan, inputs, verb)
    }

    fn derived_from(
        schema: Option<SchemaRef>,
        plan: LazyFrame,
        inputs: &[&Self],
        verb: &'static str,
    ) -> Result<Self, FrameError> {
        let scan = inputs.iter().any(|input| input.is_scan());
        let mut sources: Vec<Location> = Vec::new();
        for source in inputs.iter().flat_map(|input| input.sources()) {
            if !sources.contains(source) {
                sources.push(source.clone());
            }
        }
        let depth = 1 + inputs.iter().map(|input| input.depth()).sum::<usize>();
        let mut watchers = Watchers::default();
        for input in inputs {
            watchers.extend(input.watchers());
        }
        let frame = Self::checked(
            watchers,
            Materialization::Planned(Box::new(plan)),
            sources,
            scan,
            depth,
        );
        if let Some(schema) = schema {
            let _ = frame.0.schema.set(schema);
        } else {
            let columns = inputs
                .iter()
                .flat_map(|input| input.columns().unwrap_or_default());
            frame.resolve(verb, &columns.collect::<Vec<_>>())?;
        }
        if depth <= DEEPEST {
            return Ok(frame);
        }
        if scan {
            return Err(FrameError::PlanTooDeep { verb, limit: DEEPEST });
        }
        frame.collect(&Interrupt::of_thread())?;
        Ok(frame)
    }

    /// Wraps a plan over this frame, of which `witness` takes note of the rows.
    ///
    /// # Errors
    ///
    /// The plan's columns cannot be found out, or it has too many steps.
    pub fn witnessed(
        &self,
        plan: LazyFrame,
        witness: Arc<dyn Witness>,
        verb: &'static str,
    ) -> Result<Self, FrameError> {
        let frame = Self::derived(plan, &[self], verb)?;
        let mut watchers = frame.watchers();
        watchers.witnesses.push(witness);
        let state = Materialization::Planned(Box::new(frame.lazy()));
        let inner = &frame.0;
        Ok(Self::checked(
            watchers,
            state,
            inner.sources.clone(),
            inner.scan,
            inner.depth,
        ))
    }

    fn watchers(&self) -> Watchers {
        Watchers {
            checks: self.0.checks.clone(),
            witnesses: self.0.witnesses.clone(),
        }
    }

    /// Returns what has to be asked of the files that the plan reads.
    pub(super) fn checks(&self) -> &[Arc<dyn Scanned>] {
        &self.0.checks
    }

    /// Returns what takes note of the rows of the plan.
    pub(super) fn witnesses(&self) -> &[Arc<dyn Witness>] {
        &self.0.witnesses
    }

    fn state(&self) -> MutexGuard<'_, Materialization> {
        // A state is only ever replaced whole, so one that a panic left behind is still sound.
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn depth(&self) -> usize {
        if self.is_pending() || self.is_scan() {
            self.0.depth
        } else {
            0
        }
    }

    /// Returns whether the table comes from files through `scan_*`, and so stays lazy.
    pub fn is_scan(&self) -> bool {
        self.0.scan
    }

    /// Returns whether a plan is waiting to be run and its result to be kept.
    pub fn is_pending(&self) -> bool {
        !self.0.scan && matches!(*self.state(), Materialization::Planned(_))
    }

    /// Returns the table where it is in memory; computes nothing.
    pub fn table(&self) -> Option<DataFrame> {
        match &*self.state() {
            Materialization::Collected(table) => Some(table.clone()),
            Materialization::Planned(_) => None,
        }
    }

    /// Returns the digest of the table where it is in memory; computed once.
    pub fn digest(&self) -> Option<&TableDigest> {
        let table = self.table()?;
        Some(self.0.digest.get_or_init(|| TableDigest::of(&table)))
    }

    /// Returns whether two handles share one table.
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Returns the files that are scanned, each once; none for a table in memory.
    pub fn sources(&self) -> &[Location] {
        &self.0.sources
    }

    /// Returns the table as a polars plan; a table in memory is a plan of one step.
    pub fn lazy(&self) -> LazyFrame {
        match &*self.state() {
            Materialization::Planned(plan) => (**plan).clone(),
            Materialization::Collected(table) => table.clone().lazy(),
        }
    }

    /// Returns the names and types of the columns, without running the plan.
    pub fn schema(&self) -> Result<SchemaRef, FrameError> {
        self.resolve("schema", &[])
    }

    fn resolve(&self, verb: &'static str, columns: &[String]) -> Result<SchemaRef, FrameError> {
        if let Some(schema) = self.0.schema.get() {
            return Ok(schema.clone());
        }
        let schema = match &*self.state() {
            Materialization::Collected(table) => table.schema().clone(),
            Materialization::Planned(plan) => {
                let mut plan = plan.clone();
                catch_panic(|| on_deep_stack(|| plan.collect_schema()))?
                    .map_err(|error| FrameError::from_polars(&error, verb, columns))?
            }
        };
        Ok(self.0.schema.get_or_init(|| schema).clone())
    }

    /// Returns the names of the columns.
    pub fn columns(&self) -> Result<Vec<String>, FrameError> {
        Ok(self.schema()?.iter_names().map(ToString::to_string).collect())
    }

    /// Returns the number of columns.
    pub fn width(&self) -> Result<usize, FrameError> {
        Ok(self.schema()?.len())
    }

    /// Returns the number of rows; a scan is counted without keeping its rows.
    pub fn height(&self, interrupt: &Interrupt) -> Result<usize, FrameError> {
        if !self.is_scan() {
            return Ok(self.collect(interrupt)?.height());
        }
        let count = self.part(self.lazy().select([polars::prelude::len().alias("len")]));
        let table = count.collect(interrupt)?;
        let counted = table
            .columns()
            .first()
            .and_then(|column| column.get(0).ok()?.extract::<u64>());
        Ok(counted.unwrap_or(0) as usize)
    }

    /// Returns the number of rows and of columns.
    pub fn shape(&self, interrupt: &Interrupt) -> Result<(usize, usize), FrameError> {
        Ok((self.height(interrupt)?, self.width()?))
    }

    /// Returns the table itself, running the plan if that is still to be done.
    ///
    /// The result is kept for every clone of the handle; that of a scan is not. The rows are in the same order
    /// and the floating-point sums the same to the last bit at any number of threads (see `determinism.rs`).
    pub fn collect(&self, interrupt: &Interrupt) -> Result<DataFrame, FrameError> {
        if let Materialization::Collected(table) = &*self.state() {
            return Ok(table.clone());
        }
        let scan = self.clone();
        let is_scan = self.is_scan();
        let progress = interrupt.progress().clone();
        let run = move |plan: LazyFrame| {
            let mut asked = Deterministic::default();
            let streams = is_scan || asked.crosses(&plan.logical_plan);
            let (mut rewriting, engine) = if streams && !asked.sums(&plan.logical_plan) {
                (Deterministic::streaming(), Engine::Streaming)
            } else {
                (Deterministic::default(), Engine::InMemory)
            };
            let by = |rewriting: &mut Deterministic| -> PolarsResult<DataFrame> {
                let rewritten = rewriting.rewritten(&plan.logical_plan)?;
                let rewritten = LazyFrame::from_logical_plan(rewritten, plan.get_current_optimizations());
                Ok(one_chunk(rewritten.collect_with_engine(engine)?.unwrap_single()))
            };
            by(&mut rewriting).or_else(|error| match sql::failure(&error.to_string()) {
                Some(_) if engine == Engine::InMemory => {
                    by(&mut Deterministic::in_row_order()).and(Err(error))
                }
                _ => Err(super::failing::first_failure(&plan.logical_plan, error)),
            })
        };
        let task = interrupt.progress().begin("query");
        let watched = interrupt.clone();
        let whole = move || {
            let watching = scan.watching();
            let plan = scan.prepared_when(When::Meanwhile, &progress)?;
            // Of a file that is not sound polars may make anything, even a panic: what is wrong with it is told first.
            let result = catch_unwind(AssertUnwindSafe(|| run(plan)));
            let has_failed = !matches!(result, Ok(Ok(_)));
            let result = if scan.confirmed(has_failed, &progress)? {
                watching.forget();
                run(scan.prepared(&progress)?)
            } else {
                result.unwrap_or_else(|panic| resume_unwind(panic))
            };
            Ok(match result {
                Ok(table) => watching.end(&watched).map(|()| Ok(table)),
                Err(error) => Ok(Err(error)),
            })
        };
        let result = interrupt.run(|| on_deep_stack(whole))?;
        drop(task);
        match result {
            Ok(Ok(Ok(table))) => Ok(self.keep(table)),
            Ok(Err(seen)) => Err(seen),
            Err(ReadError::Stopped(stopped)) => Err(stopped.into()),
            Err(unsound) => Err(FrameError::Unreadable(Box::new(unsound))),
            Ok(Ok(Err(error))) => {
                let (scan, message) = (self.clone(), error.to_string());
                if let Some(cause) = interrupt.run(move || scan.blame(&message))? {
                    return Err(FrameError::Unreadable(Box::new(cause)));
                }
                let columns = self.columns().unwrap_or_default();
                Err(FrameError::from_polars(&error, "collect", &columns))
            }
        }
    }

    /// Returns whether the plan has a cross join.
    fn crosses(&self) -> bool {
        Deterministic::default().crosses(&self.lazy().logical_plan)
    }

    /// Keeps `table` as the result, unless this is a scan or another thread was first.
    fn keep(&self, table: DataFrame) -> DataFrame {
        if self.is_scan() {
            return table;
        }
        let mut state = self.state();
        match &*state {
            Materialization::Collected(first) => first.clone(),
            Materialization::Planned(_) => {
                *state = Materialization::Collected(table.clone());
                table
            }
        }
    }

    /// Collects the pending ones of `frames` together, so that what their plans share is run once.
    ///
    /// Scans stay as they are, and tables in memory cost nothing.
    pub fn materialize(frames: &[Self], interrupt: &Interrupt) -> Result<(), FrameError> {
        let mut pending: Vec<Self> = Vec::new();
        for frame in frames {
            if frame.is_pending() && !pending.iter().any(|other| other.is_same(frame)) {
                pending.push(frame.clone());
            }
        }
        // What is to be streamed is collected by itself.
        let (crossing, pending): (Vec<Self>, Vec<Self>) = pending.into_iter().partition(Self::crosses);
        for frame in crossing {
            frame.collect(interrupt)?;
        }
        if let [] | [_] = pending.as_slice() {
            return pending
                .iter()
                .try_for_each(|frame| frame.collect(interrupt).map(drop));
        }
        let plans: Vec<_> = pending.iter().map(|frame| frame.lazy().logical_plan).collect();
        let run = move || {
            let mut rewriting = Deterministic::default();
            let rewritten = plans.iter().map(|plan| rewriting.rewritten(plan));
            let rewritten = rewritten.collect::<Result<_, _>>()?;
            let flags = OptFlags::default() | OptFlags::COMM_SUBPLAN_ELIM;
            let tables = LazyFrame::collect_all_with_engine(rewritten, Engine::InMemory, flags)?;
            Ok(tables.into_iter().map(one_chunk).collect::<Vec<_>>())
        };
        let _task = interrupt.progress().begin("query");
        let tables = interrupt
            .run(|| on_deep_stack(run))?
            .map_err(|error| FrameError::from_polars(&error, "collect", &[]))?;
        for (frame, table) in pending.iter().zip(tables) {
            frame.keep(table);
        }
        Ok(())
    }
}

/// Puts each column into one chunk: a floating-point sum adds chunk by chunk, and how many chunks an operation
/// leaves depends on the number of threads.
fn one_chunk(mut table: DataFrame) -> DataFrame {
    table.rechunk_mut();
    table
}

impl From<DataFrame> for Frame {
    fn from(table: DataFrame) -> Self {
        Self::from_dataframe(table)
    }
}

impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match (self.is_scan(), self.is_pending()) {
            (true, _) => "scan",
            (false, true) => "plan",
            (false, false) => "table",
        };
        let columns = self.columns().unwrap_or_default().join(", ");
        write!(f, "Frame({kind}: {columns})")
    }
}

#[cfg(test)]
mod tests;
