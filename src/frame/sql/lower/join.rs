//! Joins under any condition.
//!
//! Equalities become keys of a hash join. Where an outer, semi or anti join has a condition that is none, the pairs that
//! fulfil it are found first, and the rows that have to stay are joined to their pairs by their numbers.

use polars::prelude::{
    JoinBuilder, JoinCoalesce, JoinType, LazyFrame, MaintainOrderJoin, PlSmallStr, col, lit, when,
};

use super::equal::key as equal_key;
use super::{Lowering, PolarsExpr, column, concat, lowered, null, polars_name};
use crate::frame::sql::conditions::{JoinCondition, Key, given};
use crate::frame::sql::expr::{ColumnId, Expr};
use crate::frame::sql::rel::{JoinKind, Rel};

/// One side of a join: its rows and, by name, the columns that have to equal those of the other side.
struct Side {
    rows: LazyFrame,
    columns: Vec<ColumnId>,
    computed: Vec<PolarsExpr>,
    keys: Vec<PlSmallStr>,
}

impl Side {
    /// Leaves out rows for which a condition is not true.
    fn keep(&mut self, condition: PolarsExpr) {
        let rows = std::mem::take(&mut self.rows);
        self.rows = rows.filter(condition);
    }

    /// Adds the columns that are computed.
    fn finish(&mut self) {
        if !self.computed.is_empty() {
            let rows = std::mem::take(&mut self.rows);
            self.rows = rows.with_columns(std::mem::take(&mut self.computed));
        }
    }

    /// Gives each row a number.
    fn number(&mut self, name: PlSmallStr) {
        let rows = std::mem::take(&mut self.rows);
        self.rows = rows.with_row_index(name, None).cache();
    }

    fn keys(&self) -> Vec<PolarsExpr> {
        self.keys.iter().cloned().map(col).collect()
    }
}

