//! [`Conversion`]: texts on their way into columns of other types, as files of texts have them.
//!
//! A value is converted only where nothing of it is lost: a number with more decimals than its column has, or a day that
//! there is not, is a value that the column cannot take.

use std::ops::Range;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Timelike};
use polars::prelude::*;

use crate::database::database::Database;
use crate::database::error::DatabaseError;
use crate::database::judge::UnfitValue;
use crate::database::table::{TableColumn, TableName};
use crate::work::Interrupt;

/// Which columns of a load are converted, and to which types.
pub(super) struct Conversion {
    columns: Vec<Option<DataType>>,
}

impl Conversion {
    /// Finds the columns of texts that go to columns of other types; `None` where there are none.
    pub(super) fn of(
        (names, types): (&[String], &[DataType]),
        database: &mut dyn Database,
        (into, columns): (&TableName, &[TableColumn]),
        interrupt: &Interrupt,
    ) -> Result<Option<Self>, DatabaseError> {
        let is_misfit = |(name, dtype): (&String, &DataType)| {
            let column = columns.iter().find(|column| column.name == *name)?;
            let is_text = *dtype == DataType::String;
            (is_text && database.misfit(dtype, column).is_some()).then(|| name.clone())
        };
        let misfits: Vec<Option<String>> = names.iter().zip(types).map(is_misfit).collect();
        let names: Vec<String> = misfits
            .iter()
            .flatten()
            .map(|name| database.quoted(name))
            .collect();
        if names.is_empty() {
            return Ok(None);
        }
        // What the database would give for the columns says which values they have.
        let sql = format!(
            "SELECT {} FROM {} WHERE 1 = 0",
            names.join(", "),
            database.qualified(into)
        );
        let mut types = Vec::new();
        database.query(&sql, &[], interrupt, &mut |batch| {
            types = batch.dtypes();
            Ok(())
        })?;
        let mut types = types.into_iter();
        let converted = |name: Option<String>| name.and_then(|_| types.next()).filter(is_convertible);
        Ok(Some(Self {
            columns: misfits.into_iter().map(converted).collect(),
        }))
    }

    /// Returns the types that the columns have when they are converted.
    pub(super) fn types(&self, before: &[DataType]) -> Vec<DataType> {
        let types = before.iter().zip(&self.columns);
        types
            .map(|(before, converted)| converted.clone().unwrap_or_else(|| before.clone()))
            .collect()
    }

    /// Converts a batch; a text that is no value of its column is null in it, and named.
    pub(super) fn convert(&self, batch: &DataFrame) -> Result<(DataFrame, Vec<UnfitValue>), DatabaseError> {
        let mut unfit = Vec::new();
        let mut columns = Vec::with_capacity(batch.width());
        for (index, column) in batch.columns().iter().enumerate() {
            let Some(Some(dtype)) = self.columns.get(index) else {
                columns.push(column.clone());
                continue;
            };
            let far = widened(column, dtype);
            let read_as = far.as_ref().unwrap_or(dtype);
            let beside = match far {
                Some(_) => {
                    "; beside moments before 1678 or after 2262, with at most six digits behind the second"
                }
                None => "",
            };
            let converted = converted(column, read_as, &mut |row, text| {
                unfit.push(UnfitValue {
                    row,
                    column: index,
                    reason: format!("{text:?} is not {}{beside}", expected(dtype)),
                });
            });
            columns.push(converted.map_err(|error| DatabaseError::Rows(error.to_string()))?);
        }
        let converted = DataFrame::new(batch.height(), columns);
        let converted = converted.map_err(|error| DatabaseError::Rows(error.to_string()))?;
        unfit.sort_by_key(|unfit| (unfit.row, unfit.column));
        Ok((converted, unfit))
    }
}

fn is_convertible(dtype: &DataType) -> bool {
    dtype.is_primitive_numeric()
        || matches!(
            dtype,
            DataType::Boolean
                | DataType::Date
                | DataType::Time
                | DataType::Datetime(..)
                | DataType::Decimal(..)
        )
}

/// Returns the type in which a column of moments is read instead of one in nanoseconds, which no moment before 1678 or after 2262
/// has; `None` where the column has none of those.
fn widened(column: &Column, dtype: &DataType) -> Option<DataType> {
    let DataType::Datetime(TimeUnit::Nanoseconds, zone) = dtype else {
        return None;
    };
    let is_far = |text: &str| {
        let moment = moment(text.trim(), zone.is_some());
        moment.is_some_and(|moment| moment.and_utc().timestamp_nanos_opt().is_none())
    };
    let texts = column.str().ok()?;
    texts
        .iter()
        .flatten()
        .any(is_far)
        .then(|| DataType::Datetime(TimeUnit::Microseconds, zone.clone()))
}

