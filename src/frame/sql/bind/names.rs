//! The names of columns that the query gives none, as Spark makes them: `count(1)`, `(a + b)`, `upper(name)`.

use std::fmt::Write as _;

use polars::prelude::DataType;
use sqlparser::tokenizer::Span;

use crate::frame::sql::expr::{
    Aggregate, Bound, CastHow, Expr, Frame, Kind, Literal, Order, SubqueryKind, Unit, Window,
};
use crate::frame::sql::functions::Function;
use crate::frame::sql::rel::Columns;
use crate::frame::sql::types;

/// Returns the name that an expression gives a column of a result: a cast of a column has the column's, a field its own.
pub(in crate::frame::sql) fn output(expr: &Expr, columns: &Columns) -> String {
    match &expr.kind {
        Kind::Cast { input, .. } if input.as_column().is_some() => name(input, columns),
        Kind::Call { function, args } => match (function.name, args.as_slice()) {
            ("date" | "timestamp", [input]) if bare(input).as_column().is_some() => name(input, columns),
            ("field", [value, field]) if is_path(value) => name(field, columns),
            _ => name(expr, columns),
        },
        _ => name(expr, columns),
    }
}

/// Returns what is cast where the query does not say so.
fn bare(expr: &Expr) -> &Expr {
    match &expr.kind {
        Kind::Cast {
            input,
            how: CastHow::Implicit,
        } => bare(input),
        _ => expr,
    }
}

/// Returns whether it is a column or a field of one.
fn is_path(expr: &Expr) -> bool {
    match &expr.kind {
        Kind::Column(_) => true,
        Kind::Call { function, args } => function.name == "field" && args.first().is_some_and(is_path),
        _ => false,
    }
}

/// Returns the name of an expression.
pub(in crate::frame::sql) fn name(expr: &Expr, columns: &Columns) -> String {
    match &expr.kind {
        Kind::Column(id) => columns
            .spelled(expr.place)
            .unwrap_or_else(|| columns.name(*id))
            .to_owned(),
        Kind::Literal(literal) => match columns.spelled(expr.place) {
            Some(digits) => digits.to_owned(),
            None => constant(literal, &expr.dtype),
        },
        Kind::Call { function, args } => {
            let spelled = columns.spelled(expr.place);
            call(function, spelled, args, columns)
        }
        Kind::Cast {
            input,
            how: CastHow::Implicit,
        } => name(input, columns),
        Kind::Cast { input, how } => {
            let word = if *how == CastHow::Try { "TRY_CAST" } else { "CAST" };
            format!(
                "{word}({} AS {})",
                name(input, columns),
                types::sql_name(&expr.dtype)
            )
        }
        Kind::And(conditions) => match between(conditions) {
            Some([value, low, high]) => format!(
                "between({}, {}, {})",
                name(value, columns),
                name(low, columns),
                name(high, columns)
            ),
            None => chain(conditions, " AND ", columns),
        },
        Kind::Or(conditions) => chain(conditions, " OR ", columns),
        Kind::Case { branches, otherwise } => {
            let mut text = "CASE".to_owned();
            for (when, then) in branches {
                text.push_str(&format!(
                    " WHEN {} THEN {}",
                    name(when, columns),
                    name(then, columns)
                ));
            }
            if let Some(otherwise) = otherwise {
                text.push_str(&format!(" ELSE {}", name(otherwise, columns)));
            }
            text + " END"
        }
        Kind::Lambda { parameters, body } => {
            let names: Vec<String> = parameters
                .iter()
                .map(|(_, name)| format!("namedlambdavariable({name})"))
                .collect();
            format!("lambdafunction({}, {})", name(body, columns), names.join(", "))
        }
        Kind::Aggregate(call) => aggregate(call, columns.spelled(expr.place), columns),
        Kind::Window(call) => window(call, columns.spelled(expr.place), columns),
        Kind::Subquery(subquery) => match &subquery.kind {
            SubqueryKind::Scalar => "scalarsubquery()".to_owned(),
            SubqueryKind::Exists => "exists()".to_owned(),
            SubqueryKind::In { left } => format!("({} IN (listquery()))", list(left, columns)),
            SubqueryKind::Quantified {
                left,
                comparison,
                all,
            } => {
                let word = if *all { "ALL" } else { "ANY" };
                format!(
                    "({} {} {word} (listquery()))",
                    name(left, columns),
                    comparison.name
                )
            }
        },
    }
}

fn list(exprs: &[Expr], columns: &Columns) -> String {
    exprs
        .iter()
        .map(|expr| name(expr, columns))
        .collect::<Vec<_>>()
        .join(", ")
}

