//! Copies while they go on: how fast they are, what is left of one that someone stops, and what a lost answer does.

use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use sheaf::pipeline::RunStatus;

use crate::databases::cutting::{Cut, Way};
use crate::databases::kinds::{Kind, Sqlite};
use crate::databases::server::Postgres;
use crate::schedule::place::{Place, text};
use crate::terminal::Terminal;

/// Enough rows for a copy that can be looked at.
const ROWS: u32 = 300_000;

/// Copies the file into a table, whose rows it replaces, and into a file.
const PIPELINE: &str = r#"(
    datasets: {
        "new": File(path: "/mnt/data/new.csv"),
        "kept": Table(connection: "out", table: "kept"),
        "file": File(path: "/mnt/data/out.csv"),
    },
    activities: [(name: "copy", retry: 1, type: Copy(
        source: Dataset("new"),
        sinks: [(dataset: "kept", before: "DELETE FROM kept"), (dataset: "file")],
    ))],
)"#;

fn rows(count: u32) -> String {
    let rows: String = (0..count).map(|id| format!("{id},note {id}\n")).collect();
    format!("id,note\n{rows}")
}

fn config(url: &str) -> String {
    format!("(mounts: {{\"/mnt/data\": \"file:data\"}}, connections: {{\"out\": {url:?}}})")
}

/// A database with a table of one old row, and a workspace that copies `count` rows into it.
fn copying(count: u32) -> (Sqlite, Place) {
    let kind = Sqlite::start();
    kind.client("CREATE TABLE kept (id INTEGER NOT NULL, note TEXT);\nINSERT INTO kept VALUES (-1, 'old');");
    let place = Place::with(&[("pipelines/copy.ron", PIPELINE)]);
    place.write("sheaf.ron", &config(&kind.url()));
    place.write("data/new.csv", &rows(count));
    (kind, place)
}

/// Returns what a run says of the copy.
fn output(place: &Place) -> Value {
    let (store, run) = (place.store(), place.runs().pop().unwrap());
    let copy = store.activities(&run.id).unwrap().pop().unwrap();
    copy.output
}

#[test]
fn a_copy_shows_how_fast_it_is_while_it_goes_on_and_when_it_has_ended() {
    let (_database, place) = copying(ROWS);
    let mut terminal = Terminal::new()
        .size(24, 120)
        .folder(&place.path())
        .start(&["pipeline", "run", "copy"]);
    assert_eq!(terminal.wait_exit(), 0, "{}", terminal.everything());
    let history = terminal.history();
    let (before, end) = history.split_once("succeeded in").unwrap();
    // `copy  Copy   98304, 412345 rows/s`.
    let told = before.match_indices(" rows/s").filter(|(at, _)| {
        let line = before[..*at].rsplit("Copy ").next().unwrap();
        let (done, speed) = line.split_once(", ").unwrap_or_default();
        let is_number = |text: &str, most| {
            text.trim()
                .parse::<u32>()
                .is_ok_and(|number| (1..=most).contains(&number))
        };
        is_number(done, ROWS) && is_number(speed, u32::MAX)
    });
    assert!(told.count() > 0, "{before:?}");
    assert!(
        end.contains(&format!(", {ROWS} rows, ")) && end.contains(" rows/s"),
        "{end:?}"
    );
    // For logs it is said once, and of what has ended the store keeps what it did, not how far it was last.
    let plain = text(&place.sheaf(&["pipeline", "run", "copy"]));
    assert_eq!(plain.matches(" rows/s").count(), 1, "{plain}");
    let run = place.runs().pop().unwrap().id.0;
    let shown = place.out(&["runs", "show", &run]);
    assert!(shown.contains(&format!(", {ROWS} rows\n")), "{shown}");
}

