//! What scans need before a plan runs: the rows that it will read are checked then, and no others.
//!
//! A plan that asks for the first rows only, as a look at a table does, has only those checked. Where a file cannot be
//! read in place after all, another source takes its place in the plan.

use std::collections::HashMap;
use std::sync::Arc;

use polars::prelude::{DslPlan, Expr, LazyFrame, LiteralValue, OptFlags, PlSmallStr, ScanSources, SchemaRef};
use polars_plan::plans::{ArenaLpIter as _, DslFunction, IR};
use polars_plan::utils::aexpr_to_leaf_names;

use super::determinism::inputs;
use super::read::{ReadError, Scan, Scanned, Wanted};
use crate::work::{Progress, catch_panic};

/// How many of its first rows are needed; `None` for all.
type Rows = Option<usize>;

/// When what a plan reads is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum When {
    /// Before it runs.
    Before,
    /// At the latest when it has run, and before its result is used: by [`confirmed`].
    Meanwhile,
    /// The same, where rows are handed over while it runs: they count only when they are confirmed, and are not handed over
    /// once more.
    Passing,
}

/// Returns the plan as it may run: what it reads of `scans` is sound.
pub(super) fn prepared(
    plan: DslPlan,
    scans: &[Arc<dyn Scanned>],
    when: When,
    progress: &Progress,
) -> Result<DslPlan, ReadError> {
    if scans.is_empty() {
        return Ok(plan);
    }
    let needs = Needs::of(&plan);
    let mut instead = HashMap::new();
    let mut reads = None;
    for scan in scans {
        let rows = needs.rows(scan);
        let other = if when == When::Before {
            scan.prepare(rows, progress)?
        } else {
            let reads = reads.get_or_insert_with(|| reads_of(&plan));
            let wanted = Wanted {
                rows,
                columns: columns_of(reads, scan.sources()),
                is_shared: needs.times.get(&address(scan.sources())) != Some(&1),
                is_final: when == When::Passing,
            };
            scan.prepare_meanwhile(&wanted, progress)?
        };
        if let Some(other) = other {
            let address = address(scan.sources());
            if needs.scans.contains_key(&address) {
                instead.insert(address, other);
            } else if let Some(lost) = scan.lost() {
                return Err(lost);
            }
        }
    }
    if instead.is_empty() {
        return Ok(plan);
    }
    Ok(replaced(&plan, &instead))
}

/// Makes sure that what a plan read was sound, when it has run; returns whether it has to be prepared and run once more.
///
/// `has_failed` tells whether it has no result.
pub(super) fn confirmed(
    plan: &DslPlan,
    scans: &[Arc<dyn Scanned>],
    has_failed: bool,
    progress: &Progress,
) -> Result<bool, ReadError> {
    if scans.is_empty() {
        return Ok(false);
    }
    let needs = Needs::of(plan);
    let mut again = false;
    for scan in scans {
        again |= scan.confirm(needs.rows(scan), has_failed, progress)?;
    }
    Ok(again)
}

/// Returns a plan without what polars wraps it in when it is asked for its columns.
pub(super) fn bare(mut plan: &DslPlan) -> &DslPlan {
    while let DslPlan::IR { dsl, .. } = plan {
        plan = dsl;
    }
    plan
}

/// Returns whether a plan is nothing but a scan of these files, of all that they have.
pub(super) fn is_all_of(plan: &DslPlan, files: &dyn Scanned) -> bool {
    matches!(bare(plan), DslPlan::Scan { sources, unified_scan_args, .. }
        if sources == files.sources() && unified_scan_args.row_index.is_none())
}

/// Returns the columns of a scan that are known without asking polars, which would plan it for that.
pub(super) fn known_schema(scan: &Scan) -> Option<SchemaRef> {
    let [files] = scan.checks.as_slice() else {
        return None;
    };
    let schema = files.schema()?;
    is_all_of(&scan.plan.logical_plan, &**files).then(|| Arc::clone(schema))
}

/// How many rows a plan needs of each of its scans.
#[derive(Default)]
struct Needs {
    /// By the address of the sources.
    scans: HashMap<usize, Rows>,
    /// In how many places of the plan.
    times: HashMap<usize, usize>,
    /// What was needed of each step that was looked at.
    steps: HashMap<*const DslPlan, Rows>,
}

