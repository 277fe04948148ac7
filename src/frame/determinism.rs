//! Makes a plan give the same rows in the same order, to the last bit, at any number of threads.
//!
//! Six things in polars depend on scheduling, and each is settled here, in one place for verbs and SQL alike; and so is one that
//! is wrong:
//!
//! * `GROUP BY`, `DISTINCT` and joins of SQL do not keep an order: they are made to. Sorts are made stable.
//! * A group-by whose keys are plain columns may be split over threads and its partial sums added in the order
//!   in which they arrive; whether it is split is even decided by a random sample. A key that passes
//!   through a function is never split: each group is then summed in row order.
//! * The sum of a whole column is split over as many threads as are free: it is taken by a function instead.
//! * A filter may leave as many chunks as there are threads, and a sum over a column adds chunk by chunk: before
//!   an aggregation over a whole column the chunks are joined.
//! * Equal values of `unique`, `mode`, sorts within expressions and lists of a group come in any order: they are told
//!   to keep the one they had.
//! * The streaming engine adds up morsels in the order in which they arrive: a scan that sums is not streamed
//!   ([`Deterministic::sums`] tells); everything else of a scan is.
//! * A condition on folders such as `year=2024` takes files whose folder is NULL, where it is NULL: it is false there.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, LazyLock};

use polars::error::abort::try_raise_polars_abort;
use polars::prelude::{
    DataFrame, DslPlan, Engine, Expr, IntoLazy, JoinType, LazyFrame, MaintainOrderJoin, OptFlags,
    PolarsError, PolarsResult, ScanSources, col,
};

use self::expressions::{adds, aggregates, in_one_go, in_order, null_is_false, through, whole};

mod expressions;

/// A step that joins chunks and lets optimisations pass.
static JOINED: LazyLock<DslPlan> = LazyLock::new(|| {
    let pass = OptFlags::PROJECTION_PUSHDOWN | OptFlags::PREDICATE_PUSHDOWN;
    let join = |mut table: DataFrame| {
        try_raise_polars_abort();
        table.rechunk_mut();
        Ok(table)
    };
    DataFrame::empty()
        .lazy()
        .map(join, pass, None, Some("join chunks"))
        .logical_plan
});

/// Rewrites plans so that they give the same at any number of threads; shared parts stay shared.
#[derive(Default)]
pub(super) struct Deterministic {
    /// A streamed plan gets no steps that need a whole table.
    streaming: bool,
    /// Filters ask all rows in one go, in their order.
    in_row_order: bool,
    // Plans outlive this, so an address names one part.
    done: HashMap<*const DslPlan, Arc<DslPlan>>,
    summing: HashMap<*const DslPlan, bool>,
    crossing: HashMap<*const DslPlan, bool>,
    nullish: HashMap<*const DslPlan, bool>,
    /// Why a part that was to be run beforehand could not be.
    failed: Option<PolarsError>,
}

impl Deterministic {
    /// Rewrites for the streaming engine, which joins no chunks: what it streams adds nothing up.
    pub(super) fn streaming() -> Self {
        Self {
            streaming: true,
            ..Self::default()
        }
    }

    /// Rewrites so that the first row in which a filter fails is the one that is told: threads that have a part of the rows
    /// each fail in any order.
    pub(super) fn in_row_order() -> Self {
        Self {
            in_row_order: true,
            ..Self::default()
        }
    }

    fn shared(&mut self, plan: &Arc<DslPlan>) -> Arc<DslPlan> {
        if let Some(done) = self.done.get(&Arc::as_ptr(plan)) {
            return done.clone();
        }
        let rewritten = Arc::new(self.rewrite(plan));
        self.done.insert(Arc::as_ptr(plan), rewritten.clone());
        rewritten
    }

