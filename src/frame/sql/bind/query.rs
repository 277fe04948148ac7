//! Queries: `WITH`, set operations, `VALUES`, `ORDER BY` and `LIMIT` of the whole.

pub(super) mod order;
mod set;
mod values;
mod with;

use sqlparser::ast::{self, Spanned as _};

use self::set::by_names;
use super::{Binder, BoundQuery, OutputColumn};
use crate::frame::sql::error::{SqlErrorKind, SqlResult, unsupported};
use crate::frame::sql::rel::SetOperation;

impl Binder<'_> {
    /// Binds a query.
    pub(in crate::frame::sql) fn query(&mut self, query: &ast::Query) -> SqlResult<BoundQuery> {
        let known = self.ctes.len();
        let bound = self.query_with(query);
        self.ctes.truncate(known);
        bound
    }

    fn query_with(&mut self, query: &ast::Query) -> SqlResult<BoundQuery> {
        refuse_clauses(query)?;
        if let Some(with) = &query.with {
            for (index, table) in with.cte_tables.iter().enumerate() {
                let name = &table.alias.name;
                let mut before = with.cte_tables.iter().take(index);
                let is_same = |other: &ast::Cte| other.alias.name.value.eq_ignore_ascii_case(&name.value);
                if before.any(is_same) {
                    let what = format!("two tables of WITH that are called `{}`", name.value);
                    return Err(unsupported(what, "give one of them another name", name.span));
                }
                let cte = self.cte(table, with.recursive)?;
                self.ctes.push(cte);
            }
        }
        let order = query.order_by.as_ref();
        let bound = match &*query.body {
            ast::SetExpr::Select(select) => self.select(select, order)?,
            body => {
                let bound = self.set_expr(body)?;
                self.sorted(bound, order)?
            }
        };
        self.limited(bound, query)
    }

    fn set_expr(&mut self, body: &ast::SetExpr) -> SqlResult<BoundQuery> {
        match body {
            ast::SetExpr::Select(select) => self.select(select, None),
            ast::SetExpr::Query(query) => self.query(query),
            ast::SetExpr::Values(values) => self.values(values),
            ast::SetExpr::SetOperation {
                left,
                op,
                set_quantifier,
                right,
            } => {
                let operation = match op {
                    ast::SetOperator::Union => SetOperation::Union,
                    ast::SetOperator::Intersect => SetOperation::Intersect,
                    ast::SetOperator::Except | ast::SetOperator::Minus => SetOperation::Except,
                };
                let (all, by_name) = match set_quantifier {
                    ast::SetQuantifier::All => (true, false),
                    ast::SetQuantifier::Distinct | ast::SetQuantifier::None => (false, false),
                    ast::SetQuantifier::ByName | ast::SetQuantifier::DistinctByName => (false, true),
                    ast::SetQuantifier::AllByName => (true, true),
                };
                let left = self.set_expr(left)?;
                let mut right = self.set_expr(right)?;
                if by_name {
                    right = by_names(&left, right, body)?;
                }
                self.combined(operation, all, left, right, body)
            }
            ast::SetExpr::Table(table) => {
                let name = table.table_name.clone().unwrap_or_default();
                let parts = vec![ast::Ident::new(name)];
                let (rel, scope) = self.table(&parts, None, body.span())?;
                let outputs = scope.columns.into_iter().map(|column| OutputColumn {
                    name: column.name,
                    id: column.id,
                });
                Ok(BoundQuery {
                    rel,
                    outputs: outputs.collect(),
                })
            }
            ast::SetExpr::Insert(statement)
            | ast::SetExpr::Update(statement)
            | ast::SetExpr::Delete(statement)
            | ast::SetExpr::Merge(statement) => Err(super::super::statement::not_a_query(statement)),
        }
    }
}

/// Refuses what a query has and frames do not.
fn refuse_clauses(query: &ast::Query) -> SqlResult<()> {
    let place = query.span();
    if !query.locks.is_empty() {
        return Err(unsupported(
            "FOR UPDATE",
            "leave it out: frames never change",
            place,
        ));
    }
    if query.for_clause.is_some() || query.settings.is_some() || query.format_clause.is_some() {
        return Err(unsupported(
            "this clause",
            "leave out FOR, SETTINGS and FORMAT",
            place,
        ));
    }
    if !query.pipe_operators.is_empty() {
        let instead = "write a query in brackets, and |> behind them";
        return Err(unsupported("|> here", instead, place));
    }
    Ok(())
}

/// Gives columns the names of a list behind a table's name.
pub(super) fn rename(
    outputs: &mut [OutputColumn],
    names: &[String],
    table: &str,
    place: sqlparser::tokenizer::Span,
) -> SqlResult<()> {
    if names.is_empty() {
        return Ok(());
    }
    if names.len() != outputs.len() {
        let kind = SqlErrorKind::ColumnCount {
            what: format!("the list of names of `{table}`"),
            expected: outputs.len(),
            found: names.len(),
        };
        return Err(kind.at(place));
    }
    for (output, name) in outputs.iter_mut().zip(names) {
        output.name.clone_from(name);
    }
    Ok(())
}
