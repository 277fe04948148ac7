//! Aggregates: one value for the rows of a group.

use polars::prelude::*;

use super::Gives::{Argument, By, Is};
use super::ParameterType as P;
use super::kernels::sum_overflow;
use super::{AggregateArguments, Arguments, DataTypeOf as Type, Function, aggregate, by_rows, scalar};
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
    aggregate("avg", "x", "the mean", &[P::Number], By(mean_type), |mut args| {
        args.take(0).cast(DataType::Float64).mean()
    })
    .also(&["mean", "try_avg"]),
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

/// Further aggregates; most are computed by rows.
pub(super) static BY_ROWS: &[Function] = &[
    aggregate(
        "count_if",
        "condition",
        "in how many rows the condition is true",
        &[P::Boolean],
        Is(Type::Bigint),
        |mut args| args.take(0).sum().fill_null(lit(0)).cast(DataType::Int64),
    ),
    by_rows(
        "try_sum",
        "x",
        "the sum; NULL where it does not fit",
        &[P::Number],
        By(sum_type),
    ),
    by_rows(
        "min_by",
        "x, y",
        "x in the row in which y is the least",
        &[P::Any, P::Any],
        Argument(0),
    ),
    by_rows(
        "max_by",
        "x, y",
        "x in the row in which y is the greatest",
        &[P::Any, P::Any],
        Argument(0),
    ),
    aggregate(
        "bool_and",
        "condition",
        "whether all are true",
        &[P::Boolean],
        Is(Type::Boolean),
        |mut args| args.take(0).min(),
    )
    .also(&["every"]),
    aggregate(
        "bool_or",
        "condition",
        "whether any is true",
        &[P::Boolean],
        Is(Type::Boolean),
        |mut args| args.take(0).max(),
    )
    .also(&["some", "any"]),
    by_rows("bit_and", "x", "the bits that all have", &[P::Whole], Argument(0)),
    by_rows("bit_or", "x", "the bits that any has", &[P::Whole], Argument(0)),
    by_rows(
        "bit_xor",
        "x",
        "the bits that an odd number of them have",
        &[P::Whole],
        Argument(0),
    ),
    by_rows(
        "mode",
        "x",
        "the most frequent value; of several the least",
        &[P::Any],
        Argument(0),
    ),
    by_rows(
        "approx_count_distinct",
        "x[, rsd]",
        "how many different values there are; exact",
        &[P::Any, P::Double],
        Is(Type::Bigint),
    )
    .optional(1),
    aggregate(
        "collect_list",
        "x",
        "the values as an array, without NULLs",
        &[P::Any],
        By(list_type),
        |mut args| args.take(0).drop_nulls().implode(true),
    )
    .also(&["array_agg"]),
    by_rows(
        "collect_set",
        "x",
        "the different values as an array, without NULLs",
        &[P::Any],
        By(list_type),
    ),
    by_rows(
        "listagg",
        "x[, separator]",
        "the values in one text",
        &[P::Text, P::Text],
        Is(Type::Text),
    )
    .optional(1)
    .also(&["string_agg"]),
    by_rows(
        "grouping",
        "key",
        "1 where the key is not in the grouping set of the row, else 0",
        &[P::Any],
        Is(Type::Bigint),
    ),
    by_rows(
        "grouping_id",
        "[key, …]",
        "the bits of grouping() of these keys as a number",
        &[],
        Is(Type::Bigint),
    )
    .rest(P::Any),
];

/// What `grouping()` becomes.
pub(super) static GROUPING: &[Function] = &[scalar(
    "grouping bits",
    "",
    "bits of a number as another",
    &[P::Whole],
    Is(Type::Bigint),
    grouping_bits,
)
.rest(P::Whole)];

fn grouping_bits(args: Arguments<'_>) -> Expr {
    let bits = args.exprs.first().cloned().unwrap_or_else(|| lit(0_i64));
    let places = args.bound.iter().skip(1).filter_map(|arg| match arg.kind {
        Kind::Literal(Literal::Int(place)) => Some(place),
        _ => None,
    });
    places.fold(lit(0_i64), |made, place| {
        let below = bits.clone() % lit(2_i64 << place);
        made * lit(2_i64) + below.gt_eq(lit(1_i64 << place)).cast(DataType::Int64)
    })
}

/// Of a decimal four digits more behind the point.
fn mean_type(dtypes: &[DataType]) -> Result<DataType, String> {
    Ok(match dtypes.first() {
        Some(DataType::Decimal(precision, scale)) => {
            DataType::Decimal((precision + 4).min(38), (scale + 4).min(38))
        }
        Some(DataType::Duration(_)) => types::interval(),
        _ => DataType::Float64,
    })
}

fn list_type(dtypes: &[DataType]) -> Result<DataType, String> {
    let inner = dtypes.first().cloned().unwrap_or(DataType::Null);
    Ok(DataType::List(Box::new(inner)))
}

fn sum_type(dtypes: &[DataType]) -> Result<DataType, String> {
    Ok(match dtypes.first() {
        Some(dtype) if types::is_whole(dtype) => DataType::Int64,
        Some(DataType::Decimal(precision, scale)) => DataType::Decimal((precision + 10).min(38), *scale),
        Some(DataType::Duration(_)) => types::interval(),
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
    let value = args.take(0);
    let count = value.clone().count();
    let value = value.cast(args.gives.clone());
    if args.dtype(0) == DataType::Int64 {
        let about = value.clone().cast(DataType::Float64).sum();
        return value.sum().map_many(checked_sum, &[about, count], |_, fields| {
            let name = fields
                .first()
                .map_or(PlSmallStr::EMPTY, |field| field.name().clone());
            Ok(Field::new(name, DataType::Int64))
        });
    }
    when(count.gt(lit(0)))
        .then(value.sum().cast(args.gives.clone()))
        .otherwise(lit(NULL))
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
        return Err(sum_overflow());
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
