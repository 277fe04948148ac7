//! The scheduler with a clock of its own, on a real store.

mod alerts;
mod backfills;
mod catching_up;
mod clocks;
mod files;
mod model;
mod windows;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use serde_json::Value;

use super::{Alerting, Clock, Launcher, Plan, Scheduler, Sending, Task, Wake};
use crate::error::Error;
use crate::pipeline::definition::Pipeline;
use crate::pipeline::{ActivityStatus, Entry, Journal as _, RunStatus};
use crate::schedule::run::{Origin, RunFilter, RunId, RunRow};
use crate::schedule::store::testing::Kept;
use crate::schedule::store::{AlertState, RerunFrom, Runs, TriggerName};
use crate::storage::Mounts;

/// Makes tests of functions that make places, on each kind of store.
macro_rules! on_each_store {
    ($($name:ident;)+) => {
        mod file {
            $(
                #[test]
                fn $name() {
                    super::$name(super::Kept::file);
                }
            )+
        }
        mod database {
            $(
                #[test]
                fn $name() {
                    if super::Kept::database().is_some() {
                        super::$name(|| super::Kept::database().unwrap());
                    }
                }
            )+
        }
    };
}

on_each_store! {
    what_passed_while_nothing_ran_is_caught_up_as_the_trigger_says;
    a_stopped_trigger_does_not_run_and_misses_nothing_that_counts;
    windows_run_once_each_and_one_after_the_other;
    windows_that_fail_are_tried_again_and_then_hold_up_those_that_depend_on_them;
    windows_wait_for_those_of_another_pipeline;
    files_are_taken_once_when_they_are_complete;
    those_who_are_to_be_told_are_told_once;
    a_run_that_is_cancelled_is_stopped;
    a_backfill_asks_for_what_has_no_run;
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// A clock that stands until it is put.
#[derive(Debug)]
struct Hand(Mutex<DateTime<Utc>>);

impl Clock for Hand {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap()
    }

    fn wait(&self, until: DateTime<Utc>, _: &Wake) {
        let mut now = self.0.lock().unwrap();
        *now = until.max(*now);
    }
}

/// How telling someone ends.
#[derive(Debug, Clone, Copy, Default)]
enum Told {
    #[default]
    Sent,
    Failed,
    Dropped,
    /// The process is killed while it sends.
    Killed,
}

/// Ends each run at once, as it is told; or keeps it until it is asked for.
#[derive(Default)]
struct Player {
    plan: Mutex<Arc<Plan>>,
    /// How runs of a pipeline end that do not end well.
    failing: Mutex<BTreeMap<String, u32>>,
    is_holding: Mutex<bool>,
    held: Mutex<Vec<Task>>,
    alerts: Mutex<Vec<String>>,
    telling: Mutex<Told>,
    /// How often the activity of each run was begun, and ended well.
    performed: Arc<Mutex<Vec<String>>>,
}

impl Player {
    fn play(&self, task: Task) {
        let journal = task.journal();
        let status = match self.failing.lock().unwrap().get_mut(&task.run.pipeline) {
            Some(left) if *left > 0 => {
                *left -= 1;
                (ActivityStatus::Failed, RunStatus::Failed)
            }
            _ => (ActivityStatus::Succeeded, RunStatus::Succeeded),
        };
        let before = task.before.prior.iter().find(|one| one.path == "work");
        let attempt = before.map_or(0, |one| one.attempts) + 1;
        let entries = [
            Entry::Attempt {
                path: "work",
                kind: "Wait",
                attempt,
                input: &Value::Null,
                load: None,
            },
            Entry::AttemptEnded {
                path: "work",
                attempt,
                status: status.0,
                output: &Value::Null,
                error: None,
            },
            Entry::Ended {
                path: "work",
                kind: "Wait",
                status: status.0,
                output: &Value::Null,
                error: None,
            },
        ];
        let write = |entry: &Entry<'_>| journal.write(entry).is_ok();
        let finished = Entry::Finished {
            status: status.1,
            error: None,
        };
        if !write(&Entry::Began) {
            return;
        }
        let is_done = before.is_some_and(|one| one.status == ActivityStatus::Succeeded);
        if !is_done {
            let done = entries.iter().all(write);
            if !done {
                return;
            }
            let time = task.run.trigger.scheduled_time.map(|time| time.to_rfc3339());
            self.performed.lock().unwrap().push(time.unwrap_or_default());
        }
        write(&finished);
    }

