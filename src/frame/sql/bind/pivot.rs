//! `PIVOT`: a grouping with an aggregate for each value that is asked for.

use std::collections::BTreeSet;

use polars::prelude::DataType;
use sqlparser::ast::{self, Spanned as _};
use sqlparser::tokenizer::Span;

use super::query::rename;
use super::{Binder, OutputColumn, Reads, is_aggregate, is_window, names, refuse};
use crate::frame::sql::error::{SqlErrorKind, SqlResult, unsupported};
use crate::frame::sql::expr::{Aggregate, CastHow, ColumnId, Expr, Kind, Literal};
use crate::frame::sql::functions::function;
use crate::frame::sql::moments;
use crate::frame::sql::rel::Rel;
use crate::frame::sql::scope::{Named, Scope};
use crate::frame::sql::types;

/// A value that PIVOT makes a column of.
struct PivotValue {
    name: String,
    /// True for its rows.
    is_met: Expr,
}

impl Binder<'_> {
    /// Binds PIVOT.
    pub(super) fn pivot(&mut self, factor: &ast::TableFactor) -> SqlResult<(Rel, Scope)> {
        let ast::TableFactor::Pivot {
            table,
            aggregate_functions,
            value_column,
            value_source,
            default_on_null,
            alias,
        } = factor
        else {
            return Err(unsupported("this PIVOT", "", factor.span()));
        };
        if let Some(default) = default_on_null {
            let instead = "write coalesce(…) where you read the columns";
            return Err(unsupported("DEFAULT ON NULL", instead, default.span()));
        }
        let ast::PivotValueSource::List(values) = value_source else {
            let instead = "list the values: IN (1, 2, 3)";
            return Err(unsupported(
                "PIVOT of values that a query gives",
                instead,
                factor.span(),
            ));
        };
        let (rel, scope) = self.factor(table)?;
        let (rel, scope) = self.within_table(scope, |binder, scope| {
            let aggregates = binder.pivot_aggregates(aggregate_functions)?;
            let columns = binder.plain_columns(value_column, "PIVOT")?;
            let mut asked = Vec::new();
            for value in values {
                asked.push(binder.pivot_value(&columns, value)?);
            }
            let mut read: BTreeSet<ColumnId> = columns.iter().filter_map(Expr::as_column).collect();
            aggregates.iter().for_each(|(_, expr)| expr.columns(&mut read));
            let keys: Vec<Named> = scope
                .all(None)
                .into_iter()
                .filter(|column| !read.contains(&column.id))
                .cloned()
                .collect();
            let items = binder.pivot_items(&keys, &aggregates, &asked)?;
            let by: Vec<Expr> = keys.iter().map(|key| binder.columns.expr(key.id)).collect();
            if let Some(map) = keys
                .iter()
                .zip(&by)
                .find_map(|(key, expr)| types::has_map(&expr.dtype).then_some(key))
            {
                let instead = "pivot a query that selects the columns to group by";
                let what = format!("PIVOT that groups by the map {}", map.name);
                return Err(unsupported(what, instead, factor.span()));
            }
            let bound = binder.grouped_items(rel, by, items)?;
            let tables = keys
                .into_iter()
                .map(|key| key.table)
                .chain(std::iter::repeat(None));
            let columns = bound
                .outputs
                .into_iter()
                .zip(tables)
                .map(|(output, table)| Named {
                    table,
                    name: output.name,
                    id: output.id,
                    visible: true,
                });
            let scope = Scope {
                columns: columns.collect(),
            };
            Ok((bound.rel, scope))
        })?;
        Ok((rel, renamed(scope, alias.as_ref())?))
    }

    /// Runs `work` with names that mean only the columns of a table.
    pub(super) fn within_table<T>(
        &mut self,
        scope: Scope,
        work: impl FnOnce(&mut Self, &Scope) -> SqlResult<T>,
    ) -> SqlResult<T> {
        let reads = std::mem::replace(&mut self.reads_outputs, Reads::No);
        let done = self.within(scope.clone(), |binder| work(binder, &scope));
        self.reads_outputs = reads;
        done
    }

    /// Binds the aggregates of PIVOT, each with its name.
    fn pivot_aggregates(&mut self, written: &[ast::ExprWithAlias]) -> SqlResult<Vec<(String, Expr)>> {
        let mut aggregates = Vec::new();
        for item in written {
            let bound = self.pivot_aggregate(&item.expr)?;
            let name = match &item.alias {
                Some(alias) => checked(alias, super::span(&item.expr))?,
                None => names::name(&bound, &self.columns),
            };
            aggregates.push((name, bound));
        }
        Ok(aggregates)
    }

    /// Binds an aggregate that PIVOT computes.
    fn pivot_aggregate(&mut self, expr: &ast::Expr) -> SqlResult<Expr> {
        let bound = self.expr_in(expr, "PIVOT", true, false)?;
        let instead = "compute it in a query that you pivot";
        refuse(&bound, "a window function", "PIVOT", instead, is_window)?;
        if !bound.any(is_aggregate) {
            let kind = SqlErrorKind::Syntax {
                expected: "an aggregate such as sum(x)".to_owned(),
                found: "none".to_owned(),
            };
            return Err(kind.at(bound.place));
        }
        Ok(bound)
    }

    /// Binds names of columns.
    pub(super) fn plain_columns(
        &mut self,
        written: &[ast::Expr],
        clause: &'static str,
    ) -> SqlResult<Vec<Expr>> {
        let mut columns = Vec::new();
        for expr in written {
            let column = self.expr_in(expr, clause, false, false)?;
            if column.as_column().is_none() {
                let instead = "name a column; compute it in a query before";
                return Err(unsupported(
                    format!("an expression as a column of {clause}"),
                    instead,
                    super::span(expr),
                ));
            }
            columns.push(column);
        }
        Ok(columns)
    }

    /// Binds a value of PIVOT, one for each of the columns that are pivoted.
    fn pivot_value(&mut self, columns: &[Expr], written: &ast::ExprWithAlias) -> SqlResult<PivotValue> {
        let place = super::span(&written.expr);
        let parts = parts(&written.expr);
        if parts.len() != columns.len() {
            let kind = SqlErrorKind::ColumnCount {
                what: "a value of PIVOT".to_owned(),
                expected: columns.len(),
                found: parts.len(),
            };
            return Err(kind.at(place));
        }
        let mut texts = Vec::new();
        let mut conditions = Vec::new();
        for (column, part) in columns.iter().zip(parts) {
            let bound = self.expr_in(part, "the values of PIVOT", false, false)?;
            let value = super::literal::fold(&bound);
            let text = match &value.kind {
                Kind::Literal(literal) => text_of(literal, &value.dtype),
                _ => None,
            };
            let Some(text) = text else {
                let kind = SqlErrorKind::NotConstant {
                    function: "PIVOT".to_owned(),
                    argument: "a value".to_owned(),
                };
                return Err(kind.at(bound.place));
            };
            texts.push(text);
            let value = match column.dtype {
                DataType::String => value.cast(&DataType::String, CastHow::Asked),
                _ => value,
            };
            conditions.push(self.operator("<=>", vec![column.clone(), value], place)?);
        }
        let name = match (&written.alias, texts.as_slice()) {
            (Some(alias), _) => checked(alias, place)?,
            (None, [text]) => text.clone(),
            (None, texts) => format!("{{{}}}", texts.join(", ")),
        };
        Ok(PivotValue {
            name,
            is_met: Expr::all(conditions),
        })
    }

    /// Makes the columns of PIVOT: its keys, and each aggregate of each value.
    fn pivot_items(
        &mut self,
        keys: &[Named],
        aggregates: &[(String, Expr)],
        values: &[PivotValue],
    ) -> SqlResult<Vec<(String, Expr)>> {
        let mut items: Vec<(String, Expr)> = keys
            .iter()
            .map(|key| (key.name.clone(), self.columns.expr(key.id)))
            .collect();
        // Spark has two ways. Only where all aggregates give numbers or truth values, a value without rows has NULL, also
        // of `count`; else it has what aggregates say of no rows, and `first` and `last` leave NULL out.
        let is_plain = |dtype: &DataType| {
            types::is_number(dtype) || matches!(dtype, DataType::Boolean | DataType::Decimal(..))
        };
        let are_plain = aggregates.iter().all(|(_, expr)| is_plain(&expr.dtype));
        for value in values {
            for (suffix, aggregate) in aggregates {
                let name = match aggregates {
                    [_] => value.name.clone(),
                    _ => format!("{}_{suffix}", value.name),
                };
                let met = of_rows(aggregate, &value.is_met, !are_plain)?;
                let item = if are_plain {
                    self.unless_empty(met, &value.is_met)?
                } else {
                    met
                };
                items.push((name, item));
            }
        }
        Ok(items)
    }

    /// Makes an expression NULL for groups without a row of which a condition is true.
    fn unless_empty(&mut self, expr: Expr, is_met: &Expr) -> SqlResult<Expr> {
        let place = expr.place;
        let Some(count) = function("count") else {
            return Err(unsupported("PIVOT", "", place));
        };
        let count = Aggregate {
            function: count,
            args: Vec::new(),
            distinct: false,
            filter: Some(is_met.clone()),
            order: Vec::new(),
            ignore_nulls: false,
        };
        let count = Expr::new(Kind::Aggregate(Box::new(count)), DataType::Int64, place);
        let has_rows = self.operator(">", vec![count, Expr::bigint(0)], place)?;
        let dtype = expr.dtype.clone();
        let kind = Kind::Case {
            branches: vec![(has_rows, expr)],
            otherwise: None,
        };
        Ok(Expr::new(kind, dtype, place))
    }
}

