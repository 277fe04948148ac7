//! The names of columns that the query gives none, as Spark makes them: `count(1)`, `(a + b)`, `upper(name)`.

use polars::prelude::DataType;

use crate::frame::sql::expr::{
    Aggregate, Bound, CastHow, Expr, Frame, Kind, Literal, Order, SubqueryKind, Unit, Window,
};
use crate::frame::sql::functions::Function;
use crate::frame::sql::rel::Columns;
use crate::frame::sql::types;

/// Returns the name of an expression.
pub(in crate::frame::sql) fn name(expr: &Expr, columns: &Columns) -> String {
    match &expr.kind {
        Kind::Column(id) => columns.name(*id).to_owned(),
        Kind::Literal(literal) => constant(literal, &expr.dtype),
        Kind::Call { function, args } => call(function, args, columns),
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
        Kind::And(conditions) => chain(conditions, " AND ", columns),
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
        Kind::Aggregate(call) => aggregate(call, columns),
        Kind::Window(call) => window(call, columns),
        Kind::Subquery(subquery) => match &subquery.kind {
            SubqueryKind::Scalar => {
                let column = subquery.columns.first().map_or("", |id| columns.name(*id));
                format!("scalarsubquery({column})").replace("()", "()")
            }
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

/// Spark's tree of a chain is nested to the left.
fn chain(conditions: &[Expr], word: &str, columns: &Columns) -> String {
    let mut names = conditions.iter().map(|condition| name(condition, columns));
    let first = names.next().unwrap_or_default();
    names.fold(first, |chain, next| format!("({chain}{word}{next})"))
}

fn call(function: &Function, args: &[Expr], columns: &Columns) -> String {
    let names: Vec<String> = args.iter().map(|arg| name(arg, columns)).collect();
    match (function.name, names.as_slice()) {
        ("||", _) => format!("concat({})", names.join(", ")),
        ("//", [left, right]) => format!("({left} // {right})"),
        ("field", [value, field]) => format!("{value}.{field}"),
        ("subscript", [value, index]) => format!("{value}[{index}]"),
        ("not", [value]) => format!("(NOT {value})"),
        ("negative", [value]) => format!("(- {value})"),
        ("positive", [value]) => format!("(+ {value})"),
        ("~", [value]) => format!("~{value}"),
        ("is null", [value]) => format!("({value} IS NULL)"),
        ("is not null", [value]) => format!("({value} IS NOT NULL)"),
        ("is true", [value]) => format!("({value} IS TRUE)"),
        ("is false", [value]) => format!("({value} IS FALSE)"),
        ("in", [value, rest @ ..]) => format!("({value} IN ({}))", rest.join(", ")),
        ("<>", [left, right]) => format!("(NOT ({left} = {right}))"),
        ("like" | "ilike", [value, pattern, ..]) => {
            format!("{value} {} {pattern}", function.name.to_uppercase())
        }
        ("rlike", _) => format!("RLIKE({})", names.join(", ")),
        ("extract", [field, value]) => format!("extract({} FROM {value})", field.to_uppercase()),
        ("add interval" | "add intervals" | "interval add", [left, right]) => format!("{left} + {right}"),
        (
            "subtract interval" | "subtract dates" | "subtract timestamps" | "subtract intervals",
            [left, right],
        ) => {
            format!("({left} - {right})")
        }
        ("interval times", [left, right]) => format!("({left} * {right})"),
        ("times interval", [left, right]) => format!("({right} * {left})"),
        ("interval divided", [left, right]) => format!("({left} / {right})"),
        ("negative interval", [value]) => format!("(- {value})"),
        ("positive interval", [value]) => format!("(+ {value})"),
        ("absolute interval", [value]) => format!("abs({value})"),
        ("sign of interval", [value]) => format!("sign({value})"),
        ("ltrim from" | "rtrim from", _) => format!("trim({})", names.join(", ")),
        (sign, [left, right]) if function.is_operator() => format!("({left} {sign} {right})"),
        (name, _) => format!("{name}({})", names.join(", ")),
    }
}

fn aggregate(call: &Aggregate, columns: &Columns) -> String {
    let args = if call.args.is_empty() && call.function.name == "count" {
        "1".to_owned()
    } else {
        list(&call.args, columns)
    };
    let distinct = if call.distinct { "DISTINCT " } else { "" };
    let mut text = format!("{}({distinct}{args})", call.function.name);
    if let Some(filter) = &call.filter {
        text.push_str(&format!(" FILTER (WHERE {})", name(filter, columns)));
    }
    text
}

fn window(window: &Window, columns: &Columns) -> String {
    let mut text = format!("{} OVER (", aggregate(&window.call, columns));
    if !window.partition.is_empty() {
        text.push_str(&format!("PARTITION BY {} ", list(&window.partition, columns)));
    }
    if !window.order.is_empty() {
        let keys: Vec<String> = window.order.iter().map(|key| order(key, columns)).collect();
        text.push_str(&format!("ORDER BY {} ", keys.join(", ")));
    }
    text + &frame(&window.frame, columns) + ")"
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
        Literal::Binary(bytes) => format!(
            "X'{}'",
            bytes.iter().map(|byte| format!("{byte:02X}")).collect::<String>()
        ),
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