    fn release(&self) {
        let held = std::mem::take(&mut *self.held.lock().unwrap());
        held.into_iter().for_each(|task| self.play(task));
    }
}

impl Launcher for Player {
    fn current(&self) -> Result<Option<Arc<Plan>>, Error> {
        Ok(Some(Arc::clone(&self.plan.lock().unwrap())))
    }

    fn version(&self, _: u32) -> Result<Arc<Plan>, Error> {
        Ok(Arc::clone(&self.plan.lock().unwrap()))
    }

    fn drafts(&self) -> Result<Arc<Plan>, Error> {
        Ok(Arc::default())
    }

    fn start(&self, task: Task) {
        if *self.is_holding.lock().unwrap() {
            self.held.lock().unwrap().push(task);
        } else {
            self.play(task);
        }
    }

    fn alert(&self, _: &Arc<Plan>, alerting: Alerting, sending: Sending) {
        let told = format!("{:?} {}", alerting.occasion, alerting.run.status);
        self.alerts.lock().unwrap().push(told);
        match *self.telling.lock().unwrap() {
            Told::Sent => sending.sent(),
            Told::Failed => sending.failed("no route to host"),
            Told::Dropped => drop(sending),
            Told::Killed => sending.forget(),
        }
    }
}

/// A store, a clock, and a scheduler that can be killed.
struct World {
    kept: Kept,
    clock: Arc<Hand>,
    player: Arc<Player>,
    scheduler: Option<Scheduler>,
}

impl World {
    /// Begins at a time with pipelines, each written as in a file.
    fn new(now: &str, pipelines: &[(&str, &str)]) -> Self {
        Self::on(Kept::file(), now, pipelines)
    }

    /// Begins on a store.
    fn on(kept: Kept, now: &str, pipelines: &[(&str, &str)]) -> Self {
        let mut world = Self {
            kept,
            clock: Arc::new(Hand(Mutex::new(at(now)))),
            player: Arc::default(),
            scheduler: None,
        };
        world.publish(pipelines);
        world.start();
        world
    }

    fn publish(&self, pipelines: &[(&str, &str)]) {
        let options = ron::Options::default()
            .with_default_extension(ron::extensions::Extensions::UNWRAP_VARIANT_NEWTYPES)
            .with_default_extension(ron::extensions::Extensions::IMPLICIT_SOME);
        let read = |(name, text): &(&str, &str)| {
            let pipeline: Pipeline = options.from_str(text).unwrap();
            ((*name).to_owned(), pipeline)
        };
        let plan = Plan {
            version: Some(1),
            root: self.kept.path().to_owned(),
            pipelines: pipelines.iter().map(read).collect(),
        };
        *self.player.plan.lock().unwrap() = Arc::new(plan);
    }

    fn runs(&self) -> Runs {
        self.kept.open()
    }

    fn start(&mut self) {
        self.start_on(self.runs());
    }

    fn start_on(&mut self, runs: Runs) {
        std::fs::create_dir_all(self.kept.path().join("data")).unwrap();
        let mounts = Mounts::new(self.kept.path()).with_scheme(&files::FAR);
        mounts.mount("file:data", "/mnt/data").unwrap();
        mounts.mount("far:", "/mnt/far").unwrap();
        let clock = Arc::clone(&self.clock);
        let player = Arc::clone(&self.player);
        self.scheduler = Some(Scheduler::new(runs, player, clock, Arc::new(mounts)).unwrap());
    }

    /// Lets the scheduler go, as kill -9 does, at whatever it was.
    fn kill(&mut self) {
        self.scheduler = None;
    }

    fn put(&self, now: &str) {
        *self.clock.0.lock().unwrap() = at(now);
    }

    /// Looks once at all that is due, and takes what looks at files have found.
    fn tick(&mut self) -> Option<DateTime<Utc>> {
        let scheduler = self.scheduler.as_mut().unwrap();
        let mut next = scheduler.tick().unwrap();
        while scheduler.wait_for_looks() {
            next = scheduler.tick().unwrap();
        }
        next
    }

    /// Lets time pass up to a moment, as fast as there is something to do.
    fn pass(&mut self, until: &str) {
        let until = at(until);
        loop {
            let next = self.tick();
            let now = self.clock.now();
            if now >= until {
                // What has just ended may have made way for something.
                self.tick();
                return;
            }
            *self.clock.0.lock().unwrap() = next
                .unwrap_or(until)
                .clamp(now + TimeDelta::milliseconds(1), until);
        }
    }

