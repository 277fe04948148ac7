//! Makes a plan give the same rows in the same order, to the last bit, at any number of threads.
//!
//! Five things in polars depend on scheduling, and each is pinned here, in one place for verbs and SQL alike:
//!
//! * `GROUP BY`, `DISTINCT` and joins of SQL do not keep an order: they are made to. Sorts are made stable.
//! * A group-by whose keys are plain columns may be split over threads and its partial sums added in the order
//!   in which they arrive; whether it is split is even decided by a random sample. A key that passes
//!   through a function is never split: each group is then summed in row order.
//! * The sum of a whole column is split over as many threads as are free: it is taken by a function instead.
//! * A filter may leave as many chunks as there are threads, and a sum over a column adds chunk by chunk: before
//!   an aggregation over a whole column the chunks are joined.
//! * The streaming engine adds up morsels in the order in which they arrive: a scan that sums is not streamed
//!   ([`Pins::sums`] tells); everything else of a scan is.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, LazyLock};

use polars::error::abort::try_raise_polars_abort;
use polars::prelude::{
    AggExpr, Column, DataFrame, DataType, DslPlan, Engine, Expr, Field, IntoLazy, JoinType, LazyFrame,
    MaintainOrderJoin, OptFlags, PolarsError, PolarsResult, Schema, apply_multiple, col,
};

/// A key as it passes through a function that does nothing. One function for all keys, so that equal plans stay
/// equal and are run once.
static THROUGH: LazyLock<Expr> = LazyLock::new(|| col("key").map(Ok, |_, field| Ok(field.clone())));

/// The sum of a column, taken in one go. A query of many sums can be stopped between them.
static SUM: LazyLock<Expr> = LazyLock::new(|| {
    let sum = |columns: &mut [Column]| {
        try_raise_polars_abort();
        let column = columns.first().cloned().unwrap_or_default().rechunk();
        Ok(column.sum_reduce()?.into_column(column.name().clone()))
    };
    let output = |_: &Schema, fields: &[Field]| {
        let field = fields
            .first()
            .cloned()
            .unwrap_or_else(|| Field::new("sum".into(), DataType::Null));
        let none = Column::new_empty(field.name().clone(), field.dtype()).sum_reduce()?;
        Ok(Field::new(field.name().clone(), none.dtype().clone()))
    };
    apply_multiple(sum, [col("column")], output, true)
});

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

/// The pinned form of each part of some plans, so that shared parts stay shared.
#[derive(Default)]
pub(super) struct Pins {
    /// A streamed plan gets no steps that need a whole table.
    streaming: bool,
    // Plans outlive the pins, so an address names one part.
    done: HashMap<*const DslPlan, Arc<DslPlan>>,
    summing: HashMap<*const DslPlan, bool>,
    crossing: HashMap<*const DslPlan, bool>,
    /// Why a part that was to be run beforehand could not be.
    failed: Option<PolarsError>,
}

impl Pins {
    /// Pins for the streaming engine, which joins no chunks: what it streams adds nothing up.
    pub(super) fn streaming() -> Self {
        Self {
            streaming: true,
            ..Self::default()
        }
    }

    fn shared(&mut self, plan: &Arc<DslPlan>) -> Arc<DslPlan> {
        if let Some(done) = self.done.get(&Arc::as_ptr(plan)) {
            return done.clone();
        }
        let pinned = Arc::new(self.pin(plan));
        self.done.insert(Arc::as_ptr(plan), pinned.clone());
        pinned
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
        let pinned = Self::streaming().pin(&rows.logical_plan);
        let streamed = LazyFrame::from_logical_plan(pinned, flags).collect_with_engine(Engine::Streaming);
        match streamed {
            Ok(result) => Arc::new(result.unwrap_single().lazy().logical_plan),
            Err(error) => {
                self.failed = Some(error);
                self.shared(input)
            }
        }
    }

    /// Returns the plan with every step pinned, to be run.
    pub(super) fn pinned(&mut self, plan: &DslPlan) -> PolarsResult<DslPlan> {
        let pinned = self.pin(plan);
        match self.failed.take() {
            Some(error) => Err(error),
            None => Ok(pinned),
        }
    }

