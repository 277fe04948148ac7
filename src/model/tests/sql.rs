//! A model as SQL gives what `predict` gives: each query runs in SQLite, over the rows that the model itself scores.

mod cases;
mod database;

use polars::prelude::*;
use rusqlite::types::Value;

use super::*;
use cases::{Case, cases, filled};
use database::{database, run};

const TABLE: SqlTable<'static> = SqlTable {
    schema: None,
    name: "rows",
};

fn options<'a>(columns: &'a [&'a str]) -> SqlOptions<'a> {
    SqlOptions {
        kept: Kept::Columns(columns),
        prediction: "prediction",
        probability: None,
    }
}

/// Returns the class as SQLite has it.
fn stored(value: AnyValue<'_>) -> Value {
    match value {
        AnyValue::String(text) => Value::Text(text.to_owned()),
        AnyValue::Boolean(flag) => Value::Integer(i64::from(flag)),
        AnyValue::Float64(number) => Value::Real(number),
        other => Value::Integer(other.extract().unwrap()),
    }
}

#[test]
fn sqlite_gives_what_predict_gives() {
    for Case { name, model, rows } in cases() {
        let expected = model.predict(&rows, "prediction", None).unwrap().frame;
        let query = model.to_sql("sqlite", TABLE, options(&["place"])).unwrap();
        let found = run(&database(&rows), &query);
        assert_eq!(found.len(), rows.height(), "{name}");
        for (row, values) in found.iter().enumerate() {
            let class = stored(expected.column("prediction").unwrap().get(row).unwrap());
            assert_eq!(values[1], class, "{name}, row {row}\n{query}");
            let probability = expected
                .column("probability")
                .unwrap()
                .get(row)
                .unwrap()
                .extract::<f64>()
                .unwrap();
            let Value::Real(found) = values[2] else {
                panic!("{name}, row {row}: {:?}", values[2])
            };
            assert!(
                (found - probability).abs() <= 1e-12,
                "{name}, row {row}: {found} {probability}"
            );
        }
    }
}

#[test]
fn rows_that_predict_refuses_have_no_prediction() {
    let table = df!(
        "x" => [1.0, 2.0, 3.0, 4.0, 5.0, 6.0],
        "text" => ["a", "b", "a", "b", "b", "a"],
        "whole" => [1, 2, 1, 2, 2, 1],
        "y" => [0, 1, 0, 0, 1, 1],
    )
    .unwrap();
    let made = recipe(&["x", "text", "whole"]);
    let made = made
        .one_hot("text", None, "error")
        .and_then(|made| made.one_hot("whole", None, "ignore"))
        .unwrap();
    let model = fit(&table, made, "y").unwrap();
    let rows = df!(
        "x" => [Some(1.0), None, Some(f64::INFINITY), Some(1.0), Some(1.0), Some(1.0), Some(1.0)],
        "text" => [Some("a"), Some("a"), Some("a"), Some("A"), None, Some("a"), Some("b")],
        "whole" => [Some(1), Some(1), Some(1), Some(1), Some(1), None, Some(3)],
    )
    .unwrap();
    let query = model
        .to_sql("sqlite", TABLE, options(&["place", "text"]))
        .unwrap();
    let found = run(&database(&rows), &query);
    let scored: Vec<bool> = found
        .iter()
        .map(|row| row[2] != Value::Null && row[3] != Value::Null)
        .collect();
    assert_eq!(scored, [true, false, false, false, false, false, true]);
    assert!(
        found
            .iter()
            .all(|row| (row[2] == Value::Null) == (row[3] == Value::Null))
    );
    let one = |row: i64| model.predict(&rows.slice(row, 1), "prediction", None);
    for (row, scored) in scored.into_iter().enumerate() {
        assert_eq!(one(row as i64).is_ok(), scored, "row {row}");
    }
}

#[test]
fn odds_of_nearly_nothing_are_of_the_class_that_predict_gives() {
    // The start is so small that both probabilities are one half.
    let table = df!("x" => [0, 0, 1, 1], "y" => [0, 1, 0, 1]).unwrap();
    let model = fit(&table, recipe(&["x"]), "y").unwrap();
    let slope = 1e-17 - model.linear().unwrap().coefficients.weights[0][0];
    assert!(slope.abs() < 1e-3);
    let x: Vec<f64> = (-40..=40).map(|power| f64::from(power) * 1e-2).collect();
    let rows = df!("x" => x).unwrap();
    let expected = model.predict(&rows, "prediction", None).unwrap().frame;
    let found = run(
        &database(&rows),
        &model.to_sql("sqlite", TABLE, options(&["place"])).unwrap(),
    );
    for (row, values) in found.iter().enumerate() {
        assert_eq!(
            values[1],
            stored(expected.column("prediction").unwrap().get(row).unwrap())
        );
    }
}

#[test]
fn a_regressor_gives_its_number() {
    let table = df!("x" => [1.0, 2.0], "y" => [3.0, 5.0]).unwrap();
    let model = Fitting {
        estimator: estimator("MeanRegressor")
            .unwrap()
            .make(&Settings::new())
            .unwrap(),
        recipe: recipe(&["x"]),
        target: Some("y".to_owned()),
        provenance: Provenance::default(),
    };
    let model = model.run(&table, &Progress::default()).unwrap();
    let query = model.to_sql("sqlite", TABLE, options(&["place", "x"])).unwrap();
    let found = run(&database(&table), &query);
    let row = |place: i64, x: f64| vec![Value::Integer(place), Value::Real(x), Value::Real(4.0)];
    assert_eq!(found, [row(0, 1.0), row(1, 2.0)]);
    let mut named = options(&[]);
    named.probability = Some("chance");
    assert_eq!(
        shown(model.to_sql("sqlite", TABLE, named)),
        "`probability` needs a classifier; this is a regressor\n"
    );
}

#[test]
fn columns_that_are_kept_may_have_the_names_of_floors() {
    let table = df!("z" => [1.0, 2.0, 3.0, 4.0], "y" => [0, 1, 0, 1]).unwrap();
    let model = fit(&table, recipe(&["z"]), "y").unwrap();
    let connection = database(&table);
    connection
        .execute("ALTER TABLE rows RENAME TO Scores", [])
        .unwrap();
    let scores = SqlTable {
        schema: Some("main"),
        name: "Scores",
    };
    let query = model.to_sql("sqlite", scores, options(&["place", "z"])).unwrap();
    let found = run(&connection, &query);
    let z: Vec<Value> = found.iter().map(|row| row[1].clone()).collect();
    assert_eq!(z, [1.0, 2.0, 3.0, 4.0].map(Value::Real));
}

#[test]
fn what_has_no_translation_is_refused_by_name() {
    let titanic = csv("datasets/titanic.csv");
    let column =
        "make it a column before the fit, as in df.with_columns(name=\"…\"), and give the table that column";
    let of = |feature: &str, dialect: &str| {
        let model = fit(&titanic, filled(&[feature], &titanic), "Survived").unwrap();
        shown(model.to_sql(dialect, TABLE, options(&[])))
    };
    for (feature, dialect, expected) in [
        (
            "round(Fare, 1)",
            "postgresql",
            "the feature \"round(Fare, 1)\" uses round(), and PostgreSQL has nothing that surely gives the same",
        ),
        (
            "upper(Sex) AS sex",
            "sqlite",
            "the feature \"sex\" uses upper(), and SQLite has nothing that surely gives the same",
        ),
        (
            "Sex RLIKE 'f' AS f",
            "mysql",
            "the feature \"f\" uses rlike(), and MySQL has nothing that surely gives the same",
        ),
        (
            "Fare % 3 AS rest",
            "postgres",
            "the feature \"rest\" uses % of doubles, and PostgreSQL has nothing that surely gives the same",
        ),
        (
            "length(Sex) AS long",
            "mssql",
            "the feature \"long\" uses length(), and SQL Server has nothing that surely gives the same",
        ),
        (
            "Sex > 'f' AS late",
            "tsql",
            "the feature \"late\" uses an order of texts, and SQL Server has nothing that surely gives the same",
        ),
        (
            "CAST(Fare AS STRING) AS text",
            "duckdb",
            "the feature \"text\" uses CAST of a DOUBLE to text, and DuckDB has nothing that surely gives the same",
        ),
        (
            "SibSp & 1 AS odd",
            "spark",
            "the feature \"odd\" uses `&`, and Spark has nothing that surely gives the same",
        ),
        (
            "CAST(Fare AS FLOAT) + CAST(Age AS FLOAT) AS f",
            "sqlite",
            "the feature \"f\" uses arithmetic in FLOATs of 32 bits, and SQLite has nothing that surely gives the same",
        ),
        (
            "1.5BD * SibSp AS d",
            "sqlite",
            "the feature \"d\" uses a decimal, and SQLite has nothing that surely gives the same",
        ),
    ] {
        assert_eq!(of(feature, dialect), format!("{expected}\n{column}"));
    }
}

#[test]
fn other_mistakes_say_what_to_write() {
    let model = titanic_model();
    let with = |dialect: &str, options: SqlOptions<'_>| shown(model.to_sql(dialect, TABLE, options));
    let everything = SqlOptions {
        kept: Kept::All,
        ..options(&[])
    };
    let cases = [
        (
            with("postgre", options(&[])),
            "there is no SQL dialect \"postgre\"; there are sqlite, postgresql, mysql, tsql, spark, duckdb\ndid you mean \"postgres\"?",
        ),
        (
            with("oracle", options(&[])),
            "there is no SQL dialect \"oracle\"; there are sqlite, postgresql, mysql, tsql, spark, duckdb\n",
        ),
        (
            with("sqlite", everything),
            "SQLite cannot give all columns of a table beside computed ones without their names\nlist the columns to keep",
        ),
        (
            with("sqlite", options(&["a", "a"])),
            "the column \"a\" is listed twice\nleave one of them out",
        ),
        (
            with("sqlite", options(&["prediction"])),
            "the frame already has a column \"prediction\"\nset other names, as in predict(df, prediction=\"guess\", probability=\"chance\")",
        ),
        (
            with("sqlite", options(&["a\0"])),
            "the name \"a\\0\" has a character that SQLite cannot write\nreplace the character U+0000 in the data, and fit again",
        ),
    ];
    for (found, expected) in cases {
        assert_eq!(found, expected);
    }
}
