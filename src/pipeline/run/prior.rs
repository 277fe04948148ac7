//! [`Prior`]: what of a run was done before: by the run that it repeats, or by a process that ended in the middle of it.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::pipeline::status::ActivityStatus;

/// What of a run was done before, by the paths of activities.
///
/// An activity is taken as done only where all that it comes after was taken so, or is skipped again: what was done on another
/// ground is done again. For a run that repeats the failed part of another, it has those that succeeded; for one that goes on
/// after its process was killed, all that had ended, and how many attempts there were.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Prior {
    done: BTreeMap<String, Done>,
    attempts: BTreeMap<String, u32>,
    excused: BTreeMap<String, u32>,
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

    /// Returns how an activity ended before.
    pub(super) fn get(&self, path: &str) -> Option<&Done> {
        self.done.get(path)
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
