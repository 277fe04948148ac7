//! What other notebooks, pandas, scikit-learn and Python have, and what is written here instead.
//!
//! The one place of these hints: errors of cells and of the prompt look here, and so does what converts notebooks.

/// A word, and what to write instead.
type Hint = (&'static str, &'static str);

/// Says what to do with a cell of a kind that runs elsewhere; `None` for a word that is no such kind.
pub fn kind_elsewhere(word: &str) -> Option<&'static str> {
    let known = KINDS.iter().find(|(kind, _)| kind.eq_ignore_ascii_case(word))?;
    Some(known.1)
}

/// Says what is written for a method or attribute that values of type `kind` do not have.
pub fn member_elsewhere(kind: &str, name: &str) -> Option<&'static str> {
    let find = |table: &[Hint]| {
        table
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, hint)| *hint)
    };
    match kind {
        "frame" => find(&FRAMES),
        "series" => find(&SERIES).or_else(|| find(&COLUMNS)),
        "expression" => find(&EXPRESSIONS).or_else(|| find(&COLUMNS)),
        "group_by" => find(&GROUPS),
        _ => None,
    }
}

/// Says what is written for an argument that the method or function `called` does not have.
pub(super) fn argument_elsewhere(called: &str, name: &str) -> Option<&'static str> {
    let called = called.rsplit('.').next().unwrap_or(called);
    let hint = ARGUMENTS
        .iter()
        .find(|(of, known, _)| (*of == called || of.is_empty()) && *known == name)?;
    Some(hint.2)
}

/// Says what is there in place of a name that Python users reach for.
pub(super) fn name_elsewhere(name: &str) -> Option<&'static str> {
    Some(match name {
        "pd" | "pandas" | "pl" | "polars" | "np" | "numpy" | "sklearn" => {
            "there is no import: read_csv, frame, LogisticRegression and the like are built in"
        }
        "open" => "read files with read_csv, read_json and the like, or dbutils.fs.head(path)",
        "input" => "take input from a widget: dbutils.widgets.text(\"name\", \"default\")",
        "displayHTML" => "show a frame, a plot, or Markdown in a %md cell",
        "math" => "pow(x, 0.5) is the square root; columns have .sqrt(), .log() and .exp()",
        "spark" => "frames are read with read_csv and queried with sql(\"SELECT …\") or a %sql cell",
        "DataFrame" => "write frame({\"x\": [1, 2]})",
        "train_test_split" => "write train, test = df.split(0.8, seed=42)",
        "isinstance" => "compare the type: type(x) == \"list\"",
        _ => return None,
    })
}

/// The words of the kinds of cell, and what is said of each.
const KINDS: [Hint; 12] = [
    (
        "scala",
        "cells are Python-shaped code or SQL; rewrite it as one, or as %sql",
    ),
    (
        "r",
        "cells are Python-shaped code or SQL; rewrite it as one, or as %sql",
    ),
    ("pip", "leave it out: nothing needs to be installed"),
    ("conda", "leave it out: nothing needs to be installed"),
    ("bash", "commands of the shell are cells of the kind %sh"),
    ("html", "text is %md; HTML is not shown"),
    (
        "javascript",
        "leave it out: nothing in a notebook runs in a browser",
    ),
    ("js", "leave it out: nothing in a notebook runs in a browser"),
    ("latex", "text is %md"),
    ("markdown", "text is %md"),
    ("writefile", "write the file with dbutils.fs.put(path, text)"),
    ("raw", "this is text for another program; it is kept but not run"),
];

const APPLY: &str = "compute the whole column: df.with_columns(y=\"CASE WHEN x > 1 THEN 'a' ELSE 'b' END\"); value by value in Python, [f(v) for v in df[\"x\"].to_list()]";
const ROWS: &str = "loop over the rows: for row in df.to_dicts():";
const ROW_NUMBERS: &str =
    "rows have no labels: select them by position with df.slice(0, 3), or by value with df.filter(\"x > 1\")";
const WINDOW: &str = "write it in SQL: df.with_columns(y=\"lag(x) OVER (ORDER BY t)\")";
const NULLS: &str = "write df.filter(\"x IS NULL\"), or count them: df.null_count()";
const SHOWN: &str = "the value of a cell's last line is shown; in between, write display(df)";
const LEAVE_OUT: &str = "leave it out: a frame is computed when it is needed, and kept";

