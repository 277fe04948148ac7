//! Queries: `WITH`, set operations, `VALUES`, `ORDER BY` and `LIMIT` of the whole.

use std::sync::Arc;

use polars::prelude::DataType;
use sqlparser::ast::{self, Spanned as _};

use super::{Binder, BoundQuery, Cte, OutputColumn, Reads};
use crate::frame::sql::error::{SqlErrorKind, SqlResult, unsupported};
use crate::frame::sql::expr::{CastHow, ColumnId, Expr, Kind, Literal, Order};
use crate::frame::sql::rel::{Recursive, Rel, SetOperation};
use crate::frame::sql::scope::Scope;
use crate::frame::sql::types;

impl Binder<'_> {
    /// Binds a query.
    pub(in crate::frame::sql) fn query(&mut self, query: &ast::Query) -> SqlResult<BoundQuery> {
        let known = self.ctes.len();
        let bound = self.query_with(query);
        self.ctes.truncate(known);
        bound
    }

    fn query_with(&mut self, query: &ast::Query) -> SqlResult<BoundQuery> {
        self.refuse_clauses(query)?;
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

    fn refuse_clauses(&self, query: &ast::Query) -> SqlResult<()> {
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
            return Err(unsupported("|>", "write SELECT … FROM …", place));
        }
        Ok(())
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

    /// Puts two queries together, column by column.
    fn combined(
        &mut self,
        operation: SetOperation,
        all: bool,
        mut left: BoundQuery,
        mut right: BoundQuery,
        whole: &ast::SetExpr,
    ) -> SqlResult<BoundQuery> {
        let name = match operation {
            SetOperation::Union => "UNION",
            SetOperation::Intersect => "INTERSECT",
            SetOperation::Except => "EXCEPT",
        };
        if left.outputs.len() != right.outputs.len() {
            let kind = SqlErrorKind::ColumnCount {
                what: format!("the right side of {name}"),
                expected: left.outputs.len(),
                found: right.outputs.len(),
            };
            return Err(kind.at(whole.span()));
        }
        let mut dtypes = Vec::new();
        for (one, other) in left.outputs.iter().zip(&right.outputs) {
            let (one_type, other_type) = (self.columns.dtype(one.id), self.columns.dtype(other.id));
            let Some(dtype) = types::common(&one_type, &other_type) else {
                let kind = SqlErrorKind::Mismatch {
                    what: format!("the columns `{}` of {name}", one.name),
                    left: types::sql_name(&one_type),
                    right: types::sql_name(&other_type),
                };
                return Err(kind.at(whole.span()));
            };
            dtypes.push(dtype);
        }
        self.cast_outputs(&mut left, &dtypes);
        self.cast_outputs(&mut right, &dtypes);
        let mut columns = Vec::new();
        let mut outputs = Vec::new();
        for ((one, other), dtype) in left.outputs.iter().zip(&right.outputs).zip(dtypes) {
            let id = self.columns.add(&one.name, dtype);
            columns.push((id, one.id, other.id));
            outputs.push(OutputColumn {
                name: one.name.clone(),
                id,
            });
        }
        let rel = Rel::Set {
            operation,
            all,
            left: Box::new(left.rel),
            right: Box::new(right.rel),
            columns,
        };
        Ok(BoundQuery { rel, outputs })
    }

    /// Gives a query's columns types, and each a number of its own.
    pub(super) fn cast_outputs(&mut self, bound: &mut BoundQuery, dtypes: &[DataType]) {
        let mut columns: Vec<(ColumnId, Expr)> = Vec::new();
        for (output, dtype) in bound.outputs.iter_mut().zip(dtypes) {
            let expr = self.columns.expr(output.id).cast(dtype, CastHow::Implicit);
            let id = if expr.as_column() == Some(output.id) && columns.iter().all(|(id, _)| *id != output.id)
            {
                output.id
            } else {
                self.columns.add(&output.name, dtype.clone())
            };
            output.id = id;
            columns.push((id, expr));
        }
        let input = Box::new(std::mem::replace(&mut bound.rel, Rel::unit()));
        bound.rel = Rel::Project { input, columns };
    }

    fn values(&mut self, values: &ast::Values) -> SqlResult<BoundQuery> {
        let mut rows: Vec<Vec<Expr>> = Vec::new();
        for row in &values.rows {
            let row = row
                .content
                .iter()
                .map(|value| self.expr_in(value, "VALUES", false, false));
            rows.push(row.collect::<SqlResult<_>>()?);
        }
        let width = rows.first().map_or(0, Vec::len);
        if let Some(row) = rows.iter().find(|row| row.len() != width) {
            let place = row
                .first()
                .map_or(sqlparser::tokenizer::Span::empty(), |value| value.place);
            let what = "a row of VALUES".to_owned();
            return Err(SqlErrorKind::ColumnCount {
                what,
                expected: width,
                found: row.len(),
            }
            .at(place));
        }
        let mut columns = Vec::new();
        let mut outputs = Vec::new();
        for index in 0..width {
            let dtypes: Vec<DataType> = rows
                .iter()
                .filter_map(|row| row.get(index))
                .map(|value| value.dtype.clone())
                .collect();
            let Some(dtype) = types::common_of(dtypes.iter()) else {
                let kind = SqlErrorKind::Mismatch {
                    what: format!("the values of column {}", index + 1),
                    left: dtypes.first().map_or_else(String::new, types::sql_name),
                    right: dtypes.last().map_or_else(String::new, types::sql_name),
                };
                let place = rows
                    .first()
                    .and_then(|row| row.get(index))
                    .map(|value| value.place);
                return Err(kind.at(place.unwrap_or(sqlparser::tokenizer::Span::empty())));
            };
            for row in &mut rows {
                if let Some(value) = row.get_mut(index) {
                    *value = value.clone().cast(&dtype, CastHow::Implicit);
                }
            }
            let name = format!("col{}", index + 1);
            let id = self.columns.add(&name, dtype);
            columns.push(id);
            outputs.push(OutputColumn { name, id });
        }
        let has_query = |value: &Expr| value.any(|part| matches!(part.kind, Kind::Subquery(_)));
        let rel = if rows.iter().flatten().any(has_query) {
            self.computed_rows(&columns, rows)
        } else {
            Rel::Values { columns, rows }
        };
        Ok(BoundQuery { rel, outputs })
    }

    /// Makes rows of values in which there are queries.
    fn computed_rows(&mut self, columns: &[ColumnId], rows: Vec<Vec<Expr>>) -> Rel {
        let mut tables = Vec::new();
        for mut row in rows {
            let input = self.take_subqueries(Rel::unit(), &mut row.iter_mut().collect::<Vec<_>>());
            let ids = columns.iter().map(|id| self.another(*id)).collect::<Vec<_>>();
            let columns = ids.iter().copied().zip(row).collect();
            let input = Box::new(input);
            tables.push((Rel::Project { input, columns }, ids));
        }
        // Two and two, so that many rows are not deep.
        while tables.len() > 1 {
            let mut halved = Vec::new();
            let mut left = tables.into_iter();
            while let Some((one, of_one)) = left.next() {
                let Some((other, of_other)) = left.next() else {
                    halved.push((one, of_one));
                    break;
                };
                let ids = columns.iter().map(|id| self.another(*id)).collect::<Vec<_>>();
                let pairs = ids.iter().zip(of_one).zip(of_other);
                let rel = Rel::Set {
                    operation: SetOperation::Union,
                    all: true,
                    left: Box::new(one),
                    right: Box::new(other),
                    columns: pairs.map(|((id, one), other)| (*id, one, other)).collect(),
                };
                halved.push((rel, ids));
            }
            tables = halved;
        }
        let (input, ids) = tables.pop().unwrap_or_else(|| (Rel::unit(), Vec::new()));
        let named = columns
            .iter()
            .zip(ids)
            .map(|(id, of)| (*id, self.columns.expr(of)));
        let columns = named.collect();
        let input = Box::new(input);
        Rel::Project { input, columns }
    }

    /// Makes a column like another.
    fn another(&mut self, id: ColumnId) -> ColumnId {
        let name = self.columns.name(id).to_owned();
        self.columns.add(name, self.columns.dtype(id))
    }

    /// Binds one table of WITH.
    fn cte(&mut self, table: &ast::Cte, recursive: bool) -> SqlResult<Cte> {
        let name = table.alias.name.value.clone();
        let renamed: Vec<String> = table
            .alias
            .columns
            .iter()
            .map(|column| column.name.value.clone())
            .collect();
        if recursive && let Some(cte) = self.recursive(&name, &renamed, &table.query)? {
            return Ok(cte);
        }
        // What stands in it sees no tables of the query around it.
        let before = self.readings;
        let mut bound = self.query(&table.query)?;
        let weight = 1 + self.readings.saturating_sub(before);
        rename(&mut bound.outputs, &renamed, &name, table.alias.span())?;
        Ok(Cte {
            name,
            rel: Arc::new(bound.rel),
            outputs: bound.outputs,
            weight,
        })
    }

    /// Binds a table of WITH RECURSIVE that reads itself.
    fn recursive(&mut self, name: &str, renamed: &[String], query: &ast::Query) -> SqlResult<Option<Cte>> {
        let ast::SetExpr::SetOperation {
            left,
            op: ast::SetOperator::Union,
            set_quantifier,
            right,
        } = &*query.body
        else {
            return Ok(None);
        };
        if !super::from::reads(right, name) {
            return Ok(None);
        }
        if query.order_by.is_some() || query.limit_clause.is_some() {
            let instead = "sort and limit the query that reads it";
            return Err(unsupported(
                "ORDER BY or LIMIT in a recursive query",
                instead,
                query.span(),
            ));
        }
        let known = self.ctes.len();
        if let Some(with) = &query.with {
            for table in &with.cte_tables {
                let cte = self.cte(table, with.recursive)?;
                self.ctes.push(cte);
            }
        }
        let mut base = self.set_expr(left)?;
        rename(&mut base.outputs, renamed, name, query.span())?;
        self.recursions += 1;
        let id = self.recursions;
        let outputs: Vec<OutputColumn> = base
            .outputs
            .iter()
            .map(|output| {
                let id = self.columns.add(&output.name, self.columns.dtype(output.id));
                OutputColumn {
                    name: output.name.clone(),
                    id,
                }
            })
            .collect();
        let working = Rel::Working {
            id,
            columns: outputs.iter().map(|output| output.id).collect(),
        };
        self.ctes.push(Cte {
            name: name.to_owned(),
            rel: Arc::new(working),
            outputs: outputs.clone(),
            weight: 1,
        });
        let step = self.set_expr(right);
        self.ctes.truncate(known);
        let mut step = step?;
        if step.outputs.len() != base.outputs.len() {
            let what = format!("the second part of `{name}`");
            let kind = SqlErrorKind::ColumnCount {
                what,
                expected: base.outputs.len(),
                found: step.outputs.len(),
            };
            return Err(kind.at(right.span()));
        }
        let dtypes: Vec<DataType> = base
            .outputs
            .iter()
            .map(|output| self.columns.dtype(output.id))
            .collect();
        for (output, dtype) in step.outputs.iter().zip(&dtypes) {
            let found = self.columns.dtype(output.id);
            if types::common(&found, dtype).as_ref() != Some(dtype) {
                let kind = SqlErrorKind::Mismatch {
                    what: format!("the columns `{}` of the two parts of `{name}`", output.name),
                    left: types::sql_name(dtype),
                    right: types::sql_name(&found),
                };
                return Err(kind.at(right.span()));
            }
        }
        self.cast_outputs(&mut base, &dtypes);
        self.cast_outputs(&mut step, &dtypes);
        let columns = outputs.iter().zip(&base.outputs).zip(&step.outputs);
        let columns = columns
            .map(|((output, base), step)| (output.id, base.id, step.id))
            .collect();
        let distinct = !matches!(set_quantifier, ast::SetQuantifier::All);
        let recursive = Recursive {
            id,
            base: base.rel,
            step: step.rel,
            columns,
            distinct,
        };
        let rel = Arc::new(Rel::Recursive(Box::new(recursive)));
        Ok(Some(Cte {
            name: name.to_owned(),
            rel,
            outputs,
            weight: 1,
        }))
    }

    /// Sorts the result of a query that is no SELECT by its columns.
    fn sorted(&mut self, bound: BoundQuery, order: Option<&ast::OrderBy>) -> SqlResult<BoundQuery> {
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
    pub(super) fn order(
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
                return Ok(keys.collect());
            }
            ast::OrderByKind::Expressions(exprs) => exprs,
        };
        let mut keys = Vec::new();
        for key in exprs {
            let expr = match position(&key.expr) {
                Some(position) => by_position(outputs, &position, "ORDER BY", super::span(&key.expr))?,
                None => {
                    self.outputs.push(outputs.to_vec());
                    let before = std::mem::replace(&mut self.reads_outputs, Reads::First);
                    let bound = self.expr_in(&key.expr, "ORDER BY", calls, calls);
                    self.reads_outputs = before;
                    self.outputs.pop();
                    bound?
                }
            };
            let descending = key.options.asc == Some(false);
            keys.push(Order {
                expr,
                descending,
                nulls_first: key.options.nulls_first.unwrap_or(!descending),
            });
        }
        Ok(keys)
    }

    /// Applies LIMIT, OFFSET and FETCH.
    fn limited(&mut self, bound: BoundQuery, query: &ast::Query) -> SqlResult<BoundQuery> {
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
                        super::span(by),
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
    pub(super) fn count(&mut self, expr: &ast::Expr, clause: &'static str) -> SqlResult<u64> {
        let bound = self.expr_in(expr, clause, false, false)?;
        match super::literal::fold(&bound).kind {
            Kind::Literal(Literal::Int(count)) if count >= 0 => Ok(count as u64),
            _ => {
                let what = format!("this number of rows of {clause}");
                Err(unsupported(what, "write a whole number from 0", bound.place))
            }
        }
    }
}

