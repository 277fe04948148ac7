//! Names in expressions: columns, fields, elements, and parameters.

use polars::prelude::DataType;
use sqlparser::ast;
use sqlparser::tokenizer::Span;

use crate::frame::sql::bind::{Binder, place_of, span};
use crate::frame::sql::error::{SqlErrorKind, SqlResult, unsupported};
use crate::frame::sql::expr::{Expr, Kind, Literal};
use crate::frame::sql::types;

impl Binder<'_> {
    /// Binds a name: a column, or a field of one.
    pub(in crate::frame::sql::bind) fn name(&mut self, parts: &[ast::Ident]) -> SqlResult<Expr> {
        let (mut found, taken) = match self.resolve(parts) {
            Err(error) if parts.len() == 1 => match self.word(parts) {
                Some(bound) => return bound,
                None => return Err(error),
            },
            resolved => resolved?,
        };
        if let (Some(id), Some(last)) = (found.as_column(), parts.get(taken.wrapping_sub(1)))
            && last.value != self.columns.name(id)
        {
            self.columns.spell(found.place, &last.value);
        }
        for field in parts.get(taken..).unwrap_or_default() {
            found = self.field(found, field)?;
        }
        Ok(found)
    }

    /// Binds a name that is no column: a function without brackets.
    pub(super) fn word(&mut self, parts: &[ast::Ident]) -> Option<SqlResult<Expr>> {
        let word = parts.first()?;
        if word.quote_style.is_some() {
            return None;
        }
        let name = word.value.to_lowercase();
        matches!(
            name.as_str(),
            "current_date" | "current_timestamp" | "now" | "localtimestamp" | "current_user"
        )
        .then(|| self.operator(&name, Vec::new(), word.span))
    }

    /// Binds a field of a struct, or a value of a map, by name.
    pub(in crate::frame::sql::bind) fn field(&mut self, value: Expr, name: &ast::Ident) -> SqlResult<Expr> {
        let text = Expr::new(
            Kind::Literal(Literal::Text(name.value.clone())),
            DataType::String,
            name.span,
        );
        let place = place_of(std::slice::from_ref(name));
        match &value.dtype {
            DataType::Struct(_) => self.operator("field", vec![value, text], place),
            DataType::List(inner)
                if matches!(**inner, DataType::Struct(_)) && types::as_map(&value.dtype).is_none() =>
            {
                self.operator("field", vec![value, text], place)
            }
            dtype if types::as_map(dtype).is_some() => self.operator("element_at", vec![value, text], place),
            dtype => {
                let kind = SqlErrorKind::ArgumentType {
                    function: format!("`.{}`", name.value),
                    argument: "what stands before it".to_owned(),
                    expected: "a struct".to_owned(),
                    found: types::sql_name(dtype),
                    cast: None,
                };
                Err(kind.at(place))
            }
        }
    }

    pub(super) fn accesses(&mut self, root: &ast::Expr, chain: &[ast::AccessExpr]) -> SqlResult<Expr> {
        // `a.b[0]`: what is before the bracket may be a table's column.
        let mut names: Vec<ast::Ident> = Vec::new();
        let mut rest = chain;
        if let ast::Expr::Identifier(first) = root {
            names.push(first.clone());
            while let [ast::AccessExpr::Dot(ast::Expr::Identifier(name)), more @ ..] = rest {
                names.push(name.clone());
                rest = more;
            }
        }
        let mut value = if names.is_empty() {
            self.expr(root)?
        } else {
            self.name(&names)?
        };
        for access in rest {
            value = match access {
                ast::AccessExpr::Dot(ast::Expr::Identifier(name)) => self.field(value, name)?,
                ast::AccessExpr::Subscript(ast::Subscript::Index { index }) => {
                    let index = self.expr(index)?;
                    let place = index.place;
                    let is_struct = matches!(value.dtype, DataType::Struct(_));
                    let name = if is_struct { "field" } else { "subscript" };
                    self.operator(name, vec![value, index], place)?
                }
                other => {
                    return Err(unsupported(
                        format!("`{other}`"),
                        "use slice(array, start, length)",
                        span(root),
                    ));
                }
            };
        }
        Ok(value)
    }

    pub(super) fn parameter(&mut self, name: &str, place: Span) -> SqlResult<Expr> {
        let bare = name.trim_start_matches(':');
        if let Some(mut value) = self.catalog.parameter(bare) {
            value.place = place;
            Ok(value)
        } else {
            let is_named = name.starts_with(':')
                && bare.starts_with(|first: char| first.is_alphabetic() || first == '_');
            let instead = if is_named {
                format!("give it a value: sql(…, {bare}=…), or make a widget of this name")
            } else {
                "parameters have names: write :day, and sql(…, day=…)".to_owned()
            };
            Err(unsupported(
                format!("the parameter {name} without a value"),
                instead,
                place,
            ))
        }
    }
}