    /// Returns the input of a step that adds up `needed` of its columns, all where that is `None`.
    ///
    /// The rows of a cross join are streamed into a table first: that can be stopped at any moment, and takes no more
    /// memory than the step needs.
    fn summed_input(&mut self, input: &Arc<DslPlan>, needed: Option<Vec<Expr>>) -> Arc<DslPlan> {
        if self.streaming || self.failed.is_some() || !self.crosses(input) || self.sums(input) {
            return self.shared(input);
        }
        let rows = LazyFrame::from_logical_plan((**input).clone(), OptFlags::default());
        let rows = match needed {
            Some(columns) => rows.select(columns),
            None => rows,
        };
        let flags = rows.get_current_optimizations();
        let rewritten = Self::streaming().rewrite(&rows.logical_plan);
        let streamed = LazyFrame::from_logical_plan(rewritten, flags).collect_with_engine(Engine::Streaming);
        match streamed {
            Ok(result) => Arc::new(result.unwrap_single().lazy().logical_plan),
            Err(error) => {
                self.failed = Some(error);
                self.shared(input)
            }
        }
    }

    /// Returns the plan with every step settled, to be run.
    pub(super) fn rewritten(&mut self, plan: &DslPlan) -> PolarsResult<DslPlan> {
        let rewritten = self.rewrite(plan);
        match self.failed.take() {
            Some(error) => Err(error),
            None => Ok(rewritten),
        }
    }

    fn settle_filter(&self, input: &mut Arc<DslPlan>, predicate: &mut Expr) {
        if !self.streaming && (&*predicate).into_iter().any(|part| matches!(part, Expr::Agg(_))) {
            *input = joined(input);
            *predicate = in_one_go(predicate);
        }
        if self.in_row_order {
            *predicate = whole(predicate);
        }
    }

    /// Returns the plan with every step settled.
    fn rewrite(&mut self, plan: &DslPlan) -> DslPlan {
        let mut rewritten = plan.clone();
        for expression in expressions(&mut rewritten) {
            *expression = in_order(expression);
        }
        match &mut rewritten {
            DslPlan::IR { dsl, .. } => return self.rewrite(dsl),
            DslPlan::GroupBy {
                input,
                keys,
                aggs,
                predicates,
                maintain_order,
                ..
            } => {
                let needed = columns(keys.iter().chain(&*aggs).chain(&*predicates));
                *input = self.summed_input(input, needed);
                *maintain_order = true;
                for key in keys {
                    *key = through(key);
                }
            }
            DslPlan::Select { input, expr, .. } => {
                *input = if expr.iter().any(adds) {
                    self.summed_input(input, columns(expr.iter()))
                } else {
                    self.shared(input)
                };
                if !self.streaming && expr.iter().any(aggregates) {
                    *input = joined(input);
                    *expr = expr.iter().map(in_one_go).collect();
                }
            }
            DslPlan::HStack { input, exprs, .. } => {
                *input = if exprs.iter().any(adds) {
                    self.summed_input(input, None)
                } else {
                    self.shared(input)
                };
                if !self.streaming && exprs.iter().any(aggregates) {
                    *input = joined(input);
                    *exprs = exprs.iter().map(in_one_go).collect();
                }
            }
            DslPlan::Distinct { input, options } => {
                *input = self.shared(input);
                options.maintain_order = true;
            }
            DslPlan::Sort {
                input, sort_options, ..
            } => {
                *input = self.shared(input);
                sort_options.maintain_order = true;
            }
            DslPlan::Join {
                input_left,
                input_right,
                options,
                ..
            } => {
                *input_left = self.shared(input_left);
                *input_right = self.shared(input_right);
                if options.args.maintain_order == MaintainOrderJoin::None {
                    let mut ordered = (**options).clone();
                    ordered.args.maintain_order = join_order(&ordered.args.how);
                    *options = Arc::new(ordered);
                }
            }
            DslPlan::Filter { input, predicate } => {
                if any_step(input, &mut self.nullish, has_null_folders) {
                    *predicate = null_is_false(predicate);
                }
                *input = self.shared(input);
                self.settle_filter(input, predicate);
            }
            DslPlan::Cache { input, .. }
            | DslPlan::MatchToSchema { input, .. }
            | DslPlan::Pivot { input, .. }
            | DslPlan::Slice { input, .. }
            | DslPlan::MapFunction { input, .. }
            | DslPlan::Sink { input, .. } => *input = self.shared(input),
            DslPlan::Gather { input, idxs, .. } => {
                *input = self.shared(input);
                *idxs = self.shared(idxs);
            }
            DslPlan::Union { inputs, args } => {
                args.maintain_order = true;
                self.all(inputs);
            }
            DslPlan::HConcat { inputs, .. } | DslPlan::SinkMultiple { inputs } => self.all(inputs),
            DslPlan::ExtContext { input, contexts } => {
                *input = self.shared(input);
                self.all(contexts);
            }
            DslPlan::PipeWithSchema { input, .. } => {
                *input = input.iter().map(|plan| self.rewrite(plan)).collect();
            }
            DslPlan::Scan { .. } | DslPlan::DataFrameScan { .. } => {}
        }
        rewritten
    }

