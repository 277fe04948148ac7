use chrono::{NaiveDate, NaiveTime};

use crate::database::parameter::{Bound, Parameter};
use crate::database::testing::{memory, named, shown, told, values};

fn result(sql: &str, parameters: &[Parameter]) -> String {
    match memory().query_with(sql, parameters) {
        Ok(frame) => shown(&frame),
        Err(error) => told(&error),
    }
}

const HOSTILE: &str = "'; DROP TABLE t; -- \" ? :a";

#[test]
fn values_are_bound_and_never_pasted() {
    let mut session = memory();
    session.execute("CREATE TABLE t (a TEXT)").unwrap();
    let text = Bound::Text(HOSTILE.to_owned());
    let changed = session.database.execute(
        "INSERT INTO t VALUES (?)",
        &values(std::slice::from_ref(&text)),
        &session.interrupt,
    );
    assert_eq!(changed.unwrap(), 1);
    let found = session
        .query_with("SELECT a FROM t WHERE a = :a", &named(&[("a", text)]))
        .unwrap();
    assert_eq!(shown(&found), format!("a: str\n{HOSTILE}"));
}

#[test]
fn every_kind_of_value_is_bound_as_it_is_kept() {
    let date = NaiveDate::from_ymd_opt(2024, 2, 29).unwrap();
    let time = NaiveTime::from_hms_micro_opt(1, 2, 3, 45).unwrap();
    let moment = date.and_time(time);
    let all = values(&[
        Bound::Null,
        Bound::Boolean(true),
        Bound::Integer(i64::MIN),
        Bound::Float(-0.1),
        Bound::Text("ü".to_owned()),
        Bound::Bytes(vec![0, 255]),
        Bound::Date(date),
        Bound::Time(time),
        Bound::Moment(date.and_hms_opt(0, 0, 0).unwrap()),
        Bound::Instant(moment.and_utc()),
    ]);
    assert_eq!(
        result(
            "SELECT ? AS a, ? AS b, ? AS c, ? AS d, ? AS e, ? AS f, ? AS g, ? AS h, ? AS i, ? AS j",
            &all
        ),
        "a: null, b: i64, c: i64, d: f64, e: str, f: binary, g: str, h: str, i: str, j: str
null | 1 | -9223372036854775808 | -0.1 | ü | [0, 255] | 2024-02-29 | 01:02:03.000045 | 2024-02-29 00:00:00 | \
         2024-02-29 01:02:03.000045+00:00"
    );
}

#[test]
fn marks_of_a_number_or_a_name_can_be_there_more_than_once() {
    let one = Bound::Integer(1);
    let two = Bound::Integer(2);
    assert_eq!(
        result(
            "SELECT ?2 AS a, ?1 AS b, ?2 AS c",
            &values(&[one.clone(), two.clone()])
        ),
        "a: i64, b: i64, c: i64\n2 | 1 | 2"
    );
    assert_eq!(
        result(
            "SELECT :a AS a, @b AS b, $a AS c",
            &named(&[("b", two), ("a", one)])
        ),
        "a: i64, b: i64, c: i64\n1 | 2 | 1"
    );
}

#[test]
fn marks_and_values_that_do_not_belong_together_are_refused() {
    let hint = "\n→ give a list for `?` and `$1`, as in con.query(\"SELECT ?\", [1]), and a dict for `:name`";
    let one = || Bound::Integer(1);
    for (sql, parameters, expected) in [
        (
            "SELECT ?, ?",
            values(&[one()]),
            "the statement has 2 marks for values, and 1 value is given",
        ),
        (
            "SELECT ?",
            values(&[]),
            "the statement has 1 mark for values, and no values are given",
        ),
        (
            "SELECT 1",
            values(&[one(), one()]),
            "the statement has no marks for values, and 2 values are given",
        ),
        (
            "SELECT :a, :b",
            values(&[one(), one()]),
            "the statement has :a, :b, and the values have no names",
        ),
        (
            "SELECT :a",
            values(&[]),
            "the statement has :a, and no values are given",
        ),
        (
            "SELECT ?",
            named(&[("a", one())]),
            "the statement has ? for values, and the values have names",
        ),
        (
            "SELECT :a, :b, :c",
            named(&[("b", one())]),
            "the statement has :a, :c, and no value of that name is given",
        ),
        (
            "SELECT :a",
            named(&[("a", one()), ("x", one())]),
            "the statement has no :x, for which a value is given",
        ),
        (
            "SELECT ?",
            values(&[Bound::Float(f64::NAN)]),
            "value 1 is NaN, which SQLite would take as NULL",
        ),
    ] {
        assert_eq!(result(sql, &parameters), format!("{expected}{hint}"), "{sql}");
    }
}

#[test]
fn a_statement_of_several_takes_no_values() {
    let mut session = memory();
    let error = session
        .database
        .execute(
            "CREATE TABLE t (a); INSERT INTO t VALUES (?)",
            &values(&[Bound::Integer(1)]),
            &session.interrupt,
        )
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "SQLite refuses the statement: there is more than one statement"
    );
    assert_eq!(session.database.tables(&session.interrupt).unwrap(), []);
}
