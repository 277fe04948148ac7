use std::thread;
use std::time::{Duration, Instant};

use crate::database::error::DatabaseError;
use crate::database::testing::{file, memory, told};

#[test]
fn refused_statements_say_where_and_what_to_do() {
    let mut session = memory();
    session
        .execute("CREATE TABLE passengers (id INTEGER PRIMARY KEY, name TEXT NOT NULL, age REAL CHECK (age >= 0), ship INTEGER REFERENCES ships(id)); \
                  CREATE TABLE ships (id INTEGER PRIMARY KEY); INSERT INTO passengers VALUES (1, 'Jane', 3, NULL)")
        .unwrap();
    for (sql, expected) in [
        (
            "SELECT * FROM passenger",
            "no such table: passenger\n→ did you mean passengers?",
        ),
        (
            "SELECT * FROM zzz",
            "no such table: zzz\n→ con.tables() lists those that there are",
        ),
        (
            "SELECT nmae FROM passengers",
            "no such column: nmae at 7\n→ did you mean name?",
        ),
        (
            "SELECT p.nmae FROM passengers p",
            "no such column: p.nmae at 7\n→ did you mean name?",
        ),
        (
            "SELECT name FROM passengers WHERE name = \"Jane\"",
            "no such column: \"Jane\" - should this be a string literal in single-quotes? at 41\n→ did you mean age? a text is \
             written in single quotes: 'Jane'",
        ),
        (
            "SELECT name FROM passengers WHERE name = \"Mr. Smith\"",
            "no such column: \"Mr. Smith\" - should this be a string literal in single-quotes? at 41\n→ a text is \
             written in single quotes: 'Mr. Smith'",
        ),
        ("SELEC 1", "near \"SELEC\": syntax error at 0"),
        (
            "SELECT 1; SELECT 2",
            "there is more than one statement\n→ give one at a time; con.execute without values runs several",
        ),
        ("  -- nothing\n", "there is no statement in it"),
        (
            "CREATE TABLE u (a)",
            "it returns no rows\n→ use con.execute for it, or end it with RETURNING",
        ),
        (
            "INSERT INTO passengers VALUES (1, 'Joe', 2, NULL) RETURNING id",
            "UNIQUE constraint failed: passengers.id\n→ a row with these values is there already; leave it out, or write \
             INSERT … ON CONFLICT DO UPDATE",
        ),
        (
            "INSERT INTO passengers VALUES (2, NULL, 2, NULL) RETURNING id",
            "NOT NULL constraint failed: passengers.name\n→ give the column a value, or leave the row out",
        ),
        (
            "INSERT INTO passengers VALUES (2, 'Joe', -2, NULL) RETURNING id",
            "CHECK constraint failed: age >= 0\n→ the table's own rule forbids the row; change the row, or the rule",
        ),
        (
            "INSERT INTO passengers VALUES (2, 'Joe', 2, 5) RETURNING id",
            "FOREIGN KEY constraint failed\n→ the row refers to one that does not exist, or others refer to it; add or \
             remove those first",
        ),
    ] {
        let error = session.query(sql).unwrap_err();
        let place = match &error {
            DatabaseError::Refused { at: Some(at), .. } => format!(" at {at}"),
            _ => String::new(),
        };
        let told = told(&error);
        let (message, hint) = told.split_once('\n').unwrap_or((&told, ""));
        let message = message.strip_prefix("SQLite refuses the statement: ").unwrap();
        let hint = if hint.is_empty() {
            String::new()
        } else {
            format!("\n{hint}")
        };
        assert_eq!(format!("{message}{place}{hint}"), expected, "{sql}");
    }
    assert_eq!(session.rows("SELECT count(*) AS n FROM passengers"), "n: i64\n1");
}

#[test]
fn a_database_that_may_only_be_read_says_so() {
    let mut session = memory();
    session
        .execute("CREATE TABLE t (a); PRAGMA query_only = ON")
        .unwrap();
    assert_eq!(
        told(&session.execute("INSERT INTO t VALUES (1)").unwrap_err()),
        "SQLite refuses the statement: attempt to write a readonly database
→ the file or its folder cannot be written to; see who may, or work on a copy"
    );
}

#[test]
fn the_place_of_an_error_is_that_in_all_of_the_text() {
    let sql = "CREATE TABLE t (a);\nINSERT INTO t VALUES (1);\nSELECT b FROM t";
    match memory().execute(sql).unwrap_err() {
        DatabaseError::Refused { at, .. } => assert_eq!(at, sql.find("b FROM")),
        error => panic!("{error}"),
    }
}

