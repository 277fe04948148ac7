//! Joins: conditions, `USING`, `NATURAL`, and tables that read those before them.

use sqlparser::ast::{self, Ident, Spanned as _};
use sqlparser::tokenizer::Span;

use crate::frame::sql::bind::from::{column_names, parts};
use crate::frame::sql::bind::{self, Binder};
use crate::frame::sql::error::{SqlResult, unsupported};
use crate::frame::sql::expr::{CastHow, ColumnId, Expr, Kind};
use crate::frame::sql::rel::{ApplyKind, JoinKind, Rel};
use crate::frame::sql::scope::{Named, Scope};
use crate::frame::sql::types;

impl Binder<'_> {
    /// Binds a table and what is joined to it; `before` is what stands before its comma.
    pub(super) fn joined(
        &mut self,
        table: &ast::TableWithJoins,
        before: Option<(Rel, Scope)>,
    ) -> SqlResult<(Rel, Scope)> {
        let mut left = match before {
            None => self.factor(&table.relation)?,
            Some(before) => self.cross(before, &table.relation)?,
        };
        for join in &table.joins {
            left = self.join(left, join)?;
        }
        Ok(left)
    }

    pub(super) fn cross(&mut self, left: (Rel, Scope), factor: &ast::TableFactor) -> SqlResult<(Rel, Scope)> {
        if is_lateral(factor) {
            return self.lateral(left, factor, None, false);
        }
        let right = self.factor(factor)?;
        beside(left, right, JoinKind::Inner, Vec::new())
    }

    pub(super) fn join(&mut self, left: (Rel, Scope), join: &ast::Join) -> SqlResult<(Rel, Scope)> {
        use ast::JoinOperator as Operator;
        let (kind, constraint) = match &join.join_operator {
            Operator::Join(constraint) | Operator::Inner(constraint) | Operator::CrossJoin(constraint) => {
                (JoinKind::Inner, Some(constraint))
            }
            Operator::Left(constraint) | Operator::LeftOuter(constraint) => {
                (JoinKind::Left, Some(constraint))
            }
            Operator::Right(constraint) | Operator::RightOuter(constraint) => {
                (JoinKind::Right, Some(constraint))
            }
            Operator::FullOuter(constraint) => (JoinKind::Full, Some(constraint)),
            Operator::Semi(constraint) | Operator::LeftSemi(constraint) => (JoinKind::Semi, Some(constraint)),
            Operator::Anti(constraint) | Operator::LeftAnti(constraint) => (JoinKind::Anti, Some(constraint)),
            _ => {
                let instead =
                    "write JOIN, LEFT JOIN, RIGHT JOIN, FULL JOIN, CROSS JOIN, SEMI JOIN or ANTI JOIN";
                return Err(unsupported("this kind of join", instead, join.span()));
            }
        };
        if is_lateral(&join.relation) {
            let outer = match kind {
                JoinKind::Inner => false,
                JoinKind::Left => true,
                _ => {
                    return Err(unsupported(
                        "LATERAL here",
                        "write JOIN LATERAL or LEFT JOIN LATERAL",
                        join.span(),
                    ));
                }
            };
            let on = match constraint {
                Some(ast::JoinConstraint::On(on)) => Some(on),
                _ => None,
            };
            return self.lateral(left, &join.relation, on, outer);
        }
        let right = self.factor(&join.relation)?;
        match constraint {
            None | Some(ast::JoinConstraint::None) => beside(left, right, kind, Vec::new()),
            Some(ast::JoinConstraint::On(on)) => self.join_on(left, right, kind, on),
            Some(ast::JoinConstraint::Using(names)) => {
                let names = names
                    .iter()
                    .map(|name| Ok(parts(name)?.pop()))
                    .collect::<SqlResult<Vec<_>>>()?;
                self.using(left, right, kind, names.into_iter().flatten().collect())
            }
            Some(ast::JoinConstraint::Natural) => {
                let is_in_right = |name: &str| {
                    right
                        .1
                        .all(None)
                        .iter()
                        .any(|other| other.name.eq_ignore_ascii_case(name))
                };
                let shared = left
                    .1
                    .all(None)
                    .into_iter()
                    .filter(|column| is_in_right(&column.name));
                let names = shared.map(|column| Ident::new(&column.name)).collect();
                self.using(left, right, kind, names)
            }
        }
    }

    /// Joins two tables where a condition is true.
    fn join_on(
        &mut self,
        left: (Rel, Scope),
        mut right: (Rel, Scope),
        kind: JoinKind,
        on: &ast::Expr,
    ) -> SqlResult<(Rel, Scope)> {
        let mut scope = left.1.clone();
        scope.columns.extend(right.1.columns.iter().cloned());
        let mut on = self.within(scope, |binder| binder.condition(on, "ON", false, false))?;
        let has_query = on.any(|part| matches!(part.kind, Kind::Subquery(_)));
        if !has_query {
            return beside(left, right, kind, vec![on]);
        }
        // A query in the condition: it is asked of each pair, or of each row of the one table that it is about.
        let of_right = right.0.columns();
        if kind == JoinKind::Inner {
            let (rel, scope) = beside(left, right, kind, Vec::new())?;
            let rel = self.take_subqueries(rel, &mut [&mut on]);
            return Ok((
                Rel::Filter {
                    input: Box::new(rel),
                    predicate: on,
                },
                scope,
            ));
        }
        let mut conditions = on.conjuncts();
        for condition in &mut conditions {
            if !condition.any(|part| matches!(part.kind, Kind::Subquery(_))) {
                continue;
            }
            let mut read = std::collections::BTreeSet::new();
            condition.columns(&mut read);
            if read.iter().all(|id| of_right.contains(id)) {
                right.0 = self.take_subqueries(right.0, &mut [condition]);
            } else {
                let instead = "compute it in a query of its own and join that";
                return Err(unsupported(
                    "a query in the condition of an outer join",
                    instead,
                    condition.place,
                ));
            }
        }
        beside(left, right, kind, conditions)
    }

    /// Joins two tables where columns of these names are equal, which then are one column.
    pub(super) fn using(
        &mut self,
        left: (Rel, Scope),
        right: (Rel, Scope),
        kind: JoinKind,
        names: Vec<Ident>,
    ) -> SqlResult<(Rel, Scope)> {
        let mut on = Vec::new();
        let mut pairs = Vec::new();
        for name in &names {
            let parts = std::slice::from_ref(name);
            let side = |scope: &Scope| {
                scope
                    .find(parts)?
                    .ok_or_else(|| scope.unknown(parts).at(name.span))
            };
            let (one, other) = (side(&left.1)?.id, side(&right.1)?.id);
            let args = vec![self.columns.expr(one), self.columns.expr(other)];
            on.push(self.operator("=", args, name.span)?);
            pairs.push((name.value.clone(), one, other));
        }
        let merged: Vec<ColumnId> = pairs.iter().flat_map(|(_, one, other)| [*one, *other]).collect();
        let (mut rel, mut scope) = beside(left, right, kind, on)?;
        for column in &mut scope.columns {
            column.visible &= !merged.contains(&column.id);
        }
        let mut columns = Vec::new();
        let mut computed = Vec::new();
        for (name, one, other) in pairs {
            let (left, right) = (self.columns.expr(one), self.columns.expr(other));
            let dtype = types::common(&left.dtype, &right.dtype).unwrap_or_else(|| left.dtype.clone());
            let value = match kind {
                JoinKind::Right => right.cast(&dtype, CastHow::Implicit),
                JoinKind::Full => self.operator("coalesce", vec![left, right], Span::empty())?,
                JoinKind::Semi | JoinKind::Anti => left,
                JoinKind::Inner | JoinKind::Left => left.cast(&dtype, CastHow::Implicit),
            };
            let id = if let Some(id) = value.as_column() {
                id
            } else {
                let id = self.columns.add(&name, dtype);
                computed.push((id, value));
                id
            };
            columns.push(Named {
                table: None,
                name,
                id,
                visible: true,
            });
        }
        if !computed.is_empty() {
            rel = Rel::Extend {
                input: Box::new(rel),
                columns: computed,
            };
        }
        columns.extend(scope.columns);
        Ok((rel, Scope { columns }))
    }

    /// Binds a table that may read those before it.
    pub(super) fn lateral(
        &mut self,
        left: (Rel, Scope),
        factor: &ast::TableFactor,
        on: Option<&ast::Expr>,
        outer: bool,
    ) -> SqlResult<(Rel, Scope)> {
        let (rel, scope) = left;
        if let Some((call, alias)) = bind::generator::lateral_call(factor)
            && on.is_none()
        {
            // As a view: each row has the rows of its own elements.
            let names = alias.map(column_names).unwrap_or_default();
            let bound = self.within(scope.clone(), |binder| binder.exploded(rel, &call, outer, &names));
            let (rel, columns) = bound?;
            let mut both = scope;
            let table = alias.map(|alias| alias.name.value.as_str());
            both.columns.extend(Scope::of(table, columns).columns);
            return Ok((rel, both));
        }
        self.scopes.push(scope.clone());
        let right = self.factor(factor);
        self.scopes.pop();
        let (right, right_scope) = right?;
        let mut both = scope;
        both.columns.extend(right_scope.columns);
        let on = match on {
            Some(on) => self.within(both.clone(), |binder| binder.condition(on, "ON", false, false))?,
            None => Expr::boolean(true),
        };
        let columns = right.columns();
        let kind = ApplyKind::Lateral { on, outer, columns };
        Ok((
            Rel::Apply {
                input: Box::new(rel),
                subquery: Box::new(right),
                kind,
            },
            both,
        ))
    }
}

/// Joins two tables under conditions that all have to be true.
fn beside(left: (Rel, Scope), right: (Rel, Scope), kind: JoinKind, on: Vec<Expr>) -> SqlResult<(Rel, Scope)> {
    let mut scope = left.1;
    if !matches!(kind, JoinKind::Semi | JoinKind::Anti) {
        scope.columns.extend(right.1.columns);
    }
    let (left, right) = (Box::new(left.0), Box::new(right.0));
    Ok((
        Rel::Join {
            left,
            right,
            kind,
            on: Expr::all(on),
        },
        scope,
    ))
}

/// Returns whether a table may read those before it.
fn is_lateral(factor: &ast::TableFactor) -> bool {
    match factor {
        ast::TableFactor::Derived { lateral, .. } | ast::TableFactor::Function { lateral, .. } => *lateral,
        _ => false,
    }
}
