//! Methods and attributes that frames, columns, expressions and groups have in pandas, polars and Spark.

use super::{Hint, find};

/// Returns what to write for a method or attribute that values of type `kind` do not have.
pub(crate) fn member(kind: &str, name: &str) -> Option<&'static str> {
    match kind {
        "frame" => find(&FRAMES, name),
        "series" => find(&SERIES, name).or_else(|| find(&COLUMNS, name)),
        "expression" => find(&EXPRESSIONS, name).or_else(|| find(&COLUMNS, name)),
        "group_by" => find(&GROUPS, name),
        "connection" => find(&CONNECTIONS, name),
        _ => None,
    }
}

const APPLY: &str = "compute the whole column: df.with_columns(y=\"CASE WHEN x > 1 THEN 'a' ELSE 'b' END\"); value by value in Python, [f(v) for v in df[\"x\"].to_list()]";
const ROWS: &str = "loop over the rows: for row in df.to_dicts():";
const ROW_NUMBERS: &str =
    "rows have no labels: select them by position with df.slice(0, 3), or by value with df.filter(\"x > 1\")";
const WINDOW: &str = "write it in SQL: df.with_columns(y=\"lag(x) OVER (ORDER BY t)\")";
const NULLS: &str = "write df.filter(\"x IS NULL\"), or count them: df.null_count()";
const SHOWN: &str = "the value of a cell's last line is shown; in between, write display(df)";
const LEAVE_OUT: &str = "leave it out: a frame is computed when it is needed, and kept";

/// Members of frames.
static FRAMES: [Hint; 100] = [
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
        "write df.write_csv(\"/mnt/out/x.csv\") or df.write_parquet(\"/mnt/out/x.parquet\"), and for a database \
         df.write_table(con, \"name\")",
    ),
    (
        "to_sql",
        "write df.write_table(con, \"name\"), of con = connect(…)",
    ),
    (
        "write_database",
        "write df.write_table(con, \"name\"), of con = connect(…)",
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

const AGGREGATE: &str =
    "aggregate the groups with agg: df.group_by(\"x\").agg(mean=\"avg(y)\", most=\"max(y)\")";

/// What groups do not have.
static GROUPS: [Hint; 11] = [
    ("aggregate", AGGREGATE),
    ("apply", AGGREGATE),
    ("first", AGGREGATE),
    ("max", AGGREGATE),
    ("mean", AGGREGATE),
    ("median", AGGREGATE),
    ("min", AGGREGATE),
    ("size", "write df.group_by(\"x\").len()"),
    ("std", AGGREGATE),
    ("sum", AGGREGATE),
    (
        "transform",
        "write df.with_columns(m=\"avg(y) OVER (PARTITION BY x)\")",
    ),
];

const QUERY: &str = "write con.query(\"SELECT …\") for rows, con.execute(\"…\") for other statements";
const TRANSACTION: &str =
    "leave it out: each statement lasts by itself, and df.write_table(con, …, before=…) is one transaction";

/// Members of connections.
static CONNECTIONS: [Hint; 9] = [
    ("cursor", QUERY),
    ("sql", QUERY),
    ("fetchall", QUERY),
    (
        "executemany",
        "write df.write_table(con, \"name\", mode=\"append\")",
    ),
    ("commit", TRANSACTION),
    ("rollback", TRANSACTION),
    ("begin", TRANSACTION),
    ("table", "write con.read_table(\"name\")"),
    ("columns", "write con.schema(\"name\")"),
];
