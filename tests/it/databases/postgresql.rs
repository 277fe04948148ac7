//! What PostgreSQL alone has: schemas, its marks, arrays, numbers without an end, types of a database's own, its own words for
//! what it refuses.

use polars::prelude::*;
use sheaf::database::{Bound, Connection, Mode, Parameter, TableChange};

use super::opened::{Opened, load, named, shown, told, values};
use super::server::Postgres;
use crate::live::Live;

/// Starts a server, and connects to it.
fn start() -> (Postgres, Opened) {
    let server = Postgres::start();
    let opened = Opened::to(&server.url("postgres"));
    (server, opened)
}

/// Shows the rows of a query, or its error.
fn asks(opened: &Opened, sql: &str, values: &[Parameter]) -> String {
    match opened.asked(sql, values) {
        Ok(frame) => shown(&frame),
        Err(error) => told(&error),
    }
}

/// Loads a frame behind the rows of a table, and says what is wrong, or how many rows there are.
fn appends(opened: &Opened, table: &str, frame: &DataFrame) -> String {
    match opened.load(&load(table, Mode::Append, frame), frame) {
        Ok(report) => report.rows_after.to_string(),
        Err(error) => told(&error),
    }
}

#[test]
fn tables_are_found_in_their_schemas_and_by_the_search_path() {
    let server = Postgres::start();
    server.sql(
        "CREATE SCHEMA \"My Schema\"; CREATE TABLE \"My Schema\".\"Odd Table\" (a integer); \
         CREATE TABLE passengers (id integer PRIMARY KEY, name text); INSERT INTO passengers VALUES (1, 'Ann'); \
         CREATE SCHEMA other; CREATE TABLE other.passengers (id integer); INSERT INTO other.passengers VALUES (7), (8)",
    );
    let mut live = Live::new();
    live.enter(&format!("con = connect({:?})", server.url("postgres")));
    for (cell, expected) in [
        (
            "[list(row) for row in con.tables().rows()]",
            "[[\"My Schema\", \"Odd Table\", \"table\"], [\"other\", \"passengers\", \"table\"], \
             [\"public\", \"passengers\", \"table\"]]",
        ),
        ("con.read_table(\"passengers\").shape", "(1, 2)"),
        ("con.read_table(\"other.passengers\").shape", "(2, 1)"),
        ("con.read_table('\"My Schema\".\"Odd Table\"').shape", "(0, 1)"),
        (
            "frame({\"a\": [1, 2]}).write_table(con, \"My Schema.Odd Table\", mode=\"append\")",
            "table     My Schema.Odd Table\nrows      2\ncreated   False",
        ),
        (
            "frame({\"a\": [1]}).write_table(con, \"other.made\")",
            "table     other.made\nrows      1\ncreated   True",
        ),
        (
            "con.query(\"SELECT * FROM passengrs\")",
            "error: PostgreSQL refuses the statement: relation \"passengrs\" does not exist\nhint: did you mean passengers?",
        ),
        (
            "con.query('SELECT * FROM \"Odd Tabl\"')",
            "error: PostgreSQL refuses the statement: relation \"Odd Tabl\" does not exist\n\
             hint: did you mean \"My Schema\".\"Odd Table\"?",
        ),
    ] {
        assert_eq!(live.enter(cell), expected, "{cell}");
    }
    for parameter in [
        "currentSchema=other",
        "search_path=other,public",
        "options=-c%20search_path%3Dother",
    ] {
        let opened = Opened::to(&format!("{}?{parameter}", server.url("postgres")));
        assert_eq!(
            opened.rows("SELECT count(*) AS n FROM passengers"),
            "2",
            "{parameter}"
        );
        let frame = df!("id" => [9_i32]).unwrap();
        let report = opened
            .load(&load("passengers", Mode::Append, &frame), &frame)
            .unwrap();
        server.sql("DELETE FROM other.passengers WHERE id = 9");
        assert_eq!(report.rows_after, 3);
    }
}