    fn all(&self) -> Vec<RunRow> {
        let mut all = self.runs().runs(&RunFilter::default()).unwrap();
        all.reverse();
        all
    }

    /// Returns the times that runs are for, in the order in which they were made, with what became of them.
    fn times(&self) -> Vec<String> {
        let shown = |run: &RunRow| {
            let time = run.trigger.window_start.or(run.trigger.scheduled_time).unwrap();
            format!("{} {}", time.format("%m-%dT%H:%M"), run.status)
        };
        self.all().iter().map(shown).collect()
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.kept.path().join("data").join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
}

fn nightly(rest: &str) -> String {
    format!(r#"(triggers: {{"night": Schedule(cron: "0 2 * * *", zone: "Europe/Berlin"{rest})}})"#)
}

#[test]
fn a_month_of_nights_is_one_run_each_across_the_change_of_the_clock() {
    for (start, end, nights) in [
        ("2026-03-15T12:00:00Z", "2026-04-15T12:00:00Z", 31),
        ("2026-10-15T12:00:00Z", "2026-11-15T12:00:00Z", 31),
    ] {
        let mut world = World::new(start, &[("nightly", &nightly(""))]);
        world.pass(end);
        let all = world.all();
        assert_eq!(all.len(), nights);
        assert!(all.iter().all(|run| run.status == RunStatus::Succeeded));
        let late = |run: &RunRow| run.queued_at != run.trigger.scheduled_time.unwrap();
        assert!(!all.iter().any(late), "no run is late by this clock");
    }
}

fn what_passed_while_nothing_ran_is_caught_up_as_the_trigger_says(kept: fn() -> Kept) {
    for (catch_up, expected) in [
        ("All", vec!["06-02", "06-03", "06-04", "06-05"]),
        ("Latest", vec!["06-05"]),
        ("None", vec![]),
    ] {
        let mut world = World::on(
            kept(),
            "2026-06-01T12:00:00Z",
            &[("nightly", &nightly(&format!(", catch_up: {catch_up}")))],
        );
        world.tick();
        world.kill();
        world.put("2026-06-05T12:00:00Z");
        world.start();
        world.tick();
        let expected: Vec<_> = expected
            .iter()
            .map(|day| format!("{day}T00:00 Succeeded"))
            .collect();
        assert_eq!(world.times(), expected, "{catch_up}");
        // The next night is a night as any other, and what was left out does not come later.
        world.pass("2026-06-06T12:00:00Z");
        assert_eq!(world.times().len(), expected.len() + 1, "{catch_up}");
    }
}

#[test]
fn a_time_that_is_a_little_late_is_not_missed() {
    let mut world = World::new(
        "2026-06-01T12:00:00Z",
        &[("nightly", &nightly(", catch_up: None"))],
    );
    world.tick();
    world.put("2026-06-02T00:00:40Z");
    world.tick();
    assert_eq!(world.times(), ["06-02T00:00 Succeeded"]);
}

#[test]
fn a_clock_that_jumps_doubles_nothing() {
    let hourly = r#"(triggers: {"hour": Schedule(cron: "0 * * * *", catch_up: All)})"#;
    let mut world = World::new("2026-06-01T00:30:00Z", &[("hourly", hourly)]);
    world.pass("2026-06-01T06:30:00Z");
    assert_eq!(world.all().len(), 6);
    // Put back by four hours: what has its run gets no other, and what comes then is not waited for.
    world.put("2026-06-01T02:30:00Z");
    world.pass("2026-06-01T08:30:00Z");
    assert_eq!(world.all().len(), 8);
    world.put("2026-06-02T08:30:00Z");
    world.tick();
    assert_eq!(world.all().len(), 32);
}

fn a_stopped_trigger_does_not_run_and_misses_nothing_that_counts(kept: fn() -> Kept) {
    let mut world = World::on(
        kept(),
        "2026-06-01T12:00:00Z",
        &[("nightly", &nightly(", catch_up: All"))],
    );
    world.tick();
    let night = TriggerName {
        pipeline: "nightly".to_owned(),
        name: "night".to_owned(),
    };
    let runs = world.runs();
    assert!(runs.set_started(&night, false, None).unwrap());
    assert!(!runs.set_started(&night, false, None).unwrap());
    world.pass("2026-06-05T12:00:00Z");
    assert!(world.all().is_empty());
    assert!(runs.set_started(&night, true, Some(world.clock.now())).unwrap());
    world.pass("2026-06-07T12:00:00Z");
    assert_eq!(world.times(), ["06-06T00:00 Succeeded", "06-07T00:00 Succeeded"]);
}

#[test]
fn a_trigger_that_cannot_run_says_why_and_keeps_no_other_from_running() {
    let broken = r#"(triggers: {"never": Schedule(cron: "99 2 * * *")})"#;
    let mut world = World::new(
        "2026-06-01T12:00:00Z",
        &[("broken", broken), ("nightly", &nightly(""))],
    );
    world.pass("2026-06-02T12:00:00Z");
    assert_eq!(world.times(), ["06-02T00:00 Succeeded"]);
    let triggers = world.runs().triggers().unwrap();
    let trouble = triggers[0].trouble.as_deref().unwrap();
    assert!(
        trouble.starts_with("\"99 2 * * *\" is not a cron line"),
        "{trouble}"
    );
    world.publish(&[("broken", &nightly(""))]);
    world.publish(&[("broken", r#"(triggers: {"never": Schedule(cron: "9 2 * * *")})"#)]);
    world.tick();
    assert_eq!(world.runs().triggers().unwrap()[0].trouble, None);
}

#[test]
fn parameters_are_what_the_trigger_says_or_the_run_fails_and_says_why() {
    let text = r#"(
        parameters: {"day": "none", "days": 1},
        triggers: {
            "good": Schedule(cron: "0 2 * * *", parameters: {"day": "@{trigger.scheduled_time}"}),
            "wrong": Schedule(cron: "0 3 * * *", parameters: {"dai": "x"}),
        })"#;
    let mut world = World::new("2026-06-01T12:00:00Z", &[("p", text)]);
    world.pass("2026-06-02T12:00:00Z");
    let all = world.all();
    assert_eq!(
        all[0].parameters,
        serde_json::json!({"day": "2026-06-02T02:00:00Z", "days": 1})
    );
    assert_eq!(all[1].status, RunStatus::Failed);
    let expected =
        "the parameters of the trigger: the pipeline has no parameter \"dai\"\ndid you mean \"day\"?";
    assert_eq!(all[1].error.as_deref(), Some(expected));
}

fn windows_run_once_each_and_one_after_the_other(kept: fn() -> Kept) {
    let text = r#"(triggers: {"day": Window(size: "1day", start: "2026-06-01", delay: "15m", catch_up: All,
        depends_on: [(trigger: "day", before: "1day")])})"#;
    let mut world = World::on(kept(), "2026-06-04T12:00:00Z", &[("daily", text)]);
    *world.player.is_holding.lock().unwrap() = true;
    world.tick();
    // The second day waits for the first.
    assert_eq!(world.times(), ["06-01T00:00 Queued"]);
    world.player.release();
    world.tick();
    assert_eq!(world.times(), ["06-01T00:00 Succeeded", "06-02T00:00 Queued"]);
    *world.player.is_holding.lock().unwrap() = false;
    world.player.release();
    world.pass("2026-06-05T00:14:00Z");
    assert_eq!(world.times().len(), 3);
    world.pass("2026-06-05T00:16:00Z");
    world.pass("2026-06-05T00:17:00Z");
    let all = world.times();
    assert_eq!(all[3], "06-04T00:00 Succeeded");
    assert_eq!(all.len(), 4);
}

fn windows_that_fail_are_tried_again_and_then_hold_up_those_that_depend_on_them(kept: fn() -> Kept) {
    let text = r#"(triggers: {"day": Window(size: "1day", start: "2026-06-01", catch_up: All, retry: 1,
        retry_interval: "10m", depends_on: [(trigger: "day")])})"#;
    let mut world = World::on(kept(), "2026-06-02T00:00:00Z", &[("daily", text)]);
    world.player.failing.lock().unwrap().insert("daily".to_owned(), 2);
    world.pass("2026-06-02T00:09:00Z");
    assert_eq!(world.times(), ["06-01T00:00 Failed"]);
    world.pass("2026-06-02T00:11:00Z");
    assert_eq!(world.times(), ["06-01T00:00 Failed"; 2]);
    world.pass("2026-06-04T00:00:00Z");
    assert_eq!(world.times().len(), 2);
    let trouble = world.runs().triggers().unwrap()[0].trouble.clone().unwrap();
    assert!(
        trouble.contains("whose window 2026-06-01T00:00:00Z is Failed; rerun it"),
        "{trouble}"
    );
    // A person runs it again; then the others go on, and the trouble is over.
    let failed = world.all()[1].id.clone();
    world
        .runs()
        .rerun(&failed, RerunFrom::Start, world.clock.now())
        .unwrap();
    for _ in 0..5 {
        world.tick();
    }
    let expected = [
        "06-01T00:00 Succeeded",
        "06-02T00:00 Succeeded",
        "06-03T00:00 Succeeded",
    ];
    assert_eq!(world.times()[2..], expected);
    assert_eq!(world.runs().triggers().unwrap()[0].trouble, None);
}

