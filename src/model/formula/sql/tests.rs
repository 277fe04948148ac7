//! Whole queries of two small models, in every dialect.

use polars::prelude::{DataType, Schema};

use super::*;
use crate::model::class::Class;
use crate::model::column_type::ColumnType;
use crate::model::formula::{Categories, Operation, Score, Weight};
use crate::model::recipe::{Filler, Source};

fn column(name: &str, kind: ColumnType, steps: Vec<Operation>) -> Input {
    Input {
        name: name.to_owned(),
        source: Source::Column(name.to_owned()),
        kind: Some(kind),
        steps,
    }
}

fn categories(names: &[&str], is_strict: bool) -> Operation {
    Operation::Categories(Categories {
        names: names.iter().map(ToString::to_string).collect(),
        skipped: 0,
        is_strict,
    })
}

fn schema() -> Schema {
    let columns = [
        ("Age", DataType::Float64),
        ("member", DataType::Boolean),
        ("town", DataType::String),
        ("rooms", DataType::Int64),
    ];
    columns
        .into_iter()
        .map(|(name, dtype)| (name.into(), dtype))
        .collect()
}

/// Whether somebody leaves, by steps of every kind.
fn of_two() -> Formula {
    let fill = |value| Operation::Fill(Filler::Number(value));
    let scale = Operation::Scale { minus: -1.5, by: 0.1 };
    Formula {
        inputs: vec![
            column("Age", ColumnType::Float64, vec![fill(30.0), scale]),
            column(
                "member",
                ColumnType::Boolean,
                vec![fill(1.0), categories(&["false", "true"], false)],
            ),
            column(
                "town",
                ColumnType::String,
                vec![categories(&["Bonn", "Saint John's"], true)],
            ),
        ],
        scores: vec![Score {
            start: -0.25,
            weights: vec![
                Weight::Number(1e-9),
                Weight::Categories(vec![0.0, -2.0]),
                Weight::Categories(vec![0.5, 1e20]),
            ],
        }],
        answer: Answer::Class {
            classes: vec![Class::Boolean(false), Class::Boolean(true)],
            kind: ColumnType::Boolean,
        },
    }
}

/// The size of a flat, by an expression.
fn of_three() -> Formula {
    let score = |start, weight| Score {
        start,
        weights: vec![Weight::Number(weight)],
    };
    Formula {
        inputs: vec![Input {
            name: "space".to_owned(),
            source: Source::Sql("CASE WHEN town = 'Bonn' THEN log1p(rooms) ELSE Rooms / 2 END".to_owned()),
            kind: None,
            steps: Vec::new(),
        }],
        scores: vec![score(1.0, -1.0), score(0.0, 0.0), score(-1.0, 1.0)],
        answer: Answer::Class {
            classes: vec![Class::Integer(1), Class::Integer(2), Class::Integer(3)],
            kind: ColumnType::Int32,
        },
    }
}

fn written(formula: &Formula, dialect: &str, columns: &[&str], is_all: bool) -> String {
    let query = Query {
        formula,
        schema: &schema(),
        dialect: Dialect::named(dialect).unwrap(),
    };
    let table = SqlTable {
        schema: Some("my shop"),
        name: "people",
    };
    let kept = if is_all { Kept::All } else { Kept::Columns(columns) };
    let options = SqlOptions {
        kept,
        prediction: "leaves",
        probability: Some("chance"),
    };
    query.written(table, columns, options).unwrap()
}

fn in_every_dialect(formula: &Formula) -> String {
    let texts = Dialect::first_names().map(|dialect| {
        let text = written(formula, dialect, &["id", "Age"], false);
        format!("-- {dialect}\n{text}\n")
    });
    texts.collect::<Vec<_>>().join("\n")
}

#[test]
fn two_classes_in_every_dialect() {
    insta::assert_snapshot!(in_every_dialect(&of_two()));
}

