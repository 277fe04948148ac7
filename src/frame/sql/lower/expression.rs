//! Bound expressions → polars' expressions.

use polars::prelude::{DataType, LiteralValue, NULL, PlSmallStr, Scalar, lit};

use super::choice::{self, Choice, variable};
use super::{PolarsExpr, cast, null};
use crate::frame::sql::expr::{CastHow, ColumnId, Expr, Kind, Literal};
use crate::frame::sql::functions::operators::Chain;
use crate::frame::sql::functions::{Arguments, FunctionKind, Picks, function};
use crate::frame::sql::types;

/// What the parameters of lambdas are.
type Variables<'a> = &'a [(ColumnId, PolarsExpr)];

/// Makes polars' expression.
pub(in crate::frame::sql) fn lowered(expr: &Expr) -> PolarsExpr {
    lowered_in(expr, &[])
}

fn lowered_in(expr: &Expr, variables: Variables<'_>) -> PolarsExpr {
    match &expr.kind {
        Kind::Column(id) => variable(*id, variables),
        Kind::Literal(literal) => constant(literal, &expr.dtype),
        Kind::Call { function, args } => {
            if let Some(chain) = Chain::of(expr) {
                let rest = chain.steps.iter().map(|(_, part)| lowered_in(part, variables));
                return chain.lowered(lowered_in(chain.first, variables), rest.collect());
            }
            let lower = match function.kind {
                FunctionKind::Scalar(lower) => lower,
                FunctionKind::Picks(picks) => return picked(picks, args, &expr.dtype, variables),
                FunctionKind::Aggregate(_) | FunctionKind::Window(_) => return null(&expr.dtype),
            };
            let exprs: Vec<PolarsExpr> = args
                .iter()
                .map(|arg| match arg.kind {
                    // Made where it is called.
                    Kind::Lambda { .. } => lit(NULL),
                    _ => lowered_in(arg, variables),
                })
                .collect();
            let lambda = |body: &Expr, values: &[PolarsExpr]| {
                let Kind::Lambda { parameters, body } = &body.kind else {
                    return lit(NULL);
                };
                let own = parameters
                    .iter()
                    .zip(values)
                    .map(|((id, _), value)| (*id, value.clone()));
                let all: Vec<_> = variables.iter().cloned().chain(own).collect();
                lowered_in(body, &all)
            };
            lower(Arguments {
                exprs,
                bound: args,
                gives: &expr.dtype,
                lambda: &lambda,
            })
        }
        Kind::Cast { input, how } => {
            cast::cast(lowered_in(input, variables), &input.dtype, &expr.dtype, *how)
        }
        Kind::And(conditions) => {
            let parts: Vec<&Expr> = conditions.iter().collect();
            chosen(&parts, &expr.dtype, variables, Choice::And)
        }
        Kind::Or(conditions) => {
            let parts: Vec<&Expr> = conditions.iter().collect();
            chosen(&parts, &expr.dtype, variables, Choice::Or)
        }
        Kind::Case { branches, otherwise } => {
            let mut all: Vec<(&Expr, &Expr)> = branches.iter().map(|(when, then)| (when, then)).collect();
            let mut last = otherwise.as_deref();
            // `ELSE CASE …` goes on with the branches of the other.
            while let Some(other) = last
                && let Kind::Case { branches, otherwise } = &other.kind
                && other.dtype == expr.dtype
            {
                all.extend(branches.iter().map(|(when, then)| (when, then)));
                last = otherwise.as_deref();
            }
            case(&all, last, &expr.dtype, variables)
        }
        // Taken out before.
        Kind::Lambda { .. } | Kind::Aggregate(_) | Kind::Window(_) | Kind::Subquery(_) => null(&expr.dtype),
    }
}

/// Makes CASE.
fn case(
    branches: &[(&Expr, &Expr)],
    otherwise: Option<&Expr>,
    dtype: &DataType,
    variables: Variables<'_>,
) -> PolarsExpr {
    let mut parts: Vec<&Expr> = branches.iter().flat_map(|(when, then)| [*when, *then]).collect();
    parts.extend(otherwise);
    let has_otherwise = otherwise.is_some();
    chosen(&parts, dtype, variables, |parts| {
        let mut parts = parts.into_iter();
        let mut made = Vec::new();
        let mut last = None;
        while let Some(part) = parts.next() {
            match parts.next() {
                Some(value) => made.push((part, value)),
                None if has_otherwise => last = Some(part),
                None => {}
            }
        }
        Choice::Case {
            branches: made,
            otherwise: last,
        }
    })
}

/// Makes a choice of parts, of which the first is computed for all rows.
fn chosen(
    parts: &[&Expr],
    dtype: &DataType,
    variables: Variables<'_>,
    choice: impl FnOnce(Vec<PolarsExpr>) -> Choice,
) -> PolarsExpr {
    if !parts.iter().skip(1).any(|part| can_fail(part)) {
        let parts = parts.iter().map(|part| lowered_in(part, variables)).collect();
        return choice(parts).plain(dtype);
    }
    let read = choice::read(parts.iter().copied(), variables);
    let inside = choice::inside(&read);
    let parts = parts.iter().map(|part| lowered_in(part, &inside)).collect();
    choice(parts).in_order(read, dtype.clone())
}

