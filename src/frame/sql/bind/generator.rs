//! Functions that make rows: `explode(…)` in SELECT, `stack(…)`, and the structs of several values.

use sqlparser::ast::{self, Spanned as _};
use sqlparser::tokenizer::Span;

use super::Binder;
use super::call::plain_arguments;
use crate::frame::sql::error::{SqlErrorKind, SqlResult};
use crate::frame::sql::expr::{CastHow, ColumnId, Expr, Kind, Literal};
use crate::frame::sql::rel::Rel;
use crate::frame::sql::types;

/// What a function that makes rows adds to a SELECT.
pub(super) struct Generated {
    /// Which item it is.
    pub(super) index: usize,
    pub(super) columns: Vec<(String, ColumnId)>,
    pub(super) place: Span,
}

/// Returns whether a function makes rows.
pub(super) fn makes_rows(name: &str) -> bool {
    matches!(
        name,
        "explode"
            | "explode_outer"
            | "posexplode"
            | "posexplode_outer"
            | "inline"
            | "inline_outer"
            | "stack"
            | "json_tuple"
    )
}

/// Returns a call as it stands in an expression.
pub(super) fn call(name: ast::ObjectName, args: &[ast::FunctionArg]) -> ast::Function {
    ast::Function {
        name,
        uses_odbc_syntax: false,
        parameters: ast::FunctionArguments::None,
        args: ast::FunctionArguments::List(ast::FunctionArgumentList {
            duplicate_treatment: None,
            args: args.to_vec(),
            clauses: Vec::new(),
        }),
        filter: None,
        null_treatment: None,
        over: None,
        within_group: Vec::new(),
    }
}

/// Returns the call of `LATERAL explode(…)`, and the name of its rows.
pub(super) fn lateral_call(factor: &ast::TableFactor) -> Option<(ast::Function, Option<&ast::TableAlias>)> {
    let ast::TableFactor::Function {
        name, args, alias, ..
    } = factor
    else {
        return None;
    };
    let is_meant = makes_rows(&name.to_string().to_lowercase());
    is_meant.then(|| (call(name.clone(), args), alias.as_ref()))
}

