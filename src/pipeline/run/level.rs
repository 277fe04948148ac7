//! Running a list of activities: each as soon as what it comes after has ended, those that do not wait for each other at the
//! same time.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use super::attempts::Turn;
use super::engine::{End, Ending, Engine, Lists, Output, Setting, Verdict};
use super::graph::{Graph, Readiness, holds};
use crate::pipeline::activity::ActivityError;
use crate::pipeline::definition::Activity;
use crate::pipeline::expression::Scope;
use crate::pipeline::status::ActivityStatus;
use crate::work::catch_panic;

/// How often a list whose activities run looks whether it is still wanted.
const POLL: Duration = Duration::from_millis(50);

/// What an activity that runs says at its end; the error is that a change cannot be kept.
type Said = (usize, Result<End, ActivityError>);

impl Lists for Engine<'_> {
    fn run(&self, activities: &[Activity], setting: &Setting<'_>) -> Ending {
        match Graph::of(activities) {
            Ok(graph) => Level::new(self, activities, &graph, setting).run(),
            Err(error) => Ending {
                verdict: Verdict::Failed(error.to_string()),
                outputs: BTreeMap::new(),
                known: BTreeMap::new(),
            },
        }
    }
}

/// A list of activities that runs.
struct Level<'a> {
    engine: &'a Engine<'a>,
    activities: &'a [Activity],
    graph: &'a Graph,
    setting: &'a Setting<'a>,
    begun: BTreeSet<usize>,
    ends: BTreeMap<usize, End>,
    /// Whether a change could not be kept: nothing more begins.
    is_broken: bool,
}

impl<'a> Level<'a> {
    fn new(
        engine: &'a Engine<'a>,
        activities: &'a [Activity],
        graph: &'a Graph,
        setting: &'a Setting<'a>,
    ) -> Self {
        Self {
            engine,
            activities,
            graph,
            setting,
            begun: BTreeSet::new(),
            ends: BTreeMap::new(),
            is_broken: false,
        }
    }

    fn run(mut self) -> Ending {
        thread::scope(|scope| {
            let (sender, said) = channel::<Said>();
            loop {
                self.settle();
                if !self.is_over() {
                    for place in self.ready() {
                        self.begun.insert(place);
                        let turn = self.turn(place);
                        self.begin(scope, place, turn, sender.clone());
                    }
                }
                if self.running() == 0 {
                    break;
                }
                match said.recv_timeout(POLL) {
                    Ok((place, end)) => self.take(place, end),
                    Err(RecvTimeoutError::Timeout) => {}
                    Err(RecvTimeoutError::Disconnected) => break,
                }
            }
        });
        self.cancel_rest();
        self.ending()
    }

    /// Returns whether nothing more begins.
    fn is_over(&self) -> bool {
        self.is_broken || self.setting.interrupt.is_set()
    }

    fn running(&self) -> usize {
        self.begun.len()
            - self
                .begun
                .iter()
                .filter(|place| self.ends.contains_key(place))
                .count()
    }

    fn status(&self, place: usize) -> Option<ActivityStatus> {
        self.ends.get(&place).map(|end| end.status)
    }

    fn path(&self, activity: &Activity) -> String {
        format!("{}{}", self.setting.prefix, activity.name)
    }

    /// Returns the activities that have neither begun nor ended, each with whether it may begin.
    fn waiting(&self) -> impl Iterator<Item = (usize, Readiness)> {
        let open = (0..self.activities.len())
            .filter(|place| !self.begun.contains(place) && !self.ends.contains_key(place));
        open.map(|place| (place, self.graph.readiness(place, |place| self.status(place))))
    }

    /// Ends what ends without running, until nothing of that is left: what is skipped, and what was done before.
    fn settle(&mut self) {
        while !self.is_over() {
            let next = self.waiting().find_map(|(place, readiness)| match readiness {
                Readiness::Waiting => None,
                Readiness::Skipped => Some((place, self.skipped(place))),
                Readiness::Ready => Some((place, self.taken(place)?)),
            });
            let Some((place, end)) = next else { return };
            self.write(place, &end);
            self.ends.insert(place, end);
        }
    }

    /// Returns the activities that may begin now, in their order, as many as there is room for.
    fn ready(&self) -> Vec<usize> {
        let room = self.engine.permits.most().saturating_sub(self.running());
        let ready = self
            .waiting()
            .filter(|(_, readiness)| *readiness == Readiness::Ready);
        ready.map(|(place, _)| place).take(room).collect()
    }

    fn skipped(&self, place: usize) -> End {
        let ended = self.graph.parents(place).filter_map(|parent| {
            let name = &self.activities.get(parent)?.name;
            Some(format!("{name} {}", word(self.status(parent)?)))
        });
        let ended: Vec<String> = ended.collect();
        End {
            status: ActivityStatus::Skipped,
            output: Output::open(Value::Null),
            error: Some(ended.join(", ")),
            // It was skipped before, too, where what it comes after ended so then.
            is_taken: self.graph.after(place).any(|(parent, condition)| {
                let end = self.ends.get(&parent);
                end.is_some_and(|end| end.is_taken && !holds(condition, end.status))
            }),
        }
    }

