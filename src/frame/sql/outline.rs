//! What a query does, step by step, in words: `EXPLAIN`.
//!
//! In the order in which SQL means its clauses; the steps of a query within another are indented below what reads it.

use std::fmt::Display;

use sqlparser::ast::{self, Query, Select, SetExpr, TableFactor};

use super::error::SqlResult;
use super::{parse, statement};

/// Describes the steps of a query, a line each.
pub(in crate::frame) fn steps(text: &str) -> SqlResult<Vec<String>> {
    let query = match parse::statement(text)? {
        ast::Statement::Query(query) => query,
        other => return Err(statement::not_a_query(&other)),
    };
    let mut outline = Outline::default();
    outline.query(&query);
    Ok(outline.lines)
}

#[derive(Default)]
struct Outline {
    lines: Vec<String>,
    depth: usize,
}

impl Outline {
    fn step(&mut self, words: &str) {
        let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
        self.lines.push(format!("{}{words}", "  ".repeat(self.depth)));
    }

    /// Describes what belongs to the last step.
    fn within(&mut self, describe: impl FnOnce(&mut Self)) {
        self.depth += 1;
        describe(self);
        self.depth -= 1;
    }

    fn query(&mut self, query: &Query) {
        if let Some(with) = &query.with {
            let again = if with.recursive { ", again and again" } else { "" };
            for table in &with.cte_tables {
                self.step(&format!("make {}{again}:", table.alias));
                self.within(|outline| outline.query(&table.query));
            }
        }
        self.body(&query.body);
        match query.order_by.as_ref().map(|order| &order.kind) {
            Some(ast::OrderByKind::Expressions(keys)) => self.step(&format!("sort by {}", list(keys))),
            Some(ast::OrderByKind::All(_)) => self.step("sort by all columns"),
            None => {}
        }
        match &query.limit_clause {
            Some(ast::LimitClause::LimitOffset { limit, offset, .. }) => {
                if let Some(offset) = offset {
                    self.step(&format!("leave out the first {} rows", offset.value));
                }
                if let Some(limit) = limit {
                    self.step(&format!("keep the first {limit} rows"));
                }
            }
            Some(ast::LimitClause::OffsetCommaLimit { offset, limit }) => {
                self.step(&format!("leave out the first {offset} rows"));
                self.step(&format!("keep the first {limit} rows"));
            }
            None => {}
        }
        if let Some(fetch) = &query.fetch {
            self.step(&fetch.to_string());
        }
        for step in &query.pipe_operators {
            self.step(&step.to_string());
        }
    }

    fn body(&mut self, body: &SetExpr) {
        match body {
            SetExpr::Select(select) => self.select(select),
            SetExpr::Query(query) => self.query(query),
            SetExpr::SetOperation {
                left,
                op,
                set_quantifier,
                right,
            } => {
                let all = matches!(
                    set_quantifier,
                    ast::SetQuantifier::All | ast::SetQuantifier::AllByName
                );
                let which = match (op, all) {
                    (ast::SetOperator::Union, true) => "all rows of both",
                    (ast::SetOperator::Union, false) => "the rows of both, equal ones once",
                    (ast::SetOperator::Intersect, true) => "the rows that are in both, as often as in both",
                    (ast::SetOperator::Intersect, false) => "the rows that are in both, equal ones once",
                    (_, true) => "the rows of the first, without as many as are in the second",
                    (_, false) => "the rows that are only in the first, equal ones once",
                };
                self.step(&format!("take {which}:"));
                for (which, side) in [("the first", left), ("the second", right)] {
                    self.step(&format!("{which}:"));
                    self.within(|outline| outline.body(side));
                }
            }
            SetExpr::Values(values) => self.step(&format!("make {} rows of the values", values.rows.len())),
            SetExpr::Table(table) => {
                self.step(&format!(
                    "read {}",
                    table.table_name.as_deref().unwrap_or_default()
                ));
            }
            other => self.step(&other.to_string()),
        }
    }

