//! Queries that polars' SQL computes, and computes wrongly: they are refused, with another way to write them.

use std::ops::ControlFlow;

use sqlparser::ast::{
    BinaryOperator, Expr, Function, GroupByExpr, JoinConstraint, JoinOperator, NamedWindowExpr, OrderByKind,
    Query, Select, SetExpr, Visit, Visitor, WindowType, visit_expressions,
};
use sqlparser::dialect::GenericDialect;
use sqlparser::parser::Parser;

use super::error::FrameError;
use super::sql_text::within_bounds;

/// Functions for which `ORDER BY` in `OVER (…)` is heeded.
const ORDERED: [&str; 11] = [
    "count",
    "dense_rank",
    "first_value",
    "lag",
    "last_value",
    "lead",
    "max",
    "min",
    "rank",
    "row_number",
    "sum",
];

/// Functions of many rows, besides those that only stand before `OVER`.
const AGGREGATES: [&str; 14] = [
    "avg",
    "corr",
    "count",
    "first",
    "last",
    "max",
    "median",
    "min",
    "quantile_cont",
    "quantile_disc",
    "stddev",
    "sum",
    "variance",
    "stdev",
];

/// Refuses a query of which a part would be computed wrongly. A text that is not a query passes.
pub(super) fn refuse_query(sql: &str) -> Result<(), FrameError> {
    within_bounds(sql, || {
        let Ok(statements) = Parser::parse_sql(&GenericDialect, sql) else {
            return Ok(());
        };
        broken(statements.visit(&mut Rejecter))
    })?
}

/// Refuses an expression of which a part would be computed wrongly. A text that is not an expression passes.
pub(super) fn refuse_expression(sql: &str) -> Result<(), FrameError> {
    if !sql.to_ascii_lowercase().contains("over") {
        return Ok(());
    }
    within_bounds(sql, || {
        let parsed = Parser::new(&GenericDialect).try_with_sql(sql);
        let Ok(expression) = parsed.and_then(|mut parser| parser.parse_expr()) else {
            return Ok(());
        };
        broken(windows(&expression, &|_| true))
    })?
}

fn broken(flow: ControlFlow<FrameError>) -> Result<(), FrameError> {
    match flow {
        ControlFlow::Break(error) => Err(error),
        ControlFlow::Continue(()) => Ok(()),
    }
}

struct Rejecter;