/// What frames do not have.
static FRAMES: [Hint; 98] = [
    (
        "T",
        "frames cannot be transposed; df.unpivot(index=\"id\") turns columns into rows",
    ),
    (
        "agg",
        "group first: df.group_by(\"x\").agg(mean=\"avg(y)\"); over all rows, df.select(mean=\"avg(y)\")",
    ),
    (
        "aggregate",
        "group first: df.group_by(\"x\").agg(mean=\"avg(y)\"); over all rows, df.select(mean=\"avg(y)\")",
    ),
    ("append", "write concat([a, b])"),
    ("apply", APPLY),
    ("applymap", APPLY),
    ("assign", "write df.with_columns(y=\"x + 1\")"),
    ("astype", "write df.cast({\"x\": \"Float64\"})"),
    ("at", "write df.item(0, \"x\")"),
    ("cache", LEAVE_OUT),
    ("clip", "write df.with_columns(x=\"least(greatest(x, 0), 100)\")"),
    ("collect", LEAVE_OUT),
    (
        "copy",
        "leave it out: frames are immutable, so another name is enough",
    ),
    ("corr", "write df.select(r=\"corr(x, y)\")"),
    (
        "count",
        "write df.height; for the values of a column, df.select(n=\"count(x)\")",
    ),
    (
        "createOrReplaceTempView",
        "leave it out: in SQL every frame above is a table of that name",
    ),
    (
        "createTempView",
        "leave it out: in SQL every frame above is a table of that name",
    ),
    ("cumsum", "write df.with_columns(y=\"sum(x) OVER (ORDER BY t)\")"),
    ("diff", WINDOW),
    ("distinct", "write df.unique()"),
    ("dropDuplicates", "write df.unique(\"x\")"),
    ("drop_duplicates", "write df.unique(\"x\")"),
    ("dropna", "write df.drop_nulls()"),
    ("dtypes", "write df.schema"),
    ("empty", "write df.height == 0"),
    (
        "explode",
        "write one row for each value when the frame is made: frame([{…} for …])",
    ),
    ("fillna", "write df.fill_null(0)"),
    ("first", "write df.head(1)"),
    ("get", "write df[\"x\"]"),
    ("groupBy", "write df.group_by(\"x\").agg(mean=\"avg(y)\")"),
    ("groupby", "write df.group_by(\"x\").agg(mean=\"avg(y)\")"),
    ("hist", "write df.plot.hist(\"x\")"),
    ("iat", "write df.item(0, \"x\")"),
    (
        "iloc",
        "write df.slice(0, 3) for rows, df.item(0, \"x\") for one value",
    ),
    ("index", ROW_NUMBERS),
    ("info", "write df.schema, or display(df, profile=True)"),
    ("insert", "write df.with_columns(y=\"x + 1\")"),
    ("isin", "for one column: df.filter(\"x IN (1, 2)\")"),
    ("isna", NULLS),
    ("isnull", NULLS),
    ("items", "loop over the columns: for name in df.columns:"),
    ("iterrows", ROWS),
    ("itertuples", ROWS),
    ("lazy", LEAVE_OUT),
    ("len", "write len(df) or df.height"),
    ("loc", "write df.filter(\"x > 1\").select(\"y\")"),
    ("map", APPLY),
    ("max", "write df.select(\"max(x)\"), or df[\"x\"].max()"),
    ("mean", "write df.select(\"avg(x)\"), or df[\"x\"].mean()"),
    ("median", "write df.select(\"median(x)\"), or df[\"x\"].median()"),
    ("melt", "write df.unpivot(on=[\"x\", \"y\"], index=\"id\")"),
    ("merge", "write a.join(b, on=\"id\")"),
    ("min", "write df.select(\"min(x)\"), or df[\"x\"].min()"),
    ("mode", "write df.value_counts(\"x\")"),
    ("nlargest", "write df.sort(\"x\", descending=True).head(3)"),
    ("notna", "write df.filter(\"x IS NOT NULL\")"),
    ("notnull", "write df.filter(\"x IS NOT NULL\")"),
    ("nsmallest", "write df.sort(\"x\").head(3)"),
    ("nunique", "write df[\"x\"].n_unique()"),
    ("orderBy", "write df.sort(\"x\", descending=True)"),
    ("persist", LEAVE_OUT),
    ("pipe", "call the function: f(df)"),
    (
        "pivot_table",
        "write df.pivot(on=\"x\", index=\"y\", values=\"z\", aggregate_function=\"mean\")",
    ),
    ("printSchema", "write df.schema"),
    ("quantile", "write df[\"x\"].quantile(0.9)"),
    ("query", "write df.filter(\"x > 1 AND y = 'a'\")"),
    ("rank", "write df.with_columns(r=\"rank() OVER (ORDER BY x)\")"),
    (
        "reset_index",
        "leave it out: frames have no index, and the group keys stay columns",
    ),
    ("rolling", WINDOW),
    ("round", "write df.with_columns(x=\"round(x, 2)\")"),
    ("selectExpr", "write df.select(\"x\", y=\"x + 1\")"),
    (
        "select_dtypes",
        "select them by name: df[[n for n, t in df.schema.items() if t == \"Float64\"]]",
    ),
    (
        "set_index",
        "leave it out: frames have no index; filter, join and sort by the column",
    ),
    ("shift", WINDOW),
    ("show", SHOWN),
    ("size", "write df.height, or df.height * df.width"),
    ("sort_index", "write df.sort(\"x\")"),
    ("sort_values", "write df.sort(\"x\", descending=True)"),
    ("std", "write df.select(\"stddev(x)\"), or df[\"x\"].std()"),
    ("style", SHOWN),
    ("sum", "write df.select(\"sum(x)\"), or df[\"x\"].sum()"),
    ("take", "write df.head(3) or df.slice(2, 3)"),
    ("toPandas", "leave it out: a frame needs no conversion"),
    ("to_csv", "write df.write_csv(\"/mnt/out/x.csv\")"),
    ("to_dict", "write df.to_dicts()"),
    ("to_json", "write df.write_ndjson(\"/mnt/out/x.ndjson\")"),
    ("to_list", "write df.to_dicts(), or df[\"x\"].to_list()"),
    ("to_numpy", "write df.rows(), or df[\"x\"].to_list()"),
    ("to_pandas", "leave it out: a frame needs no conversion"),
    ("to_parquet", "write df.write_parquet(\"/mnt/out/x.parquet\")"),
    ("union", "write concat([a, b])"),
    ("unionByName", "write concat([a, b], how=\"diagonal\")"),
    ("values", "write df.rows(), or df[\"x\"].to_list()"),
    ("var", "write df.select(\"variance(x)\"), or df[\"x\"].var()"),
    ("where", "write df.filter(\"x > 1\")"),
    ("withColumn", "write df.with_columns(y=\"x + 1\")"),
    ("withColumnRenamed", "write df.rename({\"old\": \"new\"})"),
    (
        "write",
        "write df.write_csv(\"/mnt/out/x.csv\") or df.write_parquet(\"/mnt/out/x.parquet\")",
    ),
];

