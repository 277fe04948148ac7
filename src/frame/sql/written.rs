//! What can be told of an expression as it is written, before it meets a frame.

use std::ops::ControlFlow;

use sqlparser::ast::{self, Query, Spanned as _, Visit as _, Visitor};

use super::error::{SqlError, SqlErrorKind};
use super::functions::function;

/// Returns the names in an expression that may be columns, each once, in the order of the text.
pub(in crate::frame) fn columns_named(expr: &ast::Expr) -> Vec<String> {
    let mut survey = Survey::default();
    let _ = expr.visit(&mut survey);
    let lambdas = survey.lambdas;
    survey.names.retain(|name| !lambdas.contains(name));
    survey.names
}

/// Returns the names of the functions that an expression calls; of a call over a window `over` as well.
pub(in crate::frame) fn functions_of(expr: &ast::Expr) -> Vec<String> {
    let mut survey = Survey::default();
    let _ = expr.visit(&mut survey);
    survey.functions
}

/// Returns how many parts an expression has.
pub(in crate::frame) fn size(expr: &ast::Expr) -> usize {
    let mut survey = Survey::default();
    let _ = expr.visit(&mut survey);
    survey.parts
}

/// Returns what is wrong where an expression contains a query.
pub(in crate::frame) fn query_in(expr: &ast::Expr) -> Option<SqlError> {
    let mut survey = Survey::default();
    let _ = expr.visit(&mut survey);
    survey.query
}

/// Returns whether a function gives a value for several rows.
pub(in crate::frame) fn reads_other_rows(name: &str) -> bool {
    name == "over" || function(name).is_some_and(|function| function.is_aggregate() || function.is_window())
}

#[derive(Default)]
struct Survey {
    names: Vec<String>,
    lambdas: Vec<String>,
    functions: Vec<String>,
    parts: usize,
    query: Option<SqlError>,
}

impl Visitor for Survey {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &ast::Expr) -> ControlFlow<()> {
        self.parts += 1;
        let name = match expr {
            ast::Expr::Identifier(name) => Some(name),
            ast::Expr::CompoundIdentifier(parts) => parts.first(),
            _ => None,
        };
        if let Some(name) = name
            && !self.names.contains(&name.value)
        {
            self.names.push(name.value.clone());
        }
        match expr {
            ast::Expr::Function(call) => {
                self.functions.push(call.name.to_string().to_lowercase());
                if call.over.is_some() {
                    self.functions.push("over".to_owned());
                }
            }
            ast::Expr::Lambda(lambda) => match &lambda.params {
                ast::OneOrManyWithParens::One(one) => self.lambdas.push(one.name.value.clone()),
                ast::OneOrManyWithParens::Many(many) => {
                    self.lambdas.extend(many.iter().map(|one| one.name.value.clone()));
                }
            },
            _ => {}
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        self.query
            .get_or_insert_with(|| SqlErrorKind::QUERY_IN_EXPRESSION.at(query.span()));
        ControlFlow::Continue(())
    }
}
