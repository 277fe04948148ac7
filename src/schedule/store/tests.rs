//! The store, as its callers see it.

use std::fs;
use std::path::PathBuf;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::testing::{Kept, on_both};
use super::{Advance, Asked, DueRun, NewRun, RerunFrom, Runs, TriggerName};
use crate::error::{Kind, Problem as _};
use crate::pipeline::{ActivityStatus, Admission, Entry, Journal as _, RunStatus, TriggerFacts};
use crate::schedule::error::ScheduleError;
use crate::schedule::run::{Origin, RunFilter, RunId};

on_both! {
    what_is_written_is_read_by_another_process_as_it_was;
    filters_find_what_they_say_among_ten_thousand;
    a_run_goes_on_with_what_has_not_ended_well;
    a_run_that_kills_its_process_does_not_do_so_for_ever;
    a_run_of_a_person_stays_interrupted;
    a_process_that_is_asked_to_end_may_do_so_as_often_as_it_likes;
    a_run_is_cancelled_where_it_is;
    a_debug_run_of_which_nothing_was_kept_is_not_repeated;
    a_rerun_takes_what_ended_well_as_it_was;
    ids_may_be_shortened_to_what_no_other_has;
    changes_are_seen_once;
    a_rerun_knows_what_was_begun_and_whose_loads_that_goes_on_with;
    what_was_done_for_items_goes_where_they_are_now;
    who_waits_for_a_place_gets_it_in_the_line_wherever_it_is_run;
    what_goes_on_is_at_work_since_its_first_start;
    what_is_due_is_made_and_begun_together_or_not_at_all;
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn noon() -> DateTime<Utc> {
    at("2026-11-30T12:00:00Z")
}

fn store() -> (Kept, Runs) {
    let kept = Kept::file();
    let runs = kept.open();
    (kept, runs)
}

fn new(pipeline: &str) -> NewRun<'_> {
    NewRun {
        pipeline,
        version: None,
        origin: Origin::Trigger,
        trigger: TriggerFacts::default(),
        parameters: json!({"date": "1912-04-15"}),
        parent: None,
        owner: None,
    }
}

/// Writes that an activity was tried once, and how that ended.
fn tried(runs: &Runs, run: &RunId, path: &str, status: ActivityStatus) {
    let journal = runs.journal(run);
    let output = json!({"rows": 3});
    begin(runs, run, path, 1);
    for entry in [
        Entry::AttemptEnded {
            path,
            attempt: 1,
            status,
            output: &output,
            error: None,
        },
        Entry::Ended {
            path,
            kind: "Copy",
            status,
            output: &output,
            error: None,
        },
    ] {
        journal.write(&entry).unwrap();
    }
}

fn begin(runs: &Runs, run: &RunId, path: &str, attempt: u32) {
    let entry = Entry::Attempt {
        path,
        kind: "Copy",
        attempt,
        input: &Value::Null,
        load: None,
    };
    runs.journal(run).write(&entry).unwrap();
}

fn finish(runs: &Runs, run: &RunId, status: RunStatus) {
    let journal = runs.journal(run);
    journal.write(&Entry::Finished { status, error: None }).unwrap();
}

fn statuses(runs: &Runs, run: &RunId) -> Vec<(String, ActivityStatus)> {
    let activities = runs.activities(run).unwrap();
    activities.into_iter().map(|one| (one.path, one.status)).collect()
}

