use crate::database::testing::{memory, shown, told};

/// Runs a query after statements, and shows what comes of it.
fn result(before: &str, query: &str) -> String {
    let mut session = memory();
    if !before.is_empty() {
        session.execute(before).unwrap();
    }
    session.rows(query)
}

#[test]
fn declared_types_are_the_types_of_the_columns_also_without_rows() {
    let mut session = memory();
    session
        .execute(
            "CREATE TABLE t (a INTEGER, b BIGINT UNSIGNED, c DOUBLE PRECISION, d BOOLEAN, e DATE, f TIME, g DATETIME, \
             h TIMESTAMP WITH TIME ZONE, i VARCHAR(20), j BLOB, k DECIMAL(10,2), l NUMERIC, m, n JSON, o INT8, \
             p TIMESTAMP WITHOUT TIME ZONE, q DECIMAL(5))",
        )
        .unwrap();
    assert_eq!(
        session.rows("SELECT * FROM t"),
        "a: i64, b: i64, c: f64, d: bool, e: date, f: time, g: datetime[μs], h: datetime[μs, UTC], i: str, j: binary, \
         k: decimal[10,2], l: null, m: null, n: str, o: i64, p: datetime[μs], q: decimal[5,0]"
    );
}

#[test]
fn values_are_read_in_the_declared_type() {
    assert_eq!(
        result(
            "CREATE TABLE t (a INTEGER, b REAL, c BOOLEAN, d DATE, e TIME, f DATETIME, g TIMESTAMPTZ, h TEXT, i BLOB, \
             j DECIMAL(10,2), k JSON);
             INSERT INTO t VALUES (9223372036854775807, 1, 1, '2024-02-29', '23:59:59.123456789', '2024-02-29T12:30', \
             '2024-01-01 00:30:00+01:00', 'Ærø 🐑', x'00ff', 12.5, 5), \
             (-9223372036854775808, -1.5e300, 0, '0001-01-01', '00:00', '2024-02-29 12:30:00.123456', \
             '2024-01-01 00:30:00', '', x'', -3, '{\"a\": 1}'), \
             (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)",
            "SELECT * FROM t"
        ),
        "a: i64, b: f64, c: bool, d: date, e: time, f: datetime[μs], g: datetime[μs, UTC], h: str, i: binary, \
         j: decimal[10,2], k: str
9223372036854775807 | 1.0 | true | 2024-02-29 | 23:59:59.123456789 | 2024-02-29 12:30:00 | 2023-12-31 23:30:00 UTC | \
Ærø 🐑 | [0, 255] | 12.50 | 5
-9223372036854775808 | -1.5e300 | false | 0001-01-01 | 00:00:00 | 2024-02-29 12:30:00.123456 | 2024-01-01 00:30:00 UTC |  | [] | -3.00 | {\"a\": 1}
null | null | null | null | null | null | null | null | null | null | null"
    );
}

#[test]
fn a_value_that_is_not_of_the_declared_type_is_named_with_its_row() {
    for (declared, value, expected) in [
        (
            "INTEGER",
            "'abc'",
            "row 2 has the text 'abc', and the column is declared INTEGER
→ write CAST(x AS TEXT) AS x in the query to get what is there, or correct the row",
        ),
        (
            "INTEGER",
            "7.5",
            "row 2 has the number 7.5, and the column is declared INTEGER
→ write CAST(x AS REAL) AS x in the query to get what is there, or correct the row",
        ),
        (
            "DATE",
            "'2024-13-01'",
            "row 2 has the text '2024-13-01', and the column is declared DATE, which is written as 2024-01-31
→ write CAST(x AS TEXT) AS x in the query to get what is there, or correct the row",
        ),
        (
            "DATE",
            "1706659200",
            "row 2 has the integer 1706659200, and the column is declared DATE, which is written as 2024-01-31
→ write CAST(x AS INTEGER) AS x in the query to get what is there, or correct the row",
        ),
        (
            "DATETIME",
            "'2024-01-31 12:00:00+01:00'",
            "row 2 has the text '2024-01-31 12:00:00+01:00', and the column is declared DATETIME, which has no offset: \
             datetime(…) makes it UTC
→ write CAST(x AS TEXT) AS x in the query to get what is there, or correct the row",
        ),
        (
            "BOOLEAN",
            "2",
            "row 2 has the integer 2, and the column is declared BOOLEAN, which is 0 or 1
→ write CAST(x AS INTEGER) AS x in the query to get what is there, or correct the row",
        ),
        (
            "DECIMAL(10,2)",
            "1.005",
            "row 2 has the number 1.005, and the column is declared DECIMAL(10,2)
→ write CAST(x AS REAL) AS x in the query to get what is there, or correct the row",
        ),
        (
            "DECIMAL(4,2)",
            "100",
            "row 2 has the integer 100, and the column is declared DECIMAL(4,2)
→ write CAST(x AS INTEGER) AS x in the query to get what is there, or correct the row",
        ),
        (
            "TEXT",
            "CAST(x'ff41' AS TEXT)",
            "row 2 has the text '�A', which is not valid UTF-8
→ write CAST(x AS BLOB) AS x in the query to get its bytes",
        ),
        (
            "TEXT",
            "x'00'",
            "row 2 has 1 bytes, and the column is declared TEXT
→ write CAST(x AS BLOB) AS x in the query to get what is there, or correct the row",
        ),
    ] {
        let found = result(
            &format!("CREATE TABLE t (x {declared}); INSERT INTO t VALUES (NULL), ({value})"),
            "SELECT * FROM t",
        );
        assert_eq!(found, format!("column \"x\" of the result: {expected}"));
    }
}

#[test]
fn a_whole_number_in_a_column_of_floats_is_read_where_a_float_is_exactly_that() {
    let mut session = memory();
    // By SQLite's rules, this type has the affinity of whole numbers: it is in `POINT`.
    session
        .execute("CREATE TABLE u (x FLOATING POINT); INSERT INTO u VALUES (9007199254740992), (3)")
        .unwrap();
    assert_eq!(session.rows("SELECT x FROM u"), "x: f64\n9007199254740992.0\n3.0");
    session
        .execute("INSERT INTO u VALUES (9007199254740993)")
        .unwrap();
    assert_eq!(
        session.rows("SELECT x FROM u"),
        "column \"x\" of the result: row 3 has the integer 9007199254740993, and the column is declared FLOATING POINT, \
         and no float is exactly that
→ write CAST(x AS INTEGER) AS x in the query to get what is there, or correct the row"
    );
}

#[test]
fn an_expression_has_the_type_of_its_values() {
    assert_eq!(
        result("", "SELECT 1 AS i, 2.5 AS r, 'a' AS t, x'01' AS b, NULL AS n"),
        "i: i64, r: f64, t: str, b: binary, n: null\n1 | 2.5 | a | [1] | null"
    );
    assert_eq!(
        result(
            "",
            "SELECT NULL AS x UNION ALL SELECT 1 UNION ALL SELECT 2.5 UNION ALL SELECT NULL UNION ALL SELECT 3"
        ),
        "x: f64\nnull\n1.0\n2.5\nnull\n3.0"
    );
    assert_eq!(
        result("", "VALUES (1), ('a')"),
        "column \"column1\" of the result: row 2 has the text 'a', and the rows before are integers
→ write CAST(column1 AS TEXT) AS column1 in the query"
    );
    assert_eq!(
        result("", "VALUES (9007199254740993), (0.5)"),
        "column \"column1\" of the result: row 2 has the number 0.5, and row 1 has the integer 9007199254740993, which is \
         no float exactly
→ write CAST(column1 AS TEXT) AS column1 in the query"
    );
    assert_eq!(
        result("", "VALUES (1), (9007199254740993), (0.5)"),
        "column \"column1\" of the result: row 3 has the number 0.5, and row 2 has the integer 9007199254740993, which is \
         no float exactly
→ write CAST(column1 AS TEXT) AS column1 in the query"
    );
    assert_eq!(
        result("", "VALUES (0.5), (9007199254740993)"),
        "column \"column1\" of the result: row 2 has the integer 9007199254740993, and the rows before are floats, of \
         which none is exactly that
→ write CAST(column1 AS REAL) AS column1 in the query"
    );
}

/// Counts up to `rows`, as `i`.
fn counted(rows: u32, expression: &str) -> String {
    format!(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows}) SELECT i, {expression} AS x FROM n"
    )
}

