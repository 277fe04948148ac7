//! `SELECT`: its clauses in the order in which they mean something.

mod grouping;
mod items;

use std::collections::BTreeSet;

use sqlparser::ast::{self, Spanned as _};
use sqlparser::tokenizer::Span;

use super::extract::{Grouping, Selected};
use super::maps::refuse_maps;
use super::{Binder, BoundQuery, OutputColumn, Reads, is_aggregate, is_window};
use crate::frame::sql::error::{SqlErrorKind, SqlResult, unsupported};
use crate::frame::sql::expr::{ColumnId, Expr};
use crate::frame::sql::rel::Rel;

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
        let outputs = self.items(select, &generated)?;
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
        if let Some(generated) = generated.first() {
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
                // A column of a query around it has to become a column of its own.
                Some(id) if rel.columns().contains(&id) && taken.insert(id) => id,
                _ => self.columns.add(&name, expr.dtype.clone()),
            };
            columns.push((id, expr));
            results.push(OutputColumn { name, id });
        }
        let is_distinct = matches!(distinct, Some(ast::Distinct::Distinct));
        if is_distinct {
            let instead = "select array_sort(map_entries(map))";
            refuse_maps(
                columns.iter().map(|(_, expr)| expr),
                "SELECT DISTINCT of maps",
                instead,
            )?;
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
