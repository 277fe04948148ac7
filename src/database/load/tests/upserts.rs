use polars::prelude::DataFrame;

use crate::database::load::{Load, Mode};
use crate::database::report::LoadReport;
use crate::database::testing::{Opened, column, frame, load, memory};

const ALL: &str = "SELECT * FROM t ORDER BY 1, 2";

fn upsert(session: &mut Opened, keys: &[&str], rows: &DataFrame) -> Result<LoadReport, String> {
    let load = Load {
        keys: keys.iter().map(|key| (*key).to_owned()).collect(),
        ..load("t", Mode::Upsert, rows)
    };
    session.load(&load, rows).map_err(|error| error.to_string())
}

#[test]
fn rows_replace_those_of_their_keys_and_the_others_are_added() {
    let mut session = memory();
    session
        .execute("CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT, kept TEXT DEFAULT 'k'); INSERT INTO t VALUES (1, 'a', 'x'), (2, 'b', 'y')")
        .unwrap();
    let rows = frame(vec![column("name", [Some("B"), None]), column("id", [2_i64, 3])]);
    let report = upsert(&mut session, &["id"], &rows).unwrap();
    assert_eq!((report.rows, report.replaced, report.rows_after), (2, Some(1), 3));
    assert_eq!(
        session.rows(ALL),
        "id: i64, name: str, kept: str\n1 | a | x\n2 | B | y\n3 | null | k"
    );
    assert_eq!(session.database.tables(&session.interrupt).unwrap().len(), 1);
    let report = upsert(&mut session, &["id"], &rows).unwrap();
    assert_eq!((report.replaced, report.rows_after), (Some(2), 3));
}

#[test]
fn a_table_that_is_made_has_the_keys_as_its_primary_key() {
    let mut session = memory();
    let rows = frame(vec![
        column("a", ["x", "x"]),
        column("b", [1_i64, 2]),
        column("c", [0.5, 1.5]),
    ]);
    assert_eq!(
        upsert(&mut session, &["b", "a"], &rows).unwrap().replaced,
        Some(0)
    );
    let keys = session
        .database
        .unique_keys(&crate::database::testing::name("t"), &session.interrupt)
        .unwrap();
    assert_eq!(keys, [["b", "a"]]);
    assert_eq!(
        upsert(&mut session, &["a", "b"], &rows).unwrap().replaced,
        Some(2)
    );
    assert_eq!(
        session.rows(ALL),
        "a: str, b: i64, c: f64\nx | 1 | 0.5\nx | 2 | 1.5"
    );
}

#[test]
fn keys_alone_are_added_where_they_are_missing() {
    let mut session = memory();
    session
        .execute("CREATE TABLE t (id INTEGER PRIMARY KEY, x DEFAULT 7); INSERT INTO t VALUES (2, 5)")
        .unwrap();
    let rows = frame(vec![column("id", [1_i64, 2, 3])]);
    let report = upsert(&mut session, &["id"], &rows).unwrap();
    assert_eq!((report.rows, report.replaced, report.rows_after), (3, Some(1), 3));
    assert_eq!(session.rows(ALL), "id: i64, x: i64\n1 | 7\n2 | 5\n3 | 7");
}

#[test]
fn the_same_key_twice_is_refused_with_its_rows() {
    let mut session = memory();
    session
        .execute(
            "CREATE TABLE t (a TEXT, b INTEGER, c REAL, UNIQUE (a, b)); INSERT INTO t VALUES ('x', 1, 0)",
        )
        .unwrap();
    let rows = frame(vec![
        column("a", ["x", "y", "x", "y"]),
        column("b", [1_i64, 5, 2, 5]),
        column("c", [1.0, 2.0, 3.0, 4.0]),
    ]);
    assert_eq!(
        upsert(&mut session, &["a", "b"], &rows).unwrap_err(),
        "row 4, column \"a, b\": the key y, 5 is that of row 2, too"
    );
    let rows = frame(vec![
        column("a", [Some("x"), None]),
        column("b", [1_i64, 5]),
        column("c", [1.0, 2.0]),
    ]);
    assert_eq!(
        upsert(&mut session, &["a", "b"], &rows).unwrap_err(),
        "row 2, column \"a\": NULL in a key, by which no row is known"
    );
    assert_eq!(session.rows(ALL), "a: str, b: i64, c: f64\nx | 1 | 0.0");
}

#[test]
fn keys_that_the_table_takes_for_the_same_one_undo_the_load() {
    let mut session = memory();
    session
        .execute("CREATE TABLE t (a TEXT COLLATE NOCASE UNIQUE, b INTEGER); INSERT INTO t VALUES ('x', 0)")
        .unwrap();
    let rows = frame(vec![column("a", ["X", "y"]), column("b", [1_i64, 2])]);
    assert_eq!(upsert(&mut session, &["a"], &rows).unwrap().replaced, Some(1));
    let rows = frame(vec![column("a", ["z", "Z"]), column("b", [1_i64, 2])]);
    assert_eq!(
        upsert(&mut session, &["a"], &rows).unwrap_err(),
        "row 2, column \"a\": the key Z is that of row 1, too"
    );
    assert_eq!(session.rows(ALL), "a: str, b: i64\nx | 1\ny | 2");
}

#[test]
fn a_rule_that_a_row_breaks_undoes_all_of_it() {
    let mut session = memory();
    session
        .execute("CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER UNIQUE); INSERT INTO t VALUES (1, 10), (2, 20)")
        .unwrap();
    let rows = frame(vec![column("id", [1_i64, 3]), column("n", [11_i64, 20])]);
    assert_eq!(
        upsert(&mut session, &["id"], &rows).unwrap_err(),
        "row 2, column \"n\": 20: UNIQUE constraint failed: t.n"
    );
    assert_eq!(session.rows(ALL), "id: i64, n: i64\n1 | 10\n2 | 20");
    assert_eq!(session.database.tables(&session.interrupt).unwrap().len(), 1);
}
