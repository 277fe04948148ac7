//! Triggers: cron lines, zones, times, windows, and the parameters that they give.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime};
use croner::errors::CronError;
use croner::parser::{CronParser, Seconds, Year};
use serde_json::Value;

use super::report::{Report, meant};
use super::subject::Subject;
use super::{calls, datasets, expressions, known};
use crate::error::nearest;
use crate::pipeline::definition::{Schedule, Trigger, Window};
use crate::ron_text::ValuePath;

/// The forms of a time that does not say its offset.
const FORMS: [&str; 4] = [
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M",
    "%Y-%m-%d %H:%M",
];

/// Checks the triggers of a pipeline.
pub(super) fn check(subject: &Subject<'_>, report: &mut Report<'_>) {
    for (name, trigger) in &subject.pipeline.triggers {
        let path = ValuePath::default().name("triggers").name(name.as_str());
        if name.is_empty()
            || !name
                .chars()
                .all(|letter| letter.is_alphanumeric() || " _-.".contains(letter))
        {
            let hint = Some("use letters, digits, spaces, `_`, `-` and `.`".to_owned());
            report.at_name(&path, format!("{name:?} cannot be the name of a trigger"), hint);
        }
        let parameters: &BTreeMap<String, Value> = match trigger {
            Trigger::Schedule(schedule) => {
                check_schedule(schedule, &path, report);
                &schedule.parameters
            }
            Trigger::Window(window) => {
                check_window(subject, name, window, &path, report);
                &window.parameters
            }
            Trigger::Event(event) => {
                let pattern = path.name("path");
                datasets::mounted(subject, &event.path, &pattern, report);
                if let Err(error) = glob::Pattern::new(&event.path) {
                    report.at(
                        &pattern,
                        format!("{:?} is not a pattern: {}", event.path, error.msg),
                        None,
                    );
                }
                if event.on.is_empty() {
                    let hint = Some("write `on: [Appears]`, `[Changes]` or both".to_owned());
                    report.at(&path.name("on"), "nothing would ever start it", hint);
                }
                positive(event.every, &path.name("every"), report);
                &event.parameters
            }
        };
        calls::check_parameters(subject.name, subject.pipeline, parameters, &path, report);
        calls::check_types(subject.pipeline, parameters, &known::of_trigger(), &path, report);
        for (parameter, value) in parameters {
            let path = path.name("parameters").name(parameter.as_str());
            expressions::value(value, &path, &known::of_trigger(), report);
        }
    }
}

fn check_schedule(schedule: &Schedule, path: &ValuePath, report: &mut Report<'_>) {
    if let Some(reason) = wrong_cron(&schedule.cron) {
        report.at(
            &path.name("cron"),
            format!("{:?} is not a cron line: {reason}", schedule.cron),
            Some("write minute, hour, day, month and weekday: \"0 2 * * *\" is every day at two".to_owned()),
        );
    }
    if let Some(zone) = &schedule.zone
        && zone.parse::<chrono_tz::Tz>().is_err()
    {
        let near = nearest(zone, chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name()));
        let hint = near.map_or_else(
            || "write a name such as \"Europe/Berlin\"".to_owned(),
            |near| format!("did you mean {near:?}?"),
        );
        report.at(
            &path.name("zone"),
            format!("there is no time zone {zone:?}"),
            Some(hint),
        );
    }
    bounds(schedule.start.as_deref(), schedule.end.as_deref(), path, report);
}

/// Says why a text is no cron line.
fn wrong_cron(line: &str) -> Option<String> {
    let line = line.trim();
    let fields = line.split_whitespace().count();
    if !line.starts_with('@') && !matches!(fields, 5 | 6) {
        return Some(format!(
            "it has {fields} fields, not five, or six with seconds first"
        ));
    }
    let parser = CronParser::builder()
        .seconds(Seconds::Optional)
        .year(Year::Disallowed)
        .build();
    parser.parse(line).err().map(|error| reason(&error))
}

/// Says what is wrong with a cron line, without the parser's own words for it.
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
    let mut letters = text.trim_end_matches('.').chars();
    let first = letters.next().into_iter().flat_map(char::to_lowercase);
    first.chain(letters).collect()
}

fn check_window(
    subject: &Subject<'_>,
    name: &str,
    window: &Window,
    path: &ValuePath,
    report: &mut Report<'_>,
) {
    positive(Some(window.size), &path.name("size"), report);
    bounds(Some(&window.start), window.end.as_deref(), path, report);
    if window.max_concurrency == Some(0) {
        let hint = Some("write 1 or more, or leave it out".to_owned());
        report.at(&path.name("max_concurrency"), "no window could ever run", hint);
    }
    for (index, dependency) in window.depends_on.iter().enumerate() {
        let path = path.name("depends_on").item(index);
        let other = dependency.trigger.as_str();
        let triggers = &subject.pipeline.triggers;
        match triggers.get(other) {
            Some(Trigger::Window(_))
                if other == name && dependency.before.is_none_or(|before| before.0.is_zero()) =>
            {
                let hint = Some("say how far before: `before: \"1day\"`".to_owned());
                report.at(&path.name("trigger"), "a window cannot wait for itself", hint);
            }
            Some(Trigger::Window(_)) => {}
            Some(_) => report.at(
                &path.name("trigger"),
                format!("{other:?} has no windows to wait for"),
                Some("name a trigger that is a `Window`".to_owned()),
            ),
            None => report.at(
                &path.name("trigger"),
                format!("there is no trigger {other:?}"),
                meant(other, triggers.keys().map(String::as_str), "there are no others"),
            ),
        }
    }
}

fn positive(span: Option<crate::pipeline::Span>, path: &ValuePath, report: &mut Report<'_>) {
    if span.is_some_and(|span| span.0.is_zero()) {
        report.at(
            path,
            "this length of time is zero",
            Some("write one such as \"1h\"".to_owned()),
        );
    }
}

fn bounds(start: Option<&str>, end: Option<&str>, path: &ValuePath, report: &mut Report<'_>) {
    let mut read = |text: Option<&str>, field: &str| {
        let text = text?;
        let time = moment(text);
        if time.is_none() {
            report.at(
                &path.name(field),
                format!("{text:?} is not a time"),
                Some("write \"2026-01-31\" or \"2026-01-31T02:00:00\"".to_owned()),
            );
        }
        time
    };
    if let (Some(start), Some(end)) = (read(start, "start"), read(end, "end"))
        && end <= start
    {
        let hint = Some("write a later one, or leave it out".to_owned());
        report.at(&path.name("end"), "the end is not after the start", hint);
    }
}

/// Reads a time on whatever clock it is.
fn moment(text: &str) -> Option<NaiveDateTime> {
    let text = text.trim();
    DateTime::parse_from_rfc3339(text)
        .map(|time| time.naive_utc())
        .ok()
        .or_else(|| {
            FORMS
                .iter()
                .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())
        })
        .or_else(|| {
            Some(
                NaiveDate::parse_from_str(text, "%Y-%m-%d")
                    .ok()?
                    .and_time(NaiveTime::MIN),
            )
        })
}
