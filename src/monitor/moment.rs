//! Times and lengths of time, as pages show them.

use std::time::Duration;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::markup::Markup;
use crate::render::cells;

/// Writes a time in a zone; scripts write beside it how long ago that is.
pub(super) fn moment(into: &mut Markup, time: DateTime<Utc>, zone: Tz) {
    let exact = time.to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
    into.said("time", &[("datetime", &exact)], &written(time, zone));
}

/// Writes a time in a zone, or a dash where there is none.
pub(super) fn moment_or_dash(into: &mut Markup, time: Option<DateTime<Utc>>, zone: Tz) {
    match time {
        Some(time) => moment(into, time, zone),
        None => dash(into),
    }
}

/// Writes that there is nothing to say.
pub(super) fn dash(into: &mut Markup) {
    into.raw("<span class=\"none\">–</span>");
}

/// Returns a time in a zone: `2026-01-31 02:00:14 GMT`.
pub(super) fn written(time: DateTime<Utc>, zone: Tz) -> String {
    time.with_timezone(&zone)
        .format("%Y-%m-%d %H:%M:%S %Z")
        .to_string()
}

/// Returns how long something has taken that was started, and may have ended.
pub(super) fn length(
    started: Option<DateTime<Utc>>,
    ended: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Option<Duration> {
    let length = ended.unwrap_or(now).signed_duration_since(started?);
    Some(length.to_std().unwrap_or_default())
}

/// Writes how long something took; of what has not ended, scripts count on.
pub(super) fn took(
    into: &mut Markup,
    started: Option<DateTime<Utc>>,
    ended: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) {
    let (Some(length), Some(since)) = (length(started, ended, now), started) else {
        return dash(into);
    };
    if ended.is_some() {
        into.text(&lasted(length));
    } else {
        let since = since.to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
        into.said("span", &[("data-since", &since)], &lasted(length));
    }
}

/// Returns a length of time as a text.
pub(super) fn lasted(length: Duration) -> String {
    let seconds = length.as_secs();
    match seconds {
        // Times are kept in milliseconds.
        0 => return format!("{} ms", length.as_millis()),
        1..3600 => return cells::time(length),
        _ => {}
    }
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    if days > 0 {
        format!("{days} d {hours} h {minutes} min")
    } else {
        format!("{hours} h {minutes} min")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_shown_in_their_zone_and_lengths_in_fit_units() {
        let time = "2026-07-01T01:00:00Z".parse().unwrap();
        assert_eq!(written(time, Tz::Europe__London), "2026-07-01 02:00:00 BST");
        assert_eq!(written(time, Tz::UTC), "2026-07-01 01:00:00 UTC");
        assert_eq!(lasted(Duration::from_millis(57)), "57 ms");
        assert_eq!(lasted(Duration::from_millis(1500)), "1.50 s");
        assert_eq!(lasted(Duration::from_mins(181)), "3 h 1 min");
        assert_eq!(lasted(Duration::from_hours(25)), "1 d 1 h 0 min");
    }
}