    fn all(&mut self, plans: &mut [DslPlan]) {
        for plan in plans {
            *plan = self.rewrite(plan);
        }
    }

    /// Returns whether a step of the plan adds up values, so that it may not be streamed.
    pub(super) fn sums(&mut self, plan: &DslPlan) -> bool {
        any_step(plan, &mut self.summing, |step| match step {
            // What a step with a function makes of its inputs is not known yet.
            DslPlan::GroupBy { .. } | DslPlan::Pivot { .. } | DslPlan::PipeWithSchema { .. } => true,
            DslPlan::Select {
                expr: expressions, ..
            }
            | DslPlan::HStack {
                exprs: expressions, ..
            }
            | DslPlan::Sort {
                by_column: expressions,
                ..
            } => expressions.iter().any(adds),
            DslPlan::Filter { predicate, .. } => adds(predicate),
            DslPlan::Scan { .. }
            | DslPlan::DataFrameScan { .. }
            | DslPlan::Cache { .. }
            | DslPlan::Join { .. }
            | DslPlan::Gather { .. }
            | DslPlan::MatchToSchema { .. }
            // Polars does not let its functions of tables be told apart here; no verb uses one that adds up.
            | DslPlan::MapFunction { .. }
            | DslPlan::Distinct { .. }
            | DslPlan::Slice { .. }
            | DslPlan::Union { .. }
            | DslPlan::HConcat { .. }
            | DslPlan::ExtContext { .. }
            | DslPlan::Sink { .. }
            | DslPlan::SinkMultiple { .. }
            | DslPlan::IR { .. } => false,
        })
    }

    /// Returns whether a step puts each row beside each of another table: more rows may come of that than memory holds,
    /// and only what is streamed can be stopped on the way.
    pub(super) fn crosses(&mut self, plan: &DslPlan) -> bool {
        any_step(
            plan,
            &mut self.crossing,
            |step| matches!(step, DslPlan::Join { options, .. } if options.args.how == JoinType::Cross),
        )
    }
}

/// Returns whether a step reads files of which some are in a folder for NULL.
fn has_null_folders(step: &DslPlan) -> bool {
    match step {
        DslPlan::Scan {
            sources: ScanSources::Paths(paths),
            ..
        } => paths.iter().any(|path| {
            let mut folders = path.as_str().split('/');
            folders.any(|folder| folder.ends_with("=__HIVE_DEFAULT_PARTITION__"))
        }),
        _ => false,
    }
}

/// Returns the columns that expressions name; `None` where they may mean others, or none.
fn columns<'a>(expressions: impl Iterator<Item = &'a Expr>) -> Option<Vec<Expr>> {
    let mut names = BTreeSet::new();
    for part in expressions.flat_map(IntoIterator::into_iter) {
        match part {
            Expr::Column(name) if !name.starts_with('^') => {
                names.insert(name.clone());
            }
            Expr::Column(_) | Expr::Selector(_) | Expr::Field(_) => return None,
            _ => {}
        }
    }
    (!names.is_empty()).then(|| names.into_iter().map(col).collect())
}

/// Returns whether something is so of a step of the plan; `known` has the steps that were asked before.
fn any_step(plan: &DslPlan, known: &mut HashMap<*const DslPlan, bool>, is_so: fn(&DslPlan) -> bool) -> bool {
    let address = std::ptr::from_ref(plan);
    if let Some(known) = known.get(&address) {
        return *known;
    }
    let found = is_so(plan)
        || inputs(plan)
            .into_iter()
            .any(|input| any_step(input, known, is_so));
    known.insert(address, found);
    found
}

