//! Dates and timestamps from texts and numbers, and back.

use polars::prelude::{DataType, Expr as PolarsExpr, PolarsError, PolarsResult, lit};

use super::arithmetic::out_of_range;
use super::rows::{self, Memo, Row};
use super::zones::{in_range, zone};
use crate::frame::sql::expr::CastHow;
use crate::frame::sql::functions::DataTypeOf as Type;
use crate::frame::sql::functions::Gives::{By, Is};
use crate::frame::sql::functions::ParameterType as P;
use crate::frame::sql::functions::kernels::failed;
use crate::frame::sql::functions::{Arguments, Function, scalar};
use crate::frame::sql::lower::cast::cast;
use crate::frame::sql::moments::calendar::{self, DAY};
use crate::frame::sql::moments::pattern::Pattern;
use crate::frame::sql::moments::zone::Zone;
use crate::frame::sql::types;

pub(in crate::frame::sql::functions) static CONVERSIONS: &[Function] = &[
    scalar(
        "to_date",
        "text[, pattern]",
        "the date that a text is, written as the pattern says: `dd.MM.yyyy`",
        &[P::Any, P::Text],
        By(|dtypes| of_moment(dtypes, false, DataType::Date)),
        |args| read(args, CastHow::Implicit),
    )
    .optional(1)
    .fails(),
    scalar(
        "try_to_date",
        "text[, pattern]",
        "as to_date, but NULL for what is no date",
        &[P::Any, P::Text],
        By(|dtypes| of_moment(dtypes, false, DataType::Date)),
        |args| read(args, CastHow::Try),
    )
    .optional(1),
    scalar(
        "to_timestamp",
        "text[, pattern]",
        "the timestamp that a text is, written as the pattern says: `dd.MM.yyyy HH:mm`",
        &[P::Any, P::Text],
        By(|dtypes| of_moment(dtypes, true, types::timestamp())),
        |args| read(args, CastHow::Implicit),
    )
    .optional(1)
    .also(&["to_timestamp_ltz", "to_timestamp_ntz"])
    .fails(),
    scalar(
        "try_to_timestamp",
        "text[, pattern]",
        "as to_timestamp, but NULL for what is no timestamp",
        &[P::Any, P::Text],
        By(|dtypes| of_moment(dtypes, true, types::timestamp())),
        |args| read(args, CastHow::Try),
    )
    .optional(1),
    scalar(
        "date_format",
        "timestamp, pattern",
        "the timestamp as text, written as the pattern says: `dd.MM.yyyy HH:mm`",
        &[P::Timestamp, P::Text],
        Is(Type::Text),
        |args| {
            rows::texts::<Memo<Pattern>>(args.exprs, |row, patterns| {
                Ok(Some(patterns.of(row.text(1), to_write)?.write(row.whole(0))))
            })
        },
    )
    .fails(),
    scalar(
        "from_unixtime",
        "seconds[, pattern]",
        "the time some seconds after 1970-01-01 in UTC, as text",
        &[P::Whole, P::Text],
        Is(Type::Text),
        |mut args| {
            let exprs = vec![args.take(0), pattern_or_usual(&mut args)];
            rows::texts::<Memo<Pattern>>(exprs, |row, patterns| {
                let pattern = patterns.of(row.text(1), to_write)?;
                let micros = in_range(row.whole(0).checked_mul(1_000_000))?;
                Ok(micros.map(|micros| pattern.write(micros)))
            })
        },
    )
    .optional(1)
    .fails(),
    scalar(
        "unix_timestamp",
        "text[, pattern]",
        "the seconds from 1970-01-01 in UTC to a date, a timestamp or a text",
        &[P::Any, P::Text],
        By(|dtypes| of_moment(dtypes, false, DataType::Int64)),
        |mut args| {
            // Without arguments it is refused.
            if !types::is_text(&args.dtype(0)) {
                let moment = cast(
                    args.take(0),
                    &args.dtype(0),
                    &like(&args.dtype(0)),
                    CastHow::Implicit,
                );
                return rows::plain(moment, &DataType::Int64, |micros| micros.div_euclid(1_000_000));
            }
            let exprs = vec![args.take(0), pattern_or_usual(&mut args)];
            rows::wholes::<Memo<Pattern>>(exprs, &DataType::Int64, |row, patterns| {
                let micros = parsed(row, patterns, "TIMESTAMP")?;
                Ok(Some(micros.div_euclid(1_000_000)))
            })
        },
    )
    .optional(2)
    .also(&["to_unix_timestamp"])
    .fails(),
    scalar(
        "unix_seconds",
        "timestamp",
        "the seconds from 1970-01-01 in UTC",
        &[P::Timestamp],
        Is(Type::Bigint),
        |mut args| rows::plain(args.take(0), args.gives, |micros| micros.div_euclid(1_000_000)),
    ),
    scalar(
        "unix_millis",
        "timestamp",
        "the milliseconds from 1970-01-01 in UTC",
        &[P::Timestamp],
        Is(Type::Bigint),
        |mut args| rows::plain(args.take(0), args.gives, |micros| micros.div_euclid(1_000)),
    ),
    scalar(
        "unix_micros",
        "timestamp",
        "the microseconds from 1970-01-01 in UTC",
        &[P::Timestamp],
        Is(Type::Bigint),
        |mut args| rows::plain(args.take(0), args.gives, |micros| micros),
    ),
    scalar(
        "unix_date",
        "date",
        "the days from 1970-01-01",
        &[P::Date],
        Is(Type::Int),
        |mut args| rows::plain(args.take(0), args.gives, |days| days),
    ),
    scalar(
        "date_from_unix_date",
        "days",
        "the date some days after 1970-01-01",
        &[P::Int],
        Is(Type::Date),
        |mut args| rows::plain(args.take(0), args.gives, |days| days),
    ),
    scalar(
        "timestamp_seconds",
        "seconds",
        "the timestamp some seconds after 1970-01-01 in UTC",
        &[P::Number],
        Is(Type::Timestamp),
        |args| {
            let name = "TIMESTAMP";
            rows::wholes::<()>(args.exprs, &types::timestamp(), move |row, ()| {
                let micros = if row.is_whole(0) {
                    row.whole(0).checked_mul(1_000_000)
                } else {
                    let micros = (row.real(0) * 1e6).trunc();
                    (micros.abs() < 9.2e18).then_some(micros as i64)
                };
                micros.map(Some).ok_or_else(|| out_of_range(name))
            })
        },
    )
    .fails(),
    scalar(
        "timestamp_millis",
        "milliseconds",
        "the timestamp some milliseconds after 1970-01-01 in UTC",
        &[P::Whole],
        Is(Type::Timestamp),
        |args| {
            rows::wholes::<()>(args.exprs, &types::timestamp(), |row, ()| {
                in_range(row.whole(0).checked_mul(1_000))
            })
        },
    )
    .fails(),
    scalar(
        "timestamp_micros",
        "microseconds",
        "the timestamp some microseconds after 1970-01-01 in UTC",
        &[P::Whole],
        Is(Type::Timestamp),
        |mut args| rows::plain(args.take(0), args.gives, |micros| micros),
    ),
    scalar(
        "make_date",
        "year, month, day",
        "the date of these",
        &[P::Int, P::Int, P::Int],
        Is(Type::Date),
        |args| {
            rows::wholes::<()>(args.exprs, &DataType::Date, |row, ()| {
                let (year, month, day) = (row.whole(0), row.whole(1), row.whole(2));
                match calendar::days(year, month, day) {
                    Some(days) => Ok(Some(days)),
                    None => Err(no_date(year, month, day)),
                }
            })
        },
    )
    .fails(),
    scalar(
        "make_timestamp",
        "year, month, day, hour, minute, seconds[, zone]",
        "the timestamp of these, which are of a zone or of UTC",
        &[P::Int, P::Int, P::Int, P::Int, P::Int, P::Double, P::Text],
        Is(Type::Timestamp),
        |args| made(args, false),
    )
    .optional(1)
    .also(&["make_timestamp_ltz", "make_timestamp_ntz"])
    .fails(),
    scalar(
        "try_make_timestamp",
        "year, month, day, hour, minute, seconds[, zone]",
        "as make_timestamp, but NULL where there is no such time",
        &[P::Int, P::Int, P::Int, P::Int, P::Int, P::Double, P::Text],
        Is(Type::Timestamp),
        |args| made(args, true),
    )
    .optional(1),
    scalar(
        "date",
        "value",
        "the value as a date, as CAST(… AS DATE) makes it",
        &[P::Date],
        Is(Type::Date),
        |mut args| args.take(0),
    )
    .fails(),
    scalar(
        "timestamp",
        "value",
        "the value as a timestamp, as CAST(… AS TIMESTAMP) makes it",
        &[P::Any],
        By(|dtypes| match dtypes.first() {
            Some(dtype) if types::can_cast(dtype, &types::timestamp()) => Ok(types::timestamp()),
            _ => Err("a text, a number, a date or a timestamp".to_owned()),
        }),
        |mut args| {
            let from = args.dtype(0);
            cast(args.take(0), &from, &types::timestamp(), CastHow::Asked)
        },
    )
    .fails(),
];

