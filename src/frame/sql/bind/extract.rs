//! Takes aggregates and window functions out of expressions: each becomes a column of a step that computes it.

use sqlparser::tokenizer::Span;

use super::{Binder, is_aggregate, is_window, names, refuse};
use crate::frame::sql::error::{SqlErrorKind, SqlResult};
use crate::frame::sql::expr::{Aggregate, ColumnId, Expr, Kind, Order, Window};
use crate::frame::sql::functions::function;
use crate::frame::sql::rel::{Group, GroupingSets, Rel};

/// The parts of a SELECT that are computed from its rows.
pub(super) struct Selected {
    /// Name and value of each column of the result.
    pub(super) outputs: Vec<(String, Expr)>,
    pub(super) having: Option<Expr>,
    pub(super) qualify: Option<Expr>,
    pub(super) order: Vec<Order>,
}

impl Selected {
    /// Returns all expressions.
    pub(super) fn all_mut(&mut self) -> Vec<&mut Expr> {
        let mut all: Vec<&mut Expr> = self.outputs.iter_mut().map(|(_, expr)| expr).collect();
        all.extend(&mut self.having);
        all.extend(&mut self.qualify);
        all.extend(self.order.iter_mut().map(|key| &mut key.expr));
        all
    }
}

/// What GROUP BY asks for.
#[derive(Debug)]
pub(super) struct Grouping {
    pub(super) keys: Vec<Expr>,
    /// The sets of keys by position; one with all where no sets are asked for.
    pub(super) sets: Vec<Vec<usize>>,
    pub(super) has_sets: bool,
}

impl Default for Grouping {
    fn default() -> Self {
        Self {
            keys: Vec::new(),
            sets: vec![Vec::new()],
            has_sets: false,
        }
    }
}

impl Grouping {
    /// Returns the position of a key, adding it if it is new.
    pub(super) fn key(&mut self, expr: &Expr) -> usize {
        if let Some(known) = self.keys.iter().position(|key| key == expr) {
            return known;
        }
        self.keys.push(expr.clone());
        self.keys.len() - 1
    }

    /// Makes each set so far one with each of `others`.
    pub(super) fn cross(&mut self, others: &[Vec<usize>]) {
        let sets = self.sets.iter().flat_map(|set| {
            others.iter().map(|other| {
                let mut both = set.clone();
                both.extend(other.iter().filter(|key| !set.contains(key)));
                both
            })
        });
        self.sets = sets.collect();
    }
}