    /// Returns how an activity ended before, where that counts: on the same ground as then.
    fn taken(&self, place: usize) -> Option<End> {
        let on_same_ground = self.graph.parents(place).all(|parent| {
            let end = self.ends.get(&parent);
            end.is_some_and(|end| end.is_taken)
        });
        let activity = self.activities.get(place)?;
        let done = self.engine.prior.get(&self.path(activity))?;
        if !self.setting.takes_prior || !on_same_ground {
            return None;
        }
        Some(End {
            status: done.status,
            output: Output {
                value: (!activity.secure_output).then(|| done.output.clone()),
                shown: done.output.clone(),
            },
            error: done.error.clone(),
            is_taken: true,
        })
    }

    /// Returns what an activity is run with: expressions know what is certain to have ended before.
    fn turn(&self, place: usize) -> (String, Scope, bool) {
        let mut scope = self.setting.scope.clone();
        for before in self.graph.ancestors(place) {
            if let (Some(activity), Some(end)) = (self.activities.get(before), self.ends.get(&before)) {
                scope.activities.insert(activity.name.clone(), end.known());
            }
        }
        let on_same_ground = self.graph.parents(place).all(|parent| {
            let end = self.ends.get(&parent);
            end.is_some_and(|end| end.is_taken)
        });
        let path = self.activities.get(place).map(|activity| self.path(activity));
        (path.unwrap_or_default(), scope, on_same_ground)
    }

    /// Begins an activity on a thread of its own.
    fn begin<'scope>(
        &self,
        scope: &'scope thread::Scope<'scope, 'a>,
        place: usize,
        (path, known, on_same_ground): (String, Scope, bool),
        sender: Sender<Said>,
    ) where
        'a: 'scope,
    {
        let Some(activity) = self.activities.get(place) else {
            return;
        };
        let (engine, outer) = (self.engine, self.setting);
        let failed = sender.clone();
        let work = move || {
            let setting = Setting {
                takes_prior: outer.takes_prior && on_same_ground,
                ..outer.clone()
            };
            let turn = Turn {
                activity,
                path: &path,
                setting: &setting,
                scope: &known,
            };
            let end = catch_panic(|| engine.attempts(&turn, engine));
            let end = end.unwrap_or_else(|panic| Err(ActivityError::of(panic)));
            // Whoever waits for it is there as long as it runs.
            let _ = sender.send((place, end));
        };
        let started = thread::Builder::new()
            .name("activity".to_owned())
            .spawn_scoped(scope, work);
        if let Err(error) = started {
            let error = format!("cannot start a thread: {error}");
            let _ = failed.send((place, Err(ActivityError::Panicked(error))));
        }
    }

    /// Takes the end of an activity.
    fn take(&mut self, place: usize, end: Result<End, ActivityError>) {
        let end = end.unwrap_or_else(|error| {
            self.is_broken |= matches!(error, ActivityError::Journal(_));
            End {
                status: ActivityStatus::Failed,
                output: Output::default(),
                error: Some(error.told()),
                is_taken: false,
            }
        });
        self.ends.insert(place, end);
    }

    /// Ends what has not begun when the run was stopped.
    fn cancel_rest(&mut self) {
        for place in 0..self.activities.len() {
            if !self.ends.contains_key(&place) {
                let end = End {
                    status: ActivityStatus::Cancelled,
                    output: Output::open(Value::Null),
                    error: None,
                    is_taken: false,
                };
                self.write(place, &end);
                self.ends.insert(place, end);
            }
        }
    }

    fn write(&mut self, place: usize, end: &End) {
        let Some(activity) = self.activities.get(place) else {
            return;
        };
        self.is_broken |= self.engine.ended(&self.path(activity), activity, end).is_err();
    }

    fn ending(self) -> Ending {
        let named =
            |(place, end): (&usize, &End)| Some((self.activities.get(*place)?.name.clone(), end.clone()));
        let ends: BTreeMap<String, End> = self.ends.iter().filter_map(named).collect();
        let verdict = self.verdict();
        Ending {
            verdict,
            known: ends
                .iter()
                .map(|(name, end)| (name.clone(), end.known()))
                .collect(),
            outputs: ends.into_iter().map(|(name, end)| (name, end.output)).collect(),
        }
    }

    fn verdict(&self) -> Verdict {
        let is_cancelled = |end: &End| end.status == ActivityStatus::Cancelled;
        if self.is_broken || self.ends.values().any(is_cancelled) {
            return Verdict::Cancelled;
        }
        let deciding = self.graph.deciding(|place| self.status(place));
        let failed = deciding.into_iter().filter_map(|place| {
            let (activity, end) = (self.activities.get(place)?, self.ends.get(&place)?);
            let error = end.error.as_deref().and_then(|error| error.lines().next());
            (end.status != ActivityStatus::Succeeded).then(|| {
                format!(
                    "{} failed: {}",
                    activity.name,
                    error.unwrap_or("no reason is known")
                )
            })
        });
        let failed: Vec<String> = failed.collect();
        if failed.is_empty() {
            Verdict::Succeeded
        } else {
            Verdict::Failed(failed.join("; "))
        }
    }
}

/// Returns how an activity ended, in a sentence.
const fn word(status: ActivityStatus) -> &'static str {
    match status {
        ActivityStatus::Succeeded => "succeeded",
        ActivityStatus::Failed => "failed",
        ActivityStatus::Skipped => "was skipped",
        ActivityStatus::Cancelled => "was cancelled",
        _ => "has not ended",
    }
}
