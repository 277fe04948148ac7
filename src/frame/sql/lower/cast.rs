//! Casts, as Spark's ANSI mode has them: a value that does not fit is an error, or NULL with `try_cast`.

mod fallible;
mod nested;
mod text;

use polars::prelude::*;

use self::fallible::{each, narrowed, refused};
use crate::frame::sql::expr::CastHow;
use crate::frame::sql::{moments, types};

/// Returns whether a value may not fit.
pub(in crate::frame::sql) fn can_fail(from: &DataType, to: &DataType) -> bool {
    match (from, to) {
        (DataType::Null, _) | (_, DataType::String) => false,
        (from, to) if from == to => false,
        // The one type of whole numbers that BIGINT does not hold.
        (DataType::UInt64, to) if types::is_whole(to) => true,
        (from, to) if types::is_whole(from) && types::is_whole(to) => {
            types::common(from, to).as_ref() != Some(to)
        }
        (from, DataType::Float32 | DataType::Float64)
            if types::is_number(from) || *from == DataType::Boolean =>
        {
            false
        }
        (DataType::Boolean, _) | (_, DataType::Boolean) if !types::is_text(from) => false,
        (from, to) if types::is_moment(from) && types::is_moment(to) => false,
        _ => true,
    }
}

/// Makes a value one of another type.
pub(in crate::frame::sql) fn cast(value: Expr, from: &DataType, to: &DataType, how: CastHow) -> Expr {
    let tries = how == CastHow::Try;
    if matches!((from, to), (DataType::Null, _)) || from == to {
        return value.cast(to.clone());
    }
    if *to == DataType::Null {
        return value;
    }
    let is_plain = types::is_whole(from) && (types::is_whole(to) || to.is_float())
        || from.is_float() && to.is_float()
        || *from == DataType::Boolean && types::is_number(to) && !to.is_decimal()
        || *from == DataType::Date && matches!(to, DataType::Datetime(..))
        || types::is_text(from) && *to == DataType::String;
    if is_plain {
        if !can_fail(from, to) {
            return value.cast(to.clone());
        }
        if tries {
            return value.cast(to.clone());
        }
    }
    let (source, target) = (from.clone(), to.clone());
    let gives = to.clone();
    value.map(
        move |column| {
            let name = column.name().clone();
            let series = column.take_materialized_series();
            Ok(converted(&series, &source, &target, tries)?
                .with_name(name)
                .into_column())
        },
        move |_, field| Ok(Field::new(field.name().clone(), gives.clone())),
    )
}

/// Makes the values of a column those of another type; what does not fit is an error.
pub(in crate::frame::sql) fn column(column: &Column, from: &DataType, to: &DataType) -> PolarsResult<Column> {
    if from == to || column.dtype() == to {
        return Ok(column.clone());
    }
    if *from == DataType::Null || *to == DataType::Null {
        return column.cast(to);
    }
    let made = converted(column.as_materialized_series(), from, to, false)?;
    Ok(made.with_name(column.name().clone()).into_column())
}

