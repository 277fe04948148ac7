//! Groups and their aggregates.

use polars::prelude::{LazyFrame, col};

use super::{Lowering, PolarsExpr, column, polars_name};
use crate::frame::sql::expr::Aggregate;
use crate::frame::sql::functions::{AggregateArguments, FunctionKind};
use crate::frame::sql::rel::Group;

impl Lowering<'_> {
    pub(super) fn group(&mut self, group: &Group) -> LazyFrame {
        let input = self.rel(&group.input);
        let keys: Vec<PolarsExpr> = group.keys.iter().map(|(id, key)| self.named(*id, key)).collect();
        let aggregates: Vec<PolarsExpr> = group
            .aggregates
            .iter()
            .map(|(id, call)| self.aggregate(call).alias(polars_name(*id)))
            .collect();
        let names: Vec<PolarsExpr> = group.keys.iter().map(|(id, _)| column(*id)).collect();
        if keys.is_empty() {
            return input.select(aggregates);
        }
        let _ = (names, col("x"));
        input.group_by_stable(keys).agg(aggregates)
    }

    fn aggregate(&mut self, call: &Aggregate) -> PolarsExpr {
        let FunctionKind::Aggregate(lower) = call.function.kind else {
            return polars::prelude::lit(0);
        };
        let exprs = call.args.iter().map(|arg| self.expr(arg)).collect();
        let dtype = polars::prelude::DataType::Int64;
        lower(AggregateArguments {
            exprs,
            bound: &call.args,
            gives: &dtype,
            ignore_nulls: call.ignore_nulls,
            descending: Vec::new(),
        })
    }
}
