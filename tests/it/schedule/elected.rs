//! Runs that are kept in a database, and the processes that elect one among them there.
//!
//! The processes share the workspace's folder, as machines do that have it mounted; none of them knows of the others but by the
//! database.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use chrono::Utc;
use rustix::process::{Pid, Signal, kill_process};
use sheaf::pipeline::{ActivityStatus, RunStatus};
use sheaf::schedule::{RunFilter, RunRow};

use super::place::{Place, text};
use crate::databases::server::Postgres;
use crate::docs::copy_repository;

/// How long something may take that takes a moment; a process is taken for dead after twelve seconds.
const PATIENCE: Duration = Duration::from_mins(2);

/// Is due every second, and takes some of them.
const OFTEN: &str = r#"(
    activities: [
        (name: "first", retry: 99, type: Wait(for: "120ms")),
        (name: "second", after: {"first": Succeeded}, retry: 99, type: Wait(for: "120ms")),
    ],
    triggers: {"often": Schedule(cron: "* * * * * *", catch_up: All)},
)"#;

/// Is asked for by people.
const SLOW: &str = r#"(
    parameters: {"pause": 50},
    activities: [
        (name: "quick", type: Wait(for: "10ms")),
        (name: "long", after: {"quick": Succeeded}, retry: 9, type: Wait(for: "@{parameters.pause}")),
    ],
    triggers: {"yearly": Schedule(cron: "0 0 1 1 *")},
)"#;

const FAILING: &str = r#"(
    activities: [
        (name: "prepare", type: Wait(for: "10ms")),
        (name: "score", after: {"prepare": Succeeded}, type: Notebook(path: "score.py")),
    ],
)"#;

const NOTEBOOK: &str = "# Databricks notebook source
numbers = [1, 2, 3]

# COMMAND ----------

total = numbers.summ()
";

fn settings(server: &Postgres, more: &str) -> String {
    format!(
        "(connections: {{\"warehouse\": {:?}}}, runs: (store: \"warehouse\"{more}))",
        server.url("postgres")
    )
}

/// Makes a workspace whose runs are kept in a database, and publishes its pipelines.
fn place(server: &Postgres, more: &str) -> Place {
    Place::published(&[
        ("sheaf.ron", &settings(server, more)),
        ("pipelines/often.ron", OFTEN),
        ("pipelines/slow.ron", SLOW),
        ("pipelines/failing.ron", FAILING),
        ("score.py", NOTEBOOK),
    ])
}

/// A process that serves, with its page and what it says.
struct Machine {
    child: Child,
    port: u16,
    log: PathBuf,
}

impl Machine {
    fn serve(place: &Place, name: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let log = place.path().join(format!("{name}.log"));
        let child = place
            .command(&["serve", "--address", &format!("127.0.0.1:{port}")])
            .stdout(Stdio::null())
            .stderr(File::create(&log).unwrap())
            .spawn()
            .unwrap();
        Self { child, port, log }
    }

    fn said(&self) -> String {
        fs::read_to_string(&self.log).unwrap()
    }

    /// Waits until it has said something so often.
    #[track_caller]
    fn says(&self, what: &str, times: usize) {
        let began = Instant::now();
        while self.said().matches(what).count() < times {
            assert!(
                began.elapsed() < PATIENCE,
                "it does not say {what:?}: {}",
                self.said()
            );
            thread::sleep(Duration::from_millis(50));
        }
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Kills it as `kill -9` does.
    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to end, and returns its exit code.
    fn end(mut self) -> Option<i32> {
        self.signal(Signal::TERM);
        self.child.wait().unwrap().code()
    }

    /// Asks its page, and returns the answer with its status.
    fn ask(&self, path: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        let host = format!("127.0.0.1:{}", self.port);
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
        (status, answer.split_once("\r\n\r\n").unwrap().1.to_owned())
    }

    /// Returns what it says of its health.
    fn health(&self) -> (u16, String) {
        self.ask("/healthz")
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn of(place: &Place, pipeline: &str) -> Vec<RunRow> {
    let mut runs = place
        .store()
        .runs(&RunFilter {
            pipeline: Some(pipeline.to_owned()),
            ..RunFilter::default()
        })
        .unwrap();
    runs.reverse();
    runs
}

#[track_caller]
fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < PATIENCE, "{what} did not come");
        thread::sleep(Duration::from_millis(100));
    }
}

