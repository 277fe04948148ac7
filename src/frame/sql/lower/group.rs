//! Groups and their aggregates.

use polars::prelude::{DataType, LazyFrame, PlSmallStr, col, lit};

use super::{Lowering, PolarsExpr, column, polars_name};
use crate::frame::sql::expr::{Aggregate, Expr};
use crate::frame::sql::functions::{AggregateArguments, FunctionKind};
use crate::frame::sql::rel::Group;

/// What is computed before rows are grouped, each thing once.
#[derive(Default)]
struct Computed {
    columns: Vec<(Expr, PlSmallStr)>,
}

impl Computed {
    /// Returns the column that holds the values of an expression.
    fn column(&mut self, expr: &Expr) -> PolarsExpr {
        if let Some(id) = expr.as_column() {
            return column(id);
        }
        if let Some((_, name)) = self.columns.iter().find(|(known, _)| known == expr) {
            return col(name.clone());
        }
        let name = PlSmallStr::from(format!("#argument {}", self.columns.len()));
        self.columns.push((expr.clone(), name.clone()));
        col(name)
    }
}

impl Lowering<'_> {
    pub(super) fn group(&mut self, group: &Group) -> LazyFrame {
        let input = self.rel(&group.input);
        let mut computed = Computed::default();
        let aggregates: Vec<PolarsExpr> = group
            .aggregates
            .iter()
            .map(|(id, call)| {
                let dtype = self.columns.dtype(*id);
                aggregate(call, &mut computed, &dtype).alias(polars_name(*id))
            })
            .collect();
        let mut columns: Vec<PolarsExpr> = computed
            .columns
            .iter()
            .map(|(expr, name)| self.expr(expr).alias(name.clone()))
            .collect();
        let keys = group.keys.iter().filter(|(id, key)| key.as_column() != Some(*id));
        columns.extend(keys.map(|(id, key)| self.named(*id, key)));
        let input = if columns.is_empty() {
            input
        } else {
            input.with_columns(columns)
        };
        if group.keys.is_empty() {
            return input.select(aggregates);
        }
        let keys: Vec<PolarsExpr> = group.keys.iter().map(|(id, _)| column(*id)).collect();
        if aggregates.is_empty() {
            return input
                .select(keys)
                .unique_stable(None, polars::prelude::UniqueKeepStrategy::First);
        }
        input.group_by_stable(keys).agg(aggregates)
    }
}

fn aggregate(call: &Aggregate, computed: &mut Computed, gives: &DataType) -> PolarsExpr {
    let FunctionKind::Aggregate(lower) = call.function.kind else {
        return lit(0);
    };
    let filter = call.filter.as_ref().map(|filter| computed.column(filter));
    let mut exprs: Vec<PolarsExpr> = call.args.iter().map(|arg| computed.column(arg)).collect();
    if let Some(filter) = filter {
        if exprs.is_empty() {
            return filter.sum().cast(DataType::Int64);
        }
        exprs = exprs.into_iter().map(|arg| arg.filter(filter.clone())).collect();
    }
    if call.distinct {
        exprs = exprs
            .into_iter()
            .map(|arg| arg.drop_nulls().unique_stable())
            .collect();
    }
    lower(AggregateArguments {
        exprs,
        bound: &call.args,
        gives,
        ignore_nulls: call.ignore_nulls,
        descending: Vec::new(),
    })
}