impl Needs {
    fn of(plan: &DslPlan) -> Self {
        let mut needs = Self::default();
        needs.add(plan, None);
        let mut parts = vec![plan];
        while let Some(part) = parts.pop() {
            if let DslPlan::Scan { sources, .. } = part {
                *needs.times.entry(address(sources)).or_default() += 1;
            }
            parts.extend(inputs(part));
        }
        needs
    }

    /// Returns how many rows of a scan are needed.
    fn rows(&self, scan: &Arc<dyn Scanned>) -> Rows {
        // One that is not found would be read by a step that is not known here.
        self.scans.get(&address(scan.sources())).copied().unwrap_or(None)
    }

    /// Adds what a step needs of which the first `rows` are needed.
    fn add(&mut self, plan: &DslPlan, rows: Rows) {
        if let Some(before) = self.steps.get(&std::ptr::from_ref(plan))
            && larger(*before, rows) == *before
        {
            return;
        }
        let known = self.steps.entry(plan).or_insert(rows);
        *known = larger(*known, rows);
        match plan {
            DslPlan::Scan { sources, .. } => {
                let known = self.scans.entry(address(sources)).or_insert(rows);
                *known = larger(*known, rows);
            }
            DslPlan::Slice { input, offset, len } => {
                let length = rows.map_or(*len as usize, |rows| rows.min(*len as usize));
                let first = usize::try_from(*offset).ok();
                self.add(input, first.map(|offset| offset.saturating_add(length)));
            }
            DslPlan::Select { input, expr, .. } => self.add(input, rows.filter(|_| keep_rows(expr))),
            DslPlan::HStack { input, exprs, .. } => self.add(input, rows.filter(|_| keep_rows(exprs))),
            DslPlan::Union { inputs, .. } => inputs.iter().for_each(|input| self.add(input, rows)),
            DslPlan::IR { dsl, .. } => self.add(dsl, rows),
            DslPlan::Filter { input, .. }
            | DslPlan::Cache { input, .. }
            | DslPlan::GroupBy { input, .. }
            | DslPlan::MatchToSchema { input, .. }
            | DslPlan::Pivot { input, .. }
            | DslPlan::Distinct { input, .. }
            | DslPlan::Sort { input, .. }
            | DslPlan::MapFunction { input, .. }
            | DslPlan::Sink { input, .. } => self.add(input, None),
            DslPlan::Join {
                input_left,
                input_right,
                ..
            } => {
                self.add(input_left, None);
                self.add(input_right, None);
            }
            DslPlan::Gather { input, idxs, .. } => {
                self.add(input, None);
                self.add(idxs, None);
            }
            DslPlan::HConcat { inputs, .. } | DslPlan::SinkMultiple { inputs } => {
                inputs.iter().for_each(|input| self.add(input, None));
            }
            DslPlan::PipeWithSchema { input, .. } => input.iter().for_each(|input| self.add(input, None)),
            DslPlan::ExtContext { input, contexts } => {
                self.add(input, None);
                contexts.iter().for_each(|input| self.add(input, None));
            }
            DslPlan::DataFrameScan { .. } => {}
        }
    }
}

fn larger(one: Rows, other: Rows) -> Rows {
    Some(one?.max(other?))
}

/// Which columns a plan reads of sources, as it is when it has been optimised; `None` for all.
type Reads = Vec<(ScanSources, Option<Vec<PlSmallStr>>)>;

/// Finds out which columns a plan reads; where that cannot be, nothing is known of it.
fn reads_of(plan: &DslPlan) -> Reads {
    let optimised = || {
        let plan = LazyFrame::from_logical_plan(plan.clone(), OptFlags::default());
        plan.to_alp_optimized()
    };
    let Ok(Ok(optimised)) = catch_panic(optimised) else {
        return Vec::new();
    };
    let arena = &optimised.lp_arena;
    let scans = arena.iter(optimised.lp_top).filter_map(|(_, step)| match step {
        IR::Scan {
            sources,
            predicate,
            unified_scan_args,
            ..
        } => {
            let columns = unified_scan_args.projection.as_ref().map(|names| {
                let mut names = names.to_vec();
                if let Some(predicate) = predicate {
                    names.extend(aexpr_to_leaf_names(predicate.node(), &optimised.expr_arena));
                }
                names
            });
            Some((sources.clone(), columns))
        }
        _ => None,
    });
    scans.collect()
}