#[test]
fn a_column_that_is_null_at_first_gets_its_type_when_a_value_comes() {
    let mut session = memory();
    let batches = session
        .batches(&counted(200_000, "CASE WHEN i > 150000 THEN 0.5 END"), &[])
        .unwrap();
    let heights: Vec<usize> = batches.iter().map(polars::prelude::DataFrame::height).collect();
    assert_eq!(heights, [65_536, 65_536, 65_536, 3_392]);
    assert!(batches.iter().all(|batch| batch.schema() == batches[0].schema()));
    assert_eq!(batches[0].column("x").unwrap().dtype().to_string(), "f64");
    let nulls: usize = batches
        .iter()
        .map(|batch| batch.column("x").unwrap().null_count())
        .sum();
    assert_eq!(nulls, 150_000);
}

#[test]
fn a_type_that_was_handed_over_does_not_change_any_more() {
    let mut session = memory();
    let error = session
        .batches(&counted(100_000, "CASE WHEN i = 90000 THEN 0.5 ELSE i END"), &[])
        .unwrap_err();
    assert_eq!(
        told(&error),
        "column \"x\" of the result: row 90000 has the number 0.5, and the rows before are integers
→ write CAST(x AS REAL) AS x in the query"
    );
    // Within what was read at once, it does.
    let frame = session
        .query(&counted(60_000, "CASE WHEN i = 15000 THEN 0.5 ELSE i END"))
        .unwrap();
    assert_eq!(frame.column("x").unwrap().dtype().to_string(), "f64");
    assert_eq!(frame.column("x").unwrap().f64().unwrap().get(14_999), Some(0.5));
    assert_eq!(
        frame.column("x").unwrap().f64().unwrap().get(59_999),
        Some(60_000.0)
    );
}