/// Returns the value and the bounds where two comparisons are of one value at one place: those of BETWEEN.
fn between(conditions: &[Expr]) -> Option<[&Expr; 3]> {
    let [above, below] = conditions else { return None };
    let (
        Kind::Call {
            function: more,
            args: low,
        },
        Kind::Call {
            function: less,
            args: high,
        },
    ) = (&above.kind, &below.kind)
    else {
        return None;
    };
    let ([value, low], [same, high]) = (low.as_slice(), high.as_slice()) else {
        return None;
    };
    let is_between =
        (more.name, less.name) == (">=", "<=") && value.place == same.place && value.place != Span::empty();
    is_between.then_some([value, low, high])
}

/// Spark's tree of a chain is nested to the left.
fn chain(conditions: &[Expr], word: &str, columns: &Columns) -> String {
    let mut names = conditions.iter().map(|condition| name(condition, columns));
    let first = names.next().unwrap_or_default();
    names.fold(first, |chain, next| format!("({chain}{word}{next})"))
}

fn call(function: &Function, spelled: Option<&str>, args: &[Expr], columns: &Columns) -> String {
    let names: Vec<String> = args.iter().map(|arg| name(arg, columns)).collect();
    match (function.name, names.as_slice()) {
        ("||" | "concat arrays", _) => format!("concat({})", names.join(", ")),
        ("//", [left, right]) => format!("({left} // {right})"),
        ("reverse array", _) => format!("reverse({})", names.join(", ")),
        (name @ ("struct" | "arrays_zip"), _) => {
            let values: Vec<&str> = names.iter().skip(1).step_by(2).map(String::as_str).collect();
            format!("{name}({})", values.join(", "))
        }
        ("field", [value, field]) => format!("{value}.{field}"),
        ("if", [condition, then, otherwise]) => format!("(IF({condition}, {then}, {otherwise}))"),
        ("split", [text, pattern]) => format!("split({text}, {pattern}, -1)"),
        ("round" | "bround", [value]) => format!("{}({value}, 0)", function.name),
        ("sort_array", [values]) => format!("sort_array({values}, true)"),
        ("locate", [part, text]) => format!("locate({part}, {text}, 1)"),
        ("subscript", [value, index]) => format!("{value}[{index}]"),
        ("not", [value]) => format!("(NOT {value})"),
        ("negative", [value]) if spelled.is_none() => format!("(- {value})"),
        ("positive" | "positive interval", [value]) => format!("(+ {value})"),
        ("~", [value]) => format!("~{value}"),
        ("is null", [value]) => format!("({value} IS NULL)"),
        ("is not null", [value]) => format!("({value} IS NOT NULL)"),
        ("is true", [value]) => format!("({value} <=> true)"),
        ("is false", [value]) => format!("({value} <=> false)"),
        ("in", [value, rest @ ..]) => format!("({value} IN ({}))", rest.join(", ")),
        ("<>", [left, right]) => format!("(NOT ({left} = {right}))"),
        ("like", [value, pattern]) => format!("{value} LIKE {pattern}"),
        ("like", [value, pattern, escape]) => format!("{value} LIKE {pattern} ESCAPE '{escape}'"),
        ("ilike", [value, pattern, ..]) => format!("ilike({value}, {pattern})"),
        ("rlike", _) => format!("RLIKE({})", names.join(", ")),
        ("extract", [field, value]) => match spelled {
            Some("date_part") => format!("date_part({field}, {value})"),
            Some(spelled) => format!("{spelled}({field} FROM {value})"),
            None => format!("extract({field} FROM {value})"),
        },
        ("date" | "timestamp", [value]) => format!("CAST({value} AS {})", function.name.to_uppercase()),
        ("months_between", [end, start]) => format!("months_between({end}, {start}, true)"),
        ("from_unixtime", [value]) => format!("from_unixtime({value}, {USUAL_PATTERN})"),
        ("unix_timestamp", [value]) => {
            let name = spelled.unwrap_or(function.name);
            format!("{name}({value}, {USUAL_PATTERN})")
        }
        ("add interval", [moment, interval]) if of_days(args) => {
            format!("date_add({moment}, extractansiintervaldays({interval}))")
        }
        ("subtract interval", [moment, interval]) if of_days(args) => {
            format!("date_add({moment}, (- extractansiintervaldays({interval})))")
        }
        ("subtract interval", [left, right]) => format!("{left} - {right}"),
        ("add interval" | "interval add", [left, right]) => format!("{left} + {right}"),
        ("subtract dates" | "subtract timestamps" | "subtract intervals", [left, right]) => {
            format!("({left} - {right})")
        }
        ("add intervals", [left, right]) => format!("({left} + {right})"),
        ("interval times", [left, right]) => format!("({left} * {right})"),
        ("times interval", [left, right]) => format!("({right} * {left})"),
        ("interval divided", [left, right]) => format!("({left} / {right})"),
        ("negative interval", [value]) => format!("(- {value})"),
        ("absolute interval", [value]) => format!("abs({value})"),
        ("sign of interval", [value]) => format!("sign({value})"),
        ("ltrim from" | "rtrim from", _) => format!("trim({})", names.join(", ")),
        (sign, [left, right]) if function.is_operator() => format!("({left} {sign} {right})"),
        (name, _) => format!(
            "{}({})",
            alias(function, spelled).unwrap_or(name),
            names.join(", ")
        ),
    }
}