impl Binder<'_> {
    /// Makes the rows of the items of a SELECT that make some: those of a later one for each row of an earlier one.
    pub(super) fn generated(
        &mut self,
        mut rel: Rel,
        select: &ast::Select,
    ) -> SqlResult<(Rel, Vec<Generated>)> {
        let mut found = Vec::new();
        for (index, item) in select.projection.iter().enumerate() {
            let (expr, names) = match item {
                ast::SelectItem::UnnamedExpr(expr) => (expr, Vec::new()),
                ast::SelectItem::ExprWithAlias { expr, alias } => (expr, vec![alias.value.clone()]),
                ast::SelectItem::ExprWithAliases { expr, aliases } => {
                    (expr, aliases.iter().map(|alias| alias.value.clone()).collect())
                }
                _ => continue,
            };
            let ast::Expr::Function(call) = expr else { continue };
            if !makes_rows(&call.name.to_string().to_lowercase()) {
                continue;
            }
            let (exploded, columns) = self.exploded(rel, call, false, &names)?;
            rel = exploded;
            found.push(Generated {
                index,
                columns,
                place: call.span(),
            });
        }
        Ok((rel, found))
    }

    /// Makes the rows of `stack(count, value, …)`.
    pub(super) fn stacked(
        &mut self,
        input: Rel,
        call: &ast::Function,
        outer: bool,
        names: &[String],
    ) -> SqlResult<(Rel, Vec<(String, ColumnId)>)> {
        let place = call.span();
        let args = plain_arguments(call)?;
        let mut values = Vec::new();
        for arg in args {
            values.push(self.expr_in(arg, "a table function", false, false)?);
        }
        if values.len() < 2 {
            return Err(few("stack", "the number of rows and the values", values.len()).at(place));
        }
        let count = super::literal::fold(&values.remove(0));
        let rows = match count.kind {
            Kind::Literal(Literal::Int(rows)) if rows > 0 => usize::try_from(rows).unwrap_or(usize::MAX),
            _ => {
                let kind = SqlErrorKind::NotConstant {
                    function: "stack".to_owned(),
                    argument: "the number of rows, a whole number above 0,".to_owned(),
                };
                return Err(kind.at(place));
            }
        };
        let rel = self.take_subqueries(input, &mut values.iter_mut().collect::<Vec<_>>());
        let width = values.len().div_ceil(rows.min(values.len()));
        let mut dtypes = vec![polars::prelude::DataType::Null; width];
        for (index, value) in values.iter().enumerate() {
            let Some(so_far) = dtypes.get_mut(index % width) else {
                continue;
            };
            let Some(common) = types::common(so_far, &value.dtype) else {
                let kind = SqlErrorKind::Mismatch {
                    what: format!("the values of column {} of stack", index % width + 1),
                    left: types::sql_name(so_far),
                    right: types::sql_name(&value.dtype),
                };
                return Err(kind.at(value.place));
            };
            *so_far = common;
        }
        let mut structs = Vec::new();
        let mut values = values.into_iter();
        for _ in 0..rows.min(values.len()) {
            let mut fields = Vec::new();
            for (index, dtype) in dtypes.iter().enumerate() {
                let null = Expr::literal(Literal::Null, polars::prelude::DataType::Null);
                fields.push(text(&format!("col{index}"), place));
                fields.push(values.next().unwrap_or(null).cast(dtype, CastHow::Implicit));
            }
            structs.push(self.operator("named_struct", fields, place)?);
        }
        let value = self.operator("array", structs, place)?;
        self.rows_of(rel, value, ("inline", false, outer), names, place)
    }

    /// Makes the row of `json_tuple(json, key, …)`: the values of keys, as texts.
    pub(super) fn json_fields(
        &mut self,
        input: Rel,
        call: &ast::Function,
        outer: bool,
        names: &[String],
    ) -> SqlResult<(Rel, Vec<(String, ColumnId)>)> {
        let place = call.span();
        let mut args = Vec::new();
        for arg in plain_arguments(call)? {
            args.push(self.expr_in(arg, "a table function", false, false)?);
        }
        let [json, keys @ ..] = args.as_slice() else {
            return Err(few("json_tuple", "a JSON text and keys", 0).at(place));
        };
        if keys.is_empty() {
            return Err(few("json_tuple", "a JSON text and keys", 1).at(place));
        }
        let mut fields = Vec::new();
        for (index, key) in keys.iter().enumerate() {
            let path = match &key.kind {
                Kind::Literal(Literal::Text(key)) if key != "*" && !key.contains("']") => {
                    format!("$['{key}']")
                }
                _ => {
                    let kind = SqlErrorKind::NotConstant {
                        function: "json_tuple".to_owned(),
                        argument: "a key, a text such as 'a',".to_owned(),
                    };
                    return Err(kind.at(key.place));
                }
            };
            fields.push(text(&format!("c{index}"), place));
            let arguments = vec![json.clone(), text(&path, key.place)];
            fields.push(self.operator("get_json_object", arguments, place)?);
        }
        let row = self.operator("named_struct", fields, place)?;
        let mut value = self.operator("array", vec![row], place)?;
        let rel = self.take_subqueries(input, &mut [&mut value]);
        self.rows_of(rel, value, ("inline", false, outer), names, place)
    }

    /// Puts before each array the name of the field that its elements become: the column's, or its place.
    pub(super) fn with_field_names(&self, arrays: Vec<Expr>) -> Vec<Expr> {
        let mut args = Vec::with_capacity(2 * arrays.len());
        for (index, array) in arrays.into_iter().enumerate() {
            let name = match (&array.kind, array.as_column()) {
                (_, Some(id)) => self.columns.name(id).to_owned(),
                (Kind::Call { function, args }, _) if function.name == "field" => match args.get(1) {
                    Some(Expr {
                        kind: Kind::Literal(Literal::Text(field)),
                        ..
                    }) => field.clone(),
                    _ => index.to_string(),
                },
                _ => index.to_string(),
            };
            args.extend([text(&name, array.place), array]);
        }
        args
    }

    /// Binds `struct(a, b + 1 AS c)`, or `(a, b)`: a field has the name of its column, `col2` where it has none.
    pub(super) fn structure(&mut self, function: &str, values: &[ast::Expr], place: Span) -> SqlResult<Expr> {
        let mut args = Vec::new();
        for (index, value) in values.iter().enumerate() {
            // A name that the query gives has a place of its own.
            let label = match value {
                ast::Expr::Named { name, .. } => name.span,
                _ => place,
            };
            let (value, name) = match value {
                ast::Expr::Named { expr, name } => (&**expr, Some(name.value.clone())),
                ast::Expr::Identifier(name) => (value, Some(name.value.clone())),
                ast::Expr::CompoundIdentifier(names) => (value, names.last().map(|name| name.value.clone())),
                ast::Expr::CompoundFieldAccess { access_chain, .. } => match access_chain.last() {
                    Some(ast::AccessExpr::Dot(ast::Expr::Identifier(name))) => {
                        (value, Some(name.value.clone()))
                    }
                    _ => (value, None),
                },
                _ => (value, None),
            };
            args.push(text(&name.unwrap_or_else(|| format!("col{}", index + 1)), label));
            args.push(self.expr(value)?);
        }
        self.operator(function, args, place)
    }
}

/// Says that a function is called with too little.
fn few(function: &str, takes: &str, found: usize) -> SqlErrorKind {
    SqlErrorKind::ArgumentCount {
        function: function.to_owned(),
        takes: takes.to_owned(),
        found,
    }
}

fn text(text: &str, place: Span) -> Expr {
    let literal = Kind::Literal(Literal::Text(text.to_owned()));
    Expr::new(literal, polars::prelude::DataType::String, place)
}
