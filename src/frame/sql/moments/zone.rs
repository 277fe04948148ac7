//! Time zones: names such as `Europe/Berlin`, and offsets such as `+02:00`.

use chrono::{DateTime, MappedLocalTime, NaiveDateTime, Offset as _, TimeZone as _};
use chrono_tz::Tz;

use super::calendar::DAY;

/// A time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::frame::sql) enum Zone {
    /// Microseconds east of UTC.
    Fixed(i64),
    Named(Tz),
}

const SECOND: i64 = 1_000_000;

impl Zone {
    /// Reads a zone: `Europe/Berlin`, `UTC`, `Z`, `+02:00`, `UTC+2`, `PST`.
    pub(in crate::frame::sql) fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        if matches!(text, "Z" | "UTC" | "GMT" | "UT") {
            return Some(Self::Fixed(0));
        }
        let offset = ["UTC", "GMT", "UT"]
            .iter()
            .find_map(|prefix| text.strip_prefix(prefix))
            .unwrap_or(text);
        if offset.starts_with(['+', '-']) {
            return fixed(offset).map(Self::Fixed);
        }
        let name = short(text).unwrap_or(text);
        name.parse().ok().map(Self::Named)
    }

    /// Returns the local time of a moment, as microseconds.
    pub(in crate::frame::sql) fn local(self, utc: i64) -> Option<i64> {
        utc.checked_add(self.offset(utc)?)
    }

    /// Returns the moment of a local time. In the hour that a clock goes through twice it is the first; in the hour that it
    /// leaves out, the time goes on as before.
    pub(in crate::frame::sql) fn utc(self, local: i64) -> Option<i64> {
        let zone = match self {
            Self::Fixed(offset) => return local.checked_sub(offset),
            Self::Named(zone) => zone,
        };
        let offset = match zone.offset_from_local_datetime(&naive(local)?) {
            MappedLocalTime::Single(offset) | MappedLocalTime::Ambiguous(offset, _) => {
                i64::from(offset.fix().local_minus_utc()) * SECOND
            }
            MappedLocalTime::None => self.offset(local.checked_sub(DAY)?)?,
        };
        local.checked_sub(offset)
    }

    fn offset(self, utc: i64) -> Option<i64> {
        match self {
            Self::Fixed(offset) => Some(offset),
            Self::Named(zone) => {
                let offset = zone.offset_from_utc_datetime(&naive(utc)?).fix();
                Some(i64::from(offset.local_minus_utc()) * SECOND)
            }
        }
    }
}

fn naive(micros: i64) -> Option<NaiveDateTime> {
    DateTime::from_timestamp_micros(micros).map(|moment| moment.naive_utc())
}

/// Reads `+2`, `+02:00`, `-0530`, `+02:00:30`.
fn fixed(text: &str) -> Option<i64> {
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let rest = text.get(1..)?;
    let parts: Vec<&str> = if rest.contains(':') {
        rest.split(':').collect()
    } else {
        match rest.len() {
            1 | 2 => vec![rest],
            4 | 6 => (0..rest.len())
                .step_by(2)
                .filter_map(|at| rest.get(at..at + 2))
                .collect(),
            _ => return None,
        }
    };
    let number = |index: usize, most: i64| match parts.get(index) {
        None => Some(0),
        Some(part) if matches!(part.len(), 1 | 2) => super::digits(part).filter(|value| *value <= most),
        Some(_) => None,
    };
    if parts.len() > 3 {
        return None;
    }
    let seconds = number(0, 18)? * 3600 + number(1, 59)? * 60 + number(2, 59)?;
    (seconds <= 18 * 3600).then_some(sign * seconds * SECOND)
}

/// Returns the zone that Java means by three letters.
fn short(name: &str) -> Option<&'static str> {
    Some(match name {
        "ACT" => "Australia/Darwin",
        "AET" => "Australia/Sydney",
        "AGT" => "America/Argentina/Buenos_Aires",
        "ART" => "Africa/Cairo",
        "AST" => "America/Anchorage",
        "BET" => "America/Sao_Paulo",
        "BST" => "Asia/Dhaka",
        "CAT" => "Africa/Harare",
        "CNT" => "America/St_Johns",
        "CST" => "America/Chicago",
        "CTT" => "Asia/Shanghai",
        "EAT" => "Africa/Addis_Ababa",
        "ECT" => "Europe/Paris",
        "IET" => "America/Indiana/Indianapolis",
        "IST" => "Asia/Kolkata",
        "JST" => "Asia/Tokyo",
        "MIT" => "Pacific/Apia",
        "NET" => "Asia/Yerevan",
        "NST" => "Pacific/Auckland",
        "PLT" => "Asia/Karachi",
        "PRT" => "America/Puerto_Rico",
        "PST" => "America/Los_Angeles",
        "SST" => "Pacific/Guadalcanal",
        "VST" => "Asia/Ho_Chi_Minh",
        "EST" => "America/Panama",
        "MST" | "PNT" => "America/Phoenix",
        "HST" => "Pacific/Honolulu",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::{timestamp, timestamp_text};
    use super::*;

    #[test]
    fn clocks_that_change_are_read_as_java_reads_them() {
        let berlin = Zone::read("Europe/Berlin").expect("a zone");
        let utc = |local: &str| {
            let local = timestamp(local).expect("a timestamp");
            timestamp_text(berlin.utc(local).expect("in range"))
        };
        assert_eq!(utc("2024-01-31 10:00:00"), "2024-01-31 09:00:00");
        assert_eq!(utc("2024-03-31 02:30:00"), "2024-03-31 01:30:00");
        assert_eq!(utc("2024-10-27 02:30:00"), "2024-10-27 00:30:00");
        assert_eq!(Zone::read("UTC+2"), Some(Zone::Fixed(7_200_000_000)));
        assert_eq!(Zone::read("+05:30"), Some(Zone::Fixed(19_800_000_000)));
        assert_eq!(Zone::read("Nowhere/Town"), None);
    }
}
