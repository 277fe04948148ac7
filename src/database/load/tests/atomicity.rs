use polars::prelude::DataFrame;

use crate::database::error::DatabaseError;
use crate::database::load::Mode;
use crate::database::testing::{Opened, column, frame, load, memory, told};

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
fn a_load_says_what_it_did() {
    let mut session = memory();
    let first = frame(vec![
        column("a", [Some(1_i64), None]),
        column("b; \"", ["x", "y"]),
    ]);
    let report = session.load(&load("t", Mode::Append, &first), &first).unwrap();
    assert_eq!(
        (
            report.rows,
            report.is_created,
            report.removed,
            report.before,
            report.replaced,
            report.rows_after
        ),
        (2, true, None, None, None, 2)
    );
    assert_eq!(report.columns, [("a".to_owned(), 1), ("b; \"".to_owned(), 0)]);
    let mut again = load("t", Mode::Append, &first);
    again.before = Some("DELETE FROM t WHERE a IS NULL".to_owned());
    let report = session.load(&again, &first).unwrap();
    assert_eq!(
        (report.rows, report.is_created, report.before, report.rows_after),
        (2, false, Some(1), 3)
    );
    let report = session.load(&load("t", Mode::Overwrite, &first), &first).unwrap();
    assert_eq!((report.rows, report.removed, report.rows_after), (2, Some(3), 2));
    assert_eq!(
        session.rows("SELECT * FROM t"),
        "a: i64, b; \": str\n1 | x\nnull | y"
    );
}

#[test]
fn a_frame_without_rows_makes_the_table_and_empties_one_that_is_overwritten() {
    let mut session = memory();
    let none = numbers(0..0);
    assert_eq!(
        session.load(&load("t", Mode::Error, &none), &none).unwrap().rows,
        0
    );
    assert_eq!(session.rows(ALL), "a: i64");
    session.execute("INSERT INTO t VALUES (1)").unwrap();
    assert_eq!(
        session
            .load_in(&load("t", Mode::Overwrite, &none), &[])
            .unwrap()
            .removed,
        Some(1)
    );
    assert_eq!(session.rows(ALL), "a: i64");
}

#[test]
fn overwriting_keeps_the_table_and_its_rules() {
    let mut session = with_old_rows();
    session.execute("CREATE INDEX i ON t (a)").unwrap();
    session
        .load(&load("t", Mode::Overwrite, &numbers(1..4)), &numbers(1..4))
        .unwrap();
    assert_eq!(session.rows(ALL), "a: i64\n1\n2\n3");
    let rules = "SELECT sql FROM sqlite_schema ORDER BY name";
    assert_eq!(
        session.rows(rules),
        "sql: str\nCREATE INDEX i ON t (a)\nCREATE TABLE t (a INTEGER CHECK (a <> 13))"
    );
}

#[test]
fn an_error_in_the_middle_leaves_the_table_as_it_was() {
    for mode in [Mode::Append, Mode::Overwrite] {
        let mut session = with_old_rows();
        let mut spoilt = load("t", mode, &numbers(1..20));
        spoilt.before = Some("DELETE FROM t WHERE a = -2".to_owned());
        assert_eq!(
            told(&session.load(&spoilt, &numbers(1..20)).unwrap_err()),
            "row 13, column \"a\": 13: CHECK constraint failed: a <> 13
→ nothing was loaded; change the value, or filter the row out"
        );
        assert_eq!(session.rows(ALL), "a: i64\n-2\n-1");
        // The session is ready for the next load.
        assert_eq!(
            session
                .load(&load("t", mode, &numbers(1..3)), &numbers(1..3))
                .unwrap()
                .rows,
            2
        );
    }
}

#[test]
fn rows_are_counted_over_all_batches() {
    let mut session = with_old_rows();
    let batches = [numbers(1..6), numbers(6..11), numbers(11..16)];
    let error = session
        .load_in(&load("t", Mode::Append, &batches[0]), &batches)
        .unwrap_err();
    assert!(error.to_string().starts_with("row 13, column"), "{error}");
    session
        .execute("CREATE TABLE u (a INTEGER UNIQUE, b); INSERT INTO u VALUES (8, 'eight')")
        .unwrap();
    let error = session
        .load_in(&load("u", Mode::Append, &batches[0]), &batches)
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "row 8, column \"a\": 8 is there already, in another row"
    );
    assert_eq!(session.rows("SELECT * FROM u"), "a: i64, b: str\n8 | eight");
}

