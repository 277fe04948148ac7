//! `FROM`: tables, joins, queries as tables, `LATERAL`.

use sqlparser::ast::{self, Ident, Spanned as _};
use sqlparser::tokenizer::Span;

use super::query::rename;
use super::{Binder, OutputColumn};
use crate::error::nearest;
use crate::frame::sql::error::{SqlErrorKind, SqlResult, unsupported};
use crate::frame::sql::expr::{CastHow, ColumnId, Expr, Kind};
use crate::frame::sql::functions::function;
use crate::frame::sql::rel::{ApplyKind, JoinKind, Rel, SampleSize};
use crate::frame::sql::scope::{Named, Scope};
use crate::frame::sql::types;

impl Binder<'_> {
    /// Binds FROM; one row without columns where there is none.
    pub(super) fn from(&mut self, tables: &[ast::TableWithJoins]) -> SqlResult<(Rel, Scope)> {
        let mut all: Option<(Rel, Scope)> = None;
        for table in tables {
            all = Some(match all {
                None => self.joined(table, None)?,
                Some(left) => self.joined(table, Some(left))?,
            });
        }
        Ok(all.unwrap_or_else(|| (Rel::unit(), Scope::default())))
    }

    /// Binds a table and what is joined to it; `before` is what stands before its comma.
    fn joined(
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

    fn cross(&mut self, left: (Rel, Scope), factor: &ast::TableFactor) -> SqlResult<(Rel, Scope)> {
        if is_lateral(factor) {
            return self.lateral(left, factor, None, false);
        }
        let right = self.factor(factor)?;
        self.beside(left, right, JoinKind::Inner, Vec::new())
    }

    fn join(&mut self, left: (Rel, Scope), join: &ast::Join) -> SqlResult<(Rel, Scope)> {
        use ast::JoinOperator as Operator;
        let (kind, constraint) = match &join.join_operator {
            Operator::Join(constraint) | Operator::Inner(constraint) => (JoinKind::Inner, Some(constraint)),
            Operator::CrossJoin(constraint) => (JoinKind::Inner, Some(constraint)),
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
        let mut right = self.factor(&join.relation)?;
        match constraint {
            None | Some(ast::JoinConstraint::None) => self.beside(left, right, kind, Vec::new()),
            Some(ast::JoinConstraint::On(on)) => {
                let mut scope = left.1.clone();
                scope.columns.extend(right.1.columns.iter().cloned());
                let mut on = self.within(scope, |binder| binder.condition(on, "ON", false, false))?;
                let has_query = on.any(|part| matches!(part.kind, Kind::Subquery(_)));
                if !has_query {
                    return self.beside(left, right, kind, vec![on]);
                }
                // A query in the condition: it is asked of each pair, or of each row of the one table that it is about.
                let mut free = std::collections::BTreeSet::new();
                on.columns(&mut free);
                let of_right = right.0.columns();
                if kind == JoinKind::Inner {
                    let (rel, scope) = self.beside(left, right, kind, Vec::new())?;
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
                self.beside(left, right, kind, conditions)
            }
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

    /// Joins two tables under conditions that all have to be true.
    fn beside(
        &mut self,
        left: (Rel, Scope),
        right: (Rel, Scope),
        kind: JoinKind,
        on: Vec<Expr>,
    ) -> SqlResult<(Rel, Scope)> {
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

    /// Joins two tables where columns of these names are equal, which then are one column.
    fn using(
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
        let (mut rel, mut scope) = self.beside(left, right, kind, on)?;
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
            let id = match value.as_column() {
                Some(id) => id,
                None => {
                    let id = self.columns.add(&name, dtype);
                    computed.push((id, value));
                    id
                }
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
    fn lateral(
        &mut self,
        left: (Rel, Scope),
        factor: &ast::TableFactor,
        on: Option<&ast::Expr>,
        outer: bool,
    ) -> SqlResult<(Rel, Scope)> {
        let (rel, scope) = left;
        if let Some((call, alias)) = super::generator::lateral_call(factor)
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

    /// Binds `LATERAL VIEW explode(…) t AS x`.
    pub(super) fn lateral_views(
        &mut self,
        rel: &mut Rel,
        mut scope: Scope,
        views: &[ast::LateralView],
    ) -> SqlResult<Scope> {
        for view in views {
            let (rel_now, table) = (
                std::mem::replace(rel, Rel::unit()),
                parts(&view.lateral_view_name)?.pop(),
            );
            let ast::Expr::Function(call) = &view.lateral_view else {
                let instead = "write LATERAL VIEW explode(array) t AS x";
                return Err(unsupported(
                    "this LATERAL VIEW",
                    instead,
                    super::span(&view.lateral_view),
                ));
            };
            let names: Vec<String> = view
                .lateral_col_alias
                .iter()
                .map(|name| name.value.clone())
                .collect();
            let (next, columns) = self.within(scope.clone(), |binder| {
                binder.exploded(rel_now, call, view.outer, &names)
            })?;
            *rel = next;
            let table = table.map(|table| table.value);
            scope.columns.extend(Scope::of(table.as_deref(), columns).columns);
        }
        Ok(scope)
    }

    /// Makes rows of the elements that `explode`, `posexplode` or `inline` is called with.
    pub(super) fn exploded(
        &mut self,
        input: Rel,
        call: &ast::Function,
        outer: bool,
        names: &[String],
    ) -> SqlResult<(Rel, Vec<(String, ColumnId)>)> {
        let name = call.name.to_string().to_lowercase();
        if name == "stack" {
            return self.stacked(input, call, outer, names);
        }
        let (with_position, always) = match name.as_str() {
            "explode" => (false, false),
            "explode_outer" => (false, true),
            "posexplode" => (true, false),
            "posexplode_outer" => (true, true),
            "inline" => (false, false),
            "inline_outer" => (false, true),
            _ => {
                let instead = "use explode(…), posexplode(…), inline(…) or stack(…)";
                return Err(unsupported(
                    format!("the table function {name}"),
                    instead,
                    call.span(),
                ));
            }
        };
        let args = self.plain_arguments(call)?;
        let [arg] = args.as_slice() else {
            let kind = SqlErrorKind::ArgumentCount {
                function: name,
                takes: "an array or a map".to_owned(),
                found: args.len(),
            };
            return Err(kind.at(call.span()));
        };
        let mut value = self.expr_in(arg, "a table function", false, false)?;
        let rel = self.take_subqueries(input, &mut [&mut value]);
        let how = (name.as_str(), with_position, outer || always);
        self.rows_of(rel, value, how, names, call.span())
    }

    /// Makes rows of the elements of a value; `how` is the function, whether it counts, and whether it keeps rows without
    /// elements.
    pub(super) fn rows_of(
        &mut self,
        input: Rel,
        value: Expr,
        how: (&str, bool, bool),
        names: &[String],
        place: Span,
    ) -> SqlResult<(Rel, Vec<(String, ColumnId)>)> {
        let (name, with_position, outer) = how;
        let polars::prelude::DataType::List(inner) = value.dtype.clone() else {
            let kind = SqlErrorKind::ArgumentType {
                function: name.to_owned(),
                argument: "its argument".to_owned(),
                expected: "an array or a map".to_owned(),
                found: types::sql_name(&value.dtype),
                cast: None,
            };
            return Err(kind.at(value.place));
        };
        let is_inline = name.starts_with("inline");
        let by_field = is_inline || types::as_map(&value.dtype).is_some();
        let made: Vec<(&str, polars::prelude::DataType)> = match &*inner {
            polars::prelude::DataType::Struct(fields) if by_field => {
                let columns = fields
                    .iter()
                    .map(|field| (field.name().as_str(), field.dtype().clone()));
                columns.collect()
            }
            other if is_inline => {
                let kind = SqlErrorKind::ArgumentType {
                    function: name.to_owned(),
                    argument: "its argument".to_owned(),
                    expected: "an array of structs".to_owned(),
                    found: format!("an array of {}", types::sql_name(other)),
                    cast: None,
                };
                return Err(kind.at(value.place));
            }
            other => vec![("col", other.clone())],
        };
        let position = with_position.then(|| self.columns.add("pos", polars::prelude::DataType::Int32));
        let columns: Vec<ColumnId> = made
            .iter()
            .map(|(name, dtype)| self.columns.add(*name, dtype.clone()))
            .collect();
        let mut outputs: Vec<OutputColumn> = position
            .iter()
            .map(|id| OutputColumn {
                name: "pos".to_owned(),
                id: *id,
            })
            .collect();
        outputs.extend(made.iter().zip(&columns).map(|((name, _), id)| OutputColumn {
            name: (*name).to_owned(),
            id: *id,
        }));
        rename(&mut outputs, names, "the view", place)?;
        let rel = Rel::Explode {
            input: Box::new(input),
            value,
            columns,
            position,
            by_field,
            outer,
        };
        Ok((
            rel,
            outputs
                .into_iter()
                .map(|output| (output.name, output.id))
                .collect(),
        ))
    }

    /// Binds one table of FROM.
    pub(super) fn factor(&mut self, factor: &ast::TableFactor) -> SqlResult<(Rel, Scope)> {
        match factor {
            ast::TableFactor::Table {
                name,
                alias,
                args: None,
                sample,
                version,
                with_hints,
                ..
            } => {
                if version.is_some() || !with_hints.is_empty() {
                    return Err(unsupported(
                        "a version or a hint of a table",
                        "leave it out",
                        factor.span(),
                    ));
                }
                let (rel, scope) = self.table(&parts(name)?, alias.as_ref(), name.span())?;
                let rel = self.sampled(rel, sample.as_ref())?;
                Ok((rel, scope))
            }
            ast::TableFactor::Table {
                name,
                alias,
                args: Some(args),
                ..
            } => self.table_function(&parts(name)?, &args.args, alias.as_ref(), factor.span()),
            ast::TableFactor::Function {
                name, args, alias, ..
            } => self.table_function(&parts(name)?, args, alias.as_ref(), factor.span()),
            ast::TableFactor::Derived {
                subquery,
                alias,
                sample,
                ..
            } => {
                let reads = std::mem::replace(&mut self.reads_outputs, super::Reads::No);
                let bound = self.query(subquery);
                self.reads_outputs = reads;
                let mut bound = bound?;
                let table = alias.as_ref().map(|alias| alias.name.value.clone());
                if let Some(alias) = alias {
                    rename(
                        &mut bound.outputs,
                        &column_names(alias),
                        &alias.name.value,
                        alias.span(),
                    )?;
                }
                let outputs = bound.outputs.into_iter().map(|output| (output.name, output.id));
                let scope = Scope::of(table.as_deref(), outputs);
                Ok((self.sampled(bound.rel, sample.as_ref())?, scope))
            }
            ast::TableFactor::NestedJoin {
                table_with_joins,
                alias: None,
            } => self.joined(table_with_joins, None),
            ast::TableFactor::NestedJoin {
                table_with_joins,
                alias: Some(alias),
            } => {
                let (rel, scope) = self.joined(table_with_joins, None)?;
                let mut outputs: Vec<OutputColumn> = scope
                    .all(None)
                    .into_iter()
                    .map(|column| OutputColumn {
                        name: column.name.clone(),
                        id: column.id,
                    })
                    .collect();
                rename(
                    &mut outputs,
                    &column_names(alias),
                    &alias.name.value,
                    alias.span(),
                )?;
                let columns = outputs.into_iter().map(|output| (output.name, output.id));
                Ok((rel, Scope::of(Some(&alias.name.value), columns)))
            }
            ast::TableFactor::Pivot { .. } => self.pivot(factor),
            ast::TableFactor::Unpivot { .. } => self.unpivot(factor),
            other => {
                let instead = "name a frame, or write a query in brackets";
                Err(unsupported("this kind of table", instead, other.span()))
            }
        }
    }

    /// Finds a table by its name: one of WITH, or a frame.
    pub(super) fn table(
        &mut self,
        name: &[Ident],
        alias: Option<&ast::TableAlias>,
        place: Span,
    ) -> SqlResult<(Rel, Scope)> {
        let written = crate::frame::sql::scope::written(name);
        let shown = alias.map_or_else(
            || name.last().map_or("", |part| part.value.as_str()),
            |alias| alias.name.value.as_str(),
        );
        let is_cte =
            |cte: &&super::Cte| cte.name == written || cte.name.to_lowercase() == written.to_lowercase();
        let (rel, mut outputs) = if let Some(cte) = self.ctes.iter().rev().find(is_cte).cloned() {
            self.readings = self.readings.saturating_add(cte.weight);
            if self.readings > super::MOST_READINGS {
                let kind = SqlErrorKind::TooLarge {
                    what: "readings of WITH queries, those within each other multiplied,",
                    found: usize::try_from(self.readings).unwrap_or(usize::MAX),
                    limit: super::MOST_READINGS as usize,
                };
                return Err(kind.at(place));
            }
            // Each reader gets columns of its own.
            let mut columns = Vec::new();
            let outputs = cte.outputs.iter().map(|output| {
                let expr = self.columns.expr(output.id);
                let id = self.columns.add(&output.name, expr.dtype.clone());
                columns.push((id, expr));
                OutputColumn {
                    name: output.name.clone(),
                    id,
                }
            });
            let outputs: Vec<OutputColumn> = outputs.collect();
            (
                Rel::Project {
                    input: Box::new(Rel::Shared(cte.rel)),
                    columns,
                },
                outputs,
            )
        } else if let Some((table, schema)) = self.catalog.table(&written)? {
            let mut columns = Vec::new();
            let mut outputs = Vec::new();
            for (name, dtype) in schema.iter() {
                let id = self.columns.add(name.as_str(), dtype.clone());
                columns.push((id, name.clone()));
                outputs.push(OutputColumn {
                    name: name.to_string(),
                    id,
                });
            }
            (Rel::Scan { table, columns }, outputs)
        } else {
            let mut tables = self.catalog.tables();
            tables.extend(self.ctes.iter().map(|cte| cte.name.clone()));
            let nearest = nearest(&written, tables.iter().map(String::as_str)).map(str::to_owned);
            return Err(SqlErrorKind::UnknownTable {
                name: written,
                nearest,
                tables,
            }
            .at(place));
        };
        if let Some(alias) = alias {
            rename(
                &mut outputs,
                &column_names(alias),
                &alias.name.value,
                alias.span(),
            )?;
        }
        let columns = outputs.into_iter().map(|output| (output.name, output.id));
        let scope = Scope::of(Some(shown), columns);
        Ok((rel, scope))
    }

    /// Binds a function that gives a table.
    fn table_function(
        &mut self,
        name: &[Ident],
        args: &[ast::FunctionArg],
        alias: Option<&ast::TableAlias>,
        place: Span,
    ) -> SqlResult<(Rel, Scope)> {
        let written = crate::frame::sql::scope::written(name).to_lowercase();
        let shown = alias.map(|alias| alias.name.value.clone());
        let names = alias.map(column_names).unwrap_or_default();
        if written == "range" {
            let mut values = Vec::new();
            for arg in args {
                let ast::FunctionArg::Unnamed(ast::FunctionArgExpr::Expr(expr)) = arg else {
                    return Err(unsupported(
                        "this argument of range",
                        "write range(start, end, step)",
                        place,
                    ));
                };
                let bound = self.expr_in(expr, "range", false, false)?;
                match super::literal::fold(&bound).kind {
                    Kind::Literal(crate::frame::sql::expr::Literal::Int(value)) => values.push(value),
                    _ => {
                        let kind = SqlErrorKind::NotConstant {
                            function: "range".to_owned(),
                            argument: "an argument".to_owned(),
                        };
                        return Err(kind.at(bound.place));
                    }
                }
            }
            let (start, end, step) = match values.as_slice() {
                [end] => (0, *end, 1),
                [start, end] => (*start, *end, 1),
                [start, end, step] if *step != 0 => (*start, *end, *step),
                _ => {
                    let takes = "an end, or a start, an end and a step other than 0".to_owned();
                    return Err(SqlErrorKind::ArgumentCount {
                        function: "range".to_owned(),
                        takes,
                        found: values.len(),
                    }
                    .at(place));
                }
            };
            let count = (i128::from(end) - i128::from(start))
                .div_euclid(i128::from(step))
                .max(0);
            if count > 100_000_000 {
                let kind = SqlErrorKind::TooLarge {
                    what: "rows of range",
                    found: usize::try_from(count).unwrap_or(usize::MAX),
                    limit: 100_000_000,
                };
                return Err(kind.at(place));
            }
            let sequence = function("sequence").map(|sequence| {
                let last = if step > 0 {
                    end.saturating_sub(1)
                } else {
                    end.saturating_add(1)
                };
                let args = [start, last, step].map(Expr::bigint).to_vec();
                let dtype = polars::prelude::DataType::List(Box::new(polars::prelude::DataType::Int64));
                let is_empty = (step > 0 && start > last) || (step < 0 && start < last);
                (Expr::call(sequence, args, dtype), is_empty)
            });
            let Some((value, is_empty)) = sequence else {
                return Err(unsupported("range", "", place));
            };
            let id = self.columns.add("id", polars::prelude::DataType::Int64);
            let mut outputs = vec![OutputColumn {
                name: "id".to_owned(),
                id,
            }];
            rename(&mut outputs, &names, "range", place)?;
            let scope = Scope::of(
                shown.as_deref(),
                outputs.into_iter().map(|output| (output.name, output.id)),
            );
            if is_empty {
                return Ok((
                    Rel::Values {
                        columns: vec![id],
                        rows: Vec::new(),
                    },
                    scope,
                ));
            }
            let input = Box::new(Rel::unit());
            let rel = Rel::Explode {
                input,
                value,
                columns: vec![id],
                position: None,
                by_field: false,
                outer: false,
            };
            return Ok((
                Rel::Project {
                    columns: vec![(id, self.columns.expr(id))],
                    input: Box::new(rel),
                },
                scope,
            ));
        }
        if super::generator::makes_rows(&written) {
            let call = super::generator::call(ast::ObjectName::from(name.to_vec()), args);
            let (rel, columns) = self.exploded(Rel::unit(), &call, false, &names)?;
            let ids: Vec<(ColumnId, Expr)> = columns
                .iter()
                .map(|(_, id)| (*id, self.columns.expr(*id)))
                .collect();
            let rel = Rel::Project {
                input: Box::new(rel),
                columns: ids,
            };
            return Ok((rel, Scope::of(shown.as_deref(), columns)));
        }
        let reads_files = ["read_", "scan_"]
            .iter()
            .any(|prefix| written.starts_with(prefix));
        if reads_files || matches!(written.as_str(), "csv" | "json" | "parquet" | "read_files") {
            let instead = "read the file in a cell above, for example `data = read_csv(\"/mnt/data/…\")`, and select from `data`";
            return Err(unsupported(
                format!("SQL that reads files: {written}(…)"),
                instead,
                place,
            ));
        }
        Err(unsupported(
            format!("the table function {written}(…)"),
            "use range(…) or explode(…)",
            place,
        ))
    }

    fn sampled(&mut self, rel: Rel, sample: Option<&ast::TableSampleKind>) -> SqlResult<Rel> {
        let Some(
            ast::TableSampleKind::BeforeTableAlias(sample) | ast::TableSampleKind::AfterTableAlias(sample),
        ) = sample
        else {
            return Ok(rel);
        };
        let place = Span::empty();
        let number = |expr: &ast::Expr| expr.to_string().parse::<f64>().ok();
        let seed = match &sample.seed {
            None => 0,
            Some(seed) => seed.value.to_string().parse::<u64>().map_err(|_| {
                SqlErrorKind::NotConstant {
                    function: "REPEATABLE".to_owned(),
                    argument: "the seed".to_owned(),
                }
                .at(place)
            })?,
        };
        let refused = |what: &str| {
            let instead = "write TABLESAMPLE (10 PERCENT), TABLESAMPLE (5 ROWS) or TABLESAMPLE (BUCKET 1 OUT OF 10), with REPEATABLE (seed)";
            Err(unsupported(what, instead, place))
        };
        if sample.offset.is_some() || sample.name.is_some() {
            return refused("a method or an offset of TABLESAMPLE");
        }
        let size = match (&sample.quantity, &sample.bucket) {
            (None, Some(bucket)) => {
                let whole = |value: &ast::ValueWithSpan| value.value.to_string().parse::<u64>().ok();
                match (whole(&bucket.bucket), whole(&bucket.total), &bucket.on) {
                    (Some(one), Some(of), None) if (1..=of).contains(&one) => {
                        SampleSize::Bucket { bucket: one, of }
                    }
                    _ => return refused("these buckets of TABLESAMPLE"),
                }
            }
            (Some(quantity), None) => {
                let value = number(&quantity.value);
                match (&quantity.unit, value) {
                    (Some(ast::TableSampleUnit::Rows), Some(rows)) if rows >= 0.0 && rows.fract() == 0.0 => {
                        SampleSize::Rows(rows as u64)
                    }
                    (Some(ast::TableSampleUnit::Percent), Some(percent))
                        if (0.0..=100.0).contains(&percent) =>
                    {
                        SampleSize::Percent(percent)
                    }
                    _ => return refused("this size of TABLESAMPLE"),
                }
            }
            _ => return refused("TABLESAMPLE without a size"),
        };
        Ok(Rel::Sample {
            input: Box::new(rel),
            size,
            seed,
        })
    }
}

/// Returns whether a table may read those before it.
fn is_lateral(factor: &ast::TableFactor) -> bool {
    match factor {
        ast::TableFactor::Derived { lateral, .. } | ast::TableFactor::Function { lateral, .. } => *lateral,
        _ => false,
    }
}

/// Returns the names of columns behind the name of a table.
pub(super) fn column_names(alias: &ast::TableAlias) -> Vec<String> {
    alias
        .columns
        .iter()
        .map(|column| column.name.value.clone())
        .collect()
}

/// Returns the parts of a name.
pub(super) fn parts(name: &ast::ObjectName) -> SqlResult<Vec<Ident>> {
    let parts = name.0.iter().map(|part| part.as_ident().cloned());
    parts
        .collect::<Option<Vec<_>>>()
        .ok_or_else(|| unsupported("this name", "", name.span()))
}

/// Returns whether a query reads a table of this name, wherever.
pub(super) fn reads(query: &ast::SetExpr, name: &str) -> bool {
    let mut found = false;
    let _ = ast::visit_relations(query, |relation| {
        found |= relation
            .to_string()
            .trim_matches(['`', '"'])
            .eq_ignore_ascii_case(name);
        std::ops::ControlFlow::<()>::Continue(())
    });
    found
}
