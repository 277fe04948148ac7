//! Rules that the database alone knows: the rows that break them are sorted out, or named.

use polars::prelude::DataFrame;

use crate::database::load::{Load, Mode};
use crate::database::testing::{Opened, Sorted, column, frame, load, memory, told};

const TABLES: &str = "CREATE TABLE cities (id INTEGER PRIMARY KEY); INSERT INTO cities VALUES (1), (2), (3); \
     CREATE TABLE t (id INTEGER PRIMARY KEY, age INTEGER, city INTEGER REFERENCES cities (id), \
     CONSTRAINT grown CHECK (age >= 18), CHECK (city <> age))";

fn session() -> Opened {
    let mut session = memory();
    session.execute(TABLES).unwrap();
    session
}

fn people(rows: &[(i64, i64, Option<i64>)]) -> DataFrame {
    frame(vec![
        column("id", rows.iter().map(|row| row.0).collect::<Vec<_>>()),
        column("age", rows.iter().map(|row| row.1).collect::<Vec<_>>()),
        column("city", rows.iter().map(|row| row.2).collect::<Vec<_>>()),
    ])
}

fn sorted(session: &mut Opened, load: &Load, rows: &DataFrame) -> (u64, Vec<String>) {
    let (done, Sorted { mut lines, .. }) = session.sort_out(load, std::slice::from_ref(rows));
    lines.sort();
    (done.unwrap().rows, lines)
}

#[test]
fn each_rule_is_told_with_its_columns_and_values() {
    let mut session = session();
    let rows = people(&[
        (1, 30, Some(1)),
        (2, 5, Some(2)),
        (3, 40, Some(9)),
        (4, 50, None),
        (5, 17, Some(3)),
    ]);
    let (count, lines) = sorted(&mut session, &load("t", Mode::Append, &rows), &rows);
    assert_eq!(count, 2);
    assert_eq!(
        lines,
        [
            "2 age 5: check: CHECK constraint failed: grown",
            "3 city 9: reference: FOREIGN KEY constraint failed",
            "5 age 17: check: CHECK constraint failed: grown",
        ]
    );
    assert_eq!(
        session.rows("SELECT id, age, city FROM t"),
        "id: i64, age: i64, city: i64\n1 | 30 | 1\n4 | 50 | null"
    );
}

#[test]
fn many_rows_with_few_bad_ones_are_sorted_out_over_several_parts() {
    let mut session = session();
    let all: Vec<_> = (1..=20_000_i64)
        .map(|id| {
            (
                id,
                if id % 997 == 0 { 3 } else { 20 },
                Some(if id % 1013 == 0 { 7 } else { 1 }),
            )
        })
        .collect();
    let rows = people(&all);
    let (count, lines) = sorted(&mut session, &load("t", Mode::Append, &rows), &rows);
    let wrong = all.iter().filter(|row| row.1 < 18 || row.2 == Some(7)).count();
    assert_eq!(lines.len(), wrong);
    assert_eq!(count, 20_000 - wrong as u64);
    assert_eq!(
        session.rows("SELECT count(*) AS n, min(age) AS age, max(city) AS city FROM t"),
        format!("n: i64, age: i64, city: i64\n{count} | 20 | 1")
    );
}

#[test]
fn an_upsert_sorts_out_what_a_rule_forbids_and_replaces_the_rest() {
    let mut session = session();
    session
        .execute("INSERT INTO t VALUES (1, 20, 1), (2, 21, 1)")
        .unwrap();
    let rows = people(&[
        (1, 5, Some(1)),
        (2, 33, Some(2)),
        (3, 44, Some(8)),
        (4, 45, Some(3)),
    ]);
    let load = Load {
        keys: vec!["id".to_owned()],
        ..load("t", Mode::Upsert, &rows)
    };
    let (done, sorted) = session.sort_out(&load, std::slice::from_ref(&rows));
    let report = done.unwrap();
    assert_eq!(
        (report.rows, report.replaced, report.rejected),
        (2, Some(1), Some(2))
    );
    assert_eq!(
        sorted.lines,
        [
            "1 age 5: check: CHECK constraint failed: grown",
            "3 city 8: reference: FOREIGN KEY constraint failed"
        ]
    );
    assert_eq!(
        session.rows("SELECT id, age FROM t ORDER BY id"),
        "id: i64, age: i64\n1 | 20\n2 | 33\n4 | 45"
    );
    // Without a place for them, the first is named.
    let error = session.load(&load, &rows).unwrap_err();
    assert_eq!(
        told(&error),
        "row 1, column \"age\": 5: CHECK constraint failed: grown\n\
         → nothing was loaded; change the value, or filter the row out"
    );
}