fn windows_wait_for_those_of_another_pipeline(kept: fn() -> Kept) {
    let hours =
        r#"(triggers: {"hour": Window(size: "1h", start: "2026-06-01", catch_up: All, max_concurrency: 9)})"#;
    let day = r#"(triggers: {"day": Window(size: "1day", start: "2026-06-01", catch_up: All,
        depends_on: [(trigger: "hours/hour")])})"#;
    let mut world = World::on(kept(), "2026-06-01T12:00:00Z", &[("day", day), ("hours", hours)]);
    world.player.failing.lock().unwrap().insert("hours".to_owned(), 1);
    world.pass("2026-06-02T00:30:00Z");
    let of_day = |world: &World| world.all().iter().filter(|run| run.pipeline == "day").count();
    assert_eq!((world.all().len(), of_day(&world)), (24, 0));
    let failed = world.all()[0].id.clone();
    world
        .runs()
        .rerun(&failed, RerunFrom::Start, world.clock.now())
        .unwrap();
    for _ in 0..3 {
        world.tick();
    }
    assert_eq!((world.all().len(), of_day(&world)), (26, 1));
}

#[test]
fn no_more_runs_run_at_a_time_than_are_to() {
    let text = r#"(concurrency: 2, triggers: {"minute": Schedule(cron: "* * * * *", catch_up: All)})"#;
    let mut world = World::new("2026-06-01T00:00:00Z", &[("p", text)]);
    *world.player.is_holding.lock().unwrap() = true;
    world.pass("2026-06-01T00:05:30Z");
    let held = |world: &World| world.player.held.lock().unwrap().len();
    assert_eq!((world.all().len(), held(&world)), (5, 2));
    world.player.release();
    world.tick();
    assert_eq!(held(&world), 2);
    let first: Vec<_> = world.times()[..3].to_vec();
    let expected = [
        "06-01T00:01 Succeeded",
        "06-01T00:02 Succeeded",
        "06-01T00:03 Queued",
    ];
    assert_eq!(first, expected);
}

