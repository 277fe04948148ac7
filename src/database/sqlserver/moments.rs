//! Dates, times and moments: how SQL Server counts them, and how frames do.
//!
//! SQL Server counts days from the first of January of the year 1, or from 1900, and has no other years than 1 to 9999.

use chrono::{Datelike as _, NaiveDate, NaiveDateTime, NaiveTime, Timelike as _};
use polars::prelude::TimeUnit;
use tiberius::time::{Date, DateTime, DateTime2, DateTimeOffset, SmallDateTime, Time};

/// The days from the first of January of the year 1 to 1970.
const TO_1970: i64 = 719_162;
/// The days from 1900 to 1970.
const FROM_1900: i64 = 25_567;
/// The last day of the year 9999, from the first of January of the year 1.
const LAST: i64 = 3_652_058;
/// The nanoseconds of a day.
const DAY: i64 = 86_400_000_000_000;
/// The digits behind the second of the finest times.
const DIGITS: u8 = 7;
/// The nanoseconds of their steps.
const STEP: i64 = 100;

/// Returns the days since 1970 of a date.
pub(super) fn days(date: Date) -> i32 {
    (i64::from(date.days()) - TO_1970) as i32
}

/// Returns the nanoseconds since midnight; `None` where the server says more than a day has.
pub(super) fn clock(time: Time) -> Option<i64> {
    let step = 10_i64.checked_pow(9_u32.checked_sub(u32::from(time.scale()))?)?;
    let nanoseconds = i64::try_from(time.increments()).ok()?.checked_mul(step)?;
    (nanoseconds < DAY).then_some(nanoseconds)
}

/// Returns a moment of days since 1970 and nanoseconds since midnight; `None` where a frame cannot count so far, or not so
/// finely.
pub(super) fn moment(days: i64, nanoseconds: i64, unit: TimeUnit) -> Option<i64> {
    let size = size(unit);
    if nanoseconds % size != 0 {
        return None;
    }
    days.checked_mul(DAY / size)?.checked_add(nanoseconds / size)
}

pub(super) fn datetime2(value: DateTime2, unit: TimeUnit) -> Option<i64> {
    moment(i64::from(days(value.date())), clock(value.time())?, unit)
}

/// Returns a moment that is kept in three hundredths of a second, as the server shows it: in milliseconds.
pub(super) fn datetime(value: DateTime, unit: TimeUnit) -> Option<i64> {
    let milliseconds = (i64::from(value.seconds_fragments()) * 10 + 1) / 3;
    moment(
        i64::from(value.days()) - FROM_1900,
        milliseconds * 1_000_000,
        unit,
    )
}

/// Returns a moment that is kept in minutes.
pub(super) fn smalldatetime(value: SmallDateTime, unit: TimeUnit) -> Option<i64> {
    let nanoseconds = i64::from(value.seconds_fragments()) * 60_000_000_000;
    moment(i64::from(value.days()) - FROM_1900, nanoseconds, unit)
}

/// Writes a moment that has a zone; what is shown is the text of it that the server would show, in UTC.
pub(super) fn shown(value: DateTime2) -> String {
    let date = NaiveDate::from_num_days_from_ce_opt(value.date().days() as i32 + 1);
    let time = clock(value.time()).unwrap_or(0);
    let (seconds, rest) = (time / 1_000_000_000, time % 1_000_000_000 / STEP);
    format!(
        "{} {:02}:{:02}:{:02}.{rest:07}",
        date.unwrap_or_default(),
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    )
}

/// Writes a date of days since 1970 as the server counts; `None` where its year is none of 1 to 9999.
pub(super) fn date_of(days: i64) -> Option<Date> {
    let days = days.checked_add(TO_1970)?;
    (0..=LAST).contains(&days).then(|| Date::new(days as u32))
}

/// Writes a time of nanoseconds since midnight; `None` where it is finer than the server's times, or none.
pub(super) fn time_of(nanoseconds: i64) -> Option<Time> {
    let is_time = (0..DAY).contains(&nanoseconds) && nanoseconds % STEP == 0;
    is_time.then(|| Time::new((nanoseconds / STEP) as u64, DIGITS))
}

/// Writes a moment since 1970.
pub(super) fn datetime2_of(value: i64, unit: TimeUnit) -> Option<DateTime2> {
    let size = size(unit);
    let day = DAY / size;
    let nanoseconds = value.rem_euclid(day).checked_mul(size)?;
    Some(DateTime2::new(
        date_of(value.div_euclid(day))?,
        time_of(nanoseconds)?,
    ))
}

/// Writes a moment in UTC.
pub(super) fn offset_of(value: DateTime2) -> DateTimeOffset {
    DateTimeOffset::new(value, 0)
}

/// Returns whether a moment is kept in steps of a three hundredth of a second as it is, from 1753 on.
pub(super) fn is_datetime(value: DateTime2) -> bool {
    const FIRST: u32 = 639_905;
    let milliseconds = clock(value.time()).filter(|time| time % 1_000_000 == 0);
    let last = milliseconds.map(|time| time / 1_000_000 % 10);
    value.date().days() >= FIRST && matches!(last, Some(0 | 3 | 7))
}

