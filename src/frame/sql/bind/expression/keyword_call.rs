//! Calls that are written with keywords between their arguments: `EXTRACT(… FROM …)`, `TRIM(BOTH … FROM …)`, `AT TIME ZONE`.

use polars::prelude::DataType;
use sqlparser::ast;
use sqlparser::tokenizer::Span;

use crate::frame::sql::bind::{Binder, literal};
use crate::frame::sql::error::{SqlResult, unsupported};
use crate::frame::sql::expr::{Expr, Literal};

impl Binder<'_> {
    /// Binds a call with a syntax of its own; anything else is refused.
    pub(super) fn keyword_call(&mut self, expr: &ast::Expr, place: Span) -> SqlResult<Expr> {
        use ast::Expr as Ast;
        match expr {
            Ast::AtTimeZone { timestamp, time_zone } => {
                let args = vec![self.expr(timestamp)?, self.expr(time_zone)?];
                self.operator("at time zone", args, place)
            }
            Ast::Extract { field, expr, .. } => {
                let field = field.to_string().trim_matches('\'').to_owned();
                let field = Expr::literal(Literal::Text(field), DataType::String);
                let args = vec![field, self.expr(expr)?];
                self.operator("extract", args, place)
            }
            Ast::Ceil { expr, field } => self.ceil("ceil", expr, field, place),
            Ast::Floor { expr, field } => self.ceil("floor", expr, field, place),
            Ast::Position { expr, r#in } => {
                let args = vec![self.expr(expr)?, self.expr(r#in)?];
                self.operator("position", args, place)
            }
            Ast::Substring {
                expr,
                substring_from,
                substring_for,
                shorthand,
                ..
            } => {
                if *shorthand {
                    self.columns.spell(place, "substr");
                }
                let mut args = vec![self.expr(expr)?];
                args.push(match substring_from {
                    Some(from) => self.expr(from)?,
                    None => Expr::literal(Literal::Int(1), DataType::Int32),
                });
                if let Some(length) = substring_for {
                    args.push(self.expr(length)?);
                }
                self.operator("substring", args, place)
            }
            Ast::Trim { .. } => self.trim(expr, place),
            Ast::Overlay {
                expr,
                overlay_what,
                overlay_from,
                overlay_for,
            } => {
                let mut args = vec![
                    self.expr(expr)?,
                    self.expr(overlay_what)?,
                    self.expr(overlay_from)?,
                ];
                if let Some(length) = overlay_for {
                    args.push(self.expr(length)?);
                }
                self.operator("overlay", args, place)
            }
            Ast::JsonAccess { value, path } => {
                let args = vec![
                    self.expr(value)?,
                    Expr::literal(
                        Literal::Text(format!("$.{path}").replace("$.:", "$.").replace("$..", "$.")),
                        DataType::String,
                    ),
                ];
                self.operator("get_json_object", args, place)
            }
            other => Err(unsupported(
                format!("`{other}`"),
                "`%help sql` says what can",
                place,
            )),
        }
    }

    /// Binds `TRIM(BOTH x FROM s)` and its like.
    fn trim(&mut self, trim: &ast::Expr, place: Span) -> SqlResult<Expr> {
        let ast::Expr::Trim {
            trim_where,
            trim_what,
            expr,
            trim_characters,
        } = trim
        else {
            return self.expr(trim);
        };
        let name = match trim_where {
            None | Some(ast::TrimWhereField::Both) => "btrim",
            Some(ast::TrimWhereField::Leading) => "ltrim from",
            Some(ast::TrimWhereField::Trailing) => "rtrim from",
        };
        let mut args = vec![self.expr(expr)?];
        if let Some(what) = trim_what {
            self.columns.spell(place, "trim");
            args.push(self.expr(what)?);
        }
        // The characters come first in `trim('x', s)`, as in `ltrim('x', s)`.
        if let Some([text]) = trim_characters.as_deref() {
            self.columns.spell(place, "trim");
            args.insert(0, self.expr(text)?);
        } else {
            for text in trim_characters.iter().flatten() {
                args.push(self.expr(text)?);
            }
        }
        let name = match (trim_where, trim_what, trim_characters) {
            (None | Some(ast::TrimWhereField::Both), None, None) => "trim",
            (Some(ast::TrimWhereField::Leading), None, None) => "ltrim",
            (Some(ast::TrimWhereField::Trailing), None, None) => "rtrim",
            _ => name,
        };
        self.operator(name, args, place)
    }

    fn ceil(
        &mut self,
        name: &str,
        expr: &ast::Expr,
        field: &ast::CeilFloorKind,
        place: Span,
    ) -> SqlResult<Expr> {
        let mut args = vec![self.expr(expr)?];
        match field {
            ast::CeilFloorKind::DateTimeField(ast::DateTimeField::NoDateTime) => {}
            ast::CeilFloorKind::DateTimeField(field) => {
                return Err(unsupported(
                    format!("{name}(… TO {field})"),
                    "use date_trunc",
                    place,
                ));
            }
            ast::CeilFloorKind::Scale(value) => args.push(literal::literal(&value.value, place)?),
        }
        self.operator(name, args, place)
    }
}