fn what_is_written_is_read_by_another_process_as_it_was(kept: &Kept) {
    let runs = kept.open();
    let mut asked = new("nightly");
    asked.trigger = TriggerFacts {
        name: Some("night".to_owned()),
        scheduled_time: Some(noon()),
        files: vec!["/mnt/data/a.csv".to_owned()],
        ..TriggerFacts::default()
    };
    let id = runs.create(&asked, noon()).unwrap();
    let journal = runs.journal(&id).with_clock(|| noon() + TimeDelta::seconds(5));
    let input = json!({"path": "sessions/nightly_score.py"});
    let output = json!({"rows": 418});
    for entry in [
        Entry::Began,
        Entry::Attempt {
            path: "score",
            kind: "Notebook",
            attempt: 1,
            input: &input,
            load: None,
        },
        Entry::Notebook {
            path: "score",
            attempt: 1,
            file: "sessions/nightly_score.py",
            source: "x = 1",
            record: "()",
        },
        Entry::Progress {
            path: "score",
            done: 3,
            total: Some(5),
        },
        Entry::AttemptEnded {
            path: "score",
            attempt: 1,
            status: ActivityStatus::Failed,
            output: &Value::Null,
            error: Some("cell 4"),
        },
    ] {
        journal.write(&entry).unwrap();
    }
    let other = kept.open();
    assert_eq!(
        statuses(&other, &id),
        [("score".to_owned(), ActivityStatus::Retrying)]
    );
    let ended = Entry::Ended {
        path: "score",
        kind: "Notebook",
        status: ActivityStatus::Failed,
        output: &output,
        error: Some("cell 4"),
    };
    journal.write(&ended).unwrap();
    let error = Some("score has failed");
    journal
        .write(&Entry::Finished {
            status: RunStatus::Failed,
            error,
        })
        .unwrap();

    let run = other.run(&id).unwrap().unwrap();
    assert_eq!((run.status, run.error.as_deref()), (RunStatus::Failed, error));
    assert_eq!(
        (run.queued_at, run.started_at),
        (noon(), Some(noon() + TimeDelta::seconds(5)))
    );
    assert_eq!((run.trigger, run.parameters), (asked.trigger, asked.parameters));
    let activities = other.activities(&id).unwrap();
    let [activity] = activities.as_slice() else {
        panic!("{activities:?}")
    };
    assert_eq!(
        (
            activity.kind.as_str(),
            &activity.input,
            &activity.output,
            activity.attempts,
            activity.progress
        ),
        ("Notebook", &input, &output, 1, Some((3, Some(5))))
    );
    assert!(activity.has_notebook);
    let attempts = other.attempts(&id, "score").unwrap();
    assert_eq!(attempts.len(), 1);
    assert_eq!(attempts[0].error.as_deref(), Some("cell 4"));
    let notebook = other.notebook(&id, "score", 1).unwrap().unwrap();
    assert_eq!(
        (notebook.source.as_str(), notebook.record.as_str()),
        ("x = 1", "()")
    );
    assert_eq!(other.notebook(&id, "score", 2).unwrap(), None);
}

fn filters_find_what_they_say_among_ten_thousand(kept: &Kept) {
    let runs = kept.open();
    // Every fifth of `a`, every seventh failed, one a minute; as SQL, so that what reads is not what has written.
    let sql = "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 9999) \
         INSERT INTO runs (id, pipeline, origin, trigger_name, trigger, parameters, status, queued_at, started_at, ended_at) \
         SELECT '20260101-000000-' || substr(CAST(10000 + i AS TEXT), 2), CASE WHEN i % 5 = 0 THEN 'a' ELSE 'b' END, \
             'Trigger', CASE WHEN i % 2 = 0 THEN 'even' END, '{}', '{}', \
             CASE WHEN i % 7 = 0 THEN 'Failed' ELSE 'Succeeded' END, 1767225600000 + i * 60000, 0, 1500 FROM n";
    let made = runs.write(|transaction| transaction.execute(sql, &[]));
    assert_eq!(made.unwrap(), 10_000);
    let start = at("2026-01-01T00:00:00Z");
    let filter = RunFilter::default();
    let check = |filter: &RunFilter, holds: &dyn Fn(i64) -> bool| {
        let expected: Vec<String> = (0..10_000)
            .rev()
            .filter(|i| holds(*i))
            .map(|i| format!("20260101-000000-{i:04}"))
            .collect();
        assert_eq!(runs.count(filter).unwrap(), expected.len() as u64, "{filter:?}");
        let limited = RunFilter {
            limit: Some(50),
            ..filter.clone()
        };
        let found: Vec<String> = runs
            .runs(&limited)
            .unwrap()
            .into_iter()
            .map(|run| run.id.0)
            .collect();
        assert_eq!(
            found,
            expected.iter().take(50).cloned().collect::<Vec<_>>(),
            "{filter:?}"
        );
        assert_eq!(runs.runs(filter).unwrap().len(), expected.len(), "{filter:?}");
    };
    check(&filter, &|_| true);
    let failed = RunFilter {
        statuses: vec![RunStatus::Failed],
        ..filter.clone()
    };
    check(&failed, &|i| i % 7 == 0);
    let either = RunFilter {
        statuses: vec![RunStatus::Failed, RunStatus::Queued],
        pipeline: Some("a".to_owned()),
        ..filter.clone()
    };
    check(&either, &|i| i % 35 == 0);
    let triggered = RunFilter {
        trigger: Some("even".to_owned()),
        since: Some(start + TimeDelta::minutes(100)),
        until: Some(start + TimeDelta::minutes(300)),
        ..filter.clone()
    };
    check(&triggered, &|i| i % 2 == 0 && (100..300).contains(&i));
    let page = RunFilter {
        before: Some(RunId("20260101-000000-0123".to_owned())),
        ..filter.clone()
    };
    check(&page, &|i| i < 123);
    check(
        &RunFilter {
            pipeline: Some("none".to_owned()),
            ..filter
        },
        &|_| false,
    );
    let statistics = runs.statistics(Some(start + TimeDelta::minutes(9_993))).unwrap();
    let a = &statistics[0];
    assert_eq!(
        (a.pipeline.as_str(), a.runs.get("Succeeded"), a.runs.get("Failed")),
        ("a", Some(&1), None)
    );
    assert_eq!(
        (a.seconds, a.longest, a.latest),
        (1.5, 1.5, Some(start + TimeDelta::minutes(9_995)))
    );
    assert_eq!(statistics[1].runs.get("Failed"), Some(&1));
}

