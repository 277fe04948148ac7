//! [`Backfill`]: runs of a trigger for times that have passed.

use std::collections::BTreeSet;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};

use super::error::ScheduleError;
use super::run::Origin;
use super::scheduler::{Plan, asked, occasion, written_between};
use super::store::{BackfillRow, Runs, TriggerName};
use super::times::Times;
use super::windows::Windows;
use crate::error::Error;
use crate::pipeline::TriggerFacts;
use crate::pipeline::definition::{Schedule, Trigger, Window};
use crate::storage::Mounts;

/// How many runs are asked for at once, at most: years of minutes.
const MOST: usize = 2_000_000;

/// A stretch of time: from when, and until when.
type Stretch = (DateTime<Utc>, DateTime<Utc>);

/// Runs of a trigger for times that have passed, or are to come.
pub struct Backfill<'a> {
    /// The store.
    pub runs: &'a Runs,
    /// What is published.
    pub plan: &'a Plan,
    /// Where files are.
    pub mounts: &'a Mounts,
    /// The trigger, which need not be started.
    pub trigger: &'a TriggerName,
    /// The first time that counts.
    pub from: DateTime<Utc>,
    /// The first one that no longer does.
    pub until: DateTime<Utc>,
    /// How many of the runs run at a time.
    pub parallel: u32,
}

/// What a backfill has asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filled {
    /// How many runs, or windows that get one.
    pub asked: usize,
    /// How many there are already.
    pub there: usize,
    /// Why files of an event trigger are left out.
    pub left_out: Vec<String>,
}

impl Backfill<'_> {
    /// Asks for the runs, which are made as they can be run; a time or window that has one already gets no other, but for windows that did not end well.
    ///
    /// # Errors
    ///
    /// There is no such trigger, it cannot be read, there are too many times, or the store cannot be written.
    pub fn fill(&self, now: DateTime<Utc>) -> Result<Filled, Error> {
        if self.from >= self.until {
            let shown = |time: DateTime<Utc>| time.to_rfc3339_opts(SecondsFormat::AutoSi, true);
            return Err(ScheduleError::NoTimeBetween {
                from: shown(self.from),
                until: shown(self.until),
            }
            .into());
        }
        let pipeline = self.plan.pipelines.get(&self.trigger.pipeline);
        let definition = pipeline.and_then(|pipeline| pipeline.triggers.get(&self.trigger.name));
        let (Some(pipeline), Some(definition)) = (pipeline, definition) else {
            return Err(ScheduleError::UnknownTrigger {
                name: self.trigger.to_string(),
                near: None,
            }
            .into());
        };
        match definition {
            Trigger::Schedule(schedule) => self.times(schedule, now),
            Trigger::Window(window) => self.windows(window, now),
            Trigger::Event(event) => {
                let (files, left_out) = written_between(event, self.mounts, self.from, self.until)?;
                if files.is_empty() {
                    return Ok(Filled {
                        left_out,
                        ..Filled::default()
                    });
                }
                let facts = TriggerFacts {
                    name: Some(self.trigger.name.clone()),
                    scheduled_time: Some(now),
                    files,
                    ..TriggerFacts::default()
                };
                let name = (self.trigger.pipeline.as_str(), pipeline);
                let run = asked(name, event.parameters.clone(), facts, Origin::Backfill, now);
                let made = usize::from(self.runs.ask(&run, now)?.is_some());
                Ok(Filled {
                    asked: made,
                    there: 1 - made,
                    left_out,
                })
            }
        }
    }

    fn times(&self, schedule: &Schedule, now: DateTime<Utc>) -> Result<Filled, Error> {
        let times = Times::of(schedule)?;
        let within = times
            .between(self.from - TimeDelta::milliseconds(1), self.until)
            .take_while(|time| *time < self.until);
        let wanted: Vec<_> = within.take(MOST + 1).collect();
        if wanted.len() > MOST {
            return Err(ScheduleError::TooManyRuns { most: MOST }.into());
        }
        let (first, last) = (
            occasion(self.trigger, self.from),
            occasion(self.trigger, self.until),
        );
        let made: BTreeSet<String> = self.runs.occasions(&first, &last)?.into_iter().collect();
        let pending = self.pending()?;
        let is_there = |time: &DateTime<Utc>| {
            pending.iter().any(|(from, until)| (from..until).contains(&time))
                || made.contains(&occasion(self.trigger, *time))
        };
        let there = wanted.iter().filter(|time| is_there(time)).count();
        self.note(wanted.len(), there, now)
    }

    fn windows(&self, window: &Window, now: DateTime<Utc>) -> Result<Filled, Error> {
        let windows = Windows::of(window)?;
        let wanted = windows.count(self.from, self.until);
        if wanted > MOST as u64 {
            return Err(ScheduleError::TooManyRuns { most: MOST }.into());
        }
        let there = |from, until| self.runs.windows_there(self.trigger, from, until);
        let mut count = there(self.from, self.until)?;
        let mut counted = self.from;
        for (from, until) in self.pending()? {
            let (from, until) = (from.max(counted), until.min(self.until));
            if from < until {
                count += windows.count(from, until).saturating_sub(there(from, until)?);
                counted = until;
            }
        }
        let size = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        self.note(size(wanted), size(count.min(wanted)), now)
    }

    /// Returns the stretches of time that were asked for of this trigger and not made yet, the earliest first.
    fn pending(&self) -> Result<Vec<Stretch>, Error> {
        let all = self.runs.backfills()?.into_iter();
        let own = all.filter(|one| one.trigger == *self.trigger);
        let mut stretches: Vec<_> = own.map(|one| (one.next, one.until)).collect();
        stretches.sort();
        Ok(stretches)
    }

    /// Notes what is asked for: the scheduler makes the runs of it, as they can be run.
    fn note(&self, wanted: usize, there: usize, now: DateTime<Utc>) -> Result<Filled, Error> {
        let asked = wanted - there;
        if asked > 0 {
            self.runs.ask_backfill(&BackfillRow {
                batch: batch(now),
                trigger: self.trigger.clone(),
                next: self.from,
                until: self.until,
                limit: self.parallel,
            })?;
        }
        Ok(Filled {
            asked,
            there,
            left_out: Vec::new(),
        })
    }
}

/// Returns a name for runs that are asked for together.
fn batch(now: DateTime<Utc>) -> String {
    // Without chance, only what two people ask for in the same millisecond has one name, and one limit.
    let chance = getrandom::u32().unwrap_or(0);
    format!("{}-{chance:08x}", now.timestamp_millis())
}
