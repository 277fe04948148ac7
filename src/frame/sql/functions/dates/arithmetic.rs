//! Dates and timestamps some days, months or hours later, and what is between two of them.

use polars::prelude::{DataType, Expr as PolarsExpr, PolarsResult};

use super::rows::{self, Row};
use crate::frame::sql::functions::DataTypeOf as Type;
use crate::frame::sql::functions::Gives::{By, Is};
use crate::frame::sql::functions::ParameterType as P;
use crate::frame::sql::functions::kernels::failed;
use crate::frame::sql::functions::{Arguments, Function, scalar};
use crate::frame::sql::moments::calendar::{self, DAY};
use crate::frame::sql::types;

pub(in crate::frame::sql::functions) static LATER: &[Function] = &[
    scalar(
        "date_add",
        "date, days",
        "the date some days later; `date_add(MONTH, n, timestamp)` counts other units",
        &[P::Date, P::Int],
        Is(Type::Date),
        |args| wholes(args, |row| row.whole(0).checked_add(row.whole(1))),
    )
    .also(&["dateadd"])
    .fails(),
    scalar(
        "date_sub",
        "date, days",
        "the date some days earlier",
        &[P::Date, P::Int],
        Is(Type::Date),
        |args| wholes(args, |row| row.whole(0).checked_sub(row.whole(1))),
    )
    .fails(),
    scalar(
        "add_months",
        "date, months",
        "the date some months later, the last of the month where that is shorter",
        &[P::Date, P::Int],
        Is(Type::Date),
        |args| wholes(args, |row| calendar::add_months(row.whole(0), row.whole(1))),
    )
    .fails(),
    scalar(
        "timestampadd",
        "unit, count, timestamp",
        "the timestamp some units later: `timestampadd(HOUR, 2, t)`",
        &[P::Text, P::Whole, P::Timestamp],
        By(third_moment),
        |args| wholes(args, |row| add_units(row.text(0), row.whole(1), row.whole(2))),
    )
    .fails(),
    scalar(
        "datediff",
        "end, start",
        "the days from start to end; `datediff(MONTH, start, end)` counts other units",
        &[P::Date, P::Date],
        Is(Type::Int),
        |args| wholes(args, |row| row.whole(0).checked_sub(row.whole(1))),
    )
    .also(&["date_diff"])
    .fails(),
    scalar(
        "timestampdiff",
        "unit, start, end",
        "the whole units from start to end: `timestampdiff(HOUR, a, b)`",
        &[P::Text, P::Timestamp, P::Timestamp],
        Is(Type::Bigint),
        |args| wholes(args, |row| units_between(row.text(0), row.whole(1), row.whole(2))),
    )
    .fails(),
    scalar(
        "months_between",
        "end, start[, rounded]",
        "the months from start to end with a fraction of 31 days, to 8 digits unless told otherwise",
        &[P::Timestamp, P::Timestamp, P::Boolean],
        Is(Type::Double),
        |args| {
            let has_choice = args.len() > 2;
            rows::reals::<()>(args.exprs, move |row, ()| {
                let rounds = !has_choice || row.whole(2) != 0;
                Ok(Some(months_between(row.whole(0), row.whole(1), rounds)))
            })
        },
    )
    .optional(1),
    scalar(
        "last_day",
        "date",
        "the last day of the month",
        &[P::Date],
        Is(Type::Date),
        |args| {
            rows::plain(first(args), &DataType::Date, |days| {
                let (year, month, day) = calendar::civil(days);
                days - day + calendar::length(year, month)
            })
        },
    ),
    scalar(
        "next_day",
        "date, weekday",
        "the first date after this that is such a day of the week: `Mon`",
        &[P::Date, P::Text],
        Is(Type::Date),
        |args| {
            let gives = args.gives.clone();
            rows::wholes::<()>(args.exprs, &gives, |row, ()| next_day(row).map(Some))
        },
    )
    .fails(),
    scalar(
        "trunc",
        "date, unit",
        "the first date of its YEAR, QUARTER, MONTH or WEEK; NULL for another unit",
        &[P::Date, P::Text],
        Is(Type::Date),
        |args| {
            let gives = args.gives.clone();
            rows::wholes::<()>(args.exprs, &gives, |row, ()| {
                Ok(first_day(row.whole(0), &row.text(1).to_uppercase()))
            })
        },
    ),
    scalar(
        "date_trunc",
        "unit, timestamp",
        "the start of its YEAR, …, DAY, HOUR, … in UTC; NULL for another unit",
        &[P::Text, P::Timestamp],
        By(second_moment),
        |args| {
            let gives = args.gives.clone();
            rows::wholes::<()>(args.exprs, &gives, |row, ()| {
                Ok(truncated(&row.text(0).to_uppercase(), row.whole(1)))
            })
        },
    ),
];

fn first(mut args: Arguments<'_>) -> PolarsExpr {
    args.take(0)
}