fn a_run_goes_on_with_what_has_not_ended_well(kept: &Kept) {
    let runs = kept.open();
    let id = runs.create(&new("nightly"), noon()).unwrap();
    let owner = runs.make_known().unwrap();
    runs.claim(&id, &owner, Some(3)).unwrap();
    runs.journal(&id).write(&Entry::Began).unwrap();
    tried(&runs, &id, "score", ActivityStatus::Succeeded);
    begin(&runs, &id, "copy", 1);
    assert!(runs.recover(noon()).unwrap().is_empty(), "its process lives");
    drop(owner);

    assert_eq!(runs.recover(noon()).unwrap(), std::slice::from_ref(&id));
    let run = runs.run(&id).unwrap().unwrap();
    assert_eq!(
        (run.status, run.continued, run.version),
        (RunStatus::Queued, 1, Some(3))
    );
    let expected = [
        ("score".to_owned(), ActivityStatus::Succeeded),
        ("copy".to_owned(), ActivityStatus::Interrupted),
    ];
    assert_eq!(statuses(&runs, &id), expected);
    assert!(runs.recover(noon()).unwrap().is_empty());

    begin(&runs, &id, "copy", 2);
    let attempts = runs.attempts(&id, "copy").unwrap();
    let attempts: Vec<_> = attempts.iter().map(|one| (one.attempt, one.status)).collect();
    assert_eq!(
        attempts,
        [(1, ActivityStatus::Interrupted), (2, ActivityStatus::InProgress)]
    );
}

fn a_run_that_kills_its_process_does_not_do_so_for_ever(kept: &Kept) {
    let runs = kept.open();
    let id = runs.create(&new("nightly"), noon()).unwrap();
    for killed in 1..=17 {
        let owner = runs.make_known().unwrap();
        runs.claim(&id, &owner, None).unwrap();
        drop(owner);
        runs.recover(noon()).unwrap();
        let run = runs.run(&id).unwrap().unwrap();
        let expected = if killed == 17 {
            RunStatus::Interrupted
        } else {
            RunStatus::Queued
        };
        assert_eq!(run.status, expected, "after {killed}");
    }
}

fn a_run_of_a_person_stays_interrupted(kept: &Kept) {
    let runs = kept.open();
    let owner = runs.make_known().unwrap();
    let asked = NewRun {
        owner: Some(&owner),
        origin: Origin::Manual,
        ..new("nightly")
    };
    let id = runs.create(&asked, noon()).unwrap();
    let other = runs.make_known().unwrap();
    let error = runs.claim(&id, &other, None).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("the run {id} is no longer queued: it is Queued")
    );
    drop(owner);
    runs.recover(noon()).unwrap();
    assert_eq!(runs.run(&id).unwrap().unwrap().status, RunStatus::Interrupted);
}

