//! The questions of the db-benchmark (H2O's, ten of groups and five of joins) as SQL, beside Python polars' SQL; whole processes,
//! reading Parquet included.
//!
//! To be run by hand on a quiet machine: `PYTHON=/tmp/venv/bin/python cargo bench --bench questions -- q10 j5` (all without names),
//! with `ROWS=10000000` for more rows. Bar: not slower than polars.

#![allow(
    clippy::expect_used,
    clippy::print_stdout,
    clippy::unwrap_used,
    missing_docs,
    reason = "a bench that cannot run says why by failing"
)]

use std::env;
use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use polars::prelude::*;

/// How often each is run; the fastest counts, as others use the machine, too.
const RUNS: usize = 3;

/// How many kinds there are of the short keys.
const KINDS: u64 = 100;

/// The questions: a name, and the query; `x` has the rows, the others are joined to it.
const QUESTIONS: [(&str, &str); 15] = [
    ("q1", "SELECT id1, SUM(v1) AS v1 FROM x GROUP BY id1"),
    ("q2", "SELECT id1, id2, SUM(v1) AS v1 FROM x GROUP BY id1, id2"),
    (
        "q3",
        "SELECT id3, SUM(v1) AS v1, AVG(v3) AS v3 FROM x GROUP BY id3",
    ),
    (
        "q4",
        "SELECT id4, AVG(v1) AS v1, AVG(v2) AS v2, AVG(v3) AS v3 FROM x GROUP BY id4",
    ),
    (
        "q5",
        "SELECT id6, SUM(v1) AS v1, SUM(v2) AS v2, SUM(v3) AS v3 FROM x GROUP BY id6",
    ),
    (
        "q6",
        "SELECT id4, id5, MEDIAN(v3) AS median_v3, STDDEV(v3) AS sd_v3 FROM x GROUP BY id4, id5",
    ),
    (
        "q7",
        "SELECT id3, MAX(v1) - MIN(v2) AS range_v1_v2 FROM x GROUP BY id3",
    ),
    (
        "q8",
        "SELECT id6, v3 AS largest2_v3 FROM (SELECT id6, v3, ROW_NUMBER() OVER (PARTITION BY id6 ORDER BY v3 DESC) AS \
         order_v3 FROM x WHERE v3 IS NOT NULL) AS t WHERE order_v3 <= 2",
    ),
    (
        "q9",
        "SELECT id2, id4, POWER(CORR(v1, v2), 2) AS r2 FROM x GROUP BY id2, id4",
    ),
    (
        "q10",
        "SELECT id1, id2, id3, id4, id5, id6, SUM(v3) AS v3, COUNT(*) AS count FROM x GROUP BY id1, id2, id3, id4, id5, id6",
    ),
    (
        "j1",
        "SELECT x.*, small.id4 AS small_id4, v2 FROM y AS x INNER JOIN small ON x.id1 = small.id1",
    ),
    (
        "j2",
        "SELECT x.*, medium.id1 AS medium_id1, medium.id4 AS medium_id4, medium.id5 AS medium_id5, v2 FROM y AS x INNER JOIN \
         medium ON x.id2 = medium.id2",
    ),
    (
        "j3",
        "SELECT x.*, medium.id1 AS medium_id1, medium.id4 AS medium_id4, medium.id5 AS medium_id5, v2 FROM y AS x LEFT JOIN \
         medium ON x.id2 = medium.id2",
    ),
    (
        "j4",
        "SELECT x.*, medium.id1 AS medium_id1, medium.id2 AS medium_id2, medium.id4 AS medium_id4, v2 FROM y AS x INNER JOIN \
         medium ON x.id5 = medium.id5",
    ),
    (
        "j5",
        "SELECT x.*, big.id1 AS big_id1, big.id2 AS big_id2, big.id4 AS big_id4, big.id5 AS big_id5, big.id6 AS big_id6, v2 \
         FROM y AS x INNER JOIN big ON x.id3 = big.id3",
    ),
];

/// Numbers that look drawn, the same at each run.
struct Draw(u64);

impl Draw {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((u128::from(self.0 ^ (self.0 >> 29)) * u128::from(limit)) >> 64) as u64
    }

    fn ints(&mut self, rows: usize, limit: u64) -> Vec<i32> {
        (0..rows).map(|_| self.below(limit) as i32 + 1).collect()
    }

    fn doubles(&mut self, rows: usize) -> Vec<f64> {
        (0..rows).map(|_| self.below(100_000_000) as f64 / 1e6).collect()
    }
}

fn texts(ids: &[i32], width: usize) -> Vec<String> {
    ids.iter().map(|id| format!("id{id:0width$}")).collect()
}

fn write(folder: &Path, name: &str, columns: Vec<Column>) {
    let rows = columns.first().map_or(0, Column::len);
    let mut table = DataFrame::new(rows, columns).unwrap();
    let file = File::create(folder.join(format!("{name}.parquet"))).unwrap();
    ParquetWriter::new(file).finish(&mut table).unwrap();
}

fn column<T, Values: ?Sized>(name: &str, values: T) -> Column
where
    Series: NamedFrom<T, Values>,
{
    Series::new(name.into(), values).into_column()
}