/// Adds the values of which the first is taken, those of a value that is made the same way included.
fn flat<'e>(args: &'e [Expr], dtype: &DataType, parts: &mut Vec<&'e Expr>) {
    for arg in args {
        match &arg.kind {
            Kind::Call { function, args }
                if matches!(function.kind, FunctionKind::Picks(Picks::First)) && arg.dtype == *dtype =>
            {
                flat(args, dtype, parts);
            }
            _ => parts.push(arg),
        }
    }
}

/// Makes a function that picks one of its arguments.
fn picked(picks: Picks, args: &[Expr], dtype: &DataType, variables: Variables<'_>) -> PolarsExpr {
    match (picks, args) {
        (Picks::First, args) => {
            let mut parts = Vec::new();
            flat(args, dtype, &mut parts);
            chosen(&parts, dtype, variables, Choice::First)
        }
        (Picks::If, [condition, value, rest @ ..]) => {
            case(&[(condition, value)], rest.first(), dtype, variables)
        }
        (Picks::IfThere, [value, there, missing]) => {
            let Some(is_there) = function("is not null") else {
                return null(dtype);
            };
            let is_there = Expr::call(is_there, vec![value.clone()], DataType::Boolean);
            case(&[(&is_there, there)], Some(missing), dtype, variables)
        }
        (Picks::Equal, [value, rest @ ..]) => {
            let Some(same) = function("<=>") else {
                return null(dtype);
            };
            let as_result = |result: &Expr| result.clone().cast(dtype, CastHow::Implicit);
            let pairs = rest.chunks_exact(2);
            let otherwise = pairs.remainder().first().map(as_result);
            let branches: Vec<(Expr, Expr)> = pairs
                .filter_map(|pair| match pair {
                    [other, result] => {
                        let common = types::common(&value.dtype, &other.dtype)?;
                        let both = [value, other].map(|one| one.clone().cast(&common, CastHow::Implicit));
                        let is_equal = Expr::call(same, both.to_vec(), DataType::Boolean);
                        Some((is_equal, as_result(result)))
                    }
                    _ => None,
                })
                .collect();
            let branches: Vec<(&Expr, &Expr)> = branches.iter().map(|(when, then)| (when, then)).collect();
            case(&branches, otherwise.as_ref(), dtype, variables)
        }
        _ => null(dtype),
    }
}

/// Returns whether the values of a row can make an expression fail.
pub(in crate::frame::sql) fn can_fail(expr: &Expr) -> bool {
    expr.any(|part| match &part.kind {
        Kind::Call { function, .. } => function.fails,
        Kind::Cast { input, how } => *how != CastHow::Try && cast::can_fail(&input.dtype, &part.dtype),
        _ => false,
    })
}

/// Makes a constant.
pub(super) fn constant(literal: &Literal, dtype: &DataType) -> PolarsExpr {
    let scalar = |value| PolarsExpr::Literal(LiteralValue::Scalar(value));
    match literal {
        Literal::Null => lit(NULL),
        Literal::Bool(value) => lit(*value),
        // A constant of no type of its own would take that of what stands beside it.
        Literal::Int(value) => match dtype {
            DataType::Int8 => scalar(Scalar::from(*value as i8)),
            DataType::Int16 => scalar(Scalar::from(*value as i16)),
            DataType::Int32 => scalar(Scalar::from(*value as i32)),
            DataType::Int64 => scalar(Scalar::from(*value)),
            other => scalar(Scalar::from(*value)).strict_cast(other.clone()),
        },
        Literal::Double(value) => match dtype {
            DataType::Float32 => scalar(Scalar::from(*value as f32)),
            _ => scalar(Scalar::from(*value)),
        },
        Literal::Text(text) => lit(PlSmallStr::from(text.as_str())),
        Literal::Binary(bytes) => lit(bytes.as_slice()),
        Literal::Decimal(value) => match dtype {
            DataType::Decimal(precision, scale) => scalar(Scalar::new_decimal(*value, *precision, *scale)),
            other => scalar(Scalar::from(*value as f64)).cast(other.clone()),
        },
        Literal::Date(days) => scalar(Scalar::new_date(*days)),
        Literal::Timestamp(micros) => match dtype {
            DataType::Datetime(unit, zone) => scalar(Scalar::new_datetime(*micros, *unit, zone.clone())),
            other => scalar(Scalar::from(*micros)).cast(other.clone()),
        },
        Literal::Interval { months, .. } if types::is_months(dtype) => {
            polars::prelude::as_struct(vec![lit(*months).alias(types::MONTHS)])
        }
        Literal::Interval { days, micros, .. } => {
            let micros = micros + i64::from(*days) * 86_400_000_000;
            scalar(Scalar::new_duration(
                micros,
                polars::prelude::TimeUnit::Microseconds,
            ))
        }
    }
}