/// Says what a text has to be.
fn expected(dtype: &DataType) -> String {
    match dtype {
        DataType::Boolean => "true or false".to_owned(),
        DataType::Date => "a day, such as 2026-01-31".to_owned(),
        DataType::Time => "a time of day, such as 02:30:00".to_owned(),
        DataType::Datetime(_, None) => {
            "a day and a time without a zone, such as 2026-01-31 02:30:00".to_owned()
        }
        DataType::Datetime(..) => "a day and a time, such as 2026-01-31T02:30:00Z".to_owned(),
        DataType::Decimal(precision, scale) => {
            format!("a number with at most {precision} digits, {scale} of them decimals")
        }
        dtype if dtype.is_float() => "a number".to_owned(),
        _ => "a whole number that fits".to_owned(),
    }
}

/// Converts a column of texts.
fn converted(column: &Column, dtype: &DataType, unfit: &mut dyn FnMut(usize, &str)) -> PolarsResult<Column> {
    let texts = column.str()?;
    let name = column.name().clone();
    Ok(match dtype {
        DataType::Boolean => {
            let values = each(texts, boolean, unfit);
            BooleanChunked::from_iter_options(name, values.into_iter()).into_column()
        }
        DataType::Date => {
            let values = each(texts, day, unfit);
            let days = Int32Chunked::from_iter_options(name, values.into_iter());
            days.into_column().cast(dtype)?
        }
        DataType::Time => wholes(name, each(texts, time, unfit)).cast(dtype)?,
        DataType::Datetime(precision, zone) => {
            let read = |text: &str| in_unit(moment(text, zone.is_some())?, *precision);
            wholes(name, each(texts, read, unfit)).cast(dtype)?
        }
        DataType::Decimal(precision, scale) => {
            let read = |text: &str| decimal(text, *precision, *scale);
            let values = each(texts, read, unfit);
            let values = Int128Chunked::from_iter_options(name, values.into_iter());
            values.into_decimal_unchecked(*precision, *scale).into_column()
        }
        DataType::Float32 | DataType::Float64 => {
            let is_single = *dtype == DataType::Float32;
            let read = |text: &str| {
                let value = text.parse::<f64>().ok()?;
                let is_finite = if is_single {
                    (value as f32).is_finite()
                } else {
                    value.is_finite()
                };
                // "inf" means what it says; a number that is too large does not.
                (is_finite || !text.bytes().any(|byte| byte.is_ascii_digit())).then_some(value)
            };
            let values = each(texts, read, unfit);
            let values = Float64Chunked::from_iter_options(name, values.into_iter());
            values.into_column().cast(dtype)?
        }
        DataType::UInt64 => {
            let values = each(texts, |text| text.parse::<u64>().ok(), unfit);
            UInt64Chunked::from_iter_options(name, values.into_iter()).into_column()
        }
        dtype => {
            let (least, most) = bounds(dtype);
            let fits = |number: &i64| (least..=most).contains(number);
            let read = |text: &str| text.parse::<i64>().ok().filter(fits);
            wholes(name, each(texts, read, unfit)).strict_cast(dtype)?
        }
    })
}

/// Reads each text that is not null; tells of those that cannot be read.
fn each<T>(
    texts: &StringChunked,
    read: impl Fn(&str) -> Option<T>,
    unfit: &mut dyn FnMut(usize, &str),
) -> Vec<Option<T>> {
    let values = texts.iter().enumerate().map(|(row, text)| {
        let text = text?;
        let value = read(text.trim());
        if value.is_none() {
            unfit(row, text);
        }
        value
    });
    values.collect()
}

fn wholes(name: PlSmallStr, values: Vec<Option<i64>>) -> Column {
    Int64Chunked::from_iter_options(name, values.into_iter()).into_column()
}

/// Returns the smallest and the largest whole number of a type.
fn bounds(dtype: &DataType) -> (i64, i64) {
    match dtype {
        DataType::Int8 => (i8::MIN.into(), i8::MAX.into()),
        DataType::Int16 => (i16::MIN.into(), i16::MAX.into()),
        DataType::Int32 => (i32::MIN.into(), i32::MAX.into()),
        DataType::UInt8 => (0, u8::MAX.into()),
        DataType::UInt16 => (0, u16::MAX.into()),
        DataType::UInt32 => (0, u32::MAX.into()),
        _ => (i64::MIN, i64::MAX),
    }
}

fn boolean(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "t" | "yes" | "y" | "1" => Some(true),
        "false" | "f" | "no" | "n" | "0" => Some(false),
        _ => None,
    }
}

/// Returns whether nothing of a day or a time would be guessed or dropped: a year has four digits at least, a second at most nine behind it.
fn is_plain(text: &str, has_day: bool) -> bool {
    let year = text.bytes().take_while(u8::is_ascii_digit).count();
    let behind = text
        .split_once('.')
        .map_or(0, |(_, rest)| rest.bytes().take_while(u8::is_ascii_digit).count());
    (!has_day || year >= 4) && behind <= 9
}