#[test]
fn columns_of_the_same_name_are_numbered() {
    assert_eq!(
        result("", "SELECT 1 AS id, 2 AS id, 3 AS id_1, 4 AS id"),
        "id: i64, id_2: i64, id_1: i64, id_3: i64\n1 | 2 | 3 | 4"
    );
    assert_eq!(
        result("", "SELECT 1 AS id, 2 AS id, 3 AS id"),
        "id: i64, id_1: i64, id_2: i64\n1 | 2 | 3"
    );
}

#[test]
fn a_result_is_what_a_table_has_when_it_is_read() {
    let mut session = memory();
    session
        .execute("CREATE TABLE t (a INTEGER); INSERT INTO t VALUES (1), (2)")
        .unwrap();
    let frame = session
        .query("INSERT INTO t VALUES (3), (4) RETURNING a, a * 2 AS double")
        .unwrap();
    assert_eq!(shown(&frame), "a: i64, double: i64\n3 | 6\n4 | 8");
    assert_eq!(session.rows("SELECT count(*) AS n FROM t"), "n: i64\n4");
}

#[test]
fn rows_that_were_changed_and_cannot_be_read_are_not_changed() {
    let mut session = memory();
    session.execute("CREATE TABLE t (a INTEGER)").unwrap();
    let error = session
        .query("INSERT INTO t VALUES (1), ('abc') RETURNING a")
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "column \"a\" of the result: row 2 has the text 'abc', and the column is declared INTEGER"
    );
    assert_eq!(session.rows("SELECT count(*) AS n FROM t"), "n: i64\n0");
}

#[test]
fn names_of_columns_are_data_and_nothing_else() {
    let mut session = memory();
    session.execute("CREATE TABLE t (\"x\"\"; DROP TABLE t; --\" INTEGER, \"\" TEXT); INSERT INTO t VALUES ('abc', 'b')").unwrap();
    assert_eq!(
        session.rows("SELECT * FROM t"),
        "column \"x\\\"; DROP TABLE t; --\" of the result: row 1 has the text 'abc', and the column is declared INTEGER
→ write CAST(\"x\"\"; DROP TABLE t; --\" AS TEXT) AS \"x\"\"; DROP TABLE t; --\" in the query to get what is there, or \
         correct the row"
    );
    assert_eq!(session.rows("SELECT count(*) AS n FROM t"), "n: i64\n1");
}
