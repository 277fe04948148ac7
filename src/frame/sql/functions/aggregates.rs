//! Aggregates: one value for the rows of a group.

use polars::prelude::*;

use super::Gives::{Argument, By, Is};
use super::Parameter as P;
use super::kernels::failed;
use super::{AggregateArguments, DataTypeOf as Type, Function, aggregate};
use crate::frame::sql::expr::{Kind, Literal};
use crate::frame::sql::types;

pub(super) static AGGREGATES: &[Function] = &[
    aggregate(
        "count",
        "[DISTINCT] x, … or *",
        "how many rows there are, or how many in which no argument is NULL",
        &[],
        Is(Type::Bigint),
        count,
    )
    .rest(P::Any),
    aggregate(
        "sum",
        "x",
        "the sum; a whole number that does not fit is an error",
        &[P::Number],
        By(sum_type),
        sum,
    ),
    aggregate(
        "avg",
        "x",
        "the mean",
        &[P::Number],
        Is(Type::Double),
        |mut args| args.take(0).cast(DataType::Float64).mean(),
    )
    .also(&["mean"]),
    aggregate(
        "min",
        "x",
        "the least value",
        &[P::Any],
        Argument(0),
        |mut args| args.take(0).min(),
    ),
    aggregate(
        "max",
        "x",
        "the greatest value; NaN is greater than all others",
        &[P::Any],
        Argument(0),
        greatest,
    ),
    aggregate(
        "first",
        "x[, ignore_nulls]",
        "the value of the first row; with true the first that is not NULL",
        &[P::Any, P::Boolean],
        Argument(0),
        first,
    )
    .optional(1),
    aggregate(
        "first_value",
        "x[, ignore_nulls]",
        "the value of the first row; with IGNORE NULLS the first that is not NULL",
        &[P::Any, P::Boolean],
        Argument(0),
        first,
    )
    .optional(1),
    aggregate(
        "any_value",
        "x[, ignore_nulls]",
        "the value of one row: of the first",
        &[P::Any, P::Boolean],
        Argument(0),
        first,
    )
    .optional(1),
    aggregate(
        "last",
        "x[, ignore_nulls]",
        "the value of the last row; with true the last that is not NULL",
        &[P::Any, P::Boolean],
        Argument(0),
        last,
    )
    .optional(1),
    aggregate(
        "last_value",
        "x[, ignore_nulls]",
        "the value of the last row; with IGNORE NULLS the last that is not NULL",
        &[P::Any, P::Boolean],
        Argument(0),
        last,
    )
    .optional(1),
];

fn sum_type(dtypes: &[DataType]) -> Result<DataType, String> {
    Ok(match dtypes.first() {
        Some(dtype) if types::is_whole(dtype) => DataType::Int64,
        Some(DataType::Decimal(precision, scale)) => DataType::Decimal((precision + 10).min(38), *scale),
        _ => DataType::Float64,
    })
}

fn count(args: AggregateArguments<'_>) -> Expr {
    let mut exprs = args.exprs.into_iter();
    let counted = match (exprs.next(), exprs.next()) {
        (None, _) => len(),
        (Some(only), None) => only.count(),
        (Some(first), Some(second)) => exprs
            .chain([second])
            .fold(first.is_not_null(), |all, next| all.and(next.is_not_null()))
            .sum(),
    };
    counted.cast(DataType::Int64)
}

fn sum(mut args: AggregateArguments<'_>) -> Expr {
    let value = args.take(0).cast(args.gives.clone());
    let count = value.clone().count();
    if args.dtype(0) == DataType::Int64 {
        let about = value.clone().cast(DataType::Float64).sum();
        return value.sum().map_many(checked_sum, &[about, count], |_, fields| {
            let name = fields
                .first()
                .map_or(PlSmallStr::EMPTY, |field| field.name().clone());
            Ok(Field::new(name, DataType::Int64))
        });
    }
    when(count.gt(lit(0))).then(value.sum()).otherwise(lit(NULL))
}

/// A sum wraps where it does not fit: then it is far from the sum of doubles.
fn checked_sum(columns: &mut [Column]) -> PolarsResult<Column> {
    let [sum, about, count] = columns else {
        return Err(polars_err!(ComputeError: "three columns"));
    };
    let (sums, about) = (sum.i64()?, about.f64()?);
    let wrapped = sums.iter().zip(about.iter()).any(|pair| match pair {
        (Some(sum), Some(about)) => (sum as f64 - about).abs() > 1e18,
        _ => false,
    });
    if wrapped {
        return Err(failed(
            "the sum does not fit into BIGINT",
            "sum(CAST(x AS DOUBLE)) has room; try_sum(x) gives NULL there",
        ));
    }
    let counted = count.cast(&DataType::Int64)?.i64()?.gt(0);
    let sum = sum.as_materialized_series();
    let none = Series::full_null(sum.name().clone(), sum.len(), sum.dtype());
    Ok(sum.zip_with(&counted, &none)?.into_column())
}

fn greatest(mut args: AggregateArguments<'_>) -> Expr {
    let value = args.take(0);
    if args.dtype(0).is_float() {
        let nan = lit(f64::NAN).cast(args.dtype(0));
        return when(value.clone().is_nan().any(true))
            .then(nan)
            .otherwise(value.max());
    }
    value.max()
}

fn first(mut args: AggregateArguments<'_>) -> Expr {
    let ignores = ignores_nulls(&args);
    let value = args.take(0);
    if ignores {
        value.drop_nulls().first()
    } else {
        value.first()
    }
}

fn last(mut args: AggregateArguments<'_>) -> Expr {
    let ignores = ignores_nulls(&args);
    let value = args.take(0);
    if ignores {
        value.drop_nulls().last()
    } else {
        value.last()
    }
}

/// Returns whether a call says `IGNORE NULLS`, or has `true` as its second argument.
fn ignores_nulls(args: &AggregateArguments<'_>) -> bool {
    let says_so = args.bound.get(1).map(|arg| &arg.kind);
    args.ignore_nulls || matches!(says_so, Some(Kind::Literal(Literal::Bool(true))))
}