impl Lowering<'_> {
    pub(super) fn join(&mut self, left: &Rel, right: &Rel, kind: JoinKind, on: &Expr) -> LazyFrame {
        let condition = JoinCondition::of(on, &given(left), &given(right));
        let (mut left, mut right) = (self.side(left), self.side(right));
        let mut keys = condition.keys;
        let mut rest = condition.rest.clone();
        let mixed = keys.iter().any(|key| key.nulls_equal) && !keys.iter().all(|key| key.nulls_equal);
        let mut missing: Vec<PolarsExpr> = Vec::new();
        if mixed && kind == JoinKind::Full {
            let (equal, as_rest): (Vec<Key>, Vec<Key>) = keys.into_iter().partition(|key| !key.nulls_equal);
            keys = equal;
            let as_rest = as_rest.iter();
            missing = as_rest
                .map(|key| lowered(&key.left).eq_missing(lowered(&key.right)))
                .collect();
        }
        let nulls_equal = keys.iter().any(|key| key.nulls_equal);
        // Rows of a side that no row is kept of without a partner can go before.
        let (left_goes, right_goes) = goes(kind);
        let mut left_holds = (!condition.left.is_empty()).then(|| lowered(&Expr::all(condition.left)));
        let mut right_holds = (!condition.right.is_empty()).then(|| lowered(&Expr::all(condition.right)));
        if left_goes && let Some(holds) = left_holds.take() {
            left.keep(holds);
        }
        if right_goes && let Some(holds) = right_holds.take() {
            right.keep(holds);
        }
        for key in &keys {
            let not_null = nulls_equal && !key.nulls_equal;
            self.key(
                &mut left,
                &key.left,
                left_holds.take_if(|_| !nulls_equal),
                not_null && !right_goes,
            );
            self.key(
                &mut right,
                &key.right,
                right_holds.take_if(|_| !nulls_equal),
                not_null && right_goes,
            );
        }
        if let Some(holds) = left_holds {
            self.flag(&mut left, holds);
            self.flag(&mut right, lit(true));
        }
        if let Some(holds) = right_holds {
            self.flag(&mut left, lit(true));
            self.flag(&mut right, holds);
        }
        if !rest.is_empty() {
            missing.push(lowered(&Expr::all(std::mem::take(&mut rest))));
        }
        let rest = missing.into_iter().reduce(PolarsExpr::and);
        if kind != JoinKind::Inner && rest.is_none() && left.keys.is_empty() {
            self.flag(&mut left, lit(true));
            self.flag(&mut right, lit(true));
        }
        left.finish();
        right.finish();
        match (kind, rest) {
            (JoinKind::Inner, None) => pairs(&left, &right, nulls_equal),
            (JoinKind::Inner, Some(rest)) => pairs(&left, &right, nulls_equal).filter(rest),
            (kind, None) => equal(&left, &right, &left.keys(), &right.keys(), kind, nulls_equal),
            (kind, Some(rest)) => self.under(left, right, kind, nulls_equal, rest),
        }
    }

    /// Makes a side: exactly its columns, and one at least, for a table has as many rows as its columns.
    fn side(&mut self, rel: &Rel) -> Side {
        let columns = rel.columns();
        let rows = self.rel(rel);
        let rows = if columns.is_empty() {
            let name = self.temporary();
            rows.with_row_index(name.clone(), None).select([col(name)])
        } else {
            let is_exact = matches!(
                rel,
                Rel::Scan { .. } | Rel::Project { .. } | Rel::Set { .. } | Rel::Group(_)
            );
            if is_exact {
                rows
            } else {
                rows.select(columns.iter().map(|id| column(*id)).collect::<Vec<_>>())
            }
        };
        Side {
            rows,
            columns,
            computed: Vec::new(),
            keys: Vec::new(),
        }
    }

    /// Adds a key to a side; where `holds` is not true, it is NULL and equals nothing.
    fn key(&mut self, side: &mut Side, key: &Expr, holds: Option<PolarsExpr>, not_null: bool) {
        let value = lowered(key);
        if not_null {
            side.keep(value.clone().is_not_null());
        }
        let value = match (holds, key.as_column()) {
            (None, Some(id)) if !key.dtype.is_decimal() => {
                side.keys.push(polars_name(id));
                return;
            }
            (None, _) => value,
            (Some(holds), _) => when(holds).then(value).otherwise(null(&key.dtype)),
        };
        self.flag(side, equal_key(value, &key.dtype));
    }

    /// Adds a computed key to a side.
    fn flag(&mut self, side: &mut Side, value: PolarsExpr) {
        let name = self.temporary();
        side.computed.push(value.alias(name.clone()));
        side.keys.push(name);
    }

    /// Joins where pairs have to fulfil a condition that is no equality.
    fn under(
        &mut self,
        mut left: Side,
        mut right: Side,
        kind: JoinKind,
        nulls_equal: bool,
        rest: PolarsExpr,
    ) -> LazyFrame {
        let (of_left, of_right) = (self.temporary(), self.temporary());
        if kind != JoinKind::Right {
            left.number(of_left.clone());
        }
        if matches!(kind, JoinKind::Right | JoinKind::Full) {
            right.number(of_right.clone());
        }
        let found = pairs(&left, &right, nulls_equal).filter(rest);
        let (left_columns, right_columns) = (named(&left.columns), named(&right.columns));
        let with = |number: &PlSmallStr, columns: &[PolarsExpr]| {
            let mut all = vec![col(number.clone())];
            all.extend_from_slice(columns);
            all
        };
        let both: Vec<PolarsExpr> = left_columns.iter().chain(&right_columns).cloned().collect();
        let number = |name: &PlSmallStr| [col(name.clone())];
        match kind {
            JoinKind::Inner => found.select(both),
            JoinKind::Semi | JoinKind::Anti => {
                let found = found.select(number(&of_left));
                let how = if kind == JoinKind::Semi {
                    JoinType::Semi
                } else {
                    JoinType::Anti
                };
                joined(left.rows, found, &number(&of_left), &number(&of_left), how, false)
                    .select(left_columns)
            }
            JoinKind::Left => {
                let found = found.select(with(&of_left, &right_columns));
                joined(
                    left.rows,
                    found,
                    &number(&of_left),
                    &number(&of_left),
                    JoinType::Left,
                    false,
                )
                .select(both)
            }
            JoinKind::Right => {
                let found = found.select(with(&of_right, &left_columns));
                joined(
                    right.rows,
                    found,
                    &number(&of_right),
                    &number(&of_right),
                    JoinType::Left,
                    false,
                )
                .select(both)
            }
            JoinKind::Full => {
                let found = found
                    .select(with(&of_left, &with(&of_right, &right_columns)))
                    .cache();
                let alone = joined(
                    right.rows,
                    found.clone().select(number(&of_right)),
                    &number(&of_right),
                    &number(&of_right),
                    JoinType::Anti,
                    false,
                );
                let missing = left
                    .columns
                    .iter()
                    .map(|id| null(&self.columns.dtype(*id)).alias(polars_name(*id)));
                let alone = alone
                    .with_columns(missing.collect::<Vec<_>>())
                    .select(both.clone());
                let kept = joined(
                    left.rows,
                    found,
                    &number(&of_left),
                    &number(&of_left),
                    JoinType::Left,
                    false,
                );
                concat(vec![kept.select(both), alone])
            }
        }
    }
}

