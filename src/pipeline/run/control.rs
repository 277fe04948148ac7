//! Activities that have others within: which of them run, how often, and what becomes of it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::engine::{Ending, Lists, Output, Setting, Verdict, Worker};
use super::parameters::parameters;
use super::prior::Ground;
use crate::pipeline::activity::{ActivityError, Invoke};
use crate::pipeline::definition::{Action, Activity, Each, If, Switch, Until};
use crate::pipeline::expression::{self, Scope};
use crate::pipeline::journal::Admission;
use crate::pipeline::telling::kind_of;
use crate::pipeline::text::Text;
use crate::work::catch_panic;

/// How many items a `ForEach` works on at a time at most.
const MOST_AT_A_TIME: u32 = 50;
/// How deep pipelines may run each other.
const DEEPEST: usize = 8;
/// How often it is asked whether another pipeline may be run, and how often it is looked whether that is still wanted.
const ASKING: Duration = Duration::from_millis(500);
const POLL: Duration = Duration::from_millis(50);
/// How many failures of items are told.
const TOLD: usize = 3;
/// The fields that hold activities.
const ACTIVITIES: [&str; 5] = ["activities", "then", "otherwise", "cases", "default"];

/// An activity that has others within, at its work.
pub(super) struct Work<'a> {
    pub(super) worker: &'a dyn Worker,
    pub(super) lists: &'a dyn Lists,
    /// The path of the activity.
    pub(super) path: &'a str,
    /// The path that it had before.
    pub(super) before: &'a str,
    /// The places that the items of a `ForEach` had before, where those are others.
    pub(super) places: Option<&'a [Option<usize>]>,
    /// What is around the activity, and what stops it.
    pub(super) setting: &'a Setting<'a>,
    /// Since when it is at work, where it goes on.
    pub(super) since: Option<Since>,
}

/// Since when an activity is at work that goes on after its process had ended in the middle of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Since {
    /// When it began.
    pub(super) attempt: DateTime<Utc>,
    /// When the first of what is within it began; none where nothing had.
    pub(super) within: Option<DateTime<Utc>>,
}

/// The place of an activity among those that run a pipeline, as long as it lives.
struct Place<'a>(&'a Work<'a>);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.worker.leave(self.0.path);
    }
}

/// Does what such an activity does.
pub(super) fn perform(action: &Action, work: &Work<'_>) -> Result<Output, ActivityError> {
    match action {
        Action::If(branches) => work.branch(branches),
        Action::Switch(switch) => work.switch(switch),
        Action::ForEach(each) => work.each(each),
        Action::Until(until) => work.until(until),
        Action::Pipeline(invoke) => work.invoke(invoke),
        _ => Err(ActivityError::Unknown(action.kind())),
    }
}

/// Returns when the time of something is over that began at `since`, or begins now: a process that was killed gives it no more time.
///
/// None where that is later than any moment.
pub(super) fn deadline(time: Duration, since: Option<DateTime<Utc>>) -> Option<Instant> {
    // A clock that was put back takes away nothing.
    let passed = since.and_then(|since| (Utc::now() - since).to_std().ok());
    Instant::now().checked_add(time.saturating_sub(passed.unwrap_or_default()))
}

/// Removes the activities from what an activity is given: each has its own place in the store of runs.
pub(super) fn without_activities(fields: &mut Value) {
    if let Value::Object(fields) = fields {
        fields.retain(|name, _| !ACTIVITIES.contains(&name.as_str()));
    }
}

/// Returns whether all expressions of such an activity have their values when it begins: not the end of an `Until`.
pub(super) const fn resolves_at_once(action: &Action) -> bool {
    !matches!(action, Action::Until(_))
}

