//! Bound expressions → polars' expressions.
//!
//! polars computes all branches of a choice for all rows. What can fail is therefore computed only where its result is
//! needed: elsewhere its first argument is NULL.

use polars::prelude::{DataType, LiteralValue, NULL, PlSmallStr, Scalar, lit, when};

use super::{Lowering, PolarsExpr, cast, column, null};
use crate::frame::sql::expr::{CastHow, ColumnId, Expr, Kind, Literal};
use crate::frame::sql::functions::{Arguments, FunctionKind};
use crate::frame::sql::types;

/// How the parts of an expression are made.
#[derive(Clone, Copy)]
struct Making<'a> {
    /// For which rows the result is needed; all without.
    guard: Option<&'a PolarsExpr>,
    /// What the parameters of lambdas are.
    lambdas: &'a [(ColumnId, PolarsExpr)],
}

impl Lowering<'_> {
    /// Makes polars' expression.
    pub(in crate::frame::sql) fn expr(&self, expr: &Expr) -> PolarsExpr {
        lowered(
            expr,
            Making {
                guard: None,
                lambdas: &[],
            },
        )
    }
}

fn lowered(expr: &Expr, making: Making<'_>) -> PolarsExpr {
    match &expr.kind {
        Kind::Column(id) => match making.lambdas.iter().rev().find(|(parameter, _)| parameter == id) {
            Some((_, value)) => value.clone(),
            None => column(*id),
        },
        Kind::Literal(literal) => constant(literal, &expr.dtype),
        Kind::Call { function, args } => {
            let FunctionKind::Scalar(lower) = function.kind else {
                return null(&expr.dtype);
            };
            let mut exprs: Vec<PolarsExpr> = args
                .iter()
                .map(|arg| match arg.kind {
                    // Made where it is called.
                    Kind::Lambda { .. } => lit(NULL),
                    _ => lowered(arg, making),
                })
                .collect();
            if function.fails
                && let (Some(guard), Some(first)) = (making.guard, exprs.first_mut())
            {
                let dtype = args.first().map_or(DataType::Null, |arg| arg.dtype.clone());
                *first = guarded(guard, first.clone(), &dtype);
            }
            let lambda = |body: &Expr, values: &[PolarsExpr]| {
                let Kind::Lambda { parameters, body } = &body.kind else {
                    return lit(NULL);
                };
                let own = parameters
                    .iter()
                    .zip(values)
                    .map(|((id, _), value)| (*id, value.clone()));
                let lambdas: Vec<_> = making.lambdas.iter().cloned().chain(own).collect();
                lowered(
                    body,
                    Making {
                        guard: None,
                        lambdas: &lambdas,
                    },
                )
            };
            lower(Arguments {
                exprs,
                bound: args,
                gives: &expr.dtype,
                lambda: &lambda,
            })
        }
        Kind::Cast { input, how } => {
            let mut value = lowered(input, making);
            if *how != CastHow::Try
                && cast::can_fail(&input.dtype, &expr.dtype)
                && let Some(guard) = making.guard
            {
                value = guarded(guard, value, &input.dtype);
            }
            cast::cast(value, &input.dtype, &expr.dtype, *how)
        }
        Kind::And(conditions) => chain(conditions, making, true),
        Kind::Or(conditions) => chain(conditions, making, false),
        Kind::Case { branches, otherwise } => {
            let fails = branches
                .iter()
                .any(|(when, then)| can_fail(when) || can_fail(then))
                || otherwise.as_deref().is_some_and(can_fail);
            // Rows for which no branch before was chosen.
            let mut open: Option<PolarsExpr> = making.guard.cloned();
            let mut made = Vec::new();
            for (condition, value) in branches {
                let guard = if fails { open.as_ref() } else { making.guard };
                let condition = lowered(condition, Making { guard, ..making });
                let is_chosen = condition.clone().fill_null(lit(false));
                let chosen = both(open.as_ref(), is_chosen.clone());
                let guard = if fails { Some(&chosen) } else { making.guard };
                made.push((condition, lowered(value, Making { guard, ..making })));
                if fails {
                    open = Some(both(open.as_ref(), is_chosen.not()));
                }
            }
            let guard = if fails { open.as_ref() } else { making.guard };
            let otherwise = match otherwise {
                Some(otherwise) => lowered(otherwise, Making { guard, ..making }),
                None => null(&expr.dtype),
            };
            made.into_iter()
                .rev()
                .fold(otherwise, |otherwise, (condition, value)| {
                    when(condition).then(value).otherwise(otherwise)
                })
        }
        // Taken out before.
        Kind::Lambda { .. } | Kind::Aggregate(_) | Kind::Window(_) | Kind::Subquery(_) => null(&expr.dtype),
    }
}

