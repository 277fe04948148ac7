//! What stands between SELECT and FROM: expressions, their names, and `*`.

use sqlparser::ast::{self, Spanned as _};
use sqlparser::tokenizer::{Span, Token};

use crate::frame::sql::bind::generator::Generated;
use crate::frame::sql::bind::{self, Binder, Reads, names};
use crate::frame::sql::error::{SqlErrorKind, SqlResult, unsupported};
use crate::frame::sql::expr::Expr;
use crate::frame::sql::parse::PIPED;

impl Binder<'_> {
    /// Binds what stands between SELECT and FROM.
    pub(super) fn items(
        &mut self,
        select: &ast::Select,
        generated: &[Generated],
    ) -> SqlResult<Vec<(String, Expr)>> {
        let mut outputs: Vec<(String, Expr)> = Vec::new();
        for (index, item) in select.projection.iter().enumerate() {
            if let Some(generated) = generated.iter().find(|generated| generated.index == index) {
                let columns = generated.columns.iter();
                outputs.extend(columns.map(|(name, id)| (name.clone(), self.columns.expr(*id))));
                continue;
            }
            if let ast::SelectItem::Wildcard(options) = item
                && options.opt_replace.is_some()
                && !is_piped(select)
            {
                let instead = "name the columns, or write FROM t |> SET column = value";
                return Err(unsupported("REPLACE behind `*`", instead, item.span()));
            }
            // Later items may name earlier ones.
            self.outputs.push(outputs);
            self.reads_outputs = Reads::Last;
            let bound = self.item(item);
            self.reads_outputs = Reads::No;
            outputs = self.outputs.pop().unwrap_or_default();
            outputs.extend(bound?);
        }
        if outputs.is_empty() {
            let kind = SqlErrorKind::Syntax {
                expected: "what to select".to_owned(),
                found: "nothing".to_owned(),
            };
            return Err(kind.at(select.span()));
        }
        if is_piped(select) {
            let instead = "write |> AGGREGATE sum(x) GROUP BY y";
            for (_, expr) in &outputs {
                bind::refuse(
                    expr,
                    "an aggregate",
                    "|> EXTEND or SET",
                    instead,
                    bind::is_aggregate,
                )?;
            }
        }
        Ok(outputs)
    }

    pub(super) fn item(&mut self, item: &ast::SelectItem) -> SqlResult<Vec<(String, Expr)>> {
        match item {
            ast::SelectItem::UnnamedExpr(expr) => {
                let bound = self.expr_in(expr, "SELECT", true, true)?;
                let name = names::output(&bound, &self.columns);
                Ok(vec![(name, bound)])
            }
            ast::SelectItem::ExprWithAlias { alias, .. } if alias.quote_style == Some('\'') => {
                Err(unsupported(
                    "a name in single quotes",
                    format!("write AS \"{}\" for a name, or || between two texts", alias.value),
                    alias.span,
                ))
            }
            ast::SelectItem::ExprWithAlias { expr, alias } => Ok(vec![(
                alias.value.clone(),
                self.expr_in(expr, "SELECT", true, true)?,
            )]),
            ast::SelectItem::ExprWithAliases { expr, .. } => Err(unsupported(
                "several names for one expression",
                "write LATERAL VIEW explode(…) t AS key, value",
                bind::span(expr),
            )),
            ast::SelectItem::Wildcard(options) => self.wildcard(None, options, item.span()),
            ast::SelectItem::QualifiedWildcard(kind, options) => match kind {
                ast::SelectItemQualifiedWildcardKind::ObjectName(name) => {
                    let parts = bind::from::parts(name)?;
                    self.wildcard(parts.last(), options, item.span())
                }
                ast::SelectItemQualifiedWildcardKind::Expr(expr) => Err(unsupported(
                    "`.*` of an expression",
                    "name the fields",
                    bind::span(expr),
                )),
            },
        }
    }

    pub(super) fn wildcard(
        &mut self,
        table: Option<&ast::Ident>,
        options: &ast::WildcardAdditionalOptions,
        place: Span,
    ) -> SqlResult<Vec<(String, Expr)>> {
        let Some(scope) = self.scopes.last().cloned() else {
            return Ok(Vec::new());
        };
        let mut found: Vec<(String, Expr)> = scope
            .all(table)
            .into_iter()
            .map(|column| (column.name.clone(), self.columns.expr(column.id)))
            .collect();
        if let Some(name) = table.filter(|_| found.is_empty())
            && let Ok(value) = self.name(std::slice::from_ref(name))
            && let polars::prelude::DataType::Struct(fields) = value.dtype.clone()
        {
            for field in &fields {
                let ident = ast::Ident::with_span(name.span, field.name().as_str());
                found.push((field.name().to_string(), self.field(value.clone(), &ident)?));
            }
        }
        if found.is_empty() {
            let (name, tables) = (table.map(|table| table.value.clone()), scope.tables());
            let kind = match name {
                Some(name) => SqlErrorKind::UnknownTable {
                    nearest: crate::error::nearest(&name, tables.iter().copied()).map(str::to_owned),
                    name,
                    tables: tables.into_iter().map(str::to_owned).collect(),
                },
                None => SqlErrorKind::Syntax {
                    expected: "a FROM for `*`".to_owned(),
                    found: "none".to_owned(),
                },
            };
            return Err(kind.at(table.map_or(place, |table| table.span)));
        }
        let excluded: Vec<&ast::Ident> = match (&options.opt_except, &options.opt_exclude) {
            (Some(except), _) => std::iter::once(&except.first_element)
                .chain(&except.additional_elements)
                .collect(),
            (None, Some(ast::ExcludeSelectItem::Single(one))) => {
                one.0.iter().filter_map(|part| part.as_ident()).collect()
            }
            (None, Some(ast::ExcludeSelectItem::Multiple(many))) => many
                .iter()
                .flat_map(|one| one.0.iter().filter_map(|part| part.as_ident()))
                .collect(),
            (None, None) => Vec::new(),
        };
        for name in excluded {
            let before = found.len();
            found.retain(|(column, _)| !column.eq_ignore_ascii_case(&name.value));
            if found.len() == before {
                return Err(scope.unknown(std::slice::from_ref(name)).at(name.span));
            }
        }
        for replaced in options.opt_replace.iter().flat_map(|replace| &replace.items) {
            let name = &replaced.column_name;
            let value = self.expr_in(&replaced.expr, "SET", true, true)?;
            let column = found
                .iter_mut()
                .find(|(column, _)| column.eq_ignore_ascii_case(&name.value));
            match column {
                Some((_, column)) => *column = value,
                None => return Err(scope.unknown(std::slice::from_ref(name)).at(name.span)),
            }
        }
        if options.opt_rename.is_some() || options.opt_ilike.is_some() {
            return Err(unsupported(
                "RENAME or ILIKE behind `*`",
                "name the columns",
                place,
            ));
        }
        Ok(found)
    }
}

/// Returns whether a SELECT is EXTEND or SET of a pipe.
fn is_piped(select: &ast::Select) -> bool {
    matches!(&select.select_token.0.token, Token::Word(word) if word.value == PIPED)
}
