//! `SELECT`: its clauses in the order in which they mean something.

use std::collections::BTreeSet;

use sqlparser::ast::{self, Spanned as _};
use sqlparser::tokenizer::Span;

use super::extract::Grouping;
use super::generator::Generated;
use super::query::{by_position, position};
use super::{Binder, BoundQuery, OutputColumn, Reads, is_aggregate, is_window, names, refuse};
use crate::frame::sql::error::{SqlErrorKind, SqlResult, unsupported};
use crate::frame::sql::expr::{ColumnId, Expr, Order};
use crate::frame::sql::rel::Rel;

/// The parts of a SELECT that are computed from its rows.
pub(super) struct Selected {
    /// Name and value of each column of the result.
    pub(super) outputs: Vec<(String, Expr)>,
    pub(super) having: Option<Expr>,
    pub(super) qualify: Option<Expr>,
    pub(super) order: Vec<Order>,
}

impl Binder<'_> {
    /// Binds a SELECT with the ORDER BY that follows it.
    pub(super) fn select(
        &mut self,
        select: &ast::Select,
        order: Option<&ast::OrderBy>,
    ) -> SqlResult<BoundQuery> {
        refuse_clauses(select)?;
        let known = self.windows.len();
        for window in &select.named_window {
            self.windows.push((window.0.value.clone(), window.1.clone()));
        }
        let (mut rel, scope) = self.from(&select.from)?;
        let bound = self
            .lateral_views(&mut rel, scope, &select.lateral_views)
            .and_then(|scope| {
                let aliases = self.reads_outputs;
                self.reads_outputs = Reads::No;
                let bound = self.within(scope, |binder| binder.select_from(rel, select, order));
                self.reads_outputs = aliases;
                bound
            });
        self.windows.truncate(known);
        bound
    }

    fn select_from(
        &mut self,
        mut rel: Rel,
        select: &ast::Select,
        order: Option<&ast::OrderBy>,
    ) -> SqlResult<BoundQuery> {
        if let Some(selection) = &select.selection {
            let mut predicate = self.condition(selection, "WHERE", false, false)?;
            rel = self.take_subqueries(rel, &mut [&mut predicate]);
            rel = Rel::Filter {
                input: Box::new(rel),
                predicate,
            };
        }
        let (rel, generated) = self.generated(rel, select)?;
        let outputs = self.items(select, generated.as_ref())?;
        let grouping = self.grouping(&select.group_by, &outputs)?;
        // A name that no table has may be one of the result.
        self.outputs.push(outputs.clone());
        self.reads_outputs = Reads::Last;
        let conditions = (|| {
            let having = select
                .having
                .as_ref()
                .map(|having| self.condition(having, "HAVING", true, false));
            let having = having.transpose()?;
            self.reads_outputs = Reads::First;
            let qualify = select
                .qualify
                .as_ref()
                .map(|qualify| self.condition(qualify, "QUALIFY", true, true));
            let qualify = qualify.transpose()?;
            let has_window = outputs.iter().map(|(_, expr)| expr).chain(&qualify);
            if let Some(condition) = &qualify
                && !has_window.clone().any(|expr| expr.any(is_window))
            {
                let instead = "filter rows with WHERE, or groups with HAVING";
                return Err(unsupported(
                    "QUALIFY without a window function",
                    instead,
                    condition.place,
                ));
            }
            Ok((having, qualify))
        })();
        self.reads_outputs = Reads::No;
        self.outputs.pop();
        let (having, qualify) = conditions?;
        let order = order
            .map(|order| self.order(order, &outputs, true))
            .transpose()?
            .unwrap_or_default();
        if let Some(generated) = &generated {
            let is_grouped = grouping.is_some() || having.is_some();
            let is_set = |(_, expr): &(String, Expr)| expr.any(is_aggregate) || expr.any(is_window);
            if is_grouped || outputs.iter().any(is_set) {
                return Err(unsupported(
                    "a function that makes rows beside GROUP BY, an aggregate or a window function",
                    "compute one of them in a query of its own: SELECT … FROM (SELECT explode(…) AS x FROM …)",
                    generated.place,
                ));
            }
        }
        let selected = Selected {
            outputs,
            having,
            qualify,
            order,
        };
        self.computed(rel, selected, grouping, select.distinct.as_ref())
    }

    /// Makes the steps that compute the columns of a SELECT: groups, windows, order, and the result.
    pub(super) fn computed(
        &mut self,
        mut rel: Rel,
        mut selected: Selected,
        grouping: Option<Grouping>,
        distinct: Option<&ast::Distinct>,
    ) -> SqlResult<BoundQuery> {
        let aggregates = {
            let all = selected.all_mut();
            all.into_iter().any(|expr| expr.any(is_aggregate))
        };
        if aggregates || grouping.is_some() || selected.having.is_some() {
            rel = self.grouped(rel, &mut selected, grouping.unwrap_or_default())?;
        }
        if let Some(mut having) = selected.having.take() {
            rel = self.take_subqueries(rel, &mut [&mut having]);
            rel = Rel::Filter {
                input: Box::new(rel),
                predicate: having,
            };
        }
        rel = self.windowed(rel, selected.all_mut())?;
        if let Some(mut qualify) = selected.qualify.take() {
            rel = self.take_subqueries(rel, &mut [&mut qualify]);
            rel = Rel::Filter {
                input: Box::new(rel),
                predicate: qualify,
            };
        }
        rel = self.take_subqueries(rel, &mut selected.all_mut());
        let Selected {
            outputs, mut order, ..
        } = selected;
        let mut columns: Vec<(ColumnId, Expr)> = Vec::new();
        let mut results = Vec::new();
        let mut taken = BTreeSet::new();
        for (name, expr) in outputs {
            let id = match expr.as_column() {
                Some(id) if self.is_given(&rel, id) && taken.insert(id) => id,
                _ => self.columns.add(&name, expr.dtype.clone()),
            };
            columns.push((id, expr));
            results.push(OutputColumn { name, id });
        }
        let is_distinct = matches!(distinct, Some(ast::Distinct::Distinct));
        let map = columns
            .iter()
            .find(|(_, expr)| is_distinct && crate::frame::sql::types::has_map(&expr.dtype));
        if let Some((_, map)) = map {
            let instead = "select map_keys(map) and map_values(map)";
            return Err(unsupported("SELECT DISTINCT of maps", instead, map.place));
        }
        let key = order
            .iter()
            .find(|key| crate::frame::sql::types::has_map(&key.expr.dtype));
        if let Some(key) = key {
            let instead = "sort by map_keys(map) or map_values(map)";
            return Err(unsupported("an order of maps", instead, key.expr.place));
        }
        match distinct {
            None | Some(ast::Distinct::All) => {
                if !order.is_empty() {
                    rel = Rel::Sort {
                        input: Box::new(rel),
                        keys: order,
                    };
                }
                Ok(BoundQuery {
                    rel: Rel::Project {
                        input: Box::new(rel),
                        columns,
                    },
                    outputs: results,
                })
            }
            Some(ast::Distinct::Distinct) => {
                for key in &mut order {
                    self.of_results(&mut key.expr, &columns)?;
                }
                rel = Rel::Project {
                    input: Box::new(rel),
                    columns,
                };
                rel = Rel::Distinct {
                    on: rel.columns(),
                    input: Box::new(rel),
                };
                if !order.is_empty() {
                    rel = Rel::Sort {
                        input: Box::new(rel),
                        keys: order,
                    };
                }
                Ok(BoundQuery {
                    rel,
                    outputs: results,
                })
            }
            Some(ast::Distinct::On(on)) => {
                let place = on.first().map_or(Span::empty(), super::span);
                let instead = "write SELECT …, QUALIFY row_number() OVER (PARTITION BY … ORDER BY …) = 1";
                Err(unsupported("DISTINCT ON", instead, place))
            }
        }
    }

    /// Returns whether a step gives a column: one of a query around it has to become a column of its own.
    fn is_given(&self, rel: &Rel, id: ColumnId) -> bool {
        rel.columns().contains(&id)
    }

    /// Makes an expression of ORDER BY read the result, of which equal rows are gone.
    fn of_results(&self, expr: &mut Expr, columns: &[(ColumnId, Expr)]) -> SqlResult<()> {
        let place = expr.place;
        expr.rewrite(&mut |part: &mut Expr| {
            if let Some((id, _)) = columns.iter().find(|(_, output)| output == part) {
                return Ok(Some(Expr::column(*id, part.dtype.clone())));
            }
            match part.as_column() {
                Some(id) if self.is_local(id) => Err(SqlErrorKind::Misplaced {
                    what: "a column that is not selected",
                    clause: "ORDER BY of SELECT DISTINCT",
                    instead: "select it, or sort by a column that is selected",
                }
                .at(place)),
                _ => Ok(None),
            }
        })
    }

    /// Binds what stands between SELECT and FROM.
    fn items(
        &mut self,
        select: &ast::Select,
        generated: Option<&Generated>,
    ) -> SqlResult<Vec<(String, Expr)>> {
        let mut outputs: Vec<(String, Expr)> = Vec::new();
        for (index, item) in select.projection.iter().enumerate() {
            if let Some(generated) = generated.filter(|generated| generated.index == index) {
                let columns = generated.columns.iter();
                outputs.extend(columns.map(|(name, id)| (name.clone(), self.columns.expr(*id))));
                continue;
            }
            // Later items may name earlier ones.
            self.outputs.push(outputs);
            self.reads_outputs = Reads::Last;
            let bound = self.item(item);
            self.reads_outputs = Reads::No;
            outputs = self.outputs.pop().unwrap_or_default();
            outputs.extend(bound?);
        }
        if outputs.is_empty() {
            let kind = SqlErrorKind::Syntax {
                expected: "what to select".to_owned(),
                found: "nothing".to_owned(),
            };
            return Err(kind.at(select.span()));
        }
        Ok(outputs)
    }

    fn item(&mut self, item: &ast::SelectItem) -> SqlResult<Vec<(String, Expr)>> {
        match item {
            ast::SelectItem::UnnamedExpr(expr) => {
                let bound = self.expr_in(expr, "SELECT", true, true)?;
                let name = names::output(&bound, &self.columns);
                Ok(vec![(name, bound)])
            }
            ast::SelectItem::ExprWithAlias { alias, .. } if alias.quote_style == Some('\'') => {
                Err(unsupported(
                    "a name in single quotes",
                    format!("write AS \"{}\" for a name, or || between two texts", alias.value),
                    alias.span,
                ))
            }
            ast::SelectItem::ExprWithAlias { expr, alias } => Ok(vec![(
                alias.value.clone(),
                self.expr_in(expr, "SELECT", true, true)?,
            )]),
            ast::SelectItem::ExprWithAliases { expr, .. } => Err(unsupported(
                "several names for one expression",
                "write LATERAL VIEW explode(…) t AS key, value",
                super::span(expr),
            )),
            ast::SelectItem::Wildcard(options) => self.wildcard(None, options, item.span()),
            ast::SelectItem::QualifiedWildcard(kind, options) => match kind {
                ast::SelectItemQualifiedWildcardKind::ObjectName(name) => {
                    let parts = super::from::parts(name)?;
                    self.wildcard(parts.last(), options, item.span())
                }
                ast::SelectItemQualifiedWildcardKind::Expr(expr) => Err(unsupported(
                    "`.*` of an expression",
                    "name the fields",
                    super::span(expr),
                )),
            },
        }
    }

    fn wildcard(
        &mut self,
        table: Option<&ast::Ident>,
        options: &ast::WildcardAdditionalOptions,
        place: Span,
    ) -> SqlResult<Vec<(String, Expr)>> {
        let Some(scope) = self.scopes.last().cloned() else {
            return Ok(Vec::new());
        };
        let mut found: Vec<(String, Expr)> = scope
            .all(table)
            .into_iter()
            .map(|column| (column.name.clone(), self.columns.expr(column.id)))
            .collect();
        if let Some(name) = table.filter(|_| found.is_empty())
            && let Ok(value) = self.name(std::slice::from_ref(name))
            && let polars::prelude::DataType::Struct(fields) = value.dtype.clone()
        {
            for field in &fields {
                let ident = ast::Ident::with_span(name.span, field.name().as_str());
                found.push((field.name().to_string(), self.field(value.clone(), &ident)?));
            }
        }
        if found.is_empty() {
            let (name, tables) = (table.map(|table| table.value.clone()), scope.tables());
            let kind = match name {
                Some(name) => SqlErrorKind::UnknownTable {
                    nearest: crate::error::nearest(&name, tables.iter().copied()).map(str::to_owned),
                    name,
                    tables: tables.into_iter().map(str::to_owned).collect(),
                },
                None => SqlErrorKind::Syntax {
                    expected: "a FROM for `*`".to_owned(),
                    found: "none".to_owned(),
                },
            };
            return Err(kind.at(table.map_or(place, |table| table.span)));
        }
        let excluded: Vec<&ast::Ident> = match (&options.opt_except, &options.opt_exclude) {
            (Some(except), _) => std::iter::once(&except.first_element)
                .chain(&except.additional_elements)
                .collect(),
            (None, Some(ast::ExcludeSelectItem::Single(one))) => {
                one.0.iter().filter_map(|part| part.as_ident()).collect()
            }
            (None, Some(ast::ExcludeSelectItem::Multiple(many))) => many
                .iter()
                .flat_map(|one| one.0.iter().filter_map(|part| part.as_ident()))
                .collect(),
            (None, None) => Vec::new(),
        };
        for name in excluded {
            let before = found.len();
            found.retain(|(column, _)| !column.eq_ignore_ascii_case(&name.value));
            if found.len() == before {
                return Err(scope.unknown(std::slice::from_ref(name)).at(name.span));
            }
        }
        if options.opt_replace.is_some() || options.opt_rename.is_some() || options.opt_ilike.is_some() {
            return Err(unsupported(
                "REPLACE, RENAME or ILIKE behind `*`",
                "name the columns",
                place,
            ));
        }
        Ok(found)
    }

    /// Binds GROUP BY: columns first, then names and positions of the result.
    fn grouping(
        &mut self,
        group_by: &ast::GroupByExpr,
        outputs: &[(String, Expr)],
    ) -> SqlResult<Option<Grouping>> {
        let (exprs, modifiers) = match group_by {
            ast::GroupByExpr::All(_) => {
                let mut grouping = Grouping::default();
                for (_, expr) in outputs.iter().filter(|(_, expr)| !expr.any(is_aggregate)) {
                    let key = grouping.key(expr);
                    grouping.sets.iter_mut().for_each(|set| set.push(key));
                }
                return Ok(Some(grouping));
            }
            ast::GroupByExpr::Expressions(exprs, modifiers) if exprs.is_empty() && modifiers.is_empty() => {
                return Ok(None);
            }
            ast::GroupByExpr::Expressions(exprs, modifiers) => (exprs, modifiers),
        };
        let mut grouping = Grouping::default();
        for expr in exprs {
            self.grouping_item(expr, outputs, &mut grouping)?;
        }
        for modifier in modifiers {
            grouping.has_sets = true;
            let all: Vec<usize> = (0..grouping.keys.len()).collect();
            let sets = match modifier {
                ast::GroupByWithModifier::Rollup => rollup(all.into_iter().map(|key| vec![key]).collect()),
                ast::GroupByWithModifier::Cube => {
                    cube(&all.into_iter().map(|key| vec![key]).collect::<Vec<_>>())
                }
                ast::GroupByWithModifier::GroupingSets(expr) => {
                    grouping.sets = vec![Vec::new()];
                    self.grouping_item(expr, outputs, &mut grouping)?;
                    continue;
                }
                ast::GroupByWithModifier::Totals => {
                    let place = exprs.first().map_or(Span::empty(), super::span);
                    return Err(unsupported("WITH TOTALS", "write WITH ROLLUP", place));
                }
            };
            grouping.sets = vec![Vec::new()];
            grouping.cross(&sets);
        }
        Ok(Some(grouping))
    }

    fn grouping_item(
        &mut self,
        expr: &ast::Expr,
        outputs: &[(String, Expr)],
        grouping: &mut Grouping,
    ) -> SqlResult<()> {
        let keys_of = |binder: &mut Self, grouping: &mut Grouping, exprs: &[ast::Expr]| {
            let keys = exprs.iter().map(|expr| {
                let bound = binder.group_key(expr, outputs)?;
                Ok(grouping.key(&bound))
            });
            keys.collect::<SqlResult<Vec<usize>>>()
        };
        let sets = match expr {
            ast::Expr::Rollup(parts) => {
                let parts = parts.iter().map(|part| keys_of(self, grouping, part));
                rollup(parts.collect::<SqlResult<Vec<_>>>()?)
            }
            ast::Expr::Cube(parts) => {
                let parts = parts.iter().map(|part| keys_of(self, grouping, part));
                let parts = parts.collect::<SqlResult<Vec<_>>>()?;
                if parts.len() > 12 {
                    let kind = SqlErrorKind::TooLarge {
                        what: "keys in CUBE",
                        found: parts.len(),
                        limit: 12,
                    };
                    return Err(kind.at(super::span(expr)));
                }
                cube(&parts)
            }
            ast::Expr::GroupingSets(parts) => {
                let mut sets = Vec::new();
                for part in parts {
                    match part.as_slice() {
                        // GROUPING SETS may hold ROLLUP and CUBE.
                        [
                            inner @ (ast::Expr::Rollup(_) | ast::Expr::Cube(_) | ast::Expr::GroupingSets(_)),
                        ] => {
                            let mut nested = Grouping {
                                keys: grouping.keys.clone(),
                                ..Grouping::default()
                            };
                            self.grouping_item(inner, outputs, &mut nested)?;
                            grouping.keys = nested.keys;
                            sets.extend(nested.sets);
                        }
                        part => sets.push(keys_of(self, grouping, part)?),
                    }
                }
                sets
            }
            ast::Expr::Tuple(parts) if parts.is_empty() => vec![Vec::new()],
            ast::Expr::Tuple(parts) => vec![keys_of(self, grouping, parts)?],
            expr => {
                let key = keys_of(self, grouping, std::slice::from_ref(expr))?;
                grouping.cross(&[key]);
                return Ok(());
            }
        };
        grouping.has_sets = true;
        grouping.cross(&sets);
        Ok(())
    }

    fn group_key(&mut self, expr: &ast::Expr, outputs: &[(String, Expr)]) -> SqlResult<Expr> {
        let bound = match position(expr) {
            Some(position) => by_position(outputs, &position, "GROUP BY", super::span(expr))?,
            None => {
                self.outputs.push(outputs.to_vec());
                self.reads_outputs = Reads::Last;
                let bound = self.expr_in(expr, "GROUP BY", true, false);
                self.reads_outputs = Reads::No;
                self.outputs.pop();
                bound?
            }
        };
        let instead = "group by a column, and filter groups with HAVING";
        refuse(&bound, "an aggregate", "GROUP BY", instead, is_aggregate)?;
        refuse(
            &bound,
            "a window function",
            "GROUP BY",
            "compute it in a query around which you group",
            is_window,
        )?;
        Ok(bound)
    }
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

