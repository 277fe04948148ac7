//! Bodies of lambdas.

use std::collections::BTreeSet;

use polars::prelude::*;

use super::lists::converted;
use crate::frame::sql::expr::{ColumnId, Kind};
use crate::frame::sql::functions::Arguments;
use crate::frame::sql::functions::rows::Rows;
use crate::frame::sql::lower::{column, polars_name};

/// The body of a lambda, to be computed over rows of its parameters.
pub(super) struct Body {
    parameters: Vec<PlSmallStr>,
    /// The columns of the query that it reads.
    outer: Vec<PlSmallStr>,
    expr: Expr,
    pub(super) dtype: DataType,
}

impl Body {
    /// Takes the lambda that is an argument, and makes arguments of the columns that it reads, behind those that there are.
    pub(super) fn take(args: &mut Arguments<'_>, index: usize) -> Option<(Self, Vec<Expr>)> {
        let bound = args.bound.get(index)?;
        let Kind::Lambda { parameters, body } = &bound.kind else {
            return None;
        };
        let own: Vec<ColumnId> = parameters.iter().map(|(id, _)| *id).collect();
        let values: Vec<Expr> = own.iter().map(|id| column(*id)).collect();
        let expr = (args.lambda)(bound, &values);
        let mut read = BTreeSet::new();
        bound.columns(&mut read);
        let outer: Vec<ColumnId> = read.into_iter().filter(|id| !own.contains(id)).collect();
        let body = Self {
            parameters: own.into_iter().map(polars_name).collect(),
            outer: outer.iter().map(|id| polars_name(*id)).collect(),
            expr,
            dtype: body.dtype.clone(),
        };
        Some((body, outer.into_iter().map(column).collect()))
    }

    /// Computes it for each row of the parameters; `rows_of` says of which row each is.
    pub(super) fn compute(
        &self,
        parameters: Vec<Series>,
        outer: &[Series],
        rows_of: &[IdxSize],
    ) -> PolarsResult<Series> {
        let mut columns: Vec<Column> = Vec::new();
        for (name, values) in self.parameters.iter().zip(parameters) {
            columns.push(values.with_name(name.clone()).into_column());
        }
        for (name, values) in self.outer.iter().zip(outer) {
            columns.push(values.take_slice(rows_of)?.with_name(name.clone()).into_column());
        }
        let frame = DataFrame::new(rows_of.len(), columns)?;
        let result = PlSmallStr::from_static("#result");
        let computed = frame
            .lazy()
            .with_columns([self.expr.clone().alias(result.clone())])
            .select([col(result.clone())])
            .collect()?;
        let computed = computed.column(&result)?.as_materialized_series().clone();
        converted(&computed, &self.dtype)
    }
}

/// Returns the columns that lambdas read, behind the other arguments.
pub(super) fn outer_columns(rows: &Rows, from: usize) -> PolarsResult<Vec<Series>> {
    (from..rows.width()).map(|index| rows.spread(index)).collect()
}