/// Returns the name by which the query calls a function, where that is one of the function's own.
fn alias<'a>(function: &Function, spelled: Option<&'a str>) -> Option<&'a str> {
    // Only `dateadd` with a unit has a name of its own.
    spelled.filter(|name| function.also.contains(name) && *name != "dateadd")
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

/// The pattern of timestamps where none is given.
const USUAL_PATTERN: &str = "yyyy-MM-dd HH:mm:ss";

fn aggregate(call: &Aggregate, spelled: Option<&str>, columns: &Columns) -> String {
    let args = if call.args.is_empty() && call.function.name == "count" {
        "1".to_owned()
    } else {
        list(&call.args, columns)
    };
    // What is left out of a call is in its name.
    let args = match (call.function.name, call.args.len()) {
        ("percentile", 2) => args + ", 1",
        ("percentile_approx", 2) => args + ", 10000",
        ("lag" | "lead", 1) => args + ", 1, NULL",
        ("lag" | "lead", 2) => args + ", NULL",
        _ => args,
    };
    let distinct = if call.distinct { "DISTINCT " } else { "" };
    let called = alias(call.function, spelled).unwrap_or(call.function.name);
    let mut text = format!("{called}({distinct}{args})");
    if let Some(filter) = &call.filter {
        text.push_str(&format!(" FILTER (WHERE {})", name(filter, columns)));
    }
    text
}

fn window(window: &Window, spelled: Option<&str>, columns: &Columns) -> String {
    let mut text = format!("{} OVER (", aggregate(&window.call, spelled, columns));
    if !window.partition.is_empty() {
        text.push_str(&format!("PARTITION BY {} ", list(&window.partition, columns)));
    }
    if !window.order.is_empty() {
        let keys: Vec<String> = window.order.iter().map(|key| order(key, columns)).collect();
        text.push_str(&format!("ORDER BY {} ", keys.join(", ")));
    }
    let rows = match (window.call.function.name, window.call.args.get(1)) {
        ("row_number" | "rank" | "dense_rank" | "percent_rank" | "cume_dist" | "ntile", _) => {
            "ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW".to_owned()
        }
        (shift @ ("lag" | "lead"), offset) => {
            let count = offset.map_or_else(|| "1".to_owned(), |offset| name(offset, columns));
            let sign = if shift == "lag" { "-" } else { "" };
            format!("ROWS BETWEEN {sign}{count} FOLLOWING AND {sign}{count} FOLLOWING")
        }
        _ => frame(&window.frame, columns),
    };
    text + &rows + ")"
}

fn order(key: &Order, columns: &Columns) -> String {
    let way = if key.descending { "DESC" } else { "ASC" };
    let nulls = if key.nulls_first { "FIRST" } else { "LAST" };
    format!("{} {way} NULLS {nulls}", name(&key.expr, columns))
}

fn frame(frame: &Frame, columns: &Columns) -> String {
    let unit = match frame.unit {
        Unit::Rows => "ROWS",
        Unit::Range => "RANGE",
        Unit::Groups => "GROUPS",
    };
    let bound = |bound: &Bound| match bound {
        Bound::UnboundedPreceding => "UNBOUNDED PRECEDING".to_owned(),
        Bound::Preceding(offset) => format!("{} PRECEDING", name(offset, columns)),
        Bound::CurrentRow => "CURRENT ROW".to_owned(),
        Bound::Following(offset) => format!("{} FOLLOWING", name(offset, columns)),
        Bound::UnboundedFollowing => "UNBOUNDED FOLLOWING".to_owned(),
    };
    format!("{unit} BETWEEN {} AND {}", bound(&frame.start), bound(&frame.end))
}

fn constant(literal: &Literal, dtype: &DataType) -> String {
    match literal {
        Literal::Null => "NULL".to_owned(),
        Literal::Bool(value) => value.to_string(),
        Literal::Int(value) => value.to_string(),
        Literal::Double(value) => crate::frame::sql::moments::double(*value),
        Literal::Decimal(value) => match dtype {
            DataType::Decimal(_, scale) => crate::frame::sql::moments::decimal(*value, *scale),
            _ => value.to_string(),
        },
        Literal::Text(text) => text.clone(),
        Literal::Binary(bytes) => {
            let mut digits = String::with_capacity(2 * bytes.len());
            for byte in bytes {
                let _ = write!(digits, "{byte:02X}");
            }
            format!("X'{digits}'")
        }
        Literal::Date(days) => format!("DATE '{}'", crate::frame::sql::moments::date_text(*days)),
        Literal::Timestamp(micros) => format!(
            "TIMESTAMP '{}'",
            crate::frame::sql::moments::timestamp_text(*micros)
        ),
        Literal::Interval { months, days, micros } => {
            crate::frame::sql::moments::interval_text(*months, *days, *micros)
        }
    }
}
