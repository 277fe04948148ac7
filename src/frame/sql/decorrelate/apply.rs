//! What is asked of a subquery, as joins.

use std::collections::BTreeSet;
use std::sync::Arc;

use polars::prelude::DataType;

use super::compare::Comparison;
use super::domain::aggregate;
use super::order::joined;
use super::{Decorrelator, Link, call};
use crate::frame::sql::error::SqlResult;
use crate::frame::sql::expr::{ColumnId, Expr};
use crate::frame::sql::functions;
use crate::frame::sql::rel::{ApplyKind, Group, JoinKind, Rel};

impl Decorrelator<'_> {
    /// Makes joins of an `Apply` whose parts have none.
    pub(super) fn apply(&mut self, input: Rel, subquery: Rel, kind: ApplyKind) -> SqlResult<Rel> {
        let columns = input.columns();
        let given: BTreeSet<ColumnId> = columns.iter().copied().collect();
        let outer: BTreeSet<ColumnId> = subquery.free_columns().intersection(&given).copied().collect();
        if let ApplyKind::Lateral {
            on, outer: is_outer, ..
        } = &kind
            && let Some(grafted) = grafted(&input, &subquery, on, *is_outer)
        {
            return Ok(grafted);
        }
        if let ApplyKind::Scalar { value, result } = &kind
            && !outer.is_empty()
            && let Some(rel) = self.aggregated(&input, &subquery, *value, *result, &given, &outer)?
        {
            return Ok(rel);
        }
        let is_single = is_single(&subquery);
        let pulled = self.pull(&subquery, &outer);
        if let ApplyKind::Lateral { on, outer, .. } = &kind
            && let Some((rel, mut conditions)) = pulled
        {
            conditions.push(on.clone());
            return Ok(beside(input, rel, conditions, *outer));
        }
        let linked = pulled.and_then(|(rel, conditions)| self.links(rel, &conditions, &given));
        let (input, subquery, links) = if let Some((subquery, links)) = linked {
            (input, subquery, links)
        } else {
            let input = Arc::new(input);
            let (subquery, links) = self.for_domain(&input, subquery, &outer)?;
            (Rel::Shared(input), subquery, links)
        };
        let (rel, result, value) = match kind {
            ApplyKind::Exists { result } => {
                let (rel, value) = self.exists(input, subquery, &links)?;
                (rel, result, value)
            }
            ApplyKind::Scalar { value, result } => {
                let (rel, value) = self.scalar(input, subquery, &links, value, is_single)?;
                (rel, result, value)
            }
            ApplyKind::In { left, right, result } => {
                let (rel, value) = self.is_in(input, subquery, &links, left, &right)?;
                (rel, result, value)
            }
            ApplyKind::Quantified {
                left,
                comparison,
                right,
                all,
                result,
            } => {
                let comparison = Comparison {
                    left: *left,
                    function: comparison,
                    right,
                    all,
                };
                let (rel, value) = self.quantified(input, subquery, &links, comparison)?;
                (rel, result, value)
            }
            ApplyKind::Lateral { on, outer, .. } => {
                let mut conditions = self.conditions(&links)?;
                conditions.push(on);
                return Ok(beside(input, subquery, conditions, outer));
            }
        };
        Ok(self.with_result(rel, &columns, result, value))
    }

    /// Computes a subquery for all values that it reads of its input.
    pub(super) fn for_domain(
        &mut self,
        input: &Arc<Rel>,
        subquery: Rel,
        outer: &BTreeSet<ColumnId>,
    ) -> SqlResult<(Rel, Vec<Link>)> {
        let mut domain = self.domain(input, outer);
        let (subquery, copies) = self.push(subquery, &mut domain)?;
        let links = copies.iter().map(|(outer, inner)| Link {
            inner: *inner,
            outer: self.columns.expr(*outer),
            nulls_equal: true,
        });
        let links = links.collect();
        Ok((subquery, links))
    }

    /// Keeps the columns of the input, and the result.
    fn with_result(&mut self, rel: Rel, columns: &[ColumnId], result: ColumnId, value: Expr) -> Rel {
        let kept = columns.iter().map(|id| (*id, self.columns.expr(*id)));
        let mut columns: Vec<(ColumnId, Expr)> = kept.collect();
        columns.push((result, value));
        let input = Box::new(rel);
        Rel::Project { input, columns }
    }

    /// Finds the one value of a subquery whose top is an aggregate of all rows that fulfil equalities.
    fn aggregated(
        &mut self,
        input: &Rel,
        subquery: &Rel,
        value: ColumnId,
        result: ColumnId,
        given: &BTreeSet<ColumnId>,
        outer: &BTreeSet<ColumnId>,
    ) -> SqlResult<Option<Rel>> {
        let mut above = Vec::new();
        let mut step = subquery;
        let group = loop {
            match step {
                Rel::Project { input, columns } | Rel::Extend { input, columns } => {
                    above.push(columns);
                    step = input;
                }
                Rel::Group(group) if group.keys.is_empty() && group.sets.is_none() => break group,
                _ => return Ok(None),
            }
        };
        let mut read = BTreeSet::new();
        for (_, call) in &group.aggregates {
            call.parts().into_iter().for_each(|part| part.columns(&mut read));
        }
        if !read.is_disjoint(outer) {
            return Ok(None);
        }
        let Some((rel, conditions)) = self.pull(&group.input, outer) else {
            return Ok(None);
        };
        let Some((rel, links)) = self.links(rel, &conditions, given) else {
            return Ok(None);
        };
        let conditions = self.conditions(&links)?;
        let grouped = self.grouped(rel, &links, group.aggregates.clone());
        let mut rel = self.with_otherwise(input.clone(), grouped, conditions)?;
        for columns in above.into_iter().rev() {
            let own: BTreeSet<ColumnId> = rel.columns().into_iter().collect();
            let columns = columns.iter().filter(|(id, _)| !own.contains(id)).cloned();
            let columns = columns.collect();
            let input = Box::new(rel);
            rel = Rel::Extend { input, columns };
        }
        let value = self.columns.expr(value);
        Ok(Some(self.with_result(rel, &input.columns(), result, value)))
    }

    /// Groups a subquery by what links it.
    pub(super) fn grouped(
        &mut self,
        rel: Rel,
        links: &[Link],
        aggregates: Vec<(ColumnId, crate::frame::sql::expr::Aggregate)>,
    ) -> Group {
        let inner: BTreeSet<ColumnId> = links.iter().map(|link| link.inner).collect();
        Group {
            input: rel,
            keys: inner.into_iter().map(|id| (id, self.columns.expr(id))).collect(),
            aggregates,
            sets: None,
        }
    }

    /// Keeps these columns of a subquery, and those that link it, each combination once, and marks them.
    pub(super) fn marked(&mut self, subquery: Rel, links: &[Link], more: &[ColumnId]) -> (Rel, ColumnId) {
        let on: BTreeSet<ColumnId> = links
            .iter()
            .map(|link| link.inner)
            .chain(more.iter().copied())
            .collect();
        let mark = self.fresh(DataType::Boolean);
        let kept = on.iter().map(|id| (*id, self.columns.expr(*id)));
        let mut columns: Vec<(ColumnId, Expr)> = kept.collect();
        columns.push((mark, Expr::boolean(true)));
        let input = Box::new(subquery);
        let rel = Box::new(Rel::Project { input, columns });
        if on.is_empty() {
            let first = Rel::Limit {
                input: rel,
                skip: 0,
                take: Some(1),
                by: Vec::new(),
            };
            return (first, mark);
        }
        let on = on.into_iter().collect();
        (Rel::Distinct { input: rel, on }, mark)
    }

    fn exists(&mut self, input: Rel, subquery: Rel, links: &[Link]) -> SqlResult<(Rel, Expr)> {
        let (marked, mark) = self.marked(subquery, links, &[]);
        let rel = joined(input, marked, JoinKind::Left, self.conditions(links)?);
        let value = call("is not null", vec![self.columns.expr(mark)])?;
        Ok((rel, value))
    }

    fn scalar(
        &mut self,
        input: Rel,
        subquery: Rel,
        links: &[Link],
        value: ColumnId,
        is_single: bool,
    ) -> SqlResult<(Rel, Expr)> {
        let on = self.conditions(links)?;
        let found = self.copy(value);
        let value = self.columns.expr(value);
        if is_single {
            let inner: BTreeSet<ColumnId> = links.iter().map(|link| link.inner).collect();
            let kept = inner.into_iter().map(|id| (id, self.columns.expr(id)));
            let columns = kept.chain([(found, value)]).collect();
            let input_of = Box::new(subquery);
            let one = Rel::Project {
                input: input_of,
                columns,
            };
            return Ok((joined(input, one, JoinKind::Left, on), self.columns.expr(found)));
        }
        let count = self.fresh(DataType::Int64);
        let aggregates = vec![
            (found, aggregate(&["first", "any_value", "max"], vec![value])?),
            (count, aggregate(&["count"], Vec::new())?),
        ];
        let grouped = self.grouped(subquery, links, aggregates);
        let rel = joined(input, Rel::Group(Box::new(grouped)), JoinKind::Left, on);
        let found = self.columns.expr(found);
        let dtype = found.dtype.clone();
        let args = vec![found, self.columns.expr(count)];
        Ok((rel, Expr::call(&functions::ONE_ROW, args, dtype)))
    }
}