    /// Returns the plan with every step pinned.
    fn pin(&mut self, plan: &DslPlan) -> DslPlan {
        let mut pinned = plan.clone();
        match &mut pinned {
            DslPlan::IR { dsl, .. } => return self.pin(dsl),
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
                *input = self.shared(input);
                if !self.streaming && predicate.into_iter().any(|part| matches!(part, Expr::Agg(_))) {
                    *input = joined(input);
                    *predicate = in_one_go(predicate);
                }
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
            _ => {}
        }
        pinned
    }

    fn all(&mut self, plans: &mut [DslPlan]) {
        for plan in plans {
            *plan = self.pin(plan);
        }
    }

    /// Returns whether a step of the plan adds up values, so that it may not be streamed.
    pub(super) fn sums(&mut self, plan: &DslPlan) -> bool {
        any_step(plan, &mut self.summing, |step| match step {
            DslPlan::GroupBy { .. } | DslPlan::Pivot { .. } => true,
            DslPlan::Select { expr, .. } => expr.iter().any(adds),
            DslPlan::HStack { exprs, .. } => exprs.iter().any(adds),
            DslPlan::Filter { predicate, .. } => adds(predicate),
            _ => false,
        })
    }

    /// Returns whether a step puts each row beside each of another table: more rows may come of that than memory holds,
    /// and only what is streamed can be stopped on the way.
    pub(super) fn crosses(&mut self, plan: &DslPlan) -> bool {
        any_step(plan, &mut self.crossing, |step| match step {
            DslPlan::Join { options, .. } => options.args.how == JoinType::Cross,
            _ => false,
        })
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
        _ => Vec::new(),
    }
}

/// Lets a key pass through a function, unless it already is more than a column.
fn through(key: &Expr) -> Expr {
    let plain = match key {
        Expr::Column(_) => true,
        Expr::Alias(inner, _) => matches!(**inner, Expr::Column(_)),
        _ => false,
    };
    let mut passed = THROUGH.clone();
    match &mut passed {
        Expr::AnonymousFunction { input, .. } if plain => {
            *input = vec![key.clone()];
            passed
        }
        _ => key.clone(),
    }
}

/// Takes the sums of whole columns in one go; those within windows are of groups, which are summed in row order.
fn in_one_go(expression: &Expr) -> Expr {
    let inner = |part: &Arc<Expr>| Arc::new(in_one_go(part));
    match expression {
        Expr::Agg(AggExpr::Sum(summed)) => {
            let mut sum = SUM.clone();
            match &mut sum {
                Expr::AnonymousFunction { input, .. } => {
                    *input = vec![in_one_go(summed)];
                    sum
                }
                _ => expression.clone(),
            }
        }
        Expr::Alias(part, name) => Expr::Alias(inner(part), name.clone()),
        Expr::KeepName(part) => Expr::KeepName(inner(part)),
        Expr::BinaryExpr { left, op, right } => Expr::BinaryExpr {
            left: inner(left),
            op: *op,
            right: inner(right),
        },
        Expr::Cast { expr, dtype, options } => Expr::Cast {
            expr: inner(expr),
            dtype: dtype.clone(),
            options: *options,
        },
        Expr::Ternary {
            predicate,
            truthy,
            falsy,
        } => Expr::Ternary {
            predicate: inner(predicate),
            truthy: inner(truthy),
            falsy: inner(falsy),
        },
        Expr::Function { input, function } => Expr::Function {
            input: input.iter().map(in_one_go).collect(),
            function: function.clone(),
        },
        other => other.clone(),
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

/// Returns whether an expression folds a whole column, or may.
fn aggregates(expression: &Expr) -> bool {
    expression.into_iter().any(|part| {
        matches!(
            part,
            Expr::Agg(_) | Expr::Function { .. } | Expr::AnonymousFunction { .. } | Expr::Over { .. }
        )
    })
}

/// Returns whether an expression adds up values: counts, minima and maxima do not depend on an order.
fn adds(expression: &Expr) -> bool {
    expression.into_iter().any(|part| match part {
        Expr::Agg(fold) => !matches!(
            fold,
            AggExpr::Min { .. } | AggExpr::Max { .. } | AggExpr::Count { .. } | AggExpr::NUnique(_)
        ),
        Expr::Over { .. } => true,
        _ => false,
    })
}

/// The side whose row order a join keeps: that of the side that no row is lost from.
pub(super) fn join_order(how: &JoinType) -> MaintainOrderJoin {
    match how {
        JoinType::Right => MaintainOrderJoin::RightLeft,
        _ => MaintainOrderJoin::LeftRight,
    }
}

#[cfg(test)]
mod tests;