impl Work<'_> {
    fn branch(&self, branches: &If) -> Result<Output, ActivityError> {
        let holds = truth(&branches.condition, &self.setting.scope)?;
        let activities = if holds {
            &branches.then
        } else {
            &branches.otherwise
        };
        let ending = self.run(activities, same(&format!(":{holds}")), self.setting.clone());
        let output = succeeded(&ending)?;
        Ok(Output::of_fields([
            ("condition".to_owned(), Output::open(Value::Bool(holds))),
            output,
        ]))
    }

    fn switch(&self, switch: &Switch) -> Result<Output, ActivityError> {
        let value = switch.on.render(&self.setting.scope)?;
        let case = switch.cases.iter().find(|case| case.value == value);
        let (activities, part) = match case {
            // A path is read part by part.
            Some(case) => (&case.activities, format!(":{}", case.value.replace('/', "%2F"))),
            None => (&switch.default, ":(default)".to_owned()),
        };
        let ending = self.run(activities, same(&part), self.setting.clone());
        let output = succeeded(&ending)?;
        Ok(Output::of_fields([
            (
                "case".to_owned(),
                Output::open(case.map_or(Value::Null, |_| Value::String(value))),
            ),
            output,
        ]))
    }

    fn each(&self, each: &Each) -> Result<Output, ActivityError> {
        let items = match expression::resolve(&each.items, &self.setting.scope)? {
            Value::Array(items) => items,
            other => {
                return Err(ActivityError::Value {
                    field: "items".to_owned(),
                    found: kind_of(&other).to_owned(),
                    expected: "a list",
                });
            }
        };
        let (next, ended) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
        let take = || {
            loop {
                let place = next.fetch_add(1, Ordering::Relaxed);
                let Some(item) = items.get(place).filter(|_| !self.setting.interrupt.is_set()) else {
                    return;
                };
                let mut setting = self.setting.clone();
                setting.scope.item = Some(item.clone());
                let part = |place: usize| format!("[{}]", place + 1);
                let known = match self.places {
                    None => Some(place),
                    Some(places) => places.get(place).copied().flatten(),
                };
                if known.is_none() {
                    setting.ground = Ground::Other;
                }
                let known = part(known.unwrap_or(place));
                let ending = self.run(&each.activities, (&part(place), &known), setting);
                ended
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push((place, ending));
            }
        };
        let at_a_time = each.parallel.unwrap_or(1).clamp(1, MOST_AT_A_TIME) as usize;
        let workers = at_a_time.min(items.len());
        thread::scope(|scope| {
            let others = (1..workers).map(|_| {
                let builder = thread::Builder::new().name("items".to_owned());
                // With fewer threads it takes longer, and no more.
                builder.spawn_scoped(scope, || self.setting.interrupt.watched(|| catch_panic(take)))
            });
            let others: Vec<_> = others.collect();
            take();
            drop(others);
        });
        let mut ended = ended.into_inner().unwrap_or_else(PoisonError::into_inner);
        if ended.len() < items.len() {
            return Err(ActivityError::Interrupted);
        }
        ended.sort_by_key(|(place, _)| *place);
        self.items(ended.into_iter().map(|(_, ending)| ending).collect())
    }

    /// Puts the ends of all items into one: all of them are worked on, also where some fail.
    fn items(&self, endings: Vec<Ending>) -> Result<Output, ActivityError> {
        let failed = endings
            .iter()
            .enumerate()
            .filter_map(|(place, ending)| match &ending.verdict {
                Verdict::Failed(reason) => Some(format!("item {}: {reason}", place + 1)),
                Verdict::Succeeded | Verdict::Cancelled => None,
            });
        let failed: Vec<String> = failed.collect();
        if self.setting.interrupt.is_set()
            && endings.iter().any(|ending| ending.verdict == Verdict::Cancelled)
        {
            return Err(ActivityError::Interrupted);
        }
        if !failed.is_empty() {
            let more = failed.len().saturating_sub(TOLD);
            let told: Vec<String> = failed.into_iter().take(TOLD).collect();
            let more = if more > 0 {
                format!("; and {more} more")
            } else {
                String::new()
            };
            return Err(ActivityError::Within(told.join("; ") + &more));
        }
        let count = endings.len();
        let items = endings
            .into_iter()
            .map(|ending| Output::of_fields(ending.outputs));
        Ok(Output::of_fields([
            ("count".to_owned(), Output::open(json!(count))),
            ("items".to_owned(), Output::of_items(items)),
        ]))
    }

    fn until(&self, until: &Until) -> Result<Output, ActivityError> {
        let deadline = deadline(until.timeout.0, self.since.map(|since| since.attempt));
        let interrupt = self.setting.interrupt.nested();
        let interrupt = deadline.map_or_else(|| interrupt.clone(), |deadline| interrupt.until(deadline));
        let never = || ActivityError::NeverHeld {
            condition: until.condition.as_str().to_owned(),
            timeout: until.timeout.0,
        };
        for round in 1_u64.. {
            let mut setting = self.setting.clone();
            setting.interrupt = interrupt.clone();
            let mut scope = setting.scope.clone();
            let ending = self.run(&until.activities, same(&format!("[{round}]")), setting);
            let output = match succeeded(&ending) {
                Err(ActivityError::Interrupted) if !self.setting.interrupt.is_set() => return Err(never()),
                output => output?,
            };
            scope.activities.extend(ending.known);
            if truth(&until.condition, &scope)? {
                return Ok(Output::of_fields([
                    ("rounds".to_owned(), Output::open(json!(round))),
                    output,
                ]));
            }
            if interrupt.is_set() {
                break;
            }
        }
        if self.setting.interrupt.is_set() {
            return Err(ActivityError::Interrupted);
        }
        Err(never())
    }

    fn invoke(&self, invoke: &Invoke) -> Result<Output, ActivityError> {
        let mut pipelines = self.setting.pipelines.clone();
        pipelines.push(invoke.pipeline.clone());
        if pipelines.len() > DEEPEST {
            return Err(ActivityError::TooDeep {
                most: DEEPEST,
                chain: pipelines,
            });
        }
        let pipeline = self.worker.pipeline(&invoke.pipeline)?;
        let given = invoke
            .parameters
            .iter()
            .map(|(name, value)| Ok((name.clone(), expression::resolve(value, &self.setting.scope)?)));
        let given = given.collect::<Result<_, ActivityError>>()?;
        // One that is run by itself, over others, has its place already.
        let limit = pipeline
            .concurrency
            .filter(|_| !self.setting.pipelines.contains(&invoke.pipeline));
        let _place = limit.map(|most| self.enter(&invoke.pipeline, most)).transpose()?;
        let interrupt = self.setting.interrupt.nested();
        // What it has waited for others in the line does not count.
        let began = self.since.and_then(|since| since.within);
        let deadline = pipeline.timeout.and_then(|span| deadline(span.0, began));
        let interrupt = deadline.map_or_else(|| interrupt.clone(), |deadline| interrupt.until(deadline));
        let setting = Setting {
            prefix: String::new(),
            before: String::new(),
            scope: Scope {
                parameters: parameters(pipeline, given).map_err(ActivityError::of)?,
                trigger: self.setting.scope.trigger.clone(),
                run: self.setting.scope.run.clone(),
                ..Scope::default()
            },
            datasets: &pipeline.datasets,
            interrupt,
            ground: self.setting.ground,
            pipelines,
        };
        let ending = self.run(&pipeline.activities, same(""), setting);
        match (succeeded(&ending), pipeline.timeout) {
            (Err(ActivityError::Interrupted), Some(timeout)) if !self.setting.interrupt.is_set() => {
                Err(ActivityError::TimedOut(timeout.0))
            }
            (output, _) => Ok(Output::of_fields([output?])),
        }
    }

    /// Waits until another pipeline may be run, of which only `most` may run at a time.
    fn enter(&self, pipeline: &str, most: u32) -> Result<Place<'_>, ActivityError> {
        // Also who only waits has a place, in the line.
        let place = Place(self);
        while self.worker.enter(self.path, pipeline, most)? != Admission::Admitted {
            let asked = Instant::now();
            while asked.elapsed() < ASKING {
                if self.setting.interrupt.is_set() {
                    return Err(ActivityError::Interrupted);
                }
                thread::sleep(POLL);
            }
        }
        Ok(place)
    }

    /// Runs activities within; `part` is what is put to the path of this one, now and before.
    fn run(&self, activities: &[Activity], (part, known): (&str, &str), setting: Setting<'_>) -> Ending {
        let setting = Setting {
            prefix: format!("{}{part}/", self.path),
            before: format!("{}{known}/", self.before),
            ..setting
        };
        self.lists.run(activities, &setting)
    }
}

/// Says that a part of a path is as it was before.
const fn same(part: &str) -> (&str, &str) {
    (part, part)
}

/// Returns what activities within gave, as a field, where all of them ended well.
fn succeeded(ending: &Ending) -> Result<(String, Output), ActivityError> {
    match &ending.verdict {
        Verdict::Succeeded => Ok(("activities".to_owned(), Output::of_fields(ending.outputs.clone()))),
        Verdict::Failed(reason) => Err(ActivityError::Within(reason.clone())),
        Verdict::Cancelled => Err(ActivityError::Interrupted),
    }
}

/// Returns whether a condition holds.
fn truth(condition: &Text, scope: &Scope) -> Result<bool, ActivityError> {
    match condition.value(scope)? {
        Value::Bool(holds) => Ok(holds),
        other => Err(ActivityError::Value {
            field: "condition".to_owned(),
            found: kind_of(&other).to_owned(),
            expected: "true or false: write one expression, such as \"@{parameters.full == 'yes'}\"",
        }),
    }
}
