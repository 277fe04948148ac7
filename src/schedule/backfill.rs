//! [`Backfill`]: runs of a trigger for times that have passed.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};

use super::error::ScheduleError;
use super::run::Origin;
use super::scheduler::{Plan, asked, occasion, written_between};
use super::store::{Advance, Asked, Runs, TriggerName};
use super::times::Times;
use super::windows::Windows;
use crate::error::Error;
use crate::pipeline::TriggerFacts;
use crate::pipeline::definition::{Pipeline, Schedule, Trigger, Window};
use crate::storage::Mounts;

/// How many runs are asked for at once, at most.
const MOST: usize = 10_000;

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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Filled {
    /// How many runs, or windows that get one.
    pub asked: usize,
    /// How many there are already.
    pub there: usize,
}

impl Backfill<'_> {
    /// Asks for the runs; a time or window that has one already gets no other, but for windows that did not end well.
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
            Trigger::Schedule(schedule) => self.times(pipeline, schedule, now),
            Trigger::Window(window) => Ok(self.windows(window, now)?),
            Trigger::Event(event) => {
                let files = written_between(event, self.mounts, self.from, self.until)?;
                if files.is_empty() {
                    return Ok(Filled { asked: 0, there: 0 });
                }
                let facts = TriggerFacts {
                    name: Some(self.trigger.name.clone()),
                    scheduled_time: Some(now),
                    files,
                    ..TriggerFacts::default()
                };
                let name = (self.trigger.pipeline.as_str(), pipeline);
                let run = asked(name, event.parameters.clone(), facts, Origin::Backfill, now);
                self.ask(vec![run], now)
            }
        }
    }

    fn times(&self, pipeline: &Pipeline, schedule: &Schedule, now: DateTime<Utc>) -> Result<Filled, Error> {
        let times = Times::of(schedule)?;
        let within = times.between(self.from - TimeDelta::milliseconds(1), self.until);
        let within = within.take_while(|time| *time < self.until);
        let batch = batch(now);
        let runs = within.take(MOST + 1).map(|time| {
            let facts = TriggerFacts {
                name: Some(self.trigger.name.clone()),
                scheduled_time: Some(time),
                ..TriggerFacts::default()
            };
            let name = (self.trigger.pipeline.as_str(), pipeline);
            let mut asked = asked(name, schedule.parameters.clone(), facts, Origin::Backfill, now);
            asked.occasion = Some(occasion(self.trigger, time));
            asked.batch = Some((batch.clone(), self.parallel));
            asked
        });
        self.ask(runs.collect(), now)
    }

    fn ask(&self, runs: Vec<Asked>, now: DateTime<Utc>) -> Result<Filled, Error> {
        let wanted = runs.len();
        if wanted > MOST {
            return Err(ScheduleError::TooManyRuns { most: MOST }.into());
        }
        let step = Advance {
            trigger: self.trigger.clone(),
            through: None,
            asked: runs,
        };
        let made = self.runs.advance(&[step], now)?;
        Ok(Filled {
            asked: made.len(),
            there: wanted - made.len(),
        })
    }

    fn windows(&self, window: &Window, now: DateTime<Utc>) -> Result<Filled, ScheduleError> {
        let windows = Windows::of(window)?;
        let first = windows.at_or_after(self.from);
        let within = std::iter::successors(first, |begins| windows.after(*begins));
        let within = within.take_while(|begins| *begins < self.until);
        let wanted: Vec<_> = within
            .take(MOST + 1)
            .map(|begins| (begins, windows.ends(begins)))
            .collect();
        if wanted.len() > MOST {
            return Err(ScheduleError::TooManyRuns { most: MOST });
        }
        let batch = batch(now);
        let asked = self
            .runs
            .plan_windows(self.trigger, &wanted, None, Some((&batch, self.parallel)))?;
        Ok(Filled {
            asked,
            there: wanted.len() - asked,
        })
    }
}

/// Returns a name for runs that are asked for together.
fn batch(now: DateTime<Utc>) -> String {
    // Without chance, only what two people ask for in the same millisecond has one name, and one limit.
    let chance = getrandom::u32().unwrap_or(0);
    format!("{}-{chance:08x}", now.timestamp_millis())
}