/// Returns the expressions of a step.
fn expressions(plan: &mut DslPlan) -> Vec<&mut Expr> {
    match plan {
        DslPlan::Filter {
            predicate: expression,
            ..
        }
        | DslPlan::Pivot { agg: expression, .. } => vec![expression],
        DslPlan::Select {
            expr: expressions, ..
        }
        | DslPlan::HStack {
            exprs: expressions, ..
        }
        | DslPlan::Sort {
            by_column: expressions,
            ..
        } => expressions.iter_mut().collect(),
        DslPlan::GroupBy {
            keys,
            aggs,
            predicates,
            ..
        } => keys.iter_mut().chain(aggs).chain(predicates).collect(),
        DslPlan::Join {
            left_on,
            right_on,
            predicates,
            ..
        } => left_on.iter_mut().chain(right_on).chain(predicates).collect(),
        DslPlan::Scan { .. }
        | DslPlan::DataFrameScan { .. }
        | DslPlan::Cache { .. }
        | DslPlan::Gather { .. }
        | DslPlan::MatchToSchema { .. }
        | DslPlan::PipeWithSchema { .. }
        | DslPlan::Distinct { .. }
        | DslPlan::Slice { .. }
        | DslPlan::MapFunction { .. }
        | DslPlan::Union { .. }
        | DslPlan::HConcat { .. }
        | DslPlan::ExtContext { .. }
        | DslPlan::Sink { .. }
        | DslPlan::SinkMultiple { .. }
        | DslPlan::IR { .. } => Vec::new(),
    }
}

/// Returns the plans that a step takes its rows from.
pub(super) fn inputs(plan: &DslPlan) -> Vec<&DslPlan> {
    match plan {
        DslPlan::IR { dsl: input, .. }
        | DslPlan::Filter { input, .. }
        | DslPlan::Cache { input, .. }
        | DslPlan::GroupBy { input, .. }
        | DslPlan::Select { input, .. }
        | DslPlan::HStack { input, .. }
        | DslPlan::MatchToSchema { input, .. }
        | DslPlan::Pivot { input, .. }
        | DslPlan::Distinct { input, .. }
        | DslPlan::Sort { input, .. }
        | DslPlan::Slice { input, .. }
        | DslPlan::MapFunction { input, .. }
        | DslPlan::Sink { input, .. } => vec![input],
        DslPlan::Join {
            input_left,
            input_right,
            ..
        } => vec![input_left, input_right],
        DslPlan::Gather { input, idxs, .. } => vec![input, idxs],
        DslPlan::Union { inputs, .. }
        | DslPlan::HConcat { inputs, .. }
        | DslPlan::SinkMultiple { inputs } => inputs.iter().collect(),
        DslPlan::ExtContext { input, contexts } => {
            let mut inputs: Vec<&DslPlan> = contexts.iter().collect();
            inputs.push(input);
            inputs
        }
        DslPlan::PipeWithSchema { input, .. } => input.iter().collect(),
        DslPlan::Scan { .. } | DslPlan::DataFrameScan { .. } => Vec::new(),
    }
}

/// Puts a step that joins chunks on top of a plan.
fn joined(plan: &Arc<DslPlan>) -> Arc<DslPlan> {
    let mut step = JOINED.clone();
    match &mut step {
        DslPlan::MapFunction { input, .. } => {
            *input = plan.clone();
            Arc::new(step)
        }
        _ => plan.clone(),
    }
}

/// Returns the side whose row order a join keeps: that of the side that no row is lost from.
pub(super) fn join_order(how: &JoinType) -> MaintainOrderJoin {
    match how {
        JoinType::Right => MaintainOrderJoin::RightLeft,
        JoinType::Inner
        | JoinType::Left
        | JoinType::Full
        | JoinType::Semi
        | JoinType::Anti
        | JoinType::IEJoin
        | JoinType::Range
        | JoinType::Cross => MaintainOrderJoin::LeftRight,
    }
}

#[cfg(test)]
mod tests;
