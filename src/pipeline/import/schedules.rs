//! Schedules of Data Factory's, as cron lines.

use chrono::{Datelike as _, NaiveDate};
use serde_json::Value;

use super::factory::{given, text_at};
use super::leftover::{leftover, nothing_else};
use super::notes::Notes;
use super::written::literal;
use super::zones;

/// Writes a schedule without its last bracket, or says why it has no counterpart.
pub(super) fn written(name: &str, recurrence: &Value, notes: &mut Notes) -> Result<String, String> {
    let read = [
        "frequency",
        "interval",
        "startTime",
        "endTime",
        "timeZone",
        "schedule",
    ];
    nothing_else(recurrence, "recurrence", &read)?;
    let cron = cron(recurrence).ok_or("repeats in a way that no cron line can express")?;
    let start = text_at(recurrence, "/startTime");
    let zone = match text_at(recurrence, "/timeZone") {
        "" | "UTC" => None,
        zone => Some(zone),
    };
    let mut text = format!("Schedule(cron: {}", literal(&cron));
    if let Some(zone) = zone {
        let known = zones::zone(zone);
        if known.is_none() && !zone.contains('/') {
            notes.add(format_args!(
                "the time zone {zone:?} of the trigger {name:?} has another name here"
            ));
        }
        text += &format!(", zone: {}", literal(known.unwrap_or(zone)));
        if start.ends_with('Z') && given(recurrence, "/schedule/hours").is_none() {
            notes.add(format_args!(
                "the trigger {name:?} begins at {start}, which is UTC, but runs by the clocks of {zone:?}: see whether its hour is right"
            ));
        }
    }
    for (field, theirs) in [("start", "/startTime"), ("end", "/endTime")] {
        let time = text_at(recurrence, theirs);
        if !time.is_empty() {
            text += &format!(", {field}: {}", literal(time));
        }
    }
    Ok(text)
}

/// Returns the cron line of a recurrence.
fn cron(recurrence: &Value) -> Option<String> {
    let every = recurrence.get("interval").and_then(Value::as_u64).unwrap_or(1);
    let start = Start::of(text_at(recurrence, "/startTime"));
    let schedule = recurrence.get("schedule").filter(|schedule| !schedule.is_null());
    // Each repetition has fields of its own: those of another one, or none of these, make no cron line.
    let fields: &[&str] = match text_at(recurrence, "/frequency") {
        "Week" => &["minutes", "hours", "weekDays"],
        "Month" => &["minutes", "hours", "monthDays"],
        _ => &["minutes", "hours"],
    };
    if schedule.is_some_and(|schedule| leftover(schedule, fields).is_some()) {
        return None;
    }
    let list = |field: &str| schedule.and_then(|schedule| given(schedule, &format!("/{field}")));
    let minutes = numbers(list("minutes"))?.unwrap_or_else(|| start.minute.to_string());
    let hours = numbers(list("hours"))?.unwrap_or_else(|| start.hour.to_string());
    let starting = |at: u64, most: u64| {
        if every == 1 {
            "*".to_owned()
        } else {
            format!("{}-{most}/{every}", at % every)
        }
    };
    match (text_at(recurrence, "/frequency"), every) {
        ("Minute", 1..60) if 60 % every == 0 && schedule.is_none() => {
            Some(format!("{} * * * *", starting(start.minute, 59)))
        }
        ("Hour", 1..24) if 24 % every == 0 && list("hours").is_none() => {
            Some(format!("{minutes} {} * * *", starting(start.hour, 23)))
        }
        ("Day", 1) => Some(format!("{minutes} {hours} * * *")),
        ("Week", 1) => {
            let days = match list("weekDays") {
                Some(days) => numbers(Some(days))??,
                None => start.date?.weekday().to_string().to_uppercase(),
            };
            Some(format!("{minutes} {hours} * * {days}"))
        }
        ("Month", 1) => {
            let days = match list("monthDays") {
                Some(days) => numbers(Some(days))??,
                None => start.date?.day().to_string(),
            };
            Some(format!("{minutes} {hours} {days} * *"))
        }
        _ => None,
    }
}

/// Returns a list of numbers or days as cron lines have it, nothing where there is none; `None` for what they do not have.
#[allow(
    clippy::option_option,
    reason = "a list that is missing is not one that cannot be written"
)]
fn numbers(list: Option<&Value>) -> Option<Option<String>> {
    let Some(items) = list.map(Value::as_array) else {
        return Some(None);
    };
    let item = |item: &Value| match item {
        // The last day of a month; others from its end have no cron line.
        Value::Number(number) if number.as_i64() == Some(-1) => Some("L".to_owned()),
        Value::Number(number) => number.as_u64().map(|number| number.to_string()),
        Value::String(day) => Some(day.chars().take(3).collect::<String>().to_uppercase()),
        _ => None,
    };
    let items: Option<Vec<String>> = items?.iter().map(item).collect();
    Some(Some(items?.join(",")).filter(|items| !items.is_empty()))
}

/// When a recurrence begins: what its cron line has where nothing else is said.
struct Start {
    date: Option<NaiveDate>,
    hour: u64,
    minute: u64,
}

impl Start {
    /// Reads `2026-01-31T02:30:00Z`; it is midnight where there is no time.
    fn of(time: &str) -> Self {
        let (date, clock) = time.split_once('T').unwrap_or((time, ""));
        let mut parts = clock.split(':').map(|part| part.parse().unwrap_or(0));
        Self {
            date: date.parse().ok(),
            hour: parts.next().unwrap_or(0),
            minute: parts.next().unwrap_or(0),
        }
    }
}
