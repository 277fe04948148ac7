//! Subqueries in WHERE: where only rows for which they are true stay, they are semi and anti joins.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::order::joined;
use super::{Decorrelator, Link, call, renumber};
use crate::frame::sql::conditions::columns;
use crate::frame::sql::error::SqlResult;
use crate::frame::sql::expr::{ColumnId, Expr, Kind};
use crate::frame::sql::lower::can_fail;
use crate::frame::sql::rel::{ApplyKind, JoinKind, Rel};

impl Decorrelator<'_> {
    pub(super) fn filter(&mut self, input: Rel, predicate: Expr) -> SqlResult<Rel> {
        let mut applies = Vec::new();
        let mut base = input;
        while let Rel::Apply {
            input,
            subquery,
            kind,
        } = base
        {
            if matches!(kind, ApplyKind::Lateral { .. }) {
                base = Rel::Apply {
                    input,
                    subquery,
                    kind,
                };
                break;
            }
            applies.push((subquery, kind));
            base = *input;
        }
        applies.reverse();
        let results: BTreeSet<ColumnId> = applies.iter().flat_map(|(_, kind)| kind.results()).collect();
        let (mut first, mut rest) = (Vec::new(), Vec::new());
        for part in predicate.conjuncts() {
            // What can fail is asked only where what stands before it is true.
            let is_free = columns(&part).is_disjoint(&results) && (rest.is_empty() || !can_fail(&part));
            if is_free { &mut first } else { &mut rest }.push(part);
        }
        let mut rel = super::order::filtered(self.rel(base)?, first);
        for index in 0..applies.len() {
            let Some((subquery, kind)) = applies.get(index).cloned() else {
                break;
            };
            let subquery = self.rel(*subquery)?;
            let later = applies.get(index + 1..).unwrap_or_default();
            let chosen = alone(&kind, &rest, later);
            rel = match chosen {
                Some((position, is_negated)) => match self.kept(&rel, &subquery, &kind, is_negated)? {
                    Some(kept) => {
                        rest.remove(position);
                        kept
                    }
                    None => self.apply(rel, subquery, kind)?,
                },
                None => self.apply(rel, subquery, kind)?,
            };
        }
        if rest.is_empty() {
            return Ok(rel);
        }
        let (input, predicate) = (Box::new(rel), Expr::all(rest));
        Ok(Rel::Filter { input, predicate })
    }

    /// Keeps the rows for which a subquery is true, or not.
    fn kept(
        &mut self,
        input: &Rel,
        subquery: &Rel,
        kind: &ApplyKind,
        is_negated: bool,
    ) -> SqlResult<Option<Rel>> {
        let given: BTreeSet<ColumnId> = input.columns().into_iter().collect();
        let outer: BTreeSet<ColumnId> = subquery.free_columns().intersection(&given).copied().collect();
        let (input, rel, conditions) = if let Some((rel, conditions)) = self.pull(subquery, &outer) {
            (input.clone(), rel, conditions)
        } else {
            let input = Arc::new(input.clone());
            let (rel, links): (Rel, Vec<Link>) = self.for_domain(&input, subquery.clone(), &outer)?;
            (Rel::Shared(input), rel, self.conditions(&links)?)
        };
        Ok(match kind {
            ApplyKind::Exists { .. } => {
                let kind = if is_negated {
                    JoinKind::Anti
                } else {
                    JoinKind::Semi
                };
                Some(joined(input, rel, kind, conditions))
            }
            ApplyKind::In { left, right, .. } if !is_negated => {
                let mut on = conditions;
                for (value, id) in left.iter().zip(right) {
                    on.push(call("=", vec![value.clone(), self.columns.expr(*id)])?);
                }
                Some(joined(input, rel, JoinKind::Semi, on))
            }
            ApplyKind::In { left, right, .. } => {
                let ([value], [right]) = (left.as_slice(), right.as_slice()) else {
                    return Ok(None);
                };
                // A row goes if its value is there, or could be: it, or a value there, is NULL.
                let rel = Arc::new(rel);
                let ids = rel.columns();
                let mut kept = input;
                for ask in 0..3 {
                    let (rows, copies) = self.reading(&rel, &ids);
                    let found = self.columns.expr(copies.get(right).copied().unwrap_or(*right));
                    let mut on = conditions.clone();
                    on.iter_mut().for_each(|condition| renumber(condition, &copies));
                    on.push(match ask {
                        0 => call("=", vec![value.clone(), found])?,
                        1 => call("is null", vec![found])?,
                        _ => call("is null", vec![value.clone()])?,
                    });
                    kept = joined(kept, rows, JoinKind::Anti, on);
                }
                Some(kept)
            }
            ApplyKind::Scalar { .. } | ApplyKind::Quantified { .. } | ApplyKind::Lateral { .. } => None,
        })
    }
}

/// Returns which condition is a subquery's result and nothing else, if nothing else reads it, and whether it is negated.
fn alone(kind: &ApplyKind, conditions: &[Expr], later: &[(Box<Rel>, ApplyKind)]) -> Option<(usize, bool)> {
    let result = match kind {
        ApplyKind::Exists { result } | ApplyKind::In { result, .. } => *result,
        _ => return None,
    };
    let reads = |expr: &Expr| columns(expr).contains(&result);
    let is_read_later = later.iter().any(|(subquery, kind)| {
        let of_kind = match kind {
            ApplyKind::In { left, .. } => left.iter().any(reads),
            ApplyKind::Quantified { left, .. } => reads(left),
            _ => false,
        };
        of_kind || subquery.free_columns().contains(&result)
    });
    if is_read_later || conditions.iter().filter(|part| reads(part)).count() != 1 {
        return None;
    }
    conditions
        .iter()
        .enumerate()
        .find_map(|(position, part)| match &part.kind {
            Kind::Column(id) if *id == result => Some((position, false)),
            Kind::Call { function, args } if function.name == "not" => match args.as_slice() {
                [arg] if arg.as_column() == Some(result) => Some((position, true)),
                _ => None,
            },
            _ => None,
        })
}