/// Lets all runs end, and checks that no second is without a run or has two, and that nothing was done again that had ended well.
#[track_caller]
fn assert_each_second_once(place: &Place) {
    place.out(&["trigger", "stop", "often"]);
    until("the end of all runs", || {
        of(place, "often").iter().all(|run| run.status.is_final())
    });
    let runs = of(place, "often");
    let seconds: BTreeSet<_> = runs
        .iter()
        .map(|run| run.trigger.scheduled_time.unwrap().timestamp())
        .collect();
    assert_eq!(seconds.len(), runs.len(), "a time has two runs");
    let span = seconds.last().unwrap() - seconds.first().unwrap() + 1;
    assert_eq!(seconds.len() as i64, span, "a time has no run");
    let store = place.store();
    for run in &runs {
        assert_eq!(run.status, RunStatus::Succeeded, "{run:?}");
        for path in ["first", "second"] {
            let attempts = store.attempts(&run.id, path).unwrap();
            let statuses = attempts.iter().map(|one| one.status);
            let well = statuses.filter(|status| *status == ActivityStatus::Succeeded);
            assert_eq!(well.count(), 1, "{run:?}: {attempts:?}");
        }
    }
}

#[test]
fn runs_are_shown_repeated_and_cancelled_where_a_database_keeps_them() {
    let server = Postgres::start();
    let place = place(&server, "");
    place.out(&["trigger", "stop", "often"]);
    let machine = Machine::serve(&place, "a");
    machine.says("leads: what triggers ask for runs here", 1);
    assert_eq!(machine.health(), (200, "ok, leads\n".to_owned()));
    let (status, page) = machine.ask("/");
    assert_eq!(status, 200);
    assert!(page.contains("This process leads: process "), "{page}");

    let failed = place.sheaf(&["pipeline", "run", "failing"]);
    assert_eq!(failed.status.code(), Some(1), "{}", text(&failed));
    let run = of(&place, "failing").remove(0);
    let list = place.out(&["runs"]);
    assert!(list.contains(&run.id.0) && list.contains("Failed"), "{list}");
    let shown = place.out(&["runs", "show", &run.id.0]);
    assert!(shown.contains("prepare") && shown.contains("score"), "{shown}");
    let opened = place.out(&["runs", "open", &run.id.0, "score"]);
    assert!(opened.contains("numbers.summ()"), "{opened}");
    let (status, page) = machine.ask(&format!("/runs/{}", run.id));
    assert!(status == 200 && page.contains("score"), "{status} {page}");

    let said = place.out(&["runs", "rerun", &run.id.0, "--from-failed"]);
    assert!(said.ends_with("`sheaf serve` runs it\n"), "{said}");
    until("the end of the repeated run", || {
        of(&place, "failing")
            .iter()
            .all(|run| run.status == RunStatus::Failed)
    });
    assert_eq!(of(&place, "failing")[1].rerun_of.as_ref(), Some(&run.id));

    // One run by hand, and one of the scheduler, at the same time; both are cancelled from elsewhere.
    let backfill = [
        "trigger",
        "backfill",
        "yearly",
        "--from",
        "2020-01-01",
        "--to",
        "2020-01-02",
    ];
    place.out(&backfill);
    let mut by_hand = place
        .command(&["pipeline", "run", "slow", "--quiet"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let store = place.store();
    let is_long = |run: &RunRow| {
        let activities = store.activities(&run.id).unwrap();
        activities
            .iter()
            .any(|one| one.path == "long" && one.status == ActivityStatus::InProgress)
    };
    until("two runs at the same time", || {
        let runs = of(&place, "slow");
        runs.len() == 2 && runs.iter().all(is_long)
    });
    // The process that leads does not take the other one's run for lost.
    thread::sleep(Duration::from_secs(12));
    let runs = of(&place, "slow");
    assert!(runs.iter().all(is_long), "{runs:?}");
    for run in &runs {
        place.out(&["runs", "cancel", &run.id.0]);
    }
    until("their end", || {
        of(&place, "slow")
            .iter()
            .all(|run| run.status == RunStatus::Cancelled)
    });
    assert_eq!(by_hand.wait().unwrap().code(), Some(130));
    assert_eq!(machine.end(), Some(0));
    assert!(!place.path().join(".sheaf/runs.db").exists());
    // Without anyone who serves, a run is repeated at once.
    let again = place.sheaf(&["runs", "rerun", &run.id.0]);
    assert_eq!(again.status.code(), Some(1), "{}", text(&again));
}

#[test]
fn a_run_by_hand_whose_process_is_killed_is_interrupted() {
    let server = Postgres::start();
    let place = place(&server, "");
    let mut by_hand = place
        .command(&["pipeline", "run", "slow", "--quiet"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    until("a run", || {
        of(&place, "slow")
            .iter()
            .any(|run| run.status == RunStatus::InProgress)
    });
    by_hand.kill().unwrap();
    by_hand.wait().unwrap();
    until("its interruption", || {
        place.out(&["runs"]);
        of(&place, "slow")[0].status == RunStatus::Interrupted
    });
}

#[test]
fn another_process_takes_over_from_one_that_is_killed() {
    let server = Postgres::start();
    let place = place(&server, "");
    let first = Machine::serve(&place, "a");
    first.says("leads: what triggers ask for runs here", 1);
    let second = Machine::serve(&place, "b");
    second.says("stands by: another process leads", 1);
    assert_eq!(second.health(), (200, "ok, stands by\n".to_owned()));
    let (_, page) = second.ask("/");
    assert!(page.contains("This process stands by; process "), "{page}");
    until("a run", || !of(&place, "often").is_empty());
    first.kill();
    second.says("leads: what triggers ask for runs here", 1);
    let taken = of(&place, "often").len();
    until("more runs", || of(&place, "often").len() > taken + 3);
    // One that ends in order is followed at once.
    let third = Machine::serve(&place, "c");
    third.says("stands by: another process leads", 1);
    assert_eq!(second.end(), Some(0));
    third.says("leads: what triggers ask for runs here", 1);
    assert_each_second_once(&place);
    assert_eq!(third.end(), Some(0));
}

#[test]
fn one_that_was_stopped_does_nothing_more_when_it_wakes() {
    let server = Postgres::start();
    let place = place(&server, "");
    let first = Machine::serve(&place, "a");
    first.says("leads: what triggers ask for runs here", 1);
    let second = Machine::serve(&place, "b");
    second.says("stands by: another process leads", 1);
    place.out(&[
        "trigger",
        "backfill",
        "yearly",
        "--from",
        "2020-01-01",
        "--to",
        "2020-01-02",
    ]);
    let store = place.store();
    until("a run in its long activity", || {
        let runs = of(&place, "slow");
        let activities = runs.first().map(|run| store.activities(&run.id).unwrap());
        activities.is_some_and(|all| all.iter().any(|one| one.path == "long"))
    });
    let slow = of(&place, "slow").remove(0).id;
    first.signal(Signal::STOP);
    second.says("leads: what triggers ask for runs here", 1);
    // What the other one was in the middle of is interrupted, and tried again here.
    until("the second attempt", || {
        let attempts = store.attempts(&slow, "long").unwrap();
        let statuses: Vec<_> = attempts.iter().map(|one| one.status).collect();
        statuses == [ActivityStatus::Interrupted, ActivityStatus::InProgress]
    });
    first.signal(Signal::CONT);
    first.says("leads no more", 1);
    first.says("stands by: another process leads", 1);
    assert_eq!(first.health(), (200, "ok, stands by\n".to_owned()));
    // Its own thread of the run has ended, and has changed nothing.
    let statuses: Vec<_> = store
        .attempts(&slow, "long")
        .unwrap()
        .iter()
        .map(|one| one.status)
        .collect();
    assert_eq!(
        statuses,
        [ActivityStatus::Interrupted, ActivityStatus::InProgress]
    );
    let run = store.run(&slow).unwrap().unwrap();
    assert_eq!((run.status, run.continued), (RunStatus::InProgress, 1));
    place.out(&["runs", "cancel", &slow.0]);
    // And it may lead again.
    second.kill();
    first.says("leads: what triggers ask for runs here", 2);
    until("the end of the cancelled run", || {
        store.run(&slow).unwrap().unwrap().status == RunStatus::Cancelled
    });
    assert_each_second_once(&place);
    assert_eq!(server.sql("SELECT fence FROM sheaf.lease"), "3");
    assert_eq!(first.end(), Some(0));
}

#[test]
fn a_database_that_is_away_is_waited_for() {
    let mut server = Postgres::start();
    let place = place(&server, "");
    let machine = Machine::serve(&place, "a");
    machine.says("leads: what triggers ask for runs here", 1);
    until("runs", || of(&place, "often").len() > 2);
    server.stop();
    machine.says("the store of runs does not answer", 1);
    until("bad health", || machine.health().0 == 503);
    let (status, page) = machine.ask("/");
    assert_eq!(status, 503, "{page}");
    assert!(page.contains("nothing is started meanwhile"), "{page}");
    let told = text(&place.sheaf(&["runs"]));
    assert!(
        told.contains("error: the store of runs in the schema \"sheaf\" of \"warehouse\" cannot be reached: cannot connect to")
            && told.contains("nothing listens there"),
        "{told}"
    );
    // Longer than it takes itself for the one that leads.
    machine.says("leads no more", 1);
    server.begin();
    machine.says("leads: what triggers ask for runs here", 2);
    let then = Utc::now();
    until("later runs", || {
        let runs = of(&place, "often");
        runs.iter()
            .any(|run| run.queued_at > then && run.status == RunStatus::Succeeded)
    });
    // A moment is waited for, without anything that runs being ended.
    server.restart();
    let then = Utc::now();
    until("later runs", || {
        let runs = of(&place, "often");
        runs.iter()
            .any(|run| run.queued_at > then && run.status == RunStatus::Succeeded)
    });
    assert_each_second_once(&place);
    assert_eq!(machine.end(), Some(0));
}

#[test]
fn a_database_that_is_away_at_the_start_is_waited_for() {
    let mut server = Postgres::start();
    let place = place(&server, "");
    server.stop();
    let machine = Machine::serve(&place, "a");
    machine.says("waits for the store of runs", 1);
    assert!(
        machine.said().contains("nothing listens there"),
        "{}",
        machine.said()
    );
    let waits = "waits for the database of the store of runs, which is away\n";
    until("bad health", || machine.health() == (503, waits.to_owned()));
    let (status, page) = machine.ask("/");
    assert_eq!(status, 503, "{page}");
    assert!(page.contains("it has not answered yet"), "{page}");
    assert!(page.contains("nothing is started meanwhile"), "{page}");
    // One that only waits ends in order as well.
    let other = Machine::serve(&place, "b");
    other.says("waits for the store of runs", 1);
    assert_eq!(other.end(), Some(0));
    server.begin();
    machine.says("the store of runs is there", 1);
    machine.says("leads: what triggers ask for runs here", 1);
    until("runs", || of(&place, "often").len() > 2);
    until("good health", || {
        machine.health() == (200, "ok, leads\n".to_owned())
    });
    assert_eq!(machine.ask("/").0, 200);
    // It was said once, however often it was asked.
    let said = machine.said();
    assert_eq!(said.matches("waits for the store of runs").count(), 1, "{said}");
    assert_each_second_once(&place);
    assert_eq!(machine.end(), Some(0));
}

#[test]
fn a_database_that_lets_no_one_in_is_not_waited_for() {
    let server = Postgres::start();
    server.distrusts("night", "right");
    let place = place(&server, "");
    place.write("kept/password", "wrong");
    let settings = |user: &str, password: &str, database: &str| {
        format!(
            "(secrets: {{\"kept\": (store: folder(path: \"kept\"))}}, connections: {{\"warehouse\": (url: \
             \"postgresql://localhost:{}/{database}\", user: \"{user}\"{password})}}, runs: (store: \"warehouse\"))",
            server.port
        )
    };
    let wrong = ", password: \"{{secrets/kept/password}}\"";
    for (settings, reason) in [
        (
            settings("night", wrong, "postgres"),
            "the user or the password is wrong",
        ),
        (
            settings("night", "", "postgres"),
            "it asks for a password, and none is given",
        ),
        (settings("nobody", "", "postgres"), "it has no such user"),
        (settings("postgres", "", "nowhere"), "it has no such database"),
    ] {
        place.write("sheaf.ron", &settings);
        place.out(&["trust", "--yes"]);
        let output = place.sheaf(&["serve", "--address", "127.0.0.1:0"]);
        let told = text(&output);
        assert_eq!(output.status.code(), Some(1), "{told}");
        let expected = format!(
            "error: the store of runs in the schema \"sheaf\" of \"warehouse\" cannot be reached: cannot connect to \
             PostgreSQL at localhost:{}: {reason}",
            server.port
        );
        assert!(told.contains(&expected), "{told}");
        assert!(!told.contains("waits for"), "{told}");
    }
}

#[test]
fn runs_are_kept_as_long_as_is_said() {
    let server = Postgres::start();
    for settings in [
        settings(&server, ", retention: \"2 days\""),
        "(runs: (retention: \"2 days\"))".to_owned(),
    ] {
        let place = Place::published(&[("sheaf.ron", &settings), ("pipelines/slow.ron", SLOW)]);
        let store = place.store();
        let made = |days: i64| {
            let run = sheaf::schedule::NewRun {
                pipeline: "slow",
                version: None,
                origin: sheaf::schedule::Origin::Manual,
                trigger: sheaf::pipeline::TriggerFacts::default(),
                parameters: serde_json::json!({"pause": 0}),
                parent: None,
                owner: None,
            };
            let then = Utc::now() - chrono::TimeDelta::days(days);
            let id = store.create(&run, then).unwrap();
            store.ask_cancel(&id, then).unwrap();
            id
        };
        let (old, young) = (made(3), made(1));
        let machine = Machine::serve(&place, "a");
        until("the old run's removal", || store.run(&old).unwrap().is_none());
        assert!(store.run(&young).unwrap().is_some());
        assert_eq!(machine.end(), Some(0));
    }
}

#[test]
fn the_night_runs_from_a_database_with_secrets_that_were_approved() {
    let server = Postgres::start();
    server.distrusts("keeper", "kept so well");
    server.sql("CREATE SCHEMA night AUTHORIZATION keeper");
    let place = Place::with(&[]);
    fs::remove_file(place.path().join("sheaf.ron")).unwrap();
    copy_repository(&place.path());
    let written = fs::read_to_string(place.path().join("sheaf.ron")).unwrap();
    let connection = format!(
        "connections: {{\n        \"keeper\": (url: \"postgresql://localhost:{}/postgres\", user: \"keeper\", password: \
         \"{{{{secrets/keeper/password}}}}\"),",
        server.port
    );
    let written = written
        .replacen("connections: {", &connection, 1)
        .replacen(
            "secrets: {",
            "secrets: {\n        \"keeper\": (store: folder(path: \"kept\")),",
            1,
        )
        .replacen(
            "    connections:",
            "    runs: (store: \"keeper\", schema: \"night\"),\n    connections:",
            1,
        );
    fs::write(place.path().join("sheaf.ron"), written).unwrap();
    fs::create_dir(place.path().join("kept")).unwrap();
    fs::write(place.path().join("kept/password"), "kept so well").unwrap();

    let refused = place.sheaf(&["runs"]);
    let said = text(&refused);
    assert!(!refused.status.success(), "{said}");
    assert!(
        said.contains("\"keeper\"") && said.contains("sheaf trust"),
        "{said}"
    );
    place.out(&["trust", "--yes"]);
    let ran = place.sheaf(&["pipeline", "run", "nightly"]);
    assert!(ran.status.success(), "{}", text(&ran));
    let runs = place.out(&["runs", "--json"]);
    assert!(
        runs.contains("\"nightly\"") && runs.contains("\"Succeeded\""),
        "{runs}"
    );
    let id = server.sql("SELECT id FROM night.runs");
    let opened = place.out(&["runs", "open", &id, "score"]);
    assert!(opened.contains("prediction"), "{opened}");
    // No value of a secret is kept with the runs.
    let kept = server.sql(
        "SELECT count(*) FROM night.activities AS a, night.notebooks AS n \
         WHERE a::text || n::text LIKE '%kept so well%'",
    );
    assert_eq!(kept, "0");
}
