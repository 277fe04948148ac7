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
                reason: "a window is at least a second long",
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