fn a_process_that_is_asked_to_end_may_do_so_as_often_as_it_likes(kept: &Kept) {
    let runs = kept.open();
    let id = runs.create(&new("nightly"), noon()).unwrap();
    for _ in 0..9 {
        let owner = runs.make_known().unwrap();
        runs.claim(&id, &owner, None).unwrap();
        // No one has asked for it to be stopped.
        finish(&runs, &id, RunStatus::Cancelled);
    }
    let run = runs.run(&id).unwrap().unwrap();
    assert_eq!((run.status, run.continued), (RunStatus::Queued, 0));
}

fn a_run_is_cancelled_where_it_is(kept: &Kept) {
    let runs = kept.open();
    let waiting = runs.create(&new("nightly"), noon()).unwrap();
    runs.ask_cancel(&waiting, noon()).unwrap();
    let run = runs.run(&waiting).unwrap().unwrap();
    assert_eq!((run.status, run.ended_at), (RunStatus::Cancelled, Some(noon())));
    let owner = runs.make_known().unwrap();
    let error = runs.claim(&waiting, &owner, None).unwrap_err();
    assert!(matches!(error, ScheduleError::NotWaiting { .. }), "{error}");

    let running = runs.create(&new("nightly"), noon()).unwrap();
    runs.claim(&running, &owner, None).unwrap();
    runs.journal(&running).write(&Entry::Began).unwrap();
    runs.ask_cancel(&running, noon()).unwrap();
    assert!(runs.is_cancel_asked(&running).unwrap());
    assert_eq!(runs.run(&running).unwrap().unwrap().status, RunStatus::InProgress);
    // Its process is killed before it has stopped it.
    drop(owner);
    runs.recover(noon()).unwrap();
    assert_eq!(runs.run(&running).unwrap().unwrap().status, RunStatus::Cancelled);
    let error = runs.ask_cancel(&running, noon()).unwrap_err();
    assert_eq!(
        (error.to_string(), error.hint(), error.kind()),
        (
            format!("the run {running} has already ended: it is Cancelled"),
            Some(format!("`sheaf runs rerun {running}` runs it again")),
            Kind::Usage
        )
    );
}

fn a_debug_run_of_which_nothing_was_kept_is_not_repeated(kept: &Kept) {
    let runs = kept.open();
    let debugged = NewRun {
        origin: Origin::Debug,
        ..new("nightly")
    };
    let id = runs.create(&debugged, noon()).unwrap();
    finish(&runs, &id, RunStatus::Failed);
    let error = runs.rerun(&id, RerunFrom::Failed, noon()).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("the run {id} was a debug run: nothing of it was kept")
    );
}

fn a_rerun_takes_what_ended_well_as_it_was(kept: &Kept) {
    let runs = kept.open();
    let id = runs.create(&new("nightly"), noon()).unwrap();
    let error = runs.rerun(&id, RerunFrom::Start, noon()).unwrap_err();
    assert!(matches!(error, ScheduleError::NotEnded { .. }), "{error}");
    tried(&runs, &id, "score", ActivityStatus::Succeeded);
    tried(&runs, &id, "copy", ActivityStatus::Failed);
    finish(&runs, &id, RunStatus::Failed);

    let start = runs.rerun(&id, RerunFrom::Start, noon()).unwrap();
    assert!(runs.activities(&start).unwrap().is_empty());
    let failed = runs.rerun(&id, RerunFrom::Failed, noon()).unwrap();
    assert_eq!(
        statuses(&runs, &failed),
        [("score".to_owned(), ActivityStatus::Succeeded)]
    );
    let run = runs.run(&failed).unwrap().unwrap();
    assert_eq!(
        (run.origin, run.rerun_of, run.status),
        (Origin::Rerun, Some(id.clone()), RunStatus::Queued)
    );
    assert_eq!(run.parameters, json!({"date": "1912-04-15"}));
    let error = runs.rerun(&id, RerunFrom::Activity("scor"), noon()).unwrap_err();
    assert_eq!(error.hint().unwrap(), "did you mean \"score\"?");
}