/// Joins a table that reads the one before it.
fn beside(input: Rel, subquery: Rel, on: Vec<Expr>, outer: bool) -> Rel {
    let kind = if outer { JoinKind::Left } else { JoinKind::Inner };
    joined(input, subquery, kind, on)
}

/// Makes rows of the elements of the input's own arrays, if that is what a subquery does.
fn grafted(input: &Rel, subquery: &Rel, on: &Expr, is_outer: bool) -> Option<Rel> {
    let explode = match subquery {
        Rel::Project { input, columns } if columns.iter().all(|(id, expr)| expr.as_column() == Some(*id)) => {
            input
        }
        other => other,
    };
    match explode {
        Rel::Explode {
            input: unit,
            value,
            columns,
            position,
            by_field,
            outer,
        } if **unit == Rel::unit() && crate::frame::sql::conditions::is_true(on) => Some(Rel::Explode {
            input: Box::new(input.clone()),
            value: value.clone(),
            columns: columns.clone(),
            position: *position,
            by_field: *by_field,
            outer: *outer || is_outer,
        }),
        _ => None,
    }
}

/// Returns whether a step never gives more than one row.
pub(super) fn is_single(rel: &Rel) -> bool {
    match rel {
        Rel::Values { rows, .. } => rows.len() <= 1,
        Rel::Group(group) => group.keys.is_empty() && group.sets.is_none(),
        Rel::Limit {
            take: Some(take), by, ..
        } if by.is_empty() && *take <= 1 => true,
        Rel::Project { input, .. }
        | Rel::Extend { input, .. }
        | Rel::Filter { input, .. }
        | Rel::Sort { input, .. }
        | Rel::Distinct { input, .. }
        | Rel::Window { input, .. } => is_single(input),
        _ => false,
    }
}
