//! Marks in statements, and statements that end a transaction.

use crate::database::error::DatabaseError;
use crate::database::merge::Merge;
use crate::database::mysql::marks;
use crate::database::mysql::{merging, transaction};
use crate::database::parameter::{Bound, Parameter};
use crate::error::Problem as _;

fn named(names: &[&str]) -> Vec<Parameter> {
    let parameter = |name: &&str| Parameter {
        name: Some((*name).to_owned()),
        value: Bound::Integer(1),
    };
    names.iter().map(parameter).collect()
}

fn unnamed(count: usize) -> Vec<Parameter> {
    let parameter = Parameter {
        name: None,
        value: Bound::Integer(1),
    };
    vec![parameter; count]
}

fn sent(sql: &str, parameters: &[Parameter]) -> String {
    marks::sent(sql, parameters).unwrap().text
}

fn refusal<T>(result: Result<T, DatabaseError>) -> String {
    result.err().unwrap().to_string()
}

#[test]
fn finds_marks_outside_of_texts_names_and_comments() {
    let sql = "SELECT ':a', \":a\", `:a`, 'it''s \\' :a', :a -- :a\n, @x := :a /* :a */ # :a\n";
    assert_eq!(
        sent(sql, &named(&["a"])),
        "SELECT ':a', \":a\", `:a`, 'it''s \\' :a', ? -- :a\n, @x := ? /* :a */ # :a\n"
    );
    assert_eq!(marks::sent(sql, &named(&["a"])).unwrap().order, [0, 0]);
    // Without a space behind it, `--` begins no comment; and what is in `/*!` is run.
    assert_eq!(sent("SELECT 3--?", &unnamed(1)), "SELECT 3--?");
    assert_eq!(
        sent("SELECT 1 /*!50000 , :a */", &named(&["a"])),
        "SELECT 1 /*!50000 , ? */"
    );
}

#[test]
fn bytes_and_dates_are_sent_as_what_they_are() {
    let bytes = [Parameter {
        name: None,
        value: Bound::Bytes(vec![255]),
    }];
    assert_eq!(sent("SELECT ?", &bytes), "SELECT CAST(? AS BINARY)");
}

#[test]
fn helps_the_library_to_find_texts() {
    assert_eq!(sent("SELECT 5-':x', ?", &unnamed(1)), "SELECT 5- ':x', ?");
    assert_eq!(sent("SELECT 5/`:x`", &[]), "SELECT 5/ `:x`");
}

#[test]
fn marks_and_values_belong_together() {
    assert_eq!(
        refusal(marks::sent("SELECT ?, ?", &unnamed(1))),
        "the statement has 2 marks, `?`, and one value is given"
    );
    assert_eq!(
        refusal(marks::sent("SELECT :daay", &named(&["day"]))),
        "the statement has the mark `:daay`, and no value of that name is given; did you mean `:day`?"
    );
    assert_eq!(
        refusal(marks::sent("SELECT :a", &named(&["a", "b"]))),
        "a value is given for `:b`, and the statement has no such mark"
    );
    assert_eq!(
        refusal(marks::sent("SELECT ?", &named(&["a"]))),
        "the statement has the mark `?`, and the parameters have names: write `:a`"
    );
    assert_eq!(
        refusal(marks::sent("SELECT :a", &unnamed(1))),
        "the statement has the mark `:a`, and no value of that name is given"
    );
}

#[test]
fn finds_the_second_statement_and_places() {
    assert_eq!(marks::sent("SELECT ';'; -- done\n", &[]).unwrap().second(), None);
    assert_eq!(
        marks::sent("SELECT 1;; SELECT 2", &[]).unwrap().second(),
        Some(11)
    );
    let sent = marks::sent("SELECT :long, x", &named(&["long"])).unwrap();
    assert_eq!(sent.text, "SELECT ?, x");
    assert_eq!((sent.written(10), sent.written(3)), (14, 3));
}

#[test]
fn refuses_what_ends_a_transaction() {
    let ends = |sql| transaction::check(sql).is_err();
    for sql in [
        "TRUNCATE scores",
        "DELETE FROM scores; COMMIT",
        "/* x */ create table t (a int)",
        "ALTER TABLE t ADD b int",
        "DROP TABLE t",
        "LOCK TABLES t WRITE",
        "SET autocommit = 1",
        "SET @@session.autocommit = 1",
        "START TRANSACTION",
        "ROLLBACK",
        "GRANT SELECT ON t TO u",
    ] {
        assert!(ends(sql), "{sql}");
    }
    for sql in [
        "DELETE FROM scores WHERE day = '2024-01-01; COMMIT'",
        "UPDATE `drop` SET a = 1",
        "CREATE TEMPORARY TABLE t (a int)",
        "CREATE OR REPLACE TEMPORARY TABLE t (a int)",
        "DROP TEMPORARY TABLE t",
        "SAVEPOINT a; ROLLBACK TO a",
        "SET @day = 1",
        "CALL prepare_load()",
    ] {
        assert!(!ends(sql), "{sql}");
    }
    let error = transaction::check("TRUNCATE TABLE scores").unwrap_err();
    assert_eq!(
        error.hint().unwrap(),
        "write DELETE FROM scores, which the load can undo, or give mode=\"overwrite\""
    );
}

#[test]
fn reads_how_many_rows_an_upsert_had() {
    assert_eq!(
        merging::records("Records: 3  Duplicates: 1  Warnings: 0"),
        Some(3)
    );
    assert_eq!(merging::records(""), None);
}

#[test]
fn writes_upserts() {
    let merge = Merge {
        table: "`scores`".to_owned(),
        stage: "`stage`".to_owned(),
        keys: vec!["`id`".to_owned()],
        values: vec!["`score`".to_owned()],
        number: "`row`".to_owned(),
        part: None,
    };
    assert_eq!(
        merging::statement(&merge),
        "INSERT INTO `scores` (`id`, `score`) SELECT `id`, `score` FROM `stage` WHERE true ORDER BY `row` \
         ON DUPLICATE KEY UPDATE `score` = VALUES(`score`)"
    );
    let keys = Merge {
        values: Vec::new(),
        ..merge
    };
    assert!(merging::statement(&keys).ends_with("ON DUPLICATE KEY UPDATE `id` = `scores`.`id`"));
}

#[test]
fn finds_the_tables_that_statements_write_to() {
    for (sql, expected) in [
        ("DELETE FROM t WHERE id IN (SELECT id FROM other)", vec!["t"]),
        (
            "INSERT IGNORE INTO `d`.`My Table` (a) SELECT a FROM other",
            vec!["My Table"],
        ),
        ("INSERT log SELECT 1", vec!["log"]),
        ("REPLACE INTO t SELECT * FROM other", vec!["t"]),
        (
            "UPDATE a JOIN b ON a.id = b.id SET a.x = 1",
            vec!["a", "JOIN", "b", "ON", "id", "id"],
        ),
        (
            "-- nothing\nUPDATE t SET x = (SELECT 1 FROM other); DELETE t, u FROM t JOIN u",
            vec!["t", "t", "u", "t", "JOIN", "u"],
        ),
        ("SELECT * FROM other", vec![]),
    ] {
        assert_eq!(transaction::written(sql), expected, "{sql}");
    }
}
