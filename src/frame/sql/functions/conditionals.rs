//! Conditions: functions that pick one of their values, and what is NULL or no number.

use polars::prelude::*;

use super::DataTypeOf as Type;
use super::Gives::{Argument, By, Is};
use super::Parameter as P;
use super::numbers;
use super::rows::by_rows;
use super::{Arguments, Function, FunctionKind, Gives, Picks, scalar};
use crate::frame::sql::types;

/// Makes the line of a function that picks one of its arguments.
const fn picks(
    name: &'static str,
    usage: &'static str,
    summary: &'static str,
    parameters: &'static [P],
    gives: Gives,
    picks: Picks,
) -> Function {
    Function::new(
        name,
        usage,
        summary,
        parameters,
        gives,
        FunctionKind::Picks(picks),
    )
}

pub(super) static CONDITIONALS: &[Function] = &[
    picks(
        "if",
        "condition, then, otherwise",
        "`then` where the condition is true, else `otherwise`",
        &[P::Boolean, P::Same, P::Same],
        Argument(1),
        Picks::If,
    )
    .also(&["iff"]),
    picks(
        "coalesce",
        "value, …",
        "the first value that is not NULL",
        &[P::Same],
        Argument(0),
        Picks::First,
    )
    .rest(P::Same),
    picks(
        "nvl",
        "value, other",
        "the value, or the other one where it is NULL",
        &[P::Same, P::Same],
        Argument(0),
        Picks::First,
    )
    .also(&["ifnull"]),
    picks(
        "nvl2",
        "value, there, missing",
        "`there` where the value is not NULL, else `missing`",
        &[P::Any, P::Same, P::Same],
        Argument(1),
        Picks::IfThere,
    ),
    scalar(
        "nullif",
        "value, other",
        "NULL where both are equal, else the value",
        &[P::Any, P::Any],
        By(comparable),
        null_if,
    )
    .fails(),
    scalar(
        "isnull",
        "value",
        "whether there is no value",
        &[P::Any],
        Is(Type::Boolean),
        |mut args| args.take(0).is_null(),
    ),
    scalar(
        "isnotnull",
        "value",
        "whether there is a value",
        &[P::Any],
        Is(Type::Boolean),
        |mut args| args.take(0).is_not_null(),
    ),
    scalar(
        "isnan",
        "number",
        "whether it is NaN; false for NULL",
        &[P::Double],
        Is(Type::Boolean),
        |args| by_rows(args, numbers::is_nan),
    ),
    scalar(
        "nanvl",
        "number, other",
        "the number, or the other one where it is NaN",
        &[P::Double, P::Double],
        Is(Type::Double),
        |args| by_rows(args, numbers::nanvl),
    ),
    scalar(
        "equal_null",
        "a, b",
        "whether both are equal or both NULL",
        &[P::Same, P::Same],
        Is(Type::Boolean),
        |mut args| {
            let (left, right) = (args.take(0), args.take(1));
            left.eq_missing(right)
        },
    ),
    scalar(
        "greatest",
        "a, b, …",
        "the greatest value, NULLs aside; NaN is greater than any number",
        &[P::Same, P::Same],
        By(not_mixed),
        |args| extreme(args, true),
    )
    .rest(P::Same),
    scalar(
        "least",
        "a, b, …",
        "the least value, NULLs aside",
        &[P::Same, P::Same],
        By(not_mixed),
        |args| extreme(args, false),
    )
    .rest(P::Same),
];

/// The type of the first argument, if both can be compared.
fn comparable(dtypes: &[DataType]) -> Result<DataType, String> {
    match dtypes {
        [one, other] if types::common(one, other).is_some() => Ok(one.clone()),
        _ => Err("values that can be compared".to_owned()),
    }
}

fn not_mixed(dtypes: &[DataType]) -> Result<DataType, String> {
    match dtypes.first() {
        Some(dtype) if types::as_map(dtype).is_none() => Ok(dtype.clone()),
        _ => Err("values that have an order".to_owned()),
    }
}

fn null_if(mut args: Arguments<'_>) -> Expr {
    let (from, other) = (args.dtype(0), args.dtype(1));
    let common = types::common(&from, &other).unwrap_or_else(|| from.clone());
    let (value, other_value) = (args.take(0), args.take(1));
    let gives = args.gives.clone();
    value.map_many(
        move |columns| {
            let [value, other_value] = columns else {
                return Err(polars_err!(ComputeError: "nullif of two values"));
            };
            let cast = |column: &Column, from: &DataType| {
                crate::frame::sql::lower::cast::column(column, from, &common)
            };
            let (left, right) = (cast(value, &from)?, cast(other_value, &other)?);
            let length = left.len().max(right.len());
            let equal = left
                .as_materialized_series()
                .equal(right.as_materialized_series())?;
            let is_other = !equal.fill_null_with_values(false)?;
            let value = if value.len() == length {
                value.clone()
            } else {
                value.new_from_index(0, length)
            };
            let none = Series::full_null(PlSmallStr::EMPTY, 1, value.dtype());
            let made = value.as_materialized_series().zip_with(&is_other, &none)?;
            Ok(made.with_name(value.name().clone()).into_column())
        },
        &[other_value],
        move |_, fields| {
            let name = fields
                .first()
                .map_or(PlSmallStr::EMPTY, |field| field.name().clone());
            Ok(Field::new(name, gives.clone()))
        },
    )
}

/// The greatest or least of values; polars compares NaN as the greatest.
fn extreme(mut args: Arguments<'_>, is_greatest: bool) -> Expr {
    let gives = args.gives.clone();
    let mut exprs = std::mem::take(&mut args.exprs).into_iter();
    let first = exprs.next().unwrap_or_else(|| lit(NULL));
    let rest: Vec<Expr> = exprs.collect();
    first.map_many(
        move |columns| {
            let length = columns
                .iter()
                .map(Column::len)
                .find(|length| *length != 1)
                .unwrap_or(1);
            let spread = |column: &Column| {
                let column = if column.len() == length {
                    column.clone()
                } else {
                    column.new_from_index(0, length)
                };
                column.as_materialized_series().clone()
            };
            let mut all = columns.iter().map(spread);
            let Some(mut best) = all.next() else {
                return Err(polars_err!(ComputeError: "greatest of no values"));
            };
            for other in all {
                let is_better = if is_greatest {
                    best.gt_eq(&other)?
                } else {
                    best.lt_eq(&other)?
                };
                let stays = is_better.fill_null_with_values(true)? & best.is_not_null() | other.is_null();
                best = best.zip_with(&stays, &other)?;
            }
            Ok(best.into_column())
        },
        &rest,
        move |_, fields| {
            let name = fields
                .first()
                .map_or(PlSmallStr::EMPTY, |field| field.name().clone());
            Ok(Field::new(name, gives.clone()))
        },
    )
}
