//! The attempts of one activity: what each is given, its time, what is tried again, and what is kept of it.

use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::control::{self, Since, Work, deadline};
use super::engine::{End, Engine, Lists, Output, Setting, Task};
use super::prior::Ground;
use crate::pipeline::activity::ActivityError;
use crate::pipeline::definition::{Action, Activity};
use crate::pipeline::expression::{self, Scope};
use crate::pipeline::journal::Entry;
use crate::pipeline::scribe::scrubbed;
use crate::pipeline::status::ActivityStatus;
use crate::secret::redaction::redacted;
use crate::work::{Interrupt, catch_panic};

/// What is kept in place of what a definition calls secure.
pub(super) const SECURE: &str = "(secure)";
/// The field of a `ForEach`'s output that says how its items differ from those of the run that it repeats.
const CHANGED: &str = "changed_items";
/// How often a wait for the next attempt looks whether that is still wanted.
const POLL: Duration = Duration::from_millis(50);
/// The longest wait for the next attempt, however often it has doubled.
const LONGEST: Duration = Duration::from_hours(24);

/// An activity whose turn has come.
pub(super) struct Turn<'a> {
    pub(super) activity: &'a Activity,
    pub(super) path: &'a str,
    /// The path that it had before.
    pub(super) before: &'a str,
    pub(super) setting: &'a Setting<'a>,
    /// What expressions know.
    pub(super) scope: &'a Scope,
}

/// An attempt that is over.
struct Attempted {
    end: End,
    /// Whether another one may go better.
    may_pass: bool,
}

impl Engine<'_> {
    /// Makes attempts until one ends well, or there are no more.
    ///
    /// # Errors
    ///
    /// A change cannot be kept: the run is over.
    pub(super) fn attempts(&self, turn: &Turn<'_>, lists: &dyn Lists) -> Result<End, ActivityError> {
        let (activity, interrupt) = (turn.activity, &turn.setting.interrupt);
        // Those that were broken off count: what ends the process each time must not be tried for ever. One that has others
        // within goes on with them.
        let mut made = match activity.action.performs() {
            Some(_) => self.prior.counted(turn.path),
            None => 0,
        };
        let mut last = judged(Err(ActivityError::Broken), interrupt);
        let mut pause = activity.retry_interval.map_or(Duration::ZERO, |span| span.0);
        while made <= activity.retry {
            if made > 0 {
                if !wait(pause.min(LONGEST), interrupt) {
                    last = judged(Err(ActivityError::Interrupted), interrupt);
                    break;
                }
                pause = pause.saturating_mul(2);
            }
            last = self.attempt(turn, lists)?;
            made += 1;
            if !last.may_pass {
                break;
            }
        }
        self.ended(turn.path, activity, &last.end)?;
        Ok(last.end)
    }

    /// Writes down how an activity ended.
    pub(super) fn ended(&self, path: &str, activity: &Activity, end: &End) -> Result<(), ActivityError> {
        self.scribe.write(&Entry::Ended {
            path,
            kind: activity.action.kind(),
            status: end.status,
            output: &end.output.shown,
            error: end.error.as_deref(),
        })
    }

    /// Makes one attempt.
    fn attempt(&self, turn: &Turn<'_>, lists: &dyn Lists) -> Result<Attempted, ActivityError> {
        let (activity, outer) = (turn.activity, &turn.setting.interrupt);
        let mut permit = None;
        if activity.action.performs().is_some() {
            permit = self.permits.acquire(outer);
            if permit.is_none() {
                return Ok(judged(Err(ActivityError::Interrupted), outer));
            }
        }
        let number = self.next_attempt(turn.path);
        let (input, given) = input(activity, turn.scope);
        let places = self.places(turn, number, &input)?;
        self.scribe.write(&Entry::Attempt {
            path: turn.path,
            kind: activity.action.kind(),
            attempt: number,
            input: &if activity.secure_input {
                Value::from(SECURE)
            } else {
                input
            },
            load: self.prior.load(turn.before, turn.setting.ground),
        })?;
        let since = self.since(turn, number);
        let deadline = activity
            .timeout
            .and_then(|span| deadline(span.0, since.map(|since| since.attempt)));
        let own = outer.nested();
        let own = deadline.map_or_else(|| own.clone(), |deadline| own.until(deadline));
        let result = own.watched(|| {
            catch_panic(|| {
                given?;
                self.work(turn, (lists, places.as_deref()), &own, (number, since))
            })
        });
        drop(permit);
        let result = match result {
            Ok(Ok(output)) => Ok(kept(output, activity.secure_output)),
            Ok(Err(error)) if error.is_interrupted() && !outer.is_set() && own.is_set() => {
                Err(activity.timeout.map_or(ActivityError::Interrupted, |timeout| {
                    ActivityError::TimedOut(timeout.0)
                }))
            }
            Ok(Err(error)) => Err(error),
            Err(panic) => Err(ActivityError::of(panic)),
        };
        let attempted = judged(result, outer);
        self.scribe.write(&Entry::AttemptEnded {
            path: turn.path,
            attempt: number,
            status: attempted.end.status,
            output: &attempted.end.output.shown,
            error: attempted.end.error.as_deref(),
        })?;
        Ok(attempted)
    }

    /// Does what an activity does.
    fn work(
        &self,
        turn: &Turn<'_>,
        (lists, places): (&dyn Lists, Option<&[Option<usize>]>),
        interrupt: &Interrupt,
        (attempt, since): (u32, Option<Since>),
    ) -> Result<Output, ActivityError> {
        let Turn {
            activity,
            path,
            before,
            setting,
            scope,
        } = *turn;
        if activity.action.performs().is_some() {
            let task = Task {
                action: &activity.action,
                datasets: setting.datasets,
                scope,
                interrupt,
                path,
                attempt,
                load: self.prior.load(before, setting.ground),
                is_secure: activity.secure_input || activity.secure_output,
            };
            return self.worker.perform(&task).map(Output::open);
        }
        let within = Setting {
            scope: scope.clone(),
            interrupt: interrupt.clone(),
            // What an earlier attempt of this run did was not enough.
            ground: if attempt <= self.prior.attempts(path) + 1 {
                setting.ground
            } else {
                Ground::Other
            },
            ..setting.clone()
        };
        let work = Work {
            worker: self.worker,
            lists,
            path,
            before,
            places: places.filter(|_| within.ground > Ground::Other),
            setting: &within,
            since,
        };
        let output = control::perform(&activity.action, &work)?;
        Ok(match places {
            Some(places) => output.with(CHANGED, changed(places, self.prior.item_count(before))),
            None => output,
        })
    }

    /// Returns since when an activity is at work that has others within, and goes on with an attempt that was broken off.
    ///
    /// Any other begins anew, and has its whole time.
    fn since(&self, turn: &Turn<'_>, attempt: u32) -> Option<Since> {
        let goes_on =
            turn.activity.action.performs().is_none() && attempt == self.prior.attempts(turn.path) + 1;
        let attempt = self.prior.since(turn.path).filter(|_| goes_on)?;
        Some(Since {
            attempt,
            within: self.prior.since_within(turn.path),
        })
    }

    /// Finds the items of a `ForEach` among those that it had before; none where they have the same places.
    ///
    /// # Errors
    ///
    /// That they have others cannot be kept.
    fn places(
        &self,
        turn: &Turn<'_>,
        attempt: u32,
        input: &Value,
    ) -> Result<Option<Vec<Option<usize>>>, ActivityError> {
        let (Action::ForEach(_), Some(Value::Array(items))) = (&turn.activity.action, input.get("items"))
        else {
            return Ok(None);
        };
        let known = self.prior.attempts(turn.path);
        if turn.setting.ground == Ground::Other || attempt > known + 1 {
            return Ok(None);
        }
        // As they are kept: what is a secret in them is the same secret.
        let items: Vec<Value> = items.iter().cloned().map(scrubbed).collect();
        let places = self.prior.places(turn.before, &items);
        // Of an attempt of this run that was broken off, what was done stays where it is, and is done again.
        if let Some(from) = places.as_ref().filter(|_| known == 0) {
            tracing::warn!(
                path = turn.path,
                changed = %changed(from, self.prior.item_count(turn.before)),
                "the items are not those of the run that this one repeats"
            );
            self.scribe.write(&Entry::Items {
                path: turn.path,
                items: &if turn.activity.secure_input {
                    Value::from(SECURE)
                } else {
                    Value::Array(items)
                },
                from,
            })?;
        }
        Ok(places)
    }
}

