//! Which value a query failed for: the first in row order, whichever thread came to a wrong value first.
//!
//! Looks again at the rows of each table that the plan reads, in their order, batch by batch and so in bounded memory, as far as
//! steps go row by row. What fails behind a join or a sort alone is told as polars told it.

use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::thread;

use polars::lazy::dsl::FunctionExpr;
use polars::prelude::{
    DataFrame, DslPlan, Engine, Expr, IntoLazy, LazyFrame, OptFlags, PlanCallback, PolarsError, PolarsResult,
    col,
};

use super::determinism::{Deterministic, inputs};
use super::sql;

/// How many rows are looked at in one go.
const ROWS: usize = 1 << 14;

/// The stack of the thread that reads rows, in bytes.
const STACK: usize = 64 << 20;

/// Returns the failure of the first row that fails, for a plan that failed with `error`.
pub(super) fn first_failure(plan: &DslPlan, error: PolarsError) -> PolarsError {
    if sql::failure(&error.to_string()).is_none() {
        return error;
    }
    below(plan).unwrap_or(error)
}

/// Looks at the tables that a plan reads, in the order in which it names them.
fn below(plan: &DslPlan) -> Option<PolarsError> {
    match Chain::of(plan) {
        Some(chain) if chain.steps.is_empty() => None,
        Some(chain) => chain.first_failure(),
        None => inputs(plan).into_iter().find_map(below),
    }
}

/// Steps that go row by row over one table, the first one first.
struct Chain<'p> {
    table: &'p DslPlan,
    steps: Vec<&'p DslPlan>,
}

impl<'p> Chain<'p> {
    fn of(plan: &'p DslPlan) -> Option<Self> {
        let mut steps = Vec::new();
        let mut rest = plan;
        loop {
            let input = match rest {
                DslPlan::IR { dsl: input, .. } | DslPlan::Cache { input, .. } => {
                    rest = input;
                    continue;
                }
                DslPlan::Scan { .. } | DslPlan::DataFrameScan { .. } => {
                    steps.reverse();
                    return Some(Self { table: rest, steps });
                }
                // Files that are read part by part.
                DslPlan::MapFunction { input, .. } if matches!(**input, DslPlan::Scan { .. }) => {
                    steps.reverse();
                    return Some(Self { table: rest, steps });
                }
                DslPlan::Select { input, expr, .. } if expr.iter().all(goes_by_rows) => input,
                DslPlan::HStack { input, exprs, .. } if exprs.iter().all(goes_by_rows) => input,
                DslPlan::Filter { input, predicate } if goes_by_rows(predicate) => input,
                _ => return None,
            };
            steps.push(rest);
            rest = input;
        }
    }

    /// Finds the first row for which a step fails.
    fn first_failure(&self) -> Option<PolarsError> {
        if let DslPlan::DataFrameScan { df, .. } = self.table {
            let mut starts = (0..df.height()).step_by(ROWS);
            return starts.find_map(|start| self.failure_in(&df.slice(start as i64, ROWS)));
        }
        let rows = LazyFrame::from_logical_plan(self.table.clone(), OptFlags::default());
        let rows = match self.columns() {
            Some(columns) => rows.select(columns),
            None => rows,
        };
        let (sender, receiver) = sync_channel(1);
        let hand_over = PlanCallback::new(move |rows: DataFrame| Ok(sender.send(rows).is_err()));
        let reading = rows
            .sink_batches(hand_over, true, std::num::NonZeroUsize::new(ROWS))
            .ok()?;
        let read = move || reading.collect_with_engine(Engine::Streaming).map(drop);
        let reader = thread::Builder::new().stack_size(STACK).spawn(read).ok()?;
        let found = receiver.iter().find_map(|rows| self.failure_in(&rows));
        drop(receiver);
        // What cannot be read is told by the query itself.
        let _ = reader.join();
        found
    }

