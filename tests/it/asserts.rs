//! `assert_equal` and `assert_true`: cells that test.

use crate::live::Live;

const FRAMES: &str = "\
a = frame({\"name\": [\"x\", \"y\", \"z\"], \"age\": [1.0, 2.0, None]})
b = frame({\"name\": [\"x\", \"q\", \"z\"], \"age\": [1.0, 2.5, 3.0]})";

#[test]
fn equal_values_of_every_kind_pass() {
    let mut live = Live::new();
    live.enter(FRAMES);
    live.enter(
        "df = frame({\"x\": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0], \"y\": [False, True, False, True, False, True]})\n\
         model = LogisticRegression().fit(df, target=\"y\", features=[\"x\"])\n\
         other = LogisticRegression().fit(df, target=\"y\", features=[\"x\"])",
    );
    for source in [
        "assert_equal(1, 1)",
        "assert_equal(1, 1.0)",
        "assert_equal(None, None)",
        "assert_equal(float(\"nan\"), float(\"nan\"))",
        "assert_equal(100.0, 101.0, tolerance=0.01)",
        "assert_equal(\"a\", \"a\", message=\"texts\")",
        "assert_equal([1, (2, \"b\")], [1.0, (2, \"b\")])",
        "assert_equal({\"a\": 1, \"b\": [2]}, {\"b\": [2], \"a\": 1})",
        "assert_equal(struct(a=1), struct(a=1))",
        "assert_equal(a, a.filter(\"true\"))",
        "assert_equal([a, a[\"age\"]], [a, a[\"age\"]])",
        "assert_equal(model, other)",
        "assert_equal(model.evaluate(df), other.evaluate(df))",
        "assert_equal(a, b.with_columns(name=\"CASE WHEN name = 'q' THEN 'y' ELSE name END\", age=\"CASE WHEN age > 2.9 THEN NULL ELSE age END\"), tolerance=0.2)",
        "assert_true(1 < 2)",
        "assert_true(a.height() == 3, \"three rows\")",
    ] {
        assert_eq!(live.enter(source), "", "{source}");
    }
}

#[test]
fn a_failure_says_what_differs_and_where() {
    let mut live = Live::new();
    live.enter(FRAMES);
    let cells = [
        "assert_equal(1, 2)",
        "assert_equal(0.1 + 0.2, 0.3, message=\"the sum\")",
        "assert_equal(100.0, 102.0, tolerance=0.01)",
        "assert_equal(9007199254740993, 9007199254740992)",
        "assert_equal(1, \"1\")",
        "assert_equal([1, {\"k\": [\"a\", \"b\"]}], [1, {\"k\": [\"a\", \"c\"]}])",
        "assert_equal([1, 2], [1])",
        "assert_equal({\"a\": 1}, {\"a\": 1, \"b\": 2})",
        "assert_equal(struct(a=1, b=2), struct(a=1))",
        "assert_equal(a, b)",
        "assert_equal({\"t\": a}, {\"t\": a.head(2)})",
        "assert_equal(a, a.select(\"age\", \"name\"))",
        "assert_equal(a, a.cast({\"age\": \"Int64\"}))",
        "assert_equal(a[\"age\"], b[\"age\"])",
        "assert_equal(1, 1, tolerance=-1)",
        "xs = [1]\nxs.append(xs)\nassert_equal(xs, xs)",
        "assert_true(1 > 2)",
        "assert_true(1 > 2, \"one is not greater\")",
        "assert_true(a)",
    ];
    let told: Vec<String> = cells
        .iter()
        .map(|cell| format!("> {cell}\n{}", live.enter(cell)))
        .collect();
    insta::assert_snapshot!(told.join("\n"), @r#"
    > assert_equal(1, 2)
    error: 1 is not equal to 2
    > assert_equal(0.1 + 0.2, 0.3, message="the sum")
    error: the sum: 0.30000000000000004 is not equal to 0.3
    hint: they differ by 2e-16 of their size; tolerance=1e-9 accepts that
    > assert_equal(100.0, 102.0, tolerance=0.01)
    error: 100.0 is not equal to 102.0
    > assert_equal(9007199254740993, 9007199254740992)
    error: 9007199254740993 is not equal to 9007199254740992
    > assert_equal(1, "1")
    error: the left is of type int and the right of type string
    > assert_equal([1, {"k": ["a", "b"]}], [1, {"k": ["a", "c"]}])
    error: at [1]["k"][1], "b" is not equal to "c"
    > assert_equal([1, 2], [1])
    error: the left has 2 items and the right 1
    > assert_equal({"a": 1}, {"a": 1, "b": 2})
    error: only the right has ["b"]
    > assert_equal(struct(a=1, b=2), struct(a=1))
    error: only the left has .b
    > assert_equal(a, b)
    shape: (3, 4)
    ┌─────┬────────┬──────┬───────┐
    │ row │ column │ left │ right │
    │ u64 │ str    │ str  │ str   │
    ├─────┼────────┼──────┼───────┤
    │   1 │ name   │ y    │ q     │
    │   1 │ age    │ 2.0  │ 2.5   │
    │   2 │ age    │ null │ 3.0   │
    └─────┴────────┴──────┴───────┘
    error: 3 cells differ, first `name` in row 1: "y" is not equal to "q"
    > assert_equal({"t": a}, {"t": a.head(2)})
    error: at ["t"], the left has 3 rows and the right 2; only the left has row 2 (name = z)
    > assert_equal(a, a.select("age", "name"))
    error: the columns are name, age on the left and age, name on the right
    > assert_equal(a, a.cast({"age": "Int64"}))
    error: column `age` is Float64 on the left and Int64 on the right
    > assert_equal(a["age"], b["age"])
    shape: (2, 4)
    ┌─────┬────────┬──────┬───────┐
    │ row │ column │ left │ right │
    │ u64 │ str    │ str  │ str   │
    ├─────┼────────┼──────┼───────┤
    │   1 │ age    │ 2.0  │ 2.5   │
    │   2 │ age    │ null │ 3.0   │
    └─────┴────────┴──────┴───────┘
    error: 2 cells differ, first `age` in row 1: 2.0 is not equal to 2.5
    > assert_equal(1, 1, tolerance=-1)
    error: the tolerance must be a number of 0 or more, not -1
    hint: write it like this: tolerance=1e-9
    > xs = [1]
    xs.append(xs)
    assert_equal(xs, xs)
    error: the values are nested more than 64 levels deep
    hint: compare parts of them
    > assert_true(1 > 2)
    error: the condition is not true
    > assert_true(1 > 2, "one is not greater")
    error: one is not greater
    > assert_true(a)
    error: assert_true takes a bool, not a value of type frame
    hint: write a comparison, such as df.height > 0; for the rows of a frame, df.filter("x > 1").height > 0
    "#);
}
