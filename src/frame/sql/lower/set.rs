//! `UNION`, `INTERSECT`, `EXCEPT`: rows in the order of the left, then of the right; NULLs are equal.

use polars::prelude::{
    DataType, JoinBuilder, JoinType, LazyFrame, MaintainOrderJoin, PlSmallStr, col, int_range, len, lit,
};

use super::{Lowering, PolarsExpr, column, concat, equal, polars_name};
use crate::frame::sql::expr::ColumnId;
use crate::frame::sql::rel::{Rel, SetOperation};

impl Lowering<'_> {
    pub(super) fn set(
        &mut self,
        operation: SetOperation,
        all: bool,
        left: &Rel,
        right: &Rel,
        columns: &[(ColumnId, ColumnId, ColumnId)],
    ) -> LazyFrame {
        let (left, right) = (self.rel(left), self.rel(right));
        let of = |side: fn(&(ColumnId, ColumnId, ColumnId)) -> ColumnId| {
            let named = columns
                .iter()
                .map(|ids| column(side(ids)).alias(polars_name(ids.0)));
            named.collect::<Vec<PolarsExpr>>()
        };
        let (left, right) = (left.select(of(|ids| ids.1)), right.select(of(|ids| ids.2)));
        let typed = columns
            .iter()
            .map(|ids| (polars_name(ids.0), self.columns.dtype(ids.0)));
        let typed: Vec<(PlSmallStr, DataType)> = typed.collect();
        let how = match operation {
            SetOperation::Union if all => return concat(vec![left, right]),
            SetOperation::Union => return equal::unique(concat(vec![left, right]), &typed, true),
            SetOperation::Intersect => JoinType::Semi,
            SetOperation::Except => JoinType::Anti,
        };
        if !all {
            return matched(equal::unique(left, &typed, true), right, &keys(&typed), how);
        }
        // Each row meets one equal to it: the first the first, the second the second.
        let number = self.temporary();
        let keys = keys(&typed);
        let (left, right) = (numbered(left, &keys, &number), numbered(right, &keys, &number));
        let names = typed.into_iter().map(|(name, _)| col(name));
        matched(left, right, &[keys, vec![col(number)]].concat(), how).select(names.collect::<Vec<_>>())
    }
}

/// Keeps the rows that the right has, or those that it has not.
fn matched(left: LazyFrame, right: LazyFrame, keys: &[PolarsExpr], how: JoinType) -> LazyFrame {
    JoinBuilder::new(left)
        .with(right)
        .on(keys)
        .how(how)
        .join_nulls(true)
        .maintain_order(MaintainOrderJoin::LeftRight)
        .finish()
}

/// Numbers equal rows.
fn numbered(rows: LazyFrame, keys: &[PolarsExpr], number: &PlSmallStr) -> LazyFrame {
    let count = int_range(lit(0), len(), 1, DataType::Int64);
    // Fails only without columns to divide by.
    let count = count.clone().over(keys).unwrap_or(count);
    rows.with_columns([count.alias(number.clone())])
}

/// Returns what rows are compared by.
fn keys(columns: &[(PlSmallStr, DataType)]) -> Vec<PolarsExpr> {
    let keys = columns
        .iter()
        .map(|(name, dtype)| equal::key(col(name.clone()), dtype));
    keys.collect()
}