    /// Returns the columns that the steps read; `None` for all.
    fn columns(&self) -> Option<Vec<Expr>> {
        let mut names = std::collections::BTreeSet::new();
        let selects = |step: &&DslPlan| matches!(step, DslPlan::Select { .. });
        if !self.steps.iter().any(selects) {
            return None;
        }
        for part in self.steps.iter().flat_map(|step| expressions(step)).flatten() {
            match part {
                Expr::Column(name) if !name.starts_with('^') => {
                    names.insert(name.clone());
                }
                Expr::Column(_) | Expr::Selector(_) | Expr::Field(_) | Expr::RenameAlias { .. } => {
                    return None;
                }
                _ => {}
            }
        }
        // A name that a step makes may be none of the table.
        let mut table = LazyFrame::from_logical_plan(self.table.clone(), OptFlags::default());
        let known = table.collect_schema().ok()?;
        names.retain(|name| known.contains(name));
        (!names.is_empty()).then(|| names.into_iter().map(col).collect())
    }

    /// Finds the first of these rows for which a step fails.
    fn failure_in(&self, rows: &DataFrame) -> Option<PolarsError> {
        run(&self.steps, rows).err()?;
        // The first rows up to `fails` fail, those up to `passes` do not.
        let (mut passes, mut fails) = (0, rows.height());
        while fails - passes > 1 {
            let middle = passes + (fails - passes) / 2;
            match run(&self.steps, &rows.slice(0, middle)) {
                Ok(_) => passes = middle,
                Err(_) => fails = middle,
            }
        }
        let row = rows.slice(passes as i64, 1);
        self.failure_of(row)
            .filter(|error| sql::failure(&error.to_string()).is_some())
    }

    /// Returns how the first expression fails of those that fail for a row.
    fn failure_of(&self, mut row: DataFrame) -> Option<PolarsError> {
        for step in &self.steps {
            if !matches!(step, DslPlan::Filter { .. }) {
                for expression in expressions(step) {
                    let one = row.clone().lazy().select([expression.clone()]);
                    if let Err(error) = collected(&one.logical_plan) {
                        return Some(error);
                    }
                }
            }
            match run(&[step], &row) {
                Ok(next) => row = next,
                Err(error) => return Some(error),
            }
        }
        None
    }
}

/// Runs steps over rows.
fn run(steps: &[&DslPlan], rows: &DataFrame) -> PolarsResult<DataFrame> {
    let mut plan = rows.clone().lazy().logical_plan;
    for step in steps {
        let mut next = (*step).clone();
        if let DslPlan::Select { input, .. } | DslPlan::HStack { input, .. } | DslPlan::Filter { input, .. } =
            &mut next
        {
            *input = Arc::new(plan);
        }
        plan = next;
    }
    collected(&plan)
}

fn collected(plan: &DslPlan) -> PolarsResult<DataFrame> {
    let plan = Deterministic::in_row_order().rewritten(plan)?;
    LazyFrame::from_logical_plan(plan, OptFlags::default()).collect()
}

/// Returns the expressions of a step that goes row by row.
fn expressions(step: &DslPlan) -> &[Expr] {
    match step {
        DslPlan::Select { expr, .. } => expr,
        DslPlan::HStack { exprs, .. } => exprs,
        DslPlan::Filter { predicate, .. } => std::slice::from_ref(predicate),
        _ => &[],
    }
}

/// Returns whether what an expression gives for a row depends on that row alone.
fn goes_by_rows(expression: &Expr) -> bool {
    expression.into_iter().all(|part| match part {
        Expr::Alias(..)
        | Expr::Column(_)
        | Expr::Literal(_)
        | Expr::BinaryExpr { .. }
        | Expr::Cast { .. }
        | Expr::Ternary { .. } => true,
        Expr::AnonymousFunction { options, .. } => options.is_elementwise(),
        Expr::Function { function, .. } => matches!(
            function,
            FunctionExpr::Boolean(_)
                | FunctionExpr::StringExpr(_)
                | FunctionExpr::BinaryExpr(_)
                | FunctionExpr::TemporalExpr(_)
                | FunctionExpr::ListExpr(_)
                | FunctionExpr::StructExpr(_)
                | FunctionExpr::AsStruct
                | FunctionExpr::Coalesce
                | FunctionExpr::ConcatExpr(_)
                | FunctionExpr::FillNull
                | FunctionExpr::MaxHorizontal
                | FunctionExpr::MinHorizontal
                | FunctionExpr::Negate
                | FunctionExpr::Pow(_)
        ),
        _ => false,
    })
}
