//! The arguments of a call as they are written: lambdas, `*`, units of time.

use polars::prelude::DataType;
use sqlparser::ast::{self, Spanned as _};
use sqlparser::tokenizer::Span;

use crate::frame::sql::bind::{self, Binder, literal, span};
use crate::frame::sql::error::{SqlErrorKind, SqlResult, unsupported};
use crate::frame::sql::expr::{Expr, Kind, Literal};
use crate::frame::sql::functions::{self, Function};

impl Binder<'_> {
    /// Binds the arguments of a call; `*` of `count(*)` is none.
    pub(super) fn arguments<'c>(
        &mut self,
        call: &'c ast::Function,
        function: &'static Function,
        place: Span,
    ) -> SqlResult<(Vec<Expr>, Option<&'c ast::FunctionArgumentList>)> {
        let list = match &call.args {
            ast::FunctionArguments::None => return Ok((Vec::new(), None)),
            ast::FunctionArguments::Subquery(query) => return Ok((vec![self.scalar_subquery(query)?], None)),
            ast::FunctionArguments::List(list) => list,
        };
        // What is in an aggregate is of the rows, not of the result.
        let reads = self.reads_outputs;
        if function.is_aggregate() && call.over.is_none() && reads == bind::Reads::First {
            self.reads_outputs = bind::Reads::Last;
        }
        let mut args = Vec::new();
        for (index, arg) in list.args.iter().enumerate() {
            let bound = match arg {
                ast::FunctionArg::Unnamed(ast::FunctionArgExpr::Expr(ast::Expr::Lambda(lambda))) => {
                    self.lambda(lambda, function, &args, place)
                }
                ast::FunctionArg::Unnamed(ast::FunctionArgExpr::Expr(expr)) => {
                    match unit_word(function, index, list.args.len(), expr) {
                        Some(unit) => Ok(Expr::new(
                            Kind::Literal(Literal::Text(unit)),
                            DataType::String,
                            span(expr),
                        )),
                        None => self.expr(expr),
                    }
                }
                ast::FunctionArg::Unnamed(ast::FunctionArgExpr::Wildcard)
                    if function.name == "count"
                        && list.args.len() == 1
                        && list.duplicate_treatment != Some(ast::DuplicateTreatment::Distinct) =>
                {
                    continue;
                }
                // `count(DISTINCT *)` counts rows in which no column is NULL.
                ast::FunctionArg::Unnamed(ast::FunctionArgExpr::Wildcard)
                    if function.name == "count" && list.args.len() == 1 =>
                {
                    let scope = self.scopes.last().cloned().unwrap_or_default();
                    args.extend(
                        scope
                            .all(None)
                            .into_iter()
                            .map(|column| self.columns.expr(column.id)),
                    );
                    continue;
                }
                ast::FunctionArg::Unnamed(
                    ast::FunctionArgExpr::Wildcard | ast::FunctionArgExpr::QualifiedWildcard(_),
                ) => {
                    let clause = "the arguments of this function";
                    Err(SqlErrorKind::Misplaced {
                        what: "`*`",
                        clause,
                        instead: "name the columns",
                    }
                    .at(place))
                }
                _ => Err(unsupported(
                    "an argument by name",
                    "write the arguments in their order",
                    place,
                )),
            };
            match bound {
                Ok(bound) => args.push(bound),
                Err(error) => {
                    self.reads_outputs = reads;
                    return Err(error);
                }
            }
        }
        self.reads_outputs = reads;
        Ok((args, Some(list)))
    }

    /// Binds a function as an argument. Its parameters are typed by the arguments before it.
    pub(super) fn lambda(
        &mut self,
        lambda: &ast::LambdaFunction,
        function: &'static Function,
        before: &[Expr],
        place: Span,
    ) -> SqlResult<Expr> {
        let parameters: Vec<String> = match &lambda.params {
            ast::OneOrManyWithParens::One(one) => vec![one.name.value.clone()],
            ast::OneOrManyWithParens::Many(many) => many.iter().map(|one| one.name.value.clone()).collect(),
        };
        let dtypes = functions::lambda_types(function, before, parameters.len());
        let Some(dtypes) = dtypes else {
            let what = format!(
                "a function of {} parameters in {}",
                parameters.len(),
                function.name
            );
            return Err(unsupported(
                what,
                format!("it is written {}({})", function.name, function.usage),
                place,
            ));
        };
        let known = self.lambdas.len();
        let mut ids = Vec::new();
        for (name, dtype) in parameters.into_iter().zip(dtypes) {
            let id = self.columns.add(&name, dtype);
            self.lambdas.push((name.clone(), id));
            ids.push((id, name));
        }
        let body = self.expr(&lambda.body);
        self.lambdas.truncate(known);
        let body = body?;
        let dtype = body.dtype.clone();
        Ok(Expr::new(
            Kind::Lambda {
                parameters: ids,
                body: Box::new(body),
            },
            dtype,
            place,
        ))
    }
}

/// Returns the arguments of a call that has nothing else.
pub(in crate::frame::sql::bind) fn plain_arguments(call: &ast::Function) -> SqlResult<Vec<&ast::Expr>> {
    let ast::FunctionArguments::List(list) = &call.args else {
        return Ok(Vec::new());
    };
    let args = list.args.iter().map(|arg| match arg {
        ast::FunctionArg::Unnamed(ast::FunctionArgExpr::Expr(expr)) => Ok(expr),
        other => Err(unsupported(format!("`{other}`"), "", call.span())),
    });
    args.collect()
}

/// Returns the unit of time that a bare word is in a call such as `datediff(DAY, a, b)`.
fn unit_word(function: &'static Function, index: usize, count: usize, expr: &ast::Expr) -> Option<String> {
    if index != 0
        || count != 3
        || !matches!(
            function.name,
            "timestampadd" | "timestampdiff" | "datediff" | "date_add"
        )
    {
        return None;
    }
    let ast::Expr::Identifier(word) = expr else {
        return None;
    };
    let unit = word.value.to_lowercase();
    literal::UNITS
        .contains(&unit.as_str())
        .then(|| word.value.clone())
}