impl Binder<'_> {
    /// Makes the step that groups, and lets the other expressions read what it gives.
    pub(super) fn grouped(
        &mut self,
        mut rel: Rel,
        selected: &mut Selected,
        grouping: Grouping,
    ) -> SqlResult<Rel> {
        let mut keys: Vec<(ColumnId, Expr)> = Vec::new();
        for key in grouping.keys {
            let id = if let Some(id) = key.as_column() {
                id
            } else {
                let name = names::name(&key, &self.columns);
                self.columns.add(name, key.dtype.clone())
            };
            keys.push((id, key));
        }
        let sets = grouping.has_sets.then(|| {
            let id = self.columns.add("grouping_id", polars::prelude::DataType::Int64);
            GroupingSets {
                sets: grouping.sets,
                id,
            }
        });
        let mut aggregates: Vec<(ColumnId, Aggregate)> = Vec::new();
        // What is written down may be needed twice: the key as it was bound, before subqueries are taken out of it.
        let written = keys.clone();
        for expr in selected.all_mut() {
            self.regroup(expr, &written, sets.as_ref(), &mut aggregates)?;
        }
        let mut inner: Vec<&mut Expr> = keys.iter_mut().map(|(_, key)| key).collect();
        for (_, call) in &mut aggregates {
            inner.extend(&mut call.args);
            inner.extend(&mut call.filter);
            inner.extend(call.order.iter_mut().map(|order| &mut order.expr));
        }
        rel = self.take_subqueries(rel, &mut inner);
        Ok(Rel::Group(Box::new(Group {
            input: rel,
            keys,
            aggregates,
            sets,
        })))
    }

    /// Groups by keys, and computes columns of the groups.
    pub(in crate::frame::sql) fn grouped_items(
        &mut self,
        rel: Rel,
        keys: Vec<Expr>,
        items: Vec<(String, Expr)>,
    ) -> SqlResult<super::BoundQuery> {
        let mut grouping = Grouping::default();
        for key in &keys {
            let key = grouping.key(key);
            grouping.cross(&[vec![key]]);
        }
        let selected = Selected {
            outputs: items,
            having: None,
            qualify: None,
            order: Vec::new(),
        };
        self.computed(rel, selected, Some(grouping), None)
    }

    /// Makes an expression read keys and aggregates in the place of what they are made of.
    fn regroup(
        &mut self,
        expr: &mut Expr,
        keys: &[(ColumnId, Expr)],
        sets: Option<&GroupingSets>,
        aggregates: &mut Vec<(ColumnId, Aggregate)>,
    ) -> SqlResult<()> {
        expr.rewrite(&mut |part: &mut Expr| {
            let place = part.place;
            let column = |id: ColumnId, dtype: polars::prelude::DataType| {
                let mut column = Expr::column(id, dtype);
                column.place = place;
                Some(column)
            };
            if let Some((id, key)) = keys.iter().find(|(_, key)| key == part) {
                return Ok(column(*id, key.dtype.clone()));
            }
            match &part.kind {
                Kind::Aggregate(call) if matches!(call.function.name, "grouping" | "grouping_id") => {
                    grouping_id(call, keys, sets, place).map(Some)
                }
                Kind::Aggregate(call) => {
                    for inner in call.parts() {
                        let instead = "compute the inner one in a query of its own";
                        refuse(inner, "an aggregate", "an aggregate", instead, is_aggregate)?;
                        refuse(inner, "a window function", "an aggregate", instead, is_window)?;
                    }
                    if let Some((id, _)) = aggregates.iter().find(|(_, known)| known == &**call) {
                        return Ok(column(*id, part.dtype.clone()));
                    }
                    let name = names::name(part, &self.columns);
                    let id = self.columns.add(name, part.dtype.clone());
                    aggregates.push((id, (**call).clone()));
                    Ok(column(id, part.dtype.clone()))
                }
                Kind::Column(id) if self.is_local(*id) => Err(SqlErrorKind::NotGrouped {
                    column: self.columns.name(*id).to_owned(),
                }
                .at(place)),
                Kind::Subquery(subquery) => {
                    let is_key = |id: ColumnId| {
                        keys.iter()
                            .any(|(key, expr)| *key == id && expr.as_column() == Some(id))
                    };
                    let free = subquery.rel.free_columns();
                    match free.into_iter().find(|id| self.is_local(*id) && !is_key(*id)) {
                        Some(id) => Err(SqlErrorKind::NotGrouped {
                            column: self.columns.name(id).to_owned(),
                        }
                        .at(place)),
                        None => Ok(None),
                    }
                }
                _ => Ok(None),
            }
        })
    }

    /// Makes the step that computes the window functions in expressions, and lets these read what it gives.
    pub(in crate::frame::sql) fn windowed(&mut self, mut rel: Rel, exprs: Vec<&mut Expr>) -> SqlResult<Rel> {
        let mut windows: Vec<(ColumnId, Window)> = Vec::new();
        for expr in exprs {
            expr.rewrite(&mut |part: &mut Expr| {
                let Kind::Window(window) = &part.kind else {
                    return Ok(None);
                };
                for inner in window.parts() {
                    let instead = "compute the inner one in a query of its own";
                    refuse(
                        inner,
                        "a window function",
                        "a window function",
                        instead,
                        is_window,
                    )?;
                }
                let known = windows
                    .iter()
                    .find(|(_, known)| known == &**window)
                    .map(|(id, _)| *id);
                let id = known.unwrap_or_else(|| {
                    let name = names::name(part, &self.columns);
                    let id = self.columns.add(name, part.dtype.clone());
                    windows.push((id, (**window).clone()));
                    id
                });
                let mut column = Expr::column(id, part.dtype.clone());
                column.place = part.place;
                Ok(Some(column))
            })?;
        }
        if windows.is_empty() {
            return Ok(rel);
        }
        let mut inner: Vec<&mut Expr> = Vec::new();
        for (_, window) in &mut windows {
            inner.extend(&mut window.call.args);
            inner.extend(&mut window.call.filter);
            inner.extend(&mut window.partition);
            inner.extend(window.order.iter_mut().map(|order| &mut order.expr));
        }
        rel = self.take_subqueries(rel, &mut inner);
        Ok(Rel::Window {
            input: Box::new(rel),
            windows,
        })
    }
}

/// Makes `grouping(key)` or `grouping_id(keys…)` of the bits that say which keys are not in the set of a row.
fn grouping_id(
    call: &Aggregate,
    keys: &[(ColumnId, Expr)],
    sets: Option<&GroupingSets>,
    place: Span,
) -> SqlResult<Expr> {
    let misplaced = || SqlErrorKind::Misplaced {
        what: "grouping",
        clause: "a query without ROLLUP, CUBE or GROUPING SETS",
        instead: "write GROUP BY ROLLUP (…), CUBE (…) or GROUPING SETS (…)",
    };
    let sets = sets.ok_or_else(|| misplaced().at(place))?;
    let bits = Expr::column(sets.id, polars::prelude::DataType::Int64);
    let mut asked = Vec::new();
    for arg in &call.args {
        let Some(index) = keys.iter().position(|(_, key)| key == arg) else {
            let kind = SqlErrorKind::ArgumentType {
                function: call.function.name.to_owned(),
                argument: "its argument".to_owned(),
                expected: "a key of GROUP BY".to_owned(),
                found: "something else".to_owned(),
                cast: None,
            };
            return Err(kind.at(arg.place));
        };
        asked.push(keys.len() - 1 - index);
    }
    if asked.is_empty() {
        asked = (0..keys.len()).rev().collect();
    }
    let Some(bit) = function("grouping bits") else {
        return Err(misplaced().at(place));
    };
    let mut args = vec![bits];
    args.extend(asked.into_iter().map(|bit| Expr::bigint(bit as i64)));
    let id = Expr::call(bit, args, polars::prelude::DataType::Int64);
    let dtype = if call.function.name == "grouping" {
        polars::prelude::DataType::Int8
    } else {
        polars::prelude::DataType::Int64
    };
    Ok(id.cast(&dtype, crate::frame::sql::expr::CastHow::Implicit))
}
