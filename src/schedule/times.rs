//! [`Times`]: the times at which a `Schedule` trigger runs.

use chrono::{DateTime, NaiveDateTime, Utc};
use chrono_tz::Tz;
use croner::Cron;
use croner::errors::CronError;
use croner::parser::{CronParser, Seconds, Year};

use super::error::ScheduleError;
use super::moment::{moment, zone};
use super::wall::{instant, wall};
use crate::pipeline::definition::Schedule;

/// The times at which a `Schedule` trigger runs.
///
/// Its hours are those of a clock on the wall. Where that is put forward, a time that is left out comes once, right after; where it
/// is put back, a time that comes twice counts once. A line that names every hour means every hour that passes instead.
#[derive(Debug, Clone)]
pub struct Times {
    cron: Cron,
    zone: Tz,
    start: Option<DateTime<Utc>>,
    end: Option<DateTime<Utc>>,
    is_hourly: bool,
}

impl Times {
    /// Reads a trigger's line, zone and bounds.
    ///
    /// # Errors
    ///
    /// The line is no cron line, there is no such zone, or a bound is no time.
    pub fn of(schedule: &Schedule) -> Result<Self, ScheduleError> {
        let wrong = |reason: String| ScheduleError::Cron {
            line: schedule.cron.clone(),
            reason,
        };
        let line = schedule.cron.trim();
        let fields = line.split_whitespace().count();
        if !line.starts_with('@') && !matches!(fields, 5 | 6) {
            return Err(wrong(format!(
                "it has {fields} fields, not five, or six with seconds first"
            )));
        }
        let parser = CronParser::builder()
            .seconds(Seconds::Optional)
            .year(Year::Disallowed)
            .build();
        let cron = parser.parse(line).map_err(|error| wrong(reason(&error)))?;
        let zone = zone(schedule.zone.as_deref())?;
        let bound = |text: &Option<String>| text.as_deref().map(|text| moment(text, zone)).transpose();
        Ok(Self {
            is_hourly: (0..24).all(|hour| cron.pattern.hour_match(hour).unwrap_or(false)),
            start: bound(&schedule.start)?,
            end: bound(&schedule.end)?,
            cron,
            zone,
        })
    }

    /// Returns the zone of its hours.
    pub fn zone(&self) -> Tz {
        self.zone
    }

    /// Returns the first time after `time`; none where there is no more.
    pub fn after(&self, time: DateTime<Utc>) -> Option<DateTime<Utc>> {
        // The start is a time that counts.
        let time = match self.start {
            Some(start) => time.max(start - chrono::TimeDelta::milliseconds(1)),
            None => time,
        };
        let next = if self.is_hourly {
            let local = time.with_timezone(&self.zone);
            self.cron.find_next_occurrence(&local, false).ok()?.to_utc()
        } else {
            self.on_the_wall(time)?
        };
        (self.end.is_none_or(|end| next <= end)).then_some(next)
    }

    /// Returns the times after `from` up to and with `until`, the earliest first.
    pub fn between(
        &self,
        from: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> impl Iterator<Item = DateTime<Utc>> + '_ {
        std::iter::successors(self.after(from), |time| self.after(*time))
            .take_while(move |time| *time <= until)
    }

    /// Returns the last time after `from` up to and with `until`.
    pub fn latest(&self, from: DateTime<Utc>, until: DateTime<Utc>) -> Option<DateTime<Utc>> {
        // Further and further back, so that a year of seconds is not walked through for its last one.
        let mut back = chrono::TimeDelta::minutes(1);
        loop {
            let since = until
                .checked_sub_signed(back)
                .map_or(from, |since| since.max(from));
            if let Some(latest) = self.between(since, until).last() {
                return Some(latest);
            }
            if since == from {
                return None;
            }
            back = back.checked_mul(8)?;
        }
    }

    /// Returns the first time after `time`, by what the wall shows: no moment twice, and none for a time that comes again.
    fn on_the_wall(&self, time: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let mut shown: NaiveDateTime = wall(time, self.zone);
        loop {
            shown = self.cron.find_next_occurrence(&shown, false).ok()?;
            let next = instant(shown, self.zone)?;
            if next > time {
                return Some(next);
            }
        }
    }
}