fn files_are_taken_once_when_they_are_complete(kept: fn() -> Kept) {
    let text =
        r#"(triggers: {"new": Event(path: "/mnt/data/new/*.csv", on: [Appears, Changes], every: "10s")})"#;
    let mut world = World::on(kept(), "2026-06-01T00:00:00Z", &[("load", text)]);
    world.write("new/old.csv", "there before");
    world.tick();
    let files = |world: &World| -> Vec<Vec<String>> {
        world.all().into_iter().map(|run| run.trigger.files).collect()
    };
    let look = |world: &mut World| {
        let next = world.clock.now() + TimeDelta::seconds(10);
        world.pass(&next.to_rfc3339());
    };
    look(&mut world);
    assert!(files(&world).is_empty());
    world.write("new/a.csv", "half");
    look(&mut world);
    // It is still written to: it waits.
    world.write("new/a.csv", "half and the rest");
    world.write("new/b.txt", "no match");
    look(&mut world);
    assert!(files(&world).is_empty());
    world.kill();
    world.start();
    world.tick();
    assert_eq!(files(&world), [["/mnt/data/new/a.csv"]]);
    // The same contents again, also after it was away, are nothing new.
    std::fs::remove_file(world.kept.path().join("data/new/a.csv")).unwrap();
    look(&mut world);
    world.write("new/a.csv", "half and the rest");
    look(&mut world);
    look(&mut world);
    assert_eq!(files(&world).len(), 1);
    world.write("new/a.csv", "other");
    world.write("new/c.csv", "new");
    look(&mut world);
    look(&mut world);
    assert_eq!(
        files(&world)[1..],
        [["/mnt/data/new/a.csv", "/mnt/data/new/c.csv"]]
    );
    look(&mut world);
    assert_eq!(files(&world).len(), 2);
}