const TEXTS: &str = "use SQL's text functions: df.with_columns(y=\"upper(x)\"), df.filter(\"x LIKE '%a%'\"); `%help sql` lists them";
const DATES: &str =
    "use SQL's date functions: df.with_columns(y=\"date_part('year', x)\"); `%help sql` lists them";
const EACH: &str = "compute the whole column: df.with_columns(y=\"CASE WHEN x > 1 THEN 'a' ELSE 'b' END\")";

/// What columns do not have, in memory or as expressions.
static COLUMNS: [Hint; 18] = [
    ("apply", EACH),
    ("astype", "write .cast(\"Float64\")"),
    ("between", "write .is_between(1, 5)"),
    ("contains", TEXTS),
    ("cumsum", "write df.with_columns(y=\"sum(x) OVER (ORDER BY t)\")"),
    ("diff", WINDOW),
    ("dt", DATES),
    ("endswith", TEXTS),
    ("isin", "write .is_in([1, 2])"),
    ("isna", "write .is_null()"),
    ("isnull", "write .is_null()"),
    ("map", EACH),
    ("notna", "write .is_not_null()"),
    ("notnull", "write .is_not_null()"),
    ("nunique", "write .n_unique()"),
    ("shift", WINDOW),
    ("startswith", TEXTS),
    ("str", TEXTS),
];

/// What columns in memory do not have.
static SERIES: [Hint; 15] = [
    ("all", "write all(s)"),
    ("any", "write any(s)"),
    ("count", "write s.len() - s.null_count()"),
    ("dropna", "write df.drop_nulls(\"x\")[\"x\"]"),
    ("fillna", "write df.fill_null(0, subset=\"x\")[\"x\"]"),
    ("fill_null", "write df.fill_null(0, subset=\"x\")[\"x\"]"),
    ("filter", "write df.filter(\"x > 1\")[\"x\"]"),
    ("hist", "write df.plot.hist(\"x\")"),
    ("iloc", "write s[0] for one value, s.head(3) for several"),
    ("item", "write s[0]"),
    ("map_elements", EACH),
    ("shape", "write len(s)"),
    ("size", "write len(s)"),
    ("tolist", "write s.to_list()"),
    ("values", "write s.to_list()"),
];

/// What expressions do not have.
static EXPRESSIONS: [Hint; 8] = [
    ("asc", "write df.sort(\"x\")"),
    ("desc", "write df.sort(\"x\", descending=True)"),
    ("dropna", "write df.drop_nulls(\"x\")"),
    ("fillna", "write .fill_null(0)"),
    ("name", "write .alias(\"name\")"),
    ("otherwise", "write \"CASE WHEN x > 1 THEN 'a' ELSE 'b' END\""),
    ("over", "write it in SQL: \"avg(x) OVER (PARTITION BY g)\""),
    ("when", "write \"CASE WHEN x > 1 THEN 'a' ELSE 'b' END\""),
];

const FOLD: &str = "aggregate the groups with agg: df.group_by(\"x\").agg(mean=\"avg(y)\", most=\"max(y)\")";

/// What groups do not have.
static GROUPS: [Hint; 11] = [
    ("aggregate", FOLD),
    ("apply", FOLD),
    ("first", FOLD),
    ("max", FOLD),
    ("mean", FOLD),
    ("median", FOLD),
    ("min", FOLD),
    ("size", "write df.group_by(\"x\").len()"),
    ("std", FOLD),
    ("sum", FOLD),
    (
        "transform",
        "write df.with_columns(m=\"avg(y) OVER (PARTITION BY x)\")",
    ),
];

const NO_INDEX: &str = "leave it out: frames have no index";
const NEW_FRAME: &str = "leave it out: frames are immutable, so bind the result: df = df.…";

/// Arguments that methods of the same name have elsewhere: the method, empty for any; the argument; and the hint.
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