fn ids_may_be_shortened_to_what_no_other_has(kept: &Kept) {
    let runs = kept.open();
    let first = runs.create(&new("nightly"), noon()).unwrap();
    let second = runs.create(&new("nightly"), noon() + TimeDelta::days(1)).unwrap();
    assert!(first < second);
    let end = second.0.rsplit_once('-').unwrap().1;
    assert_eq!(runs.find(&second.0).unwrap().id, second);
    assert_eq!(runs.find("20261130").unwrap().id, first);
    assert_eq!(runs.find(end).unwrap().id, second);
    let error = runs.find("2026").unwrap_err();
    let expected = format!("\"2026\" matches the ids of 2 runs: {second}, {first}");
    assert_eq!(error.to_string(), expected);
    let slip = first.0.replacen("2026", "2062", 1);
    assert_eq!(
        runs.find(&slip).unwrap_err().hint(),
        Some(format!("did you mean {first}?"))
    );
    assert_eq!(
        runs.find("x").unwrap_err().hint().unwrap(),
        "`sheaf runs` lists the runs"
    );
}

fn changes_are_seen_once(kept: &Kept) {
    let runs = kept.open();
    let (start, none) = runs.changes_since(0).unwrap();
    assert!(none.is_empty());
    let first = runs.create(&new("nightly"), noon()).unwrap();
    let second = runs.create(&new("nightly"), noon()).unwrap();
    let (sequence, changed) = runs.changes_since(start).unwrap();
    assert_eq!(changed, [first.clone(), second]);
    runs.ask_cancel(&first, noon()).unwrap();
    let (sequence, changed) = runs.changes_since(sequence).unwrap();
    assert_eq!(changed, [first]);
    assert_eq!(runs.changes_since(sequence).unwrap(), (sequence, vec![]));
}

/// Writes a file, opens it as a store, and returns the error; the file has to be as it was.
fn refused(bytes: &[u8]) -> ScheduleError {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(Runs::FILE);
    fs::write(&path, bytes).unwrap();
    let error = Runs::open(&path).unwrap_err();
    assert_eq!(fs::read(&path).unwrap(), bytes);
    assert_eq!(error.kind(), Kind::Unreadable);
    error
}

#[test]
fn what_is_newer_foreign_or_damaged_is_refused_and_left_as_it_is() {
    let (kept, runs) = store();
    let closed = |path: PathBuf, sql: &str| {
        let connection = rusqlite::Connection::open(&path).unwrap();
        connection.execute_batch(sql).unwrap();
        drop(connection);
        fs::read(path).unwrap()
    };
    let path = kept.path().join(".sheaf").join(Runs::FILE);
    drop(runs);
    let whole = closed(path.clone(), "PRAGMA journal_mode = DELETE");
    let newer = closed(path, "PRAGMA user_version = 9");
    let error = refused(&newer).to_string();
    assert!(
        error.ends_with(&format!(
            "has version 9, and this Sheaf can read versions up to {}",
            super::schema::VERSION
        )),
        "{error}"
    );
    let folder = tempfile::tempdir().unwrap();
    let foreign = closed(folder.path().join("other.db"), "CREATE TABLE t (a)");
    let error = refused(&foreign).to_string();
    assert!(
        error.ends_with("is damaged: it is a database of something else"),
        "{error}"
    );
    let error = refused(
        b"no database at all, and longer than the head of one; no database at all, and longer than it",
    );
    assert!(matches!(error, ScheduleError::Damaged { .. }), "{error}");
    let mut torn = whole;
    torn.truncate(4096);
    torn[200..].fill(7);
    assert!(matches!(refused(&torn), ScheduleError::Damaged { .. }));
}

