//! [`Looks`]: looks at triggers, and makes the runs that each asks for.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use super::clock::Wake;
use super::due::{Due, asked, occasion};
use super::events::Seen;
use super::plan::Plan;
use super::timetable::Timetable;
use super::watching::{Ground, Watching};
use super::windowing::{Look, Looked};
use crate::error::Error;
use crate::pipeline::TriggerFacts;
use crate::pipeline::definition::{CatchUp, Event, Pipeline, Schedule, Trigger};
use crate::schedule::run::Origin;
use crate::schedule::store::{Advance, BackfillRow, DueRun, Runs, TriggerName, TriggerRow, Waiting};
use crate::schedule::windows::Windows;
use crate::storage::Mounts;

/// How many runs of a backfill are made that wait for others of it, whatever its limit is.
const AHEAD: u32 = 16;
/// How many runs of a schedule that catches all up are made which have not ended; the next follow when some have.
const PLANNED: usize = 256;
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
    /// How far triggers are, and how many runs of each there are that have not ended.
    rows: BTreeMap<TriggerName, TriggerRow>,
    open: BTreeMap<TriggerName, usize>,
    timetable: Timetable,
    /// What schedules ask for, which is written at once.
    due: Vec<Advance>,
    has_made: bool,
}

impl Looks {
    /// Begins to look at the triggers of a store.
    pub(super) fn new(runs: Runs, mounts: Arc<Mounts>, wake: Wake) -> Self {
        Self {
            runs,
            watching: Watching::new(mounts, wake),
            planned: BTreeMap::new(),
            backfills: BTreeMap::new(),
            rows: BTreeMap::new(),
            open: BTreeMap::new(),
            timetable: Timetable::default(),
            due: Vec::new(),
            has_made: false,
        }
    }

    /// Begins to look at all triggers of a plan once more; `queue` is what has not ended.
    ///
    /// # Errors
    ///
    /// The store cannot be read.
    pub(super) fn begin(&mut self, plan: &Arc<Plan>, queue: &[Waiting]) -> Result<(), Error> {
        self.watching.collect();
        self.timetable.follow(plan);
        self.due.clear();
        self.has_made = false;
        let rows = self.runs.triggers()?.into_iter();
        self.rows = rows.map(|row| (row.trigger.clone(), row)).collect();
        self.open.clear();
        for run in queue.iter().filter(|run| run.batch.is_none()) {
            if let Some(trigger) = run.trigger_name() {
                *self.open.entry(trigger).or_default() += 1;
            }
        }
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
        let row = match self.rows.remove(trigger) {
            Some(row) => row,
            None => self.runs.meet(trigger, first)?,
        };
        let backfills = self.backfills.remove(trigger).unwrap_or_default();
        let looked = match definition {
            // A person has asked for what is to be filled, whether it is started or not.
            Trigger::Schedule(schedule) => self
                .fill((pipeline, schedule), &backfills, now)
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
        let Looked {
            next,
            trouble,
            has_made,
        } = looked.unwrap_or_else(|error| {
            let hint = error.hint().map_or_else(String::new, |hint| format!(" ({hint})"));
            Looked {
                trouble: Some(Some(format!("{error}{hint}"))),
                ..Looked::default()
            }
        });
        self.has_made |= has_made;
        let Some(trouble) = trouble else {
            return Ok(next);
        };
        if let Some(trouble) = trouble.as_ref().filter(|_| row.trouble != trouble) {
            tracing::warn!(%trigger, %trouble, "something is wrong with a trigger");
        }
        self.runs.set_trouble(&row, trouble.as_deref())?;
        Ok(next)
    }

    /// Returns what schedules ask for, and whether other triggers have got runs that wait.
    pub(super) fn end(&mut self) -> (Vec<Advance>, bool) {
        (std::mem::take(&mut self.due), self.has_made)
    }

    fn schedule(
        &mut self,
        row: &TriggerRow,
        pipeline: &Pipeline,
        schedule: &Schedule,
        now: DateTime<Utc>,
    ) -> Result<Option<DateTime<Utc>>, Error> {
        let line = self.timetable.line(&row.trigger, schedule)?;
        let next = line.next(row.through);
        // A clock that was put back is looked at below.
        if row.through <= now && next.is_none_or(|next| next > now) {
            return Ok(next);
        }
        let open = self.open.get(&row.trigger).copied().unwrap_or(0);
        let room = PLANNED.saturating_sub(open);
        let times = line.times();
        let due = Due::of(times, (schedule.catch_up, room), row.through, now);
        let Some(through) = due.through else {
            // There is no room for what is due: runs that end make some, which wakes the scheduler.
            return Ok(next.filter(|next| *next > now));
        };
        // Where there is no room for the next one, runs that end make some.
        let is_full = schedule.catch_up == CatchUp::All && due.times.len() >= room;
        let next = times.after(through.min(now));
        let next = next.filter(|next| !is_full || *next > now);
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
            DueRun { asked, begins: false }
        });
        self.due.push(Advance {
            trigger: row.trigger.clone(),
            through: Some(through),
            asked: runs.collect(),
        });
        Ok(next)
    }

    /// Makes further runs of what was asked for, as far as there is room for them.
    fn fill(
        &mut self,
        (pipeline, schedule): (&Pipeline, &Schedule),
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
            let times = self.timetable.line(&backfill.trigger, schedule)?.times();
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
            let made = self.runs.fill(backfill, &runs, times.next(), now)?;
            self.has_made |= !made.is_empty();
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
            let trouble = seen.trouble();
            self.take_files(row, pipeline, &ground, seen, now)?;
            // The next look is at what is known now.
            return Ok(Looked {
                next: Some(self.planned_look(trigger, event, now).unwrap_or(now)),
                trouble: Some(trouble),
                has_made: true,
            });
        }
        // Between two looks, what was wrong at the last one stays so.
        let nothing = |next| Looked {
            next,
            ..Looked::default()
        };
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

/// Returns how long after a look at the files of an event trigger the next one is.
fn between_looks(event: &Event) -> TimeDelta {
    let every = event.every.and_then(|every| TimeDelta::from_std(every.0).ok());
    every.unwrap_or(LOOK).max(TimeDelta::milliseconds(100))
}
