use std::thread;
use std::time::{Duration, Instant};

use polars::prelude::DataFrame;

use crate::database::error::DatabaseError;
use crate::database::load::Mode;
use crate::database::testing::{Opened, column, file, frame, load, memory, stopping_at, told};

const ALL: &str = "SELECT * FROM t ORDER BY 1";

fn numbers(numbers: std::ops::Range<i64>) -> DataFrame {
    frame(vec![column("a", numbers.collect::<Vec<_>>())])
}

fn with_old_rows() -> Opened {
    let mut session = memory();
    session
        .execute("CREATE TABLE t (a INTEGER CHECK (a <> 13)); INSERT INTO t VALUES (-2), (-1)")
        .unwrap();
    session
}

#[test]
fn a_load_that_is_stopped_leaves_the_table_as_it_was() {
    for at in [0, 1] {
        let mut session = with_old_rows();
        let batches: Vec<DataFrame> = (0..3)
            .map(|batch| numbers(100 + batch * 10_000..100 + (batch + 1) * 10_000))
            .collect();
        let load = load("t", Mode::Overwrite, &batches[0]);
        let mut rows = stopping_at(session.interrupt.clone(), batches, at);
        let error = load
            .run(session.database.as_mut(), &mut rows, &session.interrupt)
            .unwrap_err();
        assert!(matches!(error, DatabaseError::Interrupted), "{error}");
        session.interrupt.clear();
        assert_eq!(session.rows(ALL), "a: i64\n-2\n-1");
    }
}

#[test]
fn a_disk_that_is_full_leaves_the_table_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let mut session = file(&folder.path().join("a.db"));
    session
        .execute("CREATE TABLE t (a INTEGER); INSERT INTO t VALUES (-1)")
        .unwrap();
    session.query("PRAGMA max_page_count = 20").unwrap();
    let many = numbers(0..100_000);
    assert_eq!(
        told(
            &session
                .load(&load("t", Mode::Overwrite, &many), &many)
                .unwrap_err()
        ),
        "SQLite refuses the statement: database or disk is full
→ free some space, or raise max_page_count where the database has one; nothing was changed"
    );
    assert_eq!(session.rows(ALL), "a: i64\n-1");
    assert_eq!(session.rows("PRAGMA integrity_check"), "integrity_check: str\nok");
    assert_eq!(
        session
            .load(&load("t", Mode::Append, &numbers(1..2)), &numbers(1..2))
            .unwrap()
            .rows_after,
        2
    );
}

#[test]
fn others_see_the_old_rows_until_all_new_ones_are_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    let mut session = file(&path);
    session
        .execute("CREATE TABLE t (a INTEGER); INSERT INTO t VALUES (-1)")
        .unwrap();
    let batches = [numbers(1..3), numbers(3..5)];
    let mut seen = Vec::new();
    let mut rows = batches.iter().map(|batch| {
        seen.push(file(&path).rows(ALL));
        Ok(batch.clone())
    });
    let load = load("t", Mode::Overwrite, &batches[0]);
    load.run(session.database.as_mut(), &mut rows, &session.interrupt)
        .unwrap();
    drop(rows);
    assert_eq!(seen, ["a: i64\n-1", "a: i64\n-1"]);
    assert_eq!(file(&path).rows(ALL), "a: i64\n1\n2\n3\n4");
}

#[test]
fn of_two_that_load_at_once_the_second_waits_and_gives_up_without_a_trace() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    let mut session = file(&path);
    session.execute("CREATE TABLE t (a INTEGER)").unwrap();
    let mut other = file(&path);
    let mut answers = Vec::new();
    let mut rows = std::iter::once(numbers(1..3)).map(|batch| {
        let started = Instant::now();
        let presser = other.interrupt.clone();
        let pressing = thread::spawn(move || {
            thread::sleep(Duration::from_millis(100));
            presser.trigger();
        });
        answers.push(
            other
                .load(&load("t", Mode::Append, &batch), &batch)
                .map_err(|error| error.to_string()),
        );
        pressing.join().unwrap();
        other.interrupt.clear();
        other.execute("PRAGMA busy_timeout = 200").unwrap();
        assert!(started.elapsed() < Duration::from_secs(2));
        answers.push(
            other
                .load(&load("t", Mode::Append, &batch), &batch)
                .map_err(|error| error.to_string()),
        );
        Ok(batch)
    });
    let load = load("t", Mode::Append, &numbers(1..3));
    load.run(session.database.as_mut(), &mut rows, &session.interrupt)
        .unwrap();
    drop(rows);
    let locked = "SQLite refuses the statement: database is locked";
    assert_eq!(answers, [Err("interrupted".to_owned()), Err(locked.to_owned())]);
    assert_eq!(session.rows(ALL), "a: i64\n1\n2");
    assert_eq!(other.load(&load, &numbers(1..3)).unwrap().rows_after, 4);
}

#[test]
fn a_statement_before_the_load_cannot_end_its_transaction() {
    let mut session = with_old_rows();
    for before in [
        "DELETE FROM t; COMMIT",
        "DELETE FROM t; /* ; */ -- x\n end transaction; BEGIN",
        "ROLLBACK",
        "SAVEPOINT a",
    ] {
        let mut load = load("t", Mode::Append, &numbers(1..3));
        load.before = Some(before.to_owned());
        let error = told(&session.load(&load, &numbers(1..3)).unwrap_err());
        assert!(error.contains("would begin or end a transaction"), "{error}");
        assert_eq!(session.rows(ALL), "a: i64\n-2\n-1");
    }
}

#[test]
fn a_load_in_the_middle_of_a_transaction_of_the_cell_is_refused() {
    let mut session = with_old_rows();
    session.execute("BEGIN; DELETE FROM t").unwrap();
    let error = session
        .load(&load("t", Mode::Append, &numbers(1..3)), &numbers(1..3))
        .unwrap_err();
    assert_eq!(
        told(&error),
        "SQLite refuses the statement: cannot start a transaction within a transaction
→ end the one that is open first, with con.execute(\"COMMIT\") or con.execute(\"ROLLBACK\")"
    );
    session.execute("ROLLBACK").unwrap();
    assert_eq!(session.rows(ALL), "a: i64\n-2\n-1");
}

#[test]
fn who_cannot_write_is_told_before_a_row_is_computed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    let mut session = file(&path);
    session
        .execute("CREATE TABLE t (a INTEGER); BEGIN IMMEDIATE")
        .unwrap();
    let mut other = file(&path);
    other.execute("PRAGMA busy_timeout = 200").unwrap();
    let mut asked = 0;
    let mut rows = std::iter::once(numbers(1..3)).inspect(|_| asked += 1).map(Ok);
    let load = load("t", Mode::Append, &numbers(1..3));
    let error = load
        .run(other.database.as_mut(), &mut rows, &other.interrupt)
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "SQLite refuses the statement: database is locked"
    );
    drop(rows);
    assert_eq!(asked, 0);
}