/// Returns the sets of `ROLLUP (a, b)`: both, `a`, none.
fn rollup(parts: Vec<Vec<usize>>) -> Vec<Vec<usize>> {
    (0..=parts.len())
        .rev()
        .map(|length| parts.iter().take(length).flatten().copied().collect())
        .collect()
}

/// Returns the sets of `CUBE (a, b)`: both, `a`, `b`, none.
fn cube(parts: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let all = 1_usize << parts.len();
    let has = |set: usize, index: usize| set >> (parts.len() - 1 - index) & 1 == 0;
    (0..all)
        .map(|set| {
            let chosen = parts.iter().enumerate().filter(|(index, _)| has(set, *index));
            chosen.flat_map(|(_, part)| part.iter().copied()).collect()
        })
        .collect()
}

fn refuse_clauses(select: &ast::Select) -> SqlResult<()> {
    let place = select.span();
    let refused = [
        (select.top.is_some(), "TOP", "write LIMIT at the end"),
        (
            select.into.is_some(),
            "INTO",
            "bind the result to a name: name = sql(…)",
        ),
        (select.prewhere.is_some(), "PREWHERE", "write WHERE"),
        (
            !select.connect_by.is_empty(),
            "CONNECT BY",
            "write WITH RECURSIVE",
        ),
        (
            !select.cluster_by.is_empty(),
            "CLUSTER BY",
            "write ORDER BY at the end",
        ),
        (
            !select.distribute_by.is_empty(),
            "DISTRIBUTE BY",
            "leave it out: rows are not spread over machines",
        ),
        (!select.sort_by.is_empty(), "SORT BY", "write ORDER BY at the end"),
        (select.value_table_mode.is_some(), "SELECT AS", "name the columns"),
    ];
    match refused.into_iter().find(|(is_there, _, _)| *is_there) {
        Some((_, what, instead)) => Err(unsupported(what, instead, place)),
        None => Ok(()),
    }
}