#[test]
fn a_table_that_was_created_is_gone_after_an_error() {
    let mut session = memory();
    let bad = frame(vec![column("a", [1.0, f64::NAN])]);
    session.load(&load("t", Mode::Error, &bad), &bad).unwrap_err();
    assert_eq!(session.database.tables(&session.interrupt).unwrap(), []);
    let error = session
        .load_in(&load("t", Mode::Error, &bad), &[])
        .and_then(|_| session.load(&load("t", Mode::Error, &bad), &bad));
    assert_eq!(
        told(&error.unwrap_err()),
        "the table t is there already
→ give mode=\"append\" to add rows, or mode=\"overwrite\" to replace all that are there"
    );
}

#[test]
fn rows_that_cannot_be_computed_undo_the_load() {
    let mut session = with_old_rows();
    let mut rows = vec![
        Ok(numbers(1..3)),
        Err(DatabaseError::Rows("column x is not there".to_owned())),
    ]
    .into_iter();
    let load = load("t", Mode::Overwrite, &numbers(1..3));
    let error = load
        .run(session.database.as_mut(), &mut rows, &session.interrupt)
        .unwrap_err();
    assert_eq!(error.to_string(), "column x is not there");
    assert_eq!(session.rows(ALL), "a: i64\n-2\n-1");
}

#[test]
fn a_trigger_that_changes_what_is_loaded_undoes_the_load() {
    for (trigger, expected) in [
        (
            "UPDATE t SET a = 0 WHERE a = 2",
            "the sum of column \"a\" is 1 afterwards, and 3 was sent",
        ),
        (
            "UPDATE t SET a = NULL WHERE a = 2",
            "column \"a\" has 1 NULLs afterwards, and 0 were sent",
        ),
        (
            "DELETE FROM t WHERE a = 2",
            "it has 1 rows afterwards, and 2 were to be there",
        ),
    ] {
        let mut session = memory();
        session
            .execute(&format!(
                "CREATE TABLE t (a INTEGER); CREATE TRIGGER g AFTER INSERT ON t BEGIN {trigger}; END"
            ))
            .unwrap();
        let error = session
            .load(&load("t", Mode::Append, &numbers(1..3)), &numbers(1..3))
            .unwrap_err();
        assert_eq!(
            told(&error),
            format!(
                "the load into t was undone: {expected}
→ the table is as it was; something else may have changed it meanwhile: a trigger, a rule"
            )
        );
        assert_eq!(session.rows(ALL), "a: i64");
    }
    let mut session = with_old_rows();
    session
        .execute("CREATE TRIGGER g BEFORE DELETE ON t BEGIN SELECT RAISE(IGNORE); END")
        .unwrap();
    let error = session
        .load(&load("t", Mode::Overwrite, &numbers(1..3)), &numbers(1..3))
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "the load into t was undone: it has 4 rows afterwards, and 2 were to be there"
    );
    let mut session = memory();
    session
        .execute("CREATE TABLE t (a INTEGER UNIQUE ON CONFLICT IGNORE); INSERT INTO t VALUES (2)")
        .unwrap();
    let error = session
        .load(&load("t", Mode::Append, &numbers(1..3)), &numbers(1..3))
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "the load into t was undone: the database took 1 of 2 rows"
    );
}

#[test]
fn sums_that_no_whole_number_holds_do_not_hinder_a_load() {
    let mut session = memory();
    let large = frame(vec![
        column("a", [i64::MAX, i64::MAX, i64::MIN]),
        column("b", [f64::MAX, f64::MAX, f64::INFINITY]),
    ]);
    assert_eq!(
        session
            .load(&load("t", Mode::Append, &large), &large)
            .unwrap()
            .rows,
        3
    );
    // Digits that floats lose when they are added up are not an error.
    let mixed = frame(vec![column(
        "a",
        (0..10_000)
            .map(|row| 0.1 * f64::from(row) - 499.95)
            .collect::<Vec<_>>(),
    )]);
    assert_eq!(
        session
            .load(&load("u", Mode::Append, &mixed), &mixed)
            .unwrap()
            .rows,
        10_000
    );
}