#[test]
fn marks_are_found_where_they_are_marks() {
    let (_server, opened) = start();
    let sql = "SELECT :day::date AS d, ':day' AS s, $$ :day $$ AS q, E'\\':day' AS e, \":day\" AS z, :n::int8 + :n AS x \
               /* :day */ FROM (SELECT 1 AS \":day\") AS v -- :day\n";
    let day = chrono::NaiveDate::from_ymd_opt(2024, 2, 29).unwrap();
    let given = named([("n", Bound::Integer(5)), ("day", Bound::Date(day))]);
    assert_eq!(asks(&opened, sql, &given), "2024-02-29|:day| :day |':day|1|10");
    let slice = "SELECT CAST((ARRAY[1, 2, 3])[:a::int4:n] AS text) AS a FROM (SELECT 2 AS n) AS v";
    assert_eq!(asks(&opened, slice, &named([("a", Bound::Integer(2))])), "{2}");
    let object = "SELECT '{\"a\": 1}'::jsonb ? $1 AS x";
    assert_eq!(
        asks(&opened, object, &values([Bound::Text("a".to_owned())])),
        "true"
    );

    let hint = "\n→ give a list for `?` and `$1`, as in con.query(\"SELECT ?\", [1]), and a dict for `:name`";
    let one = || values([Bound::Integer(1)]);
    for (sql, given, expected) in [
        (
            "SELECT $1",
            Vec::new(),
            "the statement has one mark, `$1`, and no value is given",
        ),
        (
            "SELECT 1",
            one(),
            "the statement has no mark and one value is given",
        ),
        (
            "SELECT $1::int4 + $2::int4",
            one(),
            "the statement has 2 marks, `$1` to `$2`, and one value is given",
        ),
        (
            "SELECT ?",
            one(),
            "the marks of PostgreSQL are `$1`, `$2` or `:name`; `?` is an operator of it",
        ),
        (
            "SELECT :daay::int4",
            named([("day", Bound::Integer(1))]),
            "the statement has the mark `:daay`, and no value of that name is given; did you mean `:day`?",
        ),
        (
            "SELECT $1::int4",
            values([Bound::Integer(1 << 40)]),
            "`$1` is of type int4 in this statement, and its value, a whole number, is not exactly one; \
             `CAST($1 AS bigint)` takes it",
        ),
        (
            "SELECT $1::text",
            values([Bound::Text("a\0b".to_owned())]),
            "`$1` is of type text in this statement, and its value has a NUL character, which PostgreSQL's texts cannot have",
        ),
    ] {
        assert_eq!(asks(&opened, sql, &given), format!("{expected}{hint}"), "{sql}");
    }
}

#[test]
fn values_that_are_bound_become_what_the_statement_takes() {
    let (_server, opened) = start();
    let text = |text: &str| Bound::Text(text.to_owned());
    let sql = "SELECT $1::int2 AS a, $2::numeric AS b, $3::float4 AS c, $4::float8 AS d, $5::uuid AS e, $6::jsonb AS f, \
               $7::interval::text AS g, $8::int[]::text AS h, $9::int4 AS i, $10::numeric::text AS j, $11::bool AS k";
    let given = values([
        Bound::Integer(-5),
        Bound::Integer(123_456),
        Bound::Float(0.1),
        Bound::Integer(3),
        text("A0EEBC999C0B4EF8BB6D6BB9BD380A11"),
        text("{\"a\":[1]}"),
        text("1 day"),
        text("{1,2}"),
        Bound::Null,
        Bound::Float(1.25e-7),
        Bound::Boolean(true),
    ]);
    assert_eq!(
        asks(&opened, sql, &given),
        "-5|123456.000000000000000000|0.1|3.0|a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11|{\"a\": [1]}|1 day|{1,2}|null|0.000000125|true"
    );
}

