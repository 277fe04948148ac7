//! [`JoinCondition`]: what the condition of a join is made of.
//!
//! Equalities between the two sides are keys by which rows find each other; what reads one side alone is settled before;
//! only the rest has to be asked of pairs of rows.

use std::collections::BTreeSet;

use super::expr::{ColumnId, Expr, Kind};
use super::rel::Rel;

/// The condition of a join, in parts that all have to be true.
#[derive(Debug, Default)]
pub(super) struct JoinCondition {
    pub(super) keys: Vec<Key>,
    /// What reads columns of the left alone, or none.
    pub(super) left: Vec<Expr>,
    /// What reads columns of the right alone.
    pub(super) right: Vec<Expr>,
    pub(super) rest: Vec<Expr>,
}

/// Values that have to be equal.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Key {
    pub(super) left: Expr,
    pub(super) right: Expr,
    /// Whether NULL equals NULL.
    pub(super) nulls_equal: bool,
}

impl JoinCondition {
    /// Splits a condition on columns of two sides.
    pub(super) fn of(on: &Expr, left: &BTreeSet<ColumnId>, right: &BTreeSet<ColumnId>) -> Self {
        let mut condition = Self::default();
        for part in on.clone().conjuncts() {
            let read = columns(&part);
            // A constant is asked of every row of the left.
            if read.is_subset(left) {
                if !is_true(&part) {
                    condition.left.push(part);
                }
            } else if read.is_subset(right) {
                condition.right.push(part);
            } else if let Some(key) = Key::of(&part, left, right) {
                if !condition.keys.contains(&key) {
                    condition.keys.push(key);
                }
            } else {
                condition.rest.push(part);
            }
        }
        condition
    }
}

impl Key {
    /// Returns the key that a condition is, if it is an equality between the two sides.
    pub(super) fn of(
        condition: &Expr,
        left: &BTreeSet<ColumnId>,
        right: &BTreeSet<ColumnId>,
    ) -> Option<Self> {
        let Kind::Call { function, args } = &condition.kind else {
            return None;
        };
        let nulls_equal = match function.name {
            "=" => false,
            "<=>" => true,
            _ => return None,
        };
        let [one, other] = args.as_slice() else {
            return None;
        };
        let is_of = |expr: &Expr, side: &BTreeSet<ColumnId>| {
            let read = columns(expr);
            !read.is_empty() && read.is_subset(side)
        };
        let key = |left: &Expr, right: &Expr| Self {
            left: left.clone(),
            right: right.clone(),
            nulls_equal,
        };
        if one.dtype != other.dtype {
            None
        } else if is_of(one, left) && is_of(other, right) {
            Some(key(one, other))
        } else if is_of(other, left) && is_of(one, right) {
            Some(key(other, one))
        } else {
            None
        }
    }
}

/// Returns the columns that an expression reads.
pub(super) fn columns(expr: &Expr) -> BTreeSet<ColumnId> {
    let mut found = BTreeSet::new();
    expr.columns(&mut found);
    found
}

/// Returns the columns that a step gives.
pub(super) fn given(rel: &Rel) -> BTreeSet<ColumnId> {
    rel.columns().into_iter().collect()
}

/// Returns whether an expression is TRUE as it is written.
pub(super) fn is_true(expr: &Expr) -> bool {
    use super::expr::Literal;
    matches!(expr.kind, Kind::Literal(Literal::Bool(true)))
}