fn those_who_are_to_be_told_are_told_once(kept: fn() -> Kept) {
    let text = r#"(triggers: {"night": Schedule(cron: "0 2 * * *")},
        alerts: [(on: [Failed, LongerThan("1h")], http: (url: "https://example.com")), (on: [Succeeded])])"#;
    let mut world = World::on(kept(), "2026-06-01T00:00:00Z", &[("p", text)]);
    world.player.failing.lock().unwrap().insert("p".to_owned(), 1);
    world.pass("2026-06-01T02:00:00Z");
    world.kill();
    world.start();
    world.tick();
    let told = |world: &World| std::mem::take(&mut *world.player.alerts.lock().unwrap());
    assert_eq!(told(&world), ["Failed Failed"]);
    *world.player.is_holding.lock().unwrap() = true;
    world.pass("2026-06-02T02:30:00Z");
    // It has begun, and runs for long.
    let task = world.player.held.lock().unwrap().pop().unwrap();
    task.journal().write(&Entry::Began).unwrap();
    world.pass("2026-06-02T03:29:00Z");
    assert!(told(&world).is_empty());
    world.pass("2026-06-02T03:31:00Z");
    let longer = "LongerThan(Span(3600s)) InProgress";
    assert_eq!(told(&world), [longer]);
    world.tick();
    world.player.play(task);
    world.tick();
    assert_eq!(told(&world), ["Succeeded Succeeded"]);
}

fn a_run_that_is_cancelled_is_stopped(kept: fn() -> Kept) {
    let mut world = World::on(kept(), "2026-06-01T12:00:00Z", &[("nightly", &nightly(""))]);
    *world.player.is_holding.lock().unwrap() = true;
    world.pass("2026-06-02T00:00:00Z");
    let run = world.all()[0].id.clone();
    world.runs().ask_cancel(&run, world.clock.now()).unwrap();
    assert!(!world.player.held.lock().unwrap()[0].interrupt.is_set());
    world.tick();
    assert!(world.player.held.lock().unwrap()[0].interrupt.is_set());
}

#[test]
fn a_task_that_is_dropped_has_failed() {
    let mut world = World::new("2026-06-01T12:00:00Z", &[("nightly", &nightly(""))]);
    *world.player.is_holding.lock().unwrap() = true;
    world.pass("2026-06-02T00:00:00Z");
    drop(world.player.held.lock().unwrap().pop());
    let run = &world.all()[0];
    assert_eq!(
        (run.status, run.error.as_deref()),
        (RunStatus::Failed, Some("it ended without a result"))
    );
    assert!(world.scheduler.as_ref().unwrap().running().is_empty());
}

/// Tells, when a process gives up its name, whether one of its runs still counts as running.
#[derive(Debug)]
struct Watched(
    Arc<std::sync::OnceLock<crate::schedule::scheduler::task::Running>>,
    Arc<Mutex<Option<usize>>>,
);

impl crate::schedule::owner::Life for Watched {
    fn is_over(&self) -> bool {
        false
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        let running = self.0.get().unwrap().lock().unwrap().len();
        *self.1.lock().unwrap() = Some(running);
    }
}

#[test]
fn who_waits_for_the_last_run_has_the_last_hold_of_the_processes_name() {
    let mut world = World::new("2026-06-01T12:00:00Z", &[("nightly", &nightly(""))]);
    *world.player.is_holding.lock().unwrap() = true;
    let (running, given_up) = (Arc::default(), Arc::default());
    let life = Box::new(Watched(Arc::clone(&running), Arc::clone(&given_up)));
    let owner = crate::schedule::Owner::of("7-1f".to_owned(), None, life);
    let (player, clock) = (Arc::clone(&world.player), Arc::clone(&world.clock));
    let mounts = Arc::new(Mounts::new(world.kept.path()));
    world.scheduler = Some(Scheduler::of(&world.runs(), owner, player, clock, mounts));
    world.pass("2026-06-02T00:00:00Z");
    let task = world.player.held.lock().unwrap().pop().unwrap();
    running.set(Arc::clone(&task.running)).unwrap();
    // The scheduler is gone, as after an end that has not waited: the run gives up the name before it counts as over.
    world.kill();
    assert_eq!(*given_up.lock().unwrap(), None);
    drop(task);
    assert_eq!(*given_up.lock().unwrap(), Some(1));
    assert!(running.get().unwrap().lock().unwrap().is_empty());
}

