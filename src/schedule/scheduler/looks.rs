//! [`Looks`]: looks at triggers, and makes the runs that each asks for.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use super::due::{Due, asked, occasion};
use super::events;
use super::plan::Plan;
use super::windowing::Look;
use crate::error::Error;
use crate::pipeline::TriggerFacts;
use crate::pipeline::definition::{Event, Pipeline, Schedule, Trigger};
use crate::schedule::run::Origin;
use crate::schedule::store::{Advance, Runs, TriggerName, TriggerRow};
use crate::schedule::times::Times;
use crate::schedule::windows::Windows;
use crate::storage::Mounts;

/// How often the files of an event trigger are looked at that does not say it.
const LOOK: TimeDelta = TimeDelta::seconds(30);

/// Looks at triggers, and makes the runs that each asks for.
pub(super) struct Looks {
    runs: Runs,
    mounts: Arc<Mounts>,
    /// When the files of which event trigger are looked at next.
    planned: BTreeMap<TriggerName, DateTime<Utc>>,
    /// What schedules ask for, which is written at once.
    due: Vec<Advance>,
}

impl Looks {
    /// Begins to look at the triggers of a store.
    pub(super) fn new(runs: Runs, mounts: Arc<Mounts>) -> Self {
        Self {
            runs,
            mounts,
            planned: BTreeMap::new(),
            due: Vec::new(),
        }
    }

    /// Looks at a trigger, and returns when to look again; what is wrong with it is noted, and keeps no other from running.
    ///
    /// # Errors
    ///
    /// The store cannot be used.
    pub(super) fn look(
        &mut self,
        plan: &Plan,
        trigger: &TriggerName,
        (pipeline, definition): (&Pipeline, &Trigger),
        now: DateTime<Utc>,
    ) -> Result<Option<DateTime<Utc>>, Error> {
        let first = match definition {
            Trigger::Schedule(_) => now,
            Trigger::Window(window) => {
                Windows::of(window).map_or(now, |windows| windows.start() - TimeDelta::milliseconds(1))
            }
            Trigger::Event(_) => DateTime::UNIX_EPOCH,
        };
        let row = self.runs.meet(trigger, first)?;
        let looked = match definition {
            Trigger::Schedule(schedule) if row.is_started => self
                .schedule(&row, pipeline, schedule, now)
                .map(|next| (next, None)),
            Trigger::Event(event) if row.is_started => {
                // Between two looks, what was wrong at the last one stays so.
                if let Some(planned) = self.planned_look(trigger, event, now) {
                    return Ok(Some(planned));
                }
                self.event(&row, pipeline, event, now).map(|next| (next, None))
            }
            Trigger::Schedule(_) | Trigger::Event(_) => Ok((None, None)),
            Trigger::Window(window) => {
                let look = Look {
                    runs: &self.runs,
                    plan,
                    trigger,
                    pipeline,
                    window,
                    now,
                };
                let looked = look.look(&row);
                looked
                    .map(|looked| (looked.next, looked.trouble))
                    .map_err(Error::from)
            }
        };
        let (next, trouble) = match looked {
            Ok(looked) => looked,
            Err(error) => {
                let hint = error.hint().map_or_else(String::new, |hint| format!(" ({hint})"));
                (None, Some(format!("{error}{hint}")))
            }
        };
        if let Some(trouble) = trouble.as_ref().filter(|_| row.trouble != trouble) {
            tracing::warn!(%trigger, %trouble, "a trigger cannot run");
        }
        self.runs.set_trouble(&row, trouble.as_deref())?;
        Ok(next)
    }

    /// Makes the runs that schedules ask for: however many are due at the same time, the disk is waited for once.
    ///
    /// # Errors
    ///
    /// The store cannot be written: they are still due then.
    pub(super) fn make_due(&mut self, now: DateTime<Utc>) -> Result<(), Error> {
        let due = std::mem::take(&mut self.due);
        for run in self.runs.advance(&due, now)? {
            tracing::info!(%run, "is due");
        }
        Ok(())
    }

    fn schedule(
        &mut self,
        row: &TriggerRow,
        pipeline: &Pipeline,
        schedule: &Schedule,
        now: DateTime<Utc>,
    ) -> Result<Option<DateTime<Utc>>, Error> {
        let times = Times::of(schedule)?;
        let due = Due::of(&times, schedule.catch_up, row.through, now);
        if let Some(through) = due.through {
            let runs = due.times.iter().map(|time| {
                let facts = TriggerFacts {
                    name: Some(row.trigger.name.clone()),
                    scheduled_time: Some(*time),
                    ..TriggerFacts::default()
                };
                let given = schedule.parameters.clone();
                let pipeline = (row.trigger.pipeline.as_str(), pipeline);
                let mut asked = asked(pipeline, given, facts, Origin::Trigger, now);
                asked.occasion = Some(occasion(&row.trigger, *time));
                asked
            });
            self.due.push(Advance {
                trigger: row.trigger.clone(),
                through: Some(through),
                asked: runs.collect(),
            });
        }
        Ok(times.after(due.through.unwrap_or(row.through).min(now)))
    }

    /// Returns when the files of an event trigger are looked at next, where that is not now.
    fn planned_look(
        &self,
        trigger: &TriggerName,
        event: &Event,
        now: DateTime<Utc>,
    ) -> Option<DateTime<Utc>> {
        let planned = self.planned.get(trigger).copied()?;
        // A clock that was put back makes no one wait.
        (planned > now && planned <= now + between_looks(event)).then_some(planned)
    }

    fn event(
        &mut self,
        row: &TriggerRow,
        pipeline: &Pipeline,
        event: &Event,
        now: DateTime<Utc>,
    ) -> Result<Option<DateTime<Utc>>, Error> {
        let next = now + between_looks(event);
        self.planned.insert(row.trigger.clone(), next);
        let is_first = row.through == DateTime::UNIX_EPOCH;
        let known = self.runs.files(&row.trigger)?;
        let seen = events::look(event, &self.mounts, &known, is_first)?;
        let asked = (!seen.taken.is_empty()).then(|| {
            let facts = TriggerFacts {
                name: Some(row.trigger.name.clone()),
                scheduled_time: Some(now),
                files: seen.taken,
                ..TriggerFacts::default()
            };
            let pipeline = (row.trigger.pipeline.as_str(), pipeline);
            asked(pipeline, event.parameters.clone(), facts, Origin::Trigger, now)
        });
        if is_first || !seen.noted.is_empty() {
            let through = is_first.then_some(now);
            self.runs
                .note_files(&row.trigger, &seen.noted, asked.as_ref(), through, now)?;
        }
        Ok(Some(next))
    }
}

/// Returns how long after a look at the files of an event trigger the next one is.
fn between_looks(event: &Event) -> TimeDelta {
    let every = event.every.and_then(|every| TimeDelta::from_std(every.0).ok());
    every.unwrap_or(LOOK).max(TimeDelta::milliseconds(100))
}
