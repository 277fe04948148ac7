//! Comparisons of a value with the rows of a subquery, `IN`, `ANY` and `ALL`, as joins.

use std::collections::BTreeSet;
use std::sync::Arc;

use polars::prelude::DataType;

use super::domain::aggregate;
use super::order::joined;
use super::{Decorrelator, Link, call, case, null, renumber};
use crate::frame::sql::error::{SqlResult, unsupported};
use crate::frame::sql::expr::{ColumnId, Expr, Kind};
use crate::frame::sql::functions::Function;
use crate::frame::sql::rel::{JoinKind, Rel, Renumbered};

/// The value of a subquery that compares with `ANY` or `ALL`.
pub(super) struct Comparison {
    pub(super) left: Expr,
    pub(super) function: &'static Function,
    pub(super) right: ColumnId,
    pub(super) all: bool,
}

impl Decorrelator<'_> {
    pub(super) fn is_in(
        &mut self,
        input: Rel,
        subquery: Rel,
        links: &[Link],
        left: Vec<Expr>,
        right: &[ColumnId],
    ) -> SqlResult<(Rel, Expr)> {
        let subquery = Arc::new(subquery);
        let mut ids: Vec<ColumnId> = right.to_vec();
        ids.extend(links.iter().map(|link| link.inner));
        // Whether an equal row is there.
        let (rows, copies) = self.reading(&subquery, &ids);
        let of_rows = renumbered(links, &copies);
        let right_copies: Vec<ColumnId> = right.iter().filter_map(|id| copies.get(id).copied()).collect();
        let (marked, mark) = self.marked(rows, &of_rows, &right_copies);
        let mut on = self.conditions(&of_rows)?;
        for (value, id) in left.iter().zip(&right_copies) {
            on.push(call("=", vec![value.clone(), self.columns.expr(*id)])?);
        }
        let rel = joined(input, marked, JoinKind::Left, on);
        let is_found = call("is not null", vec![self.columns.expr(mark)])?;
        let yes = (is_found, Expr::boolean(true));
        let unknown = null(&DataType::Boolean);
        if let ([value], [right]) = (left.as_slice(), right) {
            let (rel, count, known) = self.counted(rel, &subquery, links, *right)?;
            let is_empty = call("is null", vec![self.columns.expr(count)])?;
            let is_null = call("is null", vec![value.clone()])?;
            let has_null = call("<", vec![self.columns.expr(known), self.columns.expr(count)])?;
            let branches = vec![
                yes,
                (is_empty, Expr::boolean(false)),
                (is_null, unknown.clone()),
                (has_null, unknown),
            ];
            return Ok((rel, case(branches, Expr::boolean(false))));
        }
        // Whether there is a row that could be equal, were its NULLs known.
        let rel = Arc::new(rel);
        let mut outer: BTreeSet<ColumnId> = BTreeSet::new();
        left.iter()
            .chain(links.iter().map(|link| &link.outer))
            .for_each(|expr| expr.columns(&mut outer));
        let outer: Vec<ColumnId> = outer.into_iter().collect();
        let (values, of_values) = self.reading(&rel, &outer);
        let on = values.columns();
        let values = Rel::Distinct {
            input: Box::new(values),
            on,
        };
        let (rows, of_rows) = self.reading(&subquery, &ids);
        let mut conditions = self.conditions(&renumbered(links, &of_rows))?;
        for (value, id) in left.iter().zip(right) {
            let id = self.columns.expr(of_rows.get(id).copied().unwrap_or(*id));
            let parts = vec![
                call("is null", vec![value.clone()])?,
                call("is null", vec![id.clone()])?,
                call("=", vec![value.clone(), id])?,
            ];
            conditions.push(Expr::new(Kind::Or(parts), DataType::Boolean, value.place));
        }
        conditions
            .iter_mut()
            .for_each(|condition| renumber(condition, &of_values));
        let possible = joined(values, rows, JoinKind::Semi, conditions);
        let links: Vec<Link> = of_values
            .iter()
            .map(|(outer, copy)| Link {
                inner: *copy,
                outer: self.columns.expr(*outer),
                nulls_equal: true,
            })
            .collect();
        let (marked, mark) = self.marked(possible, &links, &[]);
        let on = self.conditions(&links)?;
        let rel = joined(Rel::Shared(rel), marked, JoinKind::Left, on);
        let is_possible = call("is not null", vec![self.columns.expr(mark)])?;
        let branches = vec![yes, (is_possible, unknown)];
        Ok((rel, case(branches, Expr::boolean(false))))
    }

    /// Adds how many rows a subquery has, NULL for none, and in how many of them a column is not NULL.
    fn counted(
        &mut self,
        rel: Rel,
        subquery: &Arc<Rel>,
        links: &[Link],
        right: ColumnId,
    ) -> SqlResult<(Rel, ColumnId, ColumnId)> {
        let mut ids: Vec<ColumnId> = links.iter().map(|link| link.inner).collect();
        ids.push(right);
        let (rows, copies) = self.reading(subquery, &ids);
        let links = renumbered(links, &copies);
        let (count, known) = (self.fresh(DataType::Int64), self.fresh(DataType::Int64));
        let right = self.columns.expr(copies.get(&right).copied().unwrap_or(right));
        let aggregates = vec![
            (count, aggregate(&["count"], Vec::new())?),
            (known, aggregate(&["count"], vec![right])?),
        ];
        let grouped = self.grouped(rows, &links, aggregates);
        let mut groups = Rel::Group(Box::new(grouped));
        if links.is_empty() {
            let some = call("<", vec![Expr::bigint(0), self.columns.expr(count)])?;
            groups = Rel::Filter {
                input: Box::new(groups),
                predicate: some,
            };
        }
        let on = self.conditions(&links)?;
        Ok((joined(rel, groups, JoinKind::Left, on), count, known))
    }

    pub(super) fn quantified(
        &mut self,
        input: Rel,
        subquery: Rel,
        links: &[Link],
        comparison: Comparison,
    ) -> SqlResult<(Rel, Expr)> {
        let Comparison {
            left,
            function,
            right,
            all,
        } = comparison;
        // A comparison with all holds unless its opposite holds with any.
        let name = if all {
            opposite(function.name)
        } else {
            Some(function.name)
        };
        let Some(name) = name else {
            let what = format!("`{}` with ANY or ALL", function.name);
            return Err(unsupported(what, "use =, <>, <, <=, > or >=", left.place));
        };
        let negated = |value: Expr| {
            if all { call("not", vec![value]) } else { Ok(value) }
        };
        if name == "=" {
            let (rel, value) = self.is_in(input, subquery, links, vec![left], &[right])?;
            return Ok((rel, negated(value)?));
        }
        let subquery = Arc::new(subquery);
        let mut ids: Vec<ColumnId> = links.iter().map(|link| link.inner).collect();
        ids.push(right);
        let (rows, copies) = self.reading(&subquery, &ids);
        let of_rows = renumbered(links, &copies);
        let value = self.columns.expr(copies.get(&right).copied().unwrap_or(right));
        let (least, greatest) = (self.copy(right), self.copy(right));
        let aggregates = vec![
            (least, aggregate(&["min"], vec![value.clone()])?),
            (greatest, aggregate(&["max"], vec![value])?),
        ];
        let grouped = self.grouped(rows, &of_rows, aggregates);
        let on = self.conditions(&of_rows)?;
        let rel = joined(input, Rel::Group(Box::new(grouped)), JoinKind::Left, on);
        let (rel, count, known) = self.counted(rel, &subquery, links, right)?;
        let (least, greatest) = (self.columns.expr(least), self.columns.expr(greatest));
        let compared = |bound: Expr| call(name, vec![left.clone(), bound]);
        let holds = match name {
            "<" | "<=" => compared(greatest)?,
            ">" | ">=" => compared(least)?,
            _ => Expr::new(
                Kind::Or(vec![compared(least)?, compared(greatest)?]),
                DataType::Boolean,
                left.place,
            ),
        };
        let is_empty = call("is null", vec![self.columns.expr(count)])?;
        let is_null = call("is null", vec![left.clone()])?;
        let has_null = call("<", vec![self.columns.expr(known), self.columns.expr(count)])?;
        let unknown = null(&DataType::Boolean);
        let branches = vec![
            (is_empty, Expr::boolean(false)),
            (is_null, unknown.clone()),
            (holds, Expr::boolean(true)),
            (has_null, unknown),
        ];
        Ok((rel, negated(case(branches, Expr::boolean(false)))?))
    }
}

/// Returns the links to columns under other numbers.
fn renumbered(links: &[Link], copies: &Renumbered) -> Vec<Link> {
    links
        .iter()
        .map(|link| Link {
            inner: copies.get(&link.inner).copied().unwrap_or(link.inner),
            ..link.clone()
        })
        .collect()
}

/// Returns the comparison that holds where another does not.
fn opposite(name: &str) -> Option<&'static str> {
    Some(match name {
        "=" => "<>",
        "<>" => "=",
        "<" => ">=",
        "<=" => ">",
        ">" => "<=",
        ">=" => "<",
        _ => return None,
    })
}
