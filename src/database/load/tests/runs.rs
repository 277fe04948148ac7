use polars::prelude::DataFrame;

use crate::database::load::{Load, Mode};
use crate::database::testing::{Opened, column, file, frame, load, memory, told};

fn rows() -> DataFrame {
    frame(vec![column("id", [1_i64, 2]), column("name", [Some("a"), None])])
}

fn run(table: &str, mode: Mode, id: &str) -> Load {
    Load {
        run_id: Some(id.to_owned()),
        ..load(table, mode, &rows())
    }
}

fn counts(session: &mut Opened, table: &str) -> String {
    session.rows(&format!("SELECT count(*) AS n FROM {table}"))
}

#[test]
fn a_load_is_done_once_for_each_run_and_table() {
    let mut session = memory();
    let first = session.load(&run("t", Mode::Append, "monday"), &rows()).unwrap();
    assert!(!first.is_repeated);
    let mut again = session.load(&run("t", Mode::Append, "monday"), &rows()).unwrap();
    assert!(again.is_repeated);
    again.is_repeated = false;
    assert_eq!(again, first);
    assert_eq!(counts(&mut session, "t"), "n: i64\n2");
    // A table that is there already is no error for a run that has made it.
    let made = run("t", Mode::Error, "monday");
    assert!(session.load(&made, &rows()).unwrap().is_repeated);
    session.load(&run("t", Mode::Append, "tuesday"), &rows()).unwrap();
    session.load(&run("u", Mode::Append, "monday"), &rows()).unwrap();
    assert_eq!(counts(&mut session, "t"), "n: i64\n4");
    assert_eq!(counts(&mut session, "u"), "n: i64\n2");
    assert_eq!(
        session.rows("SELECT run_id, table_name FROM sheaf_loads ORDER BY 1, 2"),
        "run_id: str, table_name: str\nmonday | t\nmonday | u\ntuesday | t"
    );
}

#[test]
fn a_load_that_fails_is_not_done() {
    let mut session = memory();
    session
        .execute("CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO t VALUES (2, 'old')")
        .unwrap();
    let load = run("t", Mode::Append, "monday");
    let text = told(&session.load(&load, &rows()).unwrap_err());
    assert!(text.starts_with("row 2, column \"id\""), "{text}");
    assert_eq!(counts(&mut session, "sheaf_loads"), "n: i64\n0");
    session.execute("DELETE FROM t").unwrap();
    assert!(!session.load(&load, &rows()).unwrap().is_repeated);
}

#[test]
fn a_table_that_was_removed_is_loaded_again() {
    let mut session = memory();
    let load = run("t", Mode::Append, "monday");
    session.load(&load, &rows()).unwrap();
    session.execute("DROP TABLE t").unwrap();
    assert!(!session.load(&load, &rows()).unwrap().is_repeated);
    assert_eq!(counts(&mut session, "t"), "n: i64\n2");
    assert_eq!(counts(&mut session, "sheaf_loads"), "n: i64\n1");
}

#[test]
fn one_that_was_not_given_its_name_is_not_done() {
    let mut session = memory();
    let load = run("t", Mode::Append, "monday");
    session.load(&load, &rows()).unwrap();
    session
        .execute("UPDATE sheaf_loads SET load_id = 'sheaf_load_1'; CREATE TABLE sheaf_load_1 (id INTEGER)")
        .unwrap();
    assert!(!session.load(&load, &rows()).unwrap().is_repeated);
    assert_eq!(counts(&mut session, "t"), "n: i64\n4");
}

#[test]
fn of_two_that_load_at_the_same_time_one_does() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.db");
    let done: Vec<bool> = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    let mut session = file(&path);
                    let report = session.load(&run("t", Mode::Append, "monday"), &rows());
                    report.unwrap().is_repeated
                })
            })
            .collect();
        writers.into_iter().map(|writer| writer.join().unwrap()).collect()
    });
    assert_eq!(done.iter().filter(|is_repeated| !**is_repeated).count(), 1);
    assert_eq!(counts(&mut file(&path), "t"), "n: i64\n2");
}

#[test]
fn an_id_is_a_text_of_some_length() {
    let mut session = memory();
    for id in ["", "  ", "a\0b", &"x".repeat(201)] {
        let text = told(&session.load(&run("t", Mode::Append, id), &rows()).unwrap_err());
        assert_eq!(
            text,
            "run_id has to be a text of 1 to 200 characters\n→ give what names the run, such as \"nightly 2024-01-31\""
        );
    }
}
