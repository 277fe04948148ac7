//! Running a list of activities: each as soon as what it comes after has ended, those that do not wait for each other at the
//! same time.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use super::attempts::{SECURE, Turn};
use super::engine::{End, Ending, Engine, Lists, Output, Setting, Verdict};
use super::graph::{Graph, Readiness, holds};
use super::prior::Ground;
use crate::pipeline::activity::ActivityError;
use crate::pipeline::definition::Activity;
use crate::pipeline::expression::{Scope, concealed};
use crate::pipeline::status::ActivityStatus;
use crate::secret::redaction::redacted;
use crate::work::catch_panic;

/// How often a list whose activities run looks whether it is still wanted.
const POLL: Duration = Duration::from_millis(50);

/// What an activity that runs says at its end; the error is that a change cannot be kept.
type Said = (usize, Result<End, ActivityError>);

/// What an activity begins with.
struct Begun {
    path: String,
    /// The path that it had before.
    before: String,
    /// What expressions know.
    scope: Scope,
    ground: Ground,
}

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

    /// Returns the path that an activity had before.
    fn path_before(&self, activity: &Activity) -> String {
        format!("{}{}", self.setting.before, activity.name)
    }

    /// Returns on what an activity stands: the least of all that it comes after.
    fn ground(&self, place: usize) -> Ground {
        let parents = self.graph.parents(place);
        let grounds = parents.map(|parent| self.ends.get(&parent).map_or(Ground::Other, |end| end.ground));
        grounds.fold(self.setting.ground, Ord::min)
    }

    /// Returns the activities that have neither begun nor ended, each with whether it may begin.
    fn waiting(&self) -> impl Iterator<Item = (usize, Readiness)> {
        let open = (0..self.activities.len())
            .filter(|place| !self.begun.contains(place) && !self.ends.contains_key(place));
        open.map(|place| (place, self.graph.readiness(place, |place| self.status(place))))
    }

    /// Ends what ends without running, until nothing of that is left: what is skipped, and what was done before.
    ///
    /// What was done stays so where nothing more begins: time that is over when a run goes on takes nothing of it back.
    fn settle(&mut self) {
        while !self.is_broken {
            let is_over = self.is_over();
            let next = self.waiting().find_map(|(place, readiness)| match readiness {
                Readiness::Skipped if !is_over => Some((place, self.skipped(place))),
                Readiness::Waiting | Readiness::Skipped => None,
                Readiness::Ready => Some((place, self.taken(place)?)),
            });
            let Some((place, end)) = next else { return };
            self.write(place, &end);
            self.ends.insert(place, end);
        }
    }

    /// Returns the activities that may begin now, in their order: as many as there is room for, and those that have others within,
    /// which only wait for these.
    fn ready(&self) -> Vec<usize> {
        let performs = |place: usize| {
            let activity = self.activities.get(place);
            activity.is_some_and(|activity| activity.action.performs().is_some())
        };
        let running = self.begun.iter().filter(|place| !self.ends.contains_key(place));
        let working = running.filter(|place| performs(**place)).count();
        let mut room = self.engine.permits.most().saturating_sub(working);
        let ready = self
            .waiting()
            .filter(|(_, readiness)| *readiness == Readiness::Ready);
        let has_room = |place: &usize| {
            let begins = room > 0 || !performs(*place);
            room = room.saturating_sub(usize::from(performs(*place)));
            begins
        };
        ready.map(|(place, _)| place).filter(has_room).collect()
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
            ground: self
                .graph
                .after(place)
                .filter_map(|(parent, condition)| Some((self.ends.get(&parent)?, condition)))
                .filter(|(end, condition)| !holds(*condition, end.status))
                .map(|(end, _)| end.ground)
                .max()
                .unwrap_or(Ground::Other),
        }
    }

    /// Returns how an activity ended before, where that counts: on the same ground as then.
    fn taken(&self, place: usize) -> Option<End> {
        let activity = self.activities.get(place)?;
        let (done, ground) = self.engine.prior.get(&self.path_before(activity))?;
        if self.ground(place) < ground {
            return None;
        }
        let path = self.path(activity);
        let value = if activity.secure_output {
            concealed(&path)
        } else {
            known(&done.output, &path)
        };
        Some(End {
            status: done.status,
            output: Output {
                value: (done.status == ActivityStatus::Succeeded).then_some(value),
                shown: done.output.clone(),
            },
            error: done.error.clone(),
            ground,
        })
    }

    /// Returns what an activity is run with: expressions know what is certain to have ended before.
    fn turn(&self, place: usize) -> Begun {
        let mut scope = self.setting.scope.clone();
        for before in self.graph.ancestors(place) {
            if let (Some(activity), Some(end)) = (self.activities.get(before), self.ends.get(&before)) {
                scope.activities.insert(activity.name.clone(), end.known());
            }
        }
        let activity = self.activities.get(place);
        Begun {
            path: activity.map(|activity| self.path(activity)).unwrap_or_default(),
            before: activity
                .map(|activity| self.path_before(activity))
                .unwrap_or_default(),
            scope,
            ground: self.ground(place),
        }
    }

    /// Begins an activity on a thread of its own.
    fn begin<'scope>(
        &self,
        scope: &'scope thread::Scope<'scope, 'a>,
        place: usize,
        begun: Begun,
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
                ground: begun.ground,
                ..outer.clone()
            };
            let turn = Turn {
                activity,
                path: &begun.path,
                before: &begun.before,
                setting: &setting,
                scope: &begun.scope,
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
        let end = match end {
            Ok(end) => end,
            Err(error) => {
                let end = End {
                    status: ActivityStatus::Failed,
                    output: Output::default(),
                    error: Some(redacted(error.told())),
                    ground: Ground::Other,
                };
                if let ActivityError::Journal(_) = error {
                    self.is_broken = true;
                } else {
                    // Nothing has written down yet that it has ended.
                    self.write(place, &end);
                }
                end
            }
        };
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
                    ground: Ground::Other,
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

/// Returns an output that was kept as expressions know it: what was not kept of it, no one knows.
fn known(output: &Value, path: &str) -> Value {
    match output {
        Value::String(text) if text == SECURE => concealed(path),
        Value::Array(items) => items.iter().map(|item| known(item, path)).collect(),
        Value::Object(fields) => {
            let fields = fields
                .iter()
                .map(|(name, field)| (name.clone(), known(field, path)));
            Value::Object(fields.collect())
        }
        plain => plain.clone(),
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
