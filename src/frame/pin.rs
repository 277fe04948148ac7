//! Makes a plan give the same rows in the same order, to the last bit, at any number of threads.
//!
//! Four things in polars depend on scheduling, and each is pinned here, in one place for verbs and SQL alike:
//!
//! * `GROUP BY`, `DISTINCT` and joins of SQL do not keep an order: they are told to. Sorts are made stable.
//! * A group-by whose keys are plain columns may be split over threads and its partial sums added in the order
//!   in which they arrive; whether it is split is even decided by a random sample. A key that passes
//!   through a function is never split: each group is then summed in row order.
//! * A filter may leave as many chunks as there are threads, and a sum over a column adds chunk by chunk: before
//!   an aggregation over a whole column the chunks are joined.
//! * The streaming engine adds up morsels in the order in which they arrive: a scan that sums is not streamed
//!   ([`Pins::sums`] tells); everything else of a scan is.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use polars::prelude::{DataFrame, DslPlan, Expr, IntoLazy, JoinType, MaintainOrderJoin, OptFlags, col};

/// A key as it passes through a function that does nothing. One function for all keys, so that equal plans stay
/// equal and are run once.
static THROUGH: LazyLock<Expr> = LazyLock::new(|| col("key").map(Ok, |_, field| Ok(field.clone())));

