//! [`Looks`]: looks at triggers, and makes the runs that each asks for.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use super::clock::Wake;
use super::due::{Due, asked, occasion};
use super::events::Seen;
use super::plan::Plan;
use super::watching::{Ground, Watching};
use super::windowing::{Look, Looked};
use crate::error::Error;
use crate::pipeline::TriggerFacts;
use crate::pipeline::definition::{Event, Pipeline, Schedule, Trigger};
use crate::schedule::run::Origin;
use crate::schedule::store::{Advance, BackfillRow, Runs, TriggerName, TriggerRow};
use crate::schedule::times::Times;
use crate::schedule::windows::Windows;
use crate::storage::Mounts;

/// How many runs of a backfill are made that wait for others of it, whatever its limit is.
const AHEAD: u32 = 16;
/// How often the files of an event trigger are looked at that does not say it.
const LOOK: TimeDelta = TimeDelta::seconds(30);

/// Looks at triggers, and makes the runs that each asks for.
pub(super) struct Looks {
    runs: Runs,
    watching: Watching,
    /// When the files of which event trigger are looked at next.
    planned: BTreeMap<TriggerName, DateTime<Utc>>,
    /// What was asked for of triggers and has not been made.
    backfills: BTreeMap<TriggerName, Vec<BackfillRow>>,
    /// What schedules ask for, which is written at once.
    due: Vec<Advance>,
}

impl Looks {
    /// Begins to look at the triggers of a store.
    pub(super) fn new(runs: Runs, mounts: Arc<Mounts>, wake: Wake) -> Self {
        Self {
            runs,
            watching: Watching::new(mounts, wake),
            planned: BTreeMap::new(),
            backfills: BTreeMap::new(),
            due: Vec::new(),
        }
    }

    /// Begins to look at all triggers once more.
    ///
    /// # Errors
    ///
    /// The store cannot be read.
    pub(super) fn begin(&mut self) -> Result<(), Error> {
        self.watching.collect();
        self.backfills.clear();
        for backfill in self.runs.backfills()? {
            let of = self.backfills.entry(backfill.trigger.clone()).or_default();
            of.push(backfill);
        }
        Ok(())
    }

