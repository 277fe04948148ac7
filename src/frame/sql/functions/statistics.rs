//! Aggregates of statistics: deviations, variances, correlation, regression, percentiles.

use polars::prelude::*;

use super::Gives::{By, Is};
use super::ParameterType as P;
use super::{AggregateArguments, DataTypeOf as Type, Function, aggregate, by_rows};
use crate::frame::sql::types;

pub(super) static STATISTICS: &[Function] = &[
    aggregate(
        "stddev",
        "x",
        "the standard deviation of a sample",
        &[P::Double],
        Is(Type::Double),
        |args| variance(args, 1).sqrt(),
    )
    .also(&["std", "stddev_samp"]),
    aggregate(
        "stddev_pop",
        "x",
        "the standard deviation of all there are",
        &[P::Double],
        Is(Type::Double),
        |args| variance(args, 0).sqrt(),
    ),
    aggregate(
        "variance",
        "x",
        "the variance of a sample",
        &[P::Double],
        Is(Type::Double),
        |args| variance(args, 1),
    )
    .also(&["var_samp"]),
    aggregate(
        "var_pop",
        "x",
        "the variance of all there are",
        &[P::Double],
        Is(Type::Double),
        |args| variance(args, 0),
    ),
    by_rows("skewness", "x", "the skewness", &[P::Double], Is(Type::Double)),
    by_rows(
        "kurtosis",
        "x",
        "the excess kurtosis",
        &[P::Double],
        Is(Type::Double),
    ),
    by_rows(
        "corr",
        "x, y",
        "the correlation of Pearson",
        &[P::Double, P::Double],
        Is(Type::Double),
    ),
    by_rows(
        "covar_samp",
        "x, y",
        "the covariance of a sample",
        &[P::Double, P::Double],
        Is(Type::Double),
    ),
    by_rows(
        "covar_pop",
        "x, y",
        "the covariance of all there are",
        &[P::Double, P::Double],
        Is(Type::Double),
    ),
    by_rows(
        "regr_count",
        "y, x",
        "in how many rows both have a value",
        &[P::Double, P::Double],
        Is(Type::Bigint),
    ),
    by_rows(
        "regr_avgx",
        "y, x",
        "the mean of x where both have a value",
        &[P::Double, P::Double],
        Is(Type::Double),
    ),
    by_rows(
        "regr_avgy",
        "y, x",
        "the mean of y where both have a value",
        &[P::Double, P::Double],
        Is(Type::Double),
    ),
    by_rows(
        "regr_sxx",
        "y, x",
        "the sum of squares of x around its mean",
        &[P::Double, P::Double],
        Is(Type::Double),
    ),
    by_rows(
        "regr_syy",
        "y, x",
        "the sum of squares of y around its mean",
        &[P::Double, P::Double],
        Is(Type::Double),
    ),
    by_rows(
        "regr_sxy",
        "y, x",
        "the sum of products of x and y around their means",
        &[P::Double, P::Double],
        Is(Type::Double),
    ),
    by_rows(
        "regr_slope",
        "y, x",
        "the slope of the line of least squares",
        &[P::Double, P::Double],
        Is(Type::Double),
    ),
    by_rows(
        "regr_intercept",
        "y, x",
        "where the line of least squares is at x = 0",
        &[P::Double, P::Double],
        Is(Type::Double),
    ),
    by_rows(
        "regr_r2",
        "y, x",
        "the coefficient of determination",
        &[P::Double, P::Double],
        Is(Type::Double),
    ),
    aggregate(
        "median",
        "x",
        "the median",
        &[P::Double],
        Is(Type::Double),
        |mut args| args.take(0).median(),
    ),
    by_rows(
        "percentile",
        "x, percentage[, frequency]",
        "the percentile, between two values where it has to be",
        &[P::Double, P::Any, P::Whole],
        By(percentile_type),
    )
    .optional(1),
    by_rows(
        "percentile_cont",
        "percentage) WITHIN GROUP (ORDER BY x",
        "the percentile, between two values where it has to be",
        &[P::Double, P::Any],
        By(percentile_type),
    ),
    by_rows(
        "percentile_disc",
        "percentage) WITHIN GROUP (ORDER BY x",
        "the first value at or above the percentile",
        &[P::Double, P::Any],
        By(percentile_type),
    ),
    by_rows(
        "percentile_approx",
        "x, percentage[, accuracy]",
        "the first value at or above the percentile; exact",
        &[P::Number, P::Any, P::Whole],
        By(value_type),
    )
    .optional(1)
    .also(&["approx_percentile"]),
    by_rows(
        "histogram_numeric",
        "x, bins",
        "bins that stand for all values: where each is, and how many values it has",
        &[P::Any, P::Whole],
        By(histogram_type),
    ),
];

/// An array of structs: where a bin is, in the type of the argument, and how many values it has.
fn histogram_type(dtypes: &[DataType]) -> Result<DataType, String> {
    let at = match dtypes.first() {
        None | Some(DataType::Null | DataType::Float32) => DataType::Float64,
        Some(dtype) if types::is_number(dtype) || types::is_moment(dtype) => dtype.clone(),
        Some(_) => return Err("a number, a date or a timestamp".to_owned()),
    };
    let fields = vec![
        Field::new("x".into(), at),
        Field::new("y".into(), DataType::Float64),
    ];
    Ok(DataType::List(Box::new(DataType::Struct(fields))))
}

fn percentile_type(dtypes: &[DataType]) -> Result<DataType, String> {
    are_percentages(dtypes)?;
    Ok(of_percentages(dtypes, DataType::Float64))
}

/// Refuses percentages that are no numbers.
fn are_percentages(dtypes: &[DataType]) -> Result<(), String> {
    let is_one = |dtype: &DataType| types::is_number(dtype) || *dtype == DataType::Null;
    match dtypes.get(1) {
        Some(DataType::List(inner)) if is_one(inner) => Ok(()),
        Some(dtype) if !is_one(dtype) => Err("a percentage between 0 and 1, or an array of them".to_owned()),
        _ => Ok(()),
    }
}

fn value_type(dtypes: &[DataType]) -> Result<DataType, String> {
    are_percentages(dtypes)?;
    let value = dtypes.first().cloned().unwrap_or(DataType::Null);
    Ok(of_percentages(dtypes, value))
}

/// Returns an array of results where the percentages are one.
fn of_percentages(dtypes: &[DataType], value: DataType) -> DataType {
    match dtypes.get(1) {
        Some(DataType::List(_)) => DataType::List(Box::new(value)),
        _ => value,
    }
}

/// Gives exactly 0 where all values are the same, and NaN where one is no number or without end.
fn variance(mut args: AggregateArguments<'_>, ddof: u8) -> Expr {
    let value = args.take(0);
    let (least, greatest) = (value.clone().min(), value.clone().max());
    let variance = value.var(ddof) + least.clone() * lit(0.0);
    let is_constant = variance.clone().is_finite().and(least.eq(greatest));
    when(is_constant).then(lit(0.0)).otherwise(variance)
}