/// Says how an attempt has ended; where the run is stopped, nothing has failed.
fn judged(result: Result<Output, ActivityError>, run: &Interrupt) -> Attempted {
    let (status, output, error) = match result {
        Ok(output) => (ActivityStatus::Succeeded, output, None),
        Err(_) if run.is_set() => (ActivityStatus::Cancelled, Output::default(), None),
        Err(error) => (ActivityStatus::Failed, Output::default(), Some(error)),
    };
    Attempted {
        may_pass: error.as_ref().is_some_and(ActivityError::may_pass),
        end: End {
            status,
            output,
            error: error.map(|error| redacted(error.told())),
            ground: Ground::Other,
        },
    }
}

/// Says how many items are new, and how many that were there before are not there any more.
fn changed(places: &[Option<usize>], before: usize) -> Value {
    let same = places.iter().flatten().count();
    json!({ "new": places.len() - same, "gone": before.saturating_sub(same) })
}

/// Returns an output as it is kept: without values of secrets, and for the store without what is secure.
fn kept(output: Output, is_secure: bool) -> Output {
    Output {
        value: output.value.map(scrubbed),
        shown: if is_secure {
            Value::from(SECURE)
        } else {
            scrubbed(output.shown)
        },
    }
}

/// Returns what an activity is given, with the values of its expressions, and whether they have values.
///
/// Of one that has others within, it is all but those: their expressions know more when their turn comes.
fn input(activity: &Activity, scope: &Scope) -> (Value, Result<(), ActivityError>) {
    let written = serde_json::to_value(&activity.action).unwrap_or_default();
    // `{"Wait": {"for": "30s"}}`
    let mut fields = match written {
        Value::Object(kinds) => kinds
            .into_iter()
            .next()
            .map(|(_, fields)| fields)
            .unwrap_or_default(),
        other => other,
    };
    if activity.action.performs().is_none() {
        control::without_activities(&mut fields);
        if !control::resolves_at_once(&activity.action) {
            return (fields, Ok(()));
        }
    }
    match expression::resolve(&fields, scope) {
        Ok(fields) => (fields, Ok(())),
        Err(error) => (fields, Err(error.into())),
    }
}

/// Waits; returns whether work is still wanted then.
fn wait(duration: Duration, interrupt: &Interrupt) -> bool {
    let began = Instant::now();
    loop {
        if interrupt.is_set() {
            return false;
        }
        match duration.checked_sub(began.elapsed()) {
            Some(left) if !left.is_zero() => thread::sleep(left.min(POLL)),
            _ => return true,
        }
    }
}
