//! `sheaf pipeline run` of a copy that is killed at any moment: each table has the rows from before or the new ones.

use std::time::Instant;

use sheaf::pipeline::RunStatus;
use sheaf::schedule::RunRow;

use super::{Kills, assert_store_is_whole};
use crate::databases::kinds::{Kind, PostgreSql, Sqlite};
use crate::schedule::place::Place;

/// How many rows are copied: enough for several batches.
const ROWS: u32 = 60_000;

/// What a table has.
const FOUND: &str = "SELECT count(*), min(note), max(note), min(id), max(id) FROM";

/// Replaces the rows of one table in one transaction, and adds them to another.
const PIPELINE: &str = r#"(
    datasets: {
        "new": File(path: "/mnt/data/new.csv"),
        "kept": Table(connection: "out", table: "kept"),
        "added": Table(connection: "out", table: "added"),
    },
    activities: [
        (name: "replace", type: Copy(source: Dataset("new"), sinks: [(dataset: "kept", before: "DELETE FROM kept")])),
        (name: "add", after: {"replace": Succeeded}, type: Copy(source: Dataset("new"), sinks: [(dataset: "added")])),
    ],
)"#;

#[test]
fn a_copy_into_sqlite_is_whole_or_has_not_happened() {
    a_copy_is_whole_or_has_not_happened::<Sqlite>("copy into SQLite");
}

#[test]
fn a_copy_into_postgresql_is_whole_or_has_not_happened() {
    a_copy_is_whole_or_has_not_happened::<PostgreSql>("copy into PostgreSQL");
}

/// Returns what a table has that got the rows of a round, and of no other.
fn rows_of(round: u32) -> String {
    format!("{ROWS},r{round},r{round},0,{}\n", ROWS - 1)
}

/// Writes the file that is copied in a round.
fn write_rows(place: &Place, round: u32) {
    let rows: String = (0..ROWS).map(|id| format!("{id},r{round}\n")).collect();
    place.write("data/new.csv", &format!("id,note\n{rows}"));
}

fn a_copy_is_whole_or_has_not_happened<K: Kind>(suite: &'static str) {
    let kind = K::start();
    let columns = format!("(id INTEGER NOT NULL, note {} NOT NULL)", K::DIALECT.text);
    kind.client(&format!(
        "CREATE TABLE kept {columns};\nCREATE TABLE added {columns};"
    ));
    let config = format!(
        "(mounts: {{\"/mnt/data\": \"file:data\"}}, connections: {{\"out\": {:?}}})",
        kind.url()
    );
    let place = Place::with(&[("pipelines/copy.ron", PIPELINE)]);
    place.write("sheaf.ron", &config);
    write_rows(&place, 0);
    let began = Instant::now();
    place.out(&["pipeline", "run", "copy"]);
    let mut kills = Kills::of(suite, began.elapsed());
    assert_eq!(kind.client(&format!("{FOUND} kept")), rows_of(0));

    let mut last = 0;
    for round in 1..=Kills::rounds() {
        write_rows(&place, round);
        // What an earlier round added is not this one's.
        kind.client("DELETE FROM added;");
        let mut process = place.spawn(&["pipeline", "run", "copy"]);
        let killed = kills.kill(&mut process);
        kind.settle();
        let at = format!("{}, killed after {killed:?}", kills.place(round));
        assert_store_is_whole(&place.path(), &at);

        let kept = kind.client(&format!("{FOUND} kept"));
        let is_new = kept == rows_of(round);
        assert!(is_new || kept == rows_of(last), "{at}: the table has {kept}");
        if is_new {
            last = round;
        }
        let added = kind.client(&format!("{FOUND} added"));
        let is_added = added == rows_of(round);
        assert!(is_added || added.starts_with("0,"), "{at}: the table has {added}");
        assert!(is_new || !is_added, "{at}: what comes after came before");

        // At most one run is of this round, and what it says of itself is so.
        let runs = place.runs_if_any();
        let before = usize::try_from(round).unwrap();
        assert!(runs.len() <= before + 1, "{at}: {runs:?}");
        let ended = runs.last().filter(|_| runs.len() == before + 1);
        if ended.is_some_and(|run| run.status == RunStatus::Succeeded) {
            assert!(is_new && is_added, "{at}: it says that it succeeded");
        }
        // Every round has its run, also where the process was killed before it could have one.
        if runs.len() == before {
            place.out(&["pipeline", "run", "copy"]);
            last = round;
            kills.count("before the run was there");
        } else if killed.is_none() {
            kills.count("had ended");
        } else if is_added {
            kills.count("with both tables new");
        } else if is_new {
            kills.count("with the first table new");
        } else {
            kills.count("with the old tables");
        }
        // Nobody holds a table.
        kind.client(
            "UPDATE added SET note = 'mine' WHERE id = -1;\nUPDATE kept SET note = 'mine' WHERE id = -1;",
        );
    }

    // Whoever looks after runs finds those whose process was killed, and each of them once.
    let served = place.served();
    place.wait_for_all();
    assert_eq!(served.end(), Some(0));
    let is_plain = |run: &RunRow| matches!(run.status, RunStatus::Succeeded | RunStatus::Interrupted);
    let runs = place.runs();
    assert!(runs.iter().all(is_plain), "{runs:?}");
    assert_eq!(runs.len(), usize::try_from(Kills::rounds()).unwrap() + 1);
    // The next run comes to its end.
    write_rows(&place, 0);
    kind.client("DELETE FROM added;");
    place.out(&["pipeline", "run", "copy"]);
    for table in ["kept", "added"] {
        assert_eq!(kind.client(&format!("{FOUND} {table}")), rows_of(0));
    }
    kills.report();
}
