//! A time as a definition or a person writes it: `2026-01-01`, `2026-01-01T02:00:00`, `2026-01-01T02:00:00+01:00`.

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeZone as _, Utc};
use chrono_tz::Tz;

use super::error::ScheduleError;
use super::wall::instant;

/// The forms of a time without an offset.
const FORMS: [&str; 4] = [
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M",
    "%Y-%m-%d %H:%M",
];

/// Reads a time; one that does not say its offset is a time of `zone`, a date is its midnight.
///
/// # Errors
///
/// The text is no time.
pub fn moment(text: &str, zone: Tz) -> Result<DateTime<Utc>, ScheduleError> {
    let text = text.trim();
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Ok(time.to_utc());
    }
    let wall = FORMS
        .iter()
        .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())
        .or_else(|| {
            NaiveDate::parse_from_str(text, "%Y-%m-%d")
                .ok()?
                .and_hms_opt(0, 0, 0)
        });
    wall.and_then(|wall| instant(wall, zone))
        .ok_or_else(|| ScheduleError::Moment {
            text: text.to_owned(),
        })
}

/// Returns the zone of a name; UTC where none is given.
///
/// # Errors
///
/// There is no such zone.
pub fn zone(name: Option<&str>) -> Result<Tz, ScheduleError> {
    let Some(name) = name else {
        return Ok(Tz::UTC);
    };
    name.parse().map_err(|_| {
        let known = chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name());
        ScheduleError::Zone {
            near: crate::error::nearest(name, known).map(str::to_owned),
            name: name.to_owned(),
        }
    })
}

/// Writes a time as the clocks of a zone show it, with the zone's short name.
pub fn shown(time: DateTime<Utc>, zone: Tz) -> String {
    let local = zone.from_utc_datetime(&time.naive_utc());
    local.format("%Y-%m-%d %H:%M:%S %Z").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Problem as _;

    #[test]
    fn times_are_read_in_their_zone() {
        let berlin = zone(Some("Europe/Berlin")).unwrap();
        for (text, expected) in [
            ("2026-01-01", "2025-12-31T23:00:00Z"),
            ("2026-07-01 02:30", "2026-07-01T00:30:00Z"),
            ("2026-07-01T02:30:15", "2026-07-01T00:30:15Z"),
            ("2026-07-01T02:30:15Z", "2026-07-01T02:30:15Z"),
            ("2026-07-01T02:30:15-05:00", "2026-07-01T07:30:15Z"),
            // There is no such time on that day: the first one after.
            ("2026-03-29T02:30:00", "2026-03-29T01:00:00Z"),
        ] {
            let expected: DateTime<Utc> = expected.parse().unwrap();
            assert_eq!(moment(text, berlin).unwrap(), expected, "{text}");
        }
        let error = moment("tomorrow", berlin).unwrap_err();
        assert_eq!(error.to_string(), "\"tomorrow\" is not a time");
        let error = zone(Some("Europe/Berlim")).unwrap_err();
        assert_eq!(error.hint().unwrap(), "did you mean \"Europe/Berlin\"?");
    }
}
