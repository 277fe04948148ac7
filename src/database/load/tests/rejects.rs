use polars::prelude::DataFrame;

use crate::database::error::DatabaseError;
use crate::database::load::{Load, Mode};
use crate::database::testing::{Opened, column, frame, load, memory, told};

const ALL: &str = "SELECT * FROM t ORDER BY id";
const TABLE: &str = "CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT NOT NULL, code TEXT UNIQUE COLLATE NOCASE, \
                     size DECIMAL(4,2)); INSERT INTO t VALUES (1, 'old', 'a', 1)";

fn session() -> Opened {
    let mut session = memory();
    session.execute(TABLE).unwrap();
    session
}

/// Rows of id, name, code and size.
fn rows(rows: &[(i64, Option<&str>, Option<&str>, i64)]) -> DataFrame {
    frame(vec![
        column("id", rows.iter().map(|row| row.0).collect::<Vec<_>>()),
        column("name", rows.iter().map(|row| row.1).collect::<Vec<_>>()),
        column("code", rows.iter().map(|row| row.2).collect::<Vec<_>>()),
        column("size", rows.iter().map(|row| row.3).collect::<Vec<_>>()),
    ])
}

fn some(id: i64, code: &str) -> (i64, Option<&str>, Option<&str>, i64) {
    (id, Some("new"), Some(code), 1)
}

#[test]
fn rows_that_break_a_rule_go_elsewhere_and_the_others_are_loaded() {
    let mut session = session();
    let batches = [
        rows(&[
            (2, Some("b"), Some("b"), 2),
            (3, None, Some("c"), 3),
            (4, Some("d"), None, 100),
            (5, Some("e"), None, 5),
        ]),
        rows(&[
            (1, Some("f"), Some("f"), 6),
            (6, Some("g"), Some("B"), 7),
            (5, Some("h"), Some("h"), 8),
            (7, Some("i"), Some("A"), 9),
            (8, Some("j"), None, 9),
        ]),
    ];
    let (done, sorted) = session.sort_out(&load("t", Mode::Append, &batches[0]), &batches);
    let report = done.unwrap();
    assert_eq!((report.rows, report.rejected, report.rows_after), (3, Some(6), 4));
    assert_eq!(
        report.columns.iter().map(|(_, nulls)| *nulls).collect::<Vec<_>>(),
        [0, 0, 2, 0]
    );
    assert!(sorted.is_finished);
    assert_eq!(
        sorted.lines,
        [
            "2 name NULL: not null: NULL in a column that must have a value",
            "3 size 100: type: 100 has too many digits for the column",
            "5 id 1: unique: the table has a row with this key already",
            "7 id 5: unique: row 4 of the load has the same key",
            "8 code A: unique: the table has a row with this key already",
            "6 code B: unique: row 1 of the load has the same key",
        ]
    );
    assert_eq!(
        session.rows(ALL),
        "id: i64, name: str, code: str, size: decimal[4,2]\n\
         1 | old | a | 1.00\n2 | b | b | 2.00\n5 | e | null | 5.00\n8 | j | null | 9.00"
    );
}

#[test]
fn of_an_overwrite_only_the_rows_of_the_load_count() {
    let mut session = session();
    let batches = [rows(&[some(1, "a"), some(1, "b"), some(2, "A")])];
    let (done, sorted) = session.sort_out(&load("t", Mode::Overwrite, &batches[0]), &batches);
    let report = done.unwrap();
    assert_eq!(
        (report.rows, report.removed, report.rejected, report.rows_after),
        (1, Some(1), Some(2), 1)
    );
    assert_eq!(
        sorted.lines,
        [
            "2 id 1: unique: row 1 of the load has the same key",
            "3 code A: unique: row 1 of the load has the same key"
        ]
    );
}

#[test]
fn of_an_upsert_the_first_row_of_a_key_counts() {
    let mut session = session();
    let batches = [rows(&[some(1, "x"), some(2, "y"), some(1, "z")])];
    let load = Load {
        keys: vec!["id".to_owned()],
        ..load("t", Mode::Upsert, &batches[0])
    };
    let (done, sorted) = session.sort_out(&load, &batches);
    let report = done.unwrap();
    assert_eq!(
        (report.rows, report.replaced, report.rejected, report.rows_after),
        (2, Some(1), Some(1), 2)
    );
    assert_eq!(
        sorted.lines,
        ["3 id 1: unique: row 1 of the load has the same key"]
    );
    assert_eq!(
        session.rows("SELECT id, code FROM t ORDER BY id"),
        "id: i64, code: str\n1 | x\n2 | y"
    );
}

#[test]
fn a_table_that_is_made_has_no_rules_but_its_types() {
    let mut session = memory();
    let batches = [frame(vec![column("id", [1.5, f64::NAN, 2.5])])];
    let (done, sorted) = session.sort_out(&load("made", Mode::Error, &batches[0]), &batches);
    assert_eq!(done.unwrap().rows_after, 2);
    assert_eq!(
        sorted.lines,
        ["2 id NaN: type: NaN, which SQLite has not: it would become NULL"]
    );
}

#[test]
fn more_than_there_may_be_end_the_load_and_are_kept() {
    let mut session = session();
    let batches = [rows(&[some(2, "b"), some(1, "c"), some(2, "d"), some(2, "e")])];
    let most = |most| Load {
        max_rejects: Some(most),
        ..load("t", Mode::Append, &batches[0])
    };
    let (done, sorted) = session.sort_out(&most(2), &batches);
    let error = done.unwrap_err();
    assert!(matches!(error, DatabaseError::TooManyRejects { most: 2, .. }));
    assert_eq!(
        told(&error),
        "more than 2 rows cannot be loaded; nothing was loaded, and the list has those that were found\n\
         → look at the list for what is wrong with them; a larger max_rejects lets more of them go"
    );
    assert_eq!((sorted.lines.len(), sorted.is_finished), (3, true));
    assert_eq!(session.rows("SELECT count(*) AS n FROM t"), "n: i64\n1");
    let (done, sorted) = session.sort_out(&most(3), &batches);
    assert_eq!((done.unwrap().rows, sorted.lines.len()), (1, 3));
}

#[test]
fn rows_keep_their_numbers_where_others_were_sorted_out_before() {
    let mut session = memory();
    session
        .execute("CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT NOT NULL)")
        .unwrap();
    let ids: Vec<i64> = (1..=9).collect();
    let names: Vec<Option<&str>> = ids.iter().map(|id| (id % 3 != 0).then_some("x")).collect();
    let whole = frame(vec![column("id", ids), column("name", names)]);
    let batches = [whole.slice(0, 4), whole.slice(4, 5)];
    let (done, sorted) = session.sort_out(&load("t", Mode::Append, &whole), &batches);
    assert_eq!(done.unwrap().rows, 6);
    let numbers: Vec<&str> = sorted.lines.iter().map(|line| &line[..1]).collect();
    assert_eq!(numbers, ["3", "6", "9"]);
}
