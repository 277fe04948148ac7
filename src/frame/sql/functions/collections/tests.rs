//! Maps beside arrays of structs, maps that are kept in frames, and the order of what is nested.

use polars::prelude::*;

use crate::frame::sql::{Tables, plan};

/// A table of a user: structs of `key` and `value` in arrays.
fn users() -> (String, DataFrame) {
    let fields = [
        Series::new("key".into(), [7_i32, 8]),
        Series::new("value".into(), ["x", "y"]),
    ];
    let structs = StructChunked::from_series("s".into(), 2, fields.iter()).unwrap();
    let lists = structs.into_series().implode().unwrap().into_series();
    ("users".to_owned(), lists.with_name("e".into()).into_frame())
}

fn answer(text: &str, frames: &[(String, DataFrame)]) -> Result<DataFrame, String> {
    let tables = frames.iter().map(|(name, frame)| {
        let schema = frame.schema().clone();
        (name.clone(), frame.clone().lazy(), schema)
    });
    let tables = Tables {
        tables: tables.collect(),
    };
    let plan = plan(text, &tables).map_err(|error| error.to_string())?;
    plan.collect().map_err(|error| error.to_string())
}

/// The one value of a query, as text.
fn value(expression: &str) -> String {
    let frame = answer(&format!("SELECT CAST({expression} AS STRING) AS v"), &[]).unwrap();
    match frame.column("v").unwrap().get(0).unwrap() {
        AnyValue::Null => "NULL".to_owned(),
        value => value.str_value().into_owned(),
    }
}

#[test]
fn users_structs_of_key_and_value_are_no_map() {
    let users = [users()];
    let first = answer(
        "SELECT e[0].key AS k, e.value AS v, size(e) AS n FROM users",
        &users,
    )
    .unwrap();
    assert_eq!(
        first.column("k").unwrap().get(0).unwrap(),
        AnyValue::Int32(7),
        "{first}"
    );
    let exploded = answer("SELECT explode(e) AS s FROM users", &users).unwrap();
    assert_eq!((exploded.height(), exploded.width()), (2, 1));
    for refused in [
        "SELECT map_keys(e) FROM users",
        "SELECT e['x'] FROM users",
        "SELECT coalesce(e, map(1, 'x')) FROM users",
        "SELECT e FROM users UNION ALL SELECT map(1, 'x')",
    ] {
        assert!(answer(refused, &users).is_err(), "{refused}");
    }
    let made = answer("SELECT map_from_entries(e)[8] AS v FROM users", &users).unwrap();
    assert_eq!(made.column("v").unwrap().get(0).unwrap().str_value(), "y");
}

#[test]
fn a_map_that_was_kept_is_a_map_again() {
    let kept = answer("SELECT map(0, 'a', 1, 'b') AS m", &[]).unwrap();
    let kept = [("kept".to_owned(), kept)];
    let made = answer(
        "SELECT m[1] AS v, map_entries(m)[1].value AS e, typeof(m) AS t FROM kept",
        &kept,
    );
    let made = made.unwrap();
    for column in ["v", "e"] {
        assert_eq!(made.column(column).unwrap().get(0).unwrap().str_value(), "b");
    }
    let entries = answer("SELECT explode(m) FROM kept", &kept).unwrap();
    assert_eq!(entries.get_column_names(), ["key", "value"]);
}

#[test]
fn maps_are_neither_compared_nor_ordered() {
    for refused in [
        "SELECT DISTINCT map(1, 2)",
        "SELECT 1 GROUP BY map(1, 2)",
        "SELECT map(1, 2) UNION SELECT map(1, 2)",
        "SELECT map(1, 2) ORDER BY 1",
        "SELECT max(map(1, 2))",
        "SELECT count(DISTINCT array(map(1, 2)))",
        "SELECT row_number() OVER (PARTITION BY map(1, 2) ORDER BY 1)",
        "SELECT map(1, 2) IN (SELECT map(1, 2))",
        "SELECT array_sort(array(map(1, 2)))",
    ] {
        let error = answer(refused, &[]).unwrap_err();
        assert!(error.contains("map"), "{refused}: {error}");
    }
}

#[test]
fn structs_are_ordered_field_by_field() {
    let made = answer(
        "SELECT CAST(max(s) AS STRING) AS most, CAST(min(s) AS STRING) AS least
         FROM (VALUES (struct(1, 'b')), (struct(NULL, 'z')), (struct(1, 'c')), (NULL)) AS t(s)",
        &[],
    );
    let made = made.unwrap();
    let text = |name: &str| {
        made.column(name)
            .unwrap()
            .get(0)
            .unwrap()
            .str_value()
            .into_owned()
    };
    assert_eq!(
        (text("most"), text("least")),
        ("{1, c}".into(), "{null, z}".into())
    );
    assert_eq!(value("greatest(array(1), array(1, NULL))"), "[1, null]");
}

#[test]
fn what_does_not_fit_in_json_is_null_as_far_as_spark_has_it() {
    let json = |text: &str, schema: &str| value(&format!("from_json('{text}', '{schema}')"));
    assert_eq!(json(r#"{"a": "x", "b": 2}"#, "a INT, b INT"), "{null, 2}");
    assert_eq!(json(r#"[1, "x"]"#, "ARRAY<INT>"), "NULL");
    assert_eq!(json(r"[1, null]", "ARRAY<INT>"), "[1, null]");
    assert_eq!(
        json(r#"{"a": [1, "x"], "b": 2}"#, "a ARRAY<INT>, b INT"),
        "{null, 2}"
    );
    assert_eq!(
        json(r#"[{"x": 1}, {"x": "y"}]"#, "ARRAY<STRUCT<x INT>>"),
        "[{1}, {null}]"
    );
    assert_eq!(json(r#"{"a": 1, "b": "x"}"#, "MAP<STRING, INT>"), "NULL");
}

#[test]
fn a_function_that_compares_sorts() {
    let descending = "(x, y) -> CASE WHEN x < y THEN 1 WHEN x > y THEN -1 ELSE 0 END";
    assert_eq!(
        value(&format!("array_sort(array(2, 3, 1, 2), {descending})")),
        "[3, 2, 2, 1]"
    );
    // Equal ones stay in their order.
    assert_eq!(
        value("array_sort(array('bb', 'a', 'cc', 'd', 'aa'), (x, y) -> length(x) - length(y))"),
        "[a, d, bb, cc, aa]"
    );
    assert_eq!(
        value("array_sort(CAST(array() AS ARRAY<INT>), (x, y) -> 0)"),
        "[]"
    );
    assert!(answer("SELECT array_sort(array(1, 2), (x, y) -> NULL + 1)", &[]).is_err());
}

#[test]
fn arrays_and_maps_of_different_lengths_are_zipped() {
    assert_eq!(
        value("arrays_zip(array(1, 2), array('a'))"),
        "[{1, a}, {2, null}]"
    );
    assert_eq!(
        value(
            "map_zip_with(map('a', 1, 'b', 2), map('c', 3, 'a', 4), (k, x, y) -> concat(k, coalesce(x, 0), coalesce(y, 0)))"
        ),
        "{a -> a14, b -> b20, c -> c03}"
    );
}