impl Visitor for Rejecter {
    type Break = FrameError;

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<FrameError> {
        let order = query.order_by.as_ref().map(|order| &order.kind);
        let SetExpr::Select(select) = query.body.as_ref() else {
            return ControlFlow::Continue(());
        };
        if let Some(OrderByKind::Expressions(keys)) = order
            && is_grouped(select)
        {
            for key in keys {
                visit_expressions(&key.expr, |expression| match function(expression) {
                    Some(called) if is_aggregate(called) => refused(
                        format!("ORDER BY {expression} sorts by something that is not in the result"),
                        format!("give it a name and sort by that: SELECT …, {expression} AS n … ORDER BY n"),
                    ),
                    _ => ControlFlow::Continue(()),
                })?;
            }
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<FrameError> {
        for join in select.from.iter().flat_map(|from| &from.joins) {
            outer_join(&join.join_operator)?;
        }
        let is_ordered = |window: &str| {
            select.named_window.iter().any(|definition| match &definition.1 {
                _ if definition.0.value != window => false,
                NamedWindowExpr::WindowSpec(spec) => !spec.order_by.is_empty(),
                NamedWindowExpr::NamedWindow(_) => true,
            })
        };
        if is_grouped(select) {
            visit_expressions(&select.projection, |expression| {
                match function(expression) {
                Some(called) if called.over.is_some() => refused(
                    format!("{expression} is computed within each group, not over the groups"),
                    "group in a subquery: SELECT g, sum(n) OVER () FROM (SELECT g, count(*) AS n FROM t GROUP BY g) AS t"
                        .to_owned(),
                ),
                _ => ControlFlow::Continue(()),
            }
            })?;
        }
        windows(&select.projection, &is_ordered)
    }
}

/// Refuses functions over windows whose order is ignored; `is_ordered` tells it of a window with a name.
fn windows(expressions: &impl Visit, is_ordered: &dyn Fn(&str) -> bool) -> ControlFlow<FrameError> {
    visit_expressions(expressions, |expression| {
        let Some(called) = function(expression) else {
            return ControlFlow::Continue(());
        };
        let has_order = match &called.over {
            None => return ControlFlow::Continue(()),
            Some(WindowType::WindowSpec(spec)) => !spec.order_by.is_empty(),
            Some(WindowType::NamedWindow(name)) => is_ordered(&name.value),
        };
        let name = name(called);
        if has_order && !ORDERED.contains(&name.as_str()) {
            let instead = match name.as_str() {
                "avg" => "write a running mean as sum(x) OVER (…) * 1.0 / count(x) OVER (…)",
                _ => "leave ORDER BY out, for one value of all rows",
            };
            return refused(
                format!("the ORDER BY of {expression} is ignored"),
                instead.to_owned(),
            );
        }
        if !has_order && name == "last_value" {
            return refused(
                format!("{expression} returns each row's own value"),
                "say which is the last: first_value(x) OVER (ORDER BY y DESC)".to_owned(),
            );
        }
        ControlFlow::Continue(())
    })
}

/// Refuses an outer join whose further conditions would take rows away, as those of an inner join do.
fn outer_join(operator: &JoinOperator) -> ControlFlow<FrameError> {
    let (word, constraint) = match operator {
        JoinOperator::Left(constraint) | JoinOperator::LeftOuter(constraint) => ("LEFT", constraint),
        JoinOperator::Right(constraint) | JoinOperator::RightOuter(constraint) => ("RIGHT", constraint),
        JoinOperator::FullOuter(constraint) => ("FULL", constraint),
        _ => return ControlFlow::Continue(()),
    };
    let JoinConstraint::On(condition) = constraint else {
        return ControlFlow::Continue(());
    };
    let mut conditions = Vec::new();
    split(condition, &mut conditions);
    let (keys, others): (Vec<&Expr>, Vec<&Expr>) =
        conditions.into_iter().partition(|condition| is_key(condition));
    match others.first() {
        Some(other) if !keys.is_empty() => refused(
            format!("the condition {other} of the {word} JOIN would remove rows that the join must keep"),
            format!(
                "join a subquery with the condition: {word} JOIN (SELECT * FROM t WHERE x > 1) AS t ON …"
            ),
        ),
        _ => ControlFlow::Continue(()),
    }
}

/// Splits a condition at its `AND`s.
fn split<'a>(condition: &'a Expr, parts: &mut Vec<&'a Expr>) {
    match condition {
        Expr::BinaryOp {
            left,
            op: BinaryOperator::And,
            right,
        } => {
            split(left, parts);
            split(right, parts);
        }
        Expr::Nested(inner) => split(inner, parts),
        part => parts.push(part),
    }
}

/// Returns whether a condition asks for columns to be equal.
fn is_key(condition: &Expr) -> bool {
    let names_column = |side: &Expr| {
        visit_expressions(side, |expression| match expression {
            Expr::Identifier(_) | Expr::CompoundIdentifier(_) => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        })
        .is_break()
    };
    match condition {
        Expr::BinaryOp {
            left,
            op: BinaryOperator::Eq,
            right,
        } => names_column(left) && names_column(right),
        _ => false,
    }
}

fn is_grouped(select: &Select) -> bool {
    match &select.group_by {
        GroupByExpr::All(_) => true,
        GroupByExpr::Expressions(keys, _) => !keys.is_empty(),
    }
}

fn function(expression: &Expr) -> Option<&Function> {
    match expression {
        Expr::Function(called) => Some(called),
        _ => None,
    }
}

fn name(called: &Function) -> String {
    called.name.to_string().to_ascii_lowercase()
}

fn is_aggregate(called: &Function) -> bool {
    called.over.is_none() && AGGREGATES.contains(&name(called).as_str())
}

fn refused(what: String, instead: String) -> ControlFlow<FrameError> {
    ControlFlow::Break(FrameError::SqlRefused { what, instead })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Problem as _;

    fn said(refused: Result<(), FrameError>) -> String {
        match refused {
            Ok(()) => String::new(),
            Err(error) => format!("{error} | {}", error.hint().unwrap_or_default()),
        }
    }

    #[test]
    fn what_would_be_computed_wrongly_is_refused() {
        let cases = [
            (
                "SELECT * FROM a LEFT JOIN b ON a.x = b.x AND b.y > 1",
                "the condition b.y > 1 of the LEFT JOIN",
            ),
            (
                "SELECT * FROM a RIGHT JOIN b ON (b.y > 1 AND a.x = b.x)",
                "the condition b.y > 1 of the RIGHT JOIN",
            ),
            (
                "SELECT * FROM a FULL OUTER JOIN b ON a.x = b.x AND b.y = 1",
                "the condition b.y = 1 of the FULL JOIN",
            ),
            (
                "SELECT * FROM (SELECT a.x FROM a LEFT JOIN b ON a.x = b.x AND a.y < b.y) AS t",
                "the condition a.y < b.y of the LEFT JOIN",
            ),
            (
                "SELECT avg(x) OVER (ORDER BY y) FROM t",
                "the ORDER BY of avg(x) OVER (ORDER BY y) is ignored",
            ),
            (
                "SELECT 1 + stddev(x) OVER w AS s FROM t WINDOW w AS (ORDER BY y)",
                "the ORDER BY of stddev(x) OVER w",
            ),
            (
                "SELECT last_value(x) OVER (PARTITION BY y) FROM t",
                "returns each row's own value",
            ),
            (
                "SELECT y, sum(count(*)) OVER () FROM t GROUP BY y",
                "sum(count(*)) OVER () is computed within each group",
            ),
            (
                "SELECT y FROM (SELECT y, row_number() OVER (ORDER BY y) AS n FROM t GROUP BY y) AS g",
                "is computed within each group",
            ),
            (
                "SELECT y, count(*) FROM t GROUP BY y ORDER BY count(*) DESC",
                "ORDER BY count(*) sorts by something",
            ),
        ];
        for (sql, part) in cases {
            let said = said(refuse_query(sql));
            assert!(said.contains(part) && !said.ends_with("| "), "{sql}: {said}");
        }
        let said = said(refuse_expression("avg(x) OVER (PARTITION BY g ORDER BY y) - x"));
        assert!(said.contains("is ignored"), "{said}");
    }

    #[test]
    fn the_rest_passes() {
        for sql in [
            "SELECT * FROM a LEFT JOIN b ON a.x = b.x AND a.y = b.y",
            "SELECT * FROM a LEFT JOIN b ON a.x < b.x",
            "SELECT * FROM a LEFT JOIN b USING (x) WHERE b.y > 1",
            "SELECT * FROM a JOIN b ON a.x = b.x AND b.y > 1",
            "SELECT avg(x) OVER (PARTITION BY y), sum(x) OVER (ORDER BY y), rank() OVER (ORDER BY y DESC) FROM t",
            "SELECT avg(x) OVER w FROM t WINDOW w AS (PARTITION BY y)",
            "SELECT y, count(*) AS n FROM t GROUP BY y ORDER BY n DESC, y",
            "SELECT sum(n) OVER () FROM (SELECT count(*) AS n FROM t GROUP BY y) AS g ORDER BY n",
            "SELECT max(x) FROM t ORDER BY max(x)",
            "SELECT",
            "",
        ] {
            assert_eq!(said(refuse_query(sql)), "", "{sql}");
        }
        for sql in [
            "avg(x) OVER (PARTITION BY y)",
            "cover + 1",
            "sum(x) OVER (ORDER BY y)",
            "over over",
        ] {
            assert_eq!(said(refuse_expression(sql)), "", "{sql}");
        }
    }
}
