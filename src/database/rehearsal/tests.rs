//! Rehearsals in a file of SQLite.

use super::*;
use crate::database::{Connection, Target};

/// Returns names, each behind a mark.
fn named(mark: &str, names: &[String]) -> String {
    names.iter().flat_map(|name| [mark, name]).collect()
}

/// A database with a table of three rows, and a session in which nothing lasts.
struct Stage {
    folder: tempfile::TempDir,
    connection: Connection,
}

impl Stage {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let stage = Self {
            connection: Connection::new("sqlite:a.db", None, None, None).unwrap(),
            folder,
        };
        let real = stage.open();
        let sql = "CREATE TABLE t (id INTEGER PRIMARY KEY, x TEXT); INSERT INTO t VALUES (1, 'a'), (2, 'b'), (3, 'c')";
        real.run(|database| database.execute(sql, &[], &Interrupt::default()))
            .unwrap();
        stage.connection.rehearse();
        stage
            .connection
            .open(&stage.target(), &Interrupt::default())
            .unwrap();
        stage
    }

    fn target(&self) -> Target {
        Target::File {
            path: self.folder.path().join("a.db"),
            name: "a.db".to_owned(),
        }
    }

    /// Another session, for which everything is real.
    fn open(&self) -> Connection {
        let connection = Connection::new("sqlite:a.db", None, None, None).unwrap();
        connection.open(&self.target(), &Interrupt::default()).unwrap();
        connection
    }

    fn execute(&self, sql: &str) -> Result<u64, String> {
        let done = self
            .connection
            .run(|database| database.execute(sql, &[], &Interrupt::default()));
        done.map_err(|error| error.to_string())
    }

    fn rows(connection: &Connection) -> String {
        let mut rows = String::new();
        let sql = "SELECT group_concat(id || x, ' ') AS all_rows FROM (SELECT * FROM t ORDER BY id)";
        let asked = connection.run(|database| {
            database.query(sql, &[], &Interrupt::default(), &mut |batch| {
                rows += batch.column("all_rows").unwrap().str().unwrap().get(0).unwrap();
                Ok(())
            })
        });
        asked.unwrap();
        rows
    }

    fn changes(&self) -> Vec<String> {
        let changes = self
            .connection
            .run(|database| database.rehearsed(&Interrupt::default()));
        let told = |change: TableChange| match change {
            TableChange::Rows {
                table,
                added,
                removed,
                changed,
                sample: (gone, new),
                new_columns,
                gone_columns,
            } => format!(
                "{table}: +{added} -{removed} ~{changed} ({} gone, {} new){}{}",
                gone.height(),
                new.height(),
                named(" +", &new_columns),
                named(" -", &gone_columns)
            ),
            TableChange::Unknown(sql) => format!("? {sql}"),
        };
        changes.unwrap().into_iter().map(told).collect()
    }
}

#[test]
fn later_steps_see_earlier_ones_and_nothing_lasts() {
    let stage = Stage::new();
    stage
        .execute("DELETE FROM t WHERE id = 1; UPDATE t SET x = 'B' WHERE id = 2")
        .unwrap();
    stage.execute("INSERT INTO t VALUES (4, 'd'), (5, 'e')").unwrap();
    assert_eq!(Stage::rows(&stage.connection), "2B 3c 4d 5e");
    assert_eq!(stage.changes(), ["t: +2 -1 ~1 (2 gone, 3 new)"]);
    // A cell cannot end it either.
    stage.connection.close();
    assert_eq!(Stage::rows(&stage.connection), "2B 3c 4d 5e");
    let Stage { folder, connection } = stage;
    drop(connection);
    let stage = Stage {
        connection: Connection::new("sqlite:a.db", None, None, None).unwrap(),
        folder,
    };
    assert_eq!(Stage::rows(&stage.open()), "1a 2b 3c");
}

#[test]
fn a_step_that_fails_is_undone_alone() {
    let stage = Stage::new();
    stage.execute("DELETE FROM t WHERE id = 1").unwrap();
    assert!(
        stage
            .execute("DELETE FROM t; INSERT INTO nowhere VALUES (1)")
            .is_err()
    );
    let loading = stage.connection.run(|database| {
        let interrupt = Interrupt::default();
        database.begin(&interrupt)?;
        database.execute("DELETE FROM t", &[], &interrupt)?;
        database.rollback();
        Ok(())
    });
    loading.unwrap();
    assert_eq!(Stage::rows(&stage.connection), "2b 3c");
}

#[test]
fn what_would_end_the_transaction_is_refused_by_name() {
    let stage = Stage::new();
    for (sql, word) in [
        ("COMMIT", "COMMIT"),
        ("DELETE FROM t; /* now */ rollback", "ROLLBACK"),
        ("VACUUM", "VACUUM"),
        ("-- x\nbegin immediate", "BEGIN"),
    ] {
        assert_eq!(
            stage.execute(sql).unwrap_err(),
            format!("a debug run cannot undo {word}")
        );
    }
    assert_eq!(
        stage.execute("UPDATE t SET x = 'commit; rollback' WHERE id = 1"),
        Ok(1)
    );
}

#[test]
fn a_statement_that_is_not_understood_is_told() {
    let stage = Stage::new();
    stage.execute("ALTER TABLE t RENAME TO s").unwrap();
    stage
        .execute("CREATE TABLE u (a INTEGER); INSERT INTO u VALUES (1)")
        .unwrap();
    assert_eq!(
        stage.changes(),
        ["u: +1 -0 ~0 (0 gone, 1 new)", "? ALTER TABLE t RENAME TO s"]
    );
}

#[test]
fn columns_that_came_and_went_are_told_and_rows_compared_without_them() {
    let stage = Stage::new();
    stage.execute("ALTER TABLE t ADD COLUMN y TEXT").unwrap();
    assert_eq!(stage.changes(), ["t: +0 -0 ~0 (0 gone, 0 new) +y"]);
    stage
        .execute("UPDATE t SET y = 'z', x = 'B' WHERE id = 2")
        .unwrap();
    assert_eq!(stage.changes(), ["t: +0 -0 ~1 (1 gone, 1 new) +y"]);
    stage.execute("ALTER TABLE t DROP COLUMN x").unwrap();
    assert_eq!(stage.changes(), ["t: +0 -0 ~0 (0 gone, 0 new) +y -x"]);
    // What is a step that fails is no change.
    assert!(stage.execute("ALTER TABLE t ADD COLUMN y TEXT").is_err());
    assert_eq!(stage.changes().len(), 1);
}