/// Computes of every row; where there is no result, it is out of the range of its type.
fn wholes(args: Arguments<'_>, work: impl Fn(&Row<'_>) -> Option<i64> + Send + Sync + 'static) -> PolarsExpr {
    let gives = args.gives.clone();
    let name = types::sql_name(&gives);
    rows::wholes::<()>(args.exprs, &gives, move |row, ()| match work(row) {
        Some(value) => Ok(Some(value)),
        None => Err(out_of_range(&name)),
    })
}

pub(super) fn out_of_range(dtype: &str) -> polars::prelude::PolarsError {
    failed(
        &format!("the result does not fit into {dtype}"),
        "look at its arguments",
    )
}

/// The type of a result that is a timestamp as an argument is: in microseconds, of its zone.
pub(super) fn moment_like(dtype: Option<&DataType>) -> DataType {
    match dtype {
        Some(DataType::Datetime(_, zone)) => {
            DataType::Datetime(polars::prelude::TimeUnit::Microseconds, zone.clone())
        }
        _ => types::timestamp(),
    }
}

fn second_moment(dtypes: &[DataType]) -> Result<DataType, String> {
    Ok(moment_like(dtypes.get(1)))
}

fn third_moment(dtypes: &[DataType]) -> Result<DataType, String> {
    Ok(moment_like(dtypes.get(2)))
}

/// Returns months, or else microseconds, of a unit.
fn unit(name: &str) -> Option<(i64, i64)> {
    Some(match name.to_lowercase().as_str() {
        "year" => (12, 0),
        "quarter" => (3, 0),
        "month" => (1, 0),
        "week" => (0, 7 * DAY),
        "day" | "dayofyear" => (0, DAY),
        "hour" => (0, 3_600_000_000),
        "minute" => (0, 60_000_000),
        "second" => (0, 1_000_000),
        "millisecond" => (0, 1_000),
        "microsecond" => (0, 1),
        _ => return None,
    })
}

fn add_units(name: &str, count: i64, micros: i64) -> Option<i64> {
    match unit(name)? {
        (0, size) => micros.checked_add(size.checked_mul(count)?),
        (months, _) => calendar::add_months_to_moment(micros, months.checked_mul(count)?),
    }
}

fn units_between(name: &str, from: i64, to: i64) -> Option<i64> {
    match unit(name)? {
        (0, size) => Some(to.checked_sub(from)? / size),
        (months, _) => Some(calendar::months_between(from, to) / months),
    }
}

fn months_between(end: i64, start: i64, rounds: bool) -> f64 {
    let parts = |micros: i64| {
        let (year, month, day) = calendar::civil(micros.div_euclid(DAY));
        let is_last = day == calendar::length(year, month);
        (
            year * 12 + month,
            day,
            is_last,
            micros.rem_euclid(DAY) / 1_000_000,
        )
    };
    let (months, day, is_last, seconds) = parts(end);
    let (start_months, start_day, start_is_last, start_seconds) = parts(start);
    let whole = (months - start_months) as f64;
    if day == start_day || is_last && start_is_last {
        return whole;
    }
    let rest = (day - start_day) * 86_400 + seconds - start_seconds;
    let exact = whole + rest as f64 / f64::from(31 * 86_400);
    if rounds {
        // Half up, as Java's `Math.round` does.
        (exact * 1e8 + 0.5).floor() / 1e8
    } else {
        exact
    }
}

fn next_day(row: &Row<'_>) -> PolarsResult<i64> {
    let name = row.text(1).trim();
    let wanted = match name.to_uppercase().as_str() {
        "MO" | "MON" | "MONDAY" => 0,
        "TU" | "TUE" | "TUESDAY" => 1,
        "WE" | "WED" | "WEDNESDAY" => 2,
        "TH" | "THU" | "THURSDAY" => 3,
        "FR" | "FRI" | "FRIDAY" => 4,
        "SA" | "SAT" | "SATURDAY" => 5,
        "SU" | "SUN" | "SUNDAY" => 6,
        _ => {
            return Err(failed(
                &format!("`{name}` is no day of the week"),
                "write MON, TUE, WED, THU, FRI, SAT or SUN",
            ));
        }
    };
    let days = row.whole(0);
    Ok(days + 1 + (wanted - calendar::weekday(days + 1)).rem_euclid(7))
}

/// Returns the first date of a unit.
fn first_day(days: i64, unit: &str) -> Option<i64> {
    let (year, month, _) = calendar::civil(days);
    match unit {
        "YEAR" | "YYYY" | "YY" => Some(calendar::first_of_year(year)),
        "QUARTER" => calendar::days(year, (month - 1) / 3 * 3 + 1, 1),
        "MONTH" | "MM" | "MON" => calendar::days(year, month, 1),
        "WEEK" => Some(days - calendar::weekday(days)),
        _ => None,
    }
}

fn truncated(unit: &str, micros: i64) -> Option<i64> {
    let to = |size: i64| Some(micros - micros.rem_euclid(size));
    match unit {
        "DAY" | "DD" => to(DAY),
        "HOUR" => to(3_600_000_000),
        "MINUTE" => to(60_000_000),
        "SECOND" => to(1_000_000),
        "MILLISECOND" => to(1_000),
        "MICROSECOND" => Some(micros),
        unit => first_day(micros.div_euclid(DAY), unit)?.checked_mul(DAY),
    }
}
