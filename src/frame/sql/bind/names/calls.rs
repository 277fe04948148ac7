//! The names of calls: operators stand between their arguments, functions before them.

use polars::prelude::DataType;

use super::arguments::completed;
use super::{Names, is_dotted};
use crate::frame::sql::expr::{Expr, Kind, Literal};
use crate::frame::sql::functions::Function;
use crate::frame::sql::types;

impl Names<'_> {
    /// Returns the name of a call of a scalar function.
    pub(super) fn call(&self, expr: &Expr, function: &Function, args: &[Expr]) -> String {
        let spelled = self.columns.spelled(expr.place);
        let names: Vec<String> = args.iter().map(|arg| self.of(arg)).collect();
        operation(function, spelled, &names)
            .or_else(|| of_moments(function.name, args, &names))
            .or_else(|| with_words(function, spelled, &names))
            .or_else(|| of_parts(expr, function.name, args, &names))
            .or_else(|| peculiar(function.name, &expr.dtype, &names))
            .or_else(|| sign(function, spelled, &names))
            .unwrap_or_else(|| plain(function, spelled, names))
    }
}

/// Names an operator.
fn operation(function: &Function, spelled: Option<&str>, names: &[String]) -> Option<String> {
    Some(match (function.name, names) {
        ("not", [value]) => format!("(NOT {value})"),
        ("negative", [value]) if spelled != Some("negative") => format!("(- {value})"),
        ("negative interval", [value]) => format!("(- {value})"),
        ("positive" | "positive interval", [value]) => format!("(+ {value})"),
        ("~", [value]) => format!("~{value}"),
        ("is null" | "isnull", [value]) => format!("({value} IS NULL)"),
        ("is not null" | "isnotnull", [value]) => format!("({value} IS NOT NULL)"),
        ("is true", [value]) => format!("({value} <=> true)"),
        ("is false", [value]) => format!("({value} <=> false)"),
        ("in", [value, rest @ ..]) => format!("({value} IN ({}))", rest.join(", ")),
        ("<>", [left, right]) => format!("(NOT ({left} = {right}))"),
        ("like", [value, pattern]) => format!("{value} LIKE {pattern}"),
        ("like", [value, pattern, escape]) => format!("{value} LIKE {pattern} ESCAPE '{escape}'"),
        ("ilike", [value, pattern, ..]) => format!("ilike({value}, {pattern})"),
        _ => return None,
    })
}

/// Names an operator whose sign Spark shows; `mod(a, b)` is named as a function.
fn sign(function: &Function, spelled: Option<&str>, names: &[String]) -> Option<String> {
    let [left, right] = names else { return None };
    let name = function.name;
    let is_sign = function.is_operator() && !matches!(name, "||" | "rlike");
    (is_sign && alias(function, spelled).is_none()).then(|| format!("({left} {name} {right})"))
}

/// Names an operator between dates, timestamps and intervals.
fn of_moments(function: &str, args: &[Expr], names: &[String]) -> Option<String> {
    let [left, right] = names else { return None };
    Some(match function {
        "add interval" if of_days(args) => format!("date_add({left}, extractansiintervaldays({right}))"),
        "subtract interval" if of_days(args) => {
            format!("date_add({left}, (- extractansiintervaldays({right})))")
        }
        "add interval" | "interval add" => format!("{left} + {right}"),
        "subtract interval" => format!("{left} - {right}"),
        "subtract dates" | "subtract timestamps" | "subtract intervals" => format!("({left} - {right})"),
        "add intervals" => format!("({left} + {right})"),
        "interval times" => format!("({left} * {right})"),
        "times interval" => format!("({right} * {left})"),
        "interval divided" => format!("({left} / {right})"),
        _ => return None,
    })
}

/// Returns whether it adds whole days to a date.
fn of_days(args: &[Expr]) -> bool {
    match args {
        [moment, interval] => {
            moment.dtype == DataType::Date
                && matches!(
                    interval.kind,
                    Kind::Literal(Literal::Interval {
                        months: 0,
                        micros: 0,
                        ..
                    })
                )
                && !types::is_months(&interval.dtype)
        }
        _ => false,
    }
}

