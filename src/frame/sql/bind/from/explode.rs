//! Rows of elements: `LATERAL VIEW` and the functions that make rows of an array or a map.

use sqlparser::ast::{self, Spanned as _};
use sqlparser::tokenizer::Span;

use crate::frame::sql::bind::call::plain_arguments;
use crate::frame::sql::bind::from::parts;
use crate::frame::sql::bind::query::rename;
use crate::frame::sql::bind::{Binder, OutputColumn, span};
use crate::frame::sql::error::{SqlErrorKind, SqlResult, unsupported};
use crate::frame::sql::expr::{ColumnId, Expr};
use crate::frame::sql::rel::Rel;
use crate::frame::sql::scope::Scope;
use crate::frame::sql::types;

impl Binder<'_> {
    /// Binds `LATERAL VIEW explode(…) t AS x`.
    pub(in crate::frame::sql::bind) fn lateral_views(
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
                    span(&view.lateral_view),
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
    pub(in crate::frame::sql::bind) fn exploded(
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
        if name == "json_tuple" {
            return self.json_fields(input, call, outer, names);
        }
        let (with_position, always) = match name.as_str() {
            "explode" | "inline" => (false, false),
            "explode_outer" | "inline_outer" => (false, true),
            "posexplode" => (true, false),
            "posexplode_outer" => (true, true),
            _ => {
                let instead = "use explode(…), posexplode(…), inline(…), stack(…) or json_tuple(…)";
                return Err(unsupported(
                    format!("the table function {name}"),
                    instead,
                    call.span(),
                ));
            }
        };
        let args = plain_arguments(call)?;
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
    pub(in crate::frame::sql::bind) fn rows_of(
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
        let map = types::as_map(&value.dtype);
        let by_field = is_inline || map.is_some();
        let made: Vec<(&str, polars::prelude::DataType)> = match &*inner {
            _ if !is_inline && let Some((key, of)) = map => {
                vec![("key", key.clone()), ("value", of.clone())]
            }
            polars::prelude::DataType::Struct(fields) if is_inline && map.is_none() => {
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
                    found: match map {
                        Some(_) => types::sql_name(&value.dtype),
                        None => format!("an array of {}", types::sql_name(other)),
                    },
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
}
