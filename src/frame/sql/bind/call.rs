//! Calls of functions and operators: their arguments get the types they need, and the result its own.

mod arguments;
mod typing;

pub(super) use self::arguments::plain_arguments;

use polars::prelude::DataType;
use sqlparser::ast;
use sqlparser::tokenizer::Span;

use super::Binder;
use super::expression::cast;
use super::maps::{refuse_maps, refuse_order};
use crate::error::nearest;
use crate::frame::sql::error::{SqlErrorKind, SqlResult, unsupported};
use crate::frame::sql::expr::{Aggregate, CastHow, Expr, Kind, Literal, Order};
use crate::frame::sql::functions::{self, Function, function};
use crate::frame::sql::types;

impl Binder<'_> {
    /// Calls an operator or a function that the language itself needs.
    pub(super) fn operator(&mut self, name: &str, args: Vec<Expr>, place: Span) -> SqlResult<Expr> {
        let mut args = args;
        let name = moments(name, &args).unwrap_or(name);
        // `1 + d` is `d + 1`.
        if name == "date_add" && args.first().is_some_and(|first| types::is_number(&first.dtype)) {
            args.reverse();
        }
        match function(name) {
            Some(function) => self.apply(function, args, place),
            None => Err(SqlErrorKind::UnknownFunction {
                name: name.to_owned(),
                nearest: None,
            }
            .at(place)),
        }
    }

    /// Binds a call as it is written.
    pub(super) fn call(&mut self, call: &ast::Function, place: Span) -> SqlResult<Expr> {
        let parts = super::from::parts(&call.name)?;
        let written = crate::frame::sql::scope::written(&parts);
        let name = written.to_lowercase();
        if !matches!(call.parameters, ast::FunctionArguments::None) {
            return Err(unsupported("two lists of arguments", "write one", place));
        }
        let found =
            function(&name).filter(|function| !function.is_operator() || functions::is_callable(&name));
        let Some(function) = found else {
            if let (Some(dtype), [value]) = (cast_name(&name), plain_arguments(call)?.as_slice()) {
                let value = self.expr(value)?;
                return cast(value, &dtype, CastHow::Implicit, place);
            }
            let nearest = nearest(&name, functions::names()).map(str::to_owned);
            return Err(SqlErrorKind::UnknownFunction {
                name: written,
                nearest,
            }
            .at(place));
        };
        if name != function.name || function.is_operator() {
            self.columns.spell(place, &name);
        }
        let (mut args, list) = self.arguments(call, function, place)?;
        if function.name == "arrays_zip" {
            args = self.with_field_names(args);
        }
        let distinct =
            list.is_some_and(|list| list.duplicate_treatment == Some(ast::DuplicateTreatment::Distinct));
        let mut ignore_nulls = call.null_treatment == Some(ast::NullTreatment::IgnoreNulls);
        let mut order = Vec::new();
        for clause in list.map(|list| list.clauses.as_slice()).unwrap_or_default() {
            match clause {
                ast::FunctionArgumentClause::IgnoreOrRespectNulls(treatment) => {
                    ignore_nulls = *treatment == ast::NullTreatment::IgnoreNulls;
                }
                ast::FunctionArgumentClause::OrderBy(keys) => order = self.keys(keys)?,
                other => return Err(unsupported(format!("`{other}` in a call"), "", place)),
            }
        }
        if !call.within_group.is_empty() {
            order = self.keys(&call.within_group)?;
        }
        let is_set = function.is_aggregate() || function.is_window();
        if !is_set {
            let extra = [
                (distinct, "DISTINCT"),
                (call.filter.is_some(), "FILTER"),
                (call.over.is_some(), "OVER"),
                (!order.is_empty(), "ORDER BY"),
            ];
            if let Some((_, clause)) = extra.into_iter().find(|(is_there, _)| *is_there) {
                let what = format!("{clause} with {}, which is no aggregate,", function.name);
                return Err(unsupported(what, "leave it out", place));
            }
            let function = functions::of_arguments(function, &args);
            return match moments(function.name, &args) {
                Some(_) => self.operator(function.name, args, place),
                None => self.apply(function, args, place),
            };
        }
        self.check_place(call.over.is_some(), place)?;
        // What is sorted is an argument, too: `percentile_cont(0.5) WITHIN GROUP (ORDER BY x)`.
        if !call.within_group.is_empty()
            && matches!(function.name, "percentile_cont" | "percentile_disc" | "mode")
        {
            args.splice(0..0, order.iter().map(|key| key.expr.clone()));
        }
        let filter = match &call.filter {
            Some(filter) => Some(self.condition(filter, "FILTER", false, false)?),
            None => None,
        };
        let (args, dtype) = self.typed(function, args, place)?;
        if let Some((what, instead)) = functions::refusal(function, &args) {
            return Err(unsupported(what, instead, place));
        }
        if distinct {
            refuse_maps(&args, "DISTINCT of maps", "count array_sort(map_entries(map))")?;
        }
        check_constant(function, &args)?;
        let aggregate = Aggregate {
            function,
            args,
            distinct,
            filter,
            order,
            ignore_nulls,
        };
        let Some(over) = &call.over else {
            if function.is_window() {
                let what = format!("{} without OVER", function.name);
                return Err(unsupported(
                    what,
                    format!("write {}(…) OVER (ORDER BY …)", function.name),
                    place,
                ));
            }
            return Ok(Expr::new(Kind::Aggregate(Box::new(aggregate)), dtype, place));
        };
        let window = self.window(aggregate, over, place)?;
        Ok(Expr::new(Kind::Window(Box::new(window)), dtype, place))
    }

    /// Refuses an aggregate or a window function where none may stand.
    fn check_place(&self, is_window: bool, place: Span) -> SqlResult<()> {
        let allowed = if is_window {
            self.allowed.windows
        } else {
            self.allowed.aggregates
        };
        if !allowed {
            let (what, instead) = match (is_window, self.allowed.clause) {
                (true, _) => (
                    "a window function",
                    "compute it in a query around which you filter, or write QUALIFY",
                ),
                (false, "WHERE") => ("an aggregate", "filter groups with HAVING"),
                (false, _) => ("an aggregate", "compute it in a query of its own"),
            };
            return Err(SqlErrorKind::Misplaced {
                what,
                clause: self.allowed.clause,
                instead,
            }
            .at(place));
        }
        Ok(())
    }

    /// Calls a scalar function.
    pub(super) fn apply(
        &mut self,
        function: &'static Function,
        args: Vec<Expr>,
        place: Span,
    ) -> SqlResult<Expr> {
        let (args, dtype) = self.typed(function, args, place)?;
        if let Some((what, instead)) = functions::refusal(function, &args) {
            return Err(unsupported(what, instead, place));
        }
        Ok(Expr::new(Kind::Call { function, args }, dtype, place))
    }

    pub(super) fn keys(&mut self, keys: &[ast::OrderByExpr]) -> SqlResult<Vec<Order>> {
        let keys = keys.iter().map(|key| {
            let descending = key.options.asc == Some(false);
            let nulls_first = key.options.nulls_first.unwrap_or(!descending);
            Ok(Order {
                expr: self.expr(&key.expr)?,
                descending,
                nulls_first,
            })
        });
        let keys: Vec<Order> = keys.collect::<SqlResult<_>>()?;
        refuse_order(&keys)?;
        Ok(keys)
    }
}

