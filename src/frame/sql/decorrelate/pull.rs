//! Takes the conditions that a subquery has on the query around it up to its top.

use std::collections::BTreeSet;

use super::apply::is_single;
use super::{Decorrelator, Link, renumber};
use crate::frame::sql::conditions::{Key, columns, given};
use crate::frame::sql::expr::{ColumnId, Expr};
use crate::frame::sql::lower::can_fail;
use crate::frame::sql::rel::{JoinKind, Rel, Renumbered};

impl Decorrelator<'_> {
    /// Returns the steps of a subquery without what they read of these columns, and the conditions that do; nothing where
    /// something other than a condition reads them.
    pub(super) fn pull(&mut self, rel: &Rel, outer: &BTreeSet<ColumnId>) -> Option<(Rel, Vec<Expr>)> {
        if rel.free_columns().is_disjoint(outer) {
            return Some((rel.clone(), Vec::new()));
        }
        let reads = |expr: &Expr| !columns(expr).is_disjoint(outer);
        match rel {
            Rel::Filter { input, predicate } => {
                let (input, mut conditions) = self.pull(input, outer)?;
                let (up, own): (Vec<Expr>, Vec<Expr>) =
                    predicate.clone().conjuncts().into_iter().partition(reads);
                // One that can fail may be asked only where those before it are true.
                if up.iter().any(can_fail) || (!up.is_empty() && own.iter().any(can_fail)) {
                    return None;
                }
                conditions.extend(up);
                if own.is_empty() {
                    return Some((input, conditions));
                }
                let (input, predicate) = (Box::new(input), Expr::all(own));
                Some((Rel::Filter { input, predicate }, conditions))
            }
            Rel::Project { input, columns: made } => {
                if made.iter().any(|(_, expr)| reads(expr)) {
                    return None;
                }
                let (input, mut conditions) = self.pull(input, outer)?;
                let mut made = made.clone();
                let mut copies = Renumbered::new();
                let own = given(&input);
                for condition in &mut conditions {
                    for id in columns(condition).intersection(&own) {
                        if !copies.contains_key(id) {
                            let copy = self.copy(*id);
                            copies.insert(*id, copy);
                            made.push((copy, self.columns.expr(*id)));
                        }
                    }
                    renumber(condition, &copies);
                }
                let input = Box::new(input);
                Some((Rel::Project { input, columns: made }, conditions))
            }
            Rel::Extend { input, columns: made } if !made.iter().any(|(_, expr)| reads(expr)) => {
                let (input, conditions) = self.pull(input, outer)?;
                let (input, columns) = (Box::new(input), made.clone());
                Some((Rel::Extend { input, columns }, conditions))
            }
            Rel::Sort { input, keys } if !keys.iter().any(|key| reads(&key.expr)) => {
                let (input, conditions) = self.pull(input, outer)?;
                let (input, keys) = (Box::new(input), keys.clone());
                Some((Rel::Sort { input, keys }, conditions))
            }
            // Each row of the left is kept or not, whatever the conditions on it.
            Rel::Join {
                left,
                right,
                kind: kind @ (JoinKind::Semi | JoinKind::Anti | JoinKind::Left),
                on,
            } if !reads(on) && right.free_columns().is_disjoint(outer) => {
                let (left, conditions) = self.pull(left, outer)?;
                let rel = super::order::joined(left, (**right).clone(), *kind, vec![on.clone()]);
                Some((rel, conditions))
            }
            Rel::Join {
                left,
                right,
                kind: JoinKind::Inner,
                on,
            } => {
                let (left, mut conditions) = self.pull(left, outer)?;
                let (right, of_right) = self.pull(right, outer)?;
                conditions.extend(of_right);
                let (up, mut own): (Vec<Expr>, Vec<Expr>) =
                    on.clone().conjuncts().into_iter().partition(reads);
                if up.iter().any(can_fail) {
                    return None;
                }
                conditions.extend(up);
                own.retain(|part| !crate::frame::sql::conditions::is_true(part));
                // Without it, two tables that are both tied to the query around would be combined row by row.
                if !conditions.is_empty() && own.is_empty() && !is_single(&right) {
                    return None;
                }
                let rel = super::order::joined(left, right, JoinKind::Inner, own);
                Some((rel, conditions))
            }
            _ => None,
        }
    }

    /// Makes links of conditions, if all are equalities; the inner sides become columns.
    pub(super) fn links(
        &mut self,
        rel: Rel,
        conditions: &[Expr],
        outer: &BTreeSet<ColumnId>,
    ) -> Option<(Rel, Vec<Link>)> {
        let own = given(&rel);
        let mut links = Vec::new();
        let mut computed = Vec::new();
        for condition in conditions {
            let key = Key::of(condition, outer, &own)?;
            let inner = if let Some(id) = key.right.as_column() {
                id
            } else {
                let id = self.fresh(key.right.dtype.clone());
                computed.push((id, key.right));
                id
            };
            links.push(Link {
                inner,
                outer: key.left,
                nulls_equal: key.nulls_equal,
            });
        }
        if computed.is_empty() {
            return Some((rel, links));
        }
        let input = Box::new(rel);
        let rel = Rel::Extend {
            input,
            columns: computed,
        };
        Some((rel, links))
    }
}
