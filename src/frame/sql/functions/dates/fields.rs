//! The parts of dates, timestamps and intervals.

use polars::prelude::{DataType, Expr as PolarsExpr};

use super::rows;
use crate::frame::sql::expr::{Expr, Kind, Literal};
use crate::frame::sql::functions::DataTypeOf as Type;
use crate::frame::sql::functions::Gives::{ByValue, Is};
use crate::frame::sql::functions::ParameterType as P;
use crate::frame::sql::functions::{Arguments, Function, scalar};
use crate::frame::sql::moments::calendar::{self, DAY};
use crate::frame::sql::moments::pattern;
use crate::frame::sql::types;

const fn of_date(
    name: &'static str,
    summary: &'static str,
    lower: fn(Arguments<'_>) -> PolarsExpr,
) -> Function {
    scalar(name, "date", summary, &[P::Date], Is(Type::Int), lower)
}

const fn of_time(
    name: &'static str,
    summary: &'static str,
    lower: fn(Arguments<'_>) -> PolarsExpr,
) -> Function {
    scalar(name, "timestamp", summary, &[P::Timestamp], Is(Type::Int), lower)
}

pub(in crate::frame::sql::functions) static PARTS: &[Function] = &[
    of_date("year", "the year", |args| plain(args, year)),
    of_date("quarter", "the quarter, from 1 to 4", |args| plain(args, quarter)),
    of_date("month", "the month, from 1 to 12", |args| plain(args, month)),
    of_date("day", "the day of the month", |args| plain(args, day)).also(&["dayofmonth"]),
    of_date("dayofweek", "the day of the week, 1 for Sunday", |args| {
        plain(args, day_of_week)
    }),
    of_date("weekday", "the day of the week, 0 for Monday", |args| {
        plain(args, calendar::weekday)
    }),
    of_date("dayofyear", "the day of the year, from 1 to 366", |args| {
        plain(args, calendar::day_of_year)
    }),
    of_date(
        "weekofyear",
        "the week as ISO 8601 counts them: weeks start on Monday, and the first has a Thursday",
        |args| plain(args, week),
    )
    .also(&["week"]),
    of_time("hour", "the hour, from 0 to 23, in UTC", |args| plain(args, hour)),
    of_time("minute", "the minute", |args| plain(args, minute)),
    of_time("second", "the second, without its fraction", |args| {
        plain(args, second)
    }),
    scalar(
        "dayname",
        "date",
        "the day of the week: `Mon`",
        &[P::Date],
        Is(Type::Text),
        |args| {
            rows::texts::<()>(args.exprs, |row, ()| {
                let name = pattern::weekday_name(calendar::weekday(row.whole(0)));
                Ok(Some(pattern::short(name).to_owned()))
            })
        },
    ),
    scalar(
        "monthname",
        "date",
        "the month: `Jan`",
        &[P::Date],
        Is(Type::Text),
        |args| {
            rows::texts::<()>(args.exprs, |row, ()| {
                let name = pattern::month_name(month(row.whole(0)));
                Ok(Some(pattern::short(name).to_owned()))
            })
        },
    ),
    scalar(
        "extract",
        "field, moment",
        "a part of a date, timestamp or interval; written `extract(YEAR FROM d)`, too",
        &[P::Text, P::Any],
        ByValue(extracted_type),
        extract,
    )
    .also(&["date_part", "datepart"]),
];

fn plain(mut args: Arguments<'_>, work: fn(i64) -> i64) -> PolarsExpr {
    rows::plain(args.take(0), args.gives, work)
}

fn year(days: i64) -> i64 {
    calendar::civil(days).0
}

fn month(days: i64) -> i64 {
    calendar::civil(days).1
}

fn day(days: i64) -> i64 {
    calendar::civil(days).2
}

fn quarter(days: i64) -> i64 {
    (month(days) + 2) / 3
}

fn day_of_week(days: i64) -> i64 {
    (calendar::weekday(days) + 1) % 7 + 1
}

fn week(days: i64) -> i64 {
    calendar::iso_week(days).1
}

fn hour(micros: i64) -> i64 {
    micros.rem_euclid(DAY) / 3_600_000_000
}

fn minute(micros: i64) -> i64 {
    micros.rem_euclid(DAY) / 60_000_000 % 60
}

fn second(micros: i64) -> i64 {
    micros.rem_euclid(DAY) / 1_000_000 % 60
}

/// What `extract` computes of days, or else of microseconds or months.
struct DatePart {
    dtype: DataType,
    work: fn(i64) -> i64,
    of_days: bool,
}

fn part_of(field: &str, of: &DataType) -> Option<DatePart> {
    let field = field.trim().to_lowercase();
    let part = |dtype: DataType, work: fn(i64) -> i64, of_days: bool| Some(DatePart { dtype, work, of_days });
    let int = DataType::Int32;
    if types::is_months(of) {
        return match field.as_str() {
            "year" | "y" | "years" | "yr" | "yrs" => part(int, |months| months / 12, false),
            "month" | "mon" | "mons" | "months" => part(DataType::Int8, |months| months % 12, false),
            _ => None,
        };
    }
    let seconds = || DataType::Decimal(8, 6);
    if matches!(of, DataType::Duration(_)) {
        return match field.as_str() {
            "day" | "d" | "days" => part(int, |micros| micros / DAY, false),
            "hour" | "h" | "hours" | "hr" | "hrs" => {
                part(DataType::Int8, |micros| micros / 3_600_000_000 % 24, false)
            }
            "minute" | "m" | "min" | "mins" | "minutes" => {
                part(DataType::Int8, |micros| micros / 60_000_000 % 60, false)
            }
            "second" | "s" | "sec" | "seconds" | "secs" => {
                part(seconds(), |micros| micros % 60_000_000, false)
            }
            _ => None,
        };
    }
    match field.as_str() {
        "year" | "y" | "years" | "yr" | "yrs" => part(int, year, true),
        "yearofweek" => part(int, |days| calendar::iso_week(days).0, true),
        "quarter" | "qtr" => part(int, quarter, true),
        "month" | "mon" | "mons" | "months" => part(int, month, true),
        "week" | "w" | "weeks" => part(int, week, true),
        "day" | "d" | "days" => part(int, day, true),
        "dayofweek" | "dow" => part(int, day_of_week, true),
        "dayofweek_iso" | "dow_iso" => part(int, |days| calendar::weekday(days) + 1, true),
        "doy" => part(int, calendar::day_of_year, true),
        "hour" | "h" | "hours" | "hr" | "hrs" => part(int, hour, false),
        "minute" | "m" | "min" | "mins" | "minutes" => part(int, minute, false),
        "second" | "s" | "sec" | "seconds" | "secs" => {
            part(seconds(), |micros| micros.rem_euclid(60_000_000), false)
        }
        _ => None,
    }
}

fn field_of(args: &[Expr]) -> Option<&str> {
    match args.first().map(|field| &field.kind) {
        Some(Kind::Literal(Literal::Text(field))) => Some(field),
        _ => None,
    }
}

fn extracted_type(args: &[Expr]) -> Result<DataType, String> {
    let Some(field) = field_of(args) else {
        return Err("the part as a constant, such as 'YEAR',".to_owned());
    };
    let of = args.get(1).map_or(DataType::Null, |value| value.dtype.clone());
    let is_known = of == DataType::Null
        || types::is_text(&of)
        || types::is_moment(&of)
        || types::is_months(&of)
        || matches!(of, DataType::Duration(_));
    if !is_known {
        return Err("a date, a timestamp or an interval".to_owned());
    }
    match part_of(field, &of) {
        Some(part) => Ok(part.dtype),
        None => Err(format!(
            "a part that {} has; `{field}` it has not",
            types::sql_name(&of)
        )),
    }
}

fn extract(mut args: Arguments<'_>) -> PolarsExpr {
    use crate::frame::sql::expr::CastHow;
    let of = args.dtype(1);
    let value = args.take(1);
    let Some(part) = field_of(args.bound).and_then(|field| part_of(field, &of)) else {
        return polars::prelude::lit(polars::prelude::NULL);
    };
    let value = if part.of_days {
        crate::frame::sql::lower::cast::cast(value, &of, &DataType::Date, CastHow::Implicit)
    } else if types::is_text(&of) || of == DataType::Date {
        crate::frame::sql::lower::cast::cast(value, &of, &types::timestamp(), CastHow::Implicit)
    } else {
        value
    };
    rows::plain(value, &part.dtype, part.work)
}