#[test]
fn what_is_no_value_of_a_frame_is_told_with_its_row_and_a_cast() {
    let (_server, opened) = start();
    for (sql, expected) in [
        (
            "SELECT CASE WHEN g = 70000 THEN numeric 'NaN' ELSE 1 END AS a FROM generate_series(1, 100000) AS g",
            "column \"a\" of the result: in row 70000, NaN is no number of a decimal column\n\
             → write CAST(a AS double precision) in the query",
        ),
        (
            "SELECT 1e30::numeric AS a",
            "column \"a\" of the result: in row 1, 1000000000000000000000000000000 is no number of 38 digits with 18 of them \
             after the point\n→ write CAST(a AS numeric(38, 10)) in the query",
        ),
        (
            "SELECT 'infinity'::timestamp AS a",
            "column \"a\" of the result: in row 1, infinity is no moment of a frame\n→ write CAST(a AS text) in the query",
        ),
        (
            "SELECT '24:00'::time AS a",
            "column \"a\" of the result: in row 1, 24:00:00 is no time of a frame, whose days end before it\n\
             → write CAST(a AS interval) in the query",
        ),
        (
            "SELECT '1 month'::interval AS a",
            "column \"a\" of the result: in row 1, an interval has 1 months, which differ in their length\n\
             → write CAST(a AS text) in the query",
        ),
        (
            "SELECT '{{1,2},{3,4}}'::int[] AS a",
            "column \"a\" of the result: in row 1, an array has 2 dimensions, and a list has one\n\
             → write CAST(a AS text) in the query",
        ),
        (
            "SELECT point(1, 2) AS a",
            "column \"a\" of the result: a frame has no type for point\n→ write CAST(a AS text) in the query",
        ),
    ] {
        assert_eq!(asks(&opened, sql, &[]), expected, "{sql}");
        assert_eq!(opened.rows("SELECT 1 AS one"), "1");
    }
    assert_eq!(
        opened.rows(
            "SELECT '{1,NULL,3}'::int[] AS a, '{a,\"q,\\\"\"}'::text[] AS b, ARRAY[1.5]::numeric(8,3)[] AS c"
        ),
        "[1, null, 3]|[\"a\", \"q,\"\"]|[1.500]"
    );
    assert_eq!(
        opened.query("SELECT '{}'::int[] AS a WHERE false").dtypes(),
        [DataType::List(Box::new(DataType::Int32))]
    );
}

#[test]
fn values_that_a_column_cannot_take_are_told_with_row_and_column() {
    let (server, opened) = start();
    server.sql(
        "CREATE TYPE mood AS ENUM ('sad', 'happy'); CREATE DOMAIN short AS varchar(3) CHECK (value <> 'bad'); \
         CREATE TABLE taken (id integer PRIMARY KEY, s smallint, n numeric(6,2), v varchar(3), u uuid, j jsonb, m mood, f float8, \
         r real, ts timestamp, k integer CHECK (k < 10), l integer[], h short); \
         CREATE TABLE child (p integer REFERENCES taken (id)); INSERT INTO taken (id) VALUES (1)",
    );
    let nothing = "\n→ nothing was loaded; change the value, or filter the row out";
    let ids = || Column::new("id".into(), [2_i32, 3]);
    for (column, expected) in [
        (
            Column::new("s".into(), [1_i64, 70_000]),
            "row 2, column \"s\": 70000 is too large for smallint",
        ),
        (
            Column::new("n".into(), [1_i64, 123_456]),
            "row 2, column \"n\": 123456 is too large for numeric(6,2)",
        ),
        (
            Column::new("v".into(), ["abc", "abcd"]),
            "row 2, column \"v\": \"abcd\" has 4 characters, and character varying(3) keeps 3",
        ),
        (
            Column::new("u".into(), ["a0eebc999c0b4ef8bb6d6bb9bd380a11", "xyz"]),
            "row 2, column \"u\": \"xyz\" is no UUID",
        ),
        (
            Column::new("j".into(), ["{}", "{oops"]),
            "row 2, column \"j\": invalid input syntax for type json: Token \"oops\" is invalid",
        ),
        (
            Column::new("m".into(), ["sad", "hapy"]),
            "row 2, column \"m\": \"hapy\" is no value of mood; did you mean \"happy\"?",
        ),
        (
            Column::new("f".into(), [1_i64, (1 << 53) + 1]),
            "row 2, column \"f\": 9007199254740993 is not exactly a number of type double precision",
        ),
        (
            Column::new("r".into(), [1.0, 1e300]),
            "row 2, column \"r\": 1e300 is too large for real",
        ),
        (
            Column::new("v".into(), ["a", "\0"]),
            "row 2, column \"v\": \"\\0\" has a NUL character, which PostgreSQL's texts cannot have",
        ),
        (
            Column::new("h".into(), ["abc", "bad"]),
            "row 2, column \"h\": value for domain short violates check constraint \"short_check\"",
        ),
    ] {
        let frame = DataFrame::new(2, vec![ids(), column]).unwrap();
        assert_eq!(appends(&opened, "taken", &frame), format!("{expected}{nothing}"));
    }
    let nanoseconds = Column::new("ts".into(), [0_i64, 1_500_000_000_123_456_789])
        .cast(&DataType::Datetime(TimeUnit::Nanoseconds, None))
        .unwrap();
    let frame = DataFrame::new(2, vec![ids(), nanoseconds]).unwrap();
    let told = appends(&opened, "taken", &frame);
    assert!(
        told.starts_with("row 2, column \"ts\": it has nanoseconds"),
        "{told}"
    );
    // A rule of the table names the row.
    let frame = DataFrame::new(2, vec![ids(), Column::new("k".into(), [3_i32, 10])]).unwrap();
    let told = appends(&opened, "taken", &frame);
    assert!(
        told.contains("row 2: new row for relation \"taken\" violates check constraint"),
        "{told}"
    );
    let told = appends(&opened, "child", &df!("p" => [1_i32, 9999]).unwrap());
    assert!(
        told.contains("Key (p)=(9999) is not present in table \"taken\"\n→ nothing was loaded; rejects="),
        "{told}"
    );
    assert_eq!(
        server.sql("SELECT count(*), (SELECT count(*) FROM child) FROM taken"),
        "1|0"
    );
}