fn day(text: &str) -> Option<i32> {
    if !is_plain(text, true) {
        return None;
    }
    let day = match usual_day(text.as_bytes()) {
        Some((year, month, day)) => NaiveDate::from_ymd_opt(year, month, day)?,
        None => NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?,
    };
    let since = day.signed_duration_since(NaiveDate::default());
    i32::try_from(since.num_days()).ok()
}

/// Reads the numbers of a day as nearly all are written, `2026-01-31`: a form that is read from a pattern takes ten times as long.
fn usual_day(text: &[u8]) -> Option<(i32, u32, u32)> {
    let is_usual = text.len() == 10 && text.get(4) == Some(&b'-') && text.get(7) == Some(&b'-');
    let number = |digits: Range<usize>| {
        let mut digits = text.get(digits)?.iter();
        digits.try_fold(0_u32, |number, digit| {
            digit
                .is_ascii_digit()
                .then(|| number * 10 + u32::from(digit - b'0'))
        })
    };
    if !is_usual {
        return None;
    }
    Some((number(0..4)? as i32, number(5..7)?, number(8..10)?))
}

fn time(text: &str) -> Option<i64> {
    if !is_plain(text, false) {
        return None;
    }
    let time = ["%H:%M:%S%.f", "%H:%M"];
    let time = time
        .iter()
        .find_map(|form| NaiveTime::parse_from_str(text, form).ok())?;
    // A leap second is no time of day.
    let nanosecond = Some(i64::from(time.nanosecond())).filter(|nanosecond| *nanosecond < 1_000_000_000)?;
    Some(i64::from(time.num_seconds_from_midnight()) * 1_000_000_000 + nanosecond)
}

/// Reads a day and a time; one without a zone is of UTC where the column has a zone.
fn moment(text: &str, is_zoned: bool) -> Option<NaiveDateTime> {
    if !is_plain(text, true) {
        return None;
    }
    let forms = [
        "%Y-%m-%dT%H:%M:%S%.f",
        "%Y-%m-%d %H:%M:%S%.f",
        "%Y-%m-%dT%H:%M",
        "%Y-%m-%d %H:%M",
    ];
    let plain = forms
        .iter()
        .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok());
    let day = || {
        Some(
            NaiveDate::parse_from_str(text, "%Y-%m-%d")
                .ok()?
                .and_time(NaiveTime::MIN),
        )
    };
    plain.or_else(day).or_else(|| {
        let zoned = [
            "%Y-%m-%dT%H:%M:%S%.f%#z",
            "%Y-%m-%d %H:%M:%S%.f%#z",
            "%Y-%m-%d %H:%M:%S%.f %#z",
        ];
        // `Z` is an offset, too.
        let text = match text.strip_suffix(['Z', 'z']) {
            Some(text) => format!("{text}+0000"),
            None => text.to_owned(),
        };
        let zoned = zoned
            .iter()
            .find_map(|form| DateTime::parse_from_str(&text, form).ok());
        zoned.filter(|_| is_zoned).map(|moment| moment.naive_utc())
    })
}

/// Counts the units since 1970; `None` where they are not whole.
fn in_unit(moment: NaiveDateTime, unit: TimeUnit) -> Option<i64> {
    let moment = moment.and_utc();
    let nanoseconds = i64::from(moment.timestamp_subsec_nanos());
    if nanoseconds >= 1_000_000_000 {
        return None;
    }
    let (per_second, per_unit) = match unit {
        TimeUnit::Nanoseconds => (1_000_000_000, 1),
        TimeUnit::Microseconds => (1_000_000, 1_000),
        TimeUnit::Milliseconds => (1_000, 1_000_000),
    };
    let whole = moment.timestamp().checked_mul(per_second)?;
    (nanoseconds % per_unit == 0).then(|| whole.checked_add(nanoseconds / per_unit))?
}

/// Reads a decimal number exactly, as a whole number of its last decimals.
fn decimal(text: &str, precision: usize, scale: usize) -> Option<i128> {
    let (sign, digits) = match text.strip_prefix(['-', '+']) {
        Some(digits) => (if text.starts_with('-') { -1 } else { 1 }, digits),
        None => (1, text),
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let is_number = !(whole.is_empty() && part.is_empty())
        && whole
            .bytes()
            .chain(part.bytes())
            .all(|byte| byte.is_ascii_digit());
    let part = part.trim_end_matches('0');
    if !is_number || part.len() > scale {
        return None;
    }
    let all = format!("{whole}{part:0<scale$}");
    let significant = all.trim_start_matches('0');
    if significant.len() > precision {
        return None;
    }
    let number: i128 = if significant.is_empty() {
        0
    } else {
        significant.parse().ok()?
    };
    Some(sign * number)
}

#[cfg(test)]
mod tests;