#[test]
fn several_statements_run_one_after_another_and_the_last_one_counts() {
    let mut session = memory();
    assert_eq!(
        session
            .execute("CREATE TABLE t (a); INSERT INTO t VALUES (1), (2); -- done\n")
            .unwrap(),
        2
    );
    assert_eq!(
        session
            .execute("UPDATE t SET a = 5; DELETE FROM t WHERE a = 7")
            .unwrap(),
        0
    );
    assert_eq!(session.execute("DELETE FROM t").unwrap(), 2);
    assert_eq!(
        session
            .execute("INSERT INTO t VALUES (1); CREATE TABLE u (a)")
            .unwrap(),
        0
    );
    assert_eq!(session.execute("ALTER TABLE t RENAME TO v").unwrap(), 0);
    assert_eq!(session.execute("DROP TABLE v").unwrap(), 0);
}

#[test]
fn several_statements_are_kept_together_or_undone_together() {
    let mut session = memory();
    let error = session
        .execute("CREATE TABLE t (a); INSERT INTO t VALUES (1); INSERT INTO u VALUES (1)")
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "SQLite refuses the statement: no such table: u"
    );
    assert_eq!(session.database.tables(&session.interrupt).unwrap(), []);
    // What no transaction takes stands between two that are kept together.
    let text =
        "CREATE TABLE t (a); PRAGMA user_version = 7; INSERT INTO t VALUES (1); INSERT INTO u VALUES (1)";
    session.execute(text).unwrap_err();
    assert_eq!(session.rows("SELECT count(*) AS n FROM t"), "n: i64\n0");
    assert_eq!(session.rows("PRAGMA user_version"), "user_version: i64\n7");
    // A transaction of the cell stays open, as it is.
    session.execute("BEGIN; INSERT INTO t VALUES (1)").unwrap();
    session
        .execute("INSERT INTO t VALUES (2); INSERT INTO u VALUES (1)")
        .unwrap_err();
    assert_eq!(
        session
            .execute("INSERT INTO t VALUES (3); COMMIT; INSERT INTO t VALUES (4)")
            .unwrap(),
        1
    );
    assert_eq!(session.rows("SELECT a FROM t"), "a: i64\n1\n2\n3\n4");
    assert_eq!(session.execute("VACUUM").unwrap(), 0);
    session.execute("BEGIN; DELETE FROM t; ROLLBACK").unwrap();
    assert_eq!(session.rows("SELECT count(*) AS n FROM t"), "n: i64\n4");
}

#[test]
fn work_that_nobody_wants_any_more_ends_and_the_session_goes_on() {
    let mut session = memory();
    session
        .execute("CREATE TABLE t (a); BEGIN; INSERT INTO t VALUES (1)")
        .unwrap();
    let presser = session.interrupt.clone();
    let pressing = thread::spawn(move || {
        thread::sleep(Duration::from_millis(100));
        presser.trigger();
    });
    let started = Instant::now();
    let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";
    assert!(matches!(session.query(endless), Err(DatabaseError::Interrupted)));
    assert!(started.elapsed() < Duration::from_secs(2));
    pressing.join().unwrap();
    assert!(matches!(
        session.query("SELECT 1"),
        Err(DatabaseError::Interrupted)
    ));
    assert!(session.database.recover());
    session.interrupt.clear();
    assert_eq!(session.rows("SELECT count(*) AS n FROM t"), "n: i64\n0");
}

#[test]
fn a_lock_of_someone_else_is_waited_for_but_not_for_ever() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    let mut one = file(&path);
    one.execute("CREATE TABLE t (a); BEGIN IMMEDIATE; INSERT INTO t VALUES (1)")
        .unwrap();
    let mut other = file(&path);
    let started = Instant::now();
    assert_eq!(
        told(&other.execute("INSERT INTO t VALUES (2)").unwrap_err()),
        "SQLite refuses the statement: database is locked
→ someone else writes to the database; run the cell again when that has finished"
    );
    assert!(started.elapsed() >= Duration::from_secs(4));
    // Who asks for a stop does not wait.
    let presser = other.interrupt.clone();
    let pressing = thread::spawn(move || {
        thread::sleep(Duration::from_millis(100));
        presser.trigger();
    });
    let started = Instant::now();
    assert!(matches!(
        other.execute("INSERT INTO t VALUES (2)"),
        Err(DatabaseError::Interrupted)
    ));
    assert!(started.elapsed() < Duration::from_secs(2));
    pressing.join().unwrap();
    other.interrupt.clear();
    // It goes on as soon as the other one has finished.
    let finishing = thread::spawn(move || {
        thread::sleep(Duration::from_millis(200));
        one.execute("COMMIT").unwrap();
    });
    assert_eq!(other.execute("INSERT INTO t VALUES (2)").unwrap(), 1);
    finishing.join().unwrap();
    assert_eq!(other.rows("SELECT a FROM t"), "a: i64\n1\n2");
}
