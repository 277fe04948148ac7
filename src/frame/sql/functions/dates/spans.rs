//! Arithmetic with intervals. Those of months are added by the calendar, the others as microseconds.

use polars::prelude::{DataType, Expr as PolarsExpr};

use super::arithmetic::{moment_like, out_of_range};
use super::rows::{self, Row};
use crate::frame::sql::expr::{Expr, Kind, Literal};
use crate::frame::sql::functions::DataTypeOf as Type;
use crate::frame::sql::functions::Gives::{Argument, By, ByValue, Is};
use crate::frame::sql::functions::ParameterType as P;
use crate::frame::sql::functions::kernels::failed;
use crate::frame::sql::functions::{Arguments, Function, scalar};
use crate::frame::sql::moments::calendar::{self, DAY};
use crate::frame::sql::types;

/// What `+`, `-`, `*` and `/` are between dates, timestamps and intervals.
pub(in crate::frame::sql::functions) static SPANS: &[Function] = &[
    scalar(
        "add interval",
        "moment + interval",
        "the moment some time later",
        &[P::Any, P::Any],
        ByValue(|args| moved(args.first(), args.get(1))),
        |args| move_by(args, 0, 1, 1),
    )
    .fails(),
    scalar(
        "interval add",
        "interval + moment",
        "the moment some time later",
        &[P::Any, P::Any],
        ByValue(|args| moved(args.get(1), args.first())),
        |args| move_by(args, 1, 0, 1),
    )
    .fails(),
    scalar(
        "subtract interval",
        "moment - interval",
        "the moment some time earlier",
        &[P::Any, P::Any],
        ByValue(|args| moved(args.first(), args.get(1))),
        |args| move_by(args, 0, 1, -1),
    )
    .fails(),
    scalar(
        "subtract dates",
        "date - date",
        "the days between, as an interval",
        &[P::Date, P::Date],
        By(|_| Ok(types::interval())),
        |args| {
            wholes(args, |row| {
                row.whole(0).checked_sub(row.whole(1))?.checked_mul(DAY)
            })
        },
    )
    .fails(),
    scalar(
        "subtract timestamps",
        "timestamp - timestamp",
        "the time between, as an interval",
        &[P::Timestamp, P::Timestamp],
        By(|_| Ok(types::interval())),
        |args| wholes(args, |row| row.whole(0).checked_sub(row.whole(1))),
    )
    .fails(),
    scalar(
        "add intervals",
        "interval + interval",
        "the sum",
        &[P::Any, P::Any],
        By(same_kind),
        |args| wholes(args, |row| row.whole(0).checked_add(row.whole(1))),
    )
    .fails(),
    scalar(
        "subtract intervals",
        "interval - interval",
        "the difference",
        &[P::Any, P::Any],
        By(same_kind),
        |args| wholes(args, |row| row.whole(0).checked_sub(row.whole(1))),
    )
    .fails(),
    scalar(
        "interval times",
        "interval * number",
        "the product",
        &[P::Any, P::Number],
        By(same_kind),
        |args| wholes(args, |row| times(row, 0, 1)),
    )
    .fails(),
    scalar(
        "times interval",
        "number * interval",
        "the product",
        &[P::Number, P::Any],
        By(|dtypes| same_kind(dtypes.get(1..).unwrap_or_default())),
        |args| wholes(args, |row| times(row, 1, 0)),
    )
    .fails(),
    scalar(
        "interval divided",
        "interval / number",
        "the quotient",
        &[P::Any, P::Number],
        By(same_kind),
        divided,
    )
    .fails(),
    scalar(
        "negative interval",
        "-interval",
        "the interval backwards",
        &[P::Any],
        By(same_kind),
        |args| wholes(args, |row| row.whole(0).checked_neg()),
    )
    .fails(),
    scalar(
        "positive interval",
        "+interval",
        "the interval",
        &[P::Any],
        Argument(0),
        |mut args| args.take(0),
    ),
    scalar(
        "absolute interval",
        "abs(interval)",
        "the interval forwards",
        &[P::Any],
        By(same_kind),
        |args| wholes(args, |row| row.whole(0).checked_abs()),
    )
    .fails(),
    scalar(
        "sign of interval",
        "sign(interval)",
        "1.0, 0.0 or -1.0",
        &[P::Any],
        Is(Type::Double),
        |args| rows::reals::<()>(args.exprs, |row, ()| Ok(Some(row.whole(0).signum() as f64))),
    ),
    scalar(
        "at time zone",
        "timestamp AT TIME ZONE zone",
        "the local time there",
        &[P::Timestamp, P::Text],
        By(|dtypes| match dtypes.first() {
            Some(DataType::Datetime(_, Some(_))) => Ok(types::timestamp()),
            _ => Err(
                "a timestamp with a zone: for others write from_utc_timestamp(t, zone) or \
                      to_utc_timestamp(t, zone)"
                    .to_owned(),
            ),
        }),
        super::zones::to_local,
    )
    .fails(),
];