#[test]
fn three_classes_in_every_dialect() {
    insta::assert_snapshot!(in_every_dialect(&of_three()));
}

#[test]
fn all_columns_where_a_query_can_read_a_row() {
    let texts = ["postgresql", "tsql", "duckdb"].map(|dialect| {
        let text = written(&of_two(), dialect, &[], true);
        format!("-- {dialect}\n{text}\n")
    });
    insta::assert_snapshot!(texts.join("\n"));
}

#[test]
fn every_alias_is_its_dialect() {
    for (name, title) in [
        ("postgres", "PostgreSQL"),
        ("MariaDB", "MySQL"),
        ("sqlserver", "SQL Server"),
        ("mssql", "SQL Server"),
        ("Databricks", "Spark"),
    ] {
        assert_eq!(Dialect::named(name).unwrap().title, title);
    }
}

#[test]
fn constants_are_read_back_as_they_are() {
    let literal = |dialect: &str, text: &str| Dialect::named(dialect).unwrap().literal(text).unwrap();
    assert_eq!(literal("sqlite", "it's \\ \"it\""), "'it''s \\ \"it\"'");
    assert_eq!(literal("postgresql", "it's"), "'it''s'");
    assert_eq!(literal("postgresql", "it's \\n"), "E'it''s \\\\n'");
    assert_eq!(literal("mysql", "it's"), "'it''s'");
    assert_eq!(literal("mysql", "\\'"), "CONVERT(X'5C27' USING utf8mb4)");
    assert_eq!(literal("tsql", "ä'"), "N'ä'''");
    assert_eq!(literal("spark", "\\'"), "'\\\\\\''");
    let name = |dialect: &str, name: &str| Dialect::named(dialect).unwrap().name(name).unwrap();
    assert_eq!(name("tsql", "a]b[c"), "[a]]b[c]");
    assert_eq!(name("mysql", "a`b"), "`a``b`");
    assert_eq!(name("duckdb", "a\"b"), "\"a\"\"b\"");
    let numbers = |dialect: &str| {
        [0.0, -0.0, 1.0, -0.1, 1e22, 5e-324, f64::MAX]
            .map(|value| Dialect::named(dialect).unwrap().number(value))
    };
    assert_eq!(
        numbers("mysql"),
        [
            "0e0",
            "0e0",
            "1e0",
            "(-0.1e0)",
            "1e22",
            "5e-324",
            "1.7976931348623157e308"
        ]
    );
    assert_eq!(numbers("postgresql")[3], "(-0.1::float8)");
}

#[test]
fn categories_that_training_did_not_have_are_counted_in_one_look_at_the_table() {
    let formula = Formula {
        inputs: vec![
            column("Age", ColumnType::Float64, Vec::new()),
            column(
                "town",
                ColumnType::String,
                vec![categories(&["Bern", "Ulm"], false)],
            ),
            column(
                "member",
                ColumnType::Boolean,
                vec![categories(&["false", "true"], true)],
            ),
        ],
        ..of_two()
    };
    let schema = schema();
    let query = Query {
        formula: &formula,
        schema: &schema,
        dialect: Dialect::named("sqlite").unwrap(),
    };
    let table = SqlTable {
        schema: None,
        name: "people",
    };
    let unseen = query.unseen(table).unwrap().unwrap();
    assert!(
        unseen.sql.contains("people") && unseen.sql.contains("'Ulm'"),
        "{}",
        unseen.sql
    );
    assert!(
        !unseen.sql.contains("member") && !unseen.sql.contains("Age"),
        "{}",
        unseen.sql
    );
    let rows = polars::df!("u1" => [Some("Genf"), Some("Rom"), None], "n" => [3_i64, 1, 9]).unwrap();
    let found = unseen.read(&rows);
    assert_eq!(
        found.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["town: 4 rows with a category that training did not have (\"Genf\" × 3, \"Rom\" × 1)"]
    );
}