fn a_rerun_knows_what_was_begun_and_whose_loads_that_goes_on_with(kept: &Kept) {
    let runs = kept.open();
    let first = runs.create(&new("nightly"), noon()).unwrap();
    tried(&runs, &first, "score", ActivityStatus::Succeeded);
    tried(&runs, &first, "copy", ActivityStatus::Failed);
    tried(&runs, &first, "other", ActivityStatus::Failed);
    finish(&runs, &first, RunStatus::Failed);
    let loads = |run: &RunId| -> Vec<(String, String)> {
        let carried = runs.carried(run).unwrap();
        carried.into_iter().map(|one| (one.path, one.load)).collect()
    };
    let of = |run: &RunId, path: &str| (path.to_owned(), format!("{run}/{path}"));
    assert_eq!(loads(&runs.rerun(&first, RerunFrom::Start, noon()).unwrap()), []);
    let chosen = runs.rerun(&first, RerunFrom::Activity("copy"), noon()).unwrap();
    assert_eq!(loads(&chosen), [of(&first, "other"), of(&first, "score")]);
    let second = runs.rerun(&first, RerunFrom::Failed, noon()).unwrap();
    assert_eq!(
        loads(&second),
        ["copy", "other", "score"].map(|path| of(&first, path))
    );
    // One goes on, the other one is done anew.
    let load = format!("{first}/copy");
    for (path, load) in [("copy", Some(load.as_str())), ("other", None)] {
        let entry = Entry::Attempt {
            path,
            kind: "Copy",
            attempt: 1,
            input: &Value::Null,
            load,
        };
        runs.journal(&second).write(&entry).unwrap();
    }
    finish(&runs, &second, RunStatus::Failed);
    let third = runs.rerun(&second, RerunFrom::Failed, noon()).unwrap();
    assert_eq!(
        loads(&third),
        [of(&first, "copy"), of(&second, "other"), of(&first, "score")]
    );
}

fn what_was_done_for_items_goes_where_they_are_now(kept: &Kept) {
    let runs = kept.open();
    let first = runs.create(&new("nightly"), noon()).unwrap();
    let items = json!({"items": ["x", "y", "z"]});
    let entry = Entry::Attempt {
        path: "each",
        kind: "ForEach",
        attempt: 1,
        input: &items,
        load: None,
    };
    runs.journal(&first).write(&entry).unwrap();
    for path in ["each[1]/a", "each[2]/a", "each[3]/in[1]/a", "each2[1]/a"] {
        tried(&runs, &first, path, ActivityStatus::Succeeded);
    }
    finish(&runs, &first, RunStatus::Failed);
    let second = runs.rerun(&first, RerunFrom::Failed, noon()).unwrap();
    let moved = Entry::Items {
        path: "each",
        items: &json!(["z", "w", "x"]),
        from: &[Some(2), None, Some(0)],
    };
    runs.journal(&second).write(&moved).unwrap();
    let mut paths: Vec<_> = statuses(&runs, &second)
        .into_iter()
        .map(|(path, _)| path)
        .collect();
    paths.sort();
    assert_eq!(paths, ["each2[1]/a", "each[1]/in[1]/a", "each[3]/a"]);
    let carried = runs.carried(&second).unwrap();
    let loads: Vec<_> = carried
        .iter()
        .map(|one| (one.path.as_str(), one.load.strip_prefix(&first.0).unwrap()))
        .collect();
    assert_eq!(
        loads,
        [
            ("each", "/each"),
            ("each2[1]/a", "/each2[1]/a"),
            ("each[1]/in[1]/a", "/each[3]/in[1]/a"),
            ("each[3]/a", "/each[1]/a"),
        ]
    );
    assert_eq!(carried[0].input, json!({"items": ["z", "w", "x"]}));
}

