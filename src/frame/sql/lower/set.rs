//! `UNION`, `INTERSECT`, `EXCEPT`: rows in the order of the left, then of the right; NULLs are equal.

use polars::prelude::{
    DataType, JoinBuilder, JoinType, LazyFrame, MaintainOrderJoin, PlSmallStr, UniqueKeepStrategy, col,
    int_range, len, lit,
};

use super::{Lowering, PolarsExpr, column, concat, polars_name};
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
        let names: Vec<PlSmallStr> = columns.iter().map(|ids| polars_name(ids.0)).collect();
        let how = match operation {
            SetOperation::Union if all => return concat(vec![left, right]),
            SetOperation::Union => {
                return concat(vec![left, right]).unique_stable(None, UniqueKeepStrategy::First);
            }
            SetOperation::Intersect => JoinType::Semi,
            SetOperation::Except => JoinType::Anti,
        };
        if !all {
            return matched(
                left.unique_stable(None, UniqueKeepStrategy::First),
                right,
                &names,
                how,
            );
        }
        // Each row meets one equal to it: the first the first, the second the second.
        let number = self.temporary();
        let mut keys = names.clone();
        keys.push(number.clone());
        let (left, right) = (numbered(left, &names, &number), numbered(right, &names, &number));
        matched(left, right, &keys, how).select(exprs(&names))
    }
}

/// Keeps the rows that the right has, or those that it has not.
fn matched(left: LazyFrame, right: LazyFrame, keys: &[PlSmallStr], how: JoinType) -> LazyFrame {
    JoinBuilder::new(left)
        .with(right)
        .on(exprs(keys))
        .how(how)
        .join_nulls(true)
        .maintain_order(MaintainOrderJoin::LeftRight)
        .finish()
}

/// Numbers equal rows.
fn numbered(rows: LazyFrame, names: &[PlSmallStr], number: &PlSmallStr) -> LazyFrame {
    let count = int_range(lit(0), len(), 1, DataType::Int64);
    // Fails only without columns to divide by.
    let count = count.clone().over(exprs(names)).unwrap_or(count);
    rows.with_columns([count.alias(number.clone())])
}

fn exprs(names: &[PlSmallStr]) -> Vec<PolarsExpr> {
    names.iter().cloned().map(col).collect()
}