/// A step that joins chunks and lets optimisations pass.
static JOINED: LazyLock<DslPlan> = LazyLock::new(|| {
    let pass = OptFlags::PROJECTION_PUSHDOWN | OptFlags::PREDICATE_PUSHDOWN;
    let join = |mut table: DataFrame| {
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

    /// Returns the plan with every step pinned.
    pub(super) fn pin(&mut self, plan: &DslPlan) -> DslPlan {
        let mut pinned = plan.clone();
        match &mut pinned {
            DslPlan::IR { dsl, .. } => return self.pin(dsl),
            DslPlan::GroupBy {
                input,
                keys,
                maintain_order,
                ..
            } => {
                *input = self.shared(input);
                *maintain_order = true;
                for key in keys {
                    *key = through(key);
                }
            }
            DslPlan::Select { input, expr, .. } => {
                *input = self.shared(input);
                if !self.streaming && expr.iter().any(aggregates) {
                    *input = joined(input);
                }
            }
            DslPlan::HStack { input, exprs, .. } => {
                *input = self.shared(input);
                if !self.streaming && exprs.iter().any(aggregates) {
                    *input = joined(input);
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
            DslPlan::Filter { input, .. }
            | DslPlan::Cache { input, .. }
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

    /// Tells whether a step of the plan adds up values, so that it may not be streamed.
    pub(super) fn sums(&mut self, plan: &DslPlan) -> bool {
        match plan {
            DslPlan::IR { dsl, .. } => self.sums(dsl),
            DslPlan::GroupBy { .. } | DslPlan::Pivot { .. } => true,
            DslPlan::Select { input, expr, .. } => expr.iter().any(adds) || self.input_sums(input),
            DslPlan::HStack { input, exprs, .. } => exprs.iter().any(adds) || self.input_sums(input),
            DslPlan::Filter { input, predicate } => adds(predicate) || self.input_sums(input),
            DslPlan::Distinct { input, .. }
            | DslPlan::Sort { input, .. }
            | DslPlan::Cache { input, .. }
            | DslPlan::MatchToSchema { input, .. }
            | DslPlan::Slice { input, .. }
            | DslPlan::MapFunction { input, .. }
            | DslPlan::Sink { input, .. } => self.input_sums(input),
            DslPlan::Join {
                input_left,
                input_right,
                ..
            } => self.input_sums(input_left) || self.input_sums(input_right),
            DslPlan::Gather { input, idxs, .. } => self.input_sums(input) || self.input_sums(idxs),
            DslPlan::Union { inputs, .. }
            | DslPlan::HConcat { inputs, .. }
            | DslPlan::SinkMultiple { inputs } => inputs.iter().any(|input| self.sums(input)),
            DslPlan::ExtContext { input, contexts } => {
                self.input_sums(input) || contexts.iter().any(|context| self.sums(context))
            }
            _ => false,
        }
    }

    fn input_sums(&mut self, plan: &Arc<DslPlan>) -> bool {
        if let Some(known) = self.summing.get(&Arc::as_ptr(plan)) {
            return *known;
        }
        let sums = self.sums(plan);
        self.summing.insert(Arc::as_ptr(plan), sums);
        sums
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

/// Tells whether an expression folds a whole column, or may.
fn aggregates(expression: &Expr) -> bool {
    expression.into_iter().any(|part| {
        matches!(
            part,
            Expr::Agg(_) | Expr::Function { .. } | Expr::AnonymousFunction { .. } | Expr::Over { .. }
        )
    })
}

/// Tells whether an expression adds up values: counts, minima and maxima do not depend on an order.
fn adds(expression: &Expr) -> bool {
    use polars::prelude::AggExpr;
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
mod tests {
    use polars::prelude::{DataFrame, NamedFrom, Series};

    use crate::frame::{Expression, Frame, Interrupt, query};

    /// 60,000 rows whose sums depend on the order in which they are added.
    fn uneven() -> Frame {
        let rows = 60_000_i64;
        let value = |row: i64| ((row * 7_919 % 10_007) as f64).exp2().recip() * 1e3 + (row % 13) as f64 / 7.0;
        let columns = vec![
            Series::new(
                "key".into(),
                (0..rows)
                    .map(|row| format!("k{}", row * 31 % 11))
                    .collect::<Vec<_>>(),
            )
            .into(),
            Series::new("other".into(), (0..rows).map(|row| row % 3).collect::<Vec<_>>()).into(),
            Series::new("value".into(), (0..rows).map(value).collect::<Vec<_>>()).into(),
        ];
        Frame::from_dataframe(DataFrame::new(rows as usize, columns).unwrap())
    }

    fn parse(texts: &[&str]) -> Vec<Expression> {
        texts
            .iter()
            .map(|text| Expression::parse(text).unwrap())
            .collect()
    }

    #[test]
    fn groups_come_in_order_of_appearance_and_sum_to_the_last_bit() {
        let interrupt = Interrupt::default();
        let mut expected = Vec::new();
        for run in 0..20 {
            let frame = uneven();
            let filtered = frame.filter(&parse(&["value > 0.1"])).unwrap();
            let verbs = filtered
                .group_by(&parse(&["key"]))
                .unwrap()
                .agg(&parse(&["sum(value) AS total", "avg(value) AS mean"]));
            let text =
                "SELECT key, sum(value) AS total, avg(value) AS mean FROM t WHERE value > 0.1 GROUP BY key";
            let sql = query(text, &[("t".to_owned(), frame.clone())]).unwrap();
            let total = filtered.select(&parse(&["sum(value)"])).unwrap();
            let found = [verbs.unwrap(), sql, total].map(|frame| frame.rows(&interrupt).unwrap());
            assert_eq!(found[0], found[1]);
            assert_eq!(found[0][0][0].to_string(), "k0");
            if run == 0 {
                expected = found.to_vec();
            }
            assert_eq!(expected, found);
        }
    }

    #[test]
    fn sql_rows_have_one_order_in_joins_and_distinct() {
        let interrupt = Interrupt::default();
        let tables = [("t".to_owned(), uneven())];
        for sql in [
            "SELECT DISTINCT key, other FROM t",
            "SELECT a.key, b.other FROM (SELECT DISTINCT key FROM t) a JOIN t b ON a.key = b.key WHERE b.value > 1000",
            "SELECT key, other, count(*) AS n FROM t GROUP BY key, other ORDER BY other",
        ] {
            let runs: Vec<_> = (0..5)
                .map(|_| query(sql, &tables).unwrap().rows(&interrupt).unwrap())
                .collect();
            assert!(!runs[0].is_empty());
            assert!(runs.windows(2).all(|pair| pair[0] == pair[1]), "{sql}");
        }
    }
}