/// Returns whether a moment is one of whole minutes from 1900 to the sixth of June of 2079.
pub(super) fn is_smalldatetime(value: DateTime2) -> bool {
    let days = i64::from(value.date().days()) - (TO_1970 - FROM_1900);
    (0..=i64::from(u16::MAX)).contains(&days)
        && clock(value.time()).is_some_and(|time| time % 60_000_000_000 == 0)
}

/// Writes a date of a cell.
pub(super) fn date(date: NaiveDate) -> Option<Date> {
    date_of(i64::from(date.num_days_from_ce()) - 1 - TO_1970)
}

/// Writes a time of a cell.
pub(super) fn time(time: NaiveTime) -> Option<Time> {
    let nanoseconds = i64::from(time.num_seconds_from_midnight()) * 1_000_000_000;
    time_of(nanoseconds + i64::from(time.nanosecond()))
}

/// Writes a moment of a cell.
pub(super) fn cell_moment(moment: NaiveDateTime) -> Option<DateTime2> {
    Some(DateTime2::new(date(moment.date())?, time(moment.time())?))
}

/// Returns the nanoseconds of a unit.
fn size(unit: TimeUnit) -> i64 {
    match unit {
        TimeUnit::Nanoseconds => 1,
        TimeUnit::Microseconds => 1_000,
        TimeUnit::Milliseconds => 1_000_000,
    }
}

#[cfg(test)]
mod tests {
    use polars::prelude::TimeUnit;
    use tiberius::time::{Date, DateTime, DateTime2, SmallDateTime, Time};

    use super::{
        clock, date_of, datetime, datetime2, datetime2_of, days, is_datetime, is_smalldatetime, shown,
        smalldatetime, time_of,
    };

    #[test]
    fn days_and_moments_of_both_ends_are_counted_alike() {
        assert_eq!(days(Date::new(0)), -719_162);
        assert_eq!(days(Date::new(3_652_058)), 2_932_896);
        assert_eq!(date_of(0), Some(Date::new(719_162)));
        assert_eq!((date_of(-719_163), date_of(2_932_897)), (None, None));
        let last = DateTime2::new(Date::new(3_652_058), Time::new(863_999_999_999, 7));
        assert_eq!(datetime2(last, TimeUnit::Nanoseconds), None);
        assert_eq!(datetime2(last, TimeUnit::Microseconds), None);
        assert_eq!(shown(last), "9999-12-31 23:59:59.9999999");
        let whole = DateTime2::new(Date::new(3_652_058), Time::new(86_399_999_999, 6));
        assert_eq!(
            datetime2(whole, TimeUnit::Microseconds),
            Some(253_402_300_799_999_999)
        );
        for (value, unit) in [
            (-1, TimeUnit::Microseconds),
            (1_700_000_000_123, TimeUnit::Milliseconds),
        ] {
            let sent = datetime2_of(value, unit).unwrap();
            assert_eq!(datetime2(sent, unit), Some(value));
        }
        assert_eq!(datetime2_of(50, TimeUnit::Nanoseconds), None);
        assert_eq!(datetime2_of(i64::MAX, TimeUnit::Milliseconds), None);
    }

    #[test]
    fn three_hundredths_of_a_second_are_what_the_server_shows() {
        let shown: Vec<i64> = (0..4)
            .map(|steps| datetime(DateTime::new(25_567, steps), TimeUnit::Microseconds).unwrap())
            .collect();
        assert_eq!(shown, [0, 3_000, 7_000, 10_000]);
        let last = datetime(DateTime::new(25_567, 25_919_999), TimeUnit::Microseconds);
        assert_eq!(last, Some(86_399_997_000));
        assert_eq!(
            smalldatetime(SmallDateTime::new(25_568, 61), TimeUnit::Microseconds),
            Some(86_400_000_000 + 3_660_000_000)
        );
        for (value, kept) in [
            (0, true),
            (3_000, true),
            (7_000, true),
            (1_000, false),
            (3_001, false),
        ] {
            assert_eq!(
                is_datetime(datetime2_of(value, TimeUnit::Microseconds).unwrap()),
                kept
            );
        }
        for (value, kept) in [
            (0, true),
            (60_000_000, true),
            (1_000_000, false),
            (-2_300_000_000_000_000, false),
        ] {
            assert_eq!(
                is_smalldatetime(datetime2_of(value, TimeUnit::Microseconds).unwrap()),
                kept
            );
        }
    }

    #[test]
    fn a_time_has_steps_of_a_hundred_nanoseconds() {
        assert_eq!(
            time_of(86_399_999_999_900).and_then(clock),
            Some(86_399_999_999_900)
        );
        assert_eq!(
            (time_of(50), time_of(-100), time_of(86_400_000_000_000)),
            (None, None, None)
        );
        assert_eq!(clock(Time::new(86_400, 0)), None);
        assert_eq!(clock(Time::new(1, 200)), None);
    }
}