fn a_backfill_asks_for_what_has_no_run(kept: fn() -> Kept) {
    let mut world = World::on(kept(), "2026-06-01T12:00:00Z", &[("nightly", &nightly(""))]);
    world.pass("2026-06-03T12:00:00Z");
    let plan = Arc::clone(&world.player.plan.lock().unwrap());
    let runs = world.runs();
    let mounts = Mounts::new(world.kept.path());
    let trigger = TriggerName {
        pipeline: "nightly".to_owned(),
        name: "night".to_owned(),
    };
    let backfill = crate::schedule::Backfill {
        runs: &runs,
        plan: &plan,
        mounts: &mounts,
        trigger: &trigger,
        from: at("2026-05-29T00:00:00Z"),
        until: at("2026-06-03T00:00:00Z"),
        parallel: 2,
    };
    let filled = backfill.fill(world.clock.now()).unwrap();
    // Of 29 May to 2 June one has run.
    assert_eq!((filled.asked, filled.there), (4, 1));
    *world.player.is_holding.lock().unwrap() = true;
    world.tick();
    assert_eq!(world.player.held.lock().unwrap().len(), 2);
    let origins = world
        .all()
        .iter()
        .filter(|run| run.origin == Origin::Backfill)
        .count();
    assert_eq!(origins, 4);
    let again = backfill.fill(world.clock.now()).unwrap();
    assert_eq!((again.asked, again.there), (0, 5));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, ..ProptestConfig::default() })]

    /// However often a scheduler is killed, and behind whichever write, each time has one run, which ends, and whose activity is
    /// not done again once it has ended well.
    #[test]
    fn a_kill_behind_any_write_loses_and_doubles_nothing(kills in prop::collection::vec(0_u32..14, 1..40)) {
        let hourly = r#"(triggers: {
            "hour": Schedule(cron: "0 * * * *", catch_up: All),
            "window": Window(size: "2h", start: "2026-06-01", catch_up: All, retry: 9, depends_on: [(trigger: "window")]),
        })"#;
        let mut world = World::new("2026-06-01T00:00:00Z", &[("p", hourly)]);
        world.tick();
        let until = at("2026-06-01T08:30:00Z");
        for writes in kills {
            world.kill();
            let runs = world.runs();
            runs.break_after(writes);
            world.start_on(runs);
            // It works until a write fails, as if it had been killed behind the one before.
            loop {
                let scheduler = world.scheduler.as_mut().unwrap();
                let Ok(next) = scheduler.tick() else { break };
                let now = world.clock.now();
                if now >= until {
                    break;
                }
                *world.clock.0.lock().unwrap() = next.unwrap_or(until).clamp(now + TimeDelta::seconds(1), until);
            }
        }
        world.kill();
        world.start();
        world.pass("2026-06-01T08:30:00Z");
        for _ in 0..30 {
            world.tick();
        }
        let all = world.all();
        let mut hours: Vec<_> = all.iter().filter(|run| run.trigger.name.as_deref() == Some("hour")).collect();
        hours.sort_by_key(|run| run.trigger.scheduled_time);
        prop_assert_eq!(hours.len(), 8);
        let mut windows: Vec<_> = all.iter().filter_map(|run| run.trigger.window_start).collect();
        prop_assert!(windows.is_sorted(), "each after the one before");
        windows.dedup();
        prop_assert_eq!(windows.len(), 4);
        // One that was killed again and again is given up, and says so; it is not lost.
        let ended = all.iter().all(|run| run.status.is_final());
        prop_assert!(ended, "{:?}", world.times());
        let ids: std::collections::BTreeSet<&RunId> = all.iter().map(|run| &run.id).collect();
        prop_assert_eq!(ids.len(), all.len());
        for run in &all {
            let attempts = world.runs().attempts(&run.id, "work").unwrap();
            let well = attempts.iter().filter(|one| one.status == ActivityStatus::Succeeded).count();
            prop_assert!(well <= 1, "{:?}", attempts);
        }
    }
}