#[test]
fn a_row_may_refer_to_one_behind_it_and_not_to_one_that_is_sorted_out() {
    let mut session = memory();
    session
        .execute("CREATE TABLE t (id INTEGER PRIMARY KEY, boss INTEGER REFERENCES t (id), pay INTEGER CHECK (pay > 0))")
        .unwrap();
    let rows = frame(vec![
        column("id", [1_i64, 2, 3, 4, 5]),
        column("boss", [Some(5_i64), Some(4), None, Some(3), Some(3)]),
        column("pay", [1_i64, 1, 1, 0, 1]),
    ]);
    let (count, lines) = sorted(&mut session, &load("t", Mode::Append, &rows), &rows);
    assert_eq!(count, 3);
    assert_eq!(
        lines,
        [
            "2 boss 4: reference: FOREIGN KEY constraint failed",
            "4 pay 0: check: CHECK constraint failed: pay > 0",
        ]
    );
    assert_eq!(session.rows("SELECT id FROM t ORDER BY id"), "id: i64\n1\n3\n5");
}

#[test]
fn what_a_trigger_refuses_is_sorted_out_with_what_it_says() {
    let mut session = memory();
    session
        .execute(
            "CREATE TABLE t (id INTEGER, n INTEGER); CREATE TABLE log (id INTEGER); \
             CREATE TRIGGER even BEFORE INSERT ON t WHEN NEW.n % 2 = 1 BEGIN SELECT RAISE(ABORT, 'odd numbers are not for us'); END; \
             CREATE TRIGGER logs AFTER INSERT ON t BEGIN INSERT INTO log VALUES (NEW.id); END",
        )
        .unwrap();
    let rows = frame(vec![column("id", [1_i64, 2, 3]), column("n", [2_i64, 3, 4])]);
    let (count, lines) = sorted(&mut session, &load("t", Mode::Append, &rows), &rows);
    assert_eq!(
        (count, lines),
        (2, vec!["2  NULL: trigger: odd numbers are not for us".to_owned()])
    );
    // What was tried has left no trace.
    assert_eq!(session.rows("SELECT id FROM log ORDER BY id"), "id: i64\n1\n3");
}

#[test]
fn what_ends_the_transaction_ends_the_load_and_sorts_nothing_out() {
    let mut session = memory();
    session
        .execute(
            "CREATE TABLE t (id INTEGER); \
             CREATE TRIGGER never BEFORE INSERT ON t WHEN NEW.id = 2 BEGIN SELECT RAISE(ROLLBACK, 'not here'); END",
        )
        .unwrap();
    let rows = frame(vec![column("id", [1_i64, 2])]);
    let (done, sorted) = session.sort_out(&load("t", Mode::Append, &rows), std::slice::from_ref(&rows));
    let text = told(&done.unwrap_err());
    assert!(
        text.contains("not here") && text.contains("→ nothing was loaded: what breaks this rule"),
        "{text}"
    );
    assert!(!sorted.is_finished);
    assert_eq!(session.rows("SELECT count(*) AS n FROM t"), "n: i64\n0");
}

#[test]
fn more_than_there_may_be_end_the_search() {
    let mut session = session();
    let rows = people(&[(1, 1, None), (2, 2, None), (3, 3, None), (4, 4, None)]);
    let load = Load {
        max_rejects: Some(2),
        ..load("t", Mode::Append, &rows)
    };
    let (done, sorted) = session.sort_out(&load, std::slice::from_ref(&rows));
    assert!(
        done.unwrap_err()
            .to_string()
            .starts_with("more than 2 rows cannot be loaded")
    );
    assert_eq!((sorted.lines.len(), sorted.is_finished), (3, true));
    assert_eq!(session.rows("SELECT count(*) AS n FROM t"), "n: i64\n0");
}
