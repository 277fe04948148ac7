//! Marks in statements, and what statements return.

use crate::database::error::DatabaseError;
use crate::database::parameter::{Bound, Parameter};
use crate::database::sqlserver::bind::values;
use crate::database::sqlserver::marks;

fn parameters(given: &[(Option<&str>, Bound)]) -> Vec<Parameter> {
    let parameter = |(name, value): &(Option<&str>, Bound)| Parameter {
        name: name.map(str::to_owned),
        value: value.clone(),
    };
    given.iter().map(parameter).collect()
}

fn unnamed(count: usize) -> Vec<Parameter> {
    parameters(&vec![(None, Bound::Integer(1)); count])
}

fn named(names: &[&str]) -> Vec<Parameter> {
    let given: Vec<_> = names
        .iter()
        .map(|name| (Some(*name), Bound::Integer(1)))
        .collect();
    parameters(&given)
}

fn sent(sql: &str, parameters: &[Parameter]) -> String {
    marks::sent(sql, parameters).unwrap().text
}

fn refusal<T>(result: Result<T, DatabaseError>) -> String {
    result.err().unwrap().to_string()
}

#[test]
fn each_way_to_write_a_mark_becomes_that_of_the_server() {
    assert_eq!(
        sent("SELECT ?, '?', [?] /* ? */ WHERE a = ? -- ?", &unnamed(2)),
        "SELECT @P1, '?', [?] /* ? */ WHERE a = @P2 -- ?"
    );
    assert_eq!(
        sent("SELECT @p2, @P1, @p2, '@p1'", &unnamed(2)),
        "SELECT @P2, @P1, @P2, '@p1'"
    );
    assert_eq!(sent("SELECT $2 + $1", &unnamed(2)), "SELECT @P2 + @P1");
    assert_eq!(
        sent("SELECT :b, @a, :a, ':a', x::a FROM t", &named(&["a", "b"])),
        "SELECT @P2, @P1, @P1, ':a', x::a FROM t"
    );
    // A variable of the statement's own, and amounts of money.
    assert_eq!(
        sent("DECLARE @x int = :a; SELECT @x, $5", &named(&["a"])),
        "DECLARE @x int = @P1; SELECT @x, $5"
    );
    assert_eq!(sent("SELECT @p1, $1, '?'", &[]), "SELECT @p1, $1, '?'");
}

#[test]
fn null_has_no_type_and_is_written_as_such() {
    let given = parameters(&[
        (None, Bound::Integer(1)),
        (None, Bound::Null),
        (None, Bound::Integer(2)),
    ]);
    let prepared = marks::sent("SELECT ?, ?, ?", &given).unwrap();
    assert_eq!(prepared.text, "SELECT @P1, NULL, @P2");
    assert_eq!(prepared.order, [0, 2]);
    assert_eq!(values(&prepared, &given).unwrap().len(), 2);
}

#[test]
fn marks_and_values_belong_together() {
    for (sql, given, expected) in [
        (
            "SELECT ?, ?",
            unnamed(1),
            "the statement has 2 marks, `?`, and one value is given",
        ),
        (
            "SELECT ?",
            unnamed(0),
            "the statement has one mark, `?`, and no value is given",
        ),
        (
            "SELECT @p1, @p3",
            unnamed(2),
            "the statement has 3 marks, `@p1`, and 2 values are given",
        ),
        (
            "SELECT $12",
            unnamed(1),
            "the statement has no mark and one value is given",
        ),
        (
            "SELECT :daay",
            named(&["day"]),
            "the statement has the mark `:daay`, and no value of that name is given; did you mean `:day`?",
        ),
        (
            "SELECT :a",
            named(&["a", "b"]),
            "a value is given for `:b`, and the statement has no such mark",
        ),
        (
            "SELECT ?",
            named(&["a"]),
            "the statement has the mark `?`, and the parameters have names: write `:a`",
        ),
        (
            "SELECT :a",
            unnamed(1),
            "the statement has the mark `:a`, and no value of that name is given",
        ),
    ] {
        assert_eq!(refusal(marks::sent(sql, &given)), expected, "{sql}");
    }
}

#[test]
fn finds_the_second_statement_and_places() {
    let second = |sql| marks::sent(sql, &[]).unwrap().second();
    assert_eq!(second("SELECT ';'; -- done\n"), None);
    assert_eq!(second("SELECT 1;; SELECT 2"), Some(11));
    let sent = marks::sent("SELECT :long, x", &named(&["long"])).unwrap();
    assert_eq!(sent.text, "SELECT @P1, x");
    assert_eq!((sent.written(12), sent.written(3)), (14, 3));
}

#[test]
fn what_returns_no_rows_is_known_before_it_runs() {
    let returns = |sql: &str| marks::may_return_rows(&marks::sent(sql, &[]).unwrap(), sql);
    for sql in [
        "SELECT 1",
        "  (SELECT 1) UNION SELECT 2",
        ";WITH a AS (SELECT 1 AS x) SELECT * FROM a",
        "EXEC sp_who",
        "DELETE FROM t OUTPUT deleted.a",
        "SELECT '; DELETE FROM t' AS [into]",
    ] {
        assert!(returns(sql), "{sql}");
    }
    for sql in [
        "DELETE FROM t",
        "SELECT * INTO u FROM t",
        "WITH a AS (SELECT 1 AS x) DELETE FROM t WHERE x IN (SELECT x FROM a)",
        "CREATE TABLE t (a int)",
        "",
    ] {
        assert!(!returns(sql), "{sql}");
    }
}

#[test]
fn values_that_the_server_does_not_have_are_refused() {
    for (value, expected) in [
        (
            Bound::Float(f64::NAN),
            "the value of mark number 1 is NaN or infinite, and SQL Server has no such numbers",
        ),
        (
            Bound::Time(chrono::NaiveTime::from_num_seconds_from_midnight_opt(1, 50).unwrap()),
            "the value of mark number 1 is finer than 100 nanoseconds, which is the finest that SQL Server keeps",
        ),
        (
            Bound::Date(chrono::NaiveDate::from_ymd_opt(-1, 1, 1).unwrap()),
            "the value of mark number 1 is finer than 100 nanoseconds, or its year is none of 1 to 9999, which are those \
             of SQL Server",
        ),
    ] {
        let given = parameters(&[(None, value)]);
        let prepared = marks::sent("SELECT ?", &given).unwrap();
        assert_eq!(refusal(values(&prepared, &given)), expected);
    }
}