/// Makes the aggregates in an expression read only the rows of which a condition is true.
fn of_rows(expr: &Expr, is_met: &Expr, leaves_nulls_out: bool) -> SqlResult<Expr> {
    let mut expr = expr.clone();
    expr.rewrite(&mut |part: &mut Expr| {
        let Kind::Aggregate(call) = &part.kind else {
            return SqlResult::Ok(None);
        };
        let mut call = call.clone();
        let conditions = call.filter.take().into_iter().chain([is_met.clone()]);
        call.filter = Some(Expr::all(conditions.collect()));
        call.ignore_nulls |= leaves_nulls_out && matches!(call.function.name, "first" | "last");
        Ok(Some(Expr::new(
            Kind::Aggregate(call),
            part.dtype.clone(),
            part.place,
        )))
    })?;
    Ok(expr)
}

/// Gives the columns of a table the name that it has, and theirs.
pub(super) fn renamed(scope: Scope, alias: Option<&ast::TableAlias>) -> SqlResult<Scope> {
    let Some(alias) = alias else {
        return Ok(scope);
    };
    let mut outputs: Vec<OutputColumn> = scope
        .columns
        .into_iter()
        .map(|column| OutputColumn {
            name: column.name,
            id: column.id,
        })
        .collect();
    let columns = super::from::column_names(alias);
    rename(&mut outputs, &columns, &alias.name.value, alias.span())?;
    let columns = outputs.into_iter().map(|output| (output.name, output.id));
    Ok(Scope::of(Some(&alias.name.value), columns))
}

/// Returns the parts of `(a, b)`, or the one expression.
pub(super) fn parts(expr: &ast::Expr) -> Vec<&ast::Expr> {
    match expr {
        ast::Expr::Tuple(parts) => parts.iter().collect(),
        ast::Expr::Nested(inner) => vec![inner],
        other => vec![other],
    }
}

/// Returns a name, which is not a text in single quotes.
pub(super) fn checked(alias: &ast::Ident, place: Span) -> SqlResult<String> {
    if alias.quote_style == Some('\'') {
        let instead = format!("write AS \"{}\"", alias.value);
        return Err(unsupported("a name in single quotes", instead, place));
    }
    Ok(alias.value.clone())
}

/// Returns a constant as PIVOT names a column by it.
fn text_of(literal: &Literal, dtype: &DataType) -> Option<String> {
    Some(match literal {
        Literal::Null => "null".to_owned(),
        Literal::Date(days) => moments::date_text(*days),
        Literal::Timestamp(micros) => moments::timestamp_text(*micros),
        Literal::Binary(_) | Literal::Interval { .. } => return None,
        other => names::constant(other, dtype),
    })
}
