//! Groups and their aggregates.

use polars::prelude::{DataType, LazyFrame, NULL, lit, when};

use self::computed::Computed;
use self::lists::ListCalls;
use super::{Lowering, PolarsExpr, column, lowered, named, polars_name};
use crate::frame::sql::aggregation::Direct;
use crate::frame::sql::expr::Aggregate;
use crate::frame::sql::functions::{AggregateArguments, FunctionKind};
use crate::frame::sql::rel::Group;

mod by_rows;
mod computed;
mod lists;

impl Lowering<'_> {
    pub(super) fn group(&mut self, group: &Group) -> LazyFrame {
        // polars cannot hash a single column of decimals.
        if matches!(group.keys.as_slice(), [(_, key)] if key.dtype.is_decimal()) {
            return self.group_by_rows(group);
        }
        // Groups of several columns are many, and polars writes the columns of each row as bytes first.
        let is_direct = |call: &Aggregate| Direct::of(call).is_some() || !is_native(call);
        if group.keys.len() > 1
            && group.aggregates.iter().all(|(_, call)| is_direct(call))
            && !group.aggregates.is_empty()
        {
            return self.group_by_rows(group);
        }
        let is_done_here = |call: &Aggregate| is_native(call) || lists::is_listed(call);
        if group.sets.is_some() || !group.aggregates.iter().all(|(_, call)| is_done_here(call)) {
            return self.group_by_rows(group);
        }
        let input = self.rel(&group.input);
        let mut computed = Computed::default();
        let mut aggregates: Vec<PolarsExpr> = Vec::new();
        let mut listed = ListCalls::default();
        for (id, call) in &group.aggregates {
            if is_native(call) {
                let dtype = self.columns.dtype(*id);
                aggregates.push(aggregate(call, &mut computed, &dtype).alias(polars_name(*id)));
            } else {
                listed.add(self, *id, call, &mut computed);
            }
        }
        aggregates.extend(listed.lists());
        let listed = listed.computed();
        let results = group.keys.iter().map(|(id, _)| id);
        let results = results.chain(group.aggregates.iter().map(|(id, _)| id));
        let results: Vec<PolarsExpr> = results.map(|id| column(*id)).collect();
        let with_listed = |groups: LazyFrame| {
            if listed.is_empty() {
                return groups;
            }
            groups.with_columns(listed).select(results)
        };
        let mut columns: Vec<PolarsExpr> = computed
            .columns
            .iter()
            .map(|(expr, name)| lowered(expr).alias(name.clone()))
            .collect();
        let keys = group.keys.iter().filter(|(id, key)| key.as_column() != Some(*id));
        columns.extend(keys.map(|(id, key)| named(*id, key)));
        let input = if columns.is_empty() {
            input
        } else {
            input.with_columns(columns)
        };
        if group.keys.is_empty() {
            // Where no aggregate is read, polars may drop them all, and the one row with them: nothing goes through this.
            let all = polars::prelude::AllowedOptimizations::empty();
            return with_listed(input.select(aggregates)).map(Ok, all, None, Some("ONE ROW"));
        }
        let keys: Vec<PolarsExpr> = group.keys.iter().map(|(id, _)| column(*id)).collect();
        if aggregates.is_empty() {
            return input
                .select(keys)
                .unique_stable(None, polars::prelude::UniqueKeepStrategy::First);
        }
        with_listed(input.group_by_stable(keys).agg(aggregates))
    }
}

/// Returns whether polars' own kernel is right for a call.
fn is_native(call: &Aggregate) -> bool {
    let name = call.function.name;
    let dtype = |index: usize| call.args.get(index).map(|arg| &arg.dtype);
    let is_right = match (name, dtype(0)) {
        // Ten digits more are room for as many rows as there can be.
        ("sum", Some(DataType::Decimal(precision, _))) => *precision <= 28,
        ("sum" | "avg", Some(DataType::Duration(_))) => false,
        ("avg", Some(dtype)) => !dtype.is_decimal(),
        // polars has none of arrays and structs.
        ("min" | "max", Some(dtype)) => !dtype.is_nested(),
        ("median", dtype) => dtype == Some(&DataType::Float64),
        _ => true,
    };
    let counts = name == "count" && call.args.len() == 1;
    matches!(call.function.kind, FunctionKind::Aggregate(Some(_)))
        && is_right
        && call.order.is_empty()
        && (call.filter.is_none() || skips_nulls(call.function.name))
        && (!call.distinct || counts)
}

/// Returns whether rows in which the first argument is NULL do not count: then FILTER makes it NULL.
fn skips_nulls(name: &str) -> bool {
    !matches!(
        name,
        "first" | "first_value" | "any_value" | "last" | "last_value" | "min_by" | "max_by"
    )
}

fn aggregate(call: &Aggregate, computed: &mut Computed, gives: &DataType) -> PolarsExpr {
    let FunctionKind::Aggregate(Some(lower)) = call.function.kind else {
        return lit(0);
    };
    let mut exprs: Vec<PolarsExpr> = call.args.iter().map(|arg| computed.column(arg)).collect();
    if let Some(filter) = &call.filter {
        let is_in = computed.column(filter);
        // Of `count(*)` the condition is what is counted.
        let first = exprs.first().cloned().unwrap_or_else(|| lit(true));
        let first = when(is_in).then(first).otherwise(lit(NULL));
        exprs.splice(..1.min(exprs.len()), [first]);
    }
    if call.distinct
        && let [counted] = exprs.as_slice()
    {
        return counted.clone().drop_nulls().n_unique().cast(DataType::Int64);
    }
    lower(AggregateArguments {
        exprs,
        bound: &call.args,
        gives,
        ignore_nulls: call.ignore_nulls,
    })
}