/// Writes the table of the groups.
fn write_groups(folder: &Path, rows: usize) {
    let mut draw = Draw(108);
    let many = rows as u64 / KINDS;
    let mut columns = Vec::new();
    for (name, limit, width) in [("id1", KINDS, 3), ("id2", KINDS, 3), ("id3", many, 10)] {
        columns.push(column(name, texts(&draw.ints(rows, limit), width)));
    }
    for (name, limit) in [
        ("id4", KINDS),
        ("id5", KINDS),
        ("id6", many),
        ("v1", 5),
        ("v2", 15),
    ] {
        columns.push(column(name, draw.ints(rows, limit)));
    }
    columns.push(column("v3", draw.doubles(rows)));
    write(folder, "x", columns);
}

/// Writes the tables of the joins: nine tenths of the keys of each are in the others.
fn write_joins(folder: &Path, rows: usize) {
    let mut draw = Draw(7);
    let sizes = [rows / 1_000_000, rows / 1000, rows];
    for (name, size, keys) in [
        ("y", rows, 3),
        ("small", sizes[0], 1),
        ("medium", sizes[1], 2),
        ("big", rows, 3),
    ] {
        let mut ids: Vec<Vec<i32>> = Vec::new();
        for limit in &sizes[..keys] {
            // The keys of `y` are from the front, those of the others from the back of a tenth more.
            let (limit, more) = ((*limit).max(1) as u64, (*limit as u64) / 10);
            let first = if name == "y" { 0 } else { more as i32 };
            let mut all: Vec<i32> = if limit as usize == size {
                (0..size as i32).map(|id| id + 1).collect()
            } else {
                draw.ints(size, limit)
            };
            for place in (1..all.len()).rev() {
                all.swap(place, draw.below(place as u64 + 1) as usize);
            }
            ids.push(all.into_iter().map(|id| id + first).collect());
        }
        let mut columns: Vec<Column> = Vec::new();
        for (index, ids) in ids.iter().enumerate() {
            columns.push(column(&format!("id{}", index + 1), ids.clone()));
        }
        for (index, ids) in ids.iter().enumerate() {
            columns.push(column(&format!("id{}", index + 4), texts(ids, 0)));
        }
        columns.push(column(if name == "y" { "v1" } else { "v2" }, draw.doubles(size)));
        write(folder, name, columns);
    }
}

/// The tables that a query reads.
fn tables(query: &str) -> Vec<&'static str> {
    let is_read = |name: &&str| {
        let read = [format!("FROM {name} "), format!("JOIN {name} ")];
        read.iter()
            .any(|read| format!("{query} ").contains(read.as_str()))
    };
    ["x", "y", "small", "medium", "big"]
        .into_iter()
        .filter(is_read)
        .collect()
}

/// Runs a program, and returns the fewest seconds that it took.
fn fastest(program: &str, arguments: &[&str], folder: &Path) -> f64 {
    let run = || {
        let begun = Instant::now();
        let mut command = Command::new(program);
        command.args(arguments).current_dir(folder).stdout(Stdio::null());
        assert!(command.status().unwrap().success(), "{program} {arguments:?}");
        begun.elapsed().as_secs_f64()
    };
    (0..RUNS).map(|_| run()).fold(f64::INFINITY, f64::min)
}

fn main() {
    let asked: Vec<String> = env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with('-'))
        .collect();
    let rows = env::var("ROWS").map_or(5_000_000, |rows| rows.parse().expect("ROWS is a number"));
    let python = env::var("PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let folder = tempfile::tempdir().expect("a folder");
    write_groups(folder.path(), rows);
    write_joins(folder.path(), rows);
    let has_polars = Command::new(&python)
        .args(["-c", "import polars"])
        .status()
        .is_ok_and(|status| status.success());
    println!("{rows} rows; seconds: Sheaf, Python polars' SQL");
    for (name, query) in QUESTIONS {
        if !asked.is_empty() && !asked.iter().any(|asked| asked == name) {
            continue;
        }
        let mut script = "import polars as pl\n".to_owned();
        let mut frames = String::new();
        for table in tables(query) {
            frames.push_str(&format!(", {table}=read_parquet(\"{table}.parquet\")"));
            script.push_str(&format!("{table} = pl.scan_parquet('{table}.parquet')\n"));
        }
        let notebook = format!("answer = sql(\"{query}\"{frames})\nanswer.height\n");
        script.push_str(&format!("print(pl.sql(\"{query}\").collect().height)\n"));
        fs::write(folder.path().join("question.py"), notebook).expect("the notebook can be written");
        fs::write(folder.path().join("question_polars.py"), script).expect("the script can be written");
        let ours = fastest(
            env!("CARGO_BIN_EXE_sheaf"),
            &["run", "--no-cache", "question.py"],
            folder.path(),
        );
        let theirs = if has_polars {
            format!("{:.2}", fastest(&python, &["question_polars.py"], folder.path()))
        } else {
            "-".to_owned()
        };
        println!("{name:4} {ours:.2} {theirs}");
    }
}
