//! Dates and times in expressions: texts as ISO 8601 writes them, in and out.

use std::fmt::Write as _;

use chrono::format::{Item, StrftimeItems};
use chrono::{
    DateTime, Days, FixedOffset, Months, NaiveDate, NaiveDateTime, NaiveTime, SecondsFormat, TimeDelta,
};
use starlark::environment::GlobalsBuilder;
use starlark::eval::Evaluator;
use starlark::starlark_module;

/// A day, or a moment with the offset of its clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moment {
    Day(NaiveDate),
    Time(DateTime<FixedOffset>),
}

/// What is no date, or makes none.
#[derive(Debug, thiserror::Error)]
enum DateError {
    #[error("{0:?} is not a date or a time, such as \"2026-01-31\" or \"2026-01-31T02:00:00Z\"")]
    NoDate(String),
    #[error("{0:?} is not a format, such as \"%Y-%m-%d\"")]
    NoFormat(String),
    #[error("{0:?} is not a time zone, such as \"Europe/Berlin\"")]
    NoZone(String),
    #[error("there is no such date: the year is out of range")]
    OutOfRange,
    #[error("this has no start: use it in a run")]
    NoRun,
}

fn failed(error: DateError) -> starlark::Error {
    starlark::Error::new_other(error)
}

fn out_of_range() -> starlark::Error {
    failed(DateError::OutOfRange)
}

impl Moment {
    fn parse(text: &str) -> starlark::Result<Self> {
        let utc = |time: NaiveDateTime| Self::Time(time.and_utc().fixed_offset());
        DateTime::parse_from_rfc3339(text)
            .map(Self::Time)
            .or_else(|_| NaiveDate::parse_from_str(text, "%Y-%m-%d").map(Self::Day))
            .or_else(|_| NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f").map(utc))
            .or_else(|_| NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f").map(utc))
            .or_else(|_| NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M").map(utc))
            .map_err(|_| failed(DateError::NoDate(text.to_owned())))
    }

    /// Returns the moment itself, the beginning in UTC of a day.
    fn time(self) -> DateTime<FixedOffset> {
        match self {
            Self::Day(day) => day.and_time(NaiveTime::MIN).and_utc().fixed_offset(),
            Self::Time(time) => time,
        }
    }

    fn write(self) -> String {
        match self {
            Self::Day(day) => day.to_string(),
            Self::Time(time) => time.to_rfc3339_opts(SecondsFormat::AutoSi, true),
        }
    }

    /// Moves the day on its calendar, and leaves the time of the day.
    fn on_calendar(self, step: impl Fn(NaiveDate) -> Option<NaiveDate>) -> starlark::Result<Self> {
        match self {
            Self::Day(day) => step(day).map(Self::Day),
            Self::Time(time) => {
                let local = time.naive_local();
                step(local.date()).and_then(|day| {
                    let moved = day.and_time(local.time()).and_local_timezone(*time.offset());
                    moved.single().map(Self::Time)
                })
            }
        }
        .ok_or_else(out_of_range)
    }

    fn by(self, delta: Option<TimeDelta>) -> starlark::Result<Self> {
        let moved = delta.and_then(|delta| self.time().checked_add_signed(delta));
        moved.map(Self::Time).ok_or_else(out_of_range)
    }
}

#[starlark_module]
pub(super) fn functions(globals: &mut GlobalsBuilder) {
    /// The time at which the run started; the same one in a run that goes on or is repeated by its policy.
    fn utcnow<'v>(eval: &mut Evaluator<'v, '_, '_>) -> starlark::Result<String> {
        let heap = eval.heap();
        let run = eval.module().get("run");
        let started = run.and_then(|run| run.get_attr("started", heap).ok().flatten());
        let started = started.and_then(|started| started.unpack_str().map(str::to_owned));
        started.ok_or_else(|| failed(DateError::NoRun))
    }

    /// Writes a date or a time in a format of `strftime`: `%Y-%m-%d`.
    fn format_date(time: &str, format: &str) -> starlark::Result<String> {
        let no_format = || failed(DateError::NoFormat(format.to_owned()));
        if StrftimeItems::new(format).any(|item| item == Item::Error) {
            return Err(no_format());
        }
        let mut text = String::new();
        write!(text, "{}", Moment::parse(time)?.time().format(format)).map_err(|_| no_format())?;
        Ok(text)
    }

    /// Adds days.
    fn add_days(time: &str, days: i32) -> starlark::Result<String> {
        let moved = Moment::parse(time)?.on_calendar(|day| {
            let count = Days::new(days.unsigned_abs().into());
            if days < 0 {
                day.checked_sub_days(count)
            } else {
                day.checked_add_days(count)
            }
        })?;
        Ok(moved.write())
    }

    /// Adds months; the last day of a shorter month stands for one that it does not have.
    fn add_months(time: &str, months: i32) -> starlark::Result<String> {
        let moved = Moment::parse(time)?.on_calendar(|day| {
            let count = Months::new(months.unsigned_abs());
            if months < 0 {
                day.checked_sub_months(count)
            } else {
                day.checked_add_months(count)
            }
        })?;
        Ok(moved.write())
    }

    /// Adds hours.
    fn add_hours(time: &str, hours: i32) -> starlark::Result<String> {
        Ok(Moment::parse(time)?
            .by(TimeDelta::try_hours(hours.into()))?
            .write())
    }

    /// Adds minutes.
    fn add_minutes(time: &str, minutes: i32) -> starlark::Result<String> {
        Ok(Moment::parse(time)?
            .by(TimeDelta::try_minutes(minutes.into()))?
            .write())
    }

    /// Adds seconds.
    fn add_seconds(time: &str, seconds: i32) -> starlark::Result<String> {
        Ok(Moment::parse(time)?
            .by(TimeDelta::try_seconds(seconds.into()))?
            .write())
    }

    /// The date of a time, on its own clock.
    fn date_of(time: &str) -> starlark::Result<String> {
        Ok(match Moment::parse(time)? {
            Moment::Day(day) => day,
            Moment::Time(time) => time.date_naive(),
        }
        .to_string())
    }

    /// The same moment on the clocks of a time zone.
    fn in_zone(time: &str, zone: &str) -> starlark::Result<String> {
        let zone: chrono_tz::Tz = zone
            .parse()
            .map_err(|_| failed(DateError::NoZone(zone.to_owned())))?;
        let moved = Moment::parse(time)?.time().with_timezone(&zone);
        Ok(Moment::Time(moved.fixed_offset()).write())
    }
}