/// Names a call with words between its arguments.
fn with_words(function: &Function, spelled: Option<&str>, names: &[String]) -> Option<String> {
    let trim = |end: &str, what: &str, text: &str| format!("TRIM({end} {what} FROM {text})");
    Some(match (function.name, names) {
        ("extract", [field, value]) => match alias(function, spelled) {
            Some("date_part") => format!("date_part({field}, {value})"),
            name => format!("{}({field} FROM {value})", name.unwrap_or("extract")),
        },
        ("btrim", [text, what]) if spelled == Some("trim") => trim("BOTH", what, text),
        ("ltrim", [what, text]) | ("ltrim from", [text, what]) => trim("LEADING", what, text),
        ("rtrim", [what, text]) | ("rtrim from", [text, what]) => trim("TRAILING", what, text),
        ("if", [condition, then, otherwise]) => format!("(IF({condition}, {then}, {otherwise}))"),
        _ => return None,
    })
}

/// Names a part of a value, or what is made of parts.
fn of_parts(expr: &Expr, function: &str, args: &[Expr], names: &[String]) -> Option<String> {
    Some(match (function, args, names) {
        ("field", _, [value, field]) => format!("{value}.{field}"),
        ("subscript", _, [value, index]) => format!("{value}[{index}]"),
        ("element_at", [map, _], [value, key]) if is_dotted(expr, map) => format!("{value}[{key}]"),
        ("arrays_zip", ..) => {
            let values: Vec<&str> = names.iter().skip(1).step_by(2).map(String::as_str).collect();
            format!("arrays_zip({})", values.join(", "))
        }
        ("struct", ..) => {
            let fields = args.chunks(2).zip(names.chunks(2)).map(|pair| match pair {
                // A name that the query gives has a place of its own.
                ([label, _], [name, value]) if label.place != expr.place => format!("{value} AS {name}"),
                (_, [_, value]) => value.clone(),
                _ => String::new(),
            });
            format!("struct({})", fields.collect::<Vec<_>>().join(", "))
        }
        _ => return None,
    })
}

/// Names a function whose arguments Spark does not show as they are.
fn peculiar(function: &str, dtype: &DataType, names: &[String]) -> Option<String> {
    Some(match (function, names) {
        ("date" | "timestamp", [value]) => value.clone(),
        ("log", [value]) => format!("LOG(E(), {value})"),
        ("assert_true", [condition]) => format!("assert_true({condition}, '{condition}' is not true!)"),
        ("raise_error", [message]) => {
            format!("raise_error(USER_RAISED_EXCEPTION, map(errorMessage, {message}))")
        }
        ("from_json", _) if types::as_map(dtype).is_some() => "entries".to_owned(),
        ("from_json", [text, ..]) => format!("from_json({text})"),
        ("from_csv", [text, ..]) => format!("from_csv({text})"),
        _ => return None,
    })
}

/// Names a call with all arguments behind the function.
fn plain(function: &Function, spelled: Option<&str>, names: Vec<String>) -> String {
    let name = called(function, spelled);
    // With a number of digits they are others.
    let is_cut = matches!(name.as_str(), "CEIL" | "FLOOR") && names.len() > 1;
    let name = if is_cut { name.to_lowercase() } else { name };
    format!("{name}({})", completed(function.name, names).join(", "))
}

/// Returns the name that Spark has for a function, as the query calls it.
pub(super) fn called(function: &Function, spelled: Option<&str>) -> String {
    let own = match function.name {
        "||" | "concat arrays" => "concat",
        "reverse array" => "reverse",
        "absolute interval" => "abs",
        "sign of interval" if spelled == Some("signum") => "signum",
        "sign of interval" => "sign",
        "ltrim from" => "ltrim",
        "rtrim from" => "rtrim",
        name => name,
    };
    let name = alias(function, spelled).unwrap_or(own);
    if IN_CAPITALS.contains(&name) {
        name.to_uppercase()
    } else {
        name.to_owned()
    }
}

/// Returns the name by which the query calls a function, where that is one of the function's own and Spark keeps it.
fn alias<'a>(function: &Function, spelled: Option<&'a str>) -> Option<&'a str> {
    spelled.filter(|name| function.also.contains(name) && !FORGOTTEN.contains(name))
}

/// Other names of functions that Spark does not keep.
const FORGOTTEN: &[&str] = &["array_agg", "dateadd", "random", "to_varchar"];

/// Functions whose names Spark writes in capitals.
const IN_CAPITALS: &[&str] = &[
    "acos",
    "acosh",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "cbrt",
    "ceil",
    "cos",
    "cosh",
    "cot",
    "csc",
    "degrees",
    "dense_rank",
    "e",
    "exp",
    "expm1",
    "floor",
    "hypot",
    "log",
    "log10",
    "log1p",
    "log2",
    "percent_rank",
    "pi",
    "power",
    "radians",
    "rank",
    "regexp",
    "regexp_like",
    "rlike",
    "sec",
    "signum",
    "sin",
    "sinh",
    "sqrt",
    "tan",
    "tanh",
];
