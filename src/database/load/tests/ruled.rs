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
        text.contains("not here")
            && text.contains("→ nothing was loaded: with this error the database ends the whole transaction"),
        "{text}"
    );
    assert!(!sorted.is_finished);
    assert_eq!(session.rows("SELECT count(*) AS n FROM t"), "n: i64\n0");
}

const STAFF: &str = "CREATE TABLE t (id INTEGER PRIMARY KEY, boss INTEGER, pay INTEGER CHECK (pay > 0), \
     CONSTRAINT works_for FOREIGN KEY (boss) REFERENCES t (id) DEFERRABLE INITIALLY DEFERRED)";

fn staff(rows: &[(i64, Option<i64>, i64)]) -> DataFrame {
    frame(vec![
        column("id", rows.iter().map(|row| row.0).collect::<Vec<_>>()),
        column("boss", rows.iter().map(|row| row.1).collect::<Vec<_>>()),
        column("pay", rows.iter().map(|row| row.2).collect::<Vec<_>>()),
    ])
}

#[test]
fn references_that_are_looked_at_at_the_end_sort_rows_out_down_to_those_that_need_them() {
    let mut session = memory();
    session.execute(STAFF).unwrap();
    session.execute("INSERT INTO t VALUES (1, NULL, 1)").unwrap();
    // 2 and 3 need each other; 4 is for nobody, and so is who needs it; the boss of 8 is forbidden.
    let rows = staff(&[
        (2, Some(3), 1),
        (3, Some(2), 1),
        (5, Some(4), 1),
        (4, Some(99), 1),
        (6, Some(5), 1),
        (7, Some(1), 1),
        (8, Some(9), 1),
        (9, None, 0),
        (10, Some(10), 1),
    ]);
    let (count, lines) = sorted(&mut session, &load("t", Mode::Append, &rows), &rows);
    assert_eq!(count, 4);
    assert_eq!(
        lines,
        [
            "3 boss 4: reference: FOREIGN KEY constraint failed",
            "4 boss 99: reference: FOREIGN KEY constraint failed",
            "5 boss 5: reference: FOREIGN KEY constraint failed",
            "7 boss 9: reference: FOREIGN KEY constraint failed",
            "8 pay 0: check: CHECK constraint failed: pay > 0",
        ]
    );
    assert_eq!(
        session.rows("SELECT group_concat(id, ' ') AS ids FROM (SELECT id FROM t ORDER BY id)"),
        "ids: str\n1 2 3 7 10"
    );
    // Without a place for them, an upsert names the first one, and a load what is missing at its end.
    let rows = staff(&[(11, Some(1), 1), (12, Some(99), 1)]);
    let upsert = Load {
        keys: vec!["id".to_owned()],
        ..load("t", Mode::Upsert, &rows)
    };
    assert_eq!(
        told(&session.load(&upsert, &rows).unwrap_err()),
        "row 2, column \"boss\": 99: FOREIGN KEY constraint failed\n\
         → nothing was loaded; change the value, or filter the row out"
    );
    let told = told(&session.load(&load("t", Mode::Append, &rows), &rows).unwrap_err());
    assert!(
        told.contains("FOREIGN KEY constraint failed: a row of t (rowid 12) refers by boss to no row of t")
            && told.ends_with("rejects= sorts rows out that refer to none"),
        "{told}"
    );
    assert_eq!(session.rows("SELECT count(*) AS n FROM t"), "n: i64\n5");
}

#[test]
fn rows_that_need_each_other_are_loaded_beside_one_that_breaks_a_rule() {
    let mut session = memory();
    session
        .execute("CREATE TABLE t (id INTEGER PRIMARY KEY, boss INTEGER REFERENCES t (id), pay INTEGER CHECK (pay > 0))")
        .unwrap();
    let rows = staff(&[(1, Some(2), 1), (2, Some(1), 1), (3, Some(9), 1), (4, None, 0)]);
    let (count, lines) = sorted(&mut session, &load("t", Mode::Append, &rows), &rows);
    assert_eq!(count, 2);
    assert_eq!(
        lines,
        [
            "3 boss 9: reference: FOREIGN KEY constraint failed",
            "4 pay 0: check: CHECK constraint failed: pay > 0",
        ]
    );
}