#[test]
fn numbers_are_taken_to_their_limits() {
    let (server, opened) = start();
    let frame =
        df!("u" => [u64::MAX, 0], "f" => [0.1_f32, f32::MIN_POSITIVE], "d" => [f64::NAN, f64::NEG_INFINITY])
            .unwrap();
    opened.load(&load("made", Mode::Error, &frame), &frame).unwrap();
    assert_eq!(
        server.sql("SELECT u, f, d FROM made ORDER BY u DESC"),
        "18446744073709551615|0.1|NaN\n0|1.1754944e-38|-Infinity"
    );
    server.sql("CREATE TABLE digits (n numeric(5,1), w numeric)");
    let frame = df!("n" => [9_999_i64, -9_999], "w" => [i64::MIN, i64::MAX]).unwrap();
    assert_eq!(appends(&opened, "digits", &frame), "2");
    assert_eq!(
        server.sql("SELECT n, w FROM digits ORDER BY n"),
        "-9999.0|9223372036854775807\n9999.0|-9223372036854775808"
    );
}

#[test]
fn statements_are_refused_in_the_servers_words_with_the_place() {
    let (_server, opened) = start();
    for (sql, expected) in [
        (
            "SELECT 1; SELECT 2",
            "it is more than one statement\n→ run one query at a time",
        ),
        ("SELECT 1/0", "division by zero"),
        ("SELEC 1", "syntax error at or near \"SELEC\""),
        (
            "CREATE TABLE t (a integer)",
            "it returns no rows\n→ con.execute(…) runs statements that return none",
        ),
        (
            "",
            "it returns no rows\n→ con.execute(…) runs statements that return none",
        ),
    ] {
        assert_eq!(
            asks(&opened, sql, &[]),
            format!("PostgreSQL refuses the statement: {expected}"),
            "{sql}"
        );
    }
    opened.execute("SET statement_timeout = 100");
    for sql in [
        "SELECT pg_sleep(10)::text AS t",
        "SELECT count(*) AS n FROM generate_series(1, 100000000)",
    ] {
        let told = asks(&opened, sql, &[]);
        assert!(told.contains("→ the server has a statement_timeout"), "{told}");
    }
    opened.execute("SET statement_timeout = 0");
    assert_eq!(
        opened.run("COPY pg_class FROM STDIN").unwrap_err().to_string(),
        "PostgreSQL refuses the statement: it copies rows through this connection"
    );
    // A transaction of one's own is not ended by a load.
    opened.execute("BEGIN");
    let frame = df!("a" => [1_i32]).unwrap();
    let told = appends(&opened, "made", &frame);
    assert!(
        told.starts_with("a transaction is open, which would end with the load"),
        "{told}"
    );
    assert!(asks(&opened, "SELECT 1/0", &[]).contains("division by zero"));
    assert!(asks(&opened, "SELECT 1", &[]).contains("→ con.execute(\"ROLLBACK\") ends the transaction"));
    opened.execute("ROLLBACK");
    assert_eq!(opened.rows("SELECT 1 AS one, 2 AS one"), "1|2");
}