/// The functions that make intervals.
pub(in crate::frame::sql::functions) static INTERVALS: &[Function] = &[
    scalar(
        "make_dt_interval",
        "[days[, hours[, minutes[, seconds]]]]",
        "an interval of days and a time",
        &[P::Int, P::Int, P::Int, P::Double],
        By(|_| Ok(types::interval())),
        |args| {
            wholes(args, |row| {
                let whole = row
                    .whole(0)
                    .checked_mul(DAY)?
                    .checked_add(row.whole(1).checked_mul(3_600_000_000)?)?;
                let seconds = (row.real(3) * 1e6).round() as i64;
                whole
                    .checked_add(row.whole(2).checked_mul(60_000_000)?)?
                    .checked_add(seconds)
            })
        },
    )
    .optional(4)
    .fails(),
    scalar(
        "make_ym_interval",
        "[years[, months]]",
        "an interval of years and months",
        &[P::Int, P::Int],
        By(|_| Ok(types::months())),
        |args| {
            wholes(args, |row| {
                row.whole(0).checked_mul(12)?.checked_add(row.whole(1))
            })
        },
    )
    .optional(2)
    .fails(),
];

fn wholes(args: Arguments<'_>, work: impl Fn(&Row<'_>) -> Option<i64> + Send + Sync + 'static) -> PolarsExpr {
    let gives = args.gives.clone();
    let name = types::sql_name(&gives);
    rows::wholes::<()>(args.exprs, &gives, move |row, ()| match work(row) {
        Some(value) => Ok(Some(value)),
        None => Err(out_of_range(&name)),
    })
}

fn same_kind(dtypes: &[DataType]) -> Result<DataType, String> {
    match dtypes.first() {
        Some(dtype) if types::is_months(dtype) => Ok(types::months()),
        Some(DataType::Duration(_)) => Ok(types::interval()),
        _ => Err("an interval".to_owned()),
    }
}

/// The type of a moment and an interval: a date stays one where nothing but days or months are added.
fn moved(moment: Option<&Expr>, by: Option<&Expr>) -> Result<DataType, String> {
    let dtype = moment.map(|moment| &moment.dtype);
    if dtype == Some(&DataType::Date) && by.is_some_and(is_of_whole_days) {
        return Ok(DataType::Date);
    }
    Ok(moment_like(dtype))
}

/// Returns whether an interval is one of days or months as it is written.
fn is_of_whole_days(by: &Expr) -> bool {
    if types::is_months(&by.dtype) {
        return true;
    }
    match &by.kind {
        Kind::Literal(Literal::Interval { micros, .. }) => *micros == 0,
        Kind::Call { function, args } => match function.name {
            "subtract dates" => true,
            "add intervals" | "subtract intervals" | "negative interval" | "positive interval"
            | "absolute interval" => args.iter().all(is_of_whole_days),
            _ => false,
        },
        _ => false,
    }
}

fn move_by(mut args: Arguments<'_>, moment: usize, by: usize, sign: i64) -> PolarsExpr {
    let of_months = types::is_months(&args.dtype(by));
    let is_date = args.dtype(moment) == DataType::Date;
    let gives = args.gives.clone();
    let name = types::sql_name(&gives);
    let gives_date = gives == DataType::Date;
    let exprs = vec![args.take(moment), args.take(by)];
    rows::wholes::<()>(exprs, &gives, move |row, ()| {
        let (value, by) = (row.whole(0), row.whole(1).wrapping_mul(sign));
        let moved = match (is_date, gives_date, of_months) {
            (true, true, true) => calendar::add_months(value, by),
            (true, true, false) => value.checked_add(by / DAY),
            (_, _, of_months) => {
                let micros = if is_date {
                    value.checked_mul(DAY)
                } else {
                    Some(value)
                };
                micros.and_then(|micros| {
                    if of_months {
                        calendar::add_months_to_moment(micros, by)
                    } else {
                        micros.checked_add(by)
                    }
                })
            }
        };
        moved.map(Some).ok_or_else(|| out_of_range(&name))
    })
}

fn times(row: &Row<'_>, interval: usize, number: usize) -> Option<i64> {
    let size = row.whole(interval);
    if row.is_whole(number) {
        return size.checked_mul(row.whole(number));
    }
    rounded(size as f64 * row.real(number))
}

fn rounded(value: f64) -> Option<i64> {
    let rounded = value.round();
    (rounded.abs() < 9.2e18).then_some(rounded as i64)
}

fn divided(args: Arguments<'_>) -> PolarsExpr {
    let gives = args.gives.clone();
    let name = types::sql_name(&gives);
    rows::wholes::<()>(args.exprs, &gives, move |row, ()| {
        if row.real(1) == 0.0 {
            return Err(failed(
                "division by zero",
                "nullif(b, 0) gives NULL there: interval / nullif(b, 0)",
            ));
        }
        let size = row.whole(0);
        let quotient = if row.is_whole(1) {
            // Half away from zero.
            let by = row.whole(1);
            let (whole, rest) = (size.checked_div(by), size.checked_rem(by));
            whole.zip(rest).map(|(whole, rest)| {
                let is_half = rest.unsigned_abs() * 2 >= by.unsigned_abs();
                let sign = if (size < 0) == (by < 0) { 1 } else { -1 };
                whole + if is_half { sign } else { 0 }
            })
        } else {
            rounded(size as f64 / row.real(1))
        };
        quotient.map(Some).ok_or_else(|| out_of_range(&name))
    })
}