fn both(guard: Option<&PolarsExpr>, condition: PolarsExpr) -> PolarsExpr {
    match guard {
        Some(guard) => guard.clone().and(condition),
        None => condition,
    }
}

/// Makes a value NULL where it is not needed.
fn guarded(guard: &PolarsExpr, value: PolarsExpr, dtype: &DataType) -> PolarsExpr {
    when(guard.clone()).then(value).otherwise(null(dtype))
}

/// Returns whether the values of a row can make an expression fail.
fn can_fail(expr: &Expr) -> bool {
    expr.any(|part| match &part.kind {
        Kind::Call { function, .. } => function.fails,
        Kind::Cast { input, how } => *how != CastHow::Try && cast::can_fail(&input.dtype, &part.dtype),
        _ => false,
    })
}

/// Makes `AND` or `OR`: a later condition is computed where the earlier ones leave the result open.
fn chain(conditions: &[Expr], making: Making<'_>, is_and: bool) -> PolarsExpr {
    let mut open: Option<PolarsExpr> = making.guard.cloned();
    let mut made: Option<PolarsExpr> = None;
    let fails = conditions.iter().skip(1).any(can_fail);
    for condition in conditions {
        let guard = if fails { open.as_ref() } else { making.guard };
        let one = lowered(condition, Making { guard, ..making });
        if fails {
            let goes_on = if is_and {
                one.clone().fill_null(lit(true))
            } else {
                one.clone().fill_null(lit(false)).not()
            };
            open = Some(both(open.as_ref(), goes_on));
        }
        made = Some(match made {
            None => one,
            Some(before) if is_and => before.and(one),
            Some(before) => before.or(one),
        });
    }
    made.unwrap_or_else(|| lit(is_and))
}

/// Makes a constant.
pub(super) fn constant(literal: &Literal, dtype: &DataType) -> PolarsExpr {
    let scalar = |value| PolarsExpr::Literal(LiteralValue::Scalar(value));
    match literal {
        Literal::Null => lit(NULL),
        Literal::Bool(value) => lit(*value),
        Literal::Int(value) => match dtype {
            DataType::Int8 => lit(*value as i8),
            DataType::Int16 => lit(*value as i16),
            DataType::Int32 => lit(*value as i32),
            DataType::Int64 => lit(*value),
            other => lit(*value).strict_cast(other.clone()),
        },
        Literal::Double(value) => lit(*value),
        Literal::Text(text) => lit(PlSmallStr::from(text.as_str())),
        Literal::Binary(bytes) => lit(bytes.as_slice()),
        Literal::Decimal(value) => match dtype {
            DataType::Decimal(precision, scale) => scalar(Scalar::new_decimal(*value, *precision, *scale)),
            other => lit(*value as f64).cast(other.clone()),
        },
        Literal::Date(days) => scalar(Scalar::new_date(*days)),
        Literal::Timestamp(micros) => match dtype {
            DataType::Datetime(unit, zone) => scalar(Scalar::new_datetime(*micros, *unit, zone.clone())),
            other => lit(*micros).cast(other.clone()),
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
