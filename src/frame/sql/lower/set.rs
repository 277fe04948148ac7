//! `UNION`, `INTERSECT`, `EXCEPT`.

use polars::prelude::LazyFrame;

use super::{Lowering, PolarsExpr, column, concat, polars_name};
use crate::frame::sql::expr::ColumnId;
use crate::frame::sql::rel::{Rel, SetOperation};

impl Lowering<'_> {
    pub(super) fn set(
        &mut self,
        _operation: SetOperation,
        _all: bool,
        left: &Rel,
        right: &Rel,
        columns: &[(ColumnId, ColumnId, ColumnId)],
    ) -> LazyFrame {
        let (left, right) = (self.rel(left), self.rel(right));
        let of = |side: fn(&(ColumnId, ColumnId, ColumnId)) -> ColumnId| {
            columns
                .iter()
                .map(|ids| column(side(ids)).alias(polars_name(ids.0)))
                .collect::<Vec<PolarsExpr>>()
        };
        concat(vec![left.select(of(|ids| ids.1)), right.select(of(|ids| ids.2))])
    }
}
