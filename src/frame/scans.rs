//! What scans need before a plan runs: the rows that it will read are checked then, and no others.
//!
//! A plan that asks for the first rows only, as a look at a table does, has only those checked. Where a file cannot be
//! read in place after all, another source takes its place in the plan.

use std::collections::HashMap;
use std::sync::Arc;

use polars::prelude::{DslPlan, Expr, LiteralValue, ScanSources};

use super::read::{ReadError, Scanned};
use crate::work::Progress;

/// How many of its first rows are needed; `None` for all.
type Rows = Option<usize>;

/// When what a plan reads is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum When {
    /// Before it runs.
    Before,
    /// At the latest when it has run, and before its result is used: by [`confirmed`].
    Meanwhile,
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
    for scan in scans {
        let rows = needs.rows(scan);
        let other = match when {
            When::Before => scan.prepare(rows, progress)?,
            When::Meanwhile => scan.prepare_meanwhile(rows, progress)?,
        };
        if let Some(other) = other {
            let address = address(scan.sources());
            if !needs.scans.contains_key(&address) {
                return Err(scan.lost());
            }
            instead.insert(address, other);
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

/// How many rows a plan needs of each of its scans.
#[derive(Default)]
struct Needs {
    /// By the address of the sources.
    scans: HashMap<usize, Rows>,
    /// What was needed of each step that was looked at.
    steps: HashMap<*const DslPlan, Rows>,
}

impl Needs {
    fn of(plan: &DslPlan) -> Self {
        let mut needs = Self::default();
        needs.add(plan, None);
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

/// Returns what tells the sources of one scan from those of another; it is the same in every copy of a plan.
fn address(sources: &ScanSources) -> usize {
    match sources {
        ScanSources::Paths(paths) => paths.as_ptr() as usize,
        ScanSources::Files(files) => files.as_ptr() as usize,
        ScanSources::Buffers(buffers) => buffers.as_ptr() as usize,
    }
}

/// Tells whether expressions make of each row one row.
fn keep_rows(expressions: &[Expr]) -> bool {
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
        DslPlan::Scan { sources, .. } => {
            if let Some(other) = instead.get(&address(sources)) {
                return other.clone();
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
