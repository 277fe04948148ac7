//! [`Windows`]: the windows of time of a `Window` trigger, which follow each other without gap.

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;

use super::error::ScheduleError;
use super::moment::moment;
use crate::pipeline::Span;
use crate::pipeline::definition::Window;

/// The windows of time of a `Window` trigger, which follow each other without gap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Windows {
    start: DateTime<Utc>,
    /// When the last window has ended.
    end: Option<DateTime<Utc>>,
    /// In milliseconds, at least 1000.
    size: i64,
    delay: TimeDelta,
}

impl Windows {
    /// Reads a trigger's size, bounds and delay.
    ///
    /// # Errors
    ///
    /// A bound is no time, or a window is shorter than a second.
    pub fn of(window: &Window) -> Result<Self, ScheduleError> {
        let size = millis(window.size)?;
        if size < 1000 {
            return Err(ScheduleError::Length {
                text: window.size.to_string(),
                reason: "a window has to be at least a second long",
            });
        }
        Ok(Self {
            start: moment(&window.start, Tz::UTC)?,
            end: window
                .end
                .as_deref()
                .map(|end| moment(end, Tz::UTC))
                .transpose()?,
            size,
            delay: window.delay.map_or(Ok(TimeDelta::zero()), length)?,
        })
    }

    /// Returns when the first window begins.
    pub fn start(&self) -> DateTime<Utc> {
        self.start
    }

    /// Returns when the window ends that begins at `begins`.
    pub fn ends(&self, begins: DateTime<Utc>) -> DateTime<Utc> {
        add(begins, self.size)
    }

    /// Returns when the run of the window that begins at `begins` is due.
    pub fn due(&self, begins: DateTime<Utc>) -> DateTime<Utc> {
        let ends = self.ends(begins);
        ends.checked_add_signed(self.delay)
            .unwrap_or(DateTime::<Utc>::MAX_UTC)
    }

    /// Returns when the first window begins that begins at or after `time`; none where there is no more.
    pub fn at_or_after(&self, time: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let since = (time - self.start).num_milliseconds().max(0);
        // Rounded up.
        let number = since / self.size + i64::from(since % self.size > 0);
        let begins = add(self.start, number.checked_mul(self.size)?);
        let is_within = self.end.is_none_or(|end| self.ends(begins) <= end);
        (is_within && begins < DateTime::<Utc>::MAX_UTC).then_some(begins)
    }

    /// Returns when the last window begins that is due by `time`; none where there is none yet.
    pub fn last_due(&self, time: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let latest = self.due_at(time);
        let latest = match self.end {
            Some(end) => latest.min(add(end, -self.size)),
            None => latest,
        };
        let since = (latest - self.start).num_milliseconds();
        (since >= 0).then(|| add(self.start, since / self.size * self.size))
    }

    /// Returns when a window would begin that is due at `time`.
    pub fn due_at(&self, time: DateTime<Utc>) -> DateTime<Utc> {
        time.checked_sub_signed(self.delay)
            .and_then(|time| time.checked_sub_signed(TimeDelta::milliseconds(self.size)))
            .unwrap_or(DateTime::<Utc>::MIN_UTC)
    }

    /// Returns how many windows begin from one time up to another, which does not count.
    pub fn count(&self, from: DateTime<Utc>, until: DateTime<Utc>) -> u64 {
        let until = match self.end {
            // The last one begins a whole length before the end.
            Some(end) => until.min(add(end, 1 - self.size)),
            None => until,
        };
        let Some(first) = self.at_or_after(from).filter(|first| *first < until) else {
            return 0;
        };
        let span = (until - first).num_milliseconds();
        (span / self.size + i64::from(span % self.size > 0)).unsigned_abs()
    }

    /// Returns when the window begins that follows the one that begins at `begins`; none after the last.
    pub fn after(&self, begins: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.at_or_after(add(begins, 1))
    }

    /// Returns when those windows begin that lie, in whole or in part, between two times.
    pub fn overlapping(
        &self,
        from: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> impl Iterator<Item = DateTime<Utc>> + '_ {
        // One that begins a whole length before has just ended.
        let first = self.at_or_after(add(from, 1 - self.size));
        std::iter::successors(first, |begins| self.after(*begins)).take_while(move |begins| *begins < until)
    }
}