/// Gives a type where the first argument is a text, a date, a timestamp or, for some, a number.
fn of_moment(dtypes: &[DataType], numbers: bool, gives: DataType) -> Result<DataType, String> {
    match dtypes.first() {
        None | Some(DataType::Null) => Ok(gives),
        Some(dtype)
            if types::is_text(dtype) || types::is_moment(dtype) || numbers && types::is_number(dtype) =>
        {
            Ok(gives)
        }
        Some(_) => Err("a text, a date or a timestamp".to_owned()),
    }
}

/// The type in microseconds that a moment is read as.
fn like(dtype: &DataType) -> DataType {
    super::arithmetic::moment_like(Some(dtype))
}

fn pattern_or_usual(args: &mut Arguments<'_>) -> PolarsExpr {
    if args.len() > 1 {
        args.take(1)
    } else {
        lit("yyyy-MM-dd HH:mm:ss")
    }
}

fn no_date(year: i64, month: i64, day: i64) -> PolarsError {
    failed(
        &format!("there is no date {year}-{month}-{day}"),
        "look at year, month and day",
    )
}

/// Says what is wrong with a pattern.
fn wrong_pattern(pattern: &str, reason: &str) -> PolarsError {
    failed(
        &format!("the pattern `{pattern}` {reason}"),
        "a pattern is written as in `yyyy-MM-dd HH:mm:ss`",
    )
}