fn who_waits_for_a_place_gets_it_in_the_line_wherever_it_is_run(kept: &Kept) {
    let runs = kept.open();
    let owner = runs.make_known().unwrap();
    let make = |pipeline: &'static str| {
        let new = NewRun {
            origin: Origin::Manual,
            owner: Some(&owner),
            ..new(pipeline)
        };
        runs.create(&new, noon()).unwrap()
    };
    let later = |seconds: i64| noon() + TimeDelta::seconds(seconds);
    let enters = |run: &RunId, path: &str, seconds: i64| {
        runs.take_place(run, path, ("nightly", 2), later(seconds))
            .unwrap()
            == Admission::Admitted
    };
    let (first, second, third) = (make("nightly"), make("nightly"), make("nightly"));
    let outer = make("outer");
    // Those that have a place already are counted: two of the others run, as far as anyone knows.
    assert!(!enters(&first, "", 0));
    assert!(!enters(&second, "", 1));
    assert!(!enters(&outer, "call", 2));
    assert!(!enters(&third, "", 3));
    // Of all that wait, the first two get in.
    assert!(!enters(&third, "", 4) && !enters(&outer, "call", 4));
    assert!(enters(&second, "", 4) && enters(&first, "", 4));
    let waiting = runs.take_place(&outer, "call", ("nightly", 2), later(5)).unwrap();
    assert_eq!(waiting, Admission::Waiting { running: 2 });
    assert_eq!(runs.places().unwrap()["nightly"], 2);
    finish(&runs, &first, RunStatus::Succeeded);
    assert!(!enters(&third, "", 6));
    assert!(enters(&outer, "call", 6));
    // It is asked again, and still has it.
    assert!(enters(&outer, "call", 7));
    assert!(!enters(&third, "", 7));
    runs.leave(&outer, "call").unwrap();
    assert!(enters(&third, "", 8));
    // What waits or runs in a process that has ended gives up its place.
    let last = make("nightly");
    assert!(!enters(&last, "", 9));
    drop(owner);
    let owner = runs.make_known().unwrap();
    let next = NewRun {
        owner: Some(&owner),
        ..new("nightly")
    };
    let next = runs.create(&next, noon()).unwrap();
    assert!(!enters(&next, "", 10));
    assert!(enters(&next, "", 11));
    assert_eq!(runs.run(&last).unwrap().unwrap().status, RunStatus::Interrupted);
    assert!(runs.places().unwrap().is_empty());
}

fn what_goes_on_is_at_work_since_its_first_start(kept: &Kept) {
    let runs = kept.open();
    let id = runs.create(&new("nightly"), noon()).unwrap();
    let minute = |minute: i64| noon() + TimeDelta::minutes(minute);
    let journal = |now: DateTime<Utc>| runs.journal(&id).with_clock(move || now);
    let attempt = |number: u32| Entry::Attempt {
        path: "until",
        kind: "Until",
        attempt: number,
        input: &Value::Null,
        load: None,
    };
    let series = || -> Vec<(String, DateTime<Utc>, bool)> {
        let all = runs.series(&id).unwrap().into_iter();
        all.map(|one| (one.path, one.since, one.is_open)).collect()
    };
    // It is killed twice in the middle of it, and once its process is asked to end.
    for (number, at) in [(1, 0), (2, 10), (3, 20)] {
        let owner = runs.make_known().unwrap();
        runs.claim(&id, &owner, None).unwrap();
        journal(minute(at)).write(&attempt(number)).unwrap();
        if number == 3 {
            let ended = Entry::AttemptEnded {
                path: "until",
                attempt: number,
                status: ActivityStatus::Cancelled,
                output: &Value::Null,
                error: None,
            };
            journal(minute(at + 1)).write(&ended).unwrap();
        }
        drop(owner);
        runs.recover(minute(at + 5)).unwrap();
        assert_eq!(series(), [("until".to_owned(), minute(0), true)]);
    }
    // An attempt that fails ends that, and the next one has its own time.
    let owner = runs.make_known().unwrap();
    runs.claim(&id, &owner, None).unwrap();
    let failed = Entry::AttemptEnded {
        path: "until",
        attempt: 4,
        status: ActivityStatus::Failed,
        output: &Value::Null,
        error: Some("no"),
    };
    journal(minute(30)).write(&attempt(4)).unwrap();
    journal(minute(31)).write(&failed).unwrap();
    assert_eq!(series(), [("until".to_owned(), minute(0), false)]);
    journal(minute(32)).write(&attempt(5)).unwrap();
    drop(owner);
    runs.recover(minute(33)).unwrap();
    assert_eq!(series(), [("until".to_owned(), minute(32), true)]);
}