#[test]
fn each_sink_has_all_rows_and_says_how_many() {
    let (database, place) = copying(1000);
    place.out(&["pipeline", "run", "copy"]);
    assert_eq!(
        database.client("SELECT count(*), sum(id) FROM kept"),
        "1000,499500\n"
    );
    assert_eq!(
        std::fs::read_to_string(place.path().join("data/out.csv")).unwrap(),
        rows(1000)
    );
    let output = output(&place);
    let written = |place: usize| output["sinks"][place]["rows_written"].clone();
    assert_eq!((written(0), written(1)), (json!(1000), json!(1000)), "{output}");
}

#[test]
fn a_sink_that_fails_leaves_nothing_of_its_own_and_takes_nothing_from_the_others() {
    let (database, place) = copying(1000);
    // What is to be its folder is a file.
    let other = PIPELINE.replace("/mnt/data/out.csv", "/mnt/data/new.csv/out.csv");
    place.write("pipelines/copy.ron", &other);
    let failed = place.sheaf(&["pipeline", "run", "copy"]);
    assert_eq!(failed.status.code(), Some(1), "{}", text(&failed));
    assert_eq!(database.client("SELECT count(*) FROM kept"), "1000\n");
    assert_eq!(
        std::fs::read_to_string(place.path().join("data/new.csv")).unwrap(),
        rows(1000)
    );
}

#[test]
fn a_copy_that_someone_stops_leaves_the_old_rows() {
    let (database, place) = copying(ROWS);
    let mut command = place.command(&["pipeline", "run", "copy"]);
    let mut process = command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let began = Instant::now();
    let is_under_way = || {
        let run = place.runs_if_any().pop();
        let rows = run.and_then(|run| place.store().activities(&run.id).ok());
        rows.is_some_and(|rows| {
            rows.iter()
                .any(|row| row.progress.is_some_and(|(done, _)| done > 0))
        })
    };
    while !is_under_way() {
        assert_eq!(process.try_wait().unwrap(), None, "it ended by itself");
        assert!(began.elapsed() < Duration::from_mins(3), "no row was ever copied");
        thread::sleep(Duration::from_millis(100));
    }
    kill_process(Pid::from_child(&process), Signal::INT).unwrap();
    assert_eq!(process.wait().unwrap().code(), Some(130));
    assert_eq!(database.client("SELECT id, note FROM kept"), "-1,old\n");
    assert!(!place.path().join("data/out.csv").exists());
    let run = place.runs().pop().unwrap();
    assert_eq!(run.status, RunStatus::Cancelled, "{run:?}");
    // Nobody holds the table.
    place.out(&["pipeline", "run", "copy"]);
    assert_eq!(database.client("SELECT count(*) FROM kept"), format!("{ROWS}\n"));
}

#[test]
fn a_copy_whose_answer_to_commit_is_lost_is_tried_again_and_loads_once() {
    let server = Postgres::start();
    server.sql("CREATE TABLE kept (id integer NOT NULL, note text)");
    let url = server.url("postgres");
    let (before, rest) = url.rsplit_once(':').unwrap();
    let (port, database) = rest.split_once('/').unwrap();
    let way = Way::to(port.parse().unwrap(), Cut::Said(b"COMMIT".to_vec()), 1);
    let place = Place::with(&[(
        "pipelines/copy.ron",
        &PIPELINE.replace(", before: \"DELETE FROM kept\"", ""),
    )]);
    place.write("sheaf.ron", &config(&format!("{before}:{}/{database}", way.port)));
    place.write("data/new.csv", &rows(50_000));
    let said = place.out(&["pipeline", "run", "copy"]);
    assert!(
        said.contains("the attempt failed") && said.contains("attempt 2 started"),
        "{said}"
    );
    assert_eq!(way.left(), 0);
    assert_eq!(
        server.sql("SELECT count(*), count(DISTINCT id) FROM kept"),
        "50000|50000"
    );
    let output = output(&place);
    assert_eq!(output["sinks"][0]["repeated"], json!(true), "{output}");
    assert_eq!(output["rows_written"], json!(50_000), "{output}");
    // What took no time has no speed.
    assert!(!said.contains("rows/s"), "{said}");
}
