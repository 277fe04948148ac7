//! Calls of functions and operators: their arguments get the types they need, and the result its own.

use polars::prelude::DataType;
use sqlparser::ast::{self, Spanned as _};
use sqlparser::tokenizer::Span;

use super::{Binder, literal, span};
use crate::error::nearest;
use crate::frame::sql::error::{SqlErrorKind, SqlResult, unsupported};
use crate::frame::sql::expr::{Aggregate, CastHow, Expr, Kind, Literal, Order};
use crate::frame::sql::functions::{self, Function, Gives, Parameter, function};
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
            if let (Some(dtype), [value]) = (cast_name(&name), self.plain_arguments(call)?.as_slice()) {
                let value = self.expr(value)?;
                return self.cast(value, &dtype, CastHow::Asked, place);
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
            let function = functions::of_arrays(function, &args);
            return match moments(function.name, &args) {
                Some(_) => self.operator(function.name, args, place),
                None => self.apply(function, args, place),
            };
        }
        let allowed = if call.over.is_some() {
            self.allowed.windows
        } else {
            self.allowed.aggregates
        };
        if !allowed {
            let (what, instead) = match (call.over.is_some(), self.allowed.clause) {
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

    /// Binds the arguments of a call; `*` of `count(*)` is none.
    fn arguments<'c>(
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
        if function.is_aggregate() && call.over.is_none() && reads == super::Reads::First {
            self.reads_outputs = super::Reads::Last;
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

    /// Returns the arguments of a call that has nothing else.
    pub(super) fn plain_arguments<'c>(&self, call: &'c ast::Function) -> SqlResult<Vec<&'c ast::Expr>> {
        let ast::FunctionArguments::List(list) = &call.args else {
            return Ok(Vec::new());
        };
        let args = list.args.iter().map(|arg| match arg {
            ast::FunctionArg::Unnamed(ast::FunctionArgExpr::Expr(expr)) => Ok(expr),
            other => Err(unsupported(format!("`{other}`"), "", call.span())),
        });
        args.collect()
    }

    /// Binds a function as an argument. Its parameters are typed by the arguments before it.
    fn lambda(
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

    /// Gives arguments the types that a function takes; returns them and the type of the result.
    fn typed(
        &mut self,
        function: &'static Function,
        mut args: Vec<Expr>,
        place: Span,
    ) -> SqlResult<(Vec<Expr>, DataType)> {
        let takes = &function.takes;
        let most = if takes.rest.is_some() {
            usize::MAX
        } else {
            takes.parameters.len()
        };
        if args.len() > most || args.len() + takes.optional < takes.parameters.len() {
            let name = function.name.to_owned();
            let takes = format!("({})", function.usage);
            return Err(SqlErrorKind::ArgumentCount {
                function: name,
                takes,
                found: args.len(),
            }
            .at(place));
        }
        let parameter = |index: usize| {
            takes
                .parameters
                .get(index)
                .copied()
                .or(takes.rest)
                .unwrap_or(Parameter::Any)
        };
        let is_same = |index: usize| matches!(parameter(index), Parameter::Same | Parameter::SameNumber);
        let same: Vec<usize> = (0..args.len()).filter(|index| is_same(*index)).collect();
        if !same.is_empty() {
            self.same(
                function,
                &mut args,
                &same,
                same.iter()
                    .any(|index| parameter(*index) == Parameter::SameNumber),
            )?;
        }
        for (index, arg) in args.iter_mut().enumerate() {
            if !is_same(index) {
                let value = std::mem::replace(arg, Expr::boolean(false));
                *arg = coerce(function, index, value, parameter(index))?;
            }
        }
        let dtypes: Vec<DataType> = args.iter().map(|arg| arg.dtype.clone()).collect();
        let wrong = |reason: String| {
            SqlErrorKind::ArgumentType {
                function: function.name.to_owned(),
                argument: dtypes.iter().map(types::sql_name).collect::<Vec<_>>().join(", "),
                expected: reason,
                found: String::new(),
                cast: None,
            }
            .at(place)
        };
        let dtype = match function.gives {
            Gives::Is(dtype) => dtype.dtype(),
            Gives::Argument(index) => dtypes.get(index).cloned().unwrap_or(DataType::Null),
            Gives::By(dtype) => dtype(&dtypes).map_err(wrong)?,
            Gives::ByValue(dtype) => dtype(&args).map_err(wrong)?,
        };
        Ok((args, dtype))
    }

    /// Gives several arguments their common type.
    fn same(
        &mut self,
        function: &'static Function,
        args: &mut [Expr],
        which: &[usize],
        numbers: bool,
    ) -> SqlResult<()> {
        let dtypes: Vec<DataType> = which
            .iter()
            .filter_map(|index| args.get(*index))
            .map(|arg| arg.dtype.clone())
            .collect();
        let mut common = types::common_of(dtypes.iter());
        // Spark does not guess whether `greatest('2', 1)` is of texts or of numbers.
        if matches!(function.name, "greatest" | "least") && dtypes.iter().any(types::is_text) {
            let is_one = |dtype: &DataType| types::is_text(dtype) || *dtype == DataType::Null;
            common = common.filter(|_| dtypes.iter().all(is_one));
        }
        if numbers {
            common = match common {
                Some(DataType::Null) => Some(DataType::Float64),
                Some(dtype) if types::is_text(&dtype) => Some(DataType::Float64),
                // Decimals and whole numbers are computed with as they are.
                Some(DataType::Decimal(..)) if functions::is_exact(function) => return Ok(()),
                Some(dtype) if types::is_number(&dtype) => Some(types::signed(&dtype)),
                _ => {
                    let odd = which.iter().filter_map(|index| args.get(*index));
                    let odd = odd
                        .filter(|arg| !types::is_number(&arg.dtype) && !arg.is_null())
                        .collect::<Vec<_>>();
                    if let Some(odd) = odd.first() {
                        return Err(not_taken(function, odd, "numbers", Some("DOUBLE"), &self.columns));
                    }
                    None
                }
            };
        }
        let Some(dtype) = common else {
            let known = dtypes
                .iter()
                .find(|dtype| **dtype != DataType::Null)
                .unwrap_or(&DataType::Null);
            let odd = dtypes
                .iter()
                .find(|dtype| types::common(known, dtype).is_none())
                .unwrap_or(known);
            let what = match function.name {
                "=" | "<>" | "<" | "<=" | ">" | ">=" | "<=>" | "in" => {
                    "the two sides of a comparison".to_owned()
                }
                name => format!("the arguments of {name}"),
            };
            let place = args.first().map_or(Span::empty(), |arg| arg.place);
            let kind = SqlErrorKind::Mismatch {
                what,
                left: types::sql_name(known),
                right: types::sql_name(odd),
            };
            return Err(kind.at(place));
        };
        for index in which {
            if let Some(arg) = args.get_mut(*index) {
                let value = std::mem::replace(arg, Expr::boolean(false));
                *arg = value.cast(&dtype, CastHow::Implicit);
            }
        }
        Ok(())
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
        keys.collect()
    }
}

/// Makes an argument what a function takes.
fn coerce(function: &'static Function, index: usize, arg: Expr, parameter: Parameter) -> SqlResult<Expr> {
    use Parameter as P;
    let dtype = arg.dtype.clone();
    let to = |arg: Expr, dtype: &DataType| Ok(arg.cast(dtype, CastHow::Implicit));
    let text = types::is_text(&dtype);
    let null = dtype == DataType::Null;
    let taken = match parameter {
        P::Any | P::Lambda | P::Same | P::SameNumber => return Ok(arg),
        P::Boolean if dtype == DataType::Boolean || null || text => return to(arg, &DataType::Boolean),
        P::Whole if null => return to(arg, &DataType::Int32),
        P::Whole if types::is_whole(&dtype) => return to(arg, &types::signed(&dtype)),
        P::Whole if text => return to(arg, &DataType::Int64),
        P::Int if null || types::is_whole(&dtype) || text => return to(arg, &DataType::Int32),
        P::Number if null || text => return to(arg, &DataType::Float64),
        P::Number if types::is_number(&dtype) => return to(arg, &types::signed(&dtype)),
        P::Double if null || text || types::is_number(&dtype) => return to(arg, &DataType::Float64),
        P::Text if !dtype.is_nested() && dtype != DataType::Binary => return to(arg, &DataType::String),
        P::Binary if null || text || dtype == DataType::Binary => return to(arg, &DataType::Binary),
        P::Date if null || text || types::is_moment(&dtype) => return to(arg, &DataType::Date),
        P::Timestamp if null || text || dtype == DataType::Date => return to(arg, &types::timestamp()),
        P::Timestamp if types::is_moment(&dtype) => return Ok(arg),
        P::Moment if null || text => return to(arg, &types::timestamp()),
        P::Moment if types::is_moment(&dtype) => return Ok(arg),
        P::Interval if matches!(dtype, DataType::Duration(_)) => return Ok(arg),
        P::Interval if types::is_months(&dtype) => return Ok(arg),
        P::Interval if null => return to(arg, &types::interval()),
        P::Array | P::Map | P::Struct if null => return Ok(arg),
        P::Array if matches!(dtype, DataType::List(_)) => return Ok(arg),
        P::Map if types::as_map(&dtype).is_some() => return Ok(arg),
        P::Struct if matches!(dtype, DataType::Struct(_)) => return Ok(arg),
        P::Boolean => "true or false",
        P::Whole | P::Int => "a whole number",
        P::Number | P::Double => "a number",
        P::Text => "text",
        P::Binary => "binary data",
        P::Date | P::Timestamp | P::Moment => "a date or a timestamp",
        P::Interval => "an interval",
        P::Array => "an array",
        P::Map => "a map",
        P::Struct => "a struct",
    };
    let kind = SqlErrorKind::ArgumentType {
        function: function.name.to_owned(),
        argument: format!("argument {}", index + 1),
        expected: taken.to_owned(),
        found: types::sql_name(&dtype),
        cast: None,
    };
    Err(kind.at(arg.place))
}

fn not_taken(
    function: &'static Function,
    arg: &Expr,
    expected: &str,
    cast: Option<&str>,
    columns: &crate::frame::sql::rel::Columns,
) -> crate::frame::sql::error::SqlError {
    let shown = super::names::name(arg, columns);
    SqlErrorKind::ArgumentType {
        function: function.name.to_owned(),
        argument: format!("`{shown}`"),
        expected: expected.to_owned(),
        found: types::sql_name(&arg.dtype),
        cast: cast
            .filter(|_| {
                !types::is_moment(&arg.dtype) && !arg.dtype.is_nested() && !types::is_interval(&arg.dtype)
            })
            .map(|dtype| format!("CAST({shown} AS {dtype})")),
    }
    .at(arg.place)
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
        "listagg" => ("the separator", 1),
        "first" | "first_value" | "any_value" | "last" | "last_value" => ("ignore_nulls", 1),
        _ => return Ok(()),
    };
    let Some(arg) = args.get(index) else { return Ok(()) };
    let mut read = std::collections::BTreeSet::new();
    arg.columns(&mut read);
    if read.is_empty() {
        return Ok(());
    }
    let kind = SqlErrorKind::NotConstant {
        function: function.name.to_owned(),
        argument: argument.to_owned(),
    };
    Err(kind.at(arg.place))
}
