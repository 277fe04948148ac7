//! `WITH RECURSIVE`: the step is run on the rows of the round before, until there are none.

use std::sync::Arc;

use polars::prelude::{
    AllowedOptimizations, DataFrame, DataType, IntoLazy, JoinBuilder, JoinType, LazyFrame, MaintainOrderJoin,
    PlSmallStr, PolarsResult, col,
};

use super::{Lowering, PolarsExpr, column, equal, polars_name, stored_name};
use crate::frame::sql::expr::ColumnId;
use crate::frame::sql::functions::kernels::failed;
use crate::frame::sql::rel::Recursive;

/// How often the step may be run, and how many rows there may be, as in Spark.
const LEVELS: usize = 100;
const ROWS: usize = 1_000_000;

impl Lowering<'_> {
    pub(super) fn recursive(&mut self, recursive: &Recursive) -> LazyFrame {
        let enough = self
            .enough
            .take()
            .map(|rows| usize::try_from(rows).unwrap_or(usize::MAX));
        let named = |of: fn(&(ColumnId, ColumnId, ColumnId)) -> ColumnId| {
            let columns = recursive.columns.iter();
            columns
                .map(|ids| column(of(ids)).alias(stored_name(ids.0)))
                .collect::<Vec<PolarsExpr>>()
        };
        let base = self.rel(&recursive.base).select(named(|ids| ids.1));
        let step_columns = named(|ids| ids.2);
        let columns = Arc::new(self.columns.clone());
        let (id, step, distinct) = (recursive.id, recursive.step.clone(), recursive.distinct);
        let around = self.working.clone();
        let run = move |base: DataFrame| {
            let round = |rows: DataFrame| {
                let mut lowering = Lowering::new(&columns);
                lowering.working.clone_from(&around);
                lowering.working.insert(id, rows);
                lowering.query(&step).select(step_columns.clone()).collect()
            };
            rounds(base, distinct, enough, round)
        };
        let name = Some("WITH RECURSIVE");
        let all = base.map(run, AllowedOptimizations::empty(), None, name);
        let outputs = recursive
            .columns
            .iter()
            .map(|ids| col(stored_name(ids.0)).alias(polars_name(ids.0)));
        all.select(outputs.collect::<Vec<_>>())
    }
}

/// Runs a step on the rows of the round before until it gives none, or there are enough.
fn rounds(
    base: DataFrame,
    distinct: bool,
    enough: Option<usize>,
    round: impl Fn(DataFrame) -> PolarsResult<DataFrame>,
) -> PolarsResult<DataFrame> {
    let unique = |rows: DataFrame| {
        if distinct {
            let columns = columns(&rows);
            equal::unique(rows.lazy(), &columns, true).collect()
        } else {
            Ok(rows)
        }
    };
    let mut all = unique(base)?;
    let mut rows = all.clone();
    let mut levels = 0;
    while rows.height() > 0 && enough.is_none_or(|enough| all.height() < enough) {
        if levels == LEVELS {
            return Err(failed(
                &format!("WITH RECURSIVE has not ended after {LEVELS} rounds"),
                "add a condition that ends it, or write range(n) for a series of numbers",
            ));
        }
        levels += 1;
        rows = unique(round(rows)?)?;
        if distinct {
            rows = unseen(rows, &all)?;
        }
        if all.height() + rows.height() > ROWS {
            return Err(failed(
                &format!("WITH RECURSIVE has more than {ROWS} rows"),
                "add a condition that ends it earlier",
            ));
        }
        all.vstack_mut(&rows)?;
    }
    all.rechunk_mut();
    Ok(all)
}

/// Returns the names and types of columns.
fn columns(rows: &DataFrame) -> Vec<(PlSmallStr, DataType)> {
    let columns = rows.columns().iter();
    columns
        .map(|column| (column.name().clone(), column.dtype().clone()))
        .collect()
}

/// Keeps the rows that are not among others; NULLs are equal.
fn unseen(rows: DataFrame, known: &DataFrame) -> PolarsResult<DataFrame> {
    let on = columns(&rows)
        .into_iter()
        .map(|(name, dtype)| equal::key(col(name), &dtype));
    let on: Vec<PolarsExpr> = on.collect();
    JoinBuilder::new(rows.lazy())
        .with(known.clone().lazy())
        .on(on)
        .how(JoinType::Anti)
        .join_nulls(true)
        .maintain_order(MaintainOrderJoin::LeftRight)
        .finish()
        .collect()
}