/// Returns the number that stands for a position, as it is written.
pub(super) fn position(expr: &ast::Expr) -> Option<String> {
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
pub(super) fn by_position(
    outputs: &[(String, Expr)],
    position: &str,
    clause: &'static str,
    place: sqlparser::tokenizer::Span,
) -> SqlResult<Expr> {
    let index = position
        .parse::<usize>()
        .ok()
        .and_then(|position| position.checked_sub(1));
    match index.and_then(|index| outputs.get(index)) {
        Some((_, expr)) => {
            let mut expr = expr.clone();
            expr.place = place;
            Ok(expr)
        }
        None => {
            let kind = SqlErrorKind::Position {
                clause,
                position: position.to_owned(),
                columns: outputs.len(),
            };
            Err(kind.at(place))
        }
    }
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

/// Puts the columns of the right in the order of the left.
fn by_names(left: &BoundQuery, right: BoundQuery, whole: &ast::SetExpr) -> SqlResult<BoundQuery> {
    let mut outputs = Vec::new();
    for output in &left.outputs {
        match right
            .outputs
            .iter()
            .find(|other| other.name.eq_ignore_ascii_case(&output.name))
        {
            Some(other) => outputs.push(other.clone()),
            None => {
                let kind = SqlErrorKind::UnknownColumn {
                    name: output.name.clone(),
                    table: Some("the right side".to_owned()),
                    nearest: None,
                    columns: right.outputs.iter().map(|output| output.name.clone()).collect(),
                };
                return Err(kind.at(whole.span()));
            }
        }
    }
    if right.outputs.len() != outputs.len() {
        let what = "the right side of UNION BY NAME".to_owned();
        return Err(SqlErrorKind::ColumnCount {
            what,
            expected: outputs.len(),
            found: right.outputs.len(),
        }
        .at(whole.span()));
    }
    Ok(BoundQuery {
        rel: right.rel,
        outputs,
    })
}
