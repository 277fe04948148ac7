//! The clock on the wall: which moment its time means, where it is put forward and back.

use chrono::offset::LocalResult;
use chrono::{DateTime, NaiveDateTime, Offset as _, TimeDelta, TimeZone as _, Utc};
use chrono_tz::Tz;

/// Returns the moment that a time on the wall means.
///
/// A time that comes twice is its first one; one that is left out is the moment at which the clock is put forward. Nothing where
/// the time is out of all bounds.
pub(super) fn instant(wall: NaiveDateTime, zone: Tz) -> Option<DateTime<Utc>> {
    match zone.from_local_datetime(&wall) {
        LocalResult::Single(time) | LocalResult::Ambiguous(time, _) => Some(time.to_utc()),
        LocalResult::None => put_forward(wall, zone),
    }
}

/// Returns when the clock was put forward over a time.
fn put_forward(wall: NaiveDateTime, zone: Tz) -> Option<DateTime<Utc>> {
    let offset = |at: NaiveDateTime| zone.offset_from_utc_datetime(&at).fix().local_minus_utc();
    // More than any gap, and than any offset: the clock has certainly not been put forward by then.
    let mut before = wall.checked_sub_signed(TimeDelta::days(3))?;
    let old = offset(before);
    let mut after = wall.checked_sub_signed(TimeDelta::seconds(i64::from(old)))?;
    while after - before > TimeDelta::seconds(1) {
        let middle = before + TimeDelta::seconds((after - before).num_seconds() / 2);
        if offset(middle) == old {
            before = middle;
        } else {
            after = middle;
        }
    }
    Some(after.and_utc())
}

/// Returns what the wall shows at a moment.
pub(super) fn wall(time: DateTime<Utc>, zone: Tz) -> NaiveDateTime {
    zone.from_utc_datetime(&time.naive_utc()).naive_local()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn left_out_times_are_when_the_clock_is_put_forward() {
        for (zone, wall, expected) in [
            (Tz::Europe__Berlin, "2026-03-29T02:00:00", "2026-03-29T01:00:00Z"),
            (Tz::Europe__Berlin, "2026-03-29T02:59:59", "2026-03-29T01:00:00Z"),
            (
                Tz::America__New_York,
                "2026-03-08T02:30:00",
                "2026-03-08T07:00:00Z",
            ),
            // Half an hour, midnight, a whole day.
            (
                Tz::Australia__Lord_Howe,
                "2026-10-04T02:15:00",
                "2026-10-03T15:30:00Z",
            ),
            (
                Tz::America__Sao_Paulo,
                "2018-11-04T00:30:00",
                "2018-11-04T03:00:00Z",
            ),
            (Tz::Pacific__Apia, "2011-12-30T12:00:00", "2011-12-30T10:00:00Z"),
            // What comes twice is its first one.
            (Tz::Europe__Berlin, "2026-10-25T02:30:00", "2026-10-25T00:30:00Z"),
        ] {
            let time = instant(wall.parse().unwrap(), zone).unwrap();
            assert_eq!(time, expected.parse::<DateTime<Utc>>().unwrap(), "{zone} {wall}");
        }
    }
}
