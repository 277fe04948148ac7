//! Triggers as a person names them, and when each is due next.

use chrono::{DateTime, TimeDelta, Utc};

use super::error::ScheduleError;
use super::scheduler::Plan;
use super::store::{TriggerName, TriggerRow};
use super::times::Times;
use super::windows::Windows;
use crate::error::nearest;
use crate::pipeline::definition::Trigger;

/// When a trigger is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upcoming {
    /// The time.
    pub time: DateTime<Utc>,
    /// The window that it is for, where it is for one.
    pub window: Option<(DateTime<Utc>, DateTime<Utc>)>,
}

/// Finds a trigger by its name, or by its pipeline's and its own: `nightly/night`.
///
/// # Errors
///
/// There is none, or several pipelines have one of this name.
pub fn find_trigger<'p>(plan: &'p Plan, name: &str) -> Result<(TriggerName, &'p Trigger), ScheduleError> {
    let all = plan.pipelines.iter().flat_map(|(pipeline, definition)| {
        definition.triggers.iter().map(|(name, trigger)| {
            let of = TriggerName {
                pipeline: pipeline.clone(),
                name: name.clone(),
            };
            (of, trigger)
        })
    });
    let all: Vec<_> = all.collect();
    let mut matching = all
        .iter()
        .filter(|(trigger, _)| trigger.name == name || trigger.to_string() == name);
    match (matching.next(), matching.next()) {
        (Some(found), None) => Ok(found.clone()),
        (None, _) => {
            let known: Vec<String> = all.iter().map(|(trigger, _)| trigger.name.clone()).collect();
            Err(ScheduleError::UnknownTrigger {
                name: name.to_owned(),
                near: nearest(name, known.iter().map(String::as_str)).map(str::to_owned),
            })
        }
        (Some(_), Some(_)) => {
            let same = all.iter().filter(|(trigger, _)| trigger.name == name);
            Err(ScheduleError::AmbiguousTrigger {
                name: name.to_owned(),
                all: same.map(|(trigger, _)| trigger.to_string()).collect(),
            })
        }
    }
}

/// Returns when a trigger is due next, `count` times; none for one that waits for files.
///
/// `row` is how far it is, where it was met before.
///
/// # Errors
///
/// Its definition says no times.
pub fn upcoming(
    definition: &Trigger,
    row: Option<&TriggerRow>,
    count: usize,
    now: DateTime<Utc>,
) -> Result<Vec<Upcoming>, ScheduleError> {
    match definition {
        Trigger::Schedule(schedule) => {
            let times = Times::of(schedule)?;
            let next = std::iter::successors(times.after(now), |time| times.after(*time));
            let upcoming = next.map(|time| Upcoming { time, window: None });
            Ok(upcoming.take(count).collect())
        }
        Trigger::Window(window) => {
            let windows = Windows::of(window)?;
            let since = row.map_or(windows.start(), |row| row.through + TimeDelta::milliseconds(1));
            let next = std::iter::successors(windows.at_or_after(since), |begins| windows.after(*begins));
            let upcoming = next.map(|begins| Upcoming {
                time: windows.due(begins),
                window: Some((begins, windows.ends(begins))),
            });
            Ok(upcoming.take(count).collect())
        }
        Trigger::Event(_) => Ok(Vec::new()),
    }
}

/// Returns the time from which on a trigger counts that is started or stopped now; `None` where that stays as it is.
///
/// `is_known` says whether the store has it already.
///
/// # Errors
///
/// Its windows are not what they have to be.
pub fn counts_from(
    definition: &Trigger,
    is_known: bool,
    now: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>, ScheduleError> {
    Ok(match definition {
        // What passed while it was stopped does not count.
        Trigger::Schedule(_) => Some(now),
        // Its windows go on where they stopped, each once; how, `catch_up` says.
        Trigger::Window(_) if is_known => None,
        Trigger::Window(window) => Some(Windows::of(window)?.start() - TimeDelta::milliseconds(1)),
        // The files that are there then have not come since.
        Trigger::Event(_) => Some(DateTime::UNIX_EPOCH),
    })
}