/// Returns of which sides a row without a partner is left out.
fn goes(kind: JoinKind) -> (bool, bool) {
    match kind {
        JoinKind::Inner | JoinKind::Semi => (true, true),
        JoinKind::Left | JoinKind::Anti => (false, true),
        JoinKind::Right => (true, false),
        JoinKind::Full => (false, false),
    }
}

fn named(columns: &[ColumnId]) -> Vec<PolarsExpr> {
    columns.iter().map(|id| column(*id)).collect()
}

/// Puts each row beside those of the other side whose keys are equal; beside all where there are no keys.
fn pairs(left: &Side, right: &Side, nulls_equal: bool) -> LazyFrame {
    if left.keys.is_empty() {
        return JoinBuilder::new(left.rows.clone())
            .with(right.rows.clone())
            .how(JoinType::Cross)
            .maintain_order(MaintainOrderJoin::LeftRight)
            .finish();
    }
    equal(
        left,
        right,
        &left.keys(),
        &right.keys(),
        JoinKind::Inner,
        nulls_equal,
    )
}

fn equal(
    left: &Side,
    right: &Side,
    left_on: &[PolarsExpr],
    right_on: &[PolarsExpr],
    kind: JoinKind,
    nulls_equal: bool,
) -> LazyFrame {
    let how = match kind {
        JoinKind::Inner => JoinType::Inner,
        JoinKind::Left => JoinType::Left,
        JoinKind::Right => JoinType::Right,
        JoinKind::Full => JoinType::Full,
        JoinKind::Semi => JoinType::Semi,
        JoinKind::Anti => JoinType::Anti,
    };
    joined(
        left.rows.clone(),
        right.rows.clone(),
        left_on,
        right_on,
        how,
        nulls_equal,
    )
}

fn joined(
    left: LazyFrame,
    right: LazyFrame,
    left_on: &[PolarsExpr],
    right_on: &[PolarsExpr],
    how: JoinType,
    nulls_equal: bool,
) -> LazyFrame {
    let order = match how {
        JoinType::Right => MaintainOrderJoin::RightLeft,
        _ => MaintainOrderJoin::LeftRight,
    };
    JoinBuilder::new(left)
        .with(right)
        .left_on(left_on)
        .right_on(right_on)
        .how(how)
        .join_nulls(nulls_equal)
        .coalesce(JoinCoalesce::KeepColumns)
        .maintain_order(order)
        .finish()
}
