//! Functions of Data Factory's that make, move and format times, by what they are here.

use super::formats::strftime;
use super::meaning::{Meaning, Translated};
use super::remarks::Remarks;
use super::untranslated::Untranslated;
use super::written::quoted;
use super::zones::zone;

/// The units of time that functions are told by a word, with what adds them and how many of those they are.
const UNITS: [(&str, &str, u32); 7] = [
    ("second", "add_seconds", 1),
    ("minute", "add_minutes", 1),
    ("hour", "add_hours", 1),
    ("day", "add_days", 1),
    ("week", "add_days", 7),
    ("month", "add_months", 1),
    ("year", "add_months", 12),
];

/// Writes a call that makes or formats a time.
pub(super) fn call(
    name: &str,
    arguments: &[Translated],
    remarks: &mut Remarks,
) -> Result<Translated, Untranslated> {
    let lower = name.to_lowercase();
    if let (Some(part), [time]) = (part_of(&lower), arguments) {
        let text = format!("int(format_date({}, {}))", time.text, quoted(part));
        return Ok(Translated::new(text, Meaning::Number));
    }
    remarks.asks_time |= matches!(lower.as_str(), "utcnow" | "getfuturetime" | "getpasttime");
    let (time, format) = made(&lower, arguments)?.ok_or_else(|| Untranslated::Function(name.to_owned()))?;
    let format = match format {
        [] => return Ok(Translated::new(time, Meaning::Time)),
        [format] => format,
        _ => return Err(Untranslated::Function(name.to_owned())),
    };
    // A format that is itself an expression cannot be known before.
    let format = format
        .literal()
        .ok_or_else(|| Untranslated::Fact(format!("a format that is an expression ({})", format.text)))?;
    let ours = strftime(&format).ok_or_else(|| Untranslated::Fact(format!("the format {format:?}")))?;
    let text = format!("format_date({time}, {})", quoted(&ours));
    Ok(Translated::new(text, Meaning::Text))
}

/// Returns how a part of a time is formatted that is a number by itself.
fn part_of(name: &str) -> Option<&'static str> {
    Some(match name {
        "dayofmonth" => "%d",
        "dayofweek" => "%w",
        "dayofyear" => "%j",
        _ => return None,
    })
}

/// An expression that is a time, and the arguments behind those that it is made of.
type Made<'a> = (String, &'a [Translated]);

/// Writes the time that a call makes; none where it makes no time.
fn made<'a>(name: &str, arguments: &'a [Translated]) -> Result<Option<Made<'a>>, Untranslated> {
    let adds = |function: &str, time: &Translated, count: &Translated| {
        format!("{function}({}, {})", time.text, count.text)
    };
    let begin = |time: &Translated, format: &str| format!("format_date({}, {})", time.text, quoted(format));
    let now = || "utcnow()".to_owned();
    Ok(Some(match (name, arguments) {
        ("utcnow", format) => (now(), format),
        ("formatdatetime", [time, format @ ..]) if !format.is_empty() => (time.text.clone(), format),
        ("adddays", [time, count, format @ ..]) => (adds("add_days", time, count), format),
        ("addhours", [time, count, format @ ..]) => (adds("add_hours", time, count), format),
        ("addminutes", [time, count, format @ ..]) => (adds("add_minutes", time, count), format),
        ("addseconds", [time, count, format @ ..]) => (adds("add_seconds", time, count), format),
        ("addtotime", [time, count, unit, format @ ..]) => (moved(&time.text, count, unit, "")?, format),
        ("subtractfromtime", [time, count, unit, format @ ..]) => {
            (moved(&time.text, count, unit, "-")?, format)
        }
        ("getfuturetime", [count, unit, format @ ..]) => (moved(&now(), count, unit, "")?, format),
        ("getpasttime", [count, unit, format @ ..]) => (moved(&now(), count, unit, "-")?, format),
        ("startofday", [time, format @ ..]) => (begin(time, "%Y-%m-%dT00:00:00%:z"), format),
        ("startofhour", [time, format @ ..]) => (begin(time, "%Y-%m-%dT%H:00:00%:z"), format),
        ("startofmonth", [time, format @ ..]) => (begin(time, "%Y-%m-01T00:00:00%:z"), format),
        ("convertfromutc", [time, zone, format @ ..]) => (in_zone(time, zone)?, format),
        ("converttimezone", [time, from, to, format @ ..]) if from.literal().as_deref() == Some("UTC") => {
            (in_zone(time, to)?, format)
        }
        _ => return Ok(None),
    }))
}

/// Writes a time moved by some units, forth or (`-`) back.
fn moved(time: &str, count: &Translated, unit: &Translated, sign: &str) -> Result<String, Untranslated> {
    let word = unit.literal().unwrap_or_default().to_lowercase();
    let found = UNITS.iter().find(|(known, _, _)| *known == word);
    let (_, function, times) = found.ok_or_else(|| Untranslated::Fact(format!("the unit {}", unit.text)))?;
    let count = match (&count.meaning, times) {
        (_, 1) if sign.is_empty() => count.text.clone(),
        (_, 1) => format!("{sign}({})", count.text),
        _ => format!("{sign}{times} * ({})", count.text),
    };
    Ok(format!("{function}({time}, {count})"))
}

/// Writes a time on the clocks of a zone that Windows has this name for.
fn in_zone(time: &Translated, windows: &Translated) -> Result<String, Untranslated> {
    let name = windows.literal();
    let ours = name.as_deref().and_then(zone);
    let ours = ours.ok_or_else(|| Untranslated::Fact(format!("the time zone {}", windows.text)))?;
    Ok(format!("in_zone({}, {})", time.text, quoted(ours)))
}