/// Returns the columns that are read of sources; `None` for all, or where that is not known.
fn columns_of(reads: &Reads, sources: &ScanSources) -> Option<Vec<PlSmallStr>> {
    let mut same = reads.iter().filter(|(other, _)| other == sources).peekable();
    same.peek()?;
    let mut all = Vec::new();
    for (_, columns) in same {
        all.extend(columns.clone()?);
    }
    Some(all)
}

/// Returns what tells the sources of one scan from those of another; it is the same in every copy of a plan.
pub(super) fn address(sources: &ScanSources) -> usize {
    match sources {
        ScanSources::Paths(paths) => paths.as_ptr() as usize,
        ScanSources::Files(files) => files.as_ptr() as usize,
        ScanSources::Buffers(buffers) => buffers.as_ptr() as usize,
    }
}

/// Tells whether expressions make of each row one row.
pub(super) fn keep_rows(expressions: &[Expr]) -> bool {
    expressions
        .iter()
        .flat_map(IntoIterator::into_iter)
        .all(|part| match part {
            Expr::Literal(literal) => matches!(literal, LiteralValue::Scalar(_) | LiteralValue::Dyn(_)),
            part => matches!(
                part,
                Expr::Column(_)
                    | Expr::Selector(_)
                    | Expr::Alias(..)
                    | Expr::KeepName(_)
                    | Expr::BinaryExpr { .. }
                    | Expr::Cast { .. }
                    | Expr::Ternary { .. }
            ),
        })
}

/// Puts other plans in the place of scans.
fn replaced(plan: &DslPlan, instead: &HashMap<usize, DslPlan>) -> DslPlan {
    let below = |input: &mut Arc<DslPlan>| *input = Arc::new(replaced(input, instead));
    let all = |inputs: &mut Vec<DslPlan>| {
        for input in inputs {
            *input = replaced(input, instead);
        }
    };
    let mut plan = plan.clone();
    match &mut plan {
        DslPlan::Scan {
            sources,
            unified_scan_args,
            ..
        } => {
            if let Some(other) = instead.get(&address(sources)) {
                // A scan may number its rows by itself.
                return match &unified_scan_args.row_index {
                    None => other.clone(),
                    Some(index) => DslPlan::MapFunction {
                        input: Arc::new(other.clone()),
                        function: DslFunction::RowIndex {
                            name: index.name.clone(),
                            offset: Some(index.offset),
                        },
                    },
                };
            }
        }
        DslPlan::IR { dsl, .. } => return replaced(dsl, instead),
        DslPlan::Filter { input, .. }
        | DslPlan::Cache { input, .. }
        | DslPlan::Select { input, .. }
        | DslPlan::HStack { input, .. }
        | DslPlan::Slice { input, .. }
        | DslPlan::GroupBy { input, .. }
        | DslPlan::MatchToSchema { input, .. }
        | DslPlan::Pivot { input, .. }
        | DslPlan::Distinct { input, .. }
        | DslPlan::Sort { input, .. }
        | DslPlan::MapFunction { input, .. }
        | DslPlan::Sink { input, .. } => below(input),
        DslPlan::Join {
            input_left,
            input_right,
            ..
        } => {
            below(input_left);
            below(input_right);
        }
        DslPlan::Gather { input, idxs, .. } => {
            below(input);
            below(idxs);
        }
        DslPlan::Union { inputs, .. }
        | DslPlan::HConcat { inputs, .. }
        | DslPlan::SinkMultiple { inputs } => {
            all(inputs);
        }
        DslPlan::PipeWithSchema { input, .. } => {
            *input = input.iter().map(|input| replaced(input, instead)).collect();
        }
        DslPlan::ExtContext { input, contexts } => {
            below(input);
            all(contexts);
        }
        DslPlan::DataFrameScan { .. } => {}
    }
    plan
}