fn what_is_due_is_made_and_begun_together_or_not_at_all(kept: &Kept) {
    let runs = kept.open();
    let owner = runs.make_known().unwrap();
    let (waiting, cancelled) = (
        runs.create(&new("nightly"), noon()).unwrap(),
        runs.create(&new("nightly"), noon()).unwrap(),
    );
    runs.ask_cancel(&cancelled, noon()).unwrap();
    let trigger = TriggerName {
        pipeline: "nightly".to_owned(),
        name: "night".to_owned(),
    };
    runs.meet(&trigger, noon()).unwrap();
    let wanted = |hour: i64, begins: bool, parameters: Result<Value, String>| DueRun {
        asked: Asked {
            pipeline: "nightly".to_owned(),
            origin: Origin::Trigger,
            facts: TriggerFacts {
                name: Some("night".to_owned()),
                scheduled_time: Some(noon() + TimeDelta::hours(hour)),
                ..TriggerFacts::default()
            },
            parameters,
            occasion: Some(format!("nightly/night@{hour}")),
            batch: None,
        },
        begins,
    };
    let parameters = json!({"rate": 0.1, "text": "a\u{0}b"});
    let step = Advance {
        trigger: trigger.clone(),
        through: Some(noon() + TimeDelta::hours(4)),
        asked: vec![
            wanted(1, true, Ok(parameters.clone())),
            wanted(2, false, Ok(parameters.clone())),
            wanted(3, true, Err("there is no parameter \"dai\"".to_owned())),
        ],
    };
    let claims = [(&waiting, Some(3)), (&cancelled, Some(3))];
    let now = noon() + TimeDelta::microseconds(1234);
    // Killed before it lasts: nothing has changed.
    let broken = kept.open();
    broken.break_after(0);
    broken
        .begin(std::slice::from_ref(&step), &claims, (&owner, Some(4)), now)
        .unwrap_err();
    assert_eq!(runs.runs(&RunFilter::default()).unwrap().len(), 2);
    let begun = runs
        .begin(std::slice::from_ref(&step), &claims, (&owner, Some(4)), now)
        .unwrap();
    assert_eq!(begun.claimed.iter().collect::<Vec<_>>(), [&waiting]);
    assert_eq!((begun.made.len(), begun.queued.len()), (1, 2));
    let made = &begun.made[0];
    assert_eq!(runs.run(&made.id).unwrap().as_ref(), Some(made));
    assert_eq!((made.version, &made.parameters), (Some(4), &parameters));
    assert_eq!(runs.run(&waiting).unwrap().unwrap().version, Some(3));
    let queue = runs.queue().unwrap();
    let taken: Vec<_> = queue.iter().map(|run| (&run.id, run.is_taken)).collect();
    assert_eq!(
        taken,
        [(&waiting, true), (&made.id, true), (&begun.queued[0], false)]
    );
    let failed = runs.run(&begun.queued[1]).unwrap().unwrap();
    assert_eq!(
        (failed.status, failed.error.as_deref()),
        (RunStatus::Failed, Some("there is no parameter \"dai\""))
    );
    assert_eq!(
        runs.trigger_through(&trigger).unwrap(),
        Some(noon() + TimeDelta::hours(4))
    );
    // Each is seen as a change, and none is made twice.
    let (_, changed) = runs.changes_since(0).unwrap();
    assert_eq!(changed.len(), 5);
    let again = runs.begin(&[step], &[], (&owner, Some(4)), now).unwrap();
    assert_eq!((again.made.len(), again.queued.len()), (0, 0));
    // When the process ends in the middle of it, those that it had begun wait again.
    drop(owner);
    let recovered = runs.recover(now).unwrap();
    assert_eq!(recovered, [waiting, made.id.clone()]);
    assert!(runs.queue().unwrap().iter().all(|run| !run.is_taken));
}

#[test]
fn the_log_is_taken_over_into_the_file_when_there_is_much_of_it() {
    let (kept, runs) = store();
    let log = kept.path().join(".sheaf/runs.db-wal");
    let length = || fs::metadata(&log).unwrap().len();
    let write = |count: usize| {
        for _ in 0..count {
            runs.create(&new("nightly"), noon()).unwrap();
        }
    };
    write(100);
    let few = length();
    runs.tidy().unwrap();
    write(150);
    assert!(length() > few, "there was not much of it");
    let much = length();
    runs.tidy().unwrap();
    // It begins from its start again.
    write(1);
    assert_eq!(length(), much);
}
