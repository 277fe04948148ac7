//! Conditions: functions that pick one of their values, and what is NULL or no number.

use polars::prelude::*;

use super::DataTypeOf as Type;
use super::Gives::{Argument, By, Is};
use super::ParameterType as P;
use super::kernels::{Checked, Failure, failed};
use super::numbers;
use super::operators::arithmetic;
use super::rows::{Rows, by_rows};
use super::{Arguments, Function, FunctionKind, Gives, Picks, checked, scalar};
use crate::frame::sql::expr::CastHow;
use crate::frame::sql::lower::cast::cast;
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
        "zeroifnull",
        "number",
        "the number, or 0 where it is NULL",
        &[P::Number],
        By(with_zero),
        |mut args| {
            let value = cast(args.take(0), &args.dtype(0), args.gives, CastHow::Implicit);
            value.fill_null(cast(lit(0), &DataType::Int32, args.gives, CastHow::Implicit))
        },
    ),
    scalar(
        "nullifzero",
        "number",
        "the number, or NULL where it is 0",
        &[P::Number],
        Argument(0),
        |mut args| {
            let (value, dtype) = (args.take(0), args.dtype(0));
            without(value, dtype, lit(0), DataType::Int32)
        },
    ),
    picks(
        "decode",
        "value, search, result, …[, otherwise]",
        "the result behind what equals the value, NULL being equal to NULL",
        &[P::Any, P::Any, P::Any],
        By(decoded),
        Picks::Equal,
    )
    .rest(P::Any),
    scalar(
        "typeof",
        "value",
        "the type of the value",
        &[P::Any],
        Is(Type::Text),
        |args| {
            let dtype = types::short_name(&args.dtype(0));
            by_rows(args, move |rows| {
                rows.make_texts(|_, text| {
                    text.push_str(&dtype);
                    Ok(Some(()))
                })
            })
        },
    ),
    scalar(
        "assert_true",
        "condition[, message]",
        "NULL, or an error where the condition is not true",
        &[P::Boolean, P::Text],
        By(|_| Ok(DataType::Null)),
        |args| by_rows(args, assert_true),
    )
    .optional(1)
    .fails(),
    scalar(
        "raise_error",
        "message",
        "an error of this message",
        &[P::Text],
        By(|_| Ok(DataType::Null)),
        |args| {
            by_rows(args, |rows| {
                let messages = rows.texts(0)?;
                match rows.length {
                    0 => Ok(Series::full_null(PlSmallStr::EMPTY, 0, &DataType::Null)),
                    _ => Err(failed(messages.at(0).unwrap_or("null"), "")),
                }
            })
        },
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

/// What gives NULL where the operator is an error.
pub(super) static TRIES: &[Function] = &[
    scalar(
        "try_add",
        "a, b",
        "the sum, or NULL where it does not fit",
        &[P::SameNumber, P::SameNumber],
        By(|dtypes| arithmetic(Checked::Add, dtypes)),
        |args| tried(args, Checked::Add),
    ),
    scalar(
        "try_subtract",
        "a, b",
        "the difference, or NULL where it does not fit",
        &[P::SameNumber, P::SameNumber],
        By(|dtypes| arithmetic(Checked::Subtract, dtypes)),
        |args| tried(args, Checked::Subtract),
    ),
    scalar(
        "try_multiply",
        "a, b",
        "the product, or NULL where it does not fit",
        &[P::SameNumber, P::SameNumber],
        By(|dtypes| arithmetic(Checked::Multiply, dtypes)),
        |args| tried(args, Checked::Multiply),
    ),
    scalar(
        "try_divide",
        "a, b",
        "the quotient, or NULL for a division by zero",
        &[P::Double, P::Double],
        Is(Type::Double),
        |args| tried(args, Checked::Divide),
    ),
    scalar(
        "try_mod",
        "a, b",
        "the rest of the division, or NULL for one by zero",
        &[P::SameNumber, P::SameNumber],
        By(|dtypes| arithmetic(Checked::Remainder, dtypes)),
        |args| tried(args, Checked::Remainder),
    )
    .also(&["try_remainder"]),
];

fn tried(mut args: Arguments<'_>, operation: Checked) -> Expr {
    let (left, right) = (args.take(0), args.take(1));
    checked::arithmetic_or(operation, left, Some(right), args.gives.clone(), Failure::Null)
}

fn assert_true(rows: &Rows) -> PolarsResult<Series> {
    let conditions = rows.booleans(0)?;
    let message = if rows.width() > 1 {
        Some(rows.texts(1)?)
    } else {
        None
    };
    if let Some(row) = (0..rows.length).find(|row| conditions.at(*row) != Some(true)) {
        let message = message.as_ref().and_then(|message| message.at(row));
        return Err(failed(
            message.unwrap_or("the condition of assert_true is not true"),
            "",
        ));
    }
    Ok(Series::full_null(PlSmallStr::EMPTY, rows.length, &DataType::Null))
}

fn with_zero(dtypes: &[DataType]) -> Result<DataType, String> {
    let dtype = dtypes
        .first()
        .and_then(|dtype| types::common(dtype, &DataType::Int32));
    dtype.ok_or_else(|| "a number".to_owned())
}

/// The common type of the results, if the value can be compared with everything that is searched for.
fn decoded(dtypes: &[DataType]) -> Result<DataType, String> {
    let [value, rest @ ..] = dtypes else {
        return Err("a value".to_owned());
    };
    let pairs = rest.chunks_exact(2);
    let otherwise = pairs.remainder().first();
    let searched = pairs.clone().filter_map(|pair| pair.first());
    if searched
        .clone()
        .any(|other| types::common(value, other).is_none())
    {
        return Err("values that can be compared".to_owned());
    }
    let results = pairs.filter_map(|pair| pair.get(1)).chain(otherwise);
    types::common_of(results).ok_or_else(|| "results of one type".to_owned())
}

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
    let (value, other) = (args.take(0), args.take(1));
    without(value, args.dtype(0), other, args.dtype(1))
}

/// Makes a value NULL where it equals another.
fn without(value: Expr, from: DataType, other_value: Expr, other: DataType) -> Expr {
    let common = types::common(&from, &other).unwrap_or_else(|| from.clone());
    let gives = from.clone();
    value.map_many(
        move |columns| {
            let [value, other_value] = columns else {
                return Err(polars_err!(ComputeError: "nullif of two values"));
            };
            let as_common = |column: &Column, from: &DataType| {
                crate::frame::sql::lower::cast::column(column, from, &common)
            };
            let (left, right) = (as_common(value, &from)?, as_common(other_value, &other)?);
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

/// Returns bytes in the order of arrays or structs.
fn ordered(values: &Series) -> PolarsResult<Series> {
    super::collections::key_series(values)
}

/// The greatest or least of values; polars compares NaN as the greatest.
fn extreme(mut args: Arguments<'_>, is_greatest: bool) -> Expr {
    let gives = args.gives.clone();
    let is_nested = gives.is_nested();
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
                let is_better = match (is_nested, is_greatest) {
                    (false, true) => best.gt_eq(&other)?,
                    (false, false) => best.lt_eq(&other)?,
                    // polars compares arrays and structs for equality alone.
                    (true, true) => ordered(&best)?.gt_eq(&ordered(&other)?)?,
                    (true, false) => ordered(&best)?.lt_eq(&ordered(&other)?)?,
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
