//! What comes back: a command writes the value into a file on purpose, and cells read it from there.
//!
//! Data stay as they are. What is shown of them does not have the value, and they are in no cache.

use super::scene::{CASE, Case, check};

/// Writes the value into a table and into a text.
const WRITE: &str = "%sh --env V=password python3 -c 'import csv, os; \
    csv.writer(open(\"datasets/rows.csv\", \"w\")).writerows([[\"name\", \"n\"], [os.environ[\"V\"], 1], [\"b\", 2]]); \
    csv.writer(open(\"datasets/columns.csv\", \"w\")).writerows([[os.environ[\"V\"], \"n\"], [1, 0], [2, 1], [3, 0], [4, 1]])'";
/// Reads the value into a name.
const READ: &str = "rows = read_csv(\"/mnt/data/rows.csv\")\nvalue = rows[\"name\"].to_list()[0]";
const WRITES: &[&str] = &["rows.csv", "columns.csv", "out.csv", "m.ron"];

const fn back(name: &'static str, cells: &'static [&'static str], shows: &'static [&'static str]) -> Case {
    Case {
        name,
        cells,
        shows,
        writes: WRITES,
        ..CASE
    }
}

/// Frames, files, plots and models that have the value.
pub const DATA: &[Case] = &[
    back("a row of a frame", &[WRITE, READ, "rows"], &["[REDACTED]"]),
    back(
        "a column of a frame",
        &[WRITE, "read_csv(\"/mnt/data/columns.csv\")"],
        &["[REDACTED]"],
    ),
    back("a profile", &[WRITE, READ, "display(rows, profile=True)"], &[]),
    back(
        "counts of values",
        &[WRITE, READ, "rows[\"name\"].value_counts()"],
        &["[REDACTED]"],
    ),
    back(
        "a group",
        &[
            WRITE,
            READ,
            "rows.group_by(\"name\").agg(n=\"sum(n)\").sort(\"n\")",
        ],
        &["[REDACTED]"],
    ),
    back(
        "a plot of rows",
        &[WRITE, READ, "rows.plot.bar(\"name\", \"n\")"],
        &["n by name"],
    ),
    back(
        "a plot of columns",
        &[
            WRITE,
            "df = read_csv(\"/mnt/data/columns.csv\")\ndf.plot.line(df.columns[0], \"n\")",
        ],
        &[],
    ),
    back(
        "a file of a frame",
        &[
            WRITE,
            READ,
            "rows.write_csv(\"/mnt/data/out.csv\", mode=\"overwrite\")\nprint(\"written\")",
        ],
        &["written"],
    ),
    back(
        "a model of what came back",
        &[
            WRITE,
            "df = read_csv(\"/mnt/data/columns.csv\")\nmodel = LogisticRegression(C=1.0).fit(df, target=\"n\", features=[df.columns[0]])\nmodel.save(\"/mnt/data/m.ron\", mode=\"overwrite\")\nmodel",
        ],
        &["[REDACTED]"],
    ),
];

/// Texts that have the value.
pub const TEXTS: &[Case] = &[
    back("printed", &[WRITE, READ, "print(value)"], &["[REDACTED]"]),
    back("in an f-string, reversed", &[WRITE, READ, "print(f\"{value[::-1]}\")"], &["[REDACTED]"]),
    back("in a struct", &[WRITE, READ, "{\"a\": [value]}"], &["[REDACTED]"]),
    back("in markdown", &[WRITE, READ, "display(\"# \" + value)"], &["[REDACTED]"]),
    Case {
        fails: true,
        ..back("in an error", &[WRITE, READ, "fail(\"login failed for \" + value)"], &["login failed for [REDACTED]"])
    },
    Case {
        fails: true,
        ..back("in an error that names a column", &[WRITE, READ, "rows.select(value)"], &["[REDACTED]"])
    },
    Case {
        fails: true,
        ..back("in an error of a query", &[WRITE, READ, "sql(\"SELECT '\" + value + \"' FROM nowhere\")"], &[])
    },
    Case {
        fails: true,
        ..back("in an error of a path", &[WRITE, READ, "read_csv(\"/mnt/data/\" + value)"], &["[REDACTED]"])
    },
    back("as a widget", &[WRITE, READ, "dbutils.widgets.text(\"w\", value)\nprint(dbutils.widgets.get(\"w\"))"], &["[REDACTED]"]),
    back("as the end of the notebook", &[WRITE, READ, "dbutils.notebook.exit(\"got \" + value)"], &["got [REDACTED]"]),
    back(
        "through another notebook",
        &[WRITE, READ, "print(dbutils.notebook.run(\"./child\", 60, {\"v\": value}))"],
        &["[REDACTED]"],
    )
    .with_files(&[(
        "child.py",
        "# %%\ndbutils.widgets.text(\"v\", \"\")\n# %%\ndbutils.notebook.exit(\"got \" + dbutils.widgets.get(\"v\"))\n",
    )]),
];

#[test]
fn data_that_have_the_value_are_shown_without_it_and_in_no_cache() {
    check(DATA);
}

#[test]
fn texts_that_have_the_value_are_shown_without_it() {
    check(TEXTS);
}
