use std::fs;

use crate::database::connection::Connection;
use crate::database::error::DatabaseError;
use crate::database::testing::{file, session, target, told};

#[test]
fn a_missing_file_is_made_and_a_missing_folder_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a b?mode=ro#'ü.db");
    file(&path)
        .execute("CREATE TABLE t (a INTEGER); INSERT INTO t VALUES (7)")
        .unwrap();
    assert!(path.is_file());
    assert_eq!(file(&path).rows("SELECT a FROM t"), "a: i64\n7");
    let error = session(&target(&folder.path().join("nowhere/b.db")))
        .err()
        .unwrap();
    assert_eq!(
        told(&error),
        "cannot connect to SQLite, /mnt/data/b.db: its folder does not exist
→ make the folder first, with dbutils.fs.mkdirs(…), or correct the path; a missing file is made, a missing folder is not"
    );
    let error = session(&target(folder.path())).err().unwrap();
    assert!(error.to_string().ends_with(": it is a folder"), "{error}");
}

#[test]
fn what_is_no_database_is_not_opened_and_not_changed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.csv");
    let text = "id,name\n1,Jane\n".repeat(100);
    fs::write(&path, &text).unwrap();
    assert_eq!(
        told(&session(&target(&path)).err().unwrap()),
        "cannot connect to SQLite, /mnt/data/a.csv: it is not a SQLite database
→ correct the path; files of other kinds are read by read_csv, read_parquet and the like"
    );
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
}

#[test]
fn an_empty_file_is_an_empty_database() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    fs::write(&path, "").unwrap();
    let mut session = file(&path);
    assert_eq!(session.database.tables(&session.interrupt).unwrap(), []);
}

#[test]
fn foreign_keys_hold_and_the_journal_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    file(&path).query("PRAGMA journal_mode=WAL").unwrap();
    let mut session = file(&path);
    assert_eq!(session.rows("PRAGMA journal_mode"), "journal_mode: str\nwal");
    assert_eq!(session.rows("PRAGMA foreign_keys"), "foreign_keys: i64\n1");
}

#[test]
fn an_interruption_does_not_lose_a_database_in_memory() {
    let connection = Connection::new("sqlite::memory:", None, None, None).unwrap();
    let interrupt = crate::work::Interrupt::default();
    connection
        .open(&crate::database::target::Target::Memory, &interrupt)
        .unwrap();
    connection
        .run(|database| {
            database.execute(
                "CREATE TABLE t (a); BEGIN; INSERT INTO t VALUES (1)",
                &[],
                &interrupt,
            )
        })
        .unwrap();
    interrupt.trigger();
    let stopped = connection.run(|database| database.execute("INSERT INTO t VALUES (2)", &[], &interrupt));
    assert!(matches!(stopped, Err(DatabaseError::Interrupted)));
    interrupt.clear();
    assert!(connection.is_open());
    let changed = connection.run(|database| database.execute("INSERT INTO t VALUES (3)", &[], &interrupt));
    assert_eq!(changed.unwrap(), 1);
    let mut rows = 0;
    connection
        .run(|database| {
            database.query("SELECT * FROM t", &[], &interrupt, &mut |batch| {
                rows += batch.height();
                Ok(())
            })
        })
        .unwrap();
    assert_eq!(rows, 1);
}
