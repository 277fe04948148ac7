//! What of a frame goes into a column that is there.

use polars::prelude::{Column, DataFrame, Int128Chunked, IntoColumn, IntoSeries, NewChunkedArray};

use crate::database::load::Mode;
use crate::database::testing::{column, frame, load, memory};

fn decimal(values: &[Option<i128>], precision: usize, scale: usize) -> Column {
    let values = Int128Chunked::from_slice_options("x".into(), values);
    values
        .into_decimal(precision, scale)
        .unwrap()
        .into_series()
        .into_column()
}

/// Appends a column to a table whose column is declared so, and shows what is read back.
fn into_declared(declared: &str, values: Column) -> String {
    let mut session = memory();
    session
        .execute(&format!("CREATE TABLE t (x {declared})"))
        .unwrap();
    let frame: DataFrame = frame(vec![values]);
    match session.load(&load("t", Mode::Append, &frame), &frame) {
        Ok(_) => session.rows("SELECT * FROM t"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn what_goes_into_a_column_that_is_there_comes_out_as_it_was() {
    for (declared, values, expected) in [
        ("REAL", column("x", [1_i64, -3]), "x: f64\n1.0\n-3.0"),
        (
            "REAL",
            column("x", [9_007_199_254_740_993_i64]),
            "row 1, column \"x\": 9007199254740993 is no float exactly, and the column keeps floats",
        ),
        ("INTEGER", column("x", [true, false]), "x: i64\n1\n0"),
        (
            "INTEGER",
            column("x", ["1"]),
            "column \"x\": values of type String do not go into a column that is INTEGER",
        ),
        (
            "INTEGER",
            column("x", [1.0]),
            "column \"x\": values of type Float64 do not go into a column that is INTEGER",
        ),
        (
            "TEXT",
            column("x", [1_i64]),
            "column \"x\": values of type Int64 do not go into a column that is TEXT",
        ),
        (
            "DATE",
            column("x", ["2024-01-31"]),
            "column \"x\": values of type String do not go into a column that is DATE",
        ),
        ("JSON", column("x", ["{\"a\": 1}", "7"]), "x: str\n{\"a\": 1}\n7"),
        (
            "JSON",
            column("x", ["1.50"]),
            "row 1, column \"x\": SQLite would turn the text '1.50' into a number in a column of this type",
        ),
        (
            "MONEY",
            column("x", ["a", " 007"]),
            "row 2, column \"x\": SQLite would turn the text ' 007' into a number in a column of this type",
        ),
        ("", column("x", ["a", "007"]), "x: str\na\n007"),
        ("DECIMAL(4,2)", column("x", [99_i64]), "x: decimal[4,2]\n99.00"),
        (
            "DECIMAL(4,2)",
            column("x", [100_i64]),
            "row 1, column \"x\": 100 has too many digits for the column",
        ),
        (
            "DECIMAL(4,2)",
            decimal(&[Some(1234)], 4, 2),
            "x: decimal[4,2]\n12.34",
        ),
        (
            "DECIMAL(4,2)",
            decimal(&[Some(1234)], 4, 3),
            "column \"x\": numbers of 4 digits, 3 of them behind the point, do not fit into DECIMAL(4,2)",
        ),
        (
            "DECIMAL(20,2)",
            decimal(&[Some(123_456_789_012_345)], 18, 2),
            "x: decimal[20,2]\n1234567890123.45",
        ),
        (
            "DECIMAL(20,2)",
            decimal(&[Some(1_234_567_890_123_456)], 18, 2),
            "row 1, column \"x\": 12345678901234.56 has 16 digits, and SQLite keeps 15 of them in a column of this type",
        ),
        ("TEXT", decimal(&[Some(-5)], 18, 2), "x: str\n-0.05"),
    ] {
        assert_eq!(into_declared(declared, values), expected, "{declared}");
    }
}
