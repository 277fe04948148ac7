//! Arguments that functions and methods of the same name take in pandas, scikit-learn and Spark.

/// Returns what to write for an argument that the method or function `called` does not have.
pub(crate) fn argument(called: &str, name: &str) -> Option<&'static str> {
    let called = called.rsplit('.').next().unwrap_or(called);
    let hint = ARGUMENTS
        .iter()
        .find(|(of, known, _)| (*of == called || of.is_empty()) && *known == name)?;
    Some(hint.2)
}

const NO_INDEX: &str = "leave it out: frames have no index";
const NEW_FRAME: &str = "leave it out: frames are immutable, so bind the result: df = df.…";

/// The method or function, empty for any; the argument; and what to write.
static ARGUMENTS: [(&str, &str, &str); 29] = [
    ("", "inplace", NEW_FRAME),
    (
        "",
        "axis",
        "leave it out: methods work on rows; for columns there are select, drop and rename",
    ),
    ("", "ignore_index", NO_INDEX),
    ("rename", "columns", "write df.rename({\"old\": \"new\"})"),
    ("drop", "columns", "write df.drop(\"x\", \"y\")"),
    ("sort", "ascending", "write descending=True for the other order"),
    ("sort", "key", "sort by an expression: df.sort(\"lower(x)\")"),
    ("sort", "reverse", "write descending=True"),
    ("sample", "frac", "write fraction=0.1"),
    ("sample", "random_state", "write seed=42"),
    ("split", "test_size", "give the share for training: df.split(0.8)"),
    ("split", "random_state", "write seed=42"),
    ("fill_null", "method", "write strategy=\"forward\""),
    ("group_by", "as_index", NO_INDEX),
    (
        "group_by",
        "sort",
        "groups come in the order of their first row; sort the result of agg",
    ),
    (
        "value_counts",
        "normalize",
        "divide by the sum: .with_columns(share=\"count / sum(count) OVER ()\")",
    ),
    ("write_csv", "index", "leave it out: no index is written"),
    ("write_csv", "sep", "write separator=\";\""),
    ("write_parquet", "index", "leave it out: no index is written"),
    ("read_csv", "sep", "write separator=\";\""),
    ("read_csv", "delimiter", "write separator=\";\""),
    ("read_csv", "usecols", "write columns=[\"x\", \"y\"]"),
    ("read_csv", "nrows", "write n_rows=100"),
    ("read_csv", "skiprows", "write skip_rows=1"),
    ("read_csv", "na_values", "write null_values=[\"-\"]"),
    ("read_csv", "dtype", "write schema_overrides={\"x\": \"Float64\"}"),
    ("read_csv", "header", "write has_header=False"),
    ("read_csv", "parse_dates", "write try_parse_dates=True"),
    ("read_csv", "index_col", NO_INDEX),
];