/// Returns a length of time as the calendar counts it.
///
/// # Errors
///
/// It is longer than the calendar.
pub(super) fn length(span: Span) -> Result<TimeDelta, ScheduleError> {
    Ok(TimeDelta::milliseconds(millis(span)?))
}

fn millis(span: Span) -> Result<i64, ScheduleError> {
    // A thousand years, which can be added to any time that there is.
    const MOST: u128 = 1000 * 366 * 24 * 3600 * 1000;
    match i64::try_from(span.0.as_millis()) {
        Ok(millis) if span.0.as_millis() <= MOST => Ok(millis),
        _ => Err(ScheduleError::Length {
            text: span.to_string(),
            reason: "it is longer than a thousand years",
        }),
    }
}

fn add(time: DateTime<Utc>, millis: i64) -> DateTime<Utc> {
    time.checked_add_signed(TimeDelta::milliseconds(millis))
        .unwrap_or(DateTime::<Utc>::MAX_UTC)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn windows(size: u64) -> Windows {
        Windows::of(&Window {
            size: Span(Duration::from_secs(size)),
            start: "2026-01-01".to_owned(),
            end: Some("2026-01-04T12:00:00Z".to_owned()),
            delay: Some(Span(Duration::from_mins(15))),
            max_concurrency: None,
            retry: 0,
            retry_interval: None,
            depends_on: Vec::new(),
            catch_up: crate::pipeline::definition::CatchUp::All,
            parameters: std::collections::BTreeMap::new(),
        })
        .unwrap()
    }

    #[test]
    fn windows_follow_each_other_up_to_the_last_whole_one() {
        let daily = windows(24 * 3600);
        let first = daily.at_or_after(at("2025-06-01T00:00:00Z")).unwrap();
        let all: Vec<_> = std::iter::successors(Some(first), |begins| daily.after(*begins)).collect();
        assert_eq!(
            all,
            ["01", "02", "03"].map(|day| at(&format!("2026-01-{day}T00:00:00Z")))
        );
        assert_eq!(daily.due(first), at("2026-01-02T00:15:00Z"));
        assert_eq!(
            daily.at_or_after(at("2026-01-02T00:00:00Z")),
            Some(at("2026-01-02T00:00:00Z"))
        );
        assert_eq!(
            daily.at_or_after(at("2026-01-02T00:00:00.001Z")),
            Some(at("2026-01-03T00:00:00Z"))
        );
    }

    #[test]
    fn windows_are_counted_without_being_walked_through() {
        let hourly = windows(3600);
        let all: Vec<_> =
            std::iter::successors(hourly.at_or_after(hourly.start()), |begins| hourly.after(*begins))
                .collect();
        let times = (0..400).map(|number| at("2025-12-31T20:00:00Z") + TimeDelta::minutes(number * 17));
        for time in times {
            let due = all
                .iter()
                .copied()
                .filter(|begins| hourly.due(*begins) <= time)
                .max();
            assert_eq!(hourly.last_due(time), due, "{time}");
            let until = time + TimeDelta::minutes(200);
            let within = all
                .iter()
                .filter(|begins| (time..until).contains(*begins))
                .count();
            assert_eq!(hourly.count(time, until), within as u64, "{time}");
        }
        assert_eq!(
            hourly.count(hourly.start(), at("2099-01-01T00:00:00Z")),
            all.len() as u64
        );
    }

    #[test]
    fn overlapping_windows_are_those_that_share_some_time() {
        let hourly = windows(3600);
        let found: Vec<_> = hourly
            .overlapping(at("2026-01-01T01:00:00Z"), at("2026-01-01T03:00:00Z"))
            .collect();
        assert_eq!(
            found,
            ["01", "02"].map(|hour| at(&format!("2026-01-01T{hour}:00:00Z")))
        );
        let found: Vec<_> = hourly
            .overlapping(at("2026-01-01T01:30:00Z"), at("2026-01-01T02:30:00Z"))
            .collect();
        assert_eq!(
            found,
            ["01", "02"].map(|hour| at(&format!("2026-01-01T{hour}:00:00Z")))
        );
        // What lies before the first window is in none.
        assert_eq!(
            hourly
                .overlapping(at("2025-12-31T00:00:00Z"), at("2026-01-01T00:00:00Z"))
                .count(),
            0
        );
    }
}
