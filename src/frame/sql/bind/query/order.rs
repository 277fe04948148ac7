//! `ORDER BY`, `LIMIT`, `OFFSET` and `FETCH`, and columns by their position.

use sqlparser::ast::{self, Spanned as _};

use crate::frame::sql::bind::maps::refuse_order;
use crate::frame::sql::bind::{self, Binder, BoundQuery, Reads};
use crate::frame::sql::error::{SqlErrorKind, SqlResult, unsupported};
use crate::frame::sql::expr::{Expr, Kind, Literal, Order};
use crate::frame::sql::rel::Rel;
use crate::frame::sql::scope::Scope;

impl Binder<'_> {
    /// Sorts the result of a query that is no SELECT by its columns.
    pub(super) fn sorted(
        &mut self,
        bound: BoundQuery,
        order: Option<&ast::OrderBy>,
    ) -> SqlResult<BoundQuery> {
        let Some(order) = order else { return Ok(bound) };
        let columns = bound
            .outputs
            .iter()
            .map(|output| (output.name.clone(), output.id));
        let scope = Scope::of(None, columns.collect::<Vec<_>>());
        let outputs: Vec<(String, Expr)> = bound
            .outputs
            .iter()
            .map(|output| (output.name.clone(), self.columns.expr(output.id)))
            .collect();
        let mut keys = self.within(scope, |binder| binder.order(order, &outputs, false))?;
        let mut rel = bound.rel;
        let mut exprs: Vec<&mut Expr> = keys.iter_mut().map(|key| &mut key.expr).collect();
        rel = self.take_subqueries(rel, &mut exprs);
        Ok(BoundQuery {
            rel: Rel::Sort {
                input: Box::new(rel),
                keys,
            },
            outputs: bound.outputs,
        })
    }

    /// Binds ORDER BY: names and positions of the result first, then what the query reads.
    pub(in crate::frame::sql::bind) fn order(
        &mut self,
        order: &ast::OrderBy,
        outputs: &[(String, Expr)],
        calls: bool,
    ) -> SqlResult<Vec<Order>> {
        let exprs = match &order.kind {
            ast::OrderByKind::All(options) => {
                let keys = outputs.iter().map(|(_, expr)| {
                    let descending = options.asc == Some(false);
                    Order {
                        expr: expr.clone(),
                        descending,
                        nulls_first: options.nulls_first.unwrap_or(!descending),
                    }
                });
                let keys: Vec<Order> = keys.collect();
                refuse_order(&keys)?;
                return Ok(keys);
            }
            ast::OrderByKind::Expressions(exprs) => exprs,
        };
        let mut keys = Vec::new();
        for key in exprs {
            let expr = if let Some(position) = position(&key.expr) {
                by_position(outputs, &position, "ORDER BY", bind::span(&key.expr))?
            } else {
                self.outputs.push(outputs.to_vec());
                let before = std::mem::replace(&mut self.reads_outputs, Reads::First);
                let bound = self.expr_in(&key.expr, "ORDER BY", calls, calls);
                self.reads_outputs = before;
                self.outputs.pop();
                bound?
            };
            let descending = key.options.asc == Some(false);
            keys.push(Order {
                expr,
                descending,
                nulls_first: key.options.nulls_first.unwrap_or(!descending),
            });
        }
        refuse_order(&keys)?;
        Ok(keys)
    }

    /// Applies LIMIT, OFFSET and FETCH.
    pub(super) fn limited(&mut self, bound: BoundQuery, query: &ast::Query) -> SqlResult<BoundQuery> {
        let (mut take, mut skip) = (None, 0);
        match &query.limit_clause {
            Some(ast::LimitClause::LimitOffset {
                limit,
                offset,
                limit_by,
            }) => {
                if let Some(by) = limit_by.first() {
                    return Err(unsupported(
                        "LIMIT … BY",
                        "use QUALIFY row_number() OVER (…) <= n",
                        bind::span(by),
                    ));
                }
                take = limit
                    .as_ref()
                    .map(|limit| self.count(limit, "LIMIT"))
                    .transpose()?;
                skip = offset
                    .as_ref()
                    .map_or(Ok(0), |offset| self.count(&offset.value, "OFFSET"))?;
            }
            Some(ast::LimitClause::OffsetCommaLimit { offset, limit }) => {
                take = Some(self.count(limit, "LIMIT")?);
                skip = self.count(offset, "OFFSET")?;
            }
            None => {}
        }
        if let Some(fetch) = &query.fetch {
            if fetch.with_ties || fetch.percent {
                return Err(unsupported(
                    "WITH TIES or PERCENT",
                    "use QUALIFY rank() OVER (…) <= n",
                    query.span(),
                ));
            }
            take = Some(
                fetch
                    .quantity
                    .as_ref()
                    .map_or(Ok(1), |count| self.count(count, "FETCH"))?,
            );
        }
        if take.is_none() && skip == 0 {
            return Ok(bound);
        }
        Ok(BoundQuery {
            rel: Rel::Limit {
                input: Box::new(bound.rel),
                skip,
                take,
                by: Vec::new(),
            },
            outputs: bound.outputs,
        })
    }

    /// Reads a constant number of rows.
    pub(in crate::frame::sql::bind) fn count(
        &mut self,
        expr: &ast::Expr,
        clause: &'static str,
    ) -> SqlResult<u64> {
        let bound = self.expr_in(expr, clause, false, false)?;
        match bind::literal::fold(&bound).kind {
            Kind::Literal(Literal::Int(count)) if count >= 0 => Ok(count as u64),
            _ => {
                let what = format!("this number of rows of {clause}");
                Err(unsupported(what, "write a whole number from 0", bound.place))
            }
        }
    }
}

/// Returns the number that stands for a position, as it is written.
pub(in crate::frame::sql::bind) fn position(expr: &ast::Expr) -> Option<String> {
    match expr {
        ast::Expr::Value(value) => match &value.value {
            ast::Value::Number(number, false) if number.bytes().all(|byte| byte.is_ascii_digit()) => {
                Some(number.clone())
            }
            _ => None,
        },
        ast::Expr::UnaryOp {
            op: ast::UnaryOperator::Minus,
            expr,
        } => position(expr).map(|number| format!("-{number}")),
        _ => None,
    }
}

/// Returns the column of the result at a position, from 1.
pub(in crate::frame::sql::bind) fn by_position(
    outputs: &[(String, Expr)],
    position: &str,
    clause: &'static str,
    place: sqlparser::tokenizer::Span,
) -> SqlResult<Expr> {
    let index = position
        .parse::<usize>()
        .ok()
        .and_then(|position| position.checked_sub(1));
    if let Some((_, expr)) = index.and_then(|index| outputs.get(index)) {
        let mut expr = expr.clone();
        expr.place = place;
        Ok(expr)
    } else {
        let kind = SqlErrorKind::Position {
            clause,
            position: position.to_owned(),
            columns: outputs.len(),
        };
        Err(kind.at(place))
    }
}