    /// Waits until looks at files have ended; returns whether there were any.
    #[cfg(test)]
    pub(super) fn wait(&mut self) -> bool {
        self.watching.wait()
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
        let backfills = self.backfills.remove(trigger).unwrap_or_default();
        let looked = match definition {
            // A person has asked for what is to be filled, whether it is started or not.
            Trigger::Schedule(schedule) => self
                .fill(pipeline, schedule, &backfills, now)
                .and_then(|()| {
                    if row.is_started {
                        self.schedule(&row, pipeline, schedule, now)
                    } else {
                        Ok(None)
                    }
                })
                .map(Looked::at),
            Trigger::Event(event) if row.is_started => self.event(&row, pipeline, event, now),
            Trigger::Event(_) => Ok(Looked::at(None)),
            Trigger::Window(window) => {
                let look = Look {
                    runs: &self.runs,
                    plan,
                    trigger,
                    pipeline,
                    window,
                    backfills: &backfills,
                    now,
                };
                look.look(&row).map_err(Error::from)
            }
        };
        let Looked { next, trouble } = looked.unwrap_or_else(|error| {
            let hint = error.hint().map_or_else(String::new, |hint| format!(" ({hint})"));
            Looked {
                next: None,
                trouble: Some(Some(format!("{error}{hint}"))),
            }
        });
        let Some(trouble) = trouble else {
            return Ok(next);
        };
        if let Some(trouble) = trouble.as_ref().filter(|_| row.trouble != trouble) {
            tracing::warn!(%trigger, %trouble, "a trigger cannot start runs");
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
            tracing::info!(%run, "run queued");
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

    /// Makes further runs of what was asked for, as far as there is room for them.
    fn fill(
        &self,
        pipeline: &Pipeline,
        schedule: &Schedule,
        backfills: &[BackfillRow],
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        for backfill in backfills {
            let open = self.runs.open_of_batch(&backfill.batch)?;
            let room = u64::from(backfill.limit.max(AHEAD)).saturating_sub(open);
            let room = usize::try_from(room).unwrap_or(0);
            if room == 0 {
                continue;
            }
            let times = Times::of(schedule)?;
            let since = backfill.next - TimeDelta::milliseconds(1);
            let mut times = times
                .between(since, backfill.until)
                .take_while(|time| *time < backfill.until);
            let runs: Vec<_> = times
                .by_ref()
                .take(room)
                .map(|time| {
                    let facts = TriggerFacts {
                        name: Some(backfill.trigger.name.clone()),
                        scheduled_time: Some(time),
                        ..TriggerFacts::default()
                    };
                    let pipeline = (backfill.trigger.pipeline.as_str(), pipeline);
                    let mut asked = asked(
                        pipeline,
                        schedule.parameters.clone(),
                        facts,
                        Origin::Backfill,
                        now,
                    );
                    asked.occasion = Some(occasion(&backfill.trigger, time));
                    asked.batch = Some((backfill.batch.clone(), backfill.limit));
                    asked
                })
                .collect();
            self.runs.fill(backfill, &runs, times.next(), now)?;
        }
        Ok(())
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

    /// Takes what the last look at the files has found, and begins the next one where it is time for it.
    fn event(
        &mut self,
        row: &TriggerRow,
        pipeline: &Pipeline,
        event: &Event,
        now: DateTime<Utc>,
    ) -> Result<Looked, Error> {
        let trigger = &row.trigger;
        let ground = Ground {
            event: event.clone(),
            through: row.through,
        };
        if let Some(seen) = self.watching.found(trigger, &ground) {
            let seen = seen?;
            let trouble = unreadable(&seen);
            self.take_files(row, pipeline, &ground, seen, now)?;
            // The next look is at what is known now.
            return Ok(Looked {
                next: Some(self.planned_look(trigger, event, now).unwrap_or(now)),
                trouble: Some(trouble),
            });
        }
        // Between two looks, what was wrong at the last one stays so.
        let nothing = |next| Looked { next, trouble: None };
        if let Some(planned) = self.planned_look(trigger, event, now) {
            return Ok(nothing(Some(planned)));
        }
        if self.watching.is_free(trigger) {
            self.planned.insert(trigger.clone(), now + between_looks(event));
            let known = self.runs.files(trigger)?;
            self.watching.begin(trigger, ground, known);
        }
        // It wakes the scheduler when it has ended.
        Ok(nothing(None))
    }

    /// Notes what a look has found, and makes the run for it.
    fn take_files(
        &self,
        row: &TriggerRow,
        pipeline: &Pipeline,
        ground: &Ground,
        seen: Seen,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        let asked = (!seen.taken.is_empty()).then(|| {
            let facts = TriggerFacts {
                name: Some(row.trigger.name.clone()),
                scheduled_time: Some(now),
                files: seen.taken,
                ..TriggerFacts::default()
            };
            let pipeline = (row.trigger.pipeline.as_str(), pipeline);
            let given = ground.event.parameters.clone();
            asked(pipeline, given, facts, Origin::Trigger, now)
        });
        if ground.is_first() || !seen.noted.is_empty() {
            let through = ground.is_first().then_some(now);
            self.runs
                .note_files(&row.trigger, &seen.noted, asked.as_ref(), through, now)?;
        }
        Ok(())
    }
}

/// Says which files cannot be read.
fn unreadable(seen: &Seen) -> Option<String> {
    let (path, reason) = seen.unreadable.first()?;
    let others = match seen.unreadable.len() {
        1 => String::new(),
        count => format!(", and {} others neither", count - 1),
    };
    Some(format!(
        "{path} cannot be read: {reason}{others}; looked at again"
    ))
}

/// Returns how long after a look at the files of an event trigger the next one is.
fn between_looks(event: &Event) -> TimeDelta {
    let every = event.every.and_then(|every| TimeDelta::from_std(every.0).ok());
    every.unwrap_or(LOOK).max(TimeDelta::milliseconds(100))
}