fn converted(series: &Series, from: &DataType, to: &DataType, tries: bool) -> PolarsResult<Series> {
    let name = PlSmallStr::EMPTY;
    if from == to {
        return Ok(series.clone());
    }
    if *from == DataType::Null {
        return series.cast(to);
    }
    if from.is_nested() && to.is_nested() {
        let inner = |inner: &Series, from: &DataType, to: &DataType| converted(inner, from, to, tries);
        return nested::cast(series, from, to, &inner);
    }
    if types::is_text(from) {
        return text::read(series, to, tries);
    }
    match (from, to) {
        (from, DataType::String) => text_of(series, from),
        (from, to) if from.is_float() && types::is_whole(to) => {
            let values = series.cast(&DataType::Float64)?;
            let read = |value: &f64| {
                let whole = value.trunc();
                (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0)
                    .contains(&whole)
                    .then_some(whole as i64)
            };
            let shown = |value: &f64| moments::double(*value);
            let whole = each(values.f64()?.iter(), to, tries, read, shown)?;
            narrowed(
                &Int64Chunked::from_iter_options(name, whole.into_iter()).into_series(),
                to,
                tries,
            )
        }
        (from, to) if types::is_whole(from) && types::is_whole(to) => narrowed(series, to, tries),
        (from, DataType::Boolean) if types::is_number(from) => {
            let values = series.cast(&DataType::Float64)?;
            Ok(values.f64()?.not_equal(0.0).into_series())
        }
        (from, DataType::Decimal(precision, scale)) => to_decimal(series, from, (*precision, *scale), tries),
        (DataType::Decimal(..), to) if types::is_whole(to) => {
            let text = text_of(series, from)?;
            let read = |value: &&str| {
                value
                    .split('.')
                    .next()
                    .and_then(|whole| whole.parse::<i64>().ok())
            };
            let shown = |value: &&str| (*value).to_owned();
            let values = each(text.str()?.iter(), to, tries, read, shown)?;
            narrowed(
                &Int64Chunked::from_iter_options(name, values.into_iter()).into_series(),
                to,
                tries,
            )
        }
        (DataType::Datetime(..), DataType::Date) => series.cast(&DataType::Date),
        (DataType::Datetime(..), to) if types::is_number(to) => seconds(series, to, tries),
        (from, DataType::Datetime(..)) if types::is_number(from) => from_seconds(series, to, tries)?.cast(to),
        _ => {
            if tries {
                series.cast(to)
            } else {
                series
                    .strict_cast(to)
                    .map_err(|_| refused(&format!("a value of type {}", types::sql_name(from)), to))
            }
        }
    }
}

/// Makes values decimals of so many digits, of which so many are behind the point.
fn to_decimal(
    series: &Series,
    from: &DataType,
    (precision, scale): (usize, usize),
    tries: bool,
) -> PolarsResult<Series> {
    let name = PlSmallStr::EMPTY;
    let to = &DataType::Decimal(precision, scale);
    match from {
        DataType::Boolean => converted(&series.cast(&DataType::Int32)?, &DataType::Int32, to, tries),
        DataType::Datetime(..) => {
            let micros = series
                .cast(&DataType::Datetime(TimeUnit::Microseconds, None))?
                .cast(&DataType::Int64)?;
            let micros = micros.i64()?.iter().map(|micros| micros.map(i128::from));
            let seconds = Int128Chunked::from_iter_options(name, micros).into_decimal(38, 6)?;
            let seconds = seconds.into_series();
            to_decimal(&seconds, seconds.dtype(), (precision, scale), tries)
        }
        DataType::Decimal(_, had) => {
            let values = series.decimal()?;
            let limit = 10_u128.checked_pow(precision as u32).unwrap_or(u128::MAX);
            let moved = |value: &i128| {
                let unit = 10_i128.checked_pow(had.abs_diff(scale) as u32)?;
                let value = if scale >= *had {
                    value.checked_mul(unit)?
                } else {
                    let rest = (value % unit).unsigned_abs();
                    value / unit
                        + if rest >= unit.unsigned_abs() - rest {
                            value.signum()
                        } else {
                            0
                        }
                };
                (value.unsigned_abs() < limit).then_some(value)
            };
            let shown = |value: &i128| moments::decimal(*value, *had);
            let values = each(values.physical().iter(), to, tries, moved, shown)?;
            Ok(Int128Chunked::from_iter_options(name, values.into_iter())
                .into_decimal(precision, scale)?
                .into_series())
        }
        from => {
            let text = text_of(series, from)?;
            let read = |value: &&str| text::decimal(value, precision, scale);
            let shown = |value: &&str| (*value).to_owned();
            let values = each(text.str()?.iter(), to, tries, read, shown)?;
            Ok(Int128Chunked::from_iter_options(name, values.into_iter())
                .into_decimal(precision, scale)?
                .into_series())
        }
    }
}