/// Returns the function that an operator is between dates, timestamps and intervals.
fn moments(name: &str, args: &[Expr]) -> Option<&'static str> {
    let kind = |dtype: &DataType| match dtype {
        DataType::Date => 'd',
        DataType::Datetime(..) => 't',
        DataType::Duration(_) => 'i',
        dtype if types::is_months(dtype) => 'm',
        dtype if types::is_number(dtype) => 'n',
        dtype if types::is_text(dtype) => 's',
        DataType::Null => '0',
        _ => '?',
    };
    let kinds: String = args.iter().map(|arg| kind(&arg.dtype)).collect();
    if args.len() == 3 {
        return match name {
            "date_add" | "dateadd" => Some("timestampadd"),
            "datediff" | "date_diff" => Some("timestampdiff"),
            _ => None,
        };
    }
    Some(match (name, kinds.as_str()) {
        ("+", "di" | "ti" | "dm" | "tm") => "add interval",
        ("+", "id" | "it" | "md" | "mt") => "interval add",
        ("-", "di" | "ti" | "dm" | "tm") => "subtract interval",
        ("+", "dn" | "nd") => "date_add",
        ("-", "dn") => "date_sub",
        ("-", "dd" | "ds" | "sd") => "subtract dates",
        ("-", "tt" | "dt" | "td" | "st" | "ts") => "subtract timestamps",
        ("+", "ii" | "mm") => "add intervals",
        ("-", "ii" | "mm") => "subtract intervals",
        ("*", "in" | "is" | "i0" | "mn" | "ms" | "m0") => "interval times",
        ("*", "ni" | "si" | "0i" | "nm" | "sm" | "0m") => "times interval",
        ("/", "in" | "is" | "i0" | "mn" | "ms" | "m0") => "interval divided",
        ("negative", "i" | "m") => "negative interval",
        ("positive", "i" | "m") => "positive interval",
        ("abs", "i" | "m") => "absolute interval",
        ("sign" | "signum", "i" | "m") => "sign of interval",
        _ => return None,
    })
}

/// Returns the type whose name is a function that casts, as `int('7')` does.
fn cast_name(name: &str) -> Option<DataType> {
    Some(match name {
        "boolean" => DataType::Boolean,
        "tinyint" => DataType::Int8,
        "smallint" => DataType::Int16,
        "int" => DataType::Int32,
        "bigint" => DataType::Int64,
        "float" => DataType::Float32,
        "double" => DataType::Float64,
        "decimal" => DataType::Decimal(10, 0),
        "string" => DataType::String,
        "binary" => DataType::Binary,
        "date" => DataType::Date,
        "timestamp" => types::timestamp(),
        _ => return None,
    })
}

/// Says where the second argument of an aggregate is one value for all rows, and is none.
fn check_constant(function: &Function, args: &[Expr]) -> SqlResult<()> {
    let (argument, index) = match function.name {
        "percentile" | "percentile_cont" | "percentile_disc" | "percentile_approx" => ("the percentage", 1),
        "histogram_numeric" => ("the number of bins", 1),
        "listagg" => ("the separator", 1),
        "first" | "first_value" | "any_value" | "last" | "last_value" => ("ignore_nulls", 1),
        _ => return Ok(()),
    };
    let Some(arg) = args.get(index) else { return Ok(()) };
    let mut read = std::collections::BTreeSet::new();
    arg.columns(&mut read);
    let is_plain = argument != "ignore_nulls" || matches!(arg.kind, Kind::Literal(Literal::Bool(_)));
    if read.is_empty() && is_plain {
        return Ok(());
    }
    let kind = SqlErrorKind::NotConstant {
        function: function.name.to_owned(),
        argument: argument.to_owned(),
    };
    Err(kind.at(arg.place))
}
