//! [`Timetable`]: when schedules are due, of which each line is read once for each version of the pipelines.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::plan::Plan;
use crate::pipeline::definition::Schedule;
use crate::schedule::error::ScheduleError;
use crate::schedule::store::TriggerName;
use crate::schedule::times::Times;

/// When schedules are due.
///
/// How far each is says the store, at each look: what is kept here only follows from that and from what is published.
#[derive(Default)]
pub(super) struct Timetable {
    /// What the lines are of.
    plan: Arc<Plan>,
    lines: BTreeMap<TriggerName, Line>,
}

/// The times of a schedule, and the next one of them.
pub(super) struct Line {
    times: Times,
    /// The first time after another one.
    next: Option<(DateTime<Utc>, Option<DateTime<Utc>>)>,
}

impl Timetable {
    /// Forgets what was read of another version.
    pub(super) fn follow(&mut self, plan: &Arc<Plan>) {
        if !Arc::ptr_eq(&self.plan, plan) {
            self.plan = Arc::clone(plan);
            self.lines.clear();
        }
    }

    /// Returns the line of a trigger, whose schedule is that of the version that this follows.
    ///
    /// # Errors
    ///
    /// It says no times.
    pub(super) fn line(
        &mut self,
        trigger: &TriggerName,
        schedule: &Schedule,
    ) -> Result<&mut Line, ScheduleError> {
        Ok(match self.lines.entry(trigger.clone()) {
            Entry::Occupied(line) => line.into_mut(),
            Entry::Vacant(place) => place.insert(Line {
                times: Times::of(schedule)?,
                next: None,
            }),
        })
    }
}

impl Line {
    /// Returns the times.
    pub(super) fn times(&self) -> &Times {
        &self.times
    }

    /// Returns the first time after `through`.
    pub(super) fn next(&mut self, through: DateTime<Utc>) -> Option<DateTime<Utc>> {
        match self.next {
            Some((after, next)) if after == through => next,
            _ => {
                let next = self.times.after(through);
                self.next = Some((through, next));
                next
            }
        }
    }
}
