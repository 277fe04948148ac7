//! [`Prior`]: what of a run was done before: by the run that it repeats, or by a process that ended in the middle of it.

use std::collections::{BTreeMap, VecDeque};

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::pipeline::status::ActivityStatus;

/// What of a run was done before, by the paths of activities.
///
/// An activity is taken as done only where all that it comes after is as it was then: what was done on another ground is done
/// again. For a run that repeats the failed part of another, it has those that succeeded; for one that goes on after its process
/// was killed, all that had ended, and how many attempts there were.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Prior {
    done: BTreeMap<String, Done>,
    attempts: BTreeMap<String, u32>,
    excused: BTreeMap<String, u32>,
    loads: BTreeMap<String, String>,
    items: BTreeMap<String, Vec<Value>>,
    series: BTreeMap<String, Series>,
}

/// Attempts of an activity of which each goes on with the one before.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Series {
    since: DateTime<Utc>,
    /// Whether the next attempt goes on with it.
    is_open: bool,
}

/// On what something stands: how much of what it comes after is as it was before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Ground {
    /// Something of it happens now.
    Other,
    /// All of it happened before in this run.
    Own,
    /// All of it was taken over from the run that this one repeats.
    Earlier,
}

/// How an activity ended before.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Done {
    pub(super) status: ActivityStatus,
    pub(super) output: Value,
    pub(super) error: Option<String>,
}

impl Prior {
    /// Adds an activity that has ended, `Succeeded` or `Failed`; any other end says nothing.
    pub fn add(&mut self, path: &str, status: ActivityStatus, output: Value, error: Option<String>) {
        if matches!(status, ActivityStatus::Succeeded | ActivityStatus::Failed) {
            let done = Done {
                status,
                output,
                error,
            };
            self.done.insert(path.to_owned(), done);
        }
    }

    /// Adds how many attempts of an activity there were in this very run, also one that was broken off.
    pub fn add_attempts(&mut self, path: &str, attempts: u32) {
        self.attempts.insert(path.to_owned(), attempts);
    }

    /// Adds how many of these attempts were broken off because someone asked for that: they use up no further attempt.
    pub fn excuse(&mut self, path: &str, attempts: u32) {
        self.excused.insert(path.to_owned(), attempts);
    }

    /// Adds what names the loads of an activity that goes on with an attempt of an earlier run.
    pub fn add_load(&mut self, path: &str, load: &str) {
        self.loads.insert(path.to_owned(), load.to_owned());
    }

    /// Adds what an activity was given: the items of a `ForEach` are in it.
    pub fn add_input(&mut self, path: &str, input: &Value) {
        if let Some(Value::Array(items)) = input.get("items") {
            self.items.insert(path.to_owned(), items.clone());
        }
    }

    /// Adds since when the last attempts of an activity are at work that went on with each other in this very run; `is_open` where
    /// the last one was broken off, so that the next one goes on with them.
    pub fn add_series(&mut self, path: &str, since: DateTime<Utc>, is_open: bool) {
        self.series.insert(path.to_owned(), Series { since, is_open });
    }

    /// Returns since when an activity is at work whose next attempt goes on with one that was broken off.
    pub(super) fn since(&self, path: &str) -> Option<DateTime<Utc>> {
        let series = self.series.get(path).filter(|series| series.is_open)?;
        Some(series.since)
    }

    /// Returns since when the activities are at work that are within one which goes on; none where none of them had begun.
    pub(super) fn since_within(&self, path: &str) -> Option<DateTime<Utc>> {
        let outer = self.since(path)?;
        let within = format!("{path}/");
        let inside = self.series.range(within.clone()..);
        let inside = inside.take_while(|(path, _)| path.starts_with(&within));
        // Those that are older are of an attempt that has ended.
        let begun = inside
            .map(|(_, series)| series.since)
            .filter(|since| *since >= outer);
        begun.min()
    }

    /// Returns how an activity ended before, and the ground that it needs to count.
    pub(super) fn get(&self, path: &str) -> Option<(&Done, Ground)> {
        let ground = if self.attempts(path) > 0 {
            Ground::Own
        } else {
            Ground::Earlier
        };
        Some((self.done.get(path)?, ground))
    }

    /// Returns what names the loads of an activity, on this ground, where that is not its own run.
    pub(super) fn load(&self, path: &str, ground: Ground) -> Option<&str> {
        // An attempt of this run has decided it before.
        let counts = ground == Ground::Earlier || (ground == Ground::Own && self.attempts(path) > 0);
        self.loads.get(path).map(String::as_str).filter(|_| counts)
    }

    /// Returns the places that items had before, counted from 0; none where each has the one that it has now.
    pub(super) fn places(&self, path: &str, items: &[Value]) -> Option<Vec<Option<usize>>> {
        let within = format!("{path}[");
        let mut inside = self.done.range(within.clone()..);
        let has_done = inside.next().is_some_and(|(path, _)| path.starts_with(&within));
        let before = match self.items.get(path) {
            Some(before) => before.as_slice(),
            // They were kept out of the store; those of this run are the same as before.
            None if self.attempts(path) > 0 => return None,
            None => &[],
        };
        if !has_done || before == items {
            return None;
        }
        if self.attempts(path) > 0 {
            return Some(vec![None; items.len()]);
        }
        let mut known: BTreeMap<String, VecDeque<usize>> = BTreeMap::new();
        for (place, item) in before.iter().enumerate() {
            known.entry(item.to_string()).or_default().push_back(place);
        }
        let place = |item: &Value| known.get_mut(&item.to_string())?.pop_front();
        Some(items.iter().map(place).collect())
    }

    /// Returns how many items of an activity there were before.
    pub(super) fn item_count(&self, path: &str) -> usize {
        self.items.get(path).map_or(0, Vec::len)
    }

    /// Returns how many attempts of an activity have used up one of those that it has.
    pub(super) fn counted(&self, path: &str) -> u32 {
        let excused = self.excused.get(path).copied().unwrap_or(0);
        self.attempts(path).saturating_sub(excused)
    }

    /// Returns how many attempts of an activity there were.
    pub(super) fn attempts(&self, path: &str) -> u32 {
        self.attempts.get(path).copied().unwrap_or(0)
    }
}