    fn select(&mut self, select: &Select) {
        for (index, table) in select.from.iter().enumerate() {
            let how = if index == 0 {
                "read"
            } else {
                "pair each row with each of"
            };
            self.factor(how, &table.relation, "");
            for join in &table.joins {
                self.join(join);
            }
        }
        for view in &select.lateral_views {
            self.step(&view.to_string());
        }
        if let Some(condition) = &select.selection {
            self.step(&format!("keep the rows where {condition}"));
        }
        let chosen = list(&select.projection);
        match &select.group_by {
            ast::GroupByExpr::All(_) => self.step("group by all columns without an aggregate"),
            ast::GroupByExpr::Expressions(keys, sets) if !keys.is_empty() || !sets.is_empty() => {
                let sets: Vec<String> = sets.iter().map(|set| format!(" {set}")).collect();
                self.step(&format!("group by {}{}", list(keys), sets.concat()));
            }
            ast::GroupByExpr::Expressions(..) => {}
        }
        if let Some(condition) = &select.having {
            self.step(&format!("keep the groups where {condition}"));
        }
        self.step(&format!("compute {chosen}"));
        if let Some(condition) = &select.qualify {
            self.step(&format!("keep the rows where {condition}"));
        }
        match &select.distinct {
            Some(ast::Distinct::Distinct) => self.step("keep equal rows once"),
            Some(ast::Distinct::On(keys)) => self.step(&format!("keep one row for each {}", list(keys))),
            Some(ast::Distinct::All) | None => {}
        }
        if !select.sort_by.is_empty() {
            self.step(&format!("sort by {}", list(&select.sort_by)));
        }
    }

    fn join(&mut self, join: &ast::Join) {
        use ast::JoinOperator as Kind;
        let (how, constraint) = match &join.join_operator {
            Kind::Join(on) | Kind::Inner(on) => ("join", Some(on)),
            Kind::Left(on) | Kind::LeftOuter(on) => ("keep every row so far, and join", Some(on)),
            Kind::Right(on) | Kind::RightOuter(on) => ("keep every row of the next, and join", Some(on)),
            Kind::FullOuter(on) => ("keep every row of both, and join", Some(on)),
            Kind::CrossJoin(on) => ("pair each row with each of", Some(on)),
            Kind::Semi(on) | Kind::LeftSemi(on) => ("keep the rows that have a match in", Some(on)),
            Kind::Anti(on) | Kind::LeftAnti(on) => ("keep the rows that have no match in", Some(on)),
            _ => ("join", None),
        };
        let on = match constraint {
            Some(ast::JoinConstraint::On(condition)) => format!(" where {condition}"),
            Some(ast::JoinConstraint::Using(names)) => format!(" by {}", list(names)),
            Some(ast::JoinConstraint::Natural) => " by the columns that both have".to_owned(),
            _ => String::new(),
        };
        self.factor(how, &join.relation, &on);
    }

    /// Describes how a table is read, with `behind` it.
    fn factor(&mut self, how: &str, factor: &TableFactor, behind: &str) {
        match factor {
            TableFactor::Derived { subquery, alias, .. } => {
                let name = alias
                    .as_ref()
                    .map_or("what comes of this".to_owned(), ToString::to_string);
                self.step(&format!("{how} {name}{behind}:"));
                self.within(|outline| outline.query(subquery));
            }
            TableFactor::NestedJoin { table_with_joins, .. } => {
                self.step(&format!("{how} what comes of this{behind}:"));
                self.within(|outline| {
                    outline.factor("read", &table_with_joins.relation, "");
                    for join in &table_with_joins.joins {
                        outline.join(join);
                    }
                });
            }
            table => self.step(&format!("{how} {table}{behind}")),
        }
    }
}

fn list(all: &[impl Display]) -> String {
    let all: Vec<String> = all.iter().map(ToString::to_string).collect();
    all.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_told_step_by_step() {
        let told = |sql: &str| steps(sql).unwrap();
        assert_eq!(
            told(
                "WITH old AS (SELECT * FROM people WHERE age > 60) SELECT city, count(*) AS n FROM old o \
                 LEFT JOIN towns USING (city) GROUP BY city HAVING count(*) > 1 ORDER BY n DESC LIMIT 3"
            ),
            [
                "make old:",
                "  read people",
                "  keep the rows where age > 60",
                "  compute *",
                "read old o",
                "keep every row so far, and join towns by city",
                "group by city",
                "keep the groups where count(*) > 1",
                "compute city, count(*) AS n",
                "sort by n DESC",
                "keep the first 3 rows",
            ]
        );
        assert_eq!(
            told("SELECT DISTINCT a FROM (SELECT 1 AS a) t UNION ALL VALUES (1), (2)"),
            [
                "take all rows of both:",
                "the first:",
                "  read t:",
                "    compute 1 AS a",
                "  compute a",
                "  keep equal rows once",
                "the second:",
                "  make 2 rows of the values",
            ]
        );
    }
}
