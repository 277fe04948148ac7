//! `list` and `next`: the triggers, and when each is due.

use std::collections::BTreeMap;

use chrono::Utc;
use chrono_tz::Tz;
use serde_json::{Value, json};

use super::TriggerPlace;
use super::arguments::{ListTriggers, Next};
use crate::cli::columns::print;
use crate::cli::terminal::Terminal;
use crate::error::Error;
use crate::pipeline::definition::Trigger;
use crate::schedule::{Runs, TriggerName, TriggerRow, find_trigger, shown, upcoming, zone};

/// A trigger, what it is, and how far it is, where it was met.
type Known<'p> = (TriggerName, &'p Trigger, Option<TriggerRow>);

/// Returns all triggers of what is published.
fn all(here: &TriggerPlace) -> Result<Vec<Known<'_>>, Error> {
    let rows = here.place.runs().map_or(Ok(Vec::new()), Runs::triggers)?;
    let rows: BTreeMap<_, _> = rows.into_iter().map(|row| (row.trigger.clone(), row)).collect();
    let triggers = here.plan.pipelines.iter().flat_map(|(pipeline, definition)| {
        definition.triggers.iter().map(|(name, trigger)| {
            let of = TriggerName {
                pipeline: pipeline.clone(),
                name: name.clone(),
            };
            let row = rows.get(&of).cloned();
            (of, trigger, row)
        })
    });
    Ok(triggers.collect())
}

pub(super) fn list(here: &TriggerPlace, arguments: &ListTriggers, terminal: &Terminal) -> Result<(), Error> {
    let now = Utc::now();
    let mut rows = Vec::new();
    let mut json = Vec::new();
    for (trigger, definition, row) in all(here)? {
        let is_started = row.as_ref().is_none_or(|row| row.is_started);
        let trouble = row.as_ref().and_then(|row| row.trouble.clone());
        // What is wrong with its definition is told as its trouble.
        let (next, wrong) = match upcoming(definition, row.as_ref(), 1, now) {
            Ok(next) => (next.first().map(|next| next.time), None),
            Err(error) => (None, Some(error.to_string())),
        };
        let trouble = trouble.or(wrong);
        let next = next.filter(|_| is_started);
        rows.push(vec![
            trigger.name.clone(),
            trigger.pipeline.clone(),
            kind(definition).to_owned(),
            if is_started { "started" } else { "stopped" }.to_owned(),
            next.map_or_else(|| "-".to_owned(), |next| shown(next, zone_of(definition))),
            trouble.clone().unwrap_or_default(),
        ]);
        json.push(json!({
            "trigger": trigger.name,
            "pipeline": trigger.pipeline,
            "type": kind(definition),
            "started": is_started,
            "next": next,
            "trouble": trouble,
        }));
    }
    let head = ["Trigger", "Pipeline", "Type", "State", "Next", "Trouble"];
    print(arguments.json, &head, &rows, Value::Array(json), terminal)
}

pub(super) fn next(here: &TriggerPlace, arguments: &Next, terminal: &Terminal) -> Result<(), Error> {
    let now = Utc::now();
    let wanted = arguments
        .name
        .as_deref()
        .map(|name| find_trigger(&here.plan, name).map(|(trigger, _)| trigger))
        .transpose()?;
    let count = usize::from(arguments.count);
    let mut due = Vec::new();
    for (trigger, definition, row) in all(here)? {
        let is_started = row.as_ref().is_none_or(|row| row.is_started);
        match &wanted {
            Some(wanted) if trigger != *wanted => continue,
            None if !is_started => continue,
            _ => {}
        }
        let next = upcoming(definition, row.as_ref(), count, now)?;
        due.extend(
            next.into_iter()
                .map(|next| (next, trigger.clone(), zone_of(definition))),
        );
    }
    due.sort_by(|(one, of_one, _), (other, of_other, _)| (one.time, of_one).cmp(&(other.time, of_other)));
    due.truncate(count);
    let rows = due.iter().map(|(next, trigger, zone)| {
        let window = next.window.map_or_else(String::new, |(begins, ends)| {
            format!("{} to {}", shown(begins, *zone), shown(ends, *zone))
        });
        vec![shown(next.time, *zone), trigger.to_string(), window]
    });
    let json = due.iter().map(|(next, trigger, _)| {
        json!({
            "time": next.time,
            "trigger": trigger.name,
            "pipeline": trigger.pipeline,
            "window_start": next.window.map(|(begins, _)| begins),
            "window_end": next.window.map(|(_, ends)| ends),
        })
    });
    print(
        arguments.json,
        &["Time", "Trigger", "Window"],
        &rows.collect::<Vec<_>>(),
        Value::Array(json.collect()),
        terminal,
    )
}

fn kind(trigger: &Trigger) -> &'static str {
    match trigger {
        Trigger::Schedule(_) => "Schedule",
        Trigger::Window(_) => "Window",
        Trigger::Event(_) => "Event",
    }
}

/// Returns the zone in which a trigger's times are written.
pub(super) fn zone_of(trigger: &Trigger) -> Tz {
    match trigger {
        Trigger::Schedule(schedule) => zone(schedule.zone.as_deref()).unwrap_or(Tz::UTC),
        Trigger::Window(_) | Trigger::Event(_) => Tz::UTC,
    }
}