/// Returns the seconds since 1970-01-01 in UTC of timestamps.
fn seconds(series: &Series, to: &DataType, tries: bool) -> PolarsResult<Series> {
    let micros = series
        .cast(&DataType::Datetime(TimeUnit::Microseconds, None))?
        .cast(&DataType::Int64)?;
    if types::is_whole(to) {
        let seconds = micros.i64()?.apply_values(|micros| micros.div_euclid(1_000_000));
        return narrowed(&seconds.into_series(), to, tries);
    }
    let seconds: Float64Chunked = micros
        .i64()?
        .iter()
        .map(|micros| micros.map(|micros| micros as f64 / 1e6))
        .collect();
    seconds.into_series().cast(to)
}

/// Makes timestamps of seconds since 1970-01-01 in UTC.
fn from_seconds(series: &Series, to: &DataType, tries: bool) -> PolarsResult<Series> {
    let micros = if series.dtype().is_integer() {
        let values = series.cast(&DataType::Int64)?;
        let read = |value: &i64| value.checked_mul(1_000_000);
        each(values.i64()?.iter(), to, tries, read, ToString::to_string)?
    } else {
        let values = series.cast(&DataType::Float64)?;
        let read = |value: &f64| {
            let micros = (value * 1e6).floor();
            (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0)
                .contains(&micros)
                .then_some(micros as i64)
        };
        each(values.f64()?.iter(), to, tries, read, |value| {
            moments::double(*value)
        })?
    };
    let zone = match to {
        DataType::Datetime(_, zone) => zone.clone(),
        _ => None,
    };
    let micros = Int64Chunked::from_iter_options(PlSmallStr::EMPTY, micros.into_iter());
    Ok(micros.into_datetime(TimeUnit::Microseconds, zone).into_series())
}

/// Writes values as Spark does.
pub(in crate::frame::sql) fn text_of(series: &Series, from: &DataType) -> PolarsResult<Series> {
    let name = PlSmallStr::EMPTY;
    Ok(match from {
        from if from.is_float() => {
            let values = series.cast(&DataType::Float64)?;
            // A FLOAT is written with as many digits as it has.
            let texts = values.f64()?.iter().map(|value| {
                value.map(|value| {
                    if *from == DataType::Float32 {
                        let short: f64 = format!("{}", value as f32).parse().unwrap_or(value);
                        moments::double(short)
                    } else {
                        moments::double(value)
                    }
                })
            });
            StringChunked::from_iter_options(name, texts).into_series()
        }
        DataType::Date => {
            let days = series.cast(&DataType::Int32)?;
            StringChunked::from_iter_options(
                name,
                days.i32()?.iter().map(|days| days.map(moments::date_text)),
            )
            .into_series()
        }
        DataType::Datetime(_, zone) => {
            let local = match zone {
                Some(_) => series.cast(&DataType::Datetime(TimeUnit::Microseconds, Some(TimeZone::UTC)))?,
                None => series.cast(&DataType::Datetime(TimeUnit::Microseconds, None))?,
            };
            let micros = local.cast(&DataType::Int64)?;
            StringChunked::from_iter_options(
                name,
                micros
                    .i64()?
                    .iter()
                    .map(|micros| micros.map(moments::timestamp_text)),
            )
            .into_series()
        }
        DataType::Boolean => {
            let texts = series
                .bool()?
                .iter()
                .map(|value| value.map(|value| value.to_string()));
            StringChunked::from_iter_options(name, texts).into_series()
        }
        DataType::Decimal(_, scale) => {
            let values = series.decimal()?;
            let texts = values
                .physical()
                .iter()
                .map(|value| value.map(|value| moments::decimal(value, *scale)));
            StringChunked::from_iter_options(name, texts).into_series()
        }
        DataType::List(_) | DataType::Struct(_) => nested::texts(series, from, &text_of)?,
        DataType::Binary => {
            let values = series.binary()?;
            let texts = values
                .iter()
                .map(|bytes| bytes.map(|bytes| String::from_utf8_lossy(bytes).into_owned()));
            StringChunked::from_iter_options(name, texts).into_series()
        }
        _ => series.cast(&DataType::String)?,
    })
}
