//! `sheaf serve` that is killed at any moment: no time is lost, none has two runs, no run loads twice, and what ended well is not
//! run again.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use sheaf::pipeline::{ActivityStatus, RunStatus};
use sheaf::schedule::{RunRow, Runs};

use super::{Kills, assert_store_is_whole};
use crate::databases::kinds::{Kind, Sqlite};
use crate::schedule::place::Place;

/// How many rows each run adds.
const ROWS: u32 = 500;

/// How often a run continues by itself; one that was killed more often is left to a person.
const MOST_CONTINUED: u32 = 16;

/// Waits, and adds rows that say of which run they are, each second.
const PIPELINE: &str = r#"(
    datasets: {"loaded": Table(connection: "out", table: "loaded")},
    activities: [
        (name: "first", retry: 99, type: Wait(for: "60ms")),
        (name: "load", after: {"first": Succeeded}, retry: 99, type: Copy(
            source: Query(connection: "out", sql: "SELECT '@{run.id}' AS run, n FROM numbers"),
            sinks: [(dataset: "loaded")])),
        (name: "second", after: {"load": Succeeded}, retry: 99, type: Wait(for: "60ms")),
    ],
    triggers: {"often": Schedule(cron: "* * * * * *", catch_up: All)},
    concurrency: 8,
)"#;

/// Returns how many rows there are of each run.
fn loaded(kind: &Sqlite) -> BTreeMap<String, u32> {
    let rows = kind.client("SELECT run, count(*) FROM loaded GROUP BY run");
    let rows = rows.lines().map(|line| line.split_once(',').unwrap());
    rows.map(|(run, count)| (run.to_owned(), count.parse().unwrap()))
        .collect()
}

/// Fails where an activity that ended well was tried again, or one ended in any other way than by a kill.
#[track_caller]
fn assert_only_kills_broke_it_off(store: &Runs, run: &RunRow) {
    for path in ["first", "load", "second"] {
        let attempts = store.attempts(&run.id, path).unwrap();
        let mut statuses: Vec<_> = attempts.iter().map(|one| one.status).collect();
        assert_eq!(
            statuses.pop(),
            Some(ActivityStatus::Succeeded),
            "{run:?}: {attempts:?}"
        );
        let is_broken_off = |status: &ActivityStatus| *status == ActivityStatus::Interrupted;
        assert!(statuses.iter().all(is_broken_off), "{run:?}: {attempts:?}");
    }
}

#[test]
fn a_server_that_is_killed_loses_and_doubles_nothing() {
    let kind = Sqlite::start();
    let numbers = Sqlite::with_numbers("INSERT INTO numbers", &format!("i < {ROWS}"), "SELECT i FROM n");
    kind.client(&format!(
        "CREATE TABLE loaded (run TEXT NOT NULL, n INTEGER NOT NULL);\n\
         CREATE TABLE numbers (n INTEGER NOT NULL);\n{numbers};"
    ));
    let config = format!("(connections: {{\"out\": {:?}}})", kind.url());
    let place = Place::with(&[("pipelines/p.ron", PIPELINE)]);
    place.write("sheaf.ron", &config);
    place.out(&["pipeline", "publish", "-m", "first"]);
    let began = Instant::now();
    let first = place.served();
    place.wait("a first run", |runs| {
        runs.iter().any(|run| run.status == RunStatus::Succeeded)
    });
    // Long enough for a server to start, to take up what was left, and to begin something new.
    let mut kills = Kills::of("serve", began.elapsed().mul_f64(1.5));
    first.kill();
    for round in 1..=Kills::rounds() {
        let mut served = place.serve();
        let killed = kills.kill(served.process());
        let at = format!("{}, killed after {killed:?}", kills.place(round));
        assert!(killed.is_some(), "{at}: it ended by itself");
        assert_store_is_whole(&place.path(), &at);
        let rows = loaded(&kind);
        let torn: Vec<_> = rows.iter().filter(|(_, count)| **count != ROWS).collect();
        assert!(torn.is_empty(), "{at}: {torn:?}");
        let broken_off = place.runs().iter().any(|run| run.status == RunStatus::InProgress);
        kills.count(if broken_off {
            "within a run"
        } else {
            "between runs"
        });
    }
    place.out(&["trigger", "stop", "often"]);
    let served = place.served();
    place.wait_for_all();
    assert_eq!(served.end(), Some(0));

    let runs = place.runs();
    let times: Vec<_> = runs
        .iter()
        .map(|run| run.trigger.scheduled_time.unwrap())
        .collect();
    let seconds: BTreeSet<_> = times.iter().map(chrono::DateTime::timestamp).collect();
    assert_eq!(seconds.len(), runs.len(), "a time has two runs");
    let span = seconds.last().unwrap() - seconds.first().unwrap() + 1;
    assert_eq!(seconds.len() as i64, span, "a time has no run");
    let (store, rows) = (place.store(), loaded(&kind));
    assert!(rows.values().all(|count| *count == ROWS), "{rows:?}");
    for run in &runs {
        if run.status == RunStatus::Interrupted && run.continued >= MOST_CONTINUED {
            kills.count("runs left to a person");
            continue;
        }
        assert_eq!(run.status, RunStatus::Succeeded, "{run:?}");
        assert!(rows.contains_key(&run.id.0), "{run:?} has loaded nothing");
        assert_only_kills_broke_it_off(&store, run);
        kills.count("runs");
    }
    kills.report();
}