#[test]
fn what_others_write_during_a_load_is_no_reason_to_undo_it() {
    let (server, opened) = start();
    server.sql("CREATE TABLE written (id integer)");
    let mut batches = (0..5).map(|batch| {
        server.sql("INSERT INTO written VALUES (-1)");
        let ids: Vec<i32> = (batch * 1000..(batch + 1) * 1000).collect();
        Ok(df!("id" => ids).unwrap())
    });
    let plan = load("written", Mode::Append, &df!("id" => [0_i32]).unwrap());
    let report = opened.load_batches(&plan, &mut batches).unwrap();
    assert_eq!(report.rows, 5000);
    assert_eq!(server.sql("SELECT count(*) FROM written"), "5005");
}

#[test]
fn a_debug_run_compares_what_has_no_equality_by_its_text() {
    let (server, opened) = start();
    server.sql(
        "CREATE TYPE mood AS ENUM ('good', 'bad'); CREATE DOMAIN note AS json; \
         CREATE TABLE t (id integer PRIMARY KEY, j json, js json[], x xml, p point, m mood, d note, n integer); \
         INSERT INTO t SELECT i, '{\"a\": 1}', ARRAY['[1]'::json], '<a/>', '(1,2)', 'good', '{}', i \
         FROM generate_series(1, 3) i",
    );
    let rehearsed = Opened {
        connection: Connection::new(&server.url("postgres"), None, None, None).unwrap(),
        interrupt: opened.interrupt.clone(),
    };
    rehearsed.connection.rehearse();
    rehearsed.open().unwrap();
    let execute = |sql: &str| {
        let done = rehearsed
            .connection
            .run(|database| database.execute(sql, &[], &rehearsed.interrupt));
        done.unwrap()
    };
    let told = || {
        let changes = rehearsed
            .connection
            .run(|database| database.rehearsed(&rehearsed.interrupt));
        let told = changes.unwrap().into_iter().map(|change| match change {
            TableChange::Rows {
                added,
                removed,
                changed,
                new_columns,
                gone_columns,
                ..
            } => format!("+{added} -{removed} ~{changed} {new_columns:?} {gone_columns:?}"),
            TableChange::Unknown(sql) => sql,
        });
        told.collect::<Vec<_>>().join("; ")
    };
    execute("UPDATE t SET j = '{\"a\": 1}', n = n");
    assert_eq!(told(), "");
    execute("UPDATE t SET j = '{\"a\":  1}' WHERE id = 1");
    execute("UPDATE t SET p = '(2,1)', m = 'bad', d = '[]' WHERE id = 2");
    execute("DELETE FROM t WHERE id = 3");
    assert_eq!(told(), "+0 -1 ~2 [] []");
    execute("ALTER TABLE t ADD COLUMN more json; ALTER TABLE t DROP COLUMN x");
    execute("ALTER TABLE t ALTER COLUMN n TYPE text");
    assert_eq!(told(), "+0 -1 ~2 [\"more\"] [\"x\"]");
    drop(rehearsed);
    assert_eq!(
        shown(&opened.query("SELECT count(*) AS n FROM t WHERE p::text = '(1,2)'")),
        "3"
    );
}
