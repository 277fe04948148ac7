//! `GROUP BY`: keys, `ROLLUP`, `CUBE` and `GROUPING SETS`.

use sqlparser::ast;
use sqlparser::tokenizer::Span;

use crate::frame::sql::bind::extract::Grouping;
use crate::frame::sql::bind::maps::refuse_keys;
use crate::frame::sql::bind::query::order::{by_position, position};
use crate::frame::sql::bind::{Binder, Reads, is_aggregate, is_window, refuse, span};
use crate::frame::sql::error::{SqlErrorKind, SqlResult, unsupported};
use crate::frame::sql::expr::Expr;

impl Binder<'_> {
    /// Binds GROUP BY: columns first, then names and positions of the result.
    pub(super) fn grouping(
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
                refuse_keys(&grouping.keys, "GROUP BY of maps")?;
                return Ok(Some(grouping));
            }
            ast::GroupByExpr::Expressions(exprs, modifiers) if exprs.is_empty() && modifiers.is_empty() => {
                return Ok(None);
            }
            ast::GroupByExpr::Expressions(exprs, modifiers) => (exprs, modifiers),
        };
        let mut grouping = Grouping::default();
        // One group of all rows, which is there without rows, too.
        if modifiers.is_empty() && matches!(exprs.as_slice(), [ast::Expr::Tuple(parts)] if parts.is_empty()) {
            return Ok(Some(grouping));
        }
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
                    let place = exprs.first().map_or(Span::empty(), span);
                    return Err(unsupported("WITH TOTALS", "write WITH ROLLUP", place));
                }
            };
            grouping.sets = vec![Vec::new()];
            grouping.cross(&sets);
        }
        refuse_keys(&grouping.keys, "GROUP BY of maps")?;
        Ok(Some(grouping))
    }

    pub(super) fn grouping_item(
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
                    return Err(kind.at(span(expr)));
                }
                cube(&parts)
            }
            ast::Expr::GroupingSets(parts) => {
                let mut sets = Vec::new();
                for part in parts {
                    // Within GROUPING SETS the parser takes ROLLUP and CUBE for functions.
                    let called = match part.as_slice() {
                        [ast::Expr::Function(call)] => sets_of(call),
                        _ => None,
                    };
                    let part = called.as_ref().map_or(part.as_slice(), std::slice::from_ref);
                    match part {
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

    pub(super) fn group_key(&mut self, expr: &ast::Expr, outputs: &[(String, Expr)]) -> SqlResult<Expr> {
        let bound = if let Some(position) = position(expr) {
            by_position(outputs, &position, "GROUP BY", span(expr))?
        } else {
            self.outputs.push(outputs.to_vec());
            self.reads_outputs = Reads::Last;
            let bound = self.expr_in(expr, "GROUP BY", true, false);
            self.reads_outputs = Reads::No;
            self.outputs.pop();
            bound?
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

/// Returns the `ROLLUP (a, b)` or `CUBE (a, b)` that a call is.
fn sets_of(call: &ast::Function) -> Option<ast::Expr> {
    let ast::FunctionArguments::List(list) = &call.args else {
        return None;
    };
    let parts = list.args.iter().map(|arg| match arg {
        ast::FunctionArg::Unnamed(ast::FunctionArgExpr::Expr(ast::Expr::Tuple(keys))) => Some(keys.clone()),
        ast::FunctionArg::Unnamed(ast::FunctionArgExpr::Expr(key)) => Some(vec![key.clone()]),
        _ => None,
    });
    let parts = parts.collect::<Option<Vec<_>>>()?;
    match call.name.to_string().to_lowercase().as_str() {
        "rollup" => Some(ast::Expr::Rollup(parts)),
        "cube" => Some(ast::Expr::Cube(parts)),
        _ => None,
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