fn to_write(pattern: &str) -> PolarsResult<Pattern> {
    Pattern::to_write(pattern).map_err(|reason| wrong_pattern(pattern, &reason))
}

fn to_read(pattern: &str) -> PolarsResult<Pattern> {
    Pattern::to_read(pattern).map_err(|reason| wrong_pattern(pattern, &reason))
}

fn parsed(row: &Row<'_>, patterns: &mut Memo<Pattern>, dtype: &str) -> PolarsResult<i64> {
    let pattern = patterns.of(row.text(1), to_read)?;
    pattern.read(row.text(0)).ok_or_else(|| {
        failed(
            &format!("`{}` is no {dtype} written as `{}`", row.text(0), row.text(1)),
            "try_to_timestamp(text, pattern) gives NULL there",
        )
    })
}

/// `to_date`, `to_timestamp` and their kin: a cast, or what a pattern says.
fn read(mut args: Arguments<'_>, how: CastHow) -> PolarsExpr {
    let (mut from, to) = (args.dtype(0), args.gives.clone());
    // The number `20240131` is read as its digits.
    if to == DataType::Date && (types::is_number(&from) || from == DataType::Boolean) {
        if let Some(number) = args.exprs.first_mut() {
            *number = cast(number.clone(), &from, &DataType::String, CastHow::Implicit);
        }
        from = DataType::String;
    }
    if args.len() == 1 || !types::is_text(&from) {
        return cast(args.take(0), &from, &to, how);
    }
    let is_date = to == DataType::Date;
    let tries = how == CastHow::Try;
    rows::wholes::<Memo<Pattern>>(args.exprs, &to, move |row, patterns| {
        let micros = if tries {
            match patterns.of(row.text(1), to_read)?.read(row.text(0)) {
                Some(micros) => micros,
                None => return Ok(None),
            }
        } else {
            parsed(row, patterns, if is_date { "DATE" } else { "TIMESTAMP" })?
        };
        Ok(Some(if is_date { micros.div_euclid(DAY) } else { micros }))
    })
}

fn made(args: Arguments<'_>, tries: bool) -> PolarsExpr {
    let has_zone = args.len() > 6;
    rows::wholes::<Memo<Zone>>(args.exprs, &types::timestamp(), move |row, zones| {
        let (year, month, day) = (row.whole(0), row.whole(1), row.whole(2));
        let (hour, minute, seconds) = (row.whole(3), row.whole(4), row.real(5));
        let is_time = (0..24).contains(&hour) && (0..60).contains(&minute) && (0.0..=60.0).contains(&seconds);
        let Some(days) = calendar::days(year, month, day).filter(|_| is_time) else {
            if tries {
                return Ok(None);
            }
            let what = format!("there is no time {year}-{month}-{day} {hour}:{minute}:{seconds}");
            return Err(failed(&what, "try_make_timestamp(…) gives NULL there"));
        };
        let time = (hour * 60 + minute) * 60_000_000 + (seconds * 1e6).round() as i64;
        let local = days.checked_mul(DAY).and_then(|days| days.checked_add(time));
        in_range(if has_zone {
            let zone = zones.of(row.text(6), zone)?;
            local.and_then(|local| zone.utc(local))
        } else {
            local
        })
    })
}