#[test]
fn what_no_row_of_the_load_says_is_looked_at_when_all_of_it_is_to_last() {
    let mut session = memory();
    session
        .execute(
            "CREATE TABLE cities (id INTEGER PRIMARY KEY, code INTEGER UNIQUE); INSERT INTO cities VALUES (1, 10), (2, 20); \
             CREATE TABLE t (id INTEGER PRIMARY KEY, city INTEGER DEFAULT 99 REFERENCES cities (id)); \
             CREATE TABLE visits (code INTEGER REFERENCES cities (code)); INSERT INTO visits VALUES (20)",
        )
        .unwrap();
    // A column that is not loaded has a value that leads nowhere.
    let rows = frame(vec![column("id", [1_i64])]);
    let (done, _) = session.sort_out(&load("t", Mode::Append, &rows), std::slice::from_ref(&rows));
    let text = told(&done.unwrap_err());
    assert!(
        text.contains("a row of t (rowid 1) refers by city to no row of cities"),
        "{text}"
    );
    // A row that others refer to becomes another one.
    let rows = frame(vec![column("id", [2_i64]), column("code", [21_i64])]);
    let upsert = Load {
        keys: vec!["id".to_owned()],
        ..load("cities", Mode::Upsert, &rows)
    };
    let (done, _) = session.sort_out(&upsert, std::slice::from_ref(&rows));
    let text = told(&done.unwrap_err());
    assert!(
        text.contains("a row of visits (rowid 1) refers by code to no row of cities"),
        "{text}"
    );
    assert_eq!(
        session.rows("SELECT (SELECT count(*) FROM t) AS t, (SELECT max(code) FROM cities) AS code"),
        "t: i64, code: i64\n0 | 20"
    );
    // What was put off is put off no more.
    let error = session.execute("INSERT INTO t VALUES (3, 99)").unwrap_err();
    assert!(
        error.to_string().contains("FOREIGN KEY constraint failed"),
        "{error}"
    );
}

#[test]
fn a_reference_to_a_table_that_is_not_there_is_told_as_sqlite_says_it() {
    let mut session = memory();
    session
        .execute("CREATE TABLE t (id INTEGER PRIMARY KEY, ship INTEGER REFERENCES ships (id), age INTEGER CHECK (age > 0))")
        .unwrap();
    let rows = frame(vec![
        column("id", [1_i64, 2]),
        column("ship", [None::<i64>, None]),
        column("age", [5_i64, 0]),
    ]);
    let (done, _) = session.sort_out(&load("t", Mode::Append, &rows), std::slice::from_ref(&rows));
    let told = done.map(|report| report.rows).unwrap_err().to_string();
    assert!(told.contains("no such table: main.ships"), "{told}");
}

#[test]
fn references_by_several_columns_and_to_keys_without_names_are_those_of_the_table() {
    let mut session = memory();
    for sql in [
        "CREATE TABLE places (land TEXT, city TEXT COLLATE NOCASE, PRIMARY KEY (land, city)); \
         INSERT INTO places VALUES ('de', 'Bonn'); \
         CREATE TABLE t (id INTEGER, land TEXT, city TEXT, \
         FOREIGN KEY (land, city) REFERENCES places DEFERRABLE INITIALLY DEFERRED)",
        "PRAGMA foreign_keys=OFF",
        "INSERT INTO t VALUES (0, 'xx', 'nowhere')",
        "PRAGMA foreign_keys=ON",
    ] {
        session.execute(sql).unwrap();
    }
    let rows = frame(vec![
        column("id", [1_i64, 2, 3, 4]),
        column("land", ["de", "de", "fr", "fr"]),
        column("city", [Some("BONN"), Some("Köln"), Some("Bonn"), None]),
    ]);
    let (count, lines) = sorted(&mut session, &load("t", Mode::Append, &rows), &rows);
    // What was wrong before is not the load's.
    assert_eq!(count, 2);
    assert_eq!(
        lines,
        [
            "2 land, city de, Köln: reference: FOREIGN KEY constraint failed",
            "3 land, city fr, Bonn: reference: FOREIGN KEY constraint failed",
        ]
    );
    assert_eq!(session.rows("SELECT id FROM t ORDER BY id"), "id: i64\n0\n1\n4");
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
