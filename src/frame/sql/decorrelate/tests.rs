//! What subqueries give where it is easy to be wrong: without rows, with NULLs, with too many rows.

use polars::prelude::*;

use crate::frame::sql::hostile::on_deep_stack;
use crate::frame::sql::{Tables, plan};

/// `a` has x = 1, 2, 3, NULL; `b` has (k, v) = (1, 10), (1, 20), (2, NULL), (NULL, 30); `none` has no rows.
fn tables() -> Tables {
    let a = df!("x" => [Some(1_i64), Some(2), Some(3), None]).unwrap();
    let b = df!(
        "k" => [Some(1_i64), Some(1), Some(2), None],
        "v" => [Some(10_i64), Some(20), None, Some(30)]
    )
    .unwrap();
    let none = b.clear();
    let table = |(name, frame): (&str, DataFrame)| {
        let schema = frame.schema().clone();
        (name.to_owned(), frame.lazy(), schema)
    };
    Tables {
        tables: [("a", a), ("b", b), ("none", none)].map(table).into(),
    }
}

fn run(text: &str) -> PolarsResult<DataFrame> {
    on_deep_stack(|| {
        let plan = plan(text, &tables()).unwrap_or_else(|error| panic!("{text}: {error}"));
        plan.collect()
    })
}

/// Returns the first column of the answer, as whole numbers.
fn numbers(text: &str) -> Vec<Option<i64>> {
    let made = run(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    let column = made.columns()[0].cast(&DataType::Int64).unwrap();
    column.i64().unwrap().iter().collect()
}

#[test]
fn not_in_with_nulls_keeps_nothing_that_could_be_there() {
    let all = [Some(1), Some(2), Some(3), None];
    assert!(numbers("SELECT x FROM a WHERE x NOT IN (SELECT k FROM b)").is_empty());
    assert_eq!(
        numbers("SELECT x FROM a WHERE x NOT IN (SELECT k FROM b WHERE k IS NOT NULL)"),
        [Some(3)]
    );
    assert_eq!(
        numbers("SELECT x FROM a WHERE x NOT IN (SELECT k FROM none)"),
        all
    );
    // Of each row's own list: 1 has 10 and 20, 2 has NULL, 3 and NULL have none.
    assert_eq!(
        numbers("SELECT x FROM a WHERE x NOT IN (SELECT v FROM b WHERE k = x)"),
        [Some(1), Some(3), None]
    );
    assert_eq!(
        numbers("SELECT x NOT IN (SELECT k FROM b) FROM a"),
        [Some(0), Some(0), None, None]
    );
    assert_eq!(numbers("SELECT x IN (SELECT k FROM none) FROM a"), [Some(0); 4]);
}

#[test]
fn a_scalar_subquery_has_one_value_or_null() {
    assert_eq!(
        numbers("SELECT (SELECT v FROM b WHERE k = x AND v > 10) FROM a"),
        [Some(20), None, None, None]
    );
    assert!(run("SELECT (SELECT v FROM b WHERE k = x) FROM a").is_err());
    assert!(run("SELECT (SELECT v FROM b) FROM a").is_err());
    // Rows without a second one are not asked.
    assert_eq!(
        numbers("SELECT (SELECT v FROM b WHERE k = x) FROM a WHERE x > 1"),
        [None, None]
    );
    assert_eq!(numbers("SELECT (SELECT v FROM none) FROM a"), [None; 4]);
}

#[test]
fn aggregates_of_no_rows_are_those_of_no_rows() {
    assert_eq!(
        numbers("SELECT (SELECT count(*) FROM b WHERE k = x) FROM a"),
        [Some(2), Some(1), Some(0), Some(0)]
    );
    assert_eq!(
        numbers("SELECT (SELECT count(v) + 1 FROM b WHERE k = x) FROM a"),
        [Some(3), Some(1), Some(1), Some(1)]
    );
    assert_eq!(
        numbers("SELECT (SELECT coalesce(sum(v), -1) FROM b WHERE k > x) FROM a"),
        [Some(-1); 4]
    );
    assert_eq!(
        numbers("SELECT (SELECT count(*) FROM b WHERE k >= x) FROM a"),
        [Some(3), Some(1), Some(0), Some(0)]
    );
    // A group that is not there is no row; HAVING leaves none either.
    assert_eq!(
        numbers("SELECT (SELECT count(*) FROM b WHERE k = x GROUP BY k) FROM a"),
        [Some(2), Some(1), None, None]
    );
    assert_eq!(
        numbers("SELECT (SELECT count(*) FROM b WHERE k = x HAVING count(*) > 1) FROM a"),
        [Some(2), None, None, None]
    );
    assert_eq!(
        numbers("SELECT x FROM a WHERE 0 = (SELECT count(*) FROM b WHERE k = x)"),
        [Some(3), None]
    );
}

#[test]
fn order_and_limit_are_of_each_row() {
    assert_eq!(
        numbers("SELECT (SELECT v FROM b WHERE k = x ORDER BY v DESC LIMIT 1) FROM a"),
        [Some(20), None, None, None]
    );
    assert_eq!(
        numbers("SELECT (SELECT v FROM b WHERE k = x ORDER BY v LIMIT 1 OFFSET 1) FROM a"),
        [Some(20), None, None, None]
    );
    assert_eq!(
        numbers("SELECT x FROM a WHERE EXISTS (SELECT 1 FROM b WHERE k = x LIMIT 0)"),
        []
    );
    assert_eq!(
        numbers("SELECT v FROM a, LATERAL (SELECT v FROM b WHERE k <= x ORDER BY v DESC NULLS LAST LIMIT 1)"),
        [Some(20); 3]
    );
}

#[test]
fn a_subquery_under_or_is_a_value() {
    assert_eq!(
        numbers("SELECT x FROM a WHERE x = 3 OR EXISTS (SELECT 1 FROM b WHERE k = x AND v > 10)"),
        [Some(1), Some(3)]
    );
    assert_eq!(
        numbers("SELECT x FROM a WHERE x IS NULL OR NOT EXISTS (SELECT 1 FROM b WHERE k = x)"),
        [Some(3), None]
    );
    assert_eq!(
        numbers("SELECT x FROM a WHERE x = 3 OR x IN (SELECT k FROM b) OR x NOT IN (SELECT k FROM b)"),
        [Some(1), Some(2), Some(3)]
    );
    assert_eq!(
        numbers("SELECT x FROM a WHERE NOT (x > 1 OR EXISTS (SELECT 1 FROM none))"),
        [Some(1)]
    );
}

#[test]
fn conditions_are_taken_over_joins_that_keep_rows_or_not() {
    let nested = "EXISTS (SELECT 1 FROM b WHERE k = x AND";
    assert_eq!(
        numbers(&format!(
            "SELECT x FROM a WHERE {nested} EXISTS (SELECT 1 FROM b c WHERE c.k = b.k AND c.v > b.v))"
        )),
        [Some(1)]
    );
    assert_eq!(
        numbers(&format!(
            "SELECT x FROM a WHERE {nested} NOT EXISTS (SELECT 1 FROM b c WHERE c.v > b.v))"
        )),
        [Some(2)]
    );
    assert_eq!(
        numbers(&format!(
            "SELECT x FROM a WHERE {nested} v = (SELECT max(v) FROM b c WHERE c.k = b.k))"
        )),
        [Some(1)]
    );
    assert_eq!(
        numbers(
            "SELECT x FROM a WHERE EXISTS (SELECT 1 FROM b LEFT JOIN none n ON n.k = b.k WHERE b.k = x AND n.k IS NULL)"
        ),
        [Some(1), Some(2)]
    );
}
