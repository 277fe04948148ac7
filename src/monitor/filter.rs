//! The fields of an address → which runs are asked for.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeZone as _, Utc};
use chrono_tz::Tz;

use super::fields::Fields;
use super::refusal::Refusal;
use crate::error::nearest;
use crate::pipeline::RunStatus;
use crate::schedule::{RunFilter, RunId};

/// How many runs are on a page where nothing is said.
pub(super) const PAGE: u32 = 50;

/// How many runs may be asked for at once.
const MOST: u32 = 1000;

/// Returns which runs are asked for; times without an offset are of the zone.
pub(super) fn filter(fields: &Fields, zone: Tz) -> Result<RunFilter, Refusal> {
    let statuses = fields.get("status").unwrap_or_default().split(',');
    let statuses = statuses.map(str::trim).filter(|name| !name.is_empty());
    let limit = match fields.get("limit") {
        None => PAGE,
        Some(text) => match text.parse() {
            Ok(limit) if (1..=MOST).contains(&limit) => limit,
            _ => {
                return Err(Refusal::Wrong {
                    what: format!("{text:?} is not a number of runs"),
                    hint: format!("ask for 1 to {MOST}"),
                });
            }
        },
    };
    Ok(RunFilter {
        statuses: statuses.map(status).collect::<Result<_, _>>()?,
        pipeline: fields.get("pipeline").map(str::to_owned),
        trigger: fields.get("trigger").map(str::to_owned),
        since: fields.get("since").map(|text| time(text, zone)).transpose()?,
        until: fields.get("until").map(|text| time(text, zone)).transpose()?,
        before: fields.get("before").map(|id| RunId(id.to_owned())),
        limit: Some(limit),
    })
}

fn status(name: &str) -> Result<RunStatus, Refusal> {
    RunStatus::named(name).ok_or_else(|| {
        let names = RunStatus::ALL.map(RunStatus::name);
        let hint = match nearest(name, names) {
            Some(like) => format!("did you mean {like:?}?"),
            None => format!("a status is one of {}", names.join(", ")),
        };
        Refusal::Wrong {
            what: format!("there is no status {name:?}"),
            hint,
        }
    })
}

/// Reads a time: a day, a minute or a second of the zone, or one that says its offset.
fn time(text: &str, zone: Tz) -> Result<DateTime<Utc>, Refusal> {
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Ok(time.to_utc());
    }
    let formats = [
        "%Y-%m-%dT%H:%M",
        "%Y-%m-%dT%H:%M:%S",
        "%Y-%m-%d %H:%M",
        "%Y-%m-%d %H:%M:%S",
    ];
    let mut times = formats
        .iter()
        .filter_map(|format| NaiveDateTime::parse_from_str(text, format).ok());
    let day = || {
        Some(
            NaiveDate::parse_from_str(text, "%Y-%m-%d")
                .ok()?
                .and_time(NaiveTime::MIN),
        )
    };
    // A time that a change of the clocks skips has no meaning of its own: the one an hour later is meant.
    let local = |time: NaiveDateTime| {
        let known = zone.from_local_datetime(&time).earliest();
        known.or_else(|| {
            zone.from_local_datetime(&(time + chrono::TimeDelta::hours(1)))
                .earliest()
        })
    };
    let found = times.next().or_else(day).and_then(local);
    found.map(|time| time.to_utc()).ok_or_else(|| Refusal::Wrong {
        what: format!("{text:?} is not a time"),
        hint: "write a day, 2026-01-31, or a minute, 2026-01-31T02:00".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str) -> Result<RunFilter, String> {
        filter(&Fields::parse(query.as_bytes()), Tz::Europe__London)
            .map_err(|refusal| format!("{refusal}; {}", refusal.hint().unwrap_or_default()))
    }

    #[test]
    fn fields_are_a_filter_and_their_times_are_of_the_zone() {
        let filter =
            read("status=failed,Succeeded&since=2026-07-01&until=2026-07-01T12:30&pipeline=&before=x")
                .unwrap();
        assert_eq!(filter.statuses, [RunStatus::Failed, RunStatus::Succeeded]);
        assert_eq!(filter.since, "2026-06-30T23:00:00Z".parse().ok());
        assert_eq!(filter.until, "2026-07-01T11:30:00Z".parse().ok());
        assert_eq!((filter.pipeline, filter.limit), (None, Some(PAGE)));
        // The clocks go forward at 01:00.
        let skipped = read("since=2026-03-29T01:30").unwrap();
        assert_eq!(skipped.since, "2026-03-29T01:30:00Z".parse().ok());
    }

    #[test]
    fn what_is_no_filter_says_what_one_is() {
        assert_eq!(
            read("status=faild").unwrap_err(),
            "there is no status \"faild\"; did you mean \"Failed\"?"
        );
        assert_eq!(
            read("since=yesterday").unwrap_err(),
            "\"yesterday\" is not a time; write a day, 2026-01-31, or a minute, 2026-01-31T02:00"
        );
        assert_eq!(
            read("limit=0").unwrap_err(),
            "\"0\" is not a number of runs; ask for 1 to 1000"
        );
    }
}