/// Returns what is wrong with a line, as a part of a sentence.
fn reason(error: &CronError) -> String {
    let text = match error {
        CronError::EmptyPattern => "it is empty",
        CronError::InvalidPattern(text)
        | CronError::IllegalCharacters(text)
        | CronError::ComponentError(text) => text,
        CronError::InvalidDate | CronError::InvalidTime | CronError::TimeSearchLimitExceeded => {
            "it describes a time that never comes"
        }
    };
    text.trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Problem as _;
    use proptest::prelude::*;

    fn schedule(cron: &str, zone: &str) -> Schedule {
        Schedule {
            cron: cron.to_owned(),
            zone: Some(zone.to_owned()),
            start: None,
            end: None,
            catch_up: crate::pipeline::definition::CatchUp::All,
            parameters: std::collections::BTreeMap::new(),
        }
    }

    fn times(cron: &str, zone: &str) -> Times {
        Times::of(&schedule(cron, zone)).unwrap()
    }

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    /// Returns the times of a day of UTC, as hours and minutes.
    fn day(cron: &str, zone: &str, day: &str) -> Vec<String> {
        let start = at(&format!("{day}T00:00:00Z"));
        let times = times(cron, zone);
        let found = times.between(
            start - chrono::TimeDelta::seconds(1),
            start + chrono::TimeDelta::minutes(24 * 60 - 1),
        );
        found.map(|time| time.format("%H:%M").to_string()).collect()
    }

    #[test]
    fn a_time_that_the_clock_leaves_out_comes_once_right_after() {
        // Berlin goes from 02:00 to 03:00 at 01:00 UTC, New York at 07:00 UTC.
        assert_eq!(day("30 2 * * *", "Europe/Berlin", "2026-03-29"), ["01:00"]);
        assert_eq!(day("0,30 2 * * *", "Europe/Berlin", "2026-03-29"), ["01:00"]);
        assert_eq!(
            day("30 2,3 * * *", "Europe/Berlin", "2026-03-29"),
            ["01:00", "01:30"]
        );
        assert_eq!(day("0 2,3 * * *", "Europe/Berlin", "2026-03-29"), ["01:00"]);
        assert_eq!(
            day("0 2,14 * * *", "Europe/Berlin", "2026-03-29"),
            ["01:00", "12:00"]
        );
        assert_eq!(day("15 2 * * *", "America/New_York", "2026-03-08"), ["07:00"]);
        let hourly = day("0 * * * *", "Europe/Berlin", "2026-03-29");
        assert_eq!(hourly.len(), 24, "{hourly:?}");
    }

    #[test]
    fn a_time_that_the_clock_shows_twice_comes_once() {
        // Berlin goes from 03:00 to 02:00 at 01:00 UTC, New York from 02:00 to 01:00 at 06:00 UTC.
        assert_eq!(day("30 2 * * *", "Europe/Berlin", "2026-10-25"), ["00:30"]);
        assert_eq!(
            day("0,30 2,3 * * *", "Europe/Berlin", "2026-10-25"),
            ["00:00", "00:30", "02:00", "02:30"]
        );
        assert_eq!(day("30 1 * * *", "America/New_York", "2026-11-01"), ["05:30"]);
        assert_eq!(
            day("0 */2 * * *", "America/New_York", "2026-11-01")[..4],
            ["00:00", "02:00", "04:00", "07:00"]
        );
        // Every hour is every hour, also the one that looks as the one before.
        assert_eq!(day("30 * * * *", "America/New_York", "2026-11-01").len(), 24);
        // Within the second of the two hours nothing comes again.
        let times = times("* 2 * * *", "Europe/Berlin");
        assert_eq!(
            times.after(at("2026-10-25T01:10:00Z")),
            Some(at("2026-10-26T01:00:00Z"))
        );
    }

    #[test]
    fn days_are_counted_as_calendars_do() {
        let after = |cron: &str, from: &str, count: usize| -> Vec<String> {
            let times = times(cron, "UTC");
            let all = times.between(at(from), at("2099-01-01T00:00:00Z"));
            all.take(count)
                .map(|time| time.format("%F").to_string())
                .collect()
        };
        let start = "2026-01-01T00:00:00Z";
        assert_eq!(after("0 2 29 2 *", start, 2), ["2028-02-29", "2032-02-29"]);
        assert_eq!(after("0 2 L * *", start, 2), ["2026-01-31", "2026-02-28"]);
        assert_eq!(after("0 2 L 2 *", "2027-03-01T00:00:00Z", 1), ["2028-02-29"]);
        // 15 February 2026 is a Sunday, 1 August a Saturday.
        assert_eq!(after("0 2 15W 2 *", start, 1), ["2026-02-16"]);
        assert_eq!(after("0 2 1W 8 *", start, 1), ["2026-08-03"]);
        assert_eq!(after("0 2 * * FRI#2", start, 2), ["2026-01-09", "2026-02-13"]);
        assert_eq!(after("0 2 * * 5#L", start, 1), ["2026-01-30"]);
        assert_eq!(
            after("0 2 * * MON-FRI", "2026-01-02T03:00:00Z", 1),
            ["2026-01-05"]
        );
        assert!(after("0 2 30 2 *", start, 1).is_empty());
    }

    #[test]
    fn seconds_come_first_and_bounds_count() {
        let times = times("*/20 * * * * *", "UTC");
        let found: Vec<_> = times
            .between(at("2026-01-01T00:00:00Z"), at("2026-01-01T00:01:00Z"))
            .collect();
        let expected = ["00:00:20", "00:00:40", "00:01:00"].map(|time| at(&format!("2026-01-01T{time}Z")));
        assert_eq!(found, expected);
        let bounded = Schedule {
            start: Some("2026-01-10T02:00:00".to_owned()),
            end: Some("2026-01-12T02:00".to_owned()),
            ..schedule("0 2 * * *", "Europe/Berlin")
        };
        let times = Times::of(&bounded).unwrap();
        let found: Vec<_> = times
            .between(at("2026-01-01T00:00:00Z"), at("2027-01-01T00:00:00Z"))
            .collect();
        assert_eq!(
            found,
            ["10", "11", "12"].map(|day| at(&format!("2026-01-{day}T01:00:00Z")))
        );
    }

    #[test]
    fn what_is_wrong_with_a_line_is_said() {
        for (cron, expected) in [
            ("0 2 * *", "it has 4 fields, not five, or six with seconds first"),
            (
                "0 2 * * * * 2026",
                "it has 7 fields, not five, or six with seconds first",
            ),
            ("", "it has 0 fields, not five, or six with seconds first"),
        ] {
            let error = Times::of(&schedule(cron, "UTC")).unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("{cron:?} is not a cron line: {expected}")
            );
        }
        for cron in [
            "61 2 * * *",
            "0 2 * * XYZ",
            "0 0/5 * * *",
            "@nightly",
            "a b c d e",
        ] {
            let error = Times::of(&schedule(cron, "UTC")).unwrap_err();
            assert!(error.hint().unwrap().contains("0 2 * * *"), "{error}");
        }
    }

    proptest! {
        /// However the clock is put, a daily time comes once each day of the wall, and times ascend.
        #[test]
        fn a_daily_time_comes_once_a_day(hour in 0_u32..24, minute in 0_u32..60, place in 0_usize..5, year in 2000_i32..2037) {
            let zone = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Tehran", "America/Santiago"][place];
            let times = times(&format!("{minute} {hour} * * *"), zone);
            let start = at(&format!("{year}-01-01T12:00:00Z"));
            let found: Vec<_> = times.between(start, start + chrono::TimeDelta::days(365)).collect();
            prop_assert!((364..=366).contains(&found.len()), "{}", found.len());
            let mut days: Vec<_> = found.iter().map(|time| wall(*time, times.zone()).date()).collect();
            prop_assert!(found.is_sorted());
            days.dedup();
            prop_assert_eq!(days.len(), found.len());
        }
    }
}
